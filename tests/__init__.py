"""The tests: they mirror the rooms they test, on the real app, real SQLite files and a real PostgreSQL."""

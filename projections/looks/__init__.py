"""What a page shows of a list: rows, charts and their numbers."""

"""Writes: what may be said, by whom, and the record that it was said."""

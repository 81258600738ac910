"""Reads: what the events add up to, on any date. Everything here can be deleted and rebuilt."""

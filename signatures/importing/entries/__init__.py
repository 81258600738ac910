"""The lines of the list, walked once: each becomes part of an entry or is left out for a reason."""

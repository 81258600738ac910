"""The materialised view: rows in generations, filled from the log and rebuilt beside the old."""

"""Where the list begins, and what stands before it."""

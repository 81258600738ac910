"""Writing what was printed or kept elsewhere into the register."""

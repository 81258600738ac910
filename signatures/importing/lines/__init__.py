"""What one line is: a number, a bullet, a heading, a section, an aside, a name."""

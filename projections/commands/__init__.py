"""The commands that read, by what they are about."""

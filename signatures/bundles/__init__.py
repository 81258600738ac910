"""The log as a folder of files: written, restored, copied."""

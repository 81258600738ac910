"""A checker of histories: what parallel clients asked and were told, held against what the log says in the end."""

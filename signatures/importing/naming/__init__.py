"""An entry taken apart into the parts of a name."""

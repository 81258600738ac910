"""Lines made of what a page set otherwise: columns, blocks, tables, names that run on."""

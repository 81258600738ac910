"""The commands that write, by what they act on; `signatures/cli.py` lists them."""

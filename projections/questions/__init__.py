"""The questions of pages, API and commands, by what they are about; `projections/lists.py` joins them."""

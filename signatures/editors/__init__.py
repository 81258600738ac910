"""Who decides: editors' accounts and sessions, what they did, and what needs two of them."""

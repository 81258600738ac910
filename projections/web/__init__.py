"""HTTP of the reading room: pages, API, and the keeper at the door."""

"""HTTP of the writing room: the frame of every page, the API for editors, the server."""

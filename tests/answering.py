"""A server that says the same bytes to everybody, whether they are HTTP or not."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

ASKED = 65_536  # bytes of a request, all of which are read before the answer


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Say these bytes on a free loopback port; tell its address."""

    class Said(socketserver.BaseRequestHandler):
        """Says them once to each who connects."""

        def handle(self) -> None:
            """Read what is asked, and answer."""
            self.request.recv(ASKED)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Said) as server:
        thread = Thread(target=server.serve_forever, name="answering")
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()

"""A network that loses replies: a TCP proxy in front of a server, which hangs up when what it waits for comes back."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

PIECE = 65_536


class Watch(Protocol):
    """Looks at what comes back on one connection."""

    def is_reply(self, piece: bytes) -> bool:
        """Tell whether this piece, after all before, holds a reply that could be lost."""


class Http:
    """Sees the beginning of every answer."""

    def is_reply(self, piece: bytes) -> bool:
        """Tell whether an answer begins."""
        return piece.startswith(b"HTTP/")


class Commits:
    """Sees what PostgreSQL says when a COMMIT was done: messages are a letter, a length and a content."""

    DONE = b"COMMIT\0"

    def __init__(self) -> None:
        """Begin where the server has said nothing."""
        self.rest, self.started = b"", False

    def is_reply(self, piece: bytes) -> bool:
        """Tell whether a transaction was committed by what this piece completes."""
        if not self.started and piece in (b"N", b"S"):
            return False  # the answer to the question for encryption is one letter without a length
        self.rest, found, self.started = self.rest + piece, False, True
        while len(self.rest) >= 5 and len(self.rest) > (size := int.from_bytes(self.rest[1:5], "big")):
            found = found or (self.rest[:1] == b"C" and self.rest[5 : size + 1] == self.DONE)
            self.rest = self.rest[size + 1 :]
        return found


class Proxy:
    """Passes everything on, but for a share of the replies: of those the server's work is done and nobody is told."""

    def __init__(self, port: int, watch: type[Watch], seed: int = 1) -> None:
        """Listen on a port of its own, for a server on loopback."""
        self.target, self.watch = port, watch
        self.share, self.lost, self.kept = 0.0, 0, 0
        self._chance = random.Random(seed)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more, and hang up on everybody."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            self._hang_up(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        self._open |= {client, server}
        back = threading.Thread(target=self._pass, args=(server, client, self.watch()), daemon=True)
        back.start()
        self._pass(client, server, None)
        back.join()
        self._open -= {client, server}
        client.close()
        server.close()

    def _pass(self, source: socket.socket, sink: socket.socket, watch: Watch | None) -> None:
        """Pass on what comes until either side hangs up."""
        with suppress(OSError):
            while piece := source.recv(PIECE):
                if watch is not None and watch.is_reply(piece):
                    if self._chance.random() < self.share:
                        self.lost += 1
                        break
                    self.kept += 1
                sink.sendall(piece)
        for one in (source, sink):
            self._hang_up(one)

    @staticmethod
    def _hang_up(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(port: int, watch: type[Watch]) -> Iterator[Proxy]:
    """Stand in front of a server."""
    made = Proxy(port, watch)
    try:
        yield made
    finally:
        made.close()

"""A connection from which a request has to arrive in time: a thread that waits for its end serves nobody else."""

from __future__ import annotations

import errno
import select
import socket
import time
from typing import Any

GRACE_SECONDS = 8.0  # that a request may let wait, whatever has come of it
BYTES_A_SECOND = 4_096  # the slowest that it may come


class Hurried:
    """A socket whose reader gives up on a client that sends slower than the slowest line has to."""

    def __init__(self, sock: socket.socket, grace: float = GRACE_SECONDS, rate: int = BYTES_A_SECOND) -> None:
        """Wait for nothing yet."""
        self._socket, self._grace, self._rate = sock, grace, rate
        self._left = grace

    def __getattr__(self, name: str) -> Any:
        """Be the socket otherwise."""
        return getattr(self._socket, name)

    def begin(self) -> None:
        """Expect a new request, which has its own time."""
        self._left = self._grace

    def recv(self, size: int) -> bytes:
        """Receive what there is, or wait for it as long as the request may still let wait."""
        waiting, since, bound = select.poll(), time.monotonic(), self._socket.gettimeout()
        waiting.register(self._socket, select.POLLIN)
        if not waiting.poll(1000 * (self._left if bound is None else min(bound, self._left))):
            self._left = 0.0  # nor is it waited for when the connection is closed
            raise ConnectionResetError(errno.ECONNRESET, "the request does not come")
        received = self._socket.recv(size)
        self._left = max(0.0, self._left - (time.monotonic() - since) + len(received) / self._rate)
        return received

"""gunicorn's worker with threads, which outlives a moment in which no file is left to open, and clients that dawdle.

Whoever knocks while no file is left waits. Whoever sends a request slower than anybody has to is let go, since each
holds a thread meanwhile, and there are few.
"""

from __future__ import annotations

import errno
import logging
import resource
import time
from typing import Any

from gunicorn.http.errors import ParseException
from gunicorn.workers.gthread import TConn, ThreadWorker

from signatures.web.hurry import Hurried

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE_SECONDS = 0.1  # the listener stays readable: without a pause the worker would ask without end
QUIET_SECONDS = 60  # between two lines of the log about it
log = logging.getLogger("signatures")


class Body:
    """A request's body, of which what is malformed is told as WSGI's libraries expect it: the client's mistake."""

    def __init__(self, body: Any) -> None:
        """Read from gunicorn's."""
        self.body = body

    def __getattr__(self, name: str) -> Any:
        """Be like it otherwise."""
        return getattr(self.body, name)

    def read(self, size: int | None = None) -> bytes:
        """Read so many bytes, or all."""
        try:
            read: bytes = self.body.read(size)
        except ParseException as error:
            raise ValueError(str(error)) from error
        return read


class Worker(ThreadWorker):
    """The worker as gunicorn has it would end here, and take the requests it is answering with it."""

    told = -float(QUIET_SECONDS)

    def init_process(self) -> None:
        """Take as many files as the system allows: a thousand idle connections are more than its usual first bound."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Accept a connection, or leave it waiting in the system's queue."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in EXHAUSTED:
                raise
            if time.monotonic() - self.told >= QUIET_SECONDS:
                self.told = time.monotonic()
                log.error("no connection can be taken (%s); those that come wait", error.strerror)  # noqa: TRY400 - its place says nothing
            time.sleep(PAUSE_SECONDS)

    def enqueue_req(self, conn: TConn) -> None:
        """Give each request of a connection its own time to arrive."""
        hurried: Any = conn.sock if isinstance(conn.sock, Hurried) else Hurried(conn.sock)
        hurried.begin()
        conn.sock = hurried
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request; its body may be anything."""
        req.body = Body(req.body)
        return super().handle_request(req, conn)

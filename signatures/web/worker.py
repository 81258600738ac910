"""gunicorn's worker with threads, which outlives a moment in which no file is left to open: whoever knocks then waits."""

from __future__ import annotations

import errno
import logging
import resource
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
PAUSE_SECONDS = 0.1  # the listener stays readable: without a pause the worker would ask without end
QUIET_SECONDS = 60  # between two lines of the log about it
log = logging.getLogger("signatures")


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

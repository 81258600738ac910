"""The turnstile before an SQLite file: one process at a time waits for the file's lock, and who has just had it comes last.

SQLite lets those who wait sleep longer and longer, so whoever commits and begins again at once would win for seconds. The
lock here decides nothing but whose turn it is: where it cannot be had, the file's own lock is waited for all the same.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 0.0002, 0.002
QUEUEING = 2.0  # seconds; a process that was stopped while it waited must not keep all others waiting


class Turnstile:
    """A lock file beside the database; never the database's own, whose locks end when any descriptor of it is closed."""

    def __init__(self, path: Path) -> None:
        """Use this file; nothing is opened yet."""
        self.path = path
        self._descriptor: int | None = None

    @contextmanager
    def queueing(self) -> Iterator[None]:
        """Be the one of all processes that waits, if that can be had."""
        with suppress(OSError):
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            until(time.monotonic() + QUEUEING, partial(_entered, self._descriptor))
        try:
            yield
        finally:
            with suppress(OSError):
                if self._descriptor is not None:
                    fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    __del__ = close


def _entered(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def until(deadline: float, attempt: Callable[[], bool]) -> bool:
    """Try again and again, at once and then in short pauses; tell whether it worked in time."""
    pause = FIRST_PAUSE
    while not attempt():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    return True

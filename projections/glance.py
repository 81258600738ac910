"""A look that takes no longer than somebody waits: whoever asks meanwhile shares it, and nobody starts a second one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLate
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Glance(Generic[T]):
    """Calls a function in a thread of its own, and waits for it for some seconds."""

    def __init__(self, look: Callable[[], T], seconds: float) -> None:
        """Nothing is called yet."""
        self._look, self.seconds = look, seconds
        self._lock = threading.Lock()
        self._running: Future[T] | None = None

    def __call__(self) -> T | None:
        """Tell what is seen, or None where that takes too long; then the look goes on, and others wait for its end."""
        with self._lock:
            if self._running is None or self._running.done():
                fresh: Future[T] = Future()
                # No pool: its threads would be waited for when the process ends, and this one may hang.
                threading.Thread(target=self._run, args=(fresh,), name="glance", daemon=True).start()
                self._running = fresh  # only now: where no thread could be made, the next one tries again
            running = self._running
        with suppress(TooLate):
            return running.result(self.seconds)
        return None

    def _run(self, future: Future[T]) -> None:
        try:
            future.set_result(self._look())
        except BaseException as error:  # noqa: BLE001 - whoever asked gets it
            future.set_exception(error)

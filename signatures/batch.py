"""A batch: one transaction that several share, each in a turn, and what became of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import Context
from typing import Any, NamedTuple, Protocol

from signatures.errors import StorageUnavailable


class Pool(Protocol):
    """What turns need of a database."""

    hold_seconds: float
    one_writer: bool

    def transaction_on(self, connection: Any) -> Transaction:
        """Give the words in which a transaction is talked to."""

    def begin(self, lock: str | None, *, write: bool, seconds: float) -> Any:
        """Begin a transaction on a connection of its own, with a lock that is waited for so long."""

    def execute(self, connection: Any, sql: str) -> object:
        """Run one statement."""

    def refuse_broken(self, connection: Any) -> None:
        """Raise StorageUnavailable if the transaction has failed, whoever passed over that."""

    def commit(self, connection: Any) -> None:
        """Commit and keep the connection; raise StorageUnavailable if that cannot be told."""

    def abandon(self, connection: Any) -> None:
        """Roll back; keep the connection if it still works."""


class Transaction(Protocol):
    """What turns need of a transaction: to forget what was found in it, when some of it is taken back."""

    known: dict[Any, Any]


class Batch:
    """One transaction, those who are done in it, and what became of it."""

    def __init__(self, connection: Any, transaction: Any) -> None:
        """Begin empty, now."""
        self.connection, self.transaction, self.began = connection, transaction, time.monotonic()
        self.done: list[Turn] = []
        self.marked = False
        self.fault: BaseException | None = None


Work = Callable[[Any], Any]
"""A command that is given the transaction."""


class Given(NamedTuple):
    """A command that any thread may run, as if it ran in the one that gave it."""

    work: Work
    context: Context


class Turn:
    """One command's turn; its signal is held until it may go on."""

    __slots__ = ("batch", "deadline", "error", "given", "outcome", "run_by_another", "signal")

    def __init__(self, seconds: float, given: Given | None) -> None:
        """Wait so long at most before it begins."""
        self.batch: Batch | None = None
        self.deadline = time.monotonic() + seconds
        self.given, self.run_by_another = given, False
        self.outcome: Any = None
        self.error: BaseException | None = None
        self.signal = threading.Lock()
        self.signal.acquire()

    def run(self, transaction: Any) -> None:
        """Run the command that was given, as if in its own thread."""
        if self.given is not None:
            self.outcome = self.given.context.run(self.given.work, transaction)

    def told(self) -> Any:
        """Tell what another thread's run came to, once that is durable."""
        fault, error = self.batch.fault if self.batch else None, self.error
        if fault is not None:
            raise told(fault) from (error or fault)
        if error is not None:
            raise error
        return self.outcome


def told(fault: BaseException) -> StorageUnavailable:
    """Tell one of several who were to be committed together why they were not."""
    if isinstance(fault, StorageUnavailable):
        return StorageUnavailable(fault.sentence)
    return StorageUnavailable("This could not be written just now. Try again in a moment.")

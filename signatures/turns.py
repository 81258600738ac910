"""Turns: who writes to a store when; those who wait in one process write one after another and share one commit.

Each command runs in its own thread, from its first look to its last write, in a savepoint of the transaction that is
running, and hands that on to the next one waiting; the last one commits for all. So there is no thread that could die with
commands in its hands, a lone command pays nothing, and whoever writes needs to know nothing of this. Nobody goes on, not
even with a refusal, before what they have seen is durable.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from signatures.errors import StorageUnavailable

SHARING = 64  # commands in one commit at most
SHARING_SECONDS = 0.1  # and after this long nobody joins any more: those who are done wait
WAITING = 256  # threads; more would wait longer than their clients
STALLED = 2.0  # seconds in which nobody of this process could even begin: somebody else holds the lock
FEW = 2  # threads that go on waiting then; the others are for those who read
SAVEPOINT, TAKE_BACK = "SAVEPOINT turn", "ROLLBACK TO SAVEPOINT turn"  # within each other; the innermost is meant


class Pool(Protocol):
    """What turns need of a database."""

    hold_seconds: float

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


class Batch:
    """One transaction, those who are done in it, and what became of it."""

    def __init__(self, connection: Any) -> None:
        """Begin empty, now."""
        self.connection, self.began = connection, time.monotonic()
        self.done: list[Turn] = []
        self.fault: BaseException | None = None


class Turn:
    """One command's turn; its signal is held until it may go on."""

    __slots__ = ("batch", "deadline", "signal")

    def __init__(self, seconds: float) -> None:
        """Wait so long at most before it begins."""
        self.batch: Batch | None = None
        self.deadline = time.monotonic() + seconds
        self.signal = threading.Lock()
        self.signal.acquire()


class Turns:
    """Lets the threads of one process write to a store, one at a time."""

    def __init__(self, pool: Pool, patience: Callable[[], float]) -> None:
        """Let those give up who have waited longer than patience tells."""
        self.pool, self.patience = pool, patience
        self._mutex = threading.Lock()
        self._waiting: deque[Turn] = deque()
        self._taken = False
        self._stalled_since: float | None = None

    @contextmanager
    def alone(self, lock: str | None) -> Iterator[Any]:
        """Give a connection in a transaction that nobody shares; at the end it is committed."""
        connection = self.pool.begin(lock, write=True, seconds=self.patience())
        began = time.monotonic()
        try:
            yield connection
            self._refuse_long(began)
            self.pool.refuse_broken(connection)
        except BaseException:
            self.pool.abandon(connection)
            raise
        self.pool.commit(connection)

    @contextmanager
    def take(self, lock: str | None) -> Iterator[Any]:
        """Wait for a turn and give its connection, in a transaction; at the end what was written is committed."""
        turn = self._wait()
        batch = self._joined(turn, lock)
        began = time.monotonic()
        try:
            yield batch.connection
            self._refuse_long(began)
            self.pool.refuse_broken(batch.connection)
        except BaseException as error:
            self._take_back(batch)
            if batch.done or batch.fault:
                self._finish(turn, batch, error)  # a refusal may rest on what the others wrote
            else:
                self._next()
            raise
        self._finish(turn, batch)

    def _refuse_long(self, began: float) -> None:
        if time.monotonic() - began > self.pool.hold_seconds:
            raise StorageUnavailable(
                f"The write took longer than {self.pool.hold_seconds:.0f} s and was taken back. Try again with less at once."
            )

    # -- waiting -------------------------------------------------------------------------------------------------

    def _wait(self) -> Turn:
        turn = Turn(self.patience())
        with self._mutex:
            if not self._taken:
                self._taken = True
                return turn
            if len(self._waiting) >= (FEW if self._is_stalled() else WAITING):
                raise StorageUnavailable("Too many are writing at this moment. Try again in a moment.")
            self._waiting.append(turn)
        try:
            came = self._signalled(turn)
        except BaseException:
            self._give_up(turn)
            raise
        if not came:
            if self._left(turn):
                raise StorageUnavailable("Others were writing for too long. Try again in a moment.")
            turn.signal.acquire()  # it came at this very moment; the next signal says that all is committed
        return turn

    def _signalled(self, turn: Turn) -> bool:
        """Wait as long as it makes sense; tell whether the turn came."""
        while (left := turn.deadline - time.monotonic()) > 0:
            if turn.signal.acquire(timeout=min(left, STALLED)):
                return True
            with self._mutex:
                if self._is_stalled() and turn in list(self._waiting)[FEW:]:
                    return False
        return False

    def _is_stalled(self) -> bool:
        return self._stalled_since is not None and time.monotonic() - self._stalled_since > STALLED

    def _left(self, turn: Turn) -> bool:
        """Leave the queue; False if its turn came at this very moment."""
        with self._mutex, suppress(ValueError):
            self._waiting.remove(turn)
            return True
        return False

    def _give_up(self, turn: Turn) -> None:
        """Leave the queue when interrupted; a turn that has come is handed on."""
        if not self._left(turn):
            self._end(turn.batch) if turn.batch else self._next()

    def _joined(self, turn: Turn, lock: str | None) -> Batch:
        """Go on in the running transaction, or begin one."""
        if turn.batch is not None:
            return self._saved(turn.batch)
        self._stalled_since = self._stalled_since or time.monotonic()
        try:
            batch = Batch(self.pool.begin(lock, write=True, seconds=turn.deadline - time.monotonic()))
        except BaseException:  # the next one tries in vain for just as long, perhaps: that counts together
            self._next()
            raise
        self._stalled_since = None
        return batch

    def _saved(self, batch: Batch) -> Batch:
        """Set a mark behind what the others have written; without one of its own, nothing could be taken back alone."""
        try:
            self.pool.execute(batch.connection, SAVEPOINT)
        except BaseException as fault:
            batch.fault = fault
            self.pool.abandon(batch.connection)
            self._end(batch)
            raise
        return batch

    # -- handing on ----------------------------------------------------------------------------------------------

    def _finish(self, turn: Turn, batch: Batch, refused: BaseException | None = None) -> None:
        """Hand the transaction on or commit it; return when it is durable, raise if that is not so."""
        batch.done.append(turn)
        if batch.fault is not None or not self._handed_on(batch):
            self._end(batch, turn)
        else:
            turn.signal.acquire()
        if batch.fault is not None:
            raise told(batch.fault) from (refused or batch.fault)

    def _handed_on(self, batch: Batch) -> bool:
        if len(batch.done) >= SHARING or time.monotonic() - batch.began > SHARING_SECONDS:
            return False
        with self._mutex:
            if not self._waiting:
                return False
            turn = self._waiting.popleft()
            turn.batch = batch
        turn.signal.release()
        return True

    def _end(self, batch: Batch, last: Turn | None = None) -> None:
        """Commit for all who are done, let the next one begin, and tell them."""
        try:
            if batch.fault is None:
                self.pool.commit(batch.connection)
        except BaseException as error:
            batch.fault = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._next()
            for turn in batch.done:
                if turn is not last:
                    turn.signal.release()

    def _next(self) -> None:
        """Let the next one begin a transaction of its own."""
        with self._mutex:
            self._taken = bool(self._waiting)
            turn = self._waiting.popleft() if self._waiting else None
        if turn is not None:
            turn.signal.release()

    def _take_back(self, batch: Batch) -> None:
        """Undo what this turn has written, and nothing else; where that cannot be, nobody's can be kept."""
        if batch.done:
            try:
                self.pool.execute(batch.connection, TAKE_BACK)
            except Exception as fault:  # noqa: BLE001 - whatever it is, all of them are told
                batch.fault = fault
            else:
                return
        self.pool.abandon(batch.connection)


def told(fault: BaseException) -> StorageUnavailable:
    """Tell one of several who were to be committed together why they were not."""
    if isinstance(fault, StorageUnavailable):
        return StorageUnavailable(fault.sentence)
    return StorageUnavailable("This could not be written just now. Try again in a moment.")

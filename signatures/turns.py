"""Turns: who writes to a store when; those who wait in one process write one after another and share one commit.

Each command runs in a savepoint of the transaction that is running, from its first look to its last write. One that was
given as a function is run by whoever has the transaction, for a change of threads costs as much as a command; any other
is handed the transaction and runs in its own thread. The last one commits for all. So there is no thread that could die
with commands in its hands, and a lone command pays nothing. Nobody goes on, not even with a refusal, before what they
have seen is durable.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any

from signatures.batch import Batch, Given, Pool, Turn, Work, told
from signatures.errors import StorageUnavailable
from signatures.sentences import said

SHARING = 64  # commands in one commit at most
SHARING_SECONDS = 0.1  # and after this long nobody joins any more: those who are done wait
WAITING = 256  # threads; more would wait longer than their clients
STALLED = 2.0  # seconds in which nobody of this process could even begin: somebody else holds the lock
FEW = 2  # threads that go on waiting then; the others are for those who read
SAVEPOINT, TAKE_BACK = "SAVEPOINT turn", "ROLLBACK TO SAVEPOINT turn"
RELEASE = "RELEASE SAVEPOINT turn"  # in SQLite marks within each other make every later write dearer


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
        """Give a transaction that nobody shares; at the end it is committed."""
        connection = self.pool.begin(lock, write=True, seconds=self.patience())
        began = time.monotonic()
        try:
            yield self.pool.transaction_on(connection)
            self._refuse_long(began)
            self.pool.refuse_broken(connection)
        except BaseException:
            self.pool.abandon(connection)
            raise
        self.pool.commit(connection)

    def do(self, lock: str | None, work: Work) -> Any:
        """Wait for a turn and run a command in it, here or in the thread of who is writing; return when it is durable."""
        turn = self._wait(Given(work, copy_context()))
        if turn.run_by_another:
            return turn.told()
        with self._in_turn(turn, lock) as transaction:
            return work(transaction)

    @contextmanager
    def take(self, lock: str | None) -> Iterator[Any]:
        """Wait for a turn and give its transaction; at the end what was written is committed."""
        with self._in_turn(self._wait(None), lock) as transaction:
            yield transaction
            transaction.known.clear()  # who writes like this may have written anything

    @contextmanager
    def _in_turn(self, turn: Turn, lock: str | None) -> Iterator[Any]:
        batch = self._joined(turn, lock)
        began = time.monotonic()
        try:
            yield batch.transaction
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
                said(
                    "The write took longer than %(seconds)s s and was taken back. Try again with less at once.",
                    seconds=f"{self.pool.hold_seconds:.0f}",
                )
            )

    # -- waiting -------------------------------------------------------------------------------------------------

    def _wait(self, given: Given | None) -> Turn:
        turn = Turn(self.patience(), given)
        with self._mutex:
            if not self._taken:
                self._taken = True
                return turn
            if len(self._waiting) >= (FEW if self._is_stalled() else WAITING):
                raise StorageUnavailable(said("Too many are writing at this moment. Try again in a moment."))
            self._waiting.append(turn)
        try:
            came = self._signalled(turn)
        except BaseException:
            self._give_up(turn)
            raise
        if not came:
            if self._left(turn):
                raise StorageUnavailable(said("Others were writing for too long. Try again in a moment."))
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
        if not self._left(turn) and not turn.run_by_another:
            self._end(turn.batch) if turn.batch else self._next()

    def _joined(self, turn: Turn, lock: str | None) -> Batch:
        """Go on in the running transaction, or begin one."""
        if turn.batch is not None:
            return self._saved(turn.batch)
        self._stalled_since = self._stalled_since or time.monotonic()
        try:
            connection = self.pool.begin(lock, write=True, seconds=turn.deadline - time.monotonic())
        except BaseException:  # the next one tries in vain for just as long, perhaps: that counts together
            self._next()
            raise
        self._stalled_since = None
        return Batch(connection, self.pool.transaction_on(connection))

    def _saved(self, batch: Batch) -> Batch:
        """Go on behind what the others have written; if that cannot be, all of them are told."""
        try:
            self._mark(batch)
        except BaseException:
            self._end(batch)
            raise
        return batch

    def _mark(self, batch: Batch) -> None:
        """Set a mark behind what the others have written; without one of its own, nothing could be taken back alone."""
        try:
            for sql in (RELEASE, SAVEPOINT) if batch.marked and self.pool.one_writer else (SAVEPOINT,):
                self.pool.execute(batch.connection, sql)
        except BaseException as fault:
            batch.fault = fault
            self.pool.abandon(batch.connection)
            raise
        batch.marked = True

    # -- handing on ----------------------------------------------------------------------------------------------

    def _finish(self, turn: Turn, batch: Batch, refused: BaseException | None = None) -> None:
        """Hand the transaction on or commit it; return when it is durable, raise if that is not so."""
        batch.done.append(turn)
        try:
            while (following := self._following(batch)) is not None and following.run_by_another:
                self._run(following, batch)
        except BaseException:  # somebody interrupts this thread: those who are done are not to blame
            self._end(batch, turn)
            raise
        if following is None:
            self._end(batch, turn)
        else:
            following.signal.release()
            turn.signal.acquire()
        if batch.fault is not None:
            raise told(batch.fault) from (refused or batch.fault)

    def _following(self, batch: Batch) -> Turn | None:
        """Take the next one out of the queue, unless it is time to commit."""
        if batch.fault is not None or len(batch.done) >= SHARING or time.monotonic() - batch.began > SHARING_SECONDS:
            return None
        with self._mutex:
            if not self._waiting:
                return None
            turn = self._waiting.popleft()
            turn.batch, turn.run_by_another = batch, turn.given is not None
        return turn

    def _run(self, turn: Turn, batch: Batch) -> None:
        """Run somebody else's command; what it is refused for, or errs in, is told to nobody but them."""
        batch.done.append(turn)
        began = time.monotonic()
        try:
            self._mark(batch)
            turn.run(batch.transaction)
            self._refuse_long(began)
            self.pool.refuse_broken(batch.connection)
        except BaseException as error:
            turn.error = error if isinstance(error, Exception) else told(error)
            if batch.fault is None:
                self._take_back(batch)
            if turn.error is not error:
                raise

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
        batch.transaction.known.clear()
        if batch.marked:
            try:
                self.pool.execute(batch.connection, TAKE_BACK)
            except Exception as fault:  # noqa: BLE001 - whatever it is, all of them are told
                batch.fault = fault
            else:
                return
        self.pool.abandon(batch.connection)

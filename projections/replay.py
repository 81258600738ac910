"""Catch up with the log under a lock, or rebuild a new generation of the view beside the old one.

The tracking row of a generation holds the register's id and the position and leaf hash of the last entry it has; a view
and its tracking change in one transaction.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from projections import projector, signatory_list, view
from projections.filling import Filler
from projections.log import Log, Newest
from projections.view import Generation
from signatures.database import Conflict, Database, Transaction
from signatures.errors import StorageUnavailable, ViewBehind
from signatures.eventlog import Entry

BATCH = 1_000  # events a transaction while catching up
REBUILD_SECONDS = 0.5  # a transaction of a rebuild: long enough to be quick, short enough for those who catch up
PATIENCE = 2.0  # seconds that a reader waits for another one's work
SERVING, FILLING, SCRATCH = 1, 0, 2
Progress = Callable[[int, int], None]


class Tracking(NamedTuple):
    """How far a generation is; `complete` is SERVING, FILLING or SCRATCH."""

    generation: int
    schema_version: int
    complete: int
    register: str
    position: int
    leaf_hash: bytes


class _Diverged(Exception):
    """The log does not hold the leaf that a generation saw last."""


def code_version() -> str:
    """Name the code that projects, so that what one version cannot process another one tries again."""
    parts = [Path(module.__file__).read_bytes() for module in (projector, signatory_list)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


class Replay:
    """Keeps the views in step with a log."""

    def __init__(self, log: Log, views: Database, *, code: str | None = None, standby: bool = False) -> None:
        """Use a log and the views' database; a standby never catches up, it serves what it was sent."""
        self.log = log
        self.views = views
        self.standby = standby
        self._code = code
        self._register: str | None = None
        self._turn = threading.Lock()
        self._retried: set[int] = set()

    @property
    def code(self) -> str:
        """Tell the version of the projecting code."""
        if self._code is None:
            self._code = code_version()
        return self._code

    def create(self) -> None:
        """Make the place of the views; a generation is made when it is first needed."""
        self.views.create(view.TRACKING)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def reading(self) -> Iterator[tuple[Generation, int]]:
        """Read the serving generation once it has caught up; yields it with its position."""
        newest = self.log.newest()
        deadline = time.monotonic() + PATIENCE
        while True:
            with self._transaction() as transaction:
                tracking = self._serving(transaction)
                if tracking is not None and self._is_current(tracking, newest):
                    yield Generation(transaction, tracking.generation), tracking.position
                    return
            self._work(tracking, deadline)

    def catch_up(self) -> int:
        """Process what is new; tell the position reached."""
        with self.reading() as (_, position):
            return position

    @contextmanager
    def _transaction(self) -> Iterator[Transaction]:
        try:
            self.views.connect().close() if not self._ready() else None
        except StorageUnavailable:
            self.create()
        with self.views.reading() as transaction:
            yield transaction

    def _serving(self, transaction: Transaction) -> Tracking | None:
        return next(iter(self._tracked(transaction, SERVING)), None)

    def _tracked(self, transaction: Transaction, complete: int) -> list[Tracking]:
        rows = transaction.execute(
            "SELECT generation, schema_version, complete, register, position, leaf_hash FROM tracking"
            " WHERE schema_version = ? AND complete = ? ORDER BY generation DESC",
            (view.SCHEMA_VERSION, complete),
        )
        return [Tracking(*row[:5], bytes(row[5])) for row in rows]

"""Catch up with the log under a lock, or rebuild a new generation of the view beside the old one.

The tracking row of a generation holds the register's id and the position and leaf hash of the last entry it has; a view
and its tracking change in one transaction.
"""

from __future__ import annotations

import gc
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Any

from projections import seen, signatory_list
from projections.log import Log, Newest
from projections.views import names, projector, tracking, tracks, view
from projections.views.filling import Filler, SignatureIds
from projections.views.generation import Generation
from projections.views.tracking import SCRATCH, SERVING, Tracking
from signatures.database import Conflict, Database, Transaction
from signatures.errors import StorageUnavailable, ViewBehind
from signatures.privacy.scrubbing import scrub
from signatures.sentences import said

BATCH = 512  # events that are read at once; a transaction while catching up
REBUILD_SECONDS = 0.5  # a transaction of a rebuild: long enough to be quick, short enough for those who catch up
YOUNG = 50_000  # objects between two looks for cycles, while a generation is filled
GLANCE = 0.02  # seconds between two looks for what is on its way
WAITERS = 2  # who look for that at a time, in a process
PATIENCE = 2.0  # seconds that a reader waits for another one's work
MOST_IDS = 1_000_000  # ids of signatures held in memory during a rebuild: some 140 MB
Progress = Callable[[int, int], None]


class _DivergedError(Exception):
    """The log does not hold the leaf that a generation saw last: a backup was restored."""

    def __init__(self, generation: int) -> None:
        super().__init__(generation)
        self.generation = generation


@contextmanager
def _unhurried_collector() -> Iterator[None]:
    """Let Python look for cycles less often: a rebuild makes millions of objects, and none in a cycle."""
    young, *older = gc.get_threshold()
    gc.set_threshold(YOUNG, *older)
    try:
        yield
    finally:
        gc.set_threshold(young, *older)


def code_version() -> str:
    """Name the code that projects, so that what one version cannot process another one tries again."""
    parts = [Path(str(module.__file__)).read_bytes() for module in (names, projector, tracks, signatory_list)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


class Replay:
    """Keeps the views in step with a log."""

    def __init__(
        self, log: Log, views: Database, *, code: str | None = None, standby: bool = False, behind: bool = False
    ) -> None:
        """Use a log and the views' database; a standby never catches up, it serves what it was sent.

        A standby may be behind if nobody compared it with the primary.
        """
        self.log = log
        self.views = views
        self.standby, self.behind = standby, behind
        self._code = code
        self._register: str | None = None
        self._turn = threading.Lock()
        self._waiting = threading.BoundedSemaphore(WAITERS)
        self._began = inf  # when the one whose turn it is began
        self._retried: set[int] = set()
        self._ids = SignatureIds(0)
        self._last_erased = ((0, 0), 0)
        self._made = False

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
        """Read the serving generation once it has caught up with what the log holds now; yields it with its position."""
        deadline = time.monotonic() + PATIENCE
        newest = None if self.standby else self._newest(deadline)
        while True:
            with self.views.reading() as transaction:
                serving = tracking.newest(transaction, SERVING)
                if serving is not None and self._is_current(serving, newest):
                    erased = self._erased(transaction, serving)
                    seen.note(serving.position)
                    yield Generation(transaction, serving.generation, serving.position, erased), serving.position
                    return
            self._work(newest, deadline)

    def _newest(self, deadline: float) -> Newest | None:
        """Tell the last entry, once the log holds what the reader has seen: a primary may have been replaced meanwhile."""
        self._ensure()
        while (newest := self.log.newest()) is None or newest.position < seen.floor():
            if not seen.floor():
                break
            self._wait(deadline)
        return newest

    def _wait(self, deadline: float) -> None:
        """Wait a moment for what a reader has seen, or give up; few may, so that a made-up position keeps nobody's thread."""
        if time.monotonic() > deadline or not self._waiting.acquire(blocking=False):
            raise ViewBehind(
                said(
                    "Nobody here has heard of position %(position)s yet. Ask again in a few seconds.",
                    position=seen.floor(),
                )
            )
        try:
            time.sleep(GLANCE)
        finally:
            self._waiting.release()

    def _erased(self, transaction: Transaction, serving: Tracking) -> int:
        """Tell the last erasure that a generation has seen; asked once for each position that it reaches."""
        place = (serving.generation, serving.position)
        if self._last_erased[0] != place:
            self._last_erased = (place, Generation(transaction, serving.generation).erased())
        return self._last_erased[1]

    def catch_up(self) -> int:
        """Process what is new; tell the position reached."""
        with self.reading() as (_, position):
            return position

    def lag(self) -> dict[str, Any]:
        """Tell how far the view is behind the log, without catching up, and what is quarantined."""
        self._ensure()
        newest = self.log.newest()
        with self.views.reading() as transaction:
            serving = tracking.newest(transaction, SERVING)
            stopped = Generation(transaction, serving.generation).quarantine() if serving else []
        position = serving.position if serving else 0
        return {
            "generation": serving.generation if serving else None,
            "schema_version": view.SCHEMA_VERSION,
            "position": position,
            "behind": max(0, (newest.position if newest else 0) - position),
            "quarantine": stopped,
        }

    def _is_current(self, serving: Tracking, newest: Newest | None) -> bool:
        if self.standby:
            return serving.position >= seen.floor()
        if serving.register != self._identity() or serving.generation not in self._retried:
            return False
        if newest is None or serving.position < newest.position:
            return newest is None and serving.position == 0
        if serving.position == newest.position:
            return serving.leaf_hash == bytes(newest.leaf_hash)
        longer = self.log.newest()  # another reader was quicker and saw a longer log
        return longer is not None and longer.position >= serving.position

    # ── catching up ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _work(self, newest: Newest | None, deadline: float) -> None:
        """Be the one of this process that catches up, or wait for the one that does."""
        if self.standby:
            self._wait(deadline)
            return
        # Whoever comes when it has taken that long already does not wait, too: threads are needed, to say so and to others.
        patience = min(deadline, self._began + PATIENCE) - time.monotonic()
        if not self._turn.acquire(timeout=max(0.0, patience)):
            raise ViewBehind(said("The list is being brought up to date. Nothing is lost; ask again in a few seconds."))
        self._began = time.monotonic()
        try:
            with self.views.reading() as transaction:
                serving = tracking.newest(transaction, SERVING)
            if serving is None:
                self._fill(tracking.begin(self.views, self._identity(), join=True))
            elif not self._is_current(serving, newest):
                self._retry(serving)
                self._advance_to(serving.generation, newest.position if newest else 0)
        except _DivergedError as diverged:
            tracking.drop(self.views, diverged.generation)
        finally:
            self._began = inf
            self._turn.release()

    def _advance_to(self, generation: int, end: int) -> None:
        before = -1
        while (position := self._advance(generation)) is not None and position < end:
            if position == before:
                raise ViewBehind(
                    said(
                        "The log says that it has %(end)s entries but gives none after %(position)s. Run `signatures check`.",
                        end=end,
                        position=position,
                    )
                )
            before = position

    def _advance(self, generation: int, seconds: float = 0.0) -> int | None:
        """Process a batch, and further ones for some seconds, in one transaction; tell the position, None if it is gone."""
        try:
            return self._batch(generation, seconds, careful=False)
        except Conflict:  # something is there twice: find out what, event by event
            return self._batch(generation, 0.0, careful=True)

    def _batch(self, generation: int, seconds: float, *, careful: bool) -> int | None:
        began = time.monotonic()
        with self.views.writing(lock="tracking") as transaction:
            known = tracking.of(transaction, generation)
            if known is None:
                return None
            self._check_leaf(known)
            position, last = known.position, None
            filler = self._filler(transaction, known)
            while entries := self.log.entries(position, BATCH):
                filler.fill(entries, careful=careful)
                last, position = entries[-1], entries[-1].position
                if time.monotonic() - began >= seconds:
                    break
            filler.finish()
            if last is not None:
                tracking.move(transaction, generation, position, last.leaf_hash)
            return position

    def _check_leaf(self, known: Tracking) -> None:
        if known.register != self._identity():
            raise _DivergedError(known.generation)
        if known.position:
            entry = self.log.entry(known.position)
            if entry is None or bytes(entry.leaf_hash) != known.leaf_hash:
                raise _DivergedError(known.generation)

    def _filler(self, transaction: Transaction, known: Tracking) -> Filler:
        reads = Generation(transaction, known.generation)
        ids = None if known.complete == SERVING else self._known_ids(reads)
        return Filler(reads, self.log, self.code, {row["stream"] for row in reads.quarantine()}, ids)

    def _known_ids(self, reads: Generation) -> SignatureIds | None:
        """Keep ids in memory while a generation is filled, up to some number; then make the index that finds them."""
        if self._ids.generation != reads.number:
            self._ids = SignatureIds(reads.number)
        if len(self._ids.positions) <= MOST_IDS:
            rows = reads.rows(
                "SELECT id, position FROM signature{g} WHERE position > ? ORDER BY position", (self._ids.last,)
            )
            self._ids.add([bytes(id_) for id_, _ in rows], [position for _, position in rows])
        if len(self._ids.positions) <= MOST_IDS:
            return self._ids
        view.later_index(reads.transaction, reads.number, view.SIGNATURE_ID, self.views.engine)
        return None

    # ── rebuilding ───────────────────────────────────────────────────────────────────────────────────────────────────

    def rebuild(self, progress: Progress | None = None) -> int:
        """Fill a new generation beside the serving one and put it in its place; tell the position reached."""
        self._ensure()
        self._fill(tracking.begin(self.views, self._identity(), join=False), progress, asked=True)
        return self.catch_up()

    def check(self, progress: Progress | None = None) -> str | None:
        """Compare the view with a fresh rebuild in a scratch generation; name the first difference."""
        self.catch_up()
        scratch = tracking.begin(self.views, self._identity(), join=False, complete=SCRATCH)
        try:
            while True:
                self._fill_up(scratch, progress)
                self.catch_up()
                with self.views.reading() as transaction:
                    serving, fresh = tracking.newest(transaction, SERVING), tracking.of(transaction, scratch)
                    if serving is None or fresh is None:
                        raise ViewBehind("The view was rebuilt meanwhile. Check again.")
                    if serving.position == fresh.position:
                        return view.first_difference(transaction, serving.generation, scratch)
        finally:
            tracking.drop(self.views, scratch)

    def purge(self) -> None:
        """Leave nothing in the views' files of what was erased: the serving generation has caught up, the others go."""
        self.catch_up()
        with self.views.reading() as transaction:
            serving = tracking.newest(transaction, SERVING)
            rows = transaction.execute("SELECT generation FROM tracking ORDER BY generation")
        for (other,) in rows:
            if serving is None or other != serving.generation:
                tracking.drop(self.views, other)
        scrub(self.views, [f"{table}_g{serving.generation}" for table in view.TABLES] if serving else [])

    def _fill(self, generation: int, progress: Progress | None = None, *, asked: bool = False) -> None:
        self._fill_up(generation, progress)
        for index in view.LATER_INDEXES:
            with self.views.writing(lock="tracking") as transaction:
                if tracking.of(transaction, generation) is None:
                    return  # another rebuild was asked for meanwhile
                view.later_index(transaction, generation, index, self.views.engine)
        self._fill_up(generation, None)
        with self.views.writing(lock="tracking") as transaction:
            if tracking.of(transaction, generation) is not None:
                view.analyse(transaction, generation, self.views.engine)
                tracking.mark(transaction, generation, SERVING)
        self._ids = SignatureIds(0)
        tracking.drop_older(self.views, generation, other_schemas=asked)

    def _fill_up(self, generation: int, progress: Progress | None) -> None:
        newest = self.log.newest()
        end = newest.position if newest else 0
        position: int | None = 0
        while position is not None and position < end:
            with _unhurried_collector():
                position = self._advance(generation, REBUILD_SECONDS)
            if progress is not None and position is not None:
                progress(position, end)

    # ── quarantine ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _retry(self, serving: Tracking) -> None:
        """Try again what another version of the code could not process; once in the life of a process."""
        if serving.generation in self._retried:
            return
        with self.views.reading() as transaction:
            stopped = Generation(transaction, serving.generation).quarantine()
        for row in stopped:
            if row["code"] != self.code:
                while not self._retry_stream(serving.generation, row["stream"]):
                    continue
        self._retried.add(serving.generation)

    def _retry_stream(self, generation: int, stream: str) -> bool:
        """Process a batch of a quarantined stream; tell whether there is nothing more to do."""
        with self.views.writing(lock="tracking") as transaction:
            known = tracking.of(transaction, generation)
            reads = Generation(transaction, generation)
            row = next((row for row in reads.quarantine() if row["stream"] == stream), None)
            if known is None or row is None:
                return True
            found = self.log.stream_entries(stream, row["version"] - 1, BATCH)
            entries = [entry for entry in found if entry.position <= known.position]
            reads.rows("DELETE FROM quarantine{g} WHERE stream = ?", (stream,))
            filler = self._filler(transaction, known)
            filler.fill(entries, careful=True)
            filler.finish()
            if stream in filler.quarantined or len(entries) < BATCH:
                return True
            filler.stop(entries[-1]._replace(version=entries[-1].version + 1), row["sentence"])
            return False

    # ── where the views are ────────────────────────────────────────────────────────────────────────────────────────────

    def _identity(self) -> str:
        if self._register is None:
            self._register = self.log.identity()
        return self._register

    def _ensure(self) -> None:
        """Make the tracking table where it is missing: all of the views may be deleted."""
        if self._made:
            return
        try:
            with self.views.reading() as transaction:
                transaction.execute("SELECT 1 FROM tracking LIMIT 1")
        except StorageUnavailable:
            with suppress(Conflict):  # another process makes it at this moment
                self.create()
        self._made = True

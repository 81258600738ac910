"""The event store on SQLite or PostgreSQL: position, stamp, tree, head and signature rows in the transaction that appends.

The log lock comes first in every writing transaction, so that positions are contiguous and `recorded_at` never falls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription

from signatures.clock import Clock, stamp
from signatures.database import Conflict, Database, Row, Transaction
from signatures.errors import InvalidInput, Refused, StorageUnavailable
from signatures.log import heads, upgrade
from signatures.log.eventlog import LEAF_LIMIT, Entry, leaf_bytes, leaf_hash
from signatures.log.heads import Rows
from signatures.log.mapping import topic_of, topic_parts
from signatures.log.redaction import WITHHELD
from signatures.log.upgrade import SCHEMA_VERSION
from signatures.proof import tree
from signatures.sentences import said

SCHEMA = (
    """
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS stored_events (
  notification_id {key}, originator_id TEXT NOT NULL, originator_version {bigint} NOT NULL,
  topic TEXT NOT NULL, state {bytes} NOT NULL, UNIQUE (originator_id, originator_version));
CREATE TABLE IF NOT EXISTS log (position {key}, recorded_at TEXT NOT NULL, leaf_hash {bytes} NOT NULL, nodes {bytes});
CREATE INDEX IF NOT EXISTS log_recorded_at ON log (recorded_at, position);
CREATE TABLE IF NOT EXISTS checkpoint (
  number {key}, size {bigint} NOT NULL, root {bytes} NOT NULL, vkey TEXT NOT NULL, note {bytes}, made_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS checkpoint_size ON checkpoint (size);
CREATE TABLE IF NOT EXISTS former (
  number {key}, origin TEXT NOT NULL, size {bigint} NOT NULL, root {bytes} NOT NULL, note {bytes} NOT NULL,
  first {bigint} NOT NULL, last {bigint} NOT NULL, recorded_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS witness (vkey TEXT PRIMARY KEY, added_at TEXT NOT NULL, removed_at TEXT);
CREATE TABLE IF NOT EXISTS cosignature (
  size {bigint} NOT NULL, vkey TEXT NOT NULL, line TEXT NOT NULL, cosigned_at {bigint} NOT NULL, PRIMARY KEY (size, vkey));
CREATE TABLE IF NOT EXISTS timestamp (
  size {key}, note {bytes} NOT NULL, authority TEXT NOT NULL, token {bytes} NOT NULL, stamped_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS text (sha256 TEXT PRIMARY KEY, content {bytes} NOT NULL);
CREATE TABLE IF NOT EXISTS idempotency (
  caller TEXT NOT NULL, key TEXT NOT NULL, request_sha256 TEXT NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (caller, key));
"""
    + heads.SCHEMA
)
ENTRY = (
    "SELECT l.position, l.recorded_at, l.leaf_hash, e.originator_id, e.originator_version, e.topic, e.state"
    " FROM log l JOIN stored_events e ON e.notification_id = l.position"
)
NEWEST = (
    "SELECT position, recorded_at, leaf_hash, (SELECT value FROM identity WHERE name = 'restoring')"
    " FROM log ORDER BY position DESC LIMIT 1"
)


Answer = TypeVar("Answer")
Guard = Callable[[Transaction, int], None]
"""Raises an error where a log of some size must not be appended to."""


class Newest(NamedTuple):
    """The last entry of the log."""

    position: int
    recorded_at: str
    leaf_hash: bytes


class Act:
    """What a command has done in its transaction so far."""

    __slots__ = ("afterwards", "appended", "decided", "transaction", "unfinished")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.transaction: Transaction | None = None
        self.appended: list[tuple[int, bytes]] = []
        self.afterwards: list[Callable[[], object]] = []
        self.unfinished = self.decided = False


class Store(ApplicationRecorder):
    """The library's recorder over our own tables; reading never waits for writing."""

    def __init__(self, database: Database, clock: Clock, guard: Guard | None = None) -> None:
        """Use a database that `create` has made; nothing is opened yet. A guard may refuse to append to the log."""
        self.database = database
        self.clock = clock
        self.guard = guard
        self._edge = tree.Edge()
        # Of the context, not of the thread: a command may run in another's, see `turns`.
        self._act: ContextVar[Act | None] = ContextVar("act", default=None)
        self._snapshot: ContextVar[Transaction | None] = ContextVar("snapshot", default=None)

    def create(self) -> str:
        """Make the tables and the register's identity where they are missing; return the identity."""
        upgrade.before(self.database)
        self.database.create(SCHEMA)
        with self.database.writing("stored_events") as transaction:
            for name, value in (("register", str(uuid4())), ("schema", SCHEMA_VERSION)):
                transaction.execute("INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
        upgrade.after(self.database)
        return self.identity()

    def identity(self) -> str:
        """Tell the register's own id, made once."""
        with self.reading() as transaction:
            rows = transaction.execute("SELECT value FROM identity WHERE name = 'register'")
        if not rows:
            raise StorageUnavailable("This database holds no register yet. Run `signatures init` once.")
        return str(rows[0][0])

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Run a writing transaction with the log lock held; inside another one, take part in that.

        If the reply to the COMMIT is lost, the log itself is asked what happened.
        """
        running = self._act.get()
        if running is not None and running.transaction is not None:
            yield running.transaction
            return
        act = Act()
        with self._told(act), self.database.writing("stored_events") as transaction, self._acting(act, transaction):
            yield transaction
        for do in act.afterwards:
            do()

    def do(self, command: Callable[[], Answer]) -> Answer:
        """Run a whole command as `writing` does, so that those who wait need not be woken one by one."""
        if self.is_writing:
            return command()
        act, answers = Act(), list[Answer]()

        def work(transaction: Transaction) -> None:
            with self._acting(act, transaction):
                answers.append(command())

        with self._told(act):
            self.database.do("stored_events", work)
        for do in act.afterwards:
            do()
        return answers[0]

    @contextmanager
    def _acting(self, act: Act, transaction: Transaction) -> Iterator[None]:
        """Let everything called from here take part in the transaction; refuse to go on with half of something."""
        act.transaction = transaction
        self._act.set(act)
        try:
            yield
            if act.unfinished:
                raise StorageUnavailable(
                    said("A part of this could not be written, so nothing was. Try again in a moment.")
                )
            act.decided = True
        finally:
            self._act.set(None)

    @contextmanager
    def _told(self, act: Act) -> Iterator[None]:
        """Ask the log where a reply was lost."""
        try:
            yield
        except StorageUnavailable:
            if not (act.decided and act.appended and self._holds(act.appended)):
                raise
        except Conflict as conflict:
            raise Refused(
                said(
                    "Somebody else was quicker with the same thing (%(conflict)s). Look again, then try again.",
                    conflict=str(conflict),
                )
            ) from conflict

    def afterwards(self, do: Callable[[], object]) -> None:
        """Do something once it is recorded: now, or when the running transaction, however far outside, was committed."""
        act = self._act.get()
        if act is None:
            do()
        else:
            act.afterwards.append(do)

    @property
    def is_writing(self) -> bool:
        """Tell whether this command is inside a writing transaction."""
        return self._act.get() is not None

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read in the running transaction, or in one of its own; what is nested sees the same state of the store."""
        running = self._running()
        if running is not None:
            yield running
            return
        with self.database.reading() as transaction:
            self._snapshot.set(transaction)
            try:
                yield transaction
            finally:
                self._snapshot.set(None)

    def _running(self) -> Transaction | None:
        act = self._act.get()
        return act.transaction if act is not None else self._snapshot.get()

    def _holds(self, appended: list[tuple[int, bytes]]) -> bool:
        """Look in the log, after any commit still under way, whether exactly these leaves are there."""
        with self.database.writing("stored_events") as transaction:
            for position, hash_ in appended:
                if transaction.execute("SELECT leaf_hash FROM log WHERE position = ?", (position,)) != [(hash_,)]:
                    return False
        return True

    def record(self, stored_events: Sequence[StoredEvent], rows: Rows) -> tuple[int, str]:
        """Append events as `insert_events` does; tell the last one's position and when they were recorded."""
        with self.writing() as transaction:
            positions, recorded_at = self._record(transaction, stored_events, rows)
        return positions[-1], recorded_at

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append events with their positions, stamps and rows in one transaction; return the positions."""
        with self.writing() as transaction:
            return self._record(transaction, stored_events, kwargs.get("rows"))[0]

    def _record(
        self, transaction: Transaction, stored_events: Sequence[StoredEvent], rows: Rows | None
    ) -> tuple[list[int], str]:
        last = transaction.known.get(NEWEST) or self._newest(transaction)
        position, previous, leaf = last or (0, "", b"")
        if self.guard is not None and NEWEST not in transaction.known:  # one that only grows is looked at once
            self.guard(transaction, position)
        recorded_at = max(previous, stamp(self.clock()))
        hashes = [checked_leaf(place, recorded_at, event) for place, event in enumerate(stored_events, position + 1)]
        act = self._act.get() or Act()
        act.unfinished = True  # from here to the end of this function nothing may go wrong and be passed over
        positions = {}
        nodes = self._edge.completed(transaction, position, leaf, hashes)
        appended = list(_appended(position, recorded_at, stored_events, hashes, nodes))
        for place, (hash_, event) in enumerate(zip(hashes, stored_events, strict=True), position + 1):
            act.appended.append((place, hash_))
            positions[str(event.originator_id), event.originator_version] = place
        if rows is None:
            transaction.send(appended)
        else:
            rows.signatures = [
                row if row.position else row._replace(position=positions[row.statement, row.version])
                for row in rows.signatures
            ]
            for sha256, content in rows.texts.items():
                transaction.execute("INSERT INTO text VALUES (?, ?) ON CONFLICT DO NOTHING", (sha256, content))
            for erased, kept in rows.kept.items():
                transaction.execute("UPDATE stored_events SET state = ? WHERE notification_id = ?", (kept, erased))
            heads.write(transaction, rows, appended)
        transaction.known[NEWEST] = Newest(position + len(hashes), recorded_at, hashes[-1])
        act.unfinished = False
        return list(positions.values()), recorded_at

    def newest(self) -> Newest | None:
        """Tell the last entry of the log, or None while it is empty."""
        running = self._running()
        return self._newest(running) if running else _last(self.database.glance(NEWEST))

    @staticmethod
    def _newest(transaction: Transaction) -> Newest | None:
        return _last(transaction.execute(NEWEST))

    def entries(self, after: int, limit: int) -> list[Entry]:
        """Read entries by position."""
        with self.reading() as transaction:
            # Both bounds: PostgreSQL would merge the two from the beginning of the log on.
            rows = transaction.execute(
                f"{ENTRY} WHERE l.position > ? AND e.notification_id > ? ORDER BY l.position LIMIT ?",
                (after, after, limit),
            )
        return [entry_of(row) for row in rows]

    def entry(self, position: int) -> Entry | None:
        """Read the entry at a position."""
        with self.reading() as transaction:
            rows = transaction.execute(f"{ENTRY} WHERE l.position = ?", (position,)) if 0 < position < 2**62 else []
        return entry_of(rows[0]) if rows else None

    def entries_at(self, positions: Sequence[int]) -> list[Entry]:
        """Read the entries at some positions, in order."""
        rows: list[Row] = []
        with self.reading() as transaction:
            for start in range(0, len(positions), 500):
                some = positions[start : start + 500]
                wanted = ", ".join("?" * len(some))
                rows += transaction.execute(f"{ENTRY} WHERE l.position IN ({wanted}) ORDER BY l.position", some)
        return [entry_of(row) for row in rows]

    def stream_entries(self, stream: str, after_version: int = 0, limit: int | None = None) -> list[Entry]:
        """Read the entries of one stream (`statement/ID`, `organisation/ID`) by version."""
        with self.reading() as transaction:
            rows = transaction.execute(
                f"{ENTRY} WHERE e.originator_id = ? AND e.originator_version > ? ORDER BY e.originator_version LIMIT ?",
                (stream.partition("/")[2], after_version, 2**62 if limit is None else limit),
            )
        return [entry_of(row) for row in rows]

    def withheld_by(self, entry: Entry) -> Entry | None:
        """Read the entry that withholds another one; None where it is not withheld."""
        kind, _, id_ = entry.stream.partition("/")
        with self.reading() as transaction:
            rows = transaction.execute(
                f"{ENTRY} WHERE e.originator_id = ? AND e.originator_version > ? AND e.topic = ?"
                " ORDER BY e.originator_version",
                (id_, entry.version, topic_of(kind, WITHHELD, 1)),
            )
        return next((one for one in map(entry_of, rows) if one.data()["position"] == entry.position), None)

    def position_at(self, recorded_at: str) -> int:
        """Tell the largest position recorded at or before an instant (as `clock.stamp` writes it); 0 if none."""
        with self.reading() as transaction:
            rows = transaction.execute(
                "SELECT position FROM log WHERE recorded_at <= ? ORDER BY recorded_at DESC, position DESC LIMIT 1",
                (recorded_at,),
            )
        return int(rows[0][0]) if rows else 0

    def root(self, size: int) -> bytes:
        """Tell the root of the tree over the first positions."""
        with self.reading() as transaction:
            return tree.root(transaction, size)

    def text(self, sha256: str) -> bytes | None:
        """Read a stored text or order document."""
        with self.reading() as transaction:
            rows = transaction.execute("SELECT content FROM text WHERE sha256 = ?", (sha256,))
        return bytes(rows[0][0]) if rows else None

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> list[StoredEvent]:
        """Read a stream as the library's repository does."""
        with self.reading() as transaction:
            rows = transaction.execute(
                "SELECT originator_version, topic, state FROM stored_events WHERE originator_id = ? AND originator_version > ?"
                f" AND originator_version <= ? ORDER BY originator_version {'DESC' if desc else 'ASC'} LIMIT ?",
                (str(originator_id), gt or 0, 2**62 if lte is None else lte, 2**62 if limit is None else limit),
            )
        return [StoredEvent(UUID(str(originator_id)), version, topic, bytes(state)) for version, topic, state in rows]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> list[Notification]:
        """Read notifications as the library's notification log does; their ids are positions."""
        first = 1 if start is None else start + (not inclusive_of_start)
        marks = f" AND topic IN ({', '.join('?' * len(topics))})" if topics else ""
        with self.reading() as transaction:
            rows = transaction.execute(
                "SELECT originator_id, originator_version, topic, state, notification_id FROM stored_events"
                f" WHERE notification_id >= ? AND notification_id <= ?{marks} ORDER BY notification_id LIMIT ?",
                (first, 2**62 if stop is None else stop, *topics, limit),
            )
        return [Notification(UUID(row[0]), row[1], row[2], bytes(row[3]), row[4]) for row in rows]

    def max_notification_id(self) -> int | None:
        """Tell the newest position."""
        newest = self.newest()
        return newest.position if newest else None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[Any]:
        """Refuse: views catch up when they are read (`projections/views/replay.py`)."""
        raise NotImplementedError("the register's views catch up on read")


def append(
    transaction: Transaction,
    position: int,
    recorded_at: str,
    events: Sequence[StoredEvent],
    hashes: Sequence[bytes],
) -> None:
    """Write events with their leaf hashes, and the tree's nodes that these complete, behind a position."""
    nodes = tree.completed(transaction, position, hashes)
    transaction.send(_appended(position, recorded_at, events, hashes, nodes))


def _appended(
    position: int,
    recorded_at: str,
    events: Sequence[StoredEvent],
    hashes: Sequence[bytes],
    nodes: Sequence[bytes],
) -> Iterator[tuple[str, Row]]:
    for place, (event, hash_, above) in enumerate(zip(events, hashes, nodes, strict=True), position + 1):
        stored = (place, str(event.originator_id), event.originator_version, event.topic, event.state)
        yield "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", stored
        yield "INSERT INTO log VALUES (?, ?, ?, ?)", (place, recorded_at, hash_, above)


def checked_leaf(position: int, recorded_at: str, event: StoredEvent) -> bytes:
    """Hash the leaf that an event will be, or refuse one too large."""
    kind, type_, type_version = topic_parts(event.topic)
    leaf = leaf_bytes(
        position,
        recorded_at,
        f"{kind}/{event.originator_id}",
        event.originator_version,
        type_,
        type_version,
        event.state,
    )
    if len(leaf) > LEAF_LIMIT:
        raise InvalidInput(
            said(
                "Together this is %(count)s bytes; an entry of the log may have %(most)s. Shorten it.",
                count=len(leaf),
                most=LEAF_LIMIT,
            )
        )
    return leaf_hash(leaf)


def entry_of(row: Row) -> Entry:
    """Read a row of the query ENTRY."""
    position, recorded_at, hash_, id_, version, topic, state = row
    kind, type_, type_version = topic_parts(topic)
    return Entry(position, recorded_at, bytes(hash_), f"{kind}/{id_}", version, type_, type_version, bytes(state))


def _last(rows: Sequence[Row]) -> Newest | None:
    """Read the rows of the query NEWEST."""
    if rows and rows[0][3] is not None:
        raise StorageUnavailable("A restore into this register was cut off. Run `signatures restore DIR` again.")
    return Newest(rows[0][0], rows[0][1], bytes(rows[0][2])) if rows else None

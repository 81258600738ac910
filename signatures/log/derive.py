"""The check: log, texts and derived rows compared with each other and with what the log alone gives."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from eventsourcing.domain import EventSourcingError

from signatures.aggregate import Headed
from signatures.database import Conflict, Database, Row, Transaction
from signatures.log import heads
from signatures.log.eventlog import LEAF_LIMIT, Entry, canonical, leaf_hash, sha256
from signatures.log.fold import Fold, LogDamaged, chunks, texts_named
from signatures.log.mapping import TOPICS
from signatures.log.redaction import WITHHELD, replaced
from signatures.log.store import Store
from signatures.proof import former, tree
from signatures.proof.merkle import Frontier
from signatures.register import Register
from signatures.sqlite import SQLiteDatabase

PAGE = 1_000
REPLAYED = 10_000  # versions that the library's repository, which reads a stream at once, is asked to replay
FINDINGS = 20  # more would say nothing new
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
TABLES = {  # derived tables and their keys
    "head": ("id",),
    "signature": ("id",),
    "organisation_name": ("folded", "organisation"),
    "merger": ("organisation",),
}
UNREADABLE = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    Conflict,
    EventSourcingError,
)  # what edited bytes lead to
Progress = Callable[[int], object]


def unheard(_done: int) -> None:
    """Tell nobody how far the work is."""


def check(store: Store, progress: Progress = unheard) -> list[str]:
    """Compare log, texts and derived rows with each other; return the first differences, a sentence each.

    Everything is read in one snapshot, so a register in use can be checked; the fold goes into a scratch database.
    """
    with tempfile.TemporaryDirectory(prefix="signatures-check-") as folder, store.reading() as transaction:
        scratch = SQLiteDatabase(Path(folder), "check")
        scratch.hold_seconds = math.inf  # nobody else waits for it, on however busy a machine
        scratch.create(
            heads.SCHEMA
            + "CREATE TABLE IF NOT EXISTS named (sha256 TEXT PRIMARY KEY, position {bigint} NOT NULL);\n"
            + "CREATE TABLE IF NOT EXISTS erased (position {key});\n"
        )
        try:
            return Check(store, transaction, scratch).findings(progress)
        finally:
            scratch.close()


class Check:
    """One check of one snapshot."""

    def __init__(self, store: Store, transaction: Transaction, scratch: Database) -> None:
        """Read by the transaction, which must be the store's running one, and fold into scratch."""
        self.store, self.transaction, self.scratch = store, transaction, scratch
        self.found: list[str] = []
        self.frontier: Frontier | None = Frontier()
        self.former = former.all_former(transaction)

    def findings(self, progress: Progress) -> list[str]:
        """Name the first differences."""
        if self.transaction.execute("SELECT value FROM identity WHERE name = 'restoring'"):
            return ["A restore into this register was cut off. Run `signatures restore DIR` again."]
        try:
            for difference in self._differences(progress):
                self.found.append(difference)
                if len(self.found) == FINDINGS:
                    return [*self.found, "There may be more: these are the first."]
        except LogDamaged as damage:
            self.found.append(f"{damage.sentence} Derived rows were not compared.")
        except UNREADABLE as error:
            self.found.append(f"An entry cannot be read ({error}). The rest was not compared.")
        return self.found

    def _differences(self, progress: Progress) -> Iterator[str]:
        yield from self._topics()
        yield from self._log(progress)
        yield from former.faults(self.transaction)
        yield from self._texts()
        for table, key in TABLES.items():
            yield from self._table(table, key)
        yield from self._replays()

    def _topics(self) -> Iterator[str]:
        """Look for events that nobody could read, before the fold meets one."""
        unknown = self.transaction.execute(
            f"SELECT notification_id, topic FROM stored_events WHERE topic NOT IN ({', '.join('?' * len(TOPICS))})"
            " ORDER BY notification_id LIMIT 1",
            tuple(TOPICS),
        )
        for position, topic in unknown:
            yield f"Position {position}: {topic!r} is no event of this version of the register."

    def _log(self, progress: Progress) -> Iterator[str]:
        position, stamp = 0, ""
        for entries in _pages(lambda last: self.store.entries(last[0] if last else 0, PAGE)):
            for entry in entries:
                if entry.position != position + 1:
                    yield f"Position {position + 1}: missing; the next one is {entry.position}."
                    self.frontier = None
                yield from _entry_faults(entry, stamp)
                if entry.type == WITHHELD:
                    yield from self._erasure_faults(entry)
                position, stamp = entry.position, entry.recorded_at
            with self.scratch.writing() as scratch:
                Fold(scratch, self.store.entry).take(entries)
                scratch.executemany(
                    "INSERT INTO named VALUES (?, ?) ON CONFLICT DO NOTHING",
                    [(name, entry.position) for entry in entries for name in texts_named(entry)],
                )
                self._erased(scratch, entries)
            yield from self._tree(entries)
            progress(len(entries))
        with self.scratch.reading() as scratch:
            unexplained = scratch.execute("SELECT position FROM erased ORDER BY position LIMIT ?", (FINDINGS,))
        for (erased,) in unexplained:
            yield f"Position {erased}: its payload was erased, but no entry says that it is withheld."
        for table in ("log", "stored_events"):
            ((rows,),) = self.transaction.execute(f"SELECT count(*) FROM {table}")
            if rows != position:
                yield f"The table {table} has {rows} rows, the log's last position is {position}."
        for (size,) in self.transaction.execute("SELECT max(size) FROM checkpoint HAVING max(size) > ?", (position,)):
            yield f"A checkpoint of size {size} was signed, the log's last position is {position}."

    @staticmethod
    def _erased(scratch: Transaction, entries: Sequence[Entry]) -> None:
        """Keep which payloads were erased until an entry says why."""
        erased = [(entry.position,) for entry in entries if entry.withheld]
        scratch.executemany("INSERT INTO erased VALUES (?) ON CONFLICT DO NOTHING", erased)
        told = [(entry.data()["position"],) for entry in entries if entry.type == WITHHELD]
        scratch.executemany("DELETE FROM erased WHERE position = ?", told)

    def _erasure_faults(self, entry: Entry) -> Iterator[str]:
        """Compare what an entry says that is kept of another one with what is stored there."""
        position = entry.data()["position"]
        stored = self.store.entry(position)
        if stored is None or stored != replaced(entry, stored.leaf_hash):
            yield f"Position {position}: what is stored is not what position {entry.position} says is kept of it."

    def _tree(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Compare the nodes that these entries complete; after a difference the ones above it would differ too."""
        if self.frontier is None:
            return
        rows = self.transaction.execute(
            "SELECT position, nodes FROM log WHERE position >= ? AND position <= ?",
            (entries[0].position, entries[-1].position),
        )
        stored: dict[int, bytes] = {position: bytes(nodes or b"") for position, nodes in rows}
        signed = self._signed(entries[0].position, entries[-1].position)
        for entry in entries:
            nodes = tree.row_of(self.frontier, entry.leaf_hash)
            if stored.get(entry.position) != nodes:
                yield f"Position {entry.position}: the tree's nodes there are not the ones that the entries give."
                self.frontier = None
                return
            if entry.position in signed and signed[entry.position] != {self.frontier.root()}:
                yield f"Position {entry.position}: a checkpoint of this size was signed with another root."

    def _signed(self, first: int, last: int) -> dict[int, set[bytes]]:
        """Read the roots of checkpoints by size."""
        roots: dict[int, set[bytes]] = {}
        for size, root, vkey in self.transaction.execute(
            "SELECT size, root, vkey FROM checkpoint WHERE size >= ? AND size <= ?", (first, last)
        ):
            if former.speaks_of_lost(self.former, vkey.partition("+")[0], size, bytes(root)):
                continue  # the entries that it stands over were lost, and are said to be
            roots.setdefault(size, set()).add(bytes(root))
        return roots

    def _texts(self) -> Iterator[str]:
        names = "SELECT sha256 FROM text WHERE sha256 > ? ORDER BY sha256 LIMIT ?"
        for page in _pages(lambda last: self.transaction.execute(names, (last[0] if last else "", PAGE))):
            for (name,) in page:
                if sha256(self.store.text(name) or b"") != name:
                    yield f"Text {name}: its content has another SHA-256."
        with self.scratch.reading() as scratch:
            named = scratch.execute("SELECT sha256, position FROM named ORDER BY position")
        for name, position in named:
            if not self.transaction.execute("SELECT 1 FROM text WHERE sha256 = ?", (name,)):
                yield f"Text {name}: named at position {position}, but not stored."

    def _table(self, table: str, key: tuple[str, ...]) -> Iterator[str]:
        """Compare a derived table both ways; each engine sorts its own keys, so rows are looked up, not merged."""
        columns = heads.COLUMNS[table]
        with self.scratch.reading() as scratch:
            for page in _pages(lambda last: _page(scratch, table, columns, key, last)):
                stored = {row[: len(key)]: row for row in _rows_of(self.transaction, table, columns, key, page)}
                for row in page:
                    yield from _difference(table, columns, row, stored.get(row[: len(key)]))
            counted = [side.execute(f"SELECT count(*) FROM {table}") for side in (scratch, self.transaction)]
            if counted[0] == counted[1]:
                return
            for page in _pages(lambda last: _page(self.transaction, table, columns, key, last)):
                folded = {row[: len(key)] for row in _rows_of(scratch, table, columns, key, page)}
                for row in page:
                    if row[: len(key)] not in folded:
                        yield f"{table} {' '.join(map(repr, row[: len(key)]))}: a row of which the log says nothing."

    def _replays(self) -> Iterator[str]:
        """Compare the fold's heads, which by now are the stored ones, with the library's own replay of each stream."""
        repository = Register(self.store).repository
        with self.scratch.reading() as scratch:
            for page in _pages(lambda last: _page(scratch, "head", heads.COLUMNS["head"], ("id",), last)):
                for id_, kind, version, state in page:
                    if version > REPLAYED:
                        continue
                    replayed: Headed = repository.get(UUID(id_), version=version)
                    if json.loads(json.dumps(replayed.state())) != json.loads(state):
                        yield f"head {id_!r}: differs from the replay of {kind} {id_} to version {version}."


def _entry_faults(entry: Entry, previous_stamp: str) -> Iterator[str]:
    yield from [] if entry.withheld else _leaf_faults(entry, entry.leaf())
    if not STAMP.match(entry.recorded_at) or entry.recorded_at < previous_stamp:
        yield f"Position {entry.position}: recorded_at {entry.recorded_at} falls behind {previous_stamp}."


def _leaf_faults(entry: Entry, leaf: bytes) -> Iterator[str]:
    if leaf_hash(leaf) != entry.leaf_hash:
        yield f"Position {entry.position}: the entry's leaf has another hash than the log says."
    if canonical(json.loads(leaf)) != leaf or len(leaf) > LEAF_LIMIT:
        yield f"Position {entry.position}: the entry's leaf is not written canonically, or too long."


def _difference(table: str, columns: tuple[str, ...], folded: Row, stored: Row | None) -> Iterator[str]:
    name = f"{table} {folded[0]!r}"
    if stored is None:
        yield f"{name}: missing, though the log says it."
        return
    for column, right, wrong in zip(columns, folded, stored, strict=True):
        if right != wrong:
            yield f"{name}: {column} is {wrong!r}, the log says {right!r}."


def _page(
    transaction: Transaction, table: str, columns: tuple[str, ...], key: tuple[str, ...], last: Row | None
) -> list[Row]:
    marks, names = ", ".join("?" * len(key)), ", ".join(key)
    after = last[: len(key)] if last else ("",) * len(key)
    return transaction.execute(
        f"SELECT {', '.join(columns)} FROM {table} WHERE ({names}) > ({marks}) ORDER BY {names} LIMIT {PAGE}", after
    )


def _rows_of(
    transaction: Transaction, table: str, columns: tuple[str, ...], key: tuple[str, ...], page: Sequence[Row]
) -> Iterator[Row]:
    one = f"({', '.join('?' * len(key))})"
    for rows in chunks(page):
        values = [value for row in rows for value in row[: len(key)]]
        yield from transaction.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE ({', '.join(key)}) IN (VALUES {', '.join([one] * len(rows))})",
            values,
        )


def _pages(page_after: Callable[[Any], list[Any]]) -> Iterator[list[Any]]:
    """Go through all pages; each question is told the last row of the page before."""
    page = page_after(None)
    while page:
        yield page
        page = page_after(page[-1])

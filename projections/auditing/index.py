"""Where everything lies in a log: a temporary database of offsets, so that no log is too long for a machine's memory.

It holds no entry, only places in the file; SQLite (part of Python) spills it to a temporary file that nobody else sees.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, BinaryIO

from projections.auditing.found import CannotRead, Report
from projections.auditing.leaves import DECODER, LINE_LIMIT, stream_key, texts_named
from projections.signatory_list import ABOUT_A_SIGNATURE, Leaf

SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000; PRAGMA temp_store = FILE;
CREATE TABLE entry (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, version INTEGER, type TEXT);
CREATE TABLE signature (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, id TEXT, signed_on TEXT);
CREATE TABLE act (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, signature TEXT, type TEXT);
CREATE TABLE statement (stream BLOB, reference TEXT, position INTEGER PRIMARY KEY);
CREATE TABLE edition (position INTEGER PRIMARY KEY, stream BLOB, number INTEGER);
CREATE TABLE withheld (position INTEGER PRIMARY KEY, hash BLOB);
CREATE TABLE named (sha256 TEXT PRIMARY KEY, position INTEGER, open INTEGER) WITHOUT ROWID;
CREATE TABLE term (question INTEGER, position INTEGER, signed_on TEXT, withdrawn_on TEXT, voided INTEGER, PRIMARY KEY (question, position)) WITHOUT ROWID;
CREATE TABLE numbered (question INTEGER, number INTEGER, position INTEGER, reason TEXT, PRIMARY KEY (question, number)) WITHOUT ROWID;
BEGIN;
"""
INDEXES = """
CREATE INDEX entry_stream ON entry (stream, position, version);
CREATE INDEX entry_statement ON entry (stream, position) WHERE type NOT IN ('Signed', 'Withdrawn', 'Voided', 'Corrected');
CREATE INDEX signature_stream ON signature (stream, position, signed_on);
CREATE INDEX signature_id ON signature (id);
CREATE INDEX act_stream ON act (stream, signature, position);
"""
BATCH = 5_000
SEEN = 10_000
LEAVES = 1_000  # read last, and kept: every list of a small statement reads the same ones
FILES = 2  # what is disclosed, and what the operator alone has
Row = tuple[Any, ...]


class Index:
    """Places of entries, signatures and acts, written once while the log is read, then asked."""

    def __init__(self) -> None:
        """Make an empty one in a temporary file."""
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(SCHEMA)
        self._rows: dict[str, list[Row]] = {"entry": [], "signature": [], "act": []}
        self._waiting = 0
        self._seen: set[str] = set()
        self._questions = count(1)
        self._files: list[BinaryIO] = []
        self._leaves: dict[int, Leaf] = {}

    def close(self) -> None:
        """Throw it away."""
        self._db.close()
        for file in self._files:
            file.close()

    def ask(self, sql: str, values: Sequence[object] = ()) -> Iterator[Row]:
        """Ask the database."""
        with _usable():
            yield from self._db.execute(sql, values)

    def one(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """Ask for one row."""
        with _usable():
            return next(iter(self._db.execute(sql, values).fetchmany(1)), None)

    def question(self) -> int:
        """Give a number under which the rows of one question are kept."""
        return next(self._questions)

    def write(self, sql: str, rows: Iterator[Row] | Sequence[Row]) -> None:
        """Write rows."""
        with _usable():
            self._db.executemany(sql, rows)

    # ── while the log is read ────────────────────────────────────────────────────────────────────────────────────────

    def read_from(self, file: BinaryIO) -> int:
        """Take a file from which leaves are read again; return the number that its places carry."""
        self._files.append(file)
        return len(self._files) - 1

    def add(self, leaf: Leaf, place: int, *, kept: bool = False, open_: bool = True) -> None:
        """Note where an entry lies and what it bears on; raises one of UNREADABLE for data that nothing can be made of.

        An entry whose payload is withheld is `kept` by another one, at that one's place.
        """
        position, type_, data, stream = leaf["position"], leaf["type"], leaf["data"], stream_key(leaf["stream"])
        where = (position, -1 - place if kept else place, stream)
        if type_ == "Signed":
            self._rows["signature"].append((*where, data["signature_id"], data["signed_on"]))
        elif type_ in ABOUT_A_SIGNATURE:
            self._rows["act"].append((*where, data["signature_id"], type_))
        elif type_ == "Drafted":
            self.write("INSERT INTO statement VALUES (?, ?, ?)", [(stream, data["reference"], position)])
        elif type_ == "Published":
            self.write("INSERT INTO edition VALUES (?, ?, ?)", [(position, stream, data["edition"])])
        for name in texts_named(type_, data):
            self._name(name, position, open_=open_)
        self._rows["entry"].append((*where, leaf["version"], type_))
        self._waiting += 1
        if self._waiting >= BATCH:
            self.flush()

    def _name(self, sha256: str, position: int, *, open_: bool) -> None:
        key = f"{open_}{sha256}"
        if key in self._seen:
            return
        if len(self._seen) == SEEN:
            self._seen.clear()
        self._seen.add(key)
        self.write(
            "INSERT INTO named VALUES (?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET open = max(open, excluded.open)",
            [(sha256, position, int(open_))],
        )

    def withhold(self, position: int, hash_: bytes) -> None:
        """Note that an entry is shown as its hash alone."""
        self.write("INSERT INTO withheld VALUES (?, ?)", [(position, hash_)])

    def flush(self) -> None:
        """Write what waits."""
        for table, rows in self._rows.items():
            if rows:
                self.write(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
                rows.clear()
        self._waiting = 0

    def end(self) -> None:
        """Sort what was written, so that it can be asked."""
        self.flush()
        with _usable():
            for sql in INDEXES.split(";"):
                self._db.execute(sql)

    # ── when it is read ──────────────────────────────────────────────────────────────────────────────────────────────

    def leaf(self, place: int) -> Leaf:
        """Read an entry again; of a withheld one what is kept of it."""
        leaf = self._leaves.get(place)
        if leaf is None:
            if len(self._leaves) == LEAVES:
                self._leaves.clear()
            leaf = self._leaves[place] = kept_by(self.leaf(-1 - place)) if place < 0 else self._read(place)
        return leaf

    def _read(self, place: int) -> Leaf:
        offset, number = divmod(place, FILES)
        file = self._files[number]
        file.seek(offset)
        document: Leaf = DECODER.decode(file.readline(LINE_LIMIT).decode())
        return document

    def at(self, position: int) -> Leaf | None:
        """Read the entry at a position; None where it is withheld or not there."""
        row = self.one("SELECT place FROM entry WHERE position = ?", (position,))
        return None if row is None else self.leaf(row[0])

    def unexplained(self, most: int) -> list[int]:
        """List the first positions of which nothing but a hash is known: no order says what is kept of them."""
        rows = self.ask(
            "SELECT w.position FROM withheld w LEFT JOIN entry e ON e.position = w.position"
            " WHERE e.position IS NULL ORDER BY w.position LIMIT ?",
            (most,),
        )
        return [position for (position,) in rows]

    def hidden(self) -> int:
        """Count the positions of which nothing but a hash is known."""
        row = self.one(
            "SELECT count(*) FROM withheld w LEFT JOIN entry e ON e.position = w.position WHERE e.position IS NULL"
        )
        return int(row[0]) if row else 0

    def place(self, number: int, offset: int) -> int:
        """Write a place as one number: which file, and where in it."""
        return offset * FILES + number


@contextmanager
def _usable() -> Iterator[None]:
    """Say what is to be done where the disk of the temporary folder is full."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise CannotRead(
            f"The temporary index cannot be kept ({error}). It takes about a third of the log's size: name a folder with"
            " room in TMPDIR."
        ) from error


def kept_by(order: Leaf) -> dict[str, Any]:
    """Compose what is left of the entry that an order withheld."""
    data = order["data"]
    return {
        **{name: data[name] for name in ("position", "version", "recorded_at", "type", "type_version")},
        "stream": order["stream"],
        "v": order["v"],
        "data": data["kept"],
    }


def check_versions(index: Index, report: Report) -> None:
    """See that the entries of each stream are its versions 1, 2, 3 … without holes, and name the first that is not."""
    stream, version, before, worst = b"", 0, 0, None
    for position, found, told in index.ask("SELECT position, stream, version FROM entry ORDER BY stream, position"):
        if found != stream:
            stream, version, before = found, 0, 0
        if told != version + 1 and (worst is None or position < worst[0]):
            worst = (position, told, version + 1, before)
        version, before = told, position
    if worst:
        _hole(index, report, *worst)


def _hole(index: Index, report: Report, position: int, told: int, version: int, before: int) -> None:
    """Report a hole; a withheld entry within it is where it begins."""
    hidden = index.one(
        "SELECT w.position FROM withheld w LEFT JOIN entry e ON e.position = w.position"
        " WHERE e.position IS NULL AND w.position > ? AND w.position < ? ORDER BY w.position LIMIT 1",
        (before, position),
    )
    if hidden and told > version:
        report.differs(
            f"here, or at a later withheld position before {position}, version {version} of a stream is shown as its hash"
            " alone, although the stream is public and no order in the log says so.",
            hidden[0],
        )
    else:
        report.differs(f"it is version {told} of its stream, where {version} comes next.", position)


def check_acts(index: Index, report: Report) -> None:
    """See that every act is about a signature of the same statement that came before it, and that no id is used twice."""
    for id_, first in index.ask("SELECT id, min(position) FROM signature GROUP BY id HAVING count(*) > 1 LIMIT 1"):
        again = index.one("SELECT min(position) FROM signature WHERE id = ? AND position > ?", (id_, first))
        report.differs(f"it signs under the id of the signature at position {first}.", int(again[0]) if again else None)
    act = index.one(
        "SELECT min(a.position) FROM act a LEFT JOIN signature s"
        " ON s.id = a.signature AND s.stream = a.stream AND s.position < a.position WHERE s.position IS NULL"
    )
    if act and act[0] is not None:
        report.differs("it is about a signature that no entry before it made.", act[0])


def check_orders(index: Index, report: Report) -> None:
    """See that what an order keeps was recorded between its neighbours in the log."""
    before = "SELECT place FROM entry WHERE position < ? AND place >= 0 ORDER BY position DESC LIMIT 1"
    after = "SELECT place FROM entry WHERE position > ? AND place >= 0 ORDER BY position LIMIT 1"
    for position, place in index.ask("SELECT position, place FROM entry WHERE place < 0 ORDER BY position"):
        rows = [index.one(before, (position,)), (place,), index.one(after, (position,))]
        stamps = [index.leaf(row[0])["recorded_at"] for row in rows if row]
        if stamps != sorted(stamps):
            report.differs(
                "the order that withheld it tells a stamp that cannot stand between its neighbours'.", position
            )
            return


def check_editions(index: Index, report: Report) -> None:
    """See that the editions of each statement are its first, second, third …, and name the first that is not."""
    row = index.one(
        "SELECT position, number, n FROM (SELECT position, number, row_number() OVER"
        " (PARTITION BY stream ORDER BY position) AS n FROM edition) WHERE number <> n ORDER BY position"
    )
    if row:
        report.differs(f"it publishes edition {row[1]}, where {row[2]} comes next.", row[0])

"""Where everything lies in a log: a temporary database of offsets, so that no log is too long for a machine's memory.

It holds no entry, only places in the file; SQLite (part of Python) spills it to a temporary file that nobody else sees.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, BinaryIO

from projections.auditing.found import CannotRead
from projections.auditing.leaves import DECODER, LINE_LIMIT, body_key, kept_by, stream_key, texts_named
from projections.signatory_list import ABOUT_A_SIGNATURE, Leaf

SCHEMA = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -32000; PRAGMA temp_store = FILE;
CREATE TABLE entry (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, version INTEGER, type TEXT);
CREATE TABLE signature (
  position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, id TEXT, signed_on TEXT, organisation BLOB, ordinal INTEGER, stamp TEXT);
CREATE TABLE act (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, signature TEXT, type TEXT);
CREATE TABLE annulment (position INTEGER PRIMARY KEY, place INTEGER, stream BLOB, target INTEGER);
CREATE TABLE owner (position INTEGER PRIMARY KEY, stream BLOB, signature TEXT, organisation BLOB);
CREATE TABLE merger (position INTEGER PRIMARY KEY, stream BLOB, into_ BLOB);
CREATE TABLE wording (stream BLOB, sha256 TEXT, signed INTEGER, position INTEGER, PRIMARY KEY (stream, sha256, signed)) WITHOUT ROWID;
CREATE TABLE kin (stream BLOB PRIMARY KEY, root BLOB) WITHOUT ROWID;
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
CREATE INDEX signature_organisation ON signature (organisation, stream);
CREATE INDEX signature_id ON signature (id);
CREATE INDEX act_stream ON act (stream, signature, position);
"""
BATCH = 5_000
SEEN = 10_000
FEW = frozenset({"Drafted", "Published", "Annulled", "Merged", "TextSet", "Corrected"})
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
            self._sign(where, leaf)
        elif type_ in ABOUT_A_SIGNATURE:
            self._rows["act"].append((*where, data["signature_id"], type_))
        if type_ in FEW:
            self._few(type_, where, data)
        for name in texts_named(type_, data):
            self._name(name, position, open_=open_)
        self._rows["entry"].append((*where, leaf["version"], type_))
        self._waiting += 1
        if self._waiting >= BATCH:
            self.flush()

    def _few(self, type_: str, where: Row, data: Mapping[str, Any]) -> None:
        """Note what is seldom said."""
        position, place, stream = where
        if type_ == "Drafted":
            self.write("INSERT INTO statement VALUES (?, ?, ?)", [(stream, data["reference"], position)])
        elif type_ == "Published":
            self.write("INSERT INTO edition VALUES (?, ?, ?)", [(position, stream, data["edition"])])
        elif type_ == "Annulled":
            self.write("INSERT INTO annulment VALUES (?, ?, ?, ?)", [(position, place, stream, data["position"])])
        elif type_ == "Merged":
            self.write("INSERT INTO merger VALUES (?, ?, ?)", [(position, stream, body_key(data["into"]))])
        elif type_ == "TextSet" and data["text_sha256"]:
            self._word(stream, data["text_sha256"], position, signed=0)
        elif type_ == "Corrected" and "organisation_id" in data["changes"]:
            owner = body_key(data["changes"]["organisation_id"])
            self.write("INSERT INTO owner VALUES (?, ?, ?, ?)", [(position, stream, data["signature_id"], owner)])

    def _sign(self, where: Row, leaf: Leaf) -> None:
        """Note a signature; when it was recorded matters only where its date may have been one to come."""
        data, stamp = leaf["data"], leaf["recorded_at"]
        owner = body_key(data["organisation_id"])
        asked = stamp if data["signed_on"] >= stamp[:10] else None
        row = (*where, data["signature_id"], data["signed_on"], owner, data["ordinal"], asked)
        self._rows["signature"].append(row)
        if data["text_sha256"]:
            self._word(where[2], data["text_sha256"], where[0], signed=1)

    def _word(self, stream: bytes, sha256: str, position: int, *, signed: int) -> None:
        """Note where a statement first had a text, or where a signature first named it."""
        key = f"{signed}{sha256}{stream.hex()}"
        if not self._new(key):
            return
        self.write(
            "INSERT INTO wording VALUES (?, ?, ?, ?)"
            " ON CONFLICT (stream, sha256, signed) DO UPDATE SET position = min(position, excluded.position)",
            [(stream, sha256, signed, position)],
        )

    def _new(self, key: str) -> bool:
        """Tell whether something was not noted just now."""
        if key in self._seen:
            return False
        if len(self._seen) == SEEN:
            self._seen.clear()
        self._seen.add(key)
        return True

    def _name(self, sha256: str, position: int, *, open_: bool) -> None:
        if not self._new(f"{open_}{sha256}"):
            return
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
        document: Leaf = DECODER.raw_decode(file.readline(LINE_LIMIT).decode())[0]
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

"""The lines of a bundle, turned into entries: each checked against its hash, against the lines before it, and as the log writes it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO
from uuid import UUID

from signatures.errors import InvalidInput, Refused
from signatures.log.derive import STAMP
from signatures.log.eventlog import LEAF_LIMIT, LEAF_VERSION, Entry, canonical, leaf_hash, withheld_line
from signatures.log.fold import stored_event
from signatures.log.mapping import EventMapper
from signatures.log.redaction import WITHHELD, replaced

KEYS = {"data", "position", "recorded_at", "stream", "type", "type_version", "v", "version"}
STREAMS = 100_000  # held in memory: some 15 MB
UNREADABLE = (ValueError, TypeError, LookupError, RecursionError, AttributeError, InvalidInput)
FOR_AUDITORS = (
    "This bundle is one for auditors: the leaves that it withholds are left out, so no register can be made from it. "
    "Use one that was exported without --public."
)


class Orders:
    """The orders by which entries were withheld: each says what the entry, which nobody has any more, still shows."""

    def __init__(self) -> None:
        self._lines: dict[int, bytes] = {}

    def look(self, line: bytes) -> None:
        """Keep a line if it is such an order; that it is as it was written is seen when its turn comes."""
        if b'"type":"Withheld"' not in line:
            return
        with suppress(*UNREADABLE):
            order = entry_in(line, b"")
            if order.type == WITHHELD:
                self._lines.setdefault(int(order.data()["position"]), line)

    def __contains__(self, position: int) -> bool:
        return position in self._lines

    def entry(self, position: int, hash_: bytes) -> Entry:
        """Compose what is left of a withheld entry; raises one of UNREADABLE where the order does not say it."""
        return replaced(entry_in(self._lines[position], b""), hash_)


class Versions:
    """The last version of each stream: of some in memory, of all others in a temporary file, however many there are."""

    def __init__(self) -> None:
        self._recent: dict[bytes, int] = {}
        self._others: sqlite3.Connection | None = None

    def last(self, stream: bytes) -> int:
        """Tell the last version of a stream; 0 if it was not seen yet."""
        if stream in self._recent or self._others is None:
            return self._recent.get(stream, 0)
        found = self._others.execute("SELECT version FROM last WHERE stream = ?", (stream,)).fetchone()
        return found[0] if found else 0

    def see(self, stream: bytes, version: int) -> None:
        """Keep the version of a stream."""
        self._recent[stream] = version
        if len(self._recent) >= STREAMS:
            if self._others is None:
                self._others = sqlite3.connect("", isolation_level=None)
                self._others.execute("CREATE TABLE last (stream BLOB PRIMARY KEY, version INTEGER) WITHOUT ROWID")
            self._others.execute("BEGIN")
            self._others.executemany("INSERT OR REPLACE INTO last VALUES (?, ?)", self._recent.items())
            self._others.execute("COMMIT")
            self._recent.clear()

    def close(self) -> None:
        """Throw the file away."""
        if self._others is not None:
            self._others.close()


class Reader:
    """Turns lines into entries, each checked against the ones before it."""

    def __init__(self, entries: str, beside: str, withheld: Iterator[tuple[int, bytes]] | None, orders: Orders) -> None:
        """Take the files' names, and the withheld lines that lie beside if there are any."""
        self.entries, self.beside = entries, beside
        self.withheld = withheld
        self.orders = orders
        self.position = 0
        self.stamp = self.last = ""
        self.versions = Versions()
        self.mapper = EventMapper()

    def read(self, number: int, line: bytes, hashes: str, hash_: bytes) -> Entry:
        """Read the entry of one line, whose hash a file tells; raise Refused with the line's number."""
        where = f"{self.entries} line {number}"
        stands_in = line.startswith(b'{"leaf_hash":')
        if stands_in and line != withheld_line(number, hash_):
            raise Refused(f"{where}: what stands in the withheld entry's place is not its position and hash.")
        try:
            if number in self.orders and stands_in:
                entry = self.orders.entry(number, hash_)
            else:
                line, found = self._disclosed(where) if stands_in else (line, where)
                if leaf_hash(line) != hash_:
                    raise self._changed(where, found, number, line, hashes)
                where, entry = found, entry_in(line, hash_)
            self._check_event(entry)
        except UNREADABLE as error:
            raise Refused(f"{where}: not an entry as the log writes it ({error}).") from error
        self._follow(where, number, entry)
        self.last = hash_.hex()
        return entry

    def _disclosed(self, where: str) -> tuple[bytes, str]:
        """Take the withheld leaf in whose place a line stands."""
        if self.withheld is None:
            raise Refused(FOR_AUDITORS)
        told, leaf = next(self.withheld, (0, b""))
        if not told:
            raise Refused(f"{where}: {self.beside} ends before this withheld entry.")
        return leaf, f"{self.beside} line {told}"

    def _changed(self, where: str, found: str, number: int, line: bytes, hashes: str) -> Refused:
        """Say that a line is not the entry of this number: changed, or another one's."""
        if found != where and f',"position":{number},"recorded_at":"'.encode() not in line:
            return Refused(f"{where}: neither an order nor {found} tells the entry that is withheld here.")
        return Refused(f"{found}: the entry was changed; its hash is not the one in {hashes}.")

    def _check_event(self, entry: Entry) -> None:
        """See that an entry is an event of this version of the register, written as it writes it."""
        id_ = entry.stream.partition("/")[2]
        if str(UUID(id_)) != id_ or not STAMP.match(entry.recorded_at):
            raise ValueError("stream or stamp")
        event = stored_event(entry)
        if self.mapper.to_stored_event(self.mapper.to_domain_event(event)) != event:
            raise ValueError("not canonical")

    def _follow(self, where: str, number: int, entry: Entry) -> None:
        """Refuse an entry that cannot come after the ones before it."""
        stream = UUID(entry.stream.partition("/")[2]).bytes
        version = self.versions.last(stream) + 1
        if entry.position != number:
            raise Refused(f"{where}: position {entry.position} where {number} comes next.")
        if entry.position in self.orders and not entry.withheld:
            raise Refused(f"{where}: an order withheld this entry, but here it stands in full.")
        if entry.recorded_at < self.stamp:
            raise Refused(f"{where}: recorded at {entry.recorded_at}, before the entry before it ({self.stamp}).")
        if entry.version != version:
            raise Refused(f"{where}: version {entry.version} of {entry.stream} where {version} comes next.")
        self.position, self.stamp = entry.position, entry.recorded_at
        self.versions.see(stream, version)


def entry_in(line: bytes, hash_: bytes) -> Entry:
    """Read a leaf; raises one of UNREADABLE for a line that is none, or not written canonically."""
    document: dict[str, Any] = json.loads(line)
    if set(document) != KEYS or document["v"] != LEAF_VERSION or not isinstance(document["data"], dict):
        raise ValueError("other fields than an entry has")
    entry = Entry(
        document["position"], document["recorded_at"], hash_, document["stream"],
        document["version"], document["type"], document["type_version"], canonical(document["data"]),
    )  # fmt: skip
    if entry.leaf() != line:
        raise ValueError("not canonical")
    return entry


def numbered_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Number the lines of a file; none is longer than a leaf, and each ends."""
    number = 0
    while line := file.readline(LEAF_LIMIT + 2):
        number += 1
        if not line.endswith(b"\n"):
            raise Refused(f"{name} line {number}: cut off, or longer than an entry can be.")
        yield number, line[:-1]

"""The bundle: the whole log with its texts in a folder, and a register made from it again; copies of databases in use.

Two registers made from one bundle hold the same entries, byte for byte, and the same heads, whatever their database.
A bundle holds neither contacts nor idempotency keys.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from signatures.database import SQLiteDatabase, Transaction
from signatures.errors import PositionOutOfRange, Refused, StorageUnavailable
from signatures.log import tree
from signatures.log.bundlefile import ENTRIES, FORMAT, HASHES, MANIFEST, TEXTS, WITHHELD, WITHHELD_TEXTS, Bundle
from signatures.log.derive import Progress, unheard
from signatures.log.eventlog import Entry, withheld_line
from signatures.log.fold import Fold, stored_event, texts_named
from signatures.log.folders import new_file, new_folder
from signatures.log.store import ENTRY, Store, entry_of
from signatures.log.withheld import withheld_streams

if TYPE_CHECKING:
    from signatures.room import Room

PAGE = 1_000
BATCH_BYTES = 200_000  # of leaves in a transaction: house.md's eighth trap begins at 256 kB


class Summary(NamedTuple):
    """What an export or a restore did."""

    entries: int
    texts: int
    withheld: int


def export(
    store: Store, folder: Path, *, position: int | None = None, public: bool = False, progress: Progress = unheard
) -> Summary:
    """Write the log up to a position (default: all of it) and the texts it names into a new folder.

    Leaves of statements that are not published at that position are withheld. They are written beside, readable by the
    owner alone, so that the operator can restore everything; `public` leaves them out.
    """
    newest = store.newest()
    last = newest.position if newest else 0
    if position is not None and not 0 < position <= last:
        raise PositionOutOfRange(f"There is no position {position}; the log's last one is {last}.")
    with new_folder(folder) as part:
        return _Export(store, part, last if position is None else position, public=public).write(progress)


class _Export:
    def __init__(self, store: Store, folder: Path, position: int, *, public: bool) -> None:
        self.store, self.folder, self.position, self.public = store, folder, position, public
        self.withheld = withheld_streams(store, position)
        self.kept = 0
        self.named: dict[bool, set[str]] = {False: set(), True: set()}

    def write(self, progress: Progress) -> Summary:
        last = self._write_entries(progress)
        self.named[True] -= self.named[False]
        texts = self._write_texts(TEXTS, self.named[False], 0o755)
        if not self.public and self.named[True]:
            texts += self._write_texts(WITHHELD_TEXTS, self.named[True], 0o700)
        manifest = {
            "format": FORMAT,
            "register": self.store.identity(),
            "position": self.position,
            "recorded_at": last.recorded_at if last else None,
            "leaf_hash": last.leaf_hash.hex() if last else None,
            "withheld": self.kept,
            "texts": len(self.named[False]),
        }
        with new_file(self.folder / MANIFEST) as file:
            file.write(json.dumps(manifest, indent=2).encode() + b"\n")
        return Summary(self.position, texts, self.kept)

    def _write_entries(self, progress: Progress) -> Entry | None:
        last = None
        with (
            new_file(self.folder / ENTRIES) as lines,
            new_file(self.folder / HASHES) as hashes,
            new_file(self.folder / WITHHELD, mode=0o600) as withheld,
        ):
            for page in self._pages():
                for last in page:
                    kept = last.stream in self.withheld
                    lines.write((withheld_line(last.position, last.leaf_hash) if kept else last.leaf()) + b"\n")
                    hashes.write(last.leaf_hash.hex().encode() + b"\n")
                    if kept and not self.public:
                        withheld.write(last.leaf() + b"\n")
                    self.kept += kept
                    self.named[kept].update(texts_named(last))
                progress(len(page))
        if self.public or not self.kept:
            (self.folder / WITHHELD).unlink()
        return last

    def _pages(self) -> Iterator[list[Entry]]:
        after = 0
        while after < self.position:
            page = self.store.entries(after, min(PAGE, self.position - after))
            if len(page) != min(PAGE, self.position - after) or page[-1].position != after + len(page):
                raise Refused(
                    f"The log has a hole after position {after}. `signatures check` names it; nothing was exported."
                )
            yield page
            after = page[-1].position

    def _write_texts(self, part: str, names: set[str], mode: int) -> int:
        (self.folder / part).mkdir(mode=mode)
        for name in sorted(names):
            content = self.store.text(name)
            if content is None:
                raise Refused(
                    f"The text {name} is not stored. `signatures check` names where it belongs; nothing was exported."
                )
            with new_file(self.folder / part / name, mode=mode & 0o666) as file:
                file.write(content)
        return len(names)


def entries_in(folder: Path) -> int:
    """Tell how many entries a bundle has, by its own account."""
    return Bundle(folder).position


def register_in(folder: Path) -> str:
    """Tell of which register a bundle is."""
    return Bundle(folder).register


def restore(store: Store, folder: Path, *, progress: Progress = unheard) -> Summary:
    """Make a register from a bundle, under its own id, in a database that holds none or an empty one.

    Everything is verified before anything is written. A restore that was cut off leaves a register that refuses to
    be used; the same restore again goes on where it ended.
    """
    bundle = Bundle(folder)
    entries = sum(1 for _ in bundle.verify())
    store.create()
    restoring = _Restore(store, bundle)
    restoring.begin()
    for batch in _batches(bundle.entries()):
        restoring.take(batch)
        progress(len(batch))
    return Summary(entries, restoring.end(), 0)


class _Restore:
    """A restore under way: the row `restoring` of the identity lasts from the first entry to the last text."""

    def __init__(self, store: Store, bundle: Bundle) -> None:
        self.store, self.bundle = store, bundle
        self.mark = f"{bundle.register} {bundle.position} {bundle.leaf_hash}"
        self.there = 0

    def begin(self) -> None:
        with self.store.database.writing("stored_events") as transaction:
            ((self.there,),) = transaction.execute("SELECT count(*) FROM log")
            marks = transaction.execute("SELECT value FROM identity WHERE name = 'restoring'")
            if not marks and self.there:
                raise Refused(
                    f"This database holds a register with {self.there} entries. A restore needs an empty one."
                )
            if marks and marks != [(self.mark,)]:
                raise Refused(
                    "A restore of another bundle into this database was cut off. Finish that one, or take an empty database."
                )

    def take(self, batch: list[Entry]) -> None:
        """Write one batch and its derived rows, unless an earlier restore has."""
        with self.store.database.writing("stored_events") as transaction:
            known = [entry for entry in batch if entry.position <= self.there]
            for entry in known[-1:]:
                if _entry_at(transaction, entry.position) != entry:
                    raise Refused(
                        f"Position {entry.position} of this database is not the bundle's. Take an empty database."
                    )
            new = batch[len(known) :]
            if not new:
                return
            if transaction.execute("SELECT count(*) FROM log WHERE position >= ?", (new[0].position,)) != [(0,)]:
                raise Refused("Somebody else writes into this database. Stop that, and take an empty database.")
            if new[0].position == 1:
                self._begin_identity(transaction)
            _insert(transaction, new)
            Fold(transaction, lambda position: _entry_at(transaction, position)).take(new)

    def _begin_identity(self, transaction: Transaction) -> None:
        transaction.execute("DELETE FROM checkpoint")  # of the empty register in whose place this one comes
        transaction.execute("DELETE FROM identity WHERE name = 'origin'")
        for name, value in (("register", self.bundle.register), ("restoring", self.mark)):
            transaction.execute(
                "INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def end(self) -> int:
        """Write the texts, and let the register be used."""
        texts = 0
        for name, content in self.bundle.texts():
            texts += 1
            with self.store.database.writing("stored_events") as transaction:
                transaction.execute("INSERT INTO text VALUES (?, ?) ON CONFLICT DO NOTHING", (name, content))
        with self.store.database.writing("stored_events") as transaction:
            if self.bundle.position == 0:
                self._begin_identity(transaction)
            transaction.execute("DELETE FROM identity WHERE name = 'restoring'")
        return texts


def _insert(transaction: Transaction, entries: list[Entry]) -> None:
    events = [stored_event(entry) for entry in entries]
    transaction.executemany(
        "INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)",
        [
            (entry.position, str(event.originator_id), event.originator_version, event.topic, event.state)
            for entry, event in zip(entries, events, strict=True)
        ],
    )
    nodes = tree.completed(transaction, entries[0].position - 1, [entry.leaf_hash for entry in entries])
    transaction.executemany(
        "INSERT INTO log VALUES (?, ?, ?, ?)",
        [
            (entry.position, entry.recorded_at, entry.leaf_hash, above)
            for entry, above in zip(entries, nodes, strict=True)
        ],
    )


def _entry_at(transaction: Transaction, position: int) -> Entry | None:
    rows = transaction.execute(f"{ENTRY} WHERE l.position = ?", (position,))
    return entry_of(rows[0]) if rows else None


def _batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        bytes_ = len(entry.state) + 300  # a leaf is its data and some 300 bytes around them
        if batch and (size + bytes_ > BATCH_BYTES or len(batch) == PAGE):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += bytes_
    if batch:
        yield batch


def backup(room: Room, folder: Path) -> list[str]:
    """Copy the stores consistently while they are in use; say what was made and what else is to be done.

    The contacts come first: a submission that the copy calls pending is settled by the log, never the other way.
    """
    lines = []
    with new_folder(folder, mode=0o700) as part:
        for name in ("contacts", "register"):
            database = room.databases[name]
            if isinstance(database, SQLiteDatabase):
                _copy(database, part / database.path.name)
                lines.append(f"{folder / database.path.name} is a copy of {database.path}.")
        if not lines:
            summary = _Export(room.store, part, room.store.max_notification_id() or 0, public=False).write(unheard)
            lines = [
                f"{folder} is a bundle of the register, {summary.entries} entries and {summary.texts} texts: `signatures restore` reads it.",
                "It holds no contacts. Copy the PostgreSQL database itself with pg_dump or pg_basebackup as well.",
            ]
    return [
        *lines,
        "Keep the state folder and the secret key with it, and all of it secret: contacts and drafts are in there.",
    ]


def _copy(database: SQLiteDatabase, target: Path) -> None:
    """Copy an SQLite database page by page, and see that the copy is sound."""
    target.touch(mode=0o600)
    source = database.connect()
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
        found = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{database.path} cannot be copied ({error}). Try again in a moment.") from error
    finally:
        source.close()
        copy.close()
    if found != [("ok",)]:
        raise StorageUnavailable(f"{database.path} is damaged: {found[0][0]}. Restore an earlier copy.")

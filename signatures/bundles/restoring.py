"""The restore: a register made from a bundle, in a database that holds none; cut off, it goes on where it ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from signatures.bundles.bundle import Summary, paced
from signatures.bundles.bundlefile import Bundle
from signatures.database import Transaction
from signatures.errors import Refused
from signatures.log.derive import Progress, unheard
from signatures.log.eventlog import Entry
from signatures.log.fold import Fold, stored_event
from signatures.log.store import ENTRY, Store, entry_of
from signatures.proof import former, tree

PAGE = 1_000
BATCH_BYTES = 200_000  # of leaves in a transaction: over a Unix socket PostgreSQL hangs on much more at once


def restore(store: Store, folder: Path, *, verifying: Progress = unheard, progress: Progress = unheard) -> Summary:
    """Make a register from a bundle, under its own id, in a database that holds none or an empty one.

    Everything is verified before anything is written, lists apart. A restore that was cut off leaves a register that refuses to
    be used; the same restore again goes on where it ended.
    """
    bundle = Bundle(folder)
    for _ in paced(bundle.verify(), verifying):
        pass
    store.create()
    restoring = _Restore(store, bundle)
    restoring.begin()
    for batch in _batches(bundle.entries()):
        restoring.take(batch)
        progress(len(batch))
    return Summary(bundle.position, restoring.end(), 0)


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
            former.refill(transaction, self.bundle.former())
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

"""Recovery: a restored copy that lost entries goes on, and says for ever which positions it lost.

Each lost position, up to the newest checkpoint that anybody is known to hold, gets a `Lost` leaf; the log goes on under a
new origin, which also signs the old one's last checkpoint. Cut off at any moment, the same recovery goes on.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from signatures.aggregate import Actor
from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import InvalidInput, Misconfigured, Refused
from signatures.log.derive import Progress, unheard
from signatures.log.eventlog import canonical
from signatures.log.store import append, checked_leaf
from signatures.loss import Loss
from signatures.proof import ed25519, former, notes, tree
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.former import Former
from signatures.proof.keyfile import read_key
from signatures.proof.notes import Checkpoint, Key, Note
from signatures.proof.outside import LogDiverged, diverged

BATCH = 400  # leaves in a transaction, some 200 kB: over a Unix socket PostgreSQL hangs on much more at once
SYSTEM = Actor("system")
NOTHING_LOST = (
    "Nothing is lost: the log reaches position {size}, and the newest checkpoint known was signed at {signed}. "
    "If somebody holds a later one (an auditor, a witness, a receipt), give it with --checkpoint FILE."
)


class Plan(NamedTuple):
    """What a recovery will do, or goes on doing: which positions are lost, and which origin follows which checkpoint."""

    note: Note
    checkpoint: Checkpoint
    first: int
    origin: str
    begun: bool = False

    @property
    def last(self) -> int:
        """Tell the last position that is lost."""
        return self.checkpoint.size


class Recovery:
    """The recovery of one register."""

    def __init__(self, checkpoints: Checkpoints) -> None:
        """Work on the register whose checkpoints these are."""
        self.checkpoints, self.store = checkpoints, checkpoints.store

    def plan(self, given: bytes | None = None) -> Plan:
        """Find what was lost; `given` is a checkpoint, or a receipt with one, that somebody else has kept."""
        with self.store.reading() as transaction:
            begun = former.recovering(transaction)
            if begun:
                note = notes.read_note(begun.note)
                return Plan(note, notes.read_checkpoint(note.text), begun.first, self.checkpoints.origin(), begun=True)
            known = list(self._known(transaction, given))
            size = tree.size_of(transaction)
            for what, _, checkpoint in known:
                if checkpoint.size <= size and not _agrees(transaction, checkpoint):
                    raise LogDiverged(diverged(what, checkpoint.size))
        return _plan([(note, checkpoint) for _, note, checkpoint in known], size)

    def run(self, plan: Plan, progress: Progress = unheard) -> Former:
        """Do what was planned; tell what was written down of it."""
        row = self._begin(plan)
        self.checkpoints.outside.keep(former.parted(row.origin)[1], row.note)
        while written := self._fill(row):
            progress(written)
        self.checkpoints.make_recovered()
        with self.store.database.writing("stored_events") as transaction:
            transaction.execute("DELETE FROM identity WHERE name = ?", (former.RECOVERING,))
        return row

    # ── what is known ────────────────────────────────────────────────────────────────────────────────────────────────

    def _known(self, transaction: Transaction, given: bytes | None) -> Iterator[tuple[str, Note, Checkpoint]]:
        """List the checkpoints of this log that are known, each verified."""
        outside = self.checkpoints.outside
        newest = self.checkpoints.newest()
        found = [
            (str(outside.path), outside.note()),
            ("the newest stored checkpoint", notes.read_note(newest) if newest else None),
            ("the given checkpoint", _read_given(given) if given is not None else None),
        ]
        for what, note in found:
            if note is not None:
                yield what, note, self._verified(transaction, what, note)

    def _verified(self, transaction: Transaction, what: str, note: Note) -> Checkpoint:
        checkpoint = notes.read_checkpoint(note.text)
        ours = former.parted(self.checkpoints.origin())[0]
        if former.parted(checkpoint.origin)[0] != ours:
            raise InvalidInput(f"{what} is one of the log {checkpoint.origin}, not of {ours}. Name another one.")
        notes.verify(note, self._keys(transaction, checkpoint.origin))
        return checkpoint

    def _keys(self, transaction: Transaction, origin: str) -> Iterator[Key]:
        """List the keys with which an origin of this log may have signed: today's, and those of stored checkpoints."""
        with suppress(Misconfigured):  # the key may be lost, too
            yield Key(origin, ed25519.public_of(read_key(self.checkpoints.key_file)))
        for (vkey,) in transaction.execute("SELECT DISTINCT vkey FROM checkpoint"):
            yield notes.read_vkey(vkey)._replace(name=origin)

    # ── doing ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _begin(self, plan: Plan) -> Former:
        """Write down what is lost and by which name the log goes on, unless that was done."""
        signature = notes.sign(plan.note.text, plan.origin, read_key(self.checkpoints.key_file))
        together = Note(plan.note.text, (*plan.note.signatures, signature)).encode()
        with self.store.database.writing("stored_events") as transaction:
            begun = former.recovering(transaction)
            if begun:
                return begun
            if tree.size_of(transaction) != plan.first - 1:
                raise Refused("Somebody else writes into this register. Stop that, then recover.")
            number = len(former.all_former(transaction)) + 1
            row = Former(number, *plan.checkpoint[:3], together, plan.first, plan.last, self._stamp(transaction))
            former.add(transaction, row)
            for name, value in (("origin", plan.origin), (former.RECOVERING, str(number))):
                transaction.execute(
                    "INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    (name, value),
                )
        return row

    def _stamp(self, transaction: Transaction) -> str:
        """Tell the one stamp of all leaves of this loss: not before the last entry that is left."""
        rows = transaction.execute("SELECT recorded_at FROM log ORDER BY position DESC LIMIT 1")
        return max(rows[0][0] if rows else "", stamp(self.store.clock()))

    def _fill(self, row: Former) -> int:
        """Write the next leaves of a loss; tell how many."""
        with self.store.database.writing("stored_events") as transaction:
            size = tree.size_of(transaction)
            events = list(self._events(row, size + 1, min(row.last, size + BATCH)))
            hashes = [checked_leaf(place, row.recorded_at, event) for place, event in enumerate(events, size + 1)]
            if events:
                append(transaction, size, row.recorded_at, events, hashes)
        return len(events)

    def _events(self, row: Former, first: int, last: int) -> Iterator[StoredEvent]:
        stream = uuid5(UUID(self.store.identity()), f"loss/{row.first}/{row.origin}")
        root = base64.b64encode(row.root).decode()
        said = {"actor": SYSTEM._asdict(), "origin": row.origin, "size": row.size, "root": root}
        for position in range(first, last + 1):
            state = canonical({**said, "salt": secrets.token_hex(16)})
            yield StoredEvent(stream, position - row.first + 1, Loss.Lost.TOPIC, state)


def _agrees(transaction: Transaction, checkpoint: Checkpoint) -> bool:
    """Tell whether the log begins as a checkpoint says, or would, but for positions that were lost before."""
    if former.speaks_of_lost(former.all_former(transaction), *checkpoint[:3]):
        return True
    return tree.root(transaction, checkpoint.size) == checkpoint.root


def _plan(known: list[tuple[Note, Checkpoint]], size: int) -> Plan:
    """Take the newest checkpoint: the one of the latest origin, and among these the largest."""
    if not known:
        raise Refused("No checkpoint of this log is known. Give one that somebody has kept with --checkpoint FILE.")
    note, newest = max(known, key=lambda one: (former.parted(one[1].origin)[1], one[1].size))
    if newest.size <= size:
        raise Refused(NOTHING_LOST.format(size=size, signed=newest.size))
    return Plan(note, newest, size + 1, former.successor(newest.origin))


def _read_given(content: bytes) -> Note:
    """Read a checkpoint, or the one that a receipt ends with."""
    if content.startswith(notes.PROOF.encode()):
        return notes.read_proof(content).note
    return notes.read_note(content)

"""Witnesses: who else signs our checkpoints (c2sp.org/tlog-cosignature), and what they have signed.

A witness signs that it saw the log grow and never change. Its own signature is all that it shows us, so what it sends is
taken only if the key is one that the operator added, the signature is right, and the checkpoint is one of this log.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import InvalidInput, NotFound, Refused
from signatures.log.store import Store
from signatures.proof import notes, tree
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.notes import COSIGNS, TIME_BYTES, Checkpoint, Key, Note, NotSigned

MOST = 32  # witnesses at a time: a note may have 64 signatures, and every one of these may be under it
AHEAD = 300  # seconds by which the clock of a witness may be before ours
LOCK = "cosignature"


class Witness(NamedTuple):
    """A witness, and the largest checkpoint under which it stands; nothing, if it has signed none yet."""

    key: Key
    added_at: str
    size: int | None
    cosigned_at: str | None

    def cosigned(self) -> dict[str, Any] | None:
        """Tell size and time of that checkpoint."""
        return None if self.size is None else {"size": self.size, "at": self.cosigned_at}


class Cosignature(NamedTuple):
    """A line that a witness wrote under a checkpoint, and when, in seconds since 1970."""

    vkey: str
    line: str
    at: int


class Witnesses:
    """The witnesses of one log and their signatures."""

    def __init__(self, store: Store) -> None:
        """Keep them in the store's database."""
        self.store = store

    # ── who they are ─────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, vkey: str) -> Key:
        """Take signatures by a key from now on; doing it twice is fine."""
        key = notes.read_vkey(vkey)
        if key.kind != COSIGNS:
            raise InvalidInput(
                "This key signs notes, it does not cosign. A witness has a key of the kind that c2sp.org/tlog-cosignature"
                " describes; ask it for that one."
            )
        with self.store.database.writing(LOCK) as transaction:
            present = {one.vkey() for one in _keys(transaction)}
            if key.vkey() not in present and len(present) >= MOST:
                raise Refused(f"There are {MOST} witnesses, which is the most. Remove one first.")
            transaction.execute(
                "INSERT INTO witness VALUES (?, ?, NULL) ON CONFLICT (vkey) DO UPDATE SET removed_at = NULL",
                (key.vkey(), stamp(self.store.clock())),
            )
        return key

    def remove(self, vkey: str) -> Key:
        """Take no more signatures by a key; those that it gave stay in the database and are not shown."""
        key = notes.read_vkey(vkey)
        with self.store.database.writing(LOCK) as transaction:
            if key.vkey() not in {one.vkey() for one in _keys(transaction)}:
                raise NotFound("This is the key of no witness. `signatures witness list` names those that are.")
            transaction.execute(
                "UPDATE witness SET removed_at = ? WHERE vkey = ?", (stamp(self.store.clock()), key.vkey())
            )
        return key

    def all(self) -> list[Witness]:
        """List the witnesses by when they were added, each with the largest checkpoint that it has signed."""
        with self.store.reading() as transaction:
            rows = transaction.execute(
                "SELECT w.vkey, w.added_at, c.size, c.line, c.cosigned_at FROM witness w LEFT JOIN cosignature c"
                " ON c.vkey = w.vkey AND c.size = (SELECT max(size) FROM cosignature WHERE vkey = w.vkey)"
                " WHERE w.removed_at IS NULL ORDER BY w.added_at, w.vkey"
            )
            return [_witness(transaction, *row) for row in rows]

    def newest(self) -> int | None:
        """Tell the largest size that a witness has signed; None where none has."""
        return max((one.size for one in self.all() if one.size is not None), default=None)

    # ── what they sign ───────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, content: bytes, checkpoints: Checkpoints) -> int:
        """Store the cosignatures under a checkpoint that is ours; return the size that they are for.

        What is known already changes nothing. Signatures of others, our own among them, are passed over.
        """
        note = notes.read_note(content)
        checkpoint = notes.read_checkpoint(note.text)
        with self.store.reading() as transaction:
            keys = _keys(transaction)
            given = _given(note, keys)
            _check(checkpoint, checkpoints)
            new = [one for one in given if one != _known(transaction, checkpoint.size, one.vkey)]
        latest = int(self.store.clock().timestamp()) + AHEAD
        if any(one.at > latest for one in given):
            raise Refused("This was signed at a time to come. See that the clock of the witness is right.")
        if new:
            self._keep(checkpoint.size, new)
        return checkpoint.size

    def _keep(self, size: int, given: Iterable[Cosignature]) -> None:
        with self.store.database.writing(LOCK) as transaction:
            for one in given:
                transaction.execute(
                    "INSERT INTO cosignature VALUES (?, ?, ?, ?) ON CONFLICT (size, vkey) DO UPDATE"
                    " SET line = excluded.line, cosigned_at = excluded.cosigned_at"
                    " WHERE excluded.cosigned_at >= cosignature.cosigned_at",
                    (size, *one),
                )

    def cosigned(self, content: bytes) -> bytes:
        """Write the cosignatures that are known of a checkpoint under its note, after ours; only those that verify."""
        note = notes.read_note(content)
        size = notes.read_checkpoint(note.text).size
        with self.store.reading() as transaction:
            rows = transaction.execute(
                "SELECT c.line, c.vkey FROM cosignature c JOIN witness w ON w.vkey = c.vkey"
                " WHERE c.size = ? AND w.removed_at IS NULL ORDER BY w.added_at, w.vkey",
                (size,),
            )
        lines = "".join(line for line, vkey in rows if _verifies(note.text, line, vkey))
        return content + lines.encode()


def moment_of(seconds: int) -> str:
    """Write the seconds of a cosignature as an instant."""
    return stamp(datetime.fromtimestamp(seconds, UTC))


def _witness(
    transaction: Transaction, vkey: str, added_at: str, size: int | None, line: str | None, at: int | None
) -> Witness:
    """Tell what a witness has signed, if that was of this log under its present name."""
    key = notes.read_vkey(vkey)
    if size is None or line is None or at is None or not _verifies(_text(transaction, size), line, vkey):
        return Witness(key, added_at, None, None)
    return Witness(key, added_at, size, moment_of(at))


def _text(transaction: Transaction, size: int) -> str:
    """Write what is signed of a size; nothing where the log has not come so far."""
    rows = transaction.execute("SELECT value FROM identity WHERE name = 'origin'")
    if not rows or size > tree.size_of(transaction):
        return ""
    return Checkpoint(rows[0][0], size, tree.root(transaction, size)).text()


def _keys(transaction: Transaction) -> list[Key]:
    rows = transaction.execute("SELECT vkey FROM witness WHERE removed_at IS NULL ORDER BY vkey")
    return [notes.read_vkey(vkey) for (vkey,) in rows]


def _check(checkpoint: Checkpoint, checkpoints: Checkpoints) -> None:
    origin, size = checkpoints.origin(), checkpoint.size
    if checkpoint.origin != origin:
        raise Refused(f"This is a checkpoint of {checkpoint.origin}; this log is {origin}.")
    if size > _signed(checkpoints) or notes.read_note(checkpoints.at(size)).text != checkpoint.text():
        raise Refused(
            f"This is no checkpoint of size {size} that this log has signed. If its own signature stands under it, keep it"
            " and tell others: two checkpoints of one size prove that a log was forked."
        )


def _signed(checkpoints: Checkpoints) -> int:
    note = checkpoints.newest()
    return -1 if note is None else notes.read_checkpoint(notes.read_note(note).text).size


def _given(note: Note, keys: Iterable[Key]) -> list[Cosignature]:
    """Verify the cosignatures under a note."""
    known = {(key.name, key.id): key for key in keys}
    notes.verify(note, known.values())
    return [
        Cosignature(known[one.name, one.key_id].vkey(), one.line(), int.from_bytes(one.content[:TIME_BYTES], "big"))
        for one in note.signatures
        if (one.name, one.key_id) in known
    ]


def _known(transaction: Transaction, size: int, vkey: str) -> Cosignature | None:
    rows = transaction.execute(
        "SELECT vkey, line, cosigned_at FROM cosignature WHERE size = ? AND vkey = ?", (size, vkey)
    )
    return Cosignature(*rows[0]) if rows else None


def _verifies(text: str, line: str, vkey: str) -> bool:
    """Tell whether a stored line is a signature of this very text: under another origin or root it was of another one."""
    try:
        return bool(notes.verify(notes.read_note(f"{text}\n{line}".encode()), [notes.read_vkey(vkey)]))
    except (InvalidInput, NotSigned):
        return False

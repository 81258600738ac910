"""Receipts: an entry with the way to a signed root, as one standard file (c2sp.org/tlog-proof, its leaf as extra data).

Whoever holds one needs neither us nor our software to know what was recorded, at which position, in which log.
"""

from __future__ import annotations

from signatures.errors import NotFound, StorageUnavailable
from signatures.log.eventlog import leaf_hash
from signatures.log.store import Store
from signatures.proof import notes
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.notes import NotSigned, Proof
from signatures.proof.outside import LogDiverged
from signatures.proof.tree import Tree
from signatures.proof.witnesses import Witnesses

SUFFIX = ".tlog-proof"


class NotSealedYet(StorageUnavailable):
    """The entry is newer than what is signed of the log; that is over within a minute."""

    title = "The receipt is not ready yet"


def receipt_of(store: Store, checkpoints: Checkpoints, position: int) -> bytes:
    """Write the receipt of the entry at a position.

    Raises NotFound where there is no such entry or its content is withheld, NotSealedYet where no checkpoint covers it.
    What would not verify is never handed out: that raises LogDiverged.
    """
    entry = store.entry(position)
    if entry is None:
        raise NotFound(f"There is no entry at position {position}.")
    if entry.withheld:
        raise NotFound(
            f"The content of entry {position} was withheld by order, so it has no receipt any more. That it stands in"
            f" the log is proved at /api/v1/log/proof/{position}."
        )
    note = notes.read_note(covering(store, checkpoints, position))
    size = notes.read_checkpoint(note.text).size
    proof = Proof(position - 1, tuple(Tree(store).inclusion(position, size)), note, entry.leaf())
    try:
        proof.verify(leaf_hash(proof.extra), [checkpoints.key()], checkpoints.origin())
    except NotSigned as error:
        raise LogDiverged(f"Entry {position} has no receipt: {error.sentence} Run `signatures check`.") from error
    return proof.encode()


def covering(store: Store, checkpoints: Checkpoints, position: int) -> bytes:
    """Choose the checkpoint of a receipt: the newest that a witness has signed too, else the newest, if it is in there."""
    witnesses = Witnesses(store)
    cosigned = witnesses.newest() or 0
    if cosigned >= position:
        return witnesses.cosigned(checkpoints.at(cosigned))
    note = checkpoints.newest()
    if note is None or notes.read_checkpoint(notes.read_note(note).text).size < position:
        raise NotSealedYet(
            f"Entry {position} is recorded, and nothing of it can be lost; the log is signed again within a minute."
            " Its receipt is here then."
        )
    return note

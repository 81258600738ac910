"""What is signed and goes with a bundle: checkpoint and key, what witnesses cosigned, and the last words of former origins."""

from __future__ import annotations

from signatures.errors import PositionLost
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.witnesses import Witnesses

CHECKPOINT = "checkpoint"  # the log signed at the bundle's own size
VKEY = "vkey"  # the key that signed it, on one line
COSIGNED = "cosigned"  # the newest checkpoint up to that size that a witness has cosigned
WITNESSES = "witnesses"  # their keys, a line each
FORMER = "former"  # a folder: 1, 2 … the last checkpoint of each former origin, signed together with the next one
LOOKED_AT = 20  # sizes at which somebody cosigned, from the newest; under a former origin none of them counts any more


def enclosed(checkpoints: Checkpoints, position: int) -> dict[str, bytes]:
    """Write these files for a bundle that ends at a position, by their names; what came since the last checkpoint is signed."""
    checkpoints.make_due()
    witnesses = Witnesses(checkpoints.store)
    with checkpoints.store.reading():
        files = {
            CHECKPOINT: witnesses.cosigned(checkpoints.at(position)),
            VKEY: f"{checkpoints.key().vkey()}\n".encode(),
        }
        cosigned = _cosigned(checkpoints, witnesses, position)
        if cosigned is not None:
            files[COSIGNED] = cosigned
        keys = [witness.key.vkey() for witness in witnesses.all()]
        if keys:
            files[WITNESSES] = "".join(f"{vkey}\n" for vkey in keys).encode()
        former = [row for row in checkpoints.former() if row.first <= position]
    if former and position < former[-1].last:
        first, last = former[-1].first, former[-1].last
        raise PositionLost(
            f"Positions {first} to {last} were lost together. Export up to {first - 1}, or up to {last} or further.",
            first_lost=first,
            last_lost=last,
        )
    return files | {f"{FORMER}/{number}": row.note for number, row in enumerate(former, 1)}


def _cosigned(checkpoints: Checkpoints, witnesses: Witnesses, position: int) -> bytes | None:
    """Find the newest checkpoint up to a position under which a witness stands."""
    with checkpoints.store.reading() as transaction:
        sizes = transaction.execute(
            "SELECT DISTINCT c.size FROM cosignature c JOIN witness w ON w.vkey = c.vkey"
            " WHERE c.size <= ? AND w.removed_at IS NULL ORDER BY c.size DESC LIMIT ?",
            (position, LOOKED_AT),
        )
    for (size,) in sizes:
        note = checkpoints.at(size)
        if (cosigned := witnesses.cosigned(note)) != note:
            return cosigned
    return None

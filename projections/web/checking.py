"""The page “Check it yourself”: what is signed of the log, and how anybody checks it without us. GET changes nothing."""

from __future__ import annotations

import base64
from typing import Any

from flask import Blueprint, Response

from projections import moments
from projections.proofs import Proofs
from projections.web.asking import asked
from projections.web.pages import page
from signatures.errors import PositionOutOfRange
from signatures.proof import notes
from signatures.proof.notes import Key
from signatures.proof.witnesses import Witness
from signatures.sentences import said
from signatures.web.address import base_address


def blueprint(proofs: Proofs) -> Blueprint:
    """Make the blueprint `checking`: /check, or /check?size=N for what was signed when the log had N entries."""
    checking = Blueprint("checking", __name__, template_folder="../templates")

    @checking.get("/check")
    def check() -> Response:
        """Show the newest checkpoint, or that of a size, and how to check whatever it covers."""
        size = asked("lang", "size").get("size")
        number = None if size is None else moments.whole_number("size", size)
        return page("check.html", base=base_address(), **contents(proofs, number))

    return checking


def contents(proofs: Proofs, size: int | None) -> dict[str, Any]:
    """Gather what the page shows: the checkpoint, whose signatures stand under it, and what is newest.

    A size that is recorded and not signed yet, as that of a list may be for a minute, shows the newest and is `awaited`.
    """
    newest, recorded = proofs.newest().size, proofs.tree.size()
    if size is not None and size > recorded:
        raise PositionOutOfRange(
            said("The log has %(recorded)s entries, not %(size)s.", recorded=recorded, size=size), field="size"
        )
    awaited = size if size is not None and size > newest else None
    note = proofs.checkpoint(None if awaited else size)
    checkpoint = notes.read_checkpoint(notes.read_note(note).text)
    last = proofs.store.entry(checkpoint.size)
    return {
        "checkpoint": checkpoint,
        "note": note.decode(),
        "recorded_through": last.recorded_at if last else None,
        "root64": base64.b64encode(checkpoint.root).decode(),
        "newest": newest,
        "earlier": checkpoint.size < newest,
        "awaited": awaited,
        "key": _shown(proofs.checkpoints.key()),
        "witnesses": [_witness(one) for one in proofs.witnesses.all()],
        "stamps": proofs.stamped(),
        "former": proofs.former(),
    }


def _shown(key: Key) -> dict[str, str]:
    return {"name": key.name, "id": key.id.hex(), "vkey": key.vkey()}


def _witness(witness: Witness) -> dict[str, Any]:
    return {**_shown(witness.key), "size": witness.size, "at": witness.cosigned_at}

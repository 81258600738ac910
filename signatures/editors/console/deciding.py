"""What an editor does with a submission: accept it, refuse it, ask back, release it; every act is noted."""

from __future__ import annotations

from flask_babel import gettext as _

from signatures.editors.accounts import Account
from signatures.errors import InvalidInput
from signatures.intake.submission import CONFIRMED
from signatures.register import Receipt
from signatures.room import Room

REASONS = ("not-authorised", "duplicate", "fraud", "legal", "late", "typo", "other")
"""Why a submission may be refused, the codes that fit."""


def accept(
    room: Room,
    account: Account,
    id_: str,
    *,
    organisation: str | None = None,
    new: bool = False,
    note: str = "",
    despite: bool = False,
    seen: str | None = None,
    together: int | None = None,
) -> Receipt:
    """Accept a submission; `despite` says that the editor has read the objection to it, `seen` which words were read."""
    before = room.intake.show(id_)
    if before.objected_at and not despite and before.state in CONFIRMED:
        raise InvalidInput(
            _("The organisation's known contact said that this was not them. Tick that you have looked into it."),
            field="despite",
        )
    note = " ".join(note.split())
    receipt = room.intake.accept(
        id_, account.actor, organisation_id=organisation, new=new, note=note or None, seen=seen
    )
    if before.state != "accepted" and room.intake.show(id_).decided_by == account.ref:
        detail: dict[str, str | int | None] = {
            "organisation": receipt.organisation_id,
            "position": receipt.position,
            "together": together,
        }
        room.acts.note(account.ref, "accepted", f"submission:{before.id}", **detail)
    return receipt


def refuse(room: Room, account: Account, id_: str, code: str, note: str = "", *, together: int | None = None) -> None:
    """Refuse a submission with a reason, of which its contact is told."""
    if code not in REASONS:
        raise InvalidInput(_("Choose a reason."), field="code")
    refused = room.intake.refuse(id_, account.actor, code, " ".join(note.split()) or None)
    room.acts.note(account.ref, "refused", f"submission:{refused.id}", code=code, together=together)


def ask(room: Room, account: Account, id_: str, question: str) -> None:
    """Send a question to the contact of a submission."""
    if not question.strip():
        raise InvalidInput(_("Write the question."), field="question")
    asked = room.intake.ask(id_, account.actor, question.strip())
    room.acts.note(account.ref, "asked", f"submission:{asked.id}")


def release(room: Room, account: Account, id_: str, *, together: int | None = None) -> None:
    """Let the message go out that a submission was held back from."""
    released = room.intake.release(id_, account.actor)
    room.acts.note(account.ref, "released", f"submission:{released.id}", together=together)

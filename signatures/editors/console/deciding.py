"""What an editor does with submissions: accept one or several, refuse, ask back, release; every act is noted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from signatures.editors.accounts import Account
from signatures.editors.console.cases import Line, lines_of, what_stands
from signatures.errors import InvalidInput, NotFound, RegisterError, StorageUnavailable
from signatures.intake.acceptance import current_text
from signatures.intake.alike import THRESHOLD, Candidate, candidates, score
from signatures.intake.submission import CONFIRMED, Submission
from signatures.register import Receipt
from signatures.room import Room

REASONS = ("not-authorised", "duplicate", "fraud", "legal", "late", "typo", "other")
"""Why a submission may be refused, the codes that fit."""


class Plan(NamedTuple):
    """Several submissions: those that can be accepted together, and those that need a look by themselves.

    Each of the first comes with the name of the registered organisation that it is, if any; each of the others with why.
    """

    clear: Sequence[tuple[Line, str]]
    apart: Sequence[tuple[Line, str]]


class Result(NamedTuple):
    """What became of one of several: the receipt, or the sentence that says why there is none."""

    submission: Submission
    receipt: Receipt | None
    sentence: str


def accept(
    room: Room,
    account: Account,
    id_: str,
    *,
    organisation: str | None = None,
    new: bool = False,
    note: str = "",
    despite: bool = False,
    together: int | None = None,
) -> Receipt:
    """Accept a submission; `despite` says that the editor has read the objection to it."""
    before = room.intake.show(id_)
    if before.objected_at and not despite and before.state in CONFIRMED:
        raise InvalidInput(
            _("The organisation's known contact said that this was not them. Tick that you have looked into it."),
            field="despite",
        )
    note = " ".join(note.split())
    receipt = room.intake.accept(id_, account.actor, organisation_id=organisation, new=new, note=note or None)
    if before.state != "accepted" and room.intake.show(id_).decided_by == account.ref:
        detail: dict[str, str | int | None] = {
            "organisation": receipt.organisation_id,
            "position": receipt.position,
            "together": together,
        }
        room.acts.note(account.ref, "accepted", f"submission:{before.id}", **detail)
    return receipt


def refuse(room: Room, account: Account, id_: str, code: str, note: str = "") -> None:
    """Refuse a submission with a reason, of which its contact is told."""
    if code not in REASONS:
        raise InvalidInput(_("Choose a reason."), field="code")
    refused = room.intake.refuse(id_, account.actor, code, " ".join(note.split()) or None)
    room.acts.note(account.ref, "refused", f"submission:{refused.id}", code=code)


def ask(room: Room, account: Account, id_: str, question: str) -> None:
    """Send a question to the contact of a submission."""
    if not question.strip():
        raise InvalidInput(_("Write the question."), field="question")
    asked = room.intake.ask(id_, account.actor, question.strip())
    room.acts.note(account.ref, "asked", f"submission:{asked.id}")


def release(room: Room, account: Account, id_: str) -> None:
    """Let the message go out that a submission was held back from."""
    released = room.intake.release(id_, account.actor)
    room.acts.note(account.ref, "released", f"submission:{released.id}")


def plan(room: Room, ids: Iterable[str], language: str) -> Plan:
    """Part submissions into those that can be accepted together and those that cannot."""
    clear: list[tuple[Line, str]] = []
    apart: list[tuple[Line, str]] = []
    for line in lines_of(room, _known(room, ids), language):
        why = why_apart(room, line.submission) or _like_another(line, [before for before, _name in clear])
        if why:
            apart.append((line, why))
        else:
            clear.append((line, _as_whom(room, line.submission)))
    return Plan(clear, apart)


def accept_all(room: Room, account: Account, ids: Sequence[str]) -> list[Result]:
    """Accept several submissions, each by itself: one refusal never stops the others."""
    return [_accept_one(room, account, one, len(ids)) for one in _known(room, ids)]


def why_apart(room: Room, submission: Submission) -> str:
    """Say why a submission must be looked at by itself; nothing if it need not."""
    if submission.state not in CONFIRMED:
        return str(_("It does not wait for a decision."))
    if submission.objected_at:
        return str(_("The organisation's known contact said that this was not them."))
    if current_text(room.register.statement(submission.reference)) != submission.text_sha256:
        return str(_("The text was changed after it was signed."))
    found, same = candidates(room.register, submission.parts), _same(room, submission)
    if len(same) > 1 or (found and not same):
        return str(_("Its name is like that of a registered organisation: compare them first."))
    if any(what_stands(room, submission, one.organisation_id) for one in same):
        return str(_("The organisation stands on this list already."))
    return ""


def _like_another(line: Line, others: Sequence[Line]) -> str:
    """Say which other one of several a submission is like: two of one organisation are not two organisations."""
    parts = line.submission.parts.payload()
    for other in others:
        if score(parts, other.submission.parts.payload()) >= THRESHOLD:
            name = other.submission.printed
            return str(_("Its name is like that of another one that was ticked: %(name)s.", name=name))
    return ""


def _same(room: Room, submission: Submission) -> list[Candidate]:
    """List the registered organisations for which the register would take it, or which it says it is."""
    found = candidates(room.register, submission.parts)
    return [one for one in found if one.same or one.organisation_id == submission.chosen]


def _as_whom(room: Room, submission: Submission) -> str:
    return next((one.parts.acronym or one.parts.name for one in _same(room, submission)), "")


def _accept_one(room: Room, account: Account, submission: Submission, together: int) -> Result:
    why = "" if submission.state in ("accepted", "accepting") else why_apart(room, submission)
    if why:
        return Result(submission, None, why)
    try:
        receipt = accept(room, account, submission.id, together=together)
    except StorageUnavailable:
        return Result(submission, None, _("The store was not available. Look at it again in a minute."))
    except RegisterError as refused:
        return Result(room.intake.show(submission.id), None, refused.sentence)
    return Result(room.intake.show(submission.id), receipt, "")


def _known(room: Room, ids: Iterable[str]) -> list[Submission]:
    found: list[Submission] = []
    for id_ in dict.fromkeys(ids):
        try:
            found.append(room.intake.show(id_))
        except NotFound:
            continue  # erased meanwhile
    return found

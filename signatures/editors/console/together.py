"""Several submissions at once: what would be done with each, first; then each by itself, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from signatures.editors.accounts import Account
from signatures.editors.console import deciding
from signatures.editors.console.cases import Line, lines_of, what_stands
from signatures.errors import InvalidInput, NotFound, RegisterError, StorageUnavailable
from signatures.intake.acceptance import current_text
from signatures.intake.alike import THRESHOLD, Candidate, candidates, score
from signatures.intake.submission import CONFIRMED, Submission
from signatures.room import Room
from signatures.web import catalogues

ACTS = {
    "waiting": ("accept", "refuse"),
    "asked": ("accept", "refuse"),
    "unconfirmed": ("refuse",),
    "held": ("release", "refuse"),
}
"""What can be done with several submissions of a tab."""


class Plan(NamedTuple):
    """What would be done with several submissions, and those that need a look by themselves.

    Each of the first comes with the name of the registered organisation that it is, if any; each of the others with why.
    """

    act: str
    clear: Sequence[tuple[Line, str]]
    apart: Sequence[tuple[Line, str]]


class Result(NamedTuple):
    """What became of one of several, in a sentence."""

    submission: Submission
    done: bool
    sentence: str


def plan(room: Room, act: str, ids: Iterable[str], language: str) -> Plan:
    """Part submissions into those with which this can be done together and those with which it cannot."""
    clear: list[tuple[Line, str]] = []
    apart: list[tuple[Line, str]] = []
    for line in lines_of(room, _known(room, ids), language):
        why = _why_apart(room, act, line.submission)
        if not why and act == "accept":
            why = _like_another(line, [before for before, _name in clear])
        if why:
            apart.append((line, why))
        else:
            clear.append((line, _as_whom(room, line.submission) if act == "accept" else ""))
    return Plan(act, clear, apart)


def accept_all(room: Room, account: Account, ids: Sequence[str], seen: Mapping[str, str] | None = None) -> list[Result]:
    """Accept several submissions, in the words that were `seen`; what was accepted before is found again."""
    words = seen or {}

    def accept(submission: Submission) -> str:
        if submission.state not in ("accepted", "accepting") and (why := why_apart(room, submission)):
            raise InvalidInput(why)
        read = words.get(submission.id) or None
        receipt = deciding.accept(room, account, submission.id, seen=read, together=len(ids))
        return str(_("Accepted, position %(position)s.", position=receipt.position))

    return _each(room, ids, accept)


def release_all(room: Room, account: Account, ids: Sequence[str]) -> list[Result]:
    """Release several submissions that were held back."""

    def release(submission: Submission) -> str:
        deciding.release(room, account, submission.id, together=len(ids))
        return str(_("Released. The contact is asked to confirm the address."))

    return _each(room, ids, release)


def refuse_all(room: Room, account: Account, ids: Sequence[str], code: str, note: str) -> list[Result]:
    """Refuse several submissions for one reason; InvalidInput where there is none."""
    if code not in deciding.REASONS:
        raise InvalidInput(_("Choose a reason."), field="code")

    def refuse(submission: Submission) -> str:
        deciding.refuse(room, account, submission.id, code, note, together=len(ids))
        return str(_("Refused."))

    return _each(room, ids, refuse)


def why_apart(room: Room, submission: Submission) -> str:
    """Say why a submission must be looked at by itself before it is accepted; nothing if it need not."""
    if submission.state not in CONFIRMED:
        return str(_("It does not wait for a decision."))
    if submission.objected_at:
        return str(_("The organisation's known contact said that this was not them."))
    if current_text(room.register.statement(submission.reference)) != submission.text_sha256:
        return str(_("The text was changed after it was signed."))
    found, same = candidates(room.register, submission.parts), _same(room, submission)
    claims = submission.chosen is not None and submission.chosen not in [
        one.organisation_id for one in same if one.same
    ]  # it would be listed as one of another name
    if claims or len(same) > 1 or (found and not same):
        return str(_("Its name is like that of a registered organisation: compare them first."))
    if any(what_stands(room, submission, one.organisation_id) for one in same):
        return str(_("The organisation stands on this list already."))
    return ""


def _why_apart(room: Room, act: str, submission: Submission) -> str:
    match act:
        case "accept":
            return why_apart(room, submission)
        case "release":
            held = submission.state == "received" and submission.held
            return "" if held else str(_("It is not held back."))
        case _:
            open_ = submission.state in ("received", *CONFIRMED)
            return "" if open_ else str(_("It was decided already."))


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


def _each(room: Room, ids: Sequence[str], act: Callable[[Submission], str]) -> list[Result]:
    """Do something with each by itself: one that is refused never stops the others."""
    results: list[Result] = []
    for submission in _known(room, ids):
        try:
            done, sentence = True, act(submission)
        except StorageUnavailable:
            done, sentence = False, str(_("The store was not available. Look at it again in a minute."))
        except RegisterError as refused:
            done, sentence = False, catalogues.told(refused.said)
        results.append(Result(submission, done, sentence))
    return results


def _known(room: Room, ids: Iterable[str]) -> list[Submission]:
    found: list[Submission] = []
    for id_ in dict.fromkeys(ids):
        try:
            found.append(room.intake.show(id_))
        except NotFound:
            continue  # erased meanwhile
    return found

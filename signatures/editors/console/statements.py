"""The console's pages of statements: their state, the terms on which they take signatures, closing and taking back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.aggregate import NO_REASON
from signatures.editors.console.keeping import (
    Answer,
    Lists,
    Question,
    after,
    attempt,
    date_of,
    editor,
    known_parameters,
    noted,
    page,
    pending,
    propose,
    reason_of,
    typed,
)
from signatures.editors.console.termsform import deadline_words, progress, read_terms, typed_deadline, written
from signatures.editors.signing_in import signed_in
from signatures.errors import InvalidInput, Refused
from signatures.intake import closing
from signatures.room import Room
from signatures.statement import Statement

PAGE = 50


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `keeping`: /editors/statements and what is kept of one."""
    keeping = Blueprint("keeping", __name__)

    @keeping.get("/editors/statements")
    @signed_in()
    def statements() -> Response:
        """List all statements, drafts too."""
        known_parameters("cursor")
        answer = lists.statements(limit=PAGE, cursor=request.args.get("cursor"), drafts=True)
        rows = [overview(room, told) for told in answer["statements"]]
        return page("statements.html", statements=rows, older=answer.next)

    @keeping.get("/editors/statements/<reference>")
    @signed_in()
    def statement(reference: str) -> Response:
        """Show a statement, how far it is, and its terms."""
        known_parameters()
        told = lists.statement(reference, drafts=True)
        return _statement_page(room, told, written(room.terms.of(told["reference"]), told["time_zone"]), {})

    @keeping.post("/editors/statements/<reference>/terms")
    @signed_in("editor", "admin")
    def terms(reference: str) -> Response:
        """Change the terms, or show them again with what needs another look."""
        told = lists.statement(reference, drafts=True)
        values = typed()
        changes, errors = read_terms(room, told, values, ended=has_ended(room, reference))
        if not errors:
            return _changed(room, told["reference"], changes)
        return _statement_page(room, told, values, errors)

    _ends(keeping, room, lists)
    return keeping


def _ends(keeping: Blueprint, room: Room, lists: Lists) -> None:
    @keeping.route("/editors/statements/<reference>/closing", methods=["GET", "POST"])
    @signed_in()
    def close(reference: str) -> Response:
        """Say what an early close means, then end signing now."""
        told = lists.statement(reference, drafts=True)
        return attempt(_closing(told), lambda values: _close(room, told["reference"], values))

    @keeping.route("/editors/statements/<reference>/reopening", methods=["GET", "POST"])
    @signed_in()
    def reopen(reference: str) -> Response:
        """Ask until when, then take signatures again."""
        told = lists.statement(reference, drafts=True)
        return attempt(_reopening(told), lambda values: _reopen(room, told, values))

    @keeping.route("/editors/statements/<reference>/discarding", methods=["GET", "POST"])
    @signed_in()
    def discard(reference: str) -> Response:
        """Say what putting a draft away means, then do it."""
        told = lists.statement(reference, drafts=True)
        return attempt(_discarding(told), lambda values: _discard(room, told["reference"], values))

    @keeping.route("/editors/statements/<reference>/retraction", methods=["GET", "POST"])
    @signed_in()
    def retract(reference: str) -> Response:
        """Say what taking back means, then propose it to a second editor."""
        told = lists.statement(reference, drafts=True)
        return attempt(_retraction(told), lambda values: _retract(room, told["reference"], values))


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def overview(room: Room, told: Answer) -> dict[str, Any]:
    """Tell of a statement what a row of the overview shows."""
    terms = room.terms.of(told["reference"])
    return {
        "told": told,
        "terms": terms,
        "discarded": room.register.statement(told["reference"]).discarded,
        "over": terms.over(room.clock()),
        "hour": closing.hour_of(terms.deadline, told["time_zone"]) if terms.deadline else None,
        "waiting": _waiting(room, told["reference"]),
        "progress": progress(terms, told["counts"]["standing"], _invited(room, told["reference"])),
    }


def _statement_page(room: Room, told: Answer, values: Mapping[str, str], errors: dict[str, Any]) -> Response:
    shown = overview(room, told)
    return page(
        "statement.html",
        422 if errors else 200,
        **shown,
        values=values,
        errors=errors,
        ended=has_ended(room, told["reference"]),
        invitations=room.invitations.counts(told["reference"]),
        pending=pending(room, told["reference"]),
        acts=room.acts.list(f"statement:{told['reference']}", limit=20),
    )


def has_ended(room: Room, reference: str) -> bool:
    """Tell whether nobody can sign a statement today, or not from tomorrow on."""
    statement = room.register.statement(reference)
    today = room.register.today(statement)
    days = (today, today + timedelta(days=1))
    closed = not all(statement.open_on(day.isoformat()) for day in days)
    return closed or bool(statement.retractions) or room.terms.of(statement.reference).over(room.clock())


def _waiting(room: Room, reference: str) -> int:
    counts = room.intake.counts(reference)
    return sum(counts.get(state, 0) for state in ("confirmed", "asked", "accepting"))


def _invited(room: Room, reference: str) -> int:
    counts = room.invitations.counts(reference)
    return sum(number for state, number in counts.items() if state != "cancelled")


# ── what is changed ──────────────────────────────────────────────────────────────────────────────────────────────────


def _changed(room: Room, reference: str, changes: dict[str, Any]) -> Response:
    room.terms.change(reference, editor().ref, **changes)
    noted(room, "terms", f"statement:{reference}", **changes)
    return after(url_for("keeping.statement", reference=reference), "terms")


# ── closing, reopening, taking back ──────────────────────────────────────────────────────────────────────────────────


def _question(told: Answer, title: str, what: list[str], button: str, **more: Any) -> Question:
    reference = told["reference"]
    return Question(
        title,
        what,
        button,
        back=url_for("keeping.statement", reference=reference),
        about=told["title"] or reference,
        about_language=told["default_language"],
        kicker=reference,
        zone=told["time_zone"],
        **more,
    )


def _closing(told: Answer) -> Question:
    what = [
        _("From now on nobody can send the form of this statement. Its page says so, and the list stays readable."),
        _("Every entry that has arrived until now still counts: it can be confirmed and accepted later."),
        _("The record says that signing has ended from tomorrow on, in %(zone)s.", zone=told["time_zone"]),
        _("You can reopen it. Both acts stay in the history, with today's date."),
    ]
    return _question(told, _("Close now"), what, _("Close now"), asks=("reason_optional",))


def _close(room: Room, reference: str, values: Mapping[str, str]) -> Response:
    reason = reason_of(values) if values.get("code") or values.get("note") else NO_REASON
    closing.close_now(room, editor().actor, reference, reason)
    noted(room, "close", f"statement:{reference}", code=reason.code)
    return after(url_for("keeping.statement", reference=reference), "closed")


def _reopening(told: Answer) -> Question:
    what = [
        _("Organisations can sign again from today on, as the terms of this statement say."),
        _("The history shows when it was closed and that it was reopened today."),
    ]
    return _question(told, _("Reopen"), what, _("Reopen"), asks=("deadline", "reason_optional"))


def _reopen(room: Room, told: Answer, values: Mapping[str, str]) -> Response:
    reference = told["reference"]
    try:
        deadline = typed_deadline(values, told["time_zone"])
    except InvalidInput as refused:
        sentence = deadline_words(refused, told["time_zone"])
        raise InvalidInput(sentence, field="deadline_hour", offsets=refused.details.get("offsets", [])) from refused
    if not has_ended(room, reference):
        raise Refused(_("This statement can be signed as it is."))
    reason = reason_of(values) if values.get("code") or values.get("note") else NO_REASON
    closing.reopen(room, editor().actor, reference, deadline=deadline, reason=reason)
    noted(room, "reopen", f"statement:{reference}", deadline=deadline, code=reason.code)
    return after(url_for("keeping.statement", reference=reference), "reopened")


def _discarding(told: Answer) -> Question:
    what = [
        _("Nobody can sign the draft or publish it any more, and no second one can have its reference."),
        _("The record keeps it. Nobody but editors ever sees it."),
    ]
    return _question(told, _("Discard the draft"), what, _("Discard"), asks=("reason_optional",), grave=True)


def _discard(room: Room, reference: str, values: Mapping[str, str]) -> Response:
    reason = reason_of(values) if values.get("code") or values.get("note") else NO_REASON
    recorded = room.register.discard(editor().actor, reference, reason)
    noted(room, "discard", f"statement:{reference}", position=recorded.position, code=reason.code)
    return after(url_for("keeping.statement", reference=reference), "discarded")


def _retraction(told: Answer) -> Question:
    what = [
        _("The statement stays readable with its list, and says that it was taken back."),
        _("Nobody can sign it any more. Entries can still be corrected and withdrawn."),
        _("A second editor must confirm this before it happens."),
    ]
    asks = ("date", "reason")
    more = {"date_label": _("Taken back from this day on"), "grave": True}
    return _question(told, _("Take the statement back"), what, _("Propose to take it back"), asks=asks, **more)


def _retract(room: Room, reference: str, values: Mapping[str, str]) -> Response:
    statement = room.register.statement(reference)
    _refuse_unpublished(statement)
    reason, on = reason_of(values), date_of(values)
    propose(room, "retract", f"statement:{statement.reference}", {"on": on, "code": reason.code}, reason.note)
    return after(url_for("keeping.statement", reference=reference), "proposed")


def _refuse_unpublished(statement: Statement) -> None:
    if not statement.edition:
        raise Refused(_("This draft was never published. Discard it instead."))
    if statement.retractions:
        raise Refused(_("This statement was taken back already."))

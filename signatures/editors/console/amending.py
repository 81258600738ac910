"""The console's page of a statement's own data: who issues it, of what kind, under which number, when, in which zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.aggregate import NO_REASON
from signatures.editors.console.keeping import (
    Answer,
    Lists,
    after,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    reason_of,
    typed,
)
from signatures.editors.signing_in import signed_in
from signatures.errors import InvalidInput, RegisterError, StaleVersion
from signatures.log.eventlog import canonical, sha256
from signatures.room import Room
from signatures.statement import AMENDABLE, AMENDABLE_BEFORE_PUBLICATION, Statement


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `amending`: /editors/statements/REF/data."""
    amending = Blueprint("amending", __name__)

    @amending.route("/editors/statements/<reference>/data", methods=["GET", "POST"])
    @signed_in("editor", "admin")
    def data(reference: str) -> Response:
        """Show a statement's own data to be set right, then record what was changed."""
        known_parameters()
        told = lists.statement(reference, drafts=True)
        if request.method != "POST":
            return _form(room, told, None, {})
        values = typed()
        try:
            return _amend(room, told["reference"], values)
        except StaleVersion as refused:  # what somebody else has set meanwhile is shown, and may be set right
            return _form(room, told, None, beside(refused))
        except RegisterError as refused:
            return _form(room, told, values, beside(refused))

    return amending


def _form(room: Room, told: Answer, values: Mapping[str, str] | None, errors: dict[str, Any]) -> Response:
    statement = room.register.statement(told["reference"])
    return page(
        "data.html",
        422 if errors else 200,
        told=told,
        fixed=AMENDABLE if statement.edition else (),
        discarded=statement.discarded,
        values=values or _present(statement),
        seen=_seen(statement),
        errors=errors,
    )


def _amend(room: Room, reference: str, values: Mapping[str, str]) -> Response:
    """Record what differs from what stands; once it is public, with a reason."""
    with room.store.writing():
        statement = room.register.statement(reference)
        if values.get("seen") != _seen(statement):
            raise StaleVersion(_("Somebody else has changed this meanwhile. This is how it stands now."))
        changes = _changes(statement, values)
        reason = reason_of(values) if statement.edition else NO_REASON
        recorded = room.register.amend(editor().actor, reference, changes, reason)
    noted(room, "amend", f"statement:{reference}", position=recorded.position, code=reason.code)
    return after(url_for("keeping.statement", reference=reference), "amended")


def _changes(statement: Statement, values: Mapping[str, str]) -> dict[str, str | None]:
    """Tell what was typed and differs; what a page does not ask about stays as it is."""
    present = _present(statement)
    allowed = AMENDABLE if statement.edition else AMENDABLE_BEFORE_PUBLICATION
    changes = {
        name: values[name] or None for name in allowed if name in values and values[name] != (present[name] or "")
    }
    for name, sentence in (
        ("kind", _("Write what it is, for example statement.")),
        ("time_zone", _("Write the time zone, for example Europe/Berlin.")),
        ("default_language", _("Write a language tag, for example de or pt-BR.")),
    ):
        if name in changes and not changes[name]:
            raise InvalidInput(sentence, field=name)
    if not changes:
        raise InvalidInput(_("Nothing is different yet."), field="form")
    return changes


def _seen(statement: Statement) -> str:
    """Name what stands, so that nobody undoes unseen what somebody else has changed; signatures meanwhile are no matter."""
    return sha256(canonical([*_present(statement).values(), bool(statement.edition)]))


def _present(statement: Statement) -> dict[str, str | None]:
    return {name: getattr(statement, name) for name in AMENDABLE_BEFORE_PUBLICATION}

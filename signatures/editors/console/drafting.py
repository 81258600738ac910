"""The console's page on which a statement begins: its reference, its own data and its title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.editors.console.keeping import after, beside, editor, known_parameters, noted, page, typed
from signatures.editors.signing_in import signed_in
from signatures.errors import InvalidInput, RegisterError
from signatures.room import Room
from signatures.statement import parse_date

TAKEN = ("new",)  # what addresses of the console mean already
FIELDS = ("reference", "kind", "issuer", "printed_number", "issued_on", "time_zone", "default_language")
BEGINNING = {"kind": "statement", "time_zone": "UTC", "default_language": "en"}


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `drafting`: /editors/statements/new."""
    drafting = Blueprint("drafting", __name__)

    @drafting.route("/editors/statements/new", methods=["GET", "POST"])
    @signed_in("editor", "admin")
    def new() -> Response:
        """Ask what the statement is, then begin it."""
        known_parameters()
        if request.method != "POST":
            return _form(BEGINNING, {})
        values = typed()
        try:
            return _draft(room, values)
        except RegisterError as refused:
            return _form(values, beside(refused, "reference"))

    return drafting


def _form(values: Mapping[str, str], errors: dict[str, Any]) -> Response:
    return page("draft.html", 422 if errors else 200, values=values, errors=errors)


def _draft(room: Room, values: Mapping[str, str]) -> Response:
    given: dict[str, Any] = {name: values.get(name) or None for name in FIELDS}
    reference, title = given.pop("reference"), values.get("title")
    if not reference or reference.lower() in TAKEN:
        raise InvalidInput(
            _("Write the reference, for example peace-2026. It stands in every address."), field="reference"
        )
    for name, sentence in (("title", _("Write the title.")), ("kind", _("Write what it is, for example statement."))):
        if not values.get(name):
            raise InvalidInput(sentence, field=name)
    if given["issued_on"]:
        parse_date("issued_on", given["issued_on"])
    with room.store.writing():
        room.register.draft(editor().actor, reference=reference, **{**given, **_said(given)})
        recorded = room.register.set_text(
            editor().actor, reference, language=_said(given)["default_language"], title=str(title), text=None
        )
    noted(room, "draft", f"statement:{reference}", position=recorded.position)
    language = _said(given)["default_language"]
    return after(url_for("texts.text", reference=reference, language=language), "drafted")


def _said(given: Mapping[str, Any]) -> dict[str, str]:
    """Give what was left empty the meaning that the form shows at first."""
    return {name: str(given[name] or usual) for name, usual in BEGINNING.items()}

"""The console's pages of organisations: who is registered, under which names, renamed, merged and taken apart again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.editors.console.entry import one_line
from signatures.editors.console.keeping import (
    Lists,
    Question,
    after,
    attempt,
    beside,
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
from signatures.editors.console.naming import changed_parts, spelled
from signatures.editors.signing_in import signed_in
from signatures.errors import InvalidInput, NotFound, Refused, RegisterError
from signatures.log import heads
from signatures.log.eventlog import Entry
from signatures.organisation import Organisation
from signatures.register import Register
from signatures.room import Room
from signatures.web.frame import language_of_reader

PAGE = 50
CHOICES = 10  # organisations offered as the other half of a merger
ONE = "/editors/organisations/<organisation_id>"


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `organisations`: /editors/organisations and each of them."""
    organisations = Blueprint("organisations", __name__)

    @organisations.get("/editors/organisations")
    @signed_in()
    def listing() -> Response:
        """Find organisations by any spelling, a page at a time."""
        known_parameters("q", "cursor")
        question = request.args.get("q", "").replace("\0", "").strip()
        cursor = request.args.get("cursor") or None
        answer = lists.organisations(query=question or None, limit=PAGE, cursor=cursor, drafts=True)
        return page("organisations.html", question=question, answer=answer, older=answer.next)

    @organisations.get(ONE)
    @signed_in()
    def organisation(organisation_id: str) -> Response:
        """Show an organisation, what it signed and what happened to it."""
        known_parameters()
        one = room.register.organisation(organisation_id)
        return _organisation_page(room, lists, one, {**spelled(one), "on": ""}, {})

    @organisations.post(f"{ONE}/names")
    @signed_in("editor", "admin")
    def rename(organisation_id: str) -> Response:
        """Give an organisation another name, or show it again with what needs another look."""
        one, values = room.register.organisation(organisation_id), one_line(typed())
        try:
            return _rename(room, one, values)
        except RegisterError as refused:
            return _organisation_page(room, lists, one, values, beside(refused, "name"))

    _mergers(organisations, room, lists)
    return organisations


def _mergers(organisations: Blueprint, room: Room, lists: Lists) -> None:
    @organisations.route(f"{ONE}/merger", methods=["GET", "POST"])
    @signed_in()
    def merge(organisation_id: str) -> Response:
        """Find the other registration of the same body, compare, and propose to merge."""
        one = room.register.organisation(organisation_id)
        if request.method == "POST":
            return _merge(room, lists, one, typed())
        known_parameters("q", "into")
        return _merger_page(room, lists, one, request.args, {})

    @organisations.route(f"{ONE}/mergers/<int:position>/annulment", methods=["GET", "POST"])
    @signed_in()
    def unmerge(organisation_id: str, position: int) -> Response:
        """Take a merger back."""
        one = room.register.organisation(organisation_id)
        _merger_at(room.register, one, position)
        return attempt(_unmerging(one), lambda values: _unmerge(room, one, position, values))


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _organisation_page(
    room: Room, lists: Lists, one: Organisation, values: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    told = lists.organisation(str(one.id), drafts=True)
    return page(
        "organisation.html",
        422 if errors else 200,
        one=one,
        told=told,
        into=room.register.organisation(one.into) if one.into else None,
        same_body=[room.register.organisation(id_) for id_ in told["same_body"]],
        twice=room.register.standing_twice(str(one.id)),
        pending=pending(room, str(one.id)),
        history=_history(room.register, one),
        values=values,
        errors=errors,
        acts=room.acts.list(f"organisation:{one.id}", limit=20),
    )


def _history(register: Register, one: Organisation) -> list[tuple[Entry, dict[str, Any], bool]]:
    """Tell the events of a registration, the newest first, and which of them is a merger that still counts."""
    entries = register.store.stream_entries(f"organisation/{one.id}")
    counting = {merger["version"] for merger in one.mergers}
    return [(entry, entry.data(), entry.version in counting) for entry in reversed(entries)]


def _url(one: Organisation) -> str:
    return url_for("organisations.organisation", organisation_id=str(one.id))


# ── renaming ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rename(room: Room, one: Organisation, values: Mapping[str, str]) -> Response:
    changes = changed_parts(one, values, (language_of_reader(), "en"))
    reason, on = reason_of(values), date_of(values) if values.get("on") else None
    recorded = room.register.rename(editor().actor, str(one.id), changes, on=on, reason=reason)
    noted(room, "rename", f"organisation:{one.id}", position=recorded.position, code=reason.code)
    return after(_url(one), "renamed")


# ── merging ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def would_stand_twice(register: Register, one: str, other: str) -> list[str]:
    """List the statements under which two registrations both stand, as one body would stand twice."""
    with register.store.reading() as transaction:
        groups = [heads.group(transaction, id_) for id_ in (one, other)]
        stands = [{ref for id_ in group for _, ref in heads.standing_of(transaction, id_)} for group in groups]
    return sorted(stands[0] & stands[1])


def _merger_page(
    room: Room, lists: Lists, one: Organisation, values: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    question = values.get("q", "").replace("\0", "").strip()
    found = lists.organisations(query=question, limit=CHOICES, drafts=True)["organisations"] if question else []
    other = room.register.organisation(values["into"]) if values.get("into") else None
    return page(
        "merger.html",
        422 if errors else 200,
        one=one,
        other=other,
        twice=would_stand_twice(room.register, str(one.id), str(other.id)) if other else [],
        found=[each for each in found if each["organisation_id"] != str(one.id)],
        question=question,
        values=values,
        errors=errors,
    )


def _merge(room: Room, lists: Lists, one: Organisation, values: Mapping[str, str]) -> Response:
    try:
        reason, into = reason_of(values), values.get("into", "")
        if not into:
            raise InvalidInput(_("Choose the other registration."), field="q")
        propose(room, "merge", f"organisation:{one.id}", {"into": into, "code": reason.code}, reason.note)
    except NotFound:
        return _merger_page(room, lists, one, {**values, "into": ""}, {"q": _("Choose the other registration.")})
    except RegisterError as refused:
        return _merger_page(room, lists, one, values, beside(refused))
    return after(_url(one), "proposed")


def _merger_at(register: Register, one: Organisation, position: int) -> None:
    """Refuse what is no merger of this registration that still counts."""
    if not any(counts and entry.position == position for entry, _data, counts in _history(register, one)):
        raise Refused(_("Position %(position)s holds no merger of this organisation that counts.", position=position))


def _unmerging(one: Organisation) -> Question:
    what = [
        _("The two registrations are two bodies again, for all dates. Lists stay as recorded."),
        _("The history keeps the merger and that it was taken back."),
        _("A second editor must confirm this before it happens."),
    ]
    return Question(
        _("Take the merger back"),
        what,
        _("Propose it"),
        back=_url(one),
        about=one.spellings()[-1]["name"] or _("Name withheld"),
        about_language=one.spellings()[-1]["name_language"] or "",
        place="organisations",
        asks=("reason",),
    )


def _unmerge(room: Room, one: Organisation, position: int, values: Mapping[str, str]) -> Response:
    reason = reason_of(values)
    propose(room, "unmerge", f"organisation:{one.id}", {"position": position, "code": reason.code}, reason.note)
    return after(_url(one), "proposed")

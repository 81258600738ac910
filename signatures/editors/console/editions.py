"""The console's pages of editions: what the next one absorbs, drops and renumbers; publishing it now or at an hour to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.editors.console.keeping import (
    Answer,
    Lists,
    after,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    typed,
)
from signatures.editors.console.termsform import deadline_words, typed_deadline
from signatures.editors.console.wording import Words
from signatures.editors.publishing import Orders, Preview, arranged, orders_seen, preview, publish
from signatures.editors.schedule import Planned
from signatures.editors.signing_in import signed_in
from signatures.errors import InvalidInput, InvalidTime, NotFound, RegisterError
from signatures.intake import closing
from signatures.intake.acceptance import current_text
from signatures.room import Room
from signatures.statement import Statement, parse_date
from signatures.web import catalogues

MOST = 1_000  # lines of the next edition that the page shows
AT = "/editors/statements/<reference>/editions"
PLANNED = {"version_label": "plan_label", "at": "at_hour"}
"""The fields of a plan under which what is refused of it stands."""


class Next(NamedTuple):
    """The next edition as it would be: what was asked for, what it would change, and by what it is recognised."""

    number: int
    as_of: str
    language: str
    languages: list[str]
    preview: Preview
    version: int
    seen: str
    as_received: bool
    warnings: list[str]


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `publishing`: /editors/statements/REF/editions."""
    publishing = Blueprint("publishing", __name__)

    @publishing.get(AT)
    @signed_in()
    def editions(reference: str) -> Response:
        """Show what the next edition would be, and what is planned."""
        known_parameters("as_of", "language")
        told = lists.statement(reference, drafts=True)
        asked = {name: request.args.get(name, "").strip() for name in ("as_of", "language")}
        return _page(room, lists, told, asked, {})

    @publishing.post(f"{AT}/publication")
    @signed_in("editor", "admin")
    def publish_now(reference: str) -> Response:
        """Publish the edition that was looked at, or show it again with what changed meanwhile."""
        told, values = lists.statement(reference, drafts=True), typed()
        try:
            return _publish(room, told, values)
        except RegisterError as refused:
            return _page(room, lists, told, values, beside(refused))

    @publishing.post(f"{AT}/plans")
    @signed_in("editor", "admin")
    def plan(reference: str) -> Response:
        """Plan an edition for an hour to come, or ask which hour is meant."""
        told, values = lists.statement(reference, drafts=True), typed()
        try:
            return _plan(room, told, values)
        except RegisterError as refused:
            errors = beside(refused, "at_hour")
            return _page(room, lists, told, values, {PLANNED.get(name, name): said for name, said in errors.items()})

    @publishing.post(f"{AT}/plans/<id_>/cancellation")
    @signed_in("editor", "admin")
    def cancel(reference: str, id_: str) -> Response:
        """Cancel a plan."""
        return _cancel(room, lists.statement(reference, drafts=True), id_)

    return publishing


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(room: Room, lists: Lists, told: Answer, values: Mapping[str, str], errors: dict[str, Any]) -> Response:
    statement = room.register.statement(told["reference"])
    try:
        upcoming = _next(room, lists, told, statement, values)
    except InvalidTime as refused:
        errors = {"as_of": catalogues.told(refused.said), **errors}
        upcoming = _next(room, lists, told, statement, {})
    words = Words(room)
    return page(
        "editions.html",
        422 if errors else 200,
        told=told,
        next=upcoming,
        most=MOST,
        values=values,
        errors=errors,
        discarded=statement.discarded,
        today=room.register.today(statement).isoformat(),
        planned=[_planned(one, told, words) for one in room.schedule.waiting(told["reference"])],
        past=[_planned(one, told, words) for one in room.schedule.past(told["reference"])],
    )


def _next(room: Room, lists: Lists, told: Answer, statement: Statement, asked: Mapping[str, str]) -> Next:
    """Tell the next edition; the version is read first, so that what is recorded meanwhile makes it stale."""
    as_of = _date_of(room, statement, asked.get("as_of") or "")
    own = str(told["default_language"])
    now = lists.whole(told["reference"], as_of=as_of, show="annotated", language=own, drafts=True)
    standing = [one for one in (*now["numbered"], *now["subsequent"]) if one["status"] == "standing"]
    orders = arranged(room, told["reference"], list(dict.fromkeys(one["signature_id"] for one in standing)))
    language = asked["language"] if asked.get("language") in (orders or {}) else own
    shown = now if language == own else lists.whole(
        told["reference"], as_of=as_of, show="annotated", language=language, drafts=True
    )  # fmt: skip
    changes = preview(shown, orders[language] if orders and language in orders else None)
    return Next(
        number=statement.edition + 1,
        as_of=as_of,
        language=language,
        languages=sorted(orders or [own], key=lambda one: (one != own, one)),
        preview=changes,
        version=statement.version,
        seen=orders_seen(orders),
        as_received=orders is None,
        warnings=_warnings(room, lists, told, statement, changes, orders, as_of),
    )


def _date_of(room: Room, statement: Statement, text: str) -> str:
    today = room.register.today(statement).isoformat()
    on = parse_date("as_of", text).isoformat() if text else today
    if on > today or on < (statement.edition_as_of or ""):
        raise InvalidTime(_("An edition’s date is today or earlier, and not before that of the last edition."))
    return on


def _warnings(
    room: Room,
    lists: Lists,
    told: Answer,
    statement: Statement,
    changes: Preview,
    orders: Orders | None,
    as_of: str,
) -> list[str]:
    """Say what an editor might overlook."""
    said: list[str] = []
    if not statement.edition:
        said.append(
            _("This is the first edition: the statement becomes public, with every entry of its record so far.")
        )
    if statement.edition_as_of == as_of:
        said.append(_("The last edition is of this day, too: this one takes its place in the lists from this day on."))
    if statement.edition and not (changes.absorbed or changes.dropped or changes.moved):
        said.append(_("Nobody came, left or moved since the last edition."))
    counts = room.intake.counts(told["reference"])
    if waiting := sum(counts.get(state, 0) for state in ("confirmed", "asked", "accepting")):
        said.append(
            ngettext("%(num)s entry still waits for an editor and is not in it.",
                     "%(num)s entries still wait for an editor and are not in it.", waiting)
        )  # fmt: skip
    said += _of_texts(lists, told, statement) + _of_orders(told, changes, orders)
    return said


def _of_texts(lists: Lists, told: Answer, statement: Statement) -> list[str]:
    present = current_text(statement)
    shas = {one["text_sha256"] for one in lists.versions(told["reference"], drafts=True)}
    if present is None or len(shas) < 2:
        return []
    signed = lists.signed_texts(told["reference"], drafts=True).values()
    if other := sum(one["text_sha256"] != present for one in signed if one["language"] == told["default_language"]):
        return [
            ngettext("%(num)s signatory signed an earlier version of the text; the list says so.",
                     "%(num)s signatories signed an earlier version of the text; the list says so.", other)
        ]  # fmt: skip
    return []


def _of_orders(told: Answer, changes: Preview, orders: Orders | None) -> list[str]:
    """Tell which languages of texts have no order of their own, and which leave entries out."""
    said: list[str] = []
    for language, lines in sorted((orders or {}).items()):
        missing = changes.places - sum(line.kind != "section" for line in lines)
        if missing > 0 and language != told["default_language"]:
            said.append(
                ngettext("The order in %(language)s leaves out %(num)s entry.",
                         "The order in %(language)s leaves out %(num)s entries.", missing, language=language)
            )  # fmt: skip
    return said


def _planned(one: Planned, told: Answer, words: Words) -> dict[str, Any]:
    return {
        "plan": one,
        "hour": closing.hour_of(one.at, told["time_zone"]),
        "zone": closing.zone_of(one.at, told["time_zone"]),
        "by": words.who(one.scheduled_by),
    }


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _publish(room: Room, told: Answer, values: Mapping[str, str]) -> Response:
    reference = told["reference"]
    version = values.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 12):
        raise InvalidInput(_("Look at the edition again first."), field="form")
    recorded = publish(
        room,
        editor().actor,
        reference,
        as_of=parse_date("as_of", values.get("as_of", "")).isoformat(),
        version_label=values.get("version_label") or None,
        version=int(version),
        seen=values.get("seen", ""),
    )
    noted(room, "publish", f"statement:{reference}", position=recorded.position)
    return after(url_for("publishing.editions", reference=reference), "published")


def _plan(room: Room, told: Answer, values: Mapping[str, str]) -> Response:
    reference, zone = told["reference"], told["time_zone"]
    statement = room.register.statement(reference)
    at = _hour(values, zone)
    if statement.discarded or statement.retractions:
        raise InvalidInput(
            _("This statement was taken back or discarded; no edition of it is published any more."), field="form"
        )
    if not statement.texts:
        raise InvalidInput(_("The statement has no title yet. Set one first."), field="form")
    planned = room.schedule.plan(reference, at, editor().ref, values.get("plan_label") or None)
    noted(room, "schedule", f"statement:{reference}", at=planned.at)
    return after(url_for("publishing.editions", reference=reference), "scheduled")


def _hour(values: Mapping[str, str], zone: str) -> str:
    """Read the hour on the statement's clocks; one that occurs twice or never is asked about."""
    try:
        at = typed_deadline(
            {f"deadline_{part}": values.get(f"at_{part}", "") for part in ("day", "hour", "fold")}, zone
        )
    except InvalidInput as refused:
        sentence = deadline_words(refused, zone)
        raise InvalidInput(sentence, field="at_hour", offsets=refused.details.get("offsets", [])) from refused
    if at is None:
        raise InvalidInput(_("Write the day and the hour."), field="at_hour")
    return at


def _cancel(room: Room, told: Answer, id_: str) -> Response:
    if room.schedule.get(id_).reference != told["reference"]:
        raise NotFound(_("Nothing of this statement is planned under that number."))
    planned = room.schedule.cancel(id_, editor().ref)
    noted(room, "unschedule", f"statement:{told['reference']}", at=planned.at)
    return after(url_for("publishing.editions", reference=told["reference"]), "unscheduled")

"""The console's pages of imports: a file is sent, its lines are looked at and corrected, and only then written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _

from signatures.editors.console import importpages as pages
from signatures.editors.console.keeping import (
    Question,
    after,
    attempt,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    typed,
)
from signatures.editors.signing_in import signed_in, visitor
from signatures.errors import BodyTooLarge, InvalidInput, Refused, RegisterError
from signatures.importing import Report
from signatures.importing.sources import read_source
from signatures.importing.sources.reading import report_of
from signatures.imports import correcting, writing
from signatures.imports.suggesting import suggest
from signatures.register import TEXT_LIMIT
from signatures.room import Room

AT = "/editors/imports"
ONE = f"{AT}/<import_id>"
ROOM = 64 * 1024  # of a form beside the file that it carries


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `importing`: /editors/imports and each of them."""
    importing = Blueprint("importing", __name__)

    @importing.url_value_preprocessor
    def large(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        """Take a whole file of whoever is signed in; anybody else's form is as small as every other."""
        if request.method != "POST" or visitor() is None:
            return
        request.max_content_length = request.max_form_memory_size = TEXT_LIMIT + ROOM
        if (request.content_length or 0) > TEXT_LIMIT + ROOM:
            raise BodyTooLarge(_("A file can hold %(size)s MiB. Nothing was recorded.", size=TEXT_LIMIT // 2**20))

    @importing.get(AT)
    @signed_in()
    def listing() -> Response:
        """List the imports in progress, with the form for another file."""
        known_parameters()
        return pages.listing(room, {}, {})

    @importing.post(AT)
    @signed_in("editor", "admin")
    def upload() -> Response:
        """Read a file and go on to what was read; nothing is written."""
        try:
            return after(url_for("importing.lines", import_id=_stage(room)), "")
        except RegisterError as refused:
            return pages.listing(room, typed(), beside(refused, "file"))

    _looking(importing, room)
    _writing(importing, room)
    return importing


def _looking(importing: Blueprint, room: Room) -> None:
    @importing.get(ONE)
    @signed_in()
    def lines(import_id: str) -> Response:
        """Show what each line of the file became, and why."""
        known_parameters("show", "start", "entry")
        return pages.lines(room, import_id, {}, {})

    @importing.post(f"{ONE}/entries/<int:at>")
    @signed_in("editor", "admin")
    def correct(import_id: str, at: int) -> Response:
        """Correct an entry, leave it out, join or part it; or show it again with what needs another look."""
        values = typed()
        return _changed(room, import_id, values, lambda report: _corrected(room, import_id, report, at, values), at)

    @importing.post(f"{ONE}/lines/<int:line>")
    @signed_in("editor", "admin")
    def take(import_id: str, line: int) -> Response:
        """Make an entry of a line that was left out."""
        return _changed(room, import_id, typed(), lambda report: _taken(room, report, line), None)


def _writing(importing: Blueprint, room: Room) -> None:
    @importing.get(f"{ONE}/confirmation")
    @signed_in()
    def confirmation(import_id: str) -> Response:
        """Ask for what is to be known of the statement, and say what will be written."""
        known_parameters()
        return pages.confirmation(room, import_id, None, {})

    @importing.post(f"{ONE}/confirmation")
    @signed_in("editor", "admin")
    def confirm(import_id: str) -> Response:
        """Begin to write; or ask again with what was refused."""
        values = typed()
        try:
            return _begin(room, import_id, values)
        except RegisterError as refused:
            return pages.confirmation(room, import_id, values, beside(refused, "form"))

    @importing.get(f"{ONE}/progress")
    @signed_in()
    def progress(import_id: str) -> Response:
        """Tell how far the writing has come."""
        known_parameters()
        return page("import_progress.html", one=room.staged_imports.get(import_id))

    @importing.route(f"{ONE}/removal", methods=["GET", "POST"])
    @signed_in()
    def remove(import_id: str) -> Response:
        """Ask once more, then throw an import away."""
        one = room.staged_imports.get(import_id)
        return attempt(_removing(one.name, import_id), lambda _values: _remove(room, import_id))


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _stage(room: Room) -> str:
    """Read the file that was sent, or the text that was pasted."""
    sent, pasted, language = request.files.get("file"), request.form.get("text", ""), typed().get("language") or None
    raw = sent.read(TEXT_LIMIT + 1) if sent is not None and sent.filename else b""
    name = (sent.filename if sent is not None and raw else None) or _("pasted text")
    raw = raw or pasted.encode()
    if not raw.strip():
        raise InvalidInput(_("Choose a file, or paste a text."), field="file")
    if len(raw) > TEXT_LIMIT:
        raise InvalidInput(
            _("A file can hold %(size)s MiB. Nothing was recorded.", size=TEXT_LIMIT // 2**20), field="file"
        )
    source = read_source(raw, name)
    report = report_of(source, language=language)
    if not report.entries and not report.skipped:
        raise InvalidInput(_("There is no line in this file."), field="file")
    return room.staged_imports.stage(
        name, raw, source, suggest(room.register, report, report.language or "und"), editor().ref
    )


# ── correcting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _changed(
    room: Room, import_id: str, values: dict[str, str], change: Callable[[Report], Report], at: int | None
) -> Response:
    """Keep a correction and go on to the list where one was, or show the entry again."""
    try:
        version = int(values.get("version", "")[:9]) if values.get("version", "").isdecimal() else -1
        room.staged_imports.change(import_id, version, change(room.staged_imports.report(import_id)))
    except RegisterError as refused:
        return pages.lines(room, import_id, {**values, "at": at}, beside(refused, "form"))
    return cast("Response", redirect(pages.back(import_id, values, at), 303))


def _corrected(room: Room, import_id: str, report: Report, at: int, values: dict[str, str]) -> Report:
    match values.get("do"):
        case "leave":
            return correcting.left_out(report, at, [line.text for line in room.staged_imports.lines(import_id)])
        case "join":
            return _with_suggestions(room, correcting.joined(report, at), at)
        case "part":
            return _with_suggestions(room, correcting.parted(report, at, request.form.get("raw", "")), at)
        case "keep":
            return _with_suggestions(room, correcting.corrected(report, at, values), at)
        case _:
            raise Refused(_("There is nothing of that name that could be done."))


def _taken(room: Room, report: Report, line: int) -> Report:
    fresh = correcting.taken(report, line)
    return _with_suggestions(room, fresh, next(at for at, entry in enumerate(fresh.entries) if entry.lines[0] == line))


def _with_suggestions(room: Room, report: Report, at: int) -> Report:
    """Look up which registered organisations the entry may be, now that it reads otherwise."""
    return pages.looked_up(room, report, at)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _begin(room: Room, import_id: str, values: dict[str, str]) -> Response:
    report, given = room.staged_imports.report(import_id), pages.given_of(values)
    plan = writing.plan_of(report, given)
    if values.get("do") != "write" or values.get("count") != str(len(report.entries)):
        return pages.confirmation(room, import_id, values, {}, weighed=plan)
    pages.refuse_persons(report, values)
    version = int(values.get("version", "")[:9]) if values.get("version", "").isdecimal() else -1
    room.staged_imports.begin(import_id, version, given, plan.reference)
    noted(
        room,
        "import",
        f"statement:{plan.reference}",
        count=len(report.entries),
        kind=room.staged_imports.get(import_id).kind,
    )
    writing.write(room, import_id, writing.AT_ONCE)
    return after(url_for("importing.progress", import_id=import_id), "")


def _remove(room: Room, import_id: str) -> Response:
    room.staged_imports.remove(import_id)
    return after(url_for("importing.listing"), "removed")


def _removing(name: str, import_id: str) -> Question:
    what = [_("What was read of this file and every correction of it is erased. The register stays as it is.")]
    return Question(
        _("Throw this import away"),
        what,
        _("Throw it away"),
        back=url_for("importing.lines", import_id=import_id),
        about=name,
    )

"""What the console's pages of imports show: the lines with what they became, one entry's form, and the sum to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from flask import Response, request, url_for
from flask_babel import gettext as _

from signatures.editors.console.keeping import page
from signatures.errors import BadQuery, InvalidInput
from signatures.importing import ProposedEntry, Report, Skipped
from signatures.importing.reasons import CHECKED, KINDS
from signatures.imports.staged import Line, Staged
from signatures.imports.suggesting import suggested
from signatures.imports.text import TextImport, persons
from signatures.room import Room
from signatures.web.catalogues import LANGUAGES, told
from signatures.web.words import language_name

PAGE = 100
SHOWN = ("look", "all", "left")
GIVEN = ("reference", "title", "kind", "issuer", "issued_on", "language", "as_of", "time_zone", "subsequent_on")


class Shown(NamedTuple):
    """One row of the page: an entry with its number in the list, or a line that was left out; and the lines it stands on."""

    at: int | None
    entry: ProposedEntry | None
    left: Skipped | None
    lines: Sequence[tuple[int, Line]]

    @property
    def first(self) -> int:
        """The line that it begins on."""
        return self.entry.lines[0] if self.entry else self.left.line if self.left else 0

    @property
    def kind(self) -> str:
        """What kind of line was left out."""
        return told(KINDS[self.left.kind]) if self.left else ""

    @property
    def why(self) -> str:
        """The reasons for what became of it, with the texts of the list set apart from the words around them."""
        one = self.entry or self.left
        return _("; ").join(map(told, one.reasons)) if one else ""


def listing(room: Room, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    """Show the imports in progress and the form for another file."""
    languages = [(code, language_name(code)) for code in LANGUAGES]
    return page(
        "imports.html",
        422 if errors else 200,
        imports=room.staged_imports.list(),
        values=values,
        errors=errors,
        tongues=languages,
    )


def lines(room: Room, import_id: str, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response:
    """Show what the lines became: those to look at, all, or those left out; one entry with its form."""
    one = room.staged_imports.get(import_id)
    if one.state != "open":
        return page("import_progress.html", 409 if errors else 200, one=one)
    show, start, at = _asked(values)
    report, source = room.staged_imports.report(import_id), room.staged_imports.lines(import_id)
    rows = {name: _rows(report, source, name) for name in SHOWN}
    show = show or ("look" if rows["look"] else "all")
    return page(
        "import_lines.html",
        422 if errors else 200,
        one=one,
        report=report,
        shown=rows[show][start : start + PAGE],
        counts={name: len(found) for name, found in rows.items()},
        show=show,
        start=start,
        size=PAGE,
        total=len(rows[show]),
        chosen=at,
        values=values,
        errors=errors,
        sums=sums_of(report),
    )


def _asked(values: Mapping[str, Any]) -> tuple[str, int, int | None]:
    """Read which lines are asked for, of the address or of the form that is shown again."""
    show = str(values.get("show") or request.args.get("show", ""))
    if show not in ("", *SHOWN):
        raise BadQuery(_("%(name)s is one of %(choices)s.", name="show", choices=", ".join(SHOWN)))
    numbers = []
    for name in ("start", "entry"):
        text = str(values.get(name) or request.args.get(name, ""))
        if text and not (text.isascii() and text.isdecimal() and len(text) < 7):
            raise BadQuery(_("%(name)s is a number.", name=name))
        numbers.append(int(text) if text else None)
    at = values.get("at")
    return show, numbers[0] or 0, at if at is not None else numbers[1]


def _rows(report: Report, source: Sequence[Line], show: str) -> list[Shown]:
    entries = [Shown(at, entry, None, _lines_of(source, *entry.lines)) for at, entry in enumerate(report.entries)]
    left = [Shown(None, None, one, _lines_of(source, one.line, one.line)) for one in report.skipped]
    if show == "look":
        return [row for row in entries if row.entry is not None and needs_a_look(row.entry)]
    return left if show == "left" else sorted((*entries, *left), key=lambda row: row.first)


def _lines_of(source: Sequence[Line], first: int, last: int) -> list[tuple[int, Line]]:
    return [(number, source[number - 1]) for number in range(first, last + 1) if 0 < number <= len(source)]


def needs_a_look(entry: ProposedEntry) -> bool:
    """Tell whether a person should look at an entry: it is not sure, or near to a registered body without being it."""
    near = bool(entry.suggestions) and not entry.organisation and not any(one.same for one in entry.suggestions)
    return CHECKED not in entry.reasons and (entry.confidence != "sure" or near)


def sums_of(report: Report) -> dict[str, int]:
    """Count what would be written."""
    later = sum(entry.subsequent for entry in report.entries)
    return {
        "numbered": len(report.entries) - later,
        "later": later,
        "known": sum(
            bool(entry.organisation or any(one.same for one in entry.suggestions)) for entry in report.entries
        ),
        "twice": sum(entry.signature_of is not None for entry in report.entries),
        "look": sum(needs_a_look(entry) for entry in report.entries),
        "left": len(report.skipped),
    }


def back(import_id: str, values: Mapping[str, str], at: int | None) -> str:
    """Tell where one goes on after a correction: the same list, at the same place."""
    show = values.get("show") if values.get("show") in SHOWN else None
    start = values.get("start") if values.get("start", "").isdecimal() and values.get("start") != "0" else None
    anchor = None if at is None else f"e{at}"
    return url_for("importing.lines", import_id=import_id, show=show, start=start, done="kept", _anchor=anchor)


def looked_up(room: Room, report: Report, at: int) -> Report:
    """Look up which registered organisations an entry may be."""
    entries = list(report.entries)
    entries[at] = suggested(room.register, replace(entries[at], suggestions=()), report.language or "und")
    return replace(report, entries=tuple(entries))


# ── the sum, before it is written ────────────────────────────────────────────────────────────────────────────────────


def confirmation(
    room: Room,
    import_id: str,
    values: Mapping[str, str] | None,
    errors: Mapping[str, str],
    weighed: TextImport | None = None,
) -> Response:
    """Ask for what is to be known of the statement; with a plan, say what will be written."""
    one = room.staged_imports.get(import_id)
    if one.state != "open":
        return page("import_progress.html", 409 if errors else 200, one=one)
    report = room.staged_imports.report(import_id)
    return page(
        "import_confirmation.html",
        422 if errors else 200,
        one=one,
        report=report,
        values=_proposed(one, report) if values is None else values,
        errors=errors,
        weighed=weighed,
        sums=sums_of(report),
        persons=persons(report),
        zones=sorted({"UTC", "Europe/Berlin", "Europe/Paris", "Europe/Istanbul", "America/New_York", "Africa/Nairobi"}),
    )


def _proposed(one: Staged, report: Report) -> dict[str, str]:
    """Fill the form in with what the file says."""
    told = {"title": report.title, "kind": report.kind, "issuer": report.issuer, "issued_on": report.issued_on}
    more = {"language": report.language, "as_of": report.as_of, "time_zone": "UTC", "reference": one.reference}
    return {name: value or "" for name, value in {**told, **more}.items()}


def given_of(values: Mapping[str, str]) -> dict[str, str]:
    """Read what was typed of the statement; what must be there is asked for by its name."""
    given = {name: values.get(name, "") for name in GIVEN}
    asked = {
        "reference": _("Write the reference under which the statement is kept here."),
        "as_of": _("Write the date as of which the list holds."),
        "language": _("Write the language in which the statement is printed, for example en."),
    }
    for name, sentence in asked.items():
        if not given[name]:
            raise InvalidInput(sentence, field=name)
    return {**given, "time_zone": given["time_zone"] or "UTC"}


def refuse_persons(report: Report, values: Mapping[str, str]) -> None:
    """Leave it to an editor to answer for entries that look like persons."""
    if persons(report) and values.get("persons") != "yes":
        raise InvalidInput(
            _("Some entries look like persons. Leave them out, or tick that you answer for them."), field="persons"
        )

"""Corrections of a report by a person who looks at it: pure, each gives a new report in which every line is still told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask_babel import gettext as _

from signatures.errors import InvalidInput
from signatures.importing import ProposedEntry, Report, Skipped
from signatures.importing.confidence import SURE
from signatures.importing.doubles import mark_doubles
from signatures.importing.naming import names
from signatures.importing.reading import name_language
from signatures.importing.reasons import CHECKED, LEFT_OUT, MAY_BE_SAME, PRINTED_BEFORE, Reason

TEXTS = ("name", "acronym", "transliteration", "translation", "name_language", "country", "section")
FEWEST = 2  # entries that one is parted into
MOST = 50


def corrected(report: Report, at: int, typed: Mapping[str, str]) -> Report:
    """Set the fields of an entry to what was typed; an empty one is not printed."""
    entry = _entry(report, at)
    if not typed.get("name"):
        raise InvalidInput(_("An entry needs a name. If this is no entry, leave it out."), field="name")
    texts = {field: typed[field] or None for field in TEXTS if field in typed}
    number = _number(typed["number"]) if "number" in typed else entry.number
    more = {
        "number": number,
        "subsequent": bool(typed.get("subsequent")),
        "organisation": typed.get("organisation") or None,
    }
    fresh = replace(entry, **texts, **more, confidence=SURE, reasons=_checked(entry.reasons))  # type: ignore[arg-type]
    return _with(report, [*report.entries[:at], fresh, *report.entries[at + 1 :]])


def left_out(report: Report, at: int, lines: Sequence[str]) -> Report:
    """Take an entry out of the list; its lines are told among those left out."""
    entry = _entry(report, at)
    others = [*report.entries[:at], *report.entries[at + 1 :]]
    taken = {number for one in others for number in _numbers(one)}
    gone = [
        Skipped(n, lines[n - 1], "left-out", (LEFT_OUT,))
        for n in _numbers(entry)
        if n not in taken and lines[n - 1].strip()
    ]
    return _with(report, others, [*report.skipped, *gone])


def taken(report: Report, line: int) -> Report:
    """Make an entry of a line that was left out, at its place in the list."""
    found = next((one for one in report.skipped if one.line == line), None)
    if found is None:
        raise InvalidInput(_("This line was taken already. Look at the list again."))
    before = [entry for entry in report.entries if entry.lines[0] < line]
    model = before[-1] if before else None
    fresh = _made(found.text, (line, line), model, report.language)
    skipped = [one for one in report.skipped if one.line != line]
    return _with(report, [*before, fresh, *report.entries[len(before) :]], skipped)


def joined(report: Report, at: int) -> Report:
    """Join an entry with the next one; what was left out between the two belongs to it."""
    entry = _entry(report, at)
    if at + 1 >= len(report.entries):
        raise InvalidInput(_("This is the last entry. There is none to join it with."))
    other = report.entries[at + 1]
    lines = (min(entry.lines[0], other.lines[0]), max(entry.lines[1], other.lines[1]))
    fresh = replace(_made(f"{entry.raw} {other.raw}", lines, entry, report.language), number=entry.number)
    skipped = [one for one in report.skipped if not lines[0] <= one.line <= lines[1]]
    return _with(report, [*report.entries[:at], fresh, *report.entries[at + 2 :]], skipped)


def parted(report: Report, at: int, text: str) -> Report:
    """Part an entry where line breaks were typed into it; each part is read anew."""
    entry = _entry(report, at)
    parts = [part for part in (" ".join(line.split(" ")).strip() for line in text.splitlines()) if part]
    if not FEWEST <= len(parts) <= MOST:
        raise InvalidInput(_("Put a line break where the next entry begins."), field="raw")
    if "".join("".join(parts).split()) != "".join(entry.raw.split()):
        raise InvalidInput(_("Only put line breaks in; correct the words afterwards."), field="raw")
    fresh = [_made(part, entry.lines, entry, report.language) for part in parts]
    fresh[0] = replace(fresh[0], number=entry.number)
    return _with(report, [*report.entries[:at], *fresh, *report.entries[at + 1 :]])


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _entry(report: Report, at: int) -> ProposedEntry:
    if not 0 <= at < len(report.entries):
        raise InvalidInput(_("There is no such entry any more. Look at the list again."))
    return report.entries[at]


def _made(raw: str, lines: tuple[int, int], model: ProposedEntry | None, language: str | None) -> ProposedEntry:
    """Read a text as an entry, with the section of the one beside it."""
    parts = names.take_apart(raw, names.custom_of([], language))
    section, later = (model.section, model.subsequent) if model else (None, False)
    return ProposedEntry(
        None, raw, lines, section, parts.country, None, parts.acronym, parts.name, parts.transliteration, parts.translation,
        name_language(parts.name), parts.confidence, (CHECKED, *parts.reasons), later, None,
    )  # fmt: skip


def _with(report: Report, entries: Sequence[ProposedEntry], skipped: Sequence[Skipped] | None = None) -> Report:
    """Give the report these entries; which of them print an organisation twice is found out anew."""
    alone = [replace(entry, signature_of=None, reasons=_without_doubles(entry.reasons)) for entry in entries]
    marked = mark_doubles(alone)
    kept = [
        replace(one, confidence=before.confidence) if CHECKED in before.reasons else one
        for one, before in zip(marked, alone, strict=True)
    ]
    sections = tuple(dict.fromkeys(entry.section for entry in kept if entry.section))
    told = report.skipped if skipped is None else tuple(sorted(skipped, key=lambda one: one.line))
    return replace(report, entries=tuple(kept), skipped=tuple(told), sections=sections)


def _without_doubles(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(one for one in reasons if not (one.says(PRINTED_BEFORE) or one.says(MAY_BE_SAME)))


def _checked(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return reasons if CHECKED in reasons else (CHECKED, *reasons)


def _numbers(entry: ProposedEntry) -> range:
    return range(entry.lines[0], entry.lines[1] + 1)


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 7 and int(text)):
        raise InvalidInput(_("Write the number as printed, or leave it empty."), field="number")
    return int(text)

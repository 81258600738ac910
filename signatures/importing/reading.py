"""Reading a printed statement: the stages in their order, from lines to a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signatures.importing import reasons
from signatures.importing.confidence import DOUBTFUL, LIKELY
from signatures.importing.doubles import mark_doubles
from signatures.importing.entries import walk
from signatures.importing.entries.drafts import Draft, Reading
from signatures.importing.finding import heading, preamble, unheaded
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.languages import language_of, scores
from signatures.importing.lexicon.words import fold, vocabulary, words
from signatures.importing.lines import columns, evidence, kinds, remarks
from signatures.importing.lines.headwords import is_heading_word, is_later_heading, languages_of_heading
from signatures.importing.lines.line import Line, split
from signatures.importing.naming import names
from signatures.importing.parting.abreast import side_by_side
from signatures.importing.parting.blocks import in_blocks
from signatures.importing.parting.running import run_in
from signatures.importing.parting.separators import without_letters, without_separators
from signatures.importing.parting.stacked import beside_names
from signatures.importing.reasons import Left, Reason
from signatures.importing.report import ProposedEntry, Report, Skipped


def read_printed(text: str, *, language: str | None = None) -> Report:
    """Read a printed statement and propose its data and entries; nothing is decided and nothing is written.

    `language` is the statement's, as a BCP 47 tag; left out, it is proposed. A text without a list has no entries.
    """
    lines = in_blocks(beside_names(run_in(side_by_side(without_separators(without_letters(split(text)))))))
    start = _start(lines)
    top = len(lines) if start is None else start.first if start.heading is None else start.heading
    lines, sealed = _without_checkpoint(lines, top)
    before = preamble.read(lines, top)
    skipped = dict(before.skipped) | sealed
    if start is None:
        return _report(lines, before, None, None, [], Reading(), skipped, language or _language(before, None, []))
    read = walk.read(lines, start.first)
    as_of, note = _as_of(lines, start, before.year)
    _heading_lines(start, note, skipped)
    skipped |= read.skipped
    tongue = language or _language(before, lines[start.heading] if start.heading is not None else None, read.sections)
    proposed = _proposed(lines, read, tongue, headed=start.heading is not None)
    return _report(lines, before, start, as_of, proposed, read, skipped, tongue)


def _start(lines: Sequence[Line]) -> heading.Start | None:
    """Find the list's beginning; an entry that only sounds like a heading yields to a list that begins above it."""
    found = heading.find(lines)
    if found is None or found.heading is None:
        return unheaded.find(lines)
    head = lines[found.heading]
    if not is_later_heading(head) and (any(map(is_heading_word, head.words)) or head.bare.endswith((":", "\uff1a"))):
        return found
    above = unheaded.find(lines)
    reaches = above is not None and above.first < found.heading < evidence.names_below(lines, above.first)[1]
    return above if reaches else found


def _without_checkpoint(lines: list[Line], top: int) -> tuple[list[Line], dict[int, Left]]:
    """Take out the checkpoint that a register writes right before its list."""
    last = max((index for index, line in enumerate(lines[:top]) if not line.blank), default=None)
    if last is None or not kinds.is_checkpoint(lines[last]):
        return lines, {}
    taken = [replace(line, text="") if index == last else line for index, line in enumerate(lines)]
    return taken, {last: ("checkpoint", (reasons.CHECKPOINT,))}


def _language(before: preamble.Preamble, head: Line | None, sections: Sequence[str]) -> str | None:
    if before.footer_language:
        return before.footer_language
    if found := language_of(before.body if len(before.body) > 200 else f"{before.title} {before.body}"):
        return found
    named = [tag for words in ([head.words] if head else []) for tag in languages_of_heading(words)]
    return named[0] if named else language_of(" ".join(sections))


def _as_of(lines: Sequence[Line], start: heading.Start, year: int | None) -> tuple[str | None, Reason | None]:
    """Read the as-of date of the heading; the second value tells what had to be added or asked."""
    for index in start.lines:
        for printed in remarks.as_of_dates(lines[index]):
            if printed.ambiguous:
                return None, reasons.TWO_DATES
            if (whole := printed.iso()) is not None:
                return whole, None
            if (guess := printed.iso(year)) is not None:
                return guess, reasons.YEAR_GUESSED.of(year=str(year))
            if printed.day is not None and year is None:
                return None, reasons.NO_YEAR
    return None, None


def _heading_lines(start: heading.Start, note: Reason | None, skipped: dict[int, Left]) -> None:
    if start.heading is None:
        return
    skipped[start.heading] = ("list-heading", (*start.reasons, note) if note else start.reasons)
    for index in start.wrapped:
        skipped[index] = ("list-heading", (reasons.HEADING_RUNS_ON,))
    for index in start.remarks:
        skipped[index] = ("list-heading", (reasons.HEADING_REMARK,))


def _heading_text(lines: Sequence[Line], start: heading.Start | None) -> str | None:
    if start is None or start.heading is None:
        return None
    return " ".join(lines[index].bare for index in (start.heading, *start.wrapped))


def _proposed(lines: Sequence[Line], read: Reading, language: str | None, *, headed: bool) -> list[ProposedEntry]:
    rows = columns.squeezed([columns.split(draft.text, read.mark) for draft in read.drafts])
    cells = _cells(read, rows)
    custom = names.custom_of([row[0] for row in rows if row] if read.mark is None else [], language)
    proposed = []
    for draft, row, cell in zip(read.drafts, rows, cells, strict=True):
        parts = names.take_apart(cell.name, custom, country=cell.country, whole=read.mark is not None)
        if cell.acronym:
            parts.acronym = cell.acronym
        _add_doubts(parts, draft, cell, headed=headed)
        proposed.append(_entry(lines, draft, "\t".join(row), parts, cell))
    return mark_doubles(proposed)


def _cells(read: Reading, rows: Sequence[list[str]]) -> list[columns.Cells]:
    """Give the cells their roles, section by section, for a column may hold countries in one and remarks in another."""
    roles = columns.titles(read.titles, read.mark)
    cells: list[columns.Cells] = [columns.Cells("")] * len(rows)
    groups: dict[tuple[str | None, bool], list[int]] = {}
    for at, draft in enumerate(read.drafts):
        groups.setdefault((draft.section, draft.subsequent), []).append(at)
    for members in groups.values():
        for at, cell in zip(members, columns.assign([rows[m] for m in members], roles), strict=True):
            cells[at] = cell
    return cells


def _add_doubts(parts: names.Parts, draft: Draft, cell: columns.Cells, *, headed: bool) -> None:
    parts.reasons[:0] = draft.reasons + ([cell.reason] if cell.reason else [])
    for guess in draft.guesses:
        parts.doubt(LIKELY, guess)
    for doubt in draft.doubts:
        parts.doubt(DOUBTFUL, doubt)
    if cell.doubtful and cell.reason:
        parts.doubt(LIKELY, cell.reason)
    if not headed:
        parts.doubt(LIKELY, reasons.NO_HEADING)
    if cell.country is None and countries.known(parts.name):
        parts.doubt(DOUBTFUL, reasons.COUNTRY_ALONE)
    if set(words(draft.section or "")) & vocabulary("persons") or _titled(parts.name):
        parts.doubt(LIKELY, reasons.PERSON)


def _titled(name: str) -> bool:
    """Tell whether a name begins with the title of a person: "Dr. ", or "Ms " and no word of an organisation."""
    first = name.split(" ", 1)[0]
    if fold(first).rstrip(".") not in vocabulary("titles") or not first[:1].isupper():
        return False
    plain = first[1:].islower() and not vocabulary("name_words", "group", "groups").intersection(words(name))
    return first.endswith(".") or plain


def _entry(lines: Sequence[Line], draft: Draft, raw: str, parts: names.Parts, cell: columns.Cells) -> ProposedEntry:
    return ProposedEntry(
        number=draft.number,
        raw=raw,
        lines=(lines[draft.first].number, lines[draft.last].number),
        section=draft.section,
        country=parts.country,
        remark=cell.remark,
        acronym=parts.acronym,
        name=parts.name,
        transliteration=parts.transliteration,
        translation=parts.translation,
        name_language=name_language(parts.name),
        confidence=parts.confidence,
        reasons=tuple(dict.fromkeys(parts.reasons)),
        subsequent=draft.subsequent,
        signature_of=None,
    )


def name_language(name: str) -> str | None:
    """Propose a name's language only where more than one of its words tells it."""
    tongue = language_of(name)
    return tongue if tongue and (not name[:1].isascii() or scores(name).get(tongue, 0.0) > 1.0) else None


def _report(
    lines: Sequence[Line],
    before: preamble.Preamble,
    start: heading.Start | None,
    as_of: str | None,
    proposed: Sequence[ProposedEntry],
    read: Reading,
    skipped: dict[int, Left],
    language: str | None,
) -> Report:
    head = start.lines if start else ()
    within = {number for entry in proposed for number in range(entry.lines[0], entry.lines[1] + 1)}
    for index, line in enumerate(lines):
        if line.source.strip() and index not in skipped and line.number not in within:
            skipped[index] = ("invisible", (reasons.UNSEEN,))
    return Report(
        title=before.title,
        kind=before.kind,
        issuer=before.issuer,
        issued_on=before.issued_on,
        date_line=before.date_line,
        language=language,
        printed_number=before.printed_number,
        version_label=before.version_label,
        list_heading=_heading_text(lines, start),
        subsequent_heading=read.subsequent_heading,
        as_of=as_of,
        further_signatories_possible=any(remarks.further_possible(lines[i]) for i in head),
        body=before.body,
        sections=tuple(dict.fromkeys(read.sections)),
        entries=tuple(proposed),
        skipped=_skipped(lines, skipped, within),
    )


def _skipped(lines: Sequence[Line], skipped: dict[int, Left], within: set[int]) -> tuple[Skipped, ...]:
    """Tell every line that is no entry once; one that holds its heading and entries is told with these."""
    told = {
        lines[i].number: Skipped(lines[i].number, lines[i].source, *skipped[i]) for i in sorted(skipped, reverse=True)
    }
    return tuple(told[number] for number in sorted(told.keys() - within))

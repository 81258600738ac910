"""A file into a report: which kind it is, its lines, and what the importer makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from signatures.importing import reasons
from signatures.importing.confidence import DOUBTFUL, LIKELY, lower
from signatures.importing.lexicon.words import vocabulary, words
from signatures.importing.reading import read_printed
from signatures.importing.reasons import Reason
from signatures.importing.report import ProposedEntry, Report, Skipped
from signatures.importing.sources.docx import read_docx
from signatures.importing.sources.htmltext import read_html
from signatures.importing.sources.pdf import read_pdf
from signatures.importing.sources.plaintext import read_markdown, read_text
from signatures.importing.sources.sheets import read_sheets
from signatures.importing.sources.sniffing import kind_of
from signatures.importing.sources.source import Source
from signatures.importing.sources.tables import read_csv, read_xlsx

LAID_OUT = ("pdf",)  # kinds whose lines are indented as they stand on the page
BULLETED = ("html", "docx")  # kinds whose bullets were drawn by us
_CELLS = re.compile(r"\t| {3,}")
_HANGING = re.compile(r"^ +", re.MULTILINE)
READERS: dict[str, Callable[[bytes], Source]] = {
    "text": read_text,
    "markdown": read_markdown,
    "html": read_html,
    "csv": read_csv,
    "xlsx": read_xlsx,
    "docx": read_docx,
    "pdf": read_pdf,
}


def read_source(raw: bytes, name: str = "") -> Source:
    """Read a file's lines; its kind is told by what stands in it, among texts by its name."""
    return READERS[kind_of(raw, name)](raw)


def read(raw: bytes, name: str = "", *, language: str | None = None) -> Report:
    """Read a file with a printed list, of whatever kind, and propose its entries; nothing is written."""
    return report_of(read_source(raw, name), language=language)


def report_of(source: Source, *, language: str | None = None) -> Report:
    """Propose the entries of a source: a table by its columns, everything else line by line."""
    report = read_sheets(source, language) if source.sheets else None
    if report is None:
        report = read_printed(source.text, language=language)
    if source.kind in LAID_OUT:
        report = replace(report, body=_HANGING.sub("", report.body), entries=_doubted(report.entries, source))
        report = replace(report, entries=tuple(map(_doubt_cells, report.entries)))
    if source.kind in BULLETED:
        report = replace(report, entries=tuple(map(_without_bullet, report.entries)))
    aside = [
        Skipped(len(source.lines) + at, one.text, "page-furniture", (one.reason,))
        for at, one in enumerate(source.asides, 1)
    ]
    places = (*map(str, source.places), *(str(one.place) for one in source.asides)) if source.told else ()
    return replace(report, skipped=(*report.skipped, *aside), places=places)


def _without_bullet(entry: ProposedEntry) -> ProposedEntry:
    """Take off the bullet of a list whose other entries have none."""
    return replace(entry, raw=entry.raw.removeprefix("• "), name=entry.name.removeprefix("• "))


def _doubted(entries: Sequence[ProposedEntry], source: Source) -> tuple[ProposedEntry, ...]:
    """Doubt entries without numbers that may be one: the first word of the second had no room on the first one's line."""
    marked = list(entries)
    for at, (before, entry) in enumerate(pairwise(entries), 1):
        first = entry.lines[0]
        if entry.number is None and first == before.lines[1] + 1 and first in source.tight:
            to = DOUBTFUL if first in source.crowded else LIKELY
            marked[at] = _lowered(marked[at], to, reasons.MAY_GO_ON)
            marked[at - 1] = _lowered(marked[at - 1], to, reasons.MAY_GO_ON_BELOW)
    return tuple(marked)


def _doubt_cells(entry: ProposedEntry) -> ProposedEntry:
    """Doubt a row without a number whose cells are all called as organisations are: each may be an entry."""
    cells = [cell for cell in _CELLS.split(entry.raw) if cell.strip()]
    naming = vocabulary("name_words", "group", "groups")
    set_apart = entry.raw.count("   ") > 1  # wide spaces are no cells: the page has columns that were not found
    if entry.number is not None or not (
        set_apart or (len(cells) > 1 and all(naming.intersection(words(c)) for c in cells))
    ):
        return entry
    return _lowered(entry, DOUBTFUL, reasons.CELLS)


def _lowered(entry: ProposedEntry, to: str, doubt: Reason) -> ProposedEntry:
    return replace(entry, confidence=lower(entry.confidence, to), reasons=(*entry.reasons, doubt))

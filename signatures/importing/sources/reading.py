"""A file into a report: which kind it is, its lines, and what the importer makes of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import replace
from itertools import pairwise

from signatures.importing.confidence import LIKELY, lower
from signatures.importing.reading import read_printed
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
        report = replace(report, body=_HANGING.sub("", report.body), entries=_doubted(report.entries, source.tight))
    if source.kind in BULLETED:
        report = replace(report, entries=tuple(map(_without_bullet, report.entries)))
    aside = [
        Skipped(len(source.lines) + at, one.text, "page-furniture", one.reason)
        for at, one in enumerate(source.asides, 1)
    ]
    places = (*map(str, source.places), *(str(one.place) for one in source.asides)) if source.told else ()
    return replace(report, skipped=(*report.skipped, *aside), places=places)


def _without_bullet(entry: ProposedEntry) -> ProposedEntry:
    """Take off the bullet of a list whose other entries have none."""
    return replace(entry, raw=entry.raw.removeprefix("• "), name=entry.name.removeprefix("• "))


def _doubted(entries: Sequence[ProposedEntry], tight: Container[int]) -> tuple[ProposedEntry, ...]:
    """Doubt entries without numbers that may be one: the first word of the second had no room on the first one's line."""
    marked = list(entries)
    for at, (before, entry) in enumerate(pairwise(entries), 1):
        if entry.number is None and entry.lines[0] == before.lines[1] + 1 and entry.lines[0] in tight:
            marked[at] = _likely(marked[at], "it may go on from the line above, which was full")
            marked[at - 1] = _likely(marked[at - 1], "it may go on with the line below, for which there was no room")
    return tuple(marked)


def _likely(entry: ProposedEntry, doubt: str) -> ProposedEntry:
    return replace(entry, confidence=lower(entry.confidence, LIKELY), reason=f"{entry.reason}; {doubt}")

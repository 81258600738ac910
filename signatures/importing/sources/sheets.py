"""Rows of a spreadsheet into entries: by the titles of its columns, or by what stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from signatures.importing import reasons
from signatures.importing.confidence import DOUBTFUL, LIKELY
from signatures.importing.doubles import mark_doubles
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.languages import language_of
from signatures.importing.lines import kinds, remarks, sections
from signatures.importing.lines.headwords import is_later_heading
from signatures.importing.lines.line import Line
from signatures.importing.naming import names
from signatures.importing.reading import name_language, read_printed
from signatures.importing.reasons import Left
from signatures.importing.report import ProposedEntry, Report, Skipped
from signatures.importing.sources.source import Row, Source
from signatures.importing.sources.titles import roles_of

MOST_ABOVE = 30  # rows that may stand above the titles
MOST_NUMBER = 100_000
Skips = dict[int, Left]


@dataclass
class _Table:
    """The rows of one sheet: where the entries begin, and which column is what."""

    first: int  # the line of its first row, from 1
    rows: list[Row]
    head: int | None  # the row with the titles
    roles: list[str]


def read_sheets(source: Source, language: str | None) -> Report | None:
    """Read the entries of a table; None where its columns say nothing, so that its lines are read like any others."""
    tables = [table for table in _tables(source) if table is not None]
    if not tables:
        return None
    skipped: Skips = {}
    above = _above(tables[0], skipped)
    entries: list[ProposedEntry] = []
    for table in tables:
        section = table.rows[0].place.within if len(tables) > 1 else None
        entries += _Walk(table, section or None, language, skipped).read()
    inside = {number for entry in entries for number in range(entry.lines[0], entry.lines[1] + 1)}
    for number, text in enumerate(source.lines, 1):
        if text.strip() and number not in inside and number not in skipped:
            skipped[number] = ("text", (reasons.OUTSIDE,))
    kept = tuple(Skipped(number, source.lines[number - 1], *skipped[number]) for number in sorted(skipped))
    return replace(above, entries=tuple(mark_doubles(entries)), skipped=kept, language=language or above.language,
                   sections=tuple(dict.fromkeys(entry.section for entry in entries if entry.section)))  # fmt: skip


def _tables(source: Source) -> Iterator[_Table | None]:
    first = 1
    for rows in source.sheets:
        yield _table(first, rows)
        first += len(rows)


def _table(first: int, rows: list[Row]) -> _Table | None:
    for at, row in enumerate(rows[:MOST_ABOVE]):
        if roles := roles_of(row.cells):
            return _Table(first, rows, at, roles)
    roles = _by_content(rows)
    return _Table(first, rows, None, roles) if roles else None


def _by_content(rows: Sequence[Row]) -> list[str]:
    """Tell the columns of a table without titles by what stands in them: numbers that rise, countries, and names."""
    width = max((len(row.cells) for row in rows), default=0)
    if len(rows) < 2 or width < 2:
        return []
    found = [[row.cells[at] if at < len(row.cells) else "" for row in rows] for at in range(width)]
    roles = [_role(column) for column in found]
    rest = [at for at, role in enumerate(roles) if role == "remark"]
    if not rest or sum(1 for row in rows if len(row.cells) > 1) * 10 < len(rows) * 7:
        return []
    roles[max(rest, key=lambda at: sum(map(len, found[at])))] = "name"
    return roles


def _role(column: Sequence[str]) -> str:
    cells = [cell for cell in column if cell]
    numbers = [int(cell) for cell in cells if _number(cell) is not None]
    if cells and len(numbers) == len(cells) and numbers == sorted(set(numbers)):
        return "number"
    if cells and sum(1 for cell in cells if countries.known(cell)) * 10 >= len(cells) * 6:
        return "country"
    return "remark"


def _above(table: _Table, skipped: Skips) -> Report:
    """Read title and date from the rows above the titles."""
    as_of, title = None, None
    for at, row in enumerate(table.rows[: table.head or 0]):
        line = Line(table.first + at, "\t".join(row.cells), " ".join(filter(None, row.cells)))
        dates = [whole for printed in remarks.as_of_dates(line) if not printed.ambiguous and (whole := printed.iso())]
        as_of = as_of or (dates[0] if dates else None)
        if title is None and not dates:
            title = line.bare
            skipped[line.number] = ("title", (reasons.FIRST_LINE,))
        else:
            skipped[line.number] = ("list-heading" if dates else "text", (reasons.ABOVE_TITLES,))
    language = language_of(" ".join(" ".join(row.cells) for row in table.rows[: (table.head or 0) + 1]))
    further = any(remarks.further_possible(Line(0, "", " ".join(row.cells))) for row in table.rows[: table.head or 0])
    nothing = read_printed("")
    return replace(nothing, title=title, language=language, as_of=as_of, further_signatories_possible=further)


class _Walk:
    """Goes through the rows below the titles."""

    def __init__(self, table: _Table, section: str | None, language: str | None, skipped: Skips) -> None:
        self.table, self.section, self.skipped = table, section, skipped
        self.later = False
        rows = table.rows if table.head is None else table.rows[table.head + 1 :]
        self.rows = [
            (table.first + (0 if table.head is None else table.head + 1) + at, row) for at, row in enumerate(rows)
        ]
        whole = [cell for _, row in self.rows if (cell := self._cells(row).get("name"))]
        self.custom = names.custom_of([] if "acronym" in table.roles else whole, language)
        counted = [number for number, row in self.rows if _number(self._cells(row).get("number", "")) is not None]
        self.numbered = bool(counted)
        self.last_number = (
            counted[-1] if counted else table.first + len(table.rows)
        )  # rows after it are later signatories

    def read(self) -> list[ProposedEntry]:
        if self.table.head is not None:
            self.skipped[self.table.first + self.table.head] = ("column-titles", (reasons.TITLES,))
        return [entry for number, row in self.rows if (entry := self._row(number, row)) is not None]

    def _row(self, number: int, row: Row) -> ProposedEntry | None:
        filled = [cell for cell in row.cells if cell]
        line = Line(number, "\t".join(row.cells), " ".join(filled))
        if roles_of(row.cells) == self.table.roles and self.table.head is not None:
            self.skipped[number] = ("column-titles", (reasons.TITLES,))
        elif len(filled) == 1 and is_later_heading(line):
            self.later = True
            self.skipped[number] = ("subsequent-heading", (reasons.LATER,))
        elif len(filled) == 1 and (why := sections.section(line, numbered=self.numbered)):
            self.section = line.bare
            self.skipped[number] = ("section", (reasons.SECTION.of(why=why),))
        elif kinds.is_count(line) or (len(filled) == 1 and (kinds.contact(line) or kinds.is_page_number(line))):
            self.skipped[number] = ("text", (kinds.contact(line) or reasons.COUNTS,))
        else:
            return self._entry(number, row)
        return None

    def _entry(self, number: int, row: Row) -> ProposedEntry:
        given = self._cells(row)
        parts = names.take_apart(
            given.get("name", ""), self.custom, country=given.get("country"), whole="acronym" in self.table.roles
        )
        for role in ("acronym", "transliteration", "translation"):
            if given.get(role):
                setattr(parts, role, given[role])
        self._doubts(parts, given, number, row)
        raw = "\t".join(cell for at, cell in enumerate(row.cells) if self._role(at) != "number").strip("\t")
        counted = _number(given.get("number", ""))
        return ProposedEntry(
            counted, raw, (number, number), given.get("section") or self.section, parts.country, given.get("remark"),
            parts.acronym, parts.name, parts.transliteration, parts.translation,
            given.get("name_language") or name_language(parts.name), parts.confidence,
            tuple(dict.fromkeys(parts.reasons)), self.later or number > self.last_number, None,
        )  # fmt: skip

    def _doubts(self, parts: names.Parts, given: dict[str, str], number: int, row: Row) -> None:
        parts.reasons.insert(0, reasons.ROW)
        if self.table.head is None:
            parts.doubt(LIKELY, reasons.NO_TITLES)
        if not given.get("name"):
            parts.name = next((cell for cell in row.cells if cell), "")
            parts.doubt(DOUBTFUL, reasons.NO_NAME)
        if number > self.last_number and not self.later:
            parts.doubt(LIKELY, reasons.LATE_ROW)
        if given.get("number") and _number(given["number"]) is None:
            parts.doubt(LIKELY, reasons.WRONG_NUMBER.of(text=given["number"]))
        if len(parts.name) > 300:
            parts.doubt(DOUBTFUL, reasons.TOO_LONG)

    def _cells(self, row: Row) -> dict[str, str]:
        """Give the cells by their roles; several remarks are one, with tabs."""
        given: dict[str, str] = {}
        for at, cell in enumerate(row.cells):
            if cell and (role := self._role(at)) != "ignored":
                given[role] = f"{given[role]}\t{cell}" if role in given else cell
        return given

    def _role(self, at: int) -> str:
        return self.table.roles[at] if at < len(self.table.roles) else "remark"


def _number(cell: str) -> int | None:
    bare = cell.strip("()[]. №#")
    return (
        int(bare)
        if bare.isascii() and bare.isdecimal() and 0 < len(bare) <= 6 and 0 < int(bare) <= MOST_NUMBER
        else None
    )

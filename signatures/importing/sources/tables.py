"""Spreadsheets: CSV and Excel as rows of plain cells; formulas give what was last shown, nothing is calculated."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any

from signatures.importing.sources.archive import DAMAGED, Archive
from signatures.importing.sources.plaintext import decode
from signatures.importing.sources.source import LONGEST_LINE, MOST_LINES, Place, Row, Source, Unreadable, storable
from signatures.sentences import said

WIDEST = 100  # columns
MOST_SHEETS = 50
_DELIMITERS = ",;\t|"
_SAMPLE = 50  # lines that show the delimiter
_GUARD = "'"  # what guards a formula in a CSV of ours


def read_csv(raw: bytes) -> Source:
    """Read a CSV file, whatever parts its cells."""
    text = decode(raw)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    number = 1
    try:
        for cells in reader:
            rows.append(Row(Place("line", number), tuple(_unguarded(cell) for cell in cells)))
            number = reader.line_num + 1
            if len(rows) > MOST_LINES:
                break
    except csv.Error as error:
        raise Unreadable(
            said("Line %(line)s is no CSV: %(error)s. Nothing was written.", line=reader.line_num, error=str(error))
        ) from None
    return _source("csv", [rows])


def read_xlsx(raw: bytes) -> Source:
    """Read the visible sheets of an Excel file."""
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise Unreadable(said("Excel files need one more package: pip install 'signatures[importing]'")) from None
    Archive(raw).check_markup()
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True, keep_links=False)
        titles = [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"][:MOST_SHEETS]
        found = [list(_rows(book[title].iter_rows(max_col=WIDEST, values_only=True), title)) for title in titles]
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes openpyxl raise whatever it meets
        raise Unreadable(DAMAGED) from None
    return _source("xlsx", [_named(rows, alone=len(titles) == 1) for rows in found])


def _rows(rows: Iterable[tuple[Any, ...]], title: str) -> Iterator[Row]:
    for number, cells in enumerate(rows, 1):
        told = tuple(_shown(cell) for cell in cells)
        if any(told):
            yield Row(Place("row", number, title), told)
        if number > 2 * MOST_LINES:
            raise Unreadable(
                said(
                    "The sheet %(title)s has more rows than can be read. Save only its list. Nothing was written.",
                    title=repr(title),
                )
            )


def _named(rows: list[Row], *, alone: bool) -> list[Row]:
    return [Row(row.place._replace(within=""), row.cells) for row in rows] if alone else rows


def _shown(cell: Any) -> str:
    """Give a cell as it is shown, on one line: numbers without a needless fraction, dates as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        cell = int(cell)
    if isinstance(cell, datetime):
        cell = cell.date() if cell.time() == time() else cell
    text = cell.isoformat() if isinstance(cell, date) else storable(str(cell))
    return "" if text.startswith("#") and text.rstrip("!?").isupper() and "/" not in text else " ".join(text.split())


def _unguarded(cell: str) -> str:
    """Take off the mark with which exports keep spreadsheets from calculating a cell."""
    guarded = len(cell) > 1 and cell[0] == _GUARD and cell[1] in "=+-@\t\r＝＋－＠"
    return " ".join((cell[1:] if guarded else cell).split())


def _delimiter(text: str) -> str:
    """Tell what parts the cells: what stands most evenly in the first lines, outside quotes."""
    lines = [line for line in text.removeprefix("\ufeff").split("\n", _SAMPLE)[:_SAMPLE] if line.strip()]
    if lines and lines[0].casefold().startswith("sep=") and len(lines[0].rstrip()) == len("sep=;"):
        return lines[0][4]

    def evenness(mark: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(usual) if usual > 1 else 0, usual)

    try:
        return max(_DELIMITERS, key=evenness)
    except csv.Error:
        return ","


def _source(kind: str, sheets: list[list[Row]]) -> Source:
    source = Source(kind, told=kind == "xlsx", sheets=[])
    for rows in sheets:
        kept = [Row(row.place, _trimmed(row.cells)) for row in rows if any(row.cells)]
        if any(len("\t".join(row.cells)) > LONGEST_LINE for row in kept):
            raise Unreadable(
                said(
                    "A row has more than %(most)s characters. Save only the list. Nothing was written.",
                    most=LONGEST_LINE,
                )
            )
        source.sheets.append(kept)
        for row in kept:
            source.add("\t".join(row.cells), row.place)
    return source


def _trimmed(cells: tuple[str, ...]) -> tuple[str, ...]:
    width = max((at + 1 for at, cell in enumerate(cells) if cell), default=0)
    return cells[: min(width, WIDEST)]

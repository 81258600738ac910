"""A dated history as CSV: who signed, withdrew, was corrected or voided on which day, under which key."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from signatures.characters import check_line
from signatures.errors import InvalidInput
from signatures.organisation import NameParts

NEEDED = ("on", "event", "key", "name")
OPTIONAL = (
    "acronym",
    "name_language",
    "transliteration",
    "translation",
    "country",
    "territory",
    "url",
    "reason",
    "note",
)
DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ]|\Z)", re.ASCII)  # 20210607 and 2021-W23-1 are ISO 8601, but not RFC 3339
EVENTS = ("signed", "withdrawn", "corrected", "voided")


class HistoryRow(NamedTuple):
    """One row, its date already in the statement's zone."""

    line: int
    on: str
    event: str
    key: str
    values: dict[str, str]

    def parts(self, language: str) -> NameParts:
        """Return the name parts that the row gives; translation and country are of the statement's language."""
        given = self.values.get
        return NameParts(
            name=self.values["name"],
            acronym=given("acronym") or None,
            name_language=given("name_language") or None,
            transliteration=given("transliteration") or None,
            translations={language: self.values["translation"]} if given("translation") else {},
            country_printed={language: self.values["country"]} if given("country") else {},
            territories=self.values.get("territory", "").split(),
            url=given("url") or None,
        )

    def changes(self) -> dict[str, object]:
        """Return what a `corrected` row sets: the name, and every other part that it gives."""
        fields = ("name", "acronym", "name_language", "transliteration", "translation", "country", "url")
        changes: dict[str, object] = {field: self.values[field] for field in fields if self.values.get(field)}
        if self.values.get("territory"):
            changes["territories"] = self.values["territory"].split()
        return changes


def read_history(raw: bytes, time_zone: str) -> list[HistoryRow]:
    """Read a whole file, or refuse it with the first line that cannot be read; rows come by date, then in file order."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InvalidInput(
            f"Line {line} is not UTF-8. Save the file as UTF-8 and try again; nothing was written."
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_columns(reader.fieldnames or [])
        rows = [_row(_first_line(reader.line_num, values), values, time_zone) for values in reader]
    except csv.Error as error:
        raise InvalidInput(f"Line {reader.line_num} is no CSV: {error}. Nothing was written.") from None
    if not rows:
        raise InvalidInput("The file has its columns, but no row below them. Nothing was written.")
    return sorted(rows, key=lambda row: row.on)


def _check_columns(columns: object) -> None:
    names = list(columns)  # type: ignore[call-overload]
    missing = [name for name in NEEDED if name not in names]
    unknown = [repr(name) for name in names if name not in (*NEEDED, *OPTIONAL)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if missing or unknown or twice:
        told = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(unknown)
        told += [f"twice: {', '.join(twice)}"] * bool(twice)
        raise InvalidInput(
            f"The columns are not those of a history ({'; '.join(told)}). Needed are {', '.join(NEEDED)}; "
            f"possible are {', '.join(OPTIONAL)}. Nothing was written."
        )


def _first_line(last: int, values: dict[str | None, str | None]) -> int:
    """Tell on which line a row begins whose cells may hold line breaks."""
    return last - sum(cell.count("\n") for cell in values.values() if isinstance(cell, str))


def _row(line: int, values: dict[str | None, str | None], time_zone: str) -> HistoryRow:
    if None in values or None in values.values():
        raise InvalidInput(f"Line {line} has more or fewer cells than the header. Nothing was written.")
    cells = {str(name): str(value) for name, value in values.items()}
    if cells["event"] not in EVENTS:
        raise InvalidInput(f"Line {line}: {cells['event']!r} is none of {', '.join(EVENTS)}. Nothing was written.")
    try:
        check_line("key", cells["key"])
    except InvalidInput as error:
        raise InvalidInput(f"Line {line}: {error.sentence} Nothing was written.") from None
    return HistoryRow(line, _civil_date(line, cells["on"], time_zone), cells["event"], cells["key"], cells)


def _civil_date(line: int, text: str, time_zone: str) -> str:
    """Read a date, or an instant as its date in the zone."""
    try:
        instant = datetime.fromisoformat(text.upper() if DATE.match(text) else "")
    except ValueError:
        raise InvalidInput(
            f"Line {line}: {text!r} is no date. Write 2021-06-07 or 2021-06-07T12:00:00Z. Nothing was written."
        ) from None
    if len(text) == len("2021-06-07"):
        return instant.date().isoformat()
    if instant.tzinfo is None:
        raise InvalidInput(f"Line {line}: {text!r} has no offset from UTC. Add Z or +02:00. Nothing was written.")
    try:
        return instant.astimezone(ZoneInfo(time_zone)).date().isoformat()
    except OverflowError:
        raise InvalidInput(f"Line {line}: {text!r} is outside the calendar. Nothing was written.") from None

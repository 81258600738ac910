"""Reading the form of an order: lines dragged, numbers typed, buttons pressed, headings and gaps written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from signatures.arranging.moving import insert, numbered, placed
from signatures.characters import check_line
from signatures.errors import InvalidInput
from signatures.order import OrderLine

LARGEST = 10_000_000


class Row(NamedTuple):
    """A line of the order by its place on the page that was sent; a new one has the place -1."""

    kind: str
    value: str
    place: int


class Rearranged(NamedTuple):
    """What a form makes of an order; `at` is the index at which the editor goes on, if at one."""

    lines: list[OrderLine]
    pins: frozenset[str]
    at: int | None


def rearranged(lines: Sequence[OrderLine], pins: frozenset[str], form: MultiDict[str, str]) -> Rearranged:
    """Do to an order what a form says: first what was dragged and written, then numbers typed, then the button."""
    rows = _dragged([Row(*line, index) for index, line in enumerate(lines)], form)
    shown = {row.place for row in rows if f"at.{row.place}" in form}
    rows = [_written(row, form) for row in rows]
    rows = placed(rows, _typed(rows, form))
    at = _pressed(rows, form)
    if form.get("new_text", "").strip():
        _added(rows, form)
        at = -1
    ticked = {row.value for row in rows if row.kind == "signature" and f"pin.{row.place}" in form}
    unticked = {row.value for row in rows if row.kind == "signature" and row.place in shown} - ticked
    rows = [row for row in rows if row.value]
    place = next((number for number, row in enumerate(rows) if row.place == at), None) if at is not None else None
    return Rearranged([OrderLine(row.kind, row.value) for row in rows], pins - unticked | ticked, place)


def _dragged(rows: list[Row], form: MultiDict[str, str]) -> list[Row]:
    """Take the lines of the page in the order in which it sent them; other pages' lines stay where they are."""
    sent = [_whole(text, len(rows) - 1) for text in form.getlist("line")]
    if len(set(sent)) != len(sent):
        raise InvalidInput(_("Look at the order again first."), field="form")
    after = list(rows)
    for place, index in zip(sorted(sent), sent, strict=True):
        after[place] = rows[index]
    return after


def _written(row: Row, form: MultiDict[str, str]) -> Row:
    """Take the heading or reason as it is written now; one that was emptied is left out in the end."""
    text = form.get(f"text.{row.place}", row.value).strip()
    if row.kind == "signature" or text == row.value:
        return row
    return row._replace(value=_printable(row.kind, text, f"n{row.place}") if text else "")


def _typed(rows: Sequence[Row], form: MultiDict[str, str]) -> dict[int, int]:
    """Read the numbers that are other than those of the page."""
    wanted: dict[int, int] = {}
    for index, (row, number) in enumerate(zip(rows, beside(rows), strict=True)):
        text = form.get(f"at.{row.place}", "").strip()
        if text and text != str(number):
            wanted[index] = max(_number(text, f"at.{row.place}"), 1)
    return wanted


def beside(rows: Sequence[Row] | Sequence[OrderLine]) -> list[int]:
    """Tell the number that the page shows beside each line: its own, or of a heading the one that follows it."""
    told: list[int] = []
    following = sum(row.kind != "section" for row in rows) + 1
    for number in reversed(numbered(rows)):
        following = following if number is None else number
        told.append(following)
    return told[::-1]


def _pressed(rows: list[Row], form: MultiDict[str, str]) -> int | None:
    """Change places with the neighbour if one of the buttons was pressed; tell whose it was."""
    for name, step in (("up", -1), ("down", 1)):
        if name in form:
            index = _whole(form[name], len(rows) - 1)
            place = next((number for number, row in enumerate(rows) if row.place == index), 0)
            other = place + step
            if 0 <= other < len(rows):
                rows[place], rows[other] = rows[other], rows[place]
            return index
    return None


def _added(rows: list[Row], form: MultiDict[str, str]) -> None:
    kind = "gap" if form.get("new_kind") == "gap" else "section"
    text = _printable(kind, form.get("new_text", "").strip(), "new_text")
    number = form.get("new_at", "").strip()
    insert(rows, Row(kind, text, -1), _number(number, "new_at") if number else 1, under_heading=kind == "gap")


def _printable(kind: str, text: str, field: str) -> str:
    try:
        return check_line("The heading" if kind == "section" else "The gap", text)
    except InvalidInput as refused:
        raise InvalidInput(refused.said, field=field) from refused


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))):
        raise InvalidInput(_("Write a whole number from 1 to %(most)s.", most=LARGEST), field=field)
    return int(text)


def _whole(text: str, most: int) -> int:
    number = _number(text, "form")
    if number > most:
        raise InvalidInput(_("Look at the order again first."), field="form")
    return number

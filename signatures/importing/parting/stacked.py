"""Cells below one another: a name and, on the line below it, its country, as tables of web pages and PDFs come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lines import columns, kinds, numbering
from signatures.importing.lines.headwords import is_heading_word
from signatures.importing.lines.line import Line

_FEW = 4  # rows
_MOST_WORDS = 20  # of a name


@dataclass(frozen=True)
class _Row:
    """A name with the country below it, if there is one: indexes into the lines that are not blank."""

    name: int
    place: int | None


def beside_names(lines: Sequence[Line]) -> list[Line]:
    """Turn the lines that only give the country of the name above them into cells of its row."""
    shown = [index for index, line in enumerate(lines) if not line.blank]
    result = list(lines)
    at = 0
    while at < len(shown):
        rows, after = _rows(lines, shown, at)
        if _are_rows(lines, shown, rows):
            for row in rows:
                if row.place is not None:
                    index = shown[row.place]
                    result[index] = replace(lines[index], joins=True, cell=True, guess=reasons.COUNTRY_BELOW)
        at = max(after, at + 1)
    return result


def _rows(lines: Sequence[Line], shown: Sequence[int], at: int) -> tuple[list[_Row], int]:
    """Read rows from here on, up to the last one with a country before prose or two countries in a row."""
    rows: list[_Row] = []
    place = None
    while at < len(shown):
        found = numbering.read(lines[shown[at]], 0)
        name = at + 1 if found and found.shape in ("alone", "dot", "paren") and not found.rest.strip() else at
        if name >= len(shown) or not _is_name(lines[shown[name]]):
            break
        place = name + 1 if name + 1 < len(shown) and _is_place(lines[shown[name + 1]]) else None
        if place is None and not rows:
            break
        rows.append(_Row(name, place))
        at = name + 1 if place is None else place + 1
    while rows and rows[-1].place is None:
        at = rows.pop().name
    return rows, at


def _is_name(line: Line) -> bool:
    if line.sentence or line.length > _MOST_WORDS or line.bare.endswith(":") or kinds.is_column_titles(line):
        return False
    return not _is_place(line) and not any(map(is_heading_word, line.words))


def _is_place(line: Line) -> bool:
    return bool(line.bare) and (countries.known(line.bare) or (line.bare[0].isupper() and columns.is_scope(line.bare)))


def _are_rows(lines: Sequence[Line], shown: Sequence[int], rows: Sequence[_Row]) -> bool:
    """Tell rows of a table from countries that head the organisations below them."""
    places = [row.place for row in rows if row.place is not None]
    known = sum(1 for place in places if countries.known(lines[shown[place]].bare))
    if len(places) < _FEW or len(places) * 3 < len(rows) * 2 or known * 2 < len(places):
        return False
    first = rows[0].name - 1
    if first >= 0 and _is_place(lines[shown[first]]):
        return False
    apart = sum(1 for place in places if shown[place] > shown[place - 1] + 1)
    close = sum(1 for place in places if place + 1 < len(shown) and shown[place + 1] == shown[place] + 1)
    return not (apart * 2 > len(places) and close * 2 > len(places))

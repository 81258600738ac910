"""Entries side by side: lines that hold two columns of entries or more become one line for each of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import fold, vocabulary
from signatures.importing.lines import evidence, kinds, numbering
from signatures.importing.lines.line import Line

_NUMBER = re.compile(r"(?:(?<=\S)(?:\s{2,}|\t)|(?<=\s\|)\s*)(?=[\[(]?\d{1,4}[.)\]]\s?\S)")
_GAP = re.compile(r"(?<=\S)(?: {3,}|\t+)(?=\S)")
_PIECE = re.compile(r"\S+(?: {1,2}\S+)*")
_LINK = re.compile(r"\S@\S|://|^www\.|^[\w.-]+\.[a-z]{2,6}(?:/\S*)?$", re.IGNORECASE)
_STRONG = ("dot", "paren", "bracket")
_FEW = 3
_ROWS = 4  # of two columns without numbers
_ASIDE = 2  # columns by which a number of two digits stands beside one of one
_LONGEST = 2000  # characters of a line that has columns
_MOST_WORDS = 14  # of a heading, or of an entry on its line
_MOST_LINES = 400  # of one paragraph
_LOOSELY = 2.5  # where half of the names in each show that they are of organisations
_ALIKE = 1.8  # times that the names of one column may be longer than those of another


def side_by_side(lines: Sequence[Line]) -> list[Line]:
    """Read columns of entries downwards, one after the other; every part keeps the number of its line."""
    result: list[Line] = []
    index = 0
    while index < len(lines):
        end = _numbered_end(lines, index)
        if end is not None:
            result += _numbered_columns(lines[index:end])
        elif (end := _free_end(lines, index)) > index:
            block = lines[index:end]
            result += _free_columns(block) if _names(block) else block
        else:
            result.append(lines[index])
            end = index + 1
        index = end
    return result


def _numbered_end(lines: Sequence[Line], index: int) -> int | None:
    """Give the end of a block of rows whose numbers go on downwards or sideways."""
    first = [found for _, found in _parts(lines[index]) if found]
    if len(first) < 2 or first[0].number != 1:
        return None
    due = {found.number + 1 for found in first}
    rows, end = 1, index + 1
    for at in range(index + 1, min(len(lines), index + _MOST_LINES)):
        line = lines[at]
        numbers = [found.number for _, found in _parts(line) if found]
        if numbers and due.issuperset(numbers[:1]):
            rows, end = rows + (len(numbers) > 1), at + 1
            due = due.difference(numbers) | {number + 1 for number in numbers}
        elif numbers or line.length > _MOST_WORDS or kinds.contact(line) or kinds.note(line):
            break
        elif not line.blank:
            if line.number != lines[end - 1].number + 1 or line.indent <= lines[index].indent + 1:
                break
            end = at + 1
    return end if rows > 1 else None


def _parts(line: Line) -> list[tuple[int, numbering.Numbered | None]]:
    """Give where the cells of a line begin, each with its number if it has one."""
    if len(line.text) > _LONGEST or line.blank:
        return []
    cuts = [line.indent, *(match.end() for match in _NUMBER.finditer(line.text))]
    ends = [*cuts[1:], len(line.text)]
    cells = [Line(line.number, "", line.text[a:b]) for a, b in zip(cuts, ends, strict=True)]
    found = [numbering.read(cell, 0) for cell in cells]
    return [(cut, read if read and read.shape in _STRONG else None) for cut, read in zip(cuts, found, strict=True)]


def _numbered_columns(block: Sequence[Line]) -> list[Line]:
    entries: dict[int, list[Line]] = {}
    above: list[tuple[int, int]] = []  # where entries began so far, and their numbers
    for line in block:
        parts = _parts(line)
        for (cut, found), end in zip(parts, [*(cut for cut, _ in parts[1:]), len(line.text)], strict=True):
            text, below = line.text[cut:end].rstrip(), 0
            if found:
                below = _further_column(above, cut, text)  # the rest of an entry of another column, beside the number
                above.append((cut, found.number))
                begun = replace(line, text=text[:below].rstrip(), joins=False)
                entries.setdefault(found.number, []).append(begun)
            for piece in _PIECE.finditer(text, below):
                entries[_above(above, cut + piece.start())].append(replace(line, text=piece.group(), joins=True))
    return [line for _, held in sorted(entries.items()) for line in held]


def _further_column(begun: Sequence[tuple[int, int]], cut: int, text: str) -> int:
    """Give where, behind a number and its name, the text of a column further on begins; the text's end where none does."""
    further = [other for other, _ in begun if other > cut + _ASIDE]
    pieces = list(_PIECE.finditer(text))[1:]
    return next((p.start() for p in pieces if further and cut + p.start() >= min(further) - _ASIDE), len(text))


def _above(begun: Sequence[tuple[int, int]], at: int) -> int:
    """Give the number of the last entry that began in the column of a piece of text."""
    column = max((cut for cut, _ in begun if cut <= at), default=begun[0][0])
    return next(number for cut, number in reversed(begun) if abs(cut - column) <= _ASIDE)


def _free_end(lines: Sequence[Line], index: int) -> int:
    """Give the end of a block of rows with cells beside each other; where there is none, its beginning."""
    most = len(_cells(lines[index]))
    end = index
    for at in range(index, min(len(lines), index + _MOST_LINES) if 1 < most <= _FEW else index):
        line = lines[at]
        if line.blank and at + 1 < len(lines) and len(_cells(lines[at + 1])) > 1:
            continue
        if line.blank or len(_cells(line)) > most or line.sentence or kinds.contact(line):
            break
        end = at + 1
    return end


def _cells(line: Line) -> list[str]:
    return [cell.strip() for cell in _GAP.split(line.text.strip()[:500])]


def _names(block: Sequence[Line]) -> bool:
    """Tell columns of names from a name with its country or remark: all of them are long, different and of one kind."""
    rows = [_cells(line) for line in block if not line.blank]
    columns = [[row[at] for row in rows if at < len(row)] for at in range(len(rows[0]))]
    if len(rows) < _ROWS or min(len(column) for column in columns) * 3 < len(rows) or not _aligned(block):
        return False
    everything = [fold(cell) for column in columns for cell in column]
    if len(set(everything)) < len(everything) or kinds.is_column_titles(Line(0, "", "\t".join(rows[0]))):
        return False
    if any(sum(1 for cell in column if _LINK.search(cell)) * 3 > len(column) for column in columns):
        return False
    if sum(map(str.isdecimal, columns[0])) * 2 > len(rows) or sum(map(countries.known, everything)) * 8 > len(rows):
        return False
    lengths = [sum(map(len, column)) / len(column) for column in columns]
    alike = _LOOSELY if all(_of_names(column, 2) for column in columns) else _ALIKE
    return max(lengths) <= alike * min(lengths) and (everything == sorted(everything) or all(map(_of_names, columns)))


def _aligned(block: Sequence[Line]) -> bool:
    """Tell whether the cells of a block stand below one another."""
    places = Counter(match.end() for line in block for match in _GAP.finditer(line.text[:500]))
    often = sum(count for _, count in places.most_common(_FEW - 1))
    return often * 10 >= sum(places.values()) * 8


def _of_names(column: Sequence[str], share: int = 3) -> bool:
    """Tell whether most cells of a column have the look of an organisation's name, and not of a place or a person."""
    links = vocabulary("links")
    telling = 0
    for cell in column:
        named = Line(0, "", cell).words
        tells = evidence.organisation(cell) or links.intersection(named[1:-1])
        telling += 1 if len(named) > 1 and tells and not cell[0].islower() else 0
    return telling * share >= len(column)


def _free_columns(block: Sequence[Line]) -> list[Line]:
    columns: list[list[Line]] = []
    for line in block:
        for at, cell in enumerate(_GAP.split(line.text.strip()) if not line.blank else []):
            if at == len(columns):
                columns.append([])
            columns[at].append(replace(line, text=cell.strip(), guess=reasons.DOWN_COLUMNS))
    return [line for column in columns for line in column]

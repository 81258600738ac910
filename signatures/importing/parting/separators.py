"""Marks that part entries and belong to none: "Alpha /" at the ends of lines, "a)", "b)", "ii." before them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from signatures.importing.lines.line import Line

_MARKS = ("/", "//", "|", "\u2022", "\u00b7", "\u2013", "\u2014", "-")
_FEWEST = 3  # lines
_LETTER = re.compile(r"\s*\(?([a-z]|[ivx]{1,5})[.)]\s+(?=\S)")
_ROMAN = [
    "i",
    "ii",
    "iii",
    "iv",
    "v",
    "vi",
    "vii",
    "viii",
    "ix",
    "x",
    "xi",
    "xii",
    "xiii",
    "xiv",
    "xv",
    "xvi",
    "xvii",
    "xviii",
    "xix",
    "xx",
]
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def without_separators(lines: Sequence[Line]) -> list[Line]:
    """Take the same mark away from the ends of most lines of a paragraph: the next line is another entry, without it the same."""
    result: list[Line] = []
    for _, group in groupby(lines, lambda line: line.blank):
        held = list(group)
        mark = _mark_of(held)
        result += _parted(held, mark) if mark else held
    return result


def _mark_of(held: Sequence[Line]) -> str | None:
    marks = [_mark(line) for line in held]
    usual = max((mark for mark in marks if mark), key=marks.count, default=None)
    often = marks.count(usual) if usual else 0
    return usual if often >= _FEWEST and often * 10 >= (len(held) - 1) * 6 else None


def _mark(line: Line) -> str | None:
    _, space, end = line.bare[-4:].rpartition(" ")
    return end if space and end in _MARKS and not line.bare.startswith("|") else None


def _parted(held: Sequence[Line], mark: str) -> list[Line]:
    result: list[Line] = []
    ended = True
    for line in held:
        marked = _mark(line) == mark
        text = line.text.rstrip()[: -len(mark)].rstrip() if marked else line.text
        result.append(replace(line, text=text, joins=not ended if result else None))
        ended = marked
    return result


def without_letters(lines: Sequence[Line]) -> list[Line]:
    """Put a bullet in the place of letters or Roman numbers that count the lines from the first on."""
    result = list(lines)
    for row in (_ALPHABET, _ROMAN):
        run: list[tuple[int, str]] = []
        for index, line in enumerate([*lines, None]):
            match = _LETTER.match(line.text) if line else None
            if line and match and len(run) < len(row) and match.group(1) == row[len(run)]:
                run.append((index, line.text[match.end() :]))
            elif line is None or match:
                for at, rest in run if len(run) >= _FEWEST else ():
                    result[at] = replace(lines[at], text=f"- {rest}")
                run = []
    return result

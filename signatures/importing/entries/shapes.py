"""Headings of sections by their shape: lines without the marks of the entries, set as the one that begins the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from signatures.importing.entries import wrapping
from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines import asides, kinds
from signatures.importing.lines.line import Line

_MOST_WORDS = 9  # of such a heading
_SEVERAL = 2
_CAPITALS = 3  # letters, at least, of a heading in capitals


def headings(entries: Sequence[Line], marked: Callable[[Line], bool]) -> frozenset[int]:
    """Give the numbers of the lines that head sections; `marked` tells whether a line has a number or a bullet."""
    marks = [marked(line) for line in entries]
    if sum(marks) * 2 >= max(len(marks), 1):
        return frozenset(_among_marked(entries, marks))
    return frozenset(_in_capitals(entries) or _alone(entries))


def _among_marked(entries: Sequence[Line], marks: Sequence[bool]) -> list[int]:
    """Find the lines without a mark above ones that have it, set as one that begins the list or stands below a blank line."""
    width = wrapping.width(entries)
    enumerated = _enumerated(entries)
    within = len(marks) - marks[::-1].index(True) if any(marks) else 0
    wrapped = any(not mark and not _may_head(line) for line, mark in zip(entries[:within], marks, strict=False))
    found: list[tuple[Line, bool]] = []  # a line, and whether nothing stands above that it could go on with
    for at in range(len(entries) - 1):
        line = entries[at]
        if marks[at] or not marks[at + 1] or not _may_head(line):
            continue
        free = at == 0 or _apart(entries[at - 1], line)
        above = None if at == 0 else entries[at - 1]
        openly = above is not None and (wrapping.is_open(above.text, 0) or not marks[at - 1])
        openly = openly and line.number not in enumerated
        groups = not wrapped and len(found) > 1 and vocabulary("groups", "group").intersection(line.words)
        plain = not (line.bare.isupper() or groups or line.number in enumerated)
        filled = above is not None and plain and wrapping.full(above, line, width)
        if free or not (openly or filled):
            found.append((line, free))
    first = bool(marks) and not marks[0] and bool(found) and found[0][0] is entries[0]
    model = found[0][0] if first else next((line for line, free in found if free), None)
    alike = [line for line, _ in found if model is not None and _look(line) == _look(model)]
    return [line.number for line in alike] if first or len([1 for line, free in found if free]) >= _SEVERAL else []


def _enumerated(entries: Sequence[Line]) -> frozenset[int]:
    """Give the numbers of the lines that count sections by the letters A, B, C, from the first line on."""
    found: list[int] = []
    for line in entries:
        if line.bare.startswith((f"{chr(ord('A') + len(found))}. ", f"{chr(ord('A') + len(found))}) ")):
            found.append(line.number)
    begins = bool(found) and found[0] == entries[0].number
    return frozenset(found) if begins and len(found) > _SEVERAL else frozenset()


def _apart(above: Line, line: Line) -> bool:
    return line.number > above.number + 1


def _look(line: Line) -> tuple[bool, bool, bool]:
    decorated = line.bare.startswith(("*", "#", "_"))
    return line.indent > 1, line.bare.isupper(), decorated


def _may_head(line: Line) -> bool:
    """Tell whether a line is short and ends as no sentence and no wrapped name does."""
    if line.length > _MOST_WORDS or line.bare[0].islower() or line.joins is not None or line.implied is not None:
        return False
    if line.bare.endswith((",", ".", ";", "!", "?", "-", "/")) or kinds.contact(line) or kinds.note(line):
        return False
    return not (
        kinds.is_column_titles(line) or kinds.is_page_number(line) or kinds.is_footer(line) or asides.is_more(line)
    )


def _in_capitals(entries: Sequence[Line]) -> list[int]:
    """Find the lines in capitals that begin the paragraphs of a list, where most of its other lines are in small letters."""
    capital = [line.bare.isupper() and len(line.bare) >= _CAPITALS and _may_head(line) for line in entries]
    begins = [True, *(_apart(above, line) for above, line in pairwise(entries))]
    heads = [line.number for line, upper, first in zip(entries, capital, begins, strict=False) if upper and first]
    several = len(heads) >= _SEVERAL and len(heads) == sum(begins)
    return heads if several and sum(capital) * 3 <= len(capital) else []


def _alone(entries: Sequence[Line]) -> list[int]:
    """Find the lines between blank ones that each stand above several lines in a row, where one of them begins the list."""
    gaps = [True, *(_apart(above, line) for above, line in pairwise(entries)), True]
    alone = [before and after for before, after in pairwise(gaps)]
    above_block = [
        line
        for at, line in enumerate(entries)
        if alone[at] and at + 2 < len(entries) and not alone[at + 1] and _may_head(line)
    ]
    if len(above_block) < _SEVERAL or above_block[0] is not entries[0] or sum(alone) > len(above_block):
        return []
    return [line.number for line in above_block]

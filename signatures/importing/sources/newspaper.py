"""Columns of a page that are read one after another, as in a newspaper; and how they differ from the cells of a table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import fold, vocabulary, words
from signatures.importing.sources.layout import ALONE, FEWEST, NUMBER, WIDE, Line, Run, usual_distance

CLOSER = 1.15  # of the least distance of two lines: nearer is the next line of one text


def in_reading_order(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """Part a page into blocks that are read one after another: columns of a newspaper, and what stands above and below."""
    for edge in _edges(lines) if depth < 6 else ():
        start, end = _reach(lines, edge)
        if end - start < FEWEST or not _newspaper(lines[start:end], edge):
            continue
        left, right = _cut(lines[start:end], edge)
        inside = [*in_reading_order(left, depth + 1), *in_reading_order(right, depth + 1)]
        before = [lines[:start]] if start else []
        return [*before, *inside, *(in_reading_order(lines[end:], depth + 1) if lines[end:] else [])]
    return [lines]


def _edges(lines: Sequence[Line]) -> list[float]:
    """Find where runs begin that are not the first of their line, and several of them below one another."""
    begins = sorted(
        run.left
        for line in lines
        for before, run in pairwise(line.runs)
        if run.left - before.right > before.height * 0.8
    )
    groups: list[list[float]] = []
    for begin in begins:
        if groups and begin - groups[-1][0] <= 6:
            groups[-1].append(begin)
        else:
            groups.append([begin])
    return [min(group) for group in sorted(groups, key=len, reverse=True) if len(group) >= FEWEST]


def _reach(lines: Sequence[Line], edge: float) -> tuple[int, int]:
    """Tell between which lines an edge parts the page: the longest stretch that no run crosses."""
    best, start = (0, 0), 0
    for at in range(len(lines) + 1):
        if at == len(lines) or any(run.left < edge - 4 and run.right > edge for run in lines[at].runs):
            right = [i for i in range(start, at) if any(run.left >= edge - 4 for run in lines[i].runs)]
            if right and at - start > best[1] - best[0]:
                best = (start, _below(lines, right[-1] + 1, at))
            start = at + 1
    return best


def _below(lines: Sequence[Line], first: int, end: int) -> int:
    """Let the left column end where a gap parts what stands below both."""
    usual = usual_distance(lines)
    at = first
    while at < end and lines[at - 1].top - lines[at].top <= usual * WIDE:
        at += 1
    return at


def _cut(lines: Sequence[Line], edge: float) -> tuple[list[Line], list[Line]]:
    sides = [
        ([run for run in line.runs if run.left < edge - 4], [run for run in line.runs if run.left >= edge - 4])
        for line in lines
    ]
    within = _within(lines, sides)
    left, right = (
        [
            Line(pair[side], line.rowed or bool(within), line.within or at in within)
            for at, (line, pair) in enumerate(zip(lines, sides, strict=True))
            if pair[side]
        ]
        for side in (0, 1)
    )
    return left, right


def _within(lines: Sequence[Line], sides: Sequence[tuple[list[Run], list[Run]]]) -> frozenset[int]:
    """Find the lines on which a row of cells goes on: close below the line above, with nothing on one side of the edge."""
    whole = [at for at, (left, right) in enumerate(sides) if left and right]
    if len(whole) * 5 < len(lines) * 2:
        return frozenset()
    least = min((above.top - below.top for above, below in pairwise(lines) if above.top > below.top), default=0.0)
    return frozenset(
        at for at in range(1, whole[-1]) if not all(sides[at]) and lines[at - 1].top - lines[at].top < least * CLOSER
    )


def _newspaper(lines: Sequence[Line], edge: float) -> bool:
    """Tell columns that are read one after another from cells of a row."""
    left, right = _cut(lines, edge)
    if len(left) < FEWEST or len(right) < 2:
        return False
    if sum(1 for line in left if ALONE.match(line.plain)) * 2 > len(left):
        return False  # numbers or bullets that stand apart from the names beside them
    here, there = _counted(left), _counted(right)
    if there >= 3 or (there and here >= 3 and _goes_on(left, right)):
        return True
    if here >= 3:
        return False
    texts = [line.plain for line in right]
    if not _titled(left[0], right[0]) and _of_names(left) and _of_names(right) and _in_order(lines, left, right):
        return True
    if _titled(left[0], right[0]) or (_of_cells(left) and not _of_cells(right)):
        return False
    if sum(1 for text in texts if countries.known(text)) * 2 >= len(texts) or sum(map(len, texts)) < 12 * len(texts):
        return False
    return _side_by_side(left, right, edge)


def _of_names(lines: Sequence[Line]) -> bool:
    """Tell whether at least two in five pieces of lines are words that organisations are called by."""
    cells = [run.text.strip() for line in lines for run in line.runs]
    if any(NUMBER.match(cell) for cell in cells):
        return False
    naming = vocabulary("name_words", "group", "groups")
    named = sum(1 for cell in cells if naming.intersection(words(cell)))
    return named * 5 >= len(cells) * 2


def _in_order(lines: Sequence[Line], left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Tell whether names stand in the order of the alphabet, along the rows or down both sides, as no remarks beside them do."""
    down = [[line.plain for line in side if line.plain[0].isupper()] for side in (left, right)]
    along = [pair for line in lines for pair in pairwise([run.text.strip() for run in line.runs])]
    return _ordered(along) or all(_ordered(list(pairwise(side))) for side in down)


def _ordered(pairs: Sequence[tuple[str, str]]) -> bool:
    ordered = sum(1 for before, after in pairs if fold(before)[:1] <= fold(after)[:1])
    return len(pairs) >= FEWEST and ordered * 10 >= len(pairs) * 7


def _titled(left: Line, right: Line) -> bool:
    """Tell whether the first line holds the titles of columns on both sides of the edge."""
    named = [word for line in (left, right) for word in words(line.plain)]
    beside = abs(left.top - right.top) < left.runs[0].height
    return beside and bool(named) and all(word in vocabulary("column_titles") for word in named)


def _of_cells(lines: Sequence[Line]) -> bool:
    """Tell whether a side is a table of its own: a third of its lines has runs that stand apart."""
    apart = sum(
        1
        for line in lines
        if any(
            run.left - before.right > before.height and not ALONE.match(before.text.strip())
            for before, run in pairwise(line.runs)
        )
    )
    return apart * 3 >= len(lines)


def _side_by_side(left: Sequence[Line], right: Sequence[Line], edge: float) -> bool:
    """Tell columns of one width from cells: they reach to the gap between them, and the right one has no holes."""
    widths = [max(line.right for line in side) - min(line.left for line in side) for side in (left, right)]
    within = [line for line in left if line.top >= right[-1].top - 2]
    near = edge - max(line.right for line in left) <= FEWEST * left[0].runs[0].height
    return near and 0.6 <= widths[0] / max(widths[1], 1.0) <= 1.7 and len(right) * 10 >= len(within) * 8


def _counted(lines: Sequence[Line]) -> int:
    """Count the lines that begin with the number after that of one before."""
    found = [
        int(match.group(1)) for line in lines if (match := NUMBER.match(line.plain)) and len(line.plain) > match.end()
    ]
    return sum(1 for before, after in pairwise(found) if after == before + 1) + (1 if found else 0)


def _goes_on(left: Sequence[Line], right: Sequence[Line]) -> bool:
    last = [int(match.group(1)) for line in left if (match := NUMBER.match(line.plain))][-1]
    first = next((int(match.group(1)) for line in right if (match := NUMBER.match(line.plain))), 0)
    return first == last + 1

"""Wrapped lines of a page's block: where its right edge is, and which lines go on with the one above."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from signatures.importing.sources.layout import ALONE, NUMBER, Line

BULLETS = "•·▪◦‣*–-"
NEAR_EDGE = 3  # lines, and heights of a letter, that show where a block was wrapped
FEW = 3  # lines with a small step above them, and as many with a large one, show which is which
LARGER = 1.15  # of the step within an entry is the least from one entry to the next


class Wraps(NamedTuple):
    """What a block shows of its wrapping, by the number of the line: had no room above; goes on; begins an entry."""

    tight: frozenset[int] = frozenset()
    on: frozenset[int] = frozenset()
    crowded: bool = False


def wraps(lines: Sequence[Line], *, column: bool) -> Wraps:
    """Look where lines end and how far they stand apart; in one of several columns most names need more than a line."""
    within = frozenset(at for at, line in enumerate(lines) if line.within)
    if on := _closer(lines):
        return Wraps(on=on | within)
    edge = _edge(lines)
    if edge is None:
        return Wraps(on=within)
    end, crowded = edge
    tight = frozenset(at for at in range(1, len(lines)) if _no_room(lines[at - 1], lines[at], end))
    return Wraps(tight - within, within, crowded or column)


def _edge(lines: Sequence[Line]) -> tuple[float, bool] | None:
    """Find the edge at which most lines were wrapped, and whether they crowd there as no names by chance do."""
    height = lines[0].runs[0].height
    ends = sorted((line.right for line in lines), reverse=True)
    band = NEAR_EDGE * height
    for end in ends[: max(1, len(ends) // 8)]:
        near = sum(1 for one in ends if end - band < one <= end)
        if near > NEAR_EDGE:
            short = sum(1 for one in ends if end - 2 * band < one <= end - band)
            return end, near >= 2 * short and near * 6 >= len(ends)
    return None


def _closer(lines: Sequence[Line]) -> frozenset[int]:
    """Find the lines that stand closer to the one above than entries do, where nearly all of them had no room there."""
    steps = {at: above.top - below.top for at, (above, below) in enumerate(pairwise(lines), 1)}
    least = min((step for step in steps.values() if step > 0), default=0.0)
    close = frozenset(at for at, step in steps.items() if 0 < step < least * LARGER)
    far = len(steps) - len(close)
    end = max((lines[at - 1].right for at in close), default=0.0)
    wrapped = sum(1 for at in close if _no_room(lines[at - 1], lines[at], end))
    sure = min(len(close), far) >= FEW and far * 5 >= len(steps) * 2 and wrapped * 5 >= len(close) * 4
    return close if sure else frozenset()


def _no_room(line: Line, after: Line, edge: float) -> bool:
    """Tell whether the first word of a line had no room on the line above, so that it was wrapped there."""
    if (
        NUMBER.match(after.plain)
        or after.plain[0] in BULLETS
        or ALONE.match(after.plain)
        or line.left - after.left > line.runs[0].height
    ):
        return False
    first = after.runs[0]
    word = first.text.split(" ", 1)[0]
    width = (first.right - first.left) * len(word) / max(len(first.text), 1)
    return line.right <= edge and line.right + 0.2 * first.height + width > edge

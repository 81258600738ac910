"""Lines of a page from its runs of text: what stands beside one another, from the highest to the lowest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import NamedTuple

FEWEST = 4  # lines that make a column
WIDE = 1.5  # of the usual distance between lines: a wider one is an empty line
NUMBER = re.compile(r"[\[(]?(\d{1,5})[.)\]]{0,2}(?=\s|\Z)")
ALONE = re.compile(r"[\[(]?\d{1,5}[.)\]]{0,2}\Z|[•·▪◦‣*-]\Z")


class Run(NamedTuple):
    """A piece of text on a page, with its edges in points from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        """How high its letters are."""
        return max(self.top - self.bottom, 1.0)


@dataclass
class Line:
    """What stands on one line of a page, from its beginning to its end."""

    runs: list[Run] = field(default_factory=list)
    rowed: bool = False  # whether it was cut from a row of cells
    within: bool = False  # whether that row goes on here: another of its cells is at its end

    @property
    def top(self) -> float:
        """The upper edge of its first run, by which lines are compared."""
        return max(run.top for run in self.runs)

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return min(run.bottom for run in self.runs)

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(run.right for run in self.runs)

    @property
    def left(self) -> float:
        """Where it begins."""
        return min(run.left for run in self.runs)

    @cached_property
    def plain(self) -> str:
        """Its text with single spaces."""
        return " ".join(" ".join(run.text for run in self.runs).split())


def lines_of(runs: Iterable[Run]) -> list[Line]:
    """Put the runs that stand beside one another on lines, the highest first."""
    lines: list[Line] = []
    for run in sorted(runs, key=lambda one: (-(one.top + one.bottom), one.left)):
        last = lines[-1] if lines else None
        if last is not None and _beside(last.runs[0], run):
            last.runs.append(run)
        else:
            lines.append(Line([run]))
    backwards = right_to_left(lines)
    for line in lines:
        line.runs.sort(key=lambda one: -one.right if backwards else one.left)
    return lines


def _beside(first: Run, second: Run) -> bool:
    overlap = min(first.top, second.top) - max(first.bottom, second.bottom)
    return overlap >= 0.5 * min(first.height, second.height)


def right_to_left(lines: Sequence[Line]) -> bool:
    """Tell whether most letters of lines run from right to left."""
    letters = [
        unicodedata.bidirectional(c) for line in lines[:200] for run in line.runs for c in run.text[:80] if c.isalpha()
    ]
    return sum(1 for one in letters if one in ("R", "AL")) * 2 > len(letters)


def usual_distance(lines: Sequence[Line]) -> float:
    """Tell how far lines that go on with one another stand apart."""
    steps = [above.top - below.top for above, below in pairwise(lines) if above.top > below.top]
    heights = median(line.top - line.bottom for line in lines)
    near = [step for step in steps if step <= heights * 2.2]
    return median(near) if near else heights * 1.2

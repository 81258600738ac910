"""A page's lines as text: indented as they stand, tabs between the cells of a row, an empty line where the page has a gap."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from signatures.importing.sources.layout import ALONE, FEWEST, NUMBER, WIDE, Line, right_to_left, usual_distance
from signatures.importing.sources.newspaper import in_reading_order
from signatures.importing.sources.wraps import Wraps, wraps

APART = 1.3  # of a line's height: a gap that parts cells
CLOSE = 0.88  # of the distance of a table's rows: a line so near goes on with the row above
MOST_INDENT = 40
HANGING = 4
ONE_EDGE = 3  # points: edges so near are one
SPACED = 4  # of so many lines more than one is empty where empty lines part entries
BEHIND = "([–—-/&"  # what no name begins with


class Text(NamedTuple):
    """A line as it is written; `tight` tells that its first word had no room above, `crowded` that many had none."""

    text: str
    tight: bool = False
    crowded: bool = False


def texts_of(lines: Sequence[Line]) -> list[Text]:
    """Write a page's lines as text, an empty one where the page has a gap."""
    if not lines:
        return []
    usual = usual_distance(lines)
    texts: list[Text] = []
    blocks = in_reading_order(list(lines))
    for block in blocks:
        texts += [Text("")] if spaced(texts) else []
        texts += _written(block, usual, column=len(blocks) > 1)
    return texts


def spaced(texts: Sequence[Text]) -> bool:
    """Tell whether empty lines part the entries, so that one belongs between columns and pages as well."""
    return sum(1 for one in texts if not one.text) * SPACED > len(texts)


def _written(lines: Sequence[Line], usual: float, *, column: bool) -> list[Text]:
    """Write the lines of a block: indented as they stand, with tabs between the cells of a row."""
    backwards = right_to_left(lines) or _flush_right(lines)
    margin = max(line.right for line in lines) if backwards else min(line.left for line in lines)
    edges = _cell_edges(lines)
    wrapped = Wraps() if edges or backwards else wraps(lines, column=column)
    apart = CLOSE * _row_distance(lines, edges)
    texts: list[Text] = []
    cells: list[str] = []
    previous: Line | None = None
    for at, line in enumerate(lines):
        gap = previous is not None and previous.top - line.top > usual * WIDE
        if previous is None or (gap and not line.rowed):  # the room below a short cell is no gap
            texts += [Text("")] if texts else []
        row = _row(line, edges)
        close = previous is not None and previous.top - line.top < apart and not all(row)
        if cells and not gap and previous is not None and (close or _wraps(row, line, margin)):
            cells = [" ".join(filter(None, pair)) for pair in _paired(cells, row)]
            texts[-1] = Text("\t".join(cells).rstrip())
        else:
            inwards = margin - line.right if backwards else line.left - margin
            indent = min(round(inwards / (0.5 * line.runs[0].height)), MOST_INDENT)
            tight = not gap and at in wrapped.tight
            if at in wrapped.on or (tight and (line.plain[0].islower() or line.plain[0] in BEHIND)):
                indent = max(indent, HANGING)  # it goes on with the line above, as a hanging indent would show
            texts.append(Text(" " * indent + "\t".join(row).rstrip(), tight, tight and wrapped.crowded))
            cells = row if edges and sum(1 for cell in row if cell) > 1 else []
        previous = line
    return texts


def _flush_right(lines: Sequence[Line]) -> bool:
    """Tell whether lines with words from right to left stand at one edge on the right rather than on the left."""
    away = any(unicodedata.bidirectional(c) in ("R", "AL") for line in lines for run in line.runs for c in run.text)
    ends, begins = (Counter(round(one / ONE_EDGE) for one in edges) for edges in _edges_of(lines))
    return away and max(ends.values()) > max(begins.values())


def _edges_of(lines: Sequence[Line]) -> tuple[list[float], list[float]]:
    return [line.right for line in lines], [line.left for line in lines]


def _row_distance(lines: Sequence[Line], edges: Sequence[float]) -> float:
    """Tell how far below the line above it a row of a table begins: one that fills all its columns."""
    steps = [above.top - below.top for above, below in pairwise(lines) if edges and all(_row(below, edges))]
    return median(steps) if len(steps) >= FEWEST - 1 else 0.0


def _cell_edges(lines: Sequence[Line]) -> list[float]:
    """Find where the cells of a table begin: runs that stand apart, below one another in at least a third of the lines."""
    begins = sorted(
        run.left
        for line in lines
        for before, run in pairwise(line.runs)
        if run.left - before.right > before.height * 0.8
        and not (before is line.runs[0] and ALONE.match(before.text.strip()))
    )
    groups: list[list[float]] = []
    for begin in begins:
        if groups and begin - groups[-1][0] <= 6:
            groups[-1].append(begin)
        else:
            groups.append([begin])
    return [group[0] for group in groups if len(group) >= FEWEST - 1 and len(group) * 4 >= len(lines)]


def _row(line: Line, edges: Sequence[float]) -> list[str]:
    """Put the runs of a line into cells; a number goes before the text beside it."""
    cells = [""] * (len(edges) + 1)
    for at, run in enumerate(line.runs):
        column = sum(1 for edge in edges if run.left >= edge - 4)
        text = run.text.strip()
        far = at and run.left - line.runs[at - 1].right > APART * run.height and not edges
        parting = "   " if far and not ALONE.match(cells[column].strip()) else " "
        cells[column] = f"{cells[column]}{parting}{text}" if cells[column] else text
    return cells


def _wraps(row: Sequence[str], line: Line, margin: float) -> bool:
    """Tell whether a line goes on with the cells above it: it has no number, and nothing at the margin or more than one cell."""
    if NUMBER.match(line.plain):
        return False
    indented = line.left - margin > 0.6 * line.runs[0].height
    return indented and (not row[0] or sum(1 for cell in row if cell) >= 1)


def _paired(cells: Sequence[str], row: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(cells, row, strict=True))

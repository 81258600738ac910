"""What stands on pages beside their text: running headers and footers, and the numbers of pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.sources.layout import Line
from signatures.importing.sources.source import Aside, Place

OUTER = 4  # lines at a page's top and bottom that may be furniture
NEAR = 8.0  # points by which a header may stand higher or lower on another page
_DIGITS = re.compile(r"\d+")


def set_aside(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], list[Aside]]:
    """Part the pages' text from what repeats at the same height on at least half of them, numbers aside."""
    seen: dict[str, list[tuple[int, Line]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for line in _outer(page):
            seen[_DIGITS.sub("#", line.plain.casefold())].append((number, line))
    found: set[int] = set()
    for lines in seen.values():
        for number, line in lines:
            alike = {other for other, beside in lines if _repeats(line, number, beside, other)}
            if len(alike) > 1 and len(alike) * 2 >= len(pages):
                found.add(id(line))
    kept = [[line for line in page if id(line) not in found] for page in pages]
    aside = [
        Aside(line.plain, Place("page", number), reasons.OF_PAGE)
        for number, page in enumerate(pages, 1)
        for line in page
        if id(line) in found
    ]
    return kept, aside


def _outer(page: Sequence[Line]) -> list[Line]:
    return [*page[:OUTER], *page[max(OUTER, len(page) - OUTER) :]]


def _repeats(line: Line, page: int, other: Line, on: int) -> bool:
    """Tell whether two lines are one but for the numbers that count pages; those of a list count otherwise."""
    if abs(line.top - other.top) > NEAR:
        return False
    pairs = zip(_DIGITS.findall(line.plain), _DIGITS.findall(other.plain), strict=True)
    return all(first == second or int(second[:9]) - int(first[:9]) == on - page for first, second in pairs)

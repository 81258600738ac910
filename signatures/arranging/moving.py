"""Changing an order by hand: lines placed under a number, entries that came or left since, and what moved. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from signatures.order import OrderLine


class Line(Protocol):
    """A line of an order, perhaps with what a page knows of it."""

    @property
    def kind(self) -> str:
        """Tell what it is, as an OrderLine does."""


SomeLine = TypeVar("SomeLine", bound=Line)


def numbered(lines: Iterable[Line]) -> list[int | None]:
    """Tell the number of each line; a heading has none."""
    numbers: list[int | None] = []
    last = 0
    for line in lines:
        last += line.kind != "section"
        numbers.append(None if line.kind == "section" else last)
    return numbers


def signatures_in(lines: Iterable[OrderLine]) -> list[str]:
    """List the signatures of an order, each once, in their order."""
    return list(dict.fromkeys(line.value for line in lines if line.kind == "signature"))


def completed(lines: Iterable[OrderLine], standing: Sequence[str]) -> list[OrderLine]:
    """Leave out what does not stand (any more), and append what is missing, in the order in which it stands there."""
    there, seen, kept = set(standing), set[str](), list[OrderLine]()
    for line in lines:
        if line.kind == "signature":
            if line.value not in there or line.value in seen:
                continue
            seen.add(line.value)
        kept.append(line)
    return kept + [OrderLine("signature", id_) for id_ in standing if id_ not in seen]


def placed(lines: Sequence[SomeLine], wanted: Mapping[int, int]) -> list[SomeLine]:
    """Place lines, named by their index, under the numbers that are wanted for them; the others keep their order.

    Going up, a line comes directly before the one that had its number; going down, directly after it: so it stays on
    that one's side of a heading. A heading comes directly before its number. A number too large means the end.
    """
    numbers = numbered(lines)
    arranged = [line for index, line in enumerate(lines) if index not in wanted]
    # Headings last: what goes under a number is there already.
    for index, number in sorted(wanted.items(), key=lambda pair: (numbers[pair[0]] is None, pair[1], pair[0])):
        had = numbers[index]
        insert(arranged, lines[index], number, under_heading=had is None or number < had)
    return arranged


def pinned(lines: Sequence[OrderLine], pins: Mapping[str, int]) -> list[OrderLine]:
    """Place signatures under the numbers to which they are pinned; one at the head of a section before its heading."""
    arranged = [line for line in lines if line.kind != "signature" or line.value not in pins]
    for id_, number in sorted(pins.items(), key=lambda pair: (pair[1], pair[0])):
        insert(arranged, OrderLine("signature", id_), number, under_heading=False)
    return arranged


def insert(lines: list[SomeLine], line: SomeLine, number: int, *, under_heading: bool) -> None:
    """Insert a line so that it has a number, before or after the headings that stand there."""
    numbers = [(index, one) for index, one in enumerate(numbered(lines)) if one is not None]
    before = max(number, 1) - 1
    if before >= len(numbers):
        lines.append(line)
    elif under_heading:
        lines.insert(numbers[before][0], line)
    else:
        lines.insert(numbers[before - 1][0] + 1 if before else 0, line)


def moved(lines: Iterable[OrderLine], last: Iterable[OrderLine]) -> set[str]:
    """Name the fewest signatures that must have changed place between two orders; who is in one alone is not named."""
    place = {id_: index for index, id_ in enumerate(signatures_in(last))}
    both = [id_ for id_ in signatures_in(lines) if id_ in place]
    return set(both) - {both[index] for index in rising([place[id_] for id_ in both])}


def rising(ranks: Sequence[int]) -> list[int]:
    """Find the indexes of a longest part of a sequence that never falls."""
    ends, tails, before = list[int](), list[int](), list[int | None]()
    for index, rank in enumerate(ranks):
        length = bisect_left(ends, rank + 1)
        before.append(tails[length - 1] if length else None)
        ends[length : length + 1], tails[length : length + 1] = [rank], [index]
    found: list[int] = []
    at = tails[-1] if tails else None
    while at is not None:
        found.append(at)
        at = before[at]
    return found[::-1]

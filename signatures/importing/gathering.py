"""Gathering of entries: the drafts, the lines left out, and what the list is known to be so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from signatures.importing import columns, kinds, numbering, wrapping
from signatures.importing.custom import Custom
from signatures.importing.lines import Line
from signatures.importing.words import fold

_GOES_ON = 5  # lines like entries show that the list goes on


@dataclass
class Draft:
    """An entry while its lines are gathered."""

    first: int  # indexes into the lines, from 0
    last: int
    text: str
    number: int | None = None
    section: str | None = None
    subsequent: bool = False
    guesses: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    depth: int = 0
    size: int = 1  # lines


@dataclass
class Reading:
    """What the lines from the list's beginning to the end of the text became."""

    drafts: list[Draft] = field(default_factory=list)
    skipped: dict[int, tuple[str, str]] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    subsequent_heading: str | None = None
    mark: str | None = None
    titles: Line | None = None


def heads_section(found: numbering.Numbered) -> bool:
    """Tell whether a number stands before words for scope and group: it counts sections, not entries."""
    rest = Line(0, found.rest, found.rest)
    return found.shape in ("dot", "paren") and kinds.section(rest, numbered=False) == kinds.SCOPE


def _page_headers(lines: Sequence[Line], first: int) -> frozenset[str]:
    """Find the lines of a list that stand beside the numbers of several pages, and the title where it is printed there."""
    shown = [line for line in lines[first:] if not line.blank]
    beside: Counter[str] = Counter()
    for before, after in pairwise(shown):
        for page, other in ((before, after), (after, before)):
            if kinds.is_page_number(page) and not page.bare.isdecimal() and numbering.read(other, 0) is None:
                beside[fold(other.bare)] += 1
    title = next((fold(line.bare) for line in lines[:first] if not line.blank), None)
    return frozenset(text for text, count in beside.items() if count > 1 or text == title)


class Gathering:
    """The state of one walk through the lines of a list, and the four things that can happen to a line."""

    def __init__(self, lines: Sequence[Line], first: int) -> None:
        self.lines, self.first = lines, first
        self.reading = Reading()
        self.parts = self._parts()
        self.numbers = self._prove()
        self.first_number, self.last_number = self.reach(first)
        self.page_headers = _page_headers(lines, first)
        self.words = wrapping.Vocabulary(lines)
        self.current: Draft | None = None
        self.section: str | None = None
        self.subsequent = False
        self.free = self.last_number < 0  # entries stand without numbers
        self.ended: tuple[str, str] | None = None
        self.gap = False  # a blank line came just before
        self.pending: list[int] = []  # lines left out since the current entry's last line
        region = [line for line in lines[first:] if not line.blank]
        self.custom = Custom(region, numbered=bool(self.numbers))
        self.wrapped_at = wrapping.width(region)
        rests = [found.rest for found in self.numbers.values()] or [line.text for line in region]
        self.reading.mark = columns.separator(region, rests)

    def _parts(self) -> list[range]:
        """Part the list at the headings of those who signed later: numbers may stand in one part and not in another."""
        later = [
            i
            for i in range(self.first, len(self.lines))
            if not self.lines[i].blank and kinds.is_later_heading(self.lines[i])
        ]
        starts = [self.first, *(index + 1 for index in later)]
        return [range(start, after) for start, after in zip(starts, [*later, len(self.lines)], strict=True)]

    def _prove(self) -> dict[int, numbering.Numbered]:
        numbers: dict[int, numbering.Numbered] = {}
        due = None
        for part in self.parts:
            found = numbering.prove(self.lines, part, self._restarts, heads_section, due)
            numbers |= found
            due = found[max(found)].number + 1 if found else due
        return numbers

    def reach(self, start: int) -> tuple[int, int]:
        """Give the first and the last line with a number in the part that begins at `start`."""
        part = next((part for part in self.parts if part.start == start), range(0))
        within = [index for index in part if index in self.numbers]
        return (within[0], within[-1]) if within else (-1, -1)

    def _restarts(self, index: int) -> bool:
        for line in reversed(self.lines[max(self.first - 1, index - 4) : index]):
            if line.blank or kinds.is_column_titles(line) or kinds.is_ruler(line):
                continue
            return bool(kinds.is_later_heading(line) or kinds.section(line, numbered=True))
        return False

    def entries_follow(self, index: int) -> bool:
        """Tell whether several lines like entries stand behind a line."""
        seen = 0
        for line in self.lines[index + 1 : index + 30]:
            ending = kinds.contact(line) or kinds.note(line)
            if line.blank or (ending and ending.startswith("only")):
                continue
            if line.sentence or ending:
                return False
            seen += 1
            if seen >= _GOES_ON:
                return True
        return False

    def open(self, index: int, text: str, number: int | None, reason: str) -> None:
        """Begin an entry."""
        self.close()
        self.current = Draft(index, index, text.strip(), number, self.section, self.subsequent)
        self.current.reasons.append(reason)
        self.current.depth = wrapping.depth_after(text, 0)

    def append(self, index: int, line: Line, why: str) -> None:
        """Let a line go on with the entry; a footer between the two belongs to it."""
        current = self.current
        if current is None:  # pragma: no cover - callers have looked
            return
        current.text, guess = wrapping.join(current.text, line.text, self.words)
        if guess:
            current.guesses.append(guess)
        current.depth = wrapping.depth_after(line.text, current.depth)
        for left_out in self.pending:
            kind, _ = self.reading.skipped.pop(left_out)
            current.reasons.append(f"without the {kind} on line {self.lines[left_out].number} inside it")
        self.pending = []
        current.last = index
        current.size += 1
        current.reasons.append(f"with line {line.number}: {why}")

    def skip(self, index: int, kind: str, reason: str) -> None:
        """Leave a line out of the entries."""
        self.reading.skipped[index] = (kind, reason)
        if self.current is not None:
            self.pending.append(index)

    def close(self) -> None:
        """End the entry, if there is one."""
        if self.current is not None:
            self.reading.drafts.append(self.current)
        self.current, self.pending = None, []

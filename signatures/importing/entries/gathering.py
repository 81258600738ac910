"""Gathering of entries: the drafts, the lines left out, and what the list is known to be so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from signatures.importing import reasons
from signatures.importing.entries import notes, wrapping
from signatures.importing.entries.custom import Custom
from signatures.importing.entries.drafts import Draft, Reading
from signatures.importing.entries.grid import Grid
from signatures.importing.lexicon.words import fold
from signatures.importing.lines import columns, kinds, numbering, sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.headwords import is_heading_word, is_later_heading
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_PAGE_AT_END = re.compile(r"(\S.{0,150}?)[\s|,\u2013-]{1,8}(?:page\s)?(\d{1,3})(?:\s?/\s?\d{1,3})?\Z", re.IGNORECASE)
_REPEATED = 2  # times that a page's header is printed, at least; a form feed before it is as good
_GOES_ON = 5  # lines like entries show that the list goes on


def heads_section(found: numbering.Numbered) -> bool:
    """Tell whether a number stands before words for scope and group: it counts sections, not entries."""
    rest = Line(0, found.rest, found.rest)
    return found.shape in ("dot", "paren") and sections.section(rest, numbered=False) == reasons.SCOPE


def _page_headers(lines: Sequence[Line], first: int) -> frozenset[str]:
    """Find the lines of a list that stand beside the numbers of several pages, and the title where it is printed there."""
    shown = [line for line in lines[first:] if not line.blank]
    beside: Counter[str] = Counter()
    for before, after in pairwise(shown):
        for page, other in ((before, after), (after, before)):
            if kinds.is_page_number(page) and not page.bare.isdecimal() and numbering.read(other, 0) is None:
                alone = other.source.startswith("\f") and sections.section(other, numbered=True) != reasons.SCOPE
                beside[fold(other.bare)] += _REPEATED if alone else 1
    title = next((fold(line.bare) for line in lines[:first] if not line.blank), None)
    return frozenset(text for text, count in beside.items() if count >= _REPEATED or text == title) | _counted(
        shown, title
    )


def _counted(shown: Sequence[Line], title: str | None) -> frozenset[str]:
    """Find the lines that end in a page's number and are else the title, or the same on several pages."""
    ends = [(at, match) for at, line in enumerate(shown) if (match := _PAGE_AT_END.match(line.bare))]
    places: dict[str, list[tuple[int, int]]] = {}
    for at, match in ends:
        if numbering.read(shown[at], 0) is None:
            places.setdefault(fold(match.group(1)), []).append((at, int(match.group(2))))
    running = {text for text, found in places.items() if len(found) >= _REPEATED and all(map(_turns, found, found[1:]))}
    return frozenset(fold(shown[at].bare) for at, match in ends if fold(match.group(1)) in {*running, title})


def _turns(before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Tell whether a page lies between two such lines: several lines, and one number."""
    return after[0] - before[0] > _GOES_ON and after[1] == before[1] + 1


class Gathering:
    """The state of one walk through the lines of a list, and the four things that can happen to a line."""

    def __init__(self, lines: Sequence[Line], first: int) -> None:
        self.lines, self.first = lines, first
        self.reading = Reading()
        ending = notes.begin(lines, first)
        self.notes = len(lines) if ending is None else ending  # where the notes after the list begin
        self.parts = self._parts()
        self.numbers = self._prove()
        self.first_number, self.last_number = self.reach(first)
        self.page_headers = _page_headers(lines, first)
        self.words = wrapping.Vocabulary(lines)
        self.current: Draft | None = None
        self.section: str | None = None
        self.section_at = -1
        self.subsequent = False
        self.free = self.last_number < 0  # entries stand without numbers
        self.ended: tuple[str, Reason] | None = None
        self.gap = False  # a blank line came just before
        self.unsure = False  # whether the present line may as well go on with the one above
        self.pending: list[int] = []  # lines left out since the current entry's last line
        region = [line for line in lines[first : self.notes] if not line.blank]
        self.custom = self._custom_of(self.parts[0])
        self.wrapped_at = wrapping.width(region)
        self.wraps = self._wraps()
        rests = [found.rest for found in self.numbers.values()] or [bullet(line.text) or line.text for line in region]
        stacked = any(line.cell for line in region)
        self.reading.mark = "\t" if stacked else columns.separator(region, rests)
        self.grid = self._grid(region)

    def _parts(self) -> list[range]:
        """Part the list at the headings of those who signed later: numbers may stand in one part and not in another."""
        later = [
            i for i in range(self.first, self.notes) if not self.lines[i].blank and is_later_heading(self.lines[i])
        ]
        starts = [self.first, *(index + 1 for index in later)]
        return [range(start, after) for start, after in zip(starts, [*later, self.notes], strict=True)]

    def _prove(self) -> dict[int, numbering.Numbered]:
        numbers: dict[int, numbering.Numbered] = {}
        due = None
        for part in self.parts:
            found = numbering.prove(self.lines, part, self._restarts, heads_section, due)
            numbers |= found
            due = found[max(found)].number + 1 if found else due
        return numbers

    def _grid(self, region: Sequence[Line]) -> Grid | None:
        mark = self.reading.mark
        if mark not in ("gap", "|"):
            return None
        rests = {self.lines[index].number: found.rest for index, found in self.numbers.items()}
        rows = [line for line in region if not rests or line.number in rests]
        return Grid(mark, rows, [rests.get(line.number, line.text) for line in rows])

    def _custom_of(self, part: range) -> Custom:
        """Learn how a part of the list is set; what a short part of later ones does not show is as before."""
        shown = [self.lines[index] for index in part if not self.lines[index].blank]
        return Custom(shown, numbers=frozenset(self.lines[i].number for i in part if i in self.numbers))

    def _wraps(self) -> bool:
        """Tell whether numbered entries are wrapped here: more than one line without a number stands below one that has."""
        below = [
            self.lines[index + 1]
            for index in self.numbers
            if index + 1 < self.notes and index + 1 not in self.numbers and not self.lines[index + 1].blank
        ]
        return (
            sum(1 for line in below if not sections.section(line, numbered=True) and not kinds.is_page_number(line)) > 1
        )

    def heads(self, line: Line) -> Reason | None:
        """Say why a line heads a section here, or give None."""
        unlike = not self.free or (self.custom.bullets and self.custom.bullet(line) is None)
        return sections.section(line, numbered=unlike) or self.custom.section(line)

    def begin_part(self, start: int) -> None:
        """Turn to the part of the list that begins at `start`."""
        part = next((part for part in self.parts if part.start == start), range(0))
        self.custom = self._custom_of(part)
        self.first_number, self.last_number = self.reach(start)
        self.free = self.last_number < 0

    def reach(self, start: int) -> tuple[int, int]:
        """Give the first and the last line with a number in the part that begins at `start`."""
        part = next((part for part in self.parts if part.start == start), range(0))
        within = [index for index in part if index in self.numbers]
        return (within[0], within[-1]) if within else (-1, -1)

    def _restarts(self, index: int) -> bool:
        for line in reversed(self.lines[max(self.first - 1, index - 4) : index]):
            if line.blank or kinds.is_column_titles(line) or kinds.is_ruler(line):
                continue
            headed = line.bare.endswith(":") and any(map(is_heading_word, line.words))
            return bool(headed or is_later_heading(line) or sections.section(line, numbered=True))
        return False

    def entries_follow(self, index: int) -> bool:
        """Tell whether several lines like entries stand behind a line."""
        seen = 0
        for line in self.lines[index + 1 : index + 30]:
            ending = kinds.contact(line) or kinds.note(line)
            if line.blank or ending in kinds.ADDRESSES:
                continue
            if line.sentence or ending:
                return False
            seen += 1
            if seen >= _GOES_ON:
                return True
        return False

    def open(self, index: int, text: str, number: int | None, reason: Reason) -> None:
        """Begin an entry."""
        self.close()
        self.current = Draft(index, index, text.strip(), number, self.section, self.subsequent)
        self.current.reasons.append(reason)
        if guess := self.lines[index].guess:
            self.current.guesses.append(guess)
        if doubt := self.lines[index].doubt:
            self.current.doubts.append(doubt)
        self.current.depth = wrapping.depth_after(text, 0)
        if self.grid:
            behind = text if self.grid.bars else text.rjust(len(self.lines[index].text))
            self.current.cells = self.grid.cells(behind)
            self.current.written = list(self.current.cells)

    def append(self, index: int, line: Line, why: Reason) -> None:
        """Let a line go on with the entry; a footer between the two belongs to it."""
        current = self.current
        if current is None:  # pragma: no cover - callers have looked
            return
        if line.cell:
            current.text = f"{current.text.strip()}\t{line.bare}"
            current.guesses += [line.guess] if line.guess else []
        elif self.grid:
            self._append_cells(current, line, self.grid)
        else:
            current.text, guess = wrapping.join(current.text, line.text, self.words)
            current.guesses += [guess] if guess else []
        current.depth = wrapping.depth_after(line.text, current.depth)
        for left_out in self.pending:
            del self.reading.skipped[left_out]
            current.reasons.append(reasons.WITHOUT_LINE.of(line=self.lines[left_out].number))
        self.pending = []
        current.last = index
        current.size += 1
        current.reasons.append(reasons.WITH_LINE.of(line=line.number, why=why))

    def _append_cells(self, current: Draft, line: Line, grid: Grid) -> None:
        below = grid.below(line.text, len(current.cells))
        for at, cell in enumerate(below[: len(current.cells)]):
            current.cells[at], guess = wrapping.join(current.cells[at], cell, self.words)
            current.guesses += [guess] if guess else []
        current.written = below
        current.text = (" | " if grid.bars else "    ").join(cell for cell in current.cells if cell or grid.bars)

    def skip(self, index: int, kind: str, reason: Reason) -> None:
        """Leave a line out of the entries."""
        self.reading.skipped[index] = (kind, (reason,))
        if self.current is not None:
            self.pending.append(index)

    def close(self) -> None:
        """End the entry, if there is one."""
        if self.current is not None:
            self.reading.drafts.append(self.current)
        self.current, self.pending = None, []

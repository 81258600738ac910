"""Entries of the list: the lines after its heading, walked once, each put into an entry or left out for a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from signatures.importing import columns, countries, heading, kinds, numbering, wrapping
from signatures.importing.lines import Line
from signatures.importing.words import fold, vocabulary

_CLOSES_WITHIN = 4  # lines in which an open bracket must be closed
_FEW, _GOES_ON = 3, 5
_MOST_LINES = 40  # of one entry


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


def read(lines: Sequence[Line], first: int) -> Reading:
    """Read the entries from the line with index `first` on."""
    return _Walk(lines, first).walk()


def _heads_section(found: numbering.Numbered) -> bool:
    rest = Line(0, found.rest, found.rest)
    return found.shape in ("dot", "paren") and kinds.section(rest, numbered=False) == kinds.SCOPE


class _Walk:
    def __init__(self, lines: Sequence[Line], first: int) -> None:
        self.lines, self.first = lines, first
        self.reading = Reading()
        self.parts = self._parts()
        self.numbers = self._prove()
        self.first_number, self.last_number = self._reach(first)
        self.words = wrapping.Vocabulary(lines)
        self.current: Draft | None = None
        self.section: str | None = None
        self.subsequent = False
        self.free = self.last_number < 0  # entries stand without numbers
        self.ended: tuple[str, str] | None = None
        self.gap = False  # a blank line came just before
        self.pending: list[int] = []  # lines left out since the current entry's last line
        region = [line for line in lines[first:] if not line.blank]
        self.custom = _Custom(region, numbered=bool(self.numbers))
        self.wrapped_at = wrapping.width(region)
        rests = [found.rest for found in self.numbers.values()] or [line.text for line in region]
        self.reading.mark = columns.separator(region, rests)

    def _parts(self) -> list[range]:
        """Part the list at the headings of those who signed later: numbers may stand in one part and not in another."""
        later = [i for i in range(self.first, len(self.lines)) if not self.lines[i].blank and kinds.is_later_heading(self.lines[i])]
        starts = [self.first, *(index + 1 for index in later)]
        return [range(start, after) for start, after in zip(starts, [*later, len(self.lines)], strict=True)]

    def _prove(self) -> dict[int, numbering.Numbered]:
        numbers: dict[int, numbering.Numbered] = {}
        due = None
        for part in self.parts:
            found = numbering.prove(self.lines, part, self._restarts, _heads_section, due)
            numbers |= found
            due = found[max(found)].number + 1 if found else due
        return numbers

    def _reach(self, start: int) -> tuple[int, int]:
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

    def walk(self) -> Reading:
        for index in range(self.first, len(self.lines)):
            line = self.lines[index]
            if line.blank:
                self.gap = True
                continue
            self._take(index, line)
            self.gap = False
        self._close()
        return self.reading

    # ── what a line becomes ──────────────────────────────────────────────────────────────────────────────────────────
    def _take(self, index: int, line: Line) -> None:
        if index in self.numbers:
            self._number(index, self.numbers[index])
            return
        if self.current is not None and self.current.size >= _MOST_LINES:
            self._close()
        if not self._wraps_first(index, line) and not self._leave_out(index, line):
            if self.free:
                self._free_line(index, line)
            else:
                self._unnumbered_line(index, line)

    def _number(self, index: int, found: numbering.Numbered) -> None:
        self.ended = None
        self.free = False
        self._open(index, found.rest, found.number, found.reason)
        if found.remark and self.current and not found.remark.startswith("numbers start"):
            self.current.guesses.append(found.remark)

    def _wraps_first(self, index: int, line: Line) -> bool:
        """Let a line that must belong to the entry above do so before it is taken for a heading or a footer."""
        current = self.current
        if current is None or self.gap or self.ended or line.bare.endswith((":", "：")):
            return False
        if wrapping.completes_country(current.text, line.bare) and (not self.free or self._full(index)):
            self._append(index, line, "the two lines together name a country or region")
            return True
        openly = wrapping.is_open(current.text, current.depth) and not (self.custom.separators and current.depth == 0)
        if openly and kinds.section(line, numbered=not self.free) and not current.text.rstrip().endswith(":"):
            self._append(index, line, "the line above is not complete")
            return True
        return False

    def _leave_out(self, index: int, line: Line) -> bool:
        """Leave out what is no entry; tell whether it was."""
        if self._later(index, line):
            return True
        if self.ended:
            self._skip(index, *self.ended)
            return True
        if kinds.is_ruler(line):
            self._skip(index, "ruler", "a line that is only drawn")
        elif kinds.is_footer(line) or (kinds.is_page_number(line) and not (line.bare.isdecimal() and len(line.bare) > 3)):
            kind = "footer" if kinds.is_footer(line) else "page-number"
            self._skip(index, kind, "stands at a page's end; the list goes on after it")
        elif kinds.is_closing(line) and (self.free or index > self.last_number):
            self._skip(index, "closing", "closing words of a letter")
        elif self.free and (self._counts(index, line) or heading.is_dated(line)):
            self._skip(index, "remark", "only counts or dates the list")
        elif kinds.is_column_titles(line) and numbering.read(line, 0) is None:
            self.reading.titles = self.reading.titles or line
            self._skip(index, "column-titles", "the titles of the columns")
        else:
            return self._ends(index, line) or self._heads(index, line)
        return True

    def _counts(self, index: int, line: Line) -> bool:
        found = numbering.read(line, index)
        return kinds.is_count(line) and (found is None or not _heads_section(found))

    def _later(self, index: int, line: Line) -> bool:
        if not kinds.is_later_heading(line) or (self.current and not self.gap and self.current.depth):
            return False
        self._close()
        self.subsequent, self.section, self.ended = True, None, None
        self.reading.subsequent_heading = self.reading.subsequent_heading or line.bare
        self.first_number, self.last_number = self._reach(index + 1)
        self.free = self.last_number < 0
        self._skip(index, "later-heading", "heads those who signed after the list was drawn up")
        return True

    def _ends(self, index: int, line: Line) -> bool:
        """Leave out contacts and notes, and what follows them unless the numbers go on."""
        goes_on = index < self.last_number
        found = numbering.read(line, index)
        if why := kinds.contact(line):
            self._finish(index, "contact", why, goes_on=goes_on or why.startswith("only"))
        elif why := self._note(index, line, found):
            self._finish(index, "note", why, goes_on=goes_on)
        else:
            return False
        return True

    def _note(self, index: int, line: Line, found: numbering.Numbered | None) -> str | None:
        if found is not None:
            if numbering.is_note(found.rest):
                return "a number and the beginning of a note"
            if 0 <= self.last_number < index and found.number == 1:
                return "a number that starts again after the list without a heading of its own"
        why = kinds.note(line)
        if why and "mark" in why and (self.custom.bullets or (found is not None and self.last_number < 0)):
            return None
        return why

    def _finish(self, index: int, kind: str, why: str, *, goes_on: bool) -> None:
        if not goes_on:
            self._close()
            self.ended = (kind, f"follows the {kind} on line {self.lines[index].number}")
        self._skip(index, kind, why)

    def _heads(self, index: int, line: Line) -> bool:
        why = kinds.section(line, numbered=not self.free) or self.custom.section(line) or self._above_restart(index, line)
        found = numbering.read(line, index)
        if not why and found and _heads_section(found):
            line, why = Line(line.number, found.rest, found.rest), "a number and words for scope and group"
        if not why:
            return False
        if self.free and not line.bare.endswith((":", "：")) and self._in_order(index):
            return False
        if self.free and why == kinds.COLON and self.custom.colons:
            return False
        if not self._followed(index):
            return False
        self._close()
        self.section = kinds.undecorated(line.bare)
        self.reading.sections.append(self.section)
        self.free = index > self.last_number
        self._skip(index, "section", f"a section's heading: {why}")
        return True

    def _above_restart(self, index: int, line: Line) -> str | None:
        if self.free or line.length > 10 or line.ends_sentence:
            return None
        below = next((at for at in range(index + 1, min(index + 4, len(self.lines))) if not self.lines[at].blank), -1)
        found = self.numbers.get(below)
        return "stands above numbers that start again" if found and found.remark and found.remark.startswith("numbers start") else None

    def _in_order(self, index: int) -> bool:
        """Tell whether a line stands in the order of the alphabet between entries that do: then it is one of them."""
        before = [fold(draft.text) for draft in [*self.reading.drafts[-1:], *([self.current] if self.current else [])]][-2:]
        after = [fold(line.bare) for line in self.lines[index + 1 : index + 6] if not line.blank][:2]
        row = [*before, fold(self.lines[index].bare), *after]
        return len(before) + len(after) > _FEW and row == sorted(row) and self.current is not None and self.current.section == self.section

    def _followed(self, index: int) -> bool:
        """A heading has something below it that is no heading of the same kind of list's end."""
        return any(not line.blank for line in self.lines[index + 1 : index + 6])

    # ── lines without a number of their own ──────────────────────────────────────────────────────────────────────────
    def _unnumbered_line(self, index: int, line: Line) -> None:
        """Judge a line between or after numbered entries."""
        goes_on = index < self.last_number
        current = self.current
        mark = self.reading.mark
        if mark in ("\t", "|") and goes_on and sum(1 for cell in columns.split(line.text, mark) if cell) > 1:
            self._open(index, line.text, None, "a row of its own between numbered rows")
            if self.current:
                self.current.doubts.append("it has no number although its neighbours have one")
            return
        if current is not None and (why := self._continues(index, line, goes_on=goes_on)):
            self._append(index, line, why)
        elif line.sentence or self._prose(index):
            self._skip(index, "text", "a sentence and not a name")
        elif goes_on and self.gap and not line.bare[0].islower() and current is not None:
            self._open(index, line.text, None, "stands between numbered entries")
            if self.current:
                self.current.doubts.append("it has no number although its neighbours have one")
        elif goes_on and current is not None:
            self._append(index, line, "stands below a number and has none")
        elif index < self.first_number:
            self._open(index, line.text, None, "stands before the first number")
            if self.current:
                self.current.doubts.append("it has no number although others have one")
        else:
            self._close()
            self._skip(index, "text", "stands outside the numbered entries" if goes_on else "stands after the last number")

    def _continues(self, index: int, line: Line, *, goes_on: bool) -> str | None:
        current = self.current
        if current is None:
            return None
        if not current.text.strip():
            return "the number stands on a line of its own"
        if current.depth and self._closes(index, current.depth):
            return "a bracket is open"
        if current.depth == 0 and wrapping.is_open(current.text, 0) and not (self.gap and self.custom.separators):
            return "the line above is not complete"
        if self.gap:
            return "begins in lower case" if line.bare[0].islower() and goes_on and not line.sentence else None
        if goes_on:
            return "stands below a number and has none"
        if self._full(index):
            return "the line above is full"
        base = self.lines[current.first].indent
        if line.bare[0].islower() or line.indent > base + 1:
            return "begins in lower case or is indented"
        return None

    def _free_line(self, index: int, line: Line) -> None:
        """Judge a line of a list without numbers: as a rule it is an entry."""
        text = line.text
        marked = numbering.bullet(text) if self.custom.bullets else None
        if why := self._free_continues(index, line, marked):
            self._append(index, line, why)
            return
        outside = self.reading.mark == "|" and "|" not in text
        if marked is None and (line.sentence or self._prose(index) or outside):
            self._close()
            self._skip(index, "text", "a sentence and not a name")
            if not self._entries_follow(index):
                self.ended = ("text", "stands after the list")
            return
        self._open(index, marked if marked is not None else text, None, "a line of its own in a list without numbers")
        if self.custom.bullets and marked is None and self.current:
            self.current.doubts.append("it has no bullet although its neighbours have one")

    def _free_continues(self, index: int, line: Line, marked: str | None) -> str | None:
        current = self.current
        if current is None or marked is not None:
            return None
        if current.depth and self._closes(index, current.depth):
            return "a bracket is open"
        if self.reading.mark == "\t" or self.gap:
            return None
        if wrapping.is_open(current.text, 0) and not self.custom.separators and current.depth == 0:
            return "the line above is not complete"
        if self.custom.bullets:
            return "it has no bullet"
        if line.indent > self.custom.indent + 1 and self.lines[current.first].indent <= self.custom.indent:
            return "it is indented"
        if self._full(index) and (line.bare[0].islower() or self.custom.blocks):
            return "the line above is full"
        return None

    def _full(self, index: int) -> bool:
        current = self.current
        return current is not None and wrapping.full(self.lines[current.last], self.lines[index], self.wrapped_at)

    def _closes(self, index: int, depth: int) -> bool:
        """Tell whether an open bracket is closed within a few lines, and before the next number."""
        seen = 0
        for at in range(index, min(index + _CLOSES_WITHIN * 3, len(self.lines))):
            line = self.lines[at]
            if at in self.numbers or seen >= _CLOSES_WITHIN:
                return False
            if not line.blank:
                seen += 1
                for character in line.text[:2000]:
                    depth += (character in "(\uff08") - (character in ")\uff09")
                    if depth <= 0:
                        return True
        return False

    def _prose(self, index: int) -> bool:
        """Tell whether a line stands in a paragraph: several long lines that together are sentences."""
        start, end = index, index
        while start > self.first and index - start < 6 and not self.lines[start - 1].blank and start - 1 not in self.numbers:
            start -= 1
        while end + 1 < len(self.lines) and end - index < 12 and not self.lines[end + 1].blank and end + 1 not in self.numbers:
            end += 1
        block = self.lines[start : end + 1]
        tokens = [word for line in block for word in line.bare.split()[:60]]
        if len(block) < 2 or len(tokens) < len(block) * 7 or len(tokens) <= 15 or not block[-1].ends_sentence:
            return False
        return sum(1 for word in tokens if word[0].islower()) * 10 >= len(tokens) * 6

    def _entries_follow(self, index: int) -> bool:
        seen = 0
        for line in self.lines[index + 1 : index + 30]:
            if line.blank:
                continue
            if line.sentence or kinds.contact(line) or kinds.note(line):
                return False
            seen += 1
            if seen >= _GOES_ON:
                return True
        return False

    # ── opening, lengthening and closing an entry ────────────────────────────────────────────────────────────────────
    def _open(self, index: int, text: str, number: int | None, reason: str) -> None:
        self._close()
        self.current = Draft(index, index, text.strip(), number, self.section, self.subsequent)
        self.current.reasons.append(reason)
        self.current.depth = wrapping.depth_after(text, 0)

    def _append(self, index: int, line: Line, why: str) -> None:
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

    def _skip(self, index: int, kind: str, reason: str) -> None:
        self.reading.skipped[index] = (kind, reason)
        if self.current is not None:
            self.pending.append(index)

    def _close(self) -> None:
        if self.current is not None:
            self.reading.drafts.append(self.current)
        self.current, self.pending = None, []


class _Custom:
    """How a list without numbers is set: bullets, blank lines between entries, commas after them, headings of one word."""

    def __init__(self, region: Sequence[Line], *, numbered: bool) -> None:
        entries = region[:2000]
        most = max(1, len(entries))
        self.bullets = not numbered and sum(1 for line in entries if numbering.bullet(line.text)) * 10 >= most * 6
        self.separators = sum(1 for line in entries if line.bare.endswith((",", ";"))) * 2 >= most
        self.colons = sum(1 for line in entries if line.bare.endswith(":")) * 4 >= most
        self.indent = Counter(line.indent for line in entries).most_common(1)[0][0] if entries else 0
        alone = sum(1 for before, after in zip(entries, entries[1:], strict=False) if after.number > before.number + 1)
        self.blocks = alone * 2 >= most and most > _FEW
        scopes = {line.words[0] for line in entries if len(line.words) == 1 and line.words[0] in vocabulary("scope")}
        self._scopes = scopes if len(scopes) > 1 else set()
        places = [line for line in entries if countries.known(kinds.undecorated(line.bare))]
        self._places = len(places) > 1 and len(places) * 10 < most * 4
        self._numbered = numbered

    def section(self, line: Line) -> str | None:
        """Say why a line of one word or of a country's name heads a section here."""
        if len(line.words) == 1 and line.words[0] in self._scopes:
            return "one of several lines of one word for scope"
        if self._places and countries.known(kinds.undecorated(line.bare)):
            return "one of several countries that stand alone"
        return None

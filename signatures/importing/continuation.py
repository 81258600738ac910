"""Continuation: when a line without a number of its own belongs to the entry above it, and when it is prose."""

from __future__ import annotations

from signatures.importing import kinds, wrapping
from signatures.importing.gathering import Gathering
from signatures.importing.lines import Line

_CLOSES_WITHIN = 4  # lines in which an open bracket must be closed


class Continuation(Gathering):
    """The judgement of lines that may go on with the entry above."""

    def wraps_first(self, index: int, line: Line) -> bool:
        """Let a line that must belong to the entry above do so before it is taken for a heading or a footer."""
        current = self.current
        if current is None or self.gap or self.ended or line.bare.endswith((":", "：")):
            return False
        if wrapping.completes_country(current.text, line.bare) and (not self.free or self.full(index)):
            self.append(index, line, "the two lines together name a country or region")
            return True
        openly = wrapping.is_open(current.text, current.depth) and not (self.custom.separators and current.depth == 0)
        if openly and kinds.section(line, numbered=not self.free) and not current.text.rstrip().endswith(":"):
            self.append(index, line, "the line above is not complete")
            return True
        return False

    def continues(self, index: int, line: Line, *, goes_on: bool) -> str | None:
        """Say why a line without a number goes on with the numbered entry above, or give None."""
        current = self.current
        if current is None:
            return None
        if not current.text.strip():
            return "the number stands on a line of its own"
        if current.depth and self.closes(index, current.depth):
            return "a bracket is open"
        if current.depth == 0 and wrapping.is_open(current.text, 0) and not (self.gap and self.custom.separators):
            return "the line above is not complete"
        if self.gap:
            return "begins in lower case" if line.bare[0].islower() and goes_on and not line.sentence else None
        if goes_on:
            return "stands below a number and has none"
        if self.full(index):
            return "the line above is full"
        base = self.lines[current.first].indent
        if line.bare[0].islower() or line.indent > base + 1:
            return "begins in lower case or is indented"
        return None

    def free_continues(self, index: int, line: Line, marked: str | None) -> str | None:
        """Say why a line goes on with the entry above in a list without numbers, or give None."""
        current = self.current
        if current is None or marked is not None:
            return None
        if current.depth and self.closes(index, current.depth):
            return "a bracket is open"
        if self.reading.mark == "\t" or self.gap:
            return None
        if wrapping.is_open(current.text, 0) and not self.custom.separators and current.depth == 0:
            return "the line above is not complete"
        if self.custom.bullets:
            return "it has no bullet"
        if line.indent > self.custom.indent + 1 and self.lines[current.first].indent <= self.custom.indent:
            return "it is indented"
        if self.full(index) and (line.bare[0].islower() or self.custom.blocks):
            return "the line above is full"
        return None

    def full(self, index: int) -> bool:
        """Tell whether the entry's last line had no room for the first word of this one."""
        current = self.current
        return current is not None and wrapping.full(self.lines[current.last], self.lines[index], self.wrapped_at)

    def closes(self, index: int, depth: int) -> bool:
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

    def in_prose(self, index: int) -> bool:
        """Tell whether a line stands in a paragraph: several long lines that together are sentences."""
        start, end = index, index
        while (
            start > self.first
            and index - start < 6
            and not self.lines[start - 1].blank
            and start - 1 not in self.numbers
        ):
            start -= 1
        while (
            end + 1 < len(self.lines)
            and end - index < 12
            and not self.lines[end + 1].blank
            and end + 1 not in self.numbers
        ):
            end += 1
        block = self.lines[start : end + 1]
        tokens = [word for line in block for word in line.bare.split()[:60]]
        if len(block) < 2 or len(tokens) < len(block) * 7 or len(tokens) <= 15 or not block[-1].ends_sentence:
            return False
        return sum(1 for word in tokens if word[0].islower()) * 10 >= len(tokens) * 6

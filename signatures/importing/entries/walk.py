"""Entries of the list: the lines after its heading, walked once, each put into an entry or left out for a reason."""

from __future__ import annotations

from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.entries.continuation import Continuation
from signatures.importing.entries.drafts import Reading
from signatures.importing.entries.omission import Omission
from signatures.importing.lines import asides, columns, kinds, numbering
from signatures.importing.lines.line import Line

_MOST_LINES = 40  # of one entry


def read(lines: Sequence[Line], first: int) -> Reading:
    """Read the entries from the line with index `first` on."""
    return _Walk(lines, first).walk()


class _Walk(Omission, Continuation):
    """The walk itself: what each line becomes."""

    def walk(self) -> Reading:
        for index in range(self.first, len(self.lines)):
            line = self.lines[index]
            if line.blank:
                self.gap = True
                continue
            if index >= self.notes:
                self.close()
                self.skip(index, "note", reasons.AFTER)
                continue
            self._take(index, line)
            self.gap = False
        self.close()
        return self.reading

    def _take(self, index: int, line: Line) -> None:
        if line.joins and self.current is not None:
            self.append(index, line, reasons.RUNS_ON)
            return
        if index in self.numbers:
            self._number(index, self.numbers[index])
            return
        if kinds.is_left_out(line.text):
            self._drop_bracketed(line)
            self.close()
            self.skip(index, "left-out", reasons.WITHDRAWN)
            return
        if line.joins is False and self.free:
            self.open(index, line.text, None, reasons.ON_A_LINE)
            return
        if self.current is not None and self.current.size >= _MOST_LINES:
            self.close()
        if not self.wraps_first(index, line) and not self.leave_out(index, line):
            if self.free:
                self._free_line(index, line)
            else:
                self._unnumbered_line(index, line)

    def _drop_bracketed(self, line: Line) -> None:
        """Leave out the entry in square brackets above, where this line below it says that it does not stand."""
        current = self.current
        if current and line.bare.startswith("(") and current.text.startswith("[") and current.text.endswith("]"):
            for at in range(current.first, current.last + 1):
                self.reading.skipped.setdefault(at, ("left-out", (reasons.WITHDRAWN,)))
            self.current, self.pending = None, []

    def _number(self, index: int, found: numbering.Numbered) -> None:
        self.ended = None
        self.free = False
        if kinds.is_left_out(found.rest):
            self.close()
            self.skip(index, "left-out", reasons.WITHDRAWN)
            return
        self.open(index, found.rest, found.number, found.reason)
        if found.remark and self.current and not found.remark.says(reasons.RESTART):
            self.current.guesses.append(found.remark)

    def _unnumbered_line(self, index: int, line: Line) -> None:
        """Judge a line between or after numbered entries."""
        goes_on = index < self.last_number
        current = self.current
        mark = self.reading.mark
        if mark in ("\t", "|") and goes_on and sum(1 for cell in columns.split(line.text, mark) if cell) > 1:
            self.open(index, line.text, None, reasons.BETWEEN_NUMBERED)
            if self.current:
                self.current.doubts.append(reasons.NO_NUMBER)
            return
        if current is not None and (why := self.continues(index, line, goes_on=goes_on)):
            self.append(index, line, why)
        elif line.sentence or self.in_prose(index):
            self.skip(index, "text", reasons.SENTENCE)
        elif goes_on and self.gap and not line.bare[0].islower() and current is not None:
            self.open(index, line.text, None, reasons.BETWEEN_NUMBERED)
            if self.current:
                self.current.doubts.append(reasons.NO_NUMBER)
        elif goes_on and current is not None:
            self.append(index, line, reasons.BELOW_NUMBER)
        elif index < self.first_number:
            self.open(index, line.text, None, reasons.BEFORE_NUMBERED)
            if self.current:
                self.current.doubts.append(reasons.NO_NUMBER)
        else:
            self.close()
            self.skip(index, "text", reasons.OUTSIDE if goes_on else reasons.AFTER)

    def _remarks(self, index: int, line: Line) -> bool:
        """Tell whether a line set apart from the entries reads like a sentence, and few lines or none follow it."""
        apart = self.gap and not self.custom.blocks
        return apart and asides.reads_as_sentence(line) and not self.entries_follow(index)

    def _free_line(self, index: int, line: Line) -> None:
        """Judge a line of a list without numbers: as a rule it is an entry."""
        text = line.text
        marked = self.custom.bullet(line)
        if why := self.free_continues(index, line, marked):
            self.append(index, line, why)
            return
        if marked is None and self._remarks(index, line):
            self.close()
            self.skip(index, "text", reasons.SENTENCE)
            return
        if marked is None and self.custom.bullets and asides.addressed(line):
            self.close()
            self.skip(index, "contact", reasons.ADDRESSED)
            return
        outside = self.reading.mark == "|" and "|" not in text and self.gap
        if marked is None and (line.sentence or self.in_prose(index) or outside or self.heads_prose(index)):
            self.close()
            self.skip(index, "text", reasons.SENTENCE)
            if not self.entries_follow(index):
                self.ended = ("text", reasons.AFTER)
            return
        self.open(index, marked if marked is not None else text, None, reasons.FREE)
        if self.unsure and self.current:
            self.current.doubts.append(reasons.MAY_GO_ON)
        self.unsure = False
        if self.current and asides.addressed(line):
            self.current.doubts.append(reasons.ADDRESSED)
        if self.current and asides.reads_as_sentence(line) and marked is None:
            self.current.doubts.append(reasons.LIKE_SENTENCE)
        if self.custom.bullets and marked is None and self.current:
            self.current.doubts.append(reasons.NO_BULLET)

"""Omission: lines within the list that are no entries, and the headings that change what follows."""

from __future__ import annotations

import re

from signatures.importing import reasons
from signatures.importing.entries import wrapping
from signatures.importing.entries.gathering import Gathering, heads_section
from signatures.importing.lexicon.words import fold, undecorated, vocabulary, words
from signatures.importing.lines import asides, columns, kinds, numbering, remarks, sections
from signatures.importing.lines.closings import is_closing
from signatures.importing.lines.headwords import is_later_heading
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_FEW = 3
_MANY = 6  # names in the order of the alphabet, behind a line, show that the list goes on


def _decked(line: Line) -> bool:
    """Tell whether a heading is set off by marks of its own."""
    return line.bare.startswith(("**", "##", "__")) or line.bare.endswith((":", "\uff1a"))


class Omission(Gathering):
    """The judgement of lines that are left out of the entries."""

    def _sealed(self, index: int, line: Line) -> bool:
        """Leave out the checkpoint below a list of a register, and the line above it with edition, position and hour."""
        after = [one for one in self.lines[index + 1 : index + 6] if not one.blank][:2]
        numbers = len(re.findall(r"[0-9]+", line.bare))
        above = numbers > 3 and any(kinds.is_checkpoint(one) for one in after)
        above = above or (numbers == 1 and ":" in line.bare and any(kinds.is_root(one) for one in after[:1]))
        before = next((at for at in range(index - 1, -1, -1) if not self.lines[at].blank), -1)
        below = kinds.is_checkpoint(line) and self.reading.skipped.get(before, ("", ()))[0] == "checkpoint"
        if above or below:
            self.skip(index, "checkpoint", reasons.CHECKPOINT)
            return True
        return False

    def leave_out(self, index: int, line: Line) -> bool:
        """Leave out what is no entry; tell whether it was."""
        if self._later(index, line) or self._sealed(index, line):
            return True
        if self.ended:
            self.skip(index, *self.ended)
            return True
        if kinds.is_ruler(line):
            self.skip(index, "ruler", reasons.DRAWN)
        elif kinds.is_footer(line) or (
            kinds.is_page_number(line)
            and not (line.bare.isdecimal() and len(line.bare) > 3)
            and not (self.custom.bullet(line) and line.bare[-1].isalnum())
        ):
            kind = "footer" if kinds.is_footer(line) else "page-number"
            self.skip(index, kind, reasons.OF_PAGE)
        elif fold(line.bare) in self.page_headers:
            self.skip(index, "page-header", reasons.OF_PAGE)
        elif is_closing(line) and (self.free or index > self.last_number):
            self.skip(index, "closing", reasons.CLOSING)
        elif why := self._remarks_on_list(index, line):
            self.skip(index, "remark", why)
        elif self.free and self.custom.is_letter(line):
            self.skip(index, "index-letter", reasons.LETTER)
        elif kinds.is_column_titles(line) and numbering.read(line, 0) is None:
            self.reading.titles = self.reading.titles or line
            self.skip(index, "column-titles", reasons.TITLES)
        else:
            return self._ends(index, line) or self._heads(index, line)
        return True

    def _remarks_on_list(self, index: int, line: Line) -> Reason | None:
        """Say what a line only tells of the list itself, or give None."""
        if asides.is_more(line):
            return reasons.MORE
        return reasons.COUNTS if self.free and (self._counts(index, line) or remarks.is_dated(line)) else None

    def _counts(self, index: int, line: Line) -> bool:
        found = numbering.read(line, index)
        return kinds.is_count(line) and (found is None or not heads_section(found))

    def _later(self, index: int, line: Line) -> bool:
        if not is_later_heading(line) or (self.current and not self.gap and self.current.depth):
            return False
        self.close()
        self.subsequent, self.section, self.ended = True, None, None
        self.reading.subsequent_heading = self.reading.subsequent_heading or line.bare
        self.begin_part(index + 1)
        self.skip(index, "later-heading", reasons.LATER)
        return True

    def _ends(self, index: int, line: Line) -> bool:
        """Leave out contacts and notes, and what follows them unless the numbers go on."""
        goes_on = index < self.last_number
        found = numbering.read(line, index)
        if (why := kinds.contact(line)) and not (
            why == reasons.MAIL and self.custom.mails and not line.bare[0].islower()
        ):
            above = self._nothing_yet() or (why == reasons.TO_JOIN and self.entries_follow(index))
            goes_on = goes_on or above or why in kinds.ADDRESSES or self._is_one_of_many(index, line)
            self._finish(index, "contact", why, goes_on=goes_on)
        elif asides.is_end(line) and not goes_on and not self.entries_follow(index):
            self._finish(index, "text", reasons.END, goes_on=False)
        elif why := self._note(index, line, found):
            self._finish(
                index,
                "note",
                why,
                goes_on=goes_on or (why == reasons.NOTE_MARK and self.free and self.entries_follow(index)),
            )
        else:
            return False
        return True

    def _nothing_yet(self) -> bool:
        return self.current is None and not self.reading.drafts

    def _is_one_of_many(self, index: int, line: Line) -> bool:
        """Tell whether a line has the list's bullet, or names in the order of the alphabet go on behind it."""
        if self.free and self.custom.bullets:
            return self.custom.bullet(line) is not None and self.entries_follow(index)
        after = [" ".join(one.words) for one in self.lines[index + 1 : index + 20] if not one.blank][:_MANY]
        return self.free and len(after) == _MANY and after == sorted(after) and self.entries_follow(index)

    def _note(self, index: int, line: Line, found: numbering.Numbered | None) -> Reason | None:
        if found is not None:
            if numbering.is_note(found.rest):
                return reasons.NOTE
            if 0 <= self.last_number < index and found.number == 1:
                return reasons.NOTE_NUMBER
        why = kinds.note(line)
        if why == reasons.NOTE_MARK and (self.custom.bullets or (found is not None and self.last_number < 0)):
            return None
        return why

    def _finish(self, index: int, kind: str, why: Reason, *, goes_on: bool) -> None:
        if not goes_on:
            self.close()
            self.ended = (kind, reasons.FOLLOWS.of(line=self.lines[index].number))
        self.skip(index, kind, why)

    def _heads(self, index: int, line: Line) -> bool:
        why = self.heads(line) or self._above_restart(index, line) or self._between_bullets(index, line)
        found = numbering.read(line, index)
        if not why and found and heads_section(found):
            line, why = Line(line.number, found.rest, found.rest), reasons.SCOPE
        if self._section_runs_on(index, line):
            return True
        if not why or self._is_row(line):
            return False
        if self.free and not line.bare.endswith((":", "：")) and not self._set_apart(index) and self._in_order(index):
            return False
        if self.free and why == reasons.COLON and self.custom.colons:
            return False
        if not self._followed(index) or self._hangs_below(index):
            return False
        self.close()
        self.section, self.section_at = undecorated(line.bare), index
        self.reading.sections.append(self.section)
        self.free = index > self.last_number
        self.skip(index, "section", reasons.SECTION.of(why=why))
        return True

    def _between_bullets(self, index: int, line: Line) -> Reason | None:
        """Say why a short line without the list's bullet heads a section: others did, and bulleted entries follow it."""
        below = self.lines[index + 1] if index + 1 < len(self.lines) else None
        short = line.length <= 5 and line.bare[0].isupper() and line.bare[-1].isalpha()
        if self.section is None or not self.free or below is None or below.blank or not short:
            return None
        follows = self.custom.bullet(line) is None and self.custom.bullet(below) is not None
        heading = self.lines[self.section_at]
        complete = self.current is None or not wrapping.is_open(self.current.text, self.current.depth)
        return (
            reasons.AS_HEADINGS
            if follows and complete and line.indent == heading.indent and _decked(line) == _decked(heading)
            else None
        )

    def _section_runs_on(self, index: int, line: Line) -> bool:
        """Let a section's heading run on into the next line, where that begins in lower case and is of its kind."""
        if self.section is None or self.section_at != index - 1 or not line.bare[0].islower():
            return False
        whole = f"{self.section} {undecorated(line.bare)}"
        if sections.section(Line(0, whole, whole), numbered=True) != reasons.SCOPE:
            return False
        self.section = self.reading.sections[-1] = whole
        self.skip(index, "section", reasons.HEADING_RUNS_ON)
        return True

    def _is_row(self, line: Line) -> bool:
        """Tell whether a line has several cells, as a row of the table and no heading has."""
        mark = self.reading.mark
        return mark is not None and sum(1 for cell in columns.split(line.text, mark) if cell) > 1

    def _above_restart(self, index: int, line: Line) -> Reason | None:
        if self.free or line.length > 10 or line.ends_sentence:
            return None
        below = next((at for at in range(index + 1, min(index + 4, len(self.lines))) if not self.lines[at].blank), -1)
        found = self.numbers.get(below)
        return reasons.ABOVE_RESTART if found and found.remark and found.remark.says(reasons.RESTART) else None

    def _set_apart(self, index: int) -> bool:
        """Tell whether a line stands other than the entries: without their bullet, with or without a blank line."""
        groups = vocabulary("groups")
        if any(groups.intersection(self.lines[index].words, words(section)) for section in self.reading.sections):
            return True  # "International organisations", and now "National organisations"
        if self.custom.bullets:
            return self.custom.bullet(self.lines[index]) is None
        if self.custom.blocks:
            return index + 1 < len(self.lines) and not self.lines[index + 1].blank
        return self.gap

    def _in_order(self, index: int) -> bool:
        """Tell whether a line stands in the order of the alphabet between entries that do: then it is one of them."""
        drafts = [*self.reading.drafts[-_FEW:], *([self.current] if self.current else [])]
        before = [" ".join(words(draft.text)) for draft in drafts][-_FEW:]
        after = [" ".join(line.words) for line in self.lines[index + 1 : index + 10] if not line.blank][:_FEW]
        row = [*before, " ".join(self.lines[index].words), *after]
        return (
            len(before) + len(after) > _FEW
            and row == sorted(row)
            and self.current is not None
            and self.current.section == self.section
        )

    def _hangs_below(self, index: int) -> bool:
        """Tell whether the next line hangs below this one as the rest of a name, where entries stand at the margin."""
        line, below = self.lines[index], self.lines[index + 1]
        at_margin = self.free and not self.custom.bullets and line.indent <= self.custom.indent
        return at_margin and not below.blank and below.indent > line.indent + 1 and not line.bare.endswith((":", "："))

    def _followed(self, index: int) -> bool:
        """A heading has something below it that is no heading of the same kind of list's end."""
        return any(not line.blank for line in self.lines[index + 1 : index + 6])

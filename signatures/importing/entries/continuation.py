"""Continuation: when a line without a number of its own belongs to the entry above it, and when it is prose."""

from __future__ import annotations

from signatures.importing import reasons
from signatures.importing.entries import wrapping
from signatures.importing.entries.custom import initial
from signatures.importing.entries.gathering import Gathering
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines import asides, kinds, prose, sections
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_DEEPEST = 12  # columns by which the rest of an entry is indented
_CLOSES_WITHIN = 4  # lines in which an open bracket must be closed


class Continuation(Gathering):
    """The judgement of lines that may go on with the entry above."""

    def wraps_first(self, index: int, line: Line) -> bool:
        """Let a line that must belong to the entry above do so before it is taken for a heading or a footer."""
        current = self.current
        if current is not None and not current.text.strip() and not self.gap and not kinds.is_page_number(line):
            self.append(index, line, reasons.NUMBER_ALONE)
            return True
        set_apart = self.gap or self.ended or line.guess or line.bare.endswith((":", "：")) or self.custom.heads(line)
        if current is None or set_apart:
            return False
        if self._names_country(index, line) and (not self.free or self.full(index)):
            self.append(index, line, reasons.COUNTRY_OVER_LINES)
            return True
        if why := self._belongs(index, line):
            self.append(index, line, why)
            return True
        openly = wrapping.is_open(current.text, current.depth) and not (self.custom.separators and current.depth == 0)
        if openly and self.heads(line) and not current.text.rstrip().endswith(":"):
            self.append(index, line, reasons.INCOMPLETE)
            return True
        return False

    def _belongs(self, index: int, line: Line) -> Reason | None:
        """Say why a line is set as no heading is, so that it goes on with the entry above, or give None."""
        if not self.free:
            filled = self.wraps and self._fills(index, line) and index < self.last_number
            hangs = self._hangs(line) and (self._below_name(line) or not self._names_scope(line))
            return reasons.INDENTED_OR_FULL if filled or hangs else None
        if self.custom.bullets:
            if self.custom.bullet(line) is not None:
                return None
            filled = self._hangs(line) or self._fills(index, line)
            return reasons.INDENTED_OR_FULL if filled else None
        if self.custom.each and self._nearly_full(index, line):
            return reasons.FULL
        return self._goes_on_in_columns(line)

    def _fills(self, index: int, line: Line) -> bool:
        """Tell whether the line above is full and its entry not yet complete; words for scope head a section even so."""
        current = self.current
        if current is None or not self.full(index) or wrapping.ends_in_country(current.text):
            return False
        return not self._names_scope(line)

    def _names_scope(self, line: Line) -> bool:
        """Tell whether a line heads a section by its scope or by groups alone, as hardly a wrapped name does."""
        one = len(line.words) == 1 and not line.bare.isupper() and not self.reading.sections
        if one or (countries.known(line.bare) and not self.custom.places):
            return False
        near = vocabulary("links", "regions", "directions")
        return self.heads(line) is not None and (
            bool(vocabulary("scope").intersection(line.words)) or not near.intersection(line.words)
        )

    def _below_name(self, line: Line) -> bool:
        """Tell whether a line begins where the name of the numbered entry above does."""
        found = self.numbers.get(self.current.first) if self.current else None
        if found is None:
            return False
        above = self.lines[found.index].text
        return abs(line.indent - len(above[: len(above) - len(found.rest.lstrip())].expandtabs())) <= 1

    def _nearly_full(self, index: int, line: Line) -> bool:
        """Tell whether the line above leaves little room, or cannot be the end of an entry."""
        current = self.current
        if current is None:
            return False
        room = len(self.lines[current.last].bare) + 1 + len(line.bare.split(" ", 1)[0])
        openly = wrapping.is_open(current.text, current.depth) or not line.bare[0].isupper()
        return openly or self.full(index) or (self.wrapped_at is not None and room * 10 >= self.wrapped_at * 8)

    def _goes_on_in_columns(self, line: Line) -> Reason | None:
        current = self.current
        goes_on = current and self.grid and self.grid.goes_on(current.cells, current.written, line.text)
        return reasons.IN_COLUMNS if goes_on else None

    def _names_country(self, index: int, line: Line) -> bool:
        """Tell whether a line names a place with the one above; where regions are headings, only one that must go on."""
        current = self.current
        if current is None or not wrapping.completes_country(current.text, line.bare):
            return False
        heads = self.custom.regions and sections.section(line, numbered=False) == reasons.REGION
        return not heads or self._hangs(line) or self.full(index)

    def _hangs(self, line: Line) -> bool:
        """Tell whether a line is indented below the entry's first one."""
        deeper = line.indent - self.lines[self.current.first].indent if self.current else 0
        return 1 < deeper <= _DEEPEST

    def continues(self, index: int, line: Line, *, goes_on: bool) -> Reason | None:
        """Say why a line without a number goes on with the numbered entry above, or give None."""
        current = self.current
        if current is None:
            return None
        if not current.text.strip():
            return reasons.NUMBER_ALONE
        if current.depth and self.closes(index, current.depth):
            return reasons.INCOMPLETE
        if current.depth == 0 and wrapping.is_open(current.text, 0) and not (self.gap and self.custom.separators):
            return reasons.INCOMPLETE
        if self.gap:
            return reasons.LOWER_OR_INDENTED if line.bare[0].islower() and goes_on and not line.sentence else None
        if goes_on:
            return reasons.BELOW_NUMBER
        if self.full(index):
            return reasons.FULL
        if line.bare[0].islower() or self._hangs(line):
            return reasons.LOWER_OR_INDENTED
        return None

    def free_continues(self, index: int, line: Line, marked: str | None) -> Reason | None:
        """Say why a line goes on with the entry above in a list without numbers, or give None."""
        current = self.current
        if current is None or line.joins is False:
            return None
        if line.guess and marked is None:  # one of the columns of a page, whose lines are as short as they are
            openly = current.depth > 0 or line.bare[0].islower() or wrapping.is_open(current.text, current.depth)
            return reasons.INCOMPLETE if openly else self._out_of_order_below(index)
        if current.depth and self.closes(index, current.depth):
            return reasons.INCOMPLETE
        if marked is not None or self.reading.mark == "\t" or self.gap:
            return None
        if wrapping.is_open(current.text, 0) and not self.custom.separators and current.depth == 0:
            return reasons.INCOMPLETE
        if self.custom.bullets:
            return None if self._stands_apart(index, line) else reasons.UNBULLETED
        if why := self._set_below(line):
            return why
        if (
            self.full(index)
            and (line.bare[0].islower() or self.custom.blocks)
            and not wrapping.ends_in_country(current.text)
        ):
            self.unsure = line.bare[0].islower() and self._in_order_here(index)
            return None if self.unsure else reasons.FULL
        return self._out_of_order_below(index)

    def _stands_apart(self, index: int, line: Line) -> bool:
        """Tell whether a line without a bullet is no rest of the entry above: at the margin, a sentence or an address."""
        said = asides.addressed(line) or (line.ends_sentence and not asides.abbreviated(line.bare))
        return said and line.bare[0].isupper() and not self._hangs(line) and not self.full(index)

    def _set_below(self, line: Line) -> Reason | None:
        """Say why a line is set as the rest of an entry is: in brackets, or indented below one at the entries' margin."""
        if line.bare[0] == "(" and line.bare[-1] == ")":
            return reasons.IN_BRACKETS
        begins = self.lines[self.current.first].indent if self.current else 0
        deeper = line.indent > max(self.custom.indent, begins) + 1 and begins <= self.custom.indent + 1
        return reasons.LOWER_OR_INDENTED if deeper else None

    def _out_of_order_below(self, index: int) -> Reason | None:
        if self.current and self._out_of_order(index) and not wrapping.ends_in_country(self.current.text):
            return reasons.OUT_OF_ORDER
        return None

    def _out_of_order(self, index: int) -> bool:
        """Tell whether a line breaks the order of the alphabet, which goes on from the entry above to the line below."""
        below = self._next(index)
        if not self.custom.sorted or self.current is None or below is None or self.custom.bullets or self.reading.mark:
            return False
        last = self.lines[self.current.last]
        above, here, after = (initial(line) for line in (self.lines[self.current.first], self.lines[index], below))
        if (
            not (above and here and after)
            or last.bare.endswith((")", "."))
            or not self._narrow(last, self.lines[index])
        ):
            return False
        return above <= after < here or (self.full(index) and here < above <= after)

    def _in_order_here(self, index: int) -> bool:
        """Tell whether a line stands where its own first letter puts it in a list in the order of the alphabet."""
        after = self._next(index)
        if not self.custom.sorted or self.current is None or after is None:
            return False
        return initial(self.lines[self.current.first]) < initial(self.lines[index]) <= initial(after)

    def _next(self, index: int) -> Line | None:
        """Give the line of the list that comes next, if one does soon."""
        below = next((line for line in self.lines[index + 1 : min(index + 6, self.notes)] if not line.blank), None)
        return None if below is not None and self.heads(below) else below

    def _narrow(self, above: Line, line: Line) -> bool:
        """Tell whether a line may have had no room above: letters of a page are not all of one width."""
        needed = len(above.bare) + 1 + len(line.bare.split(" ", 1)[0])
        return self.wrapped_at is not None and needed * 20 >= self.wrapped_at * 17

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

    def heads_prose(self, index: int) -> bool:
        """Tell whether a line stands alone between blank lines above a text: it is that text's heading."""
        below = next(
            (at for at in range(index + 1, min(index + 4, len(self.lines))) if not self.lines[at].blank), index
        )
        alone = self.gap and below > index + 1 and not self.custom.blocks
        return alone and (self.lines[below].sentence or self.in_prose(below))

    def in_prose(self, index: int) -> bool:
        """Tell whether a line stands in a paragraph of prose, which no entry with a number is part of."""
        return prose.in_prose(self.lines, index, self.first, self.numbers)

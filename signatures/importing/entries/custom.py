"""How a list is set: bullets, blank lines between entries, commas after them, headings of one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from signatures.importing import reasons
from signatures.importing.entries import shapes, wrapping
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import fold, undecorated, vocabulary
from signatures.importing.lines import sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_ENOUGH = 2000  # lines show how a list is set
_FEW = 3
_LONG = 14  # lines of which more may be the rest of the line above
_SORTED = 8  # lines, at least, that show an order


class Custom:
    """What the lines of a list have in common."""

    def __init__(self, region: Sequence[Line], *, numbers: frozenset[int]) -> None:
        """Learn from the lines of a part of a list, and from the numbers of those that have a number before their name."""
        entries, numbered = region[:_ENOUGH], bool(numbers)
        most = max(1, len(entries))
        marks = Counter(line.bare[0] for line in entries if not numbered and bullet(line.text))
        self._mark, often = max(marks.items(), key=lambda pair: pair[1], default=("", 0))
        self.bullets = often * 10 >= most * 4
        self.separators = sum(1 for line in entries if line.bare.endswith((",", ";"))) * 2 >= most
        self.colons = sum(1 for line in entries if line.bare.endswith(":")) * 2 >= most
        self.indent = Counter(line.indent for line in entries).most_common(1)[0][0] if entries else 0
        apart = sum(1 for before, after in pairwise(entries) if after.number > before.number + 1)
        self.blocks = apart * 2 >= most > _FEW
        self.each = _each(entries, apart)  # what stands between two blank lines is an entry
        alone = {line.words[0] for line in entries if len(line.words) == 1 and _plain(line)}
        scopes = alone & vocabulary("scope", "groups")
        self.regions = _regions(entries)
        self.sorted = _sorted(entries)
        self._letters = _letters(entries)
        self._headings = shapes.headings(entries, lambda line: line.number in numbers or self.bullet(line) is not None)
        places = [line for line in entries if countries.known(undecorated(line.bare))]
        heads = len(places) > 1 and places[0] is entries[0] and places[-1] is not entries[-1]  # one name below each
        several = len(places) + min(len(scopes), 1) > 1
        self.mails = sum(1 for line in entries if "@" in line.bare) * 2 > most
        self.places = several and 0 < len(places) * 10 < most * (6 if heads else 4)
        among = len(scopes) > 1 or self.places or self.regions
        parted = any(sections.section(line, numbered=False) == reasons.SCOPE for line in entries)
        self._scopes = scopes if among else alone & vocabulary("groups") | _leading(entries) if parted else set()

    def bullet(self, line: Line) -> str | None:
        """Give the text after the list's bullet, or None for a line that does not begin with it."""
        return bullet(line.text) if self.bullets and line.bare[0] == self._mark else None

    def is_letter(self, line: Line) -> bool:
        """Tell whether a line is one of the letters between which an alphabetical list is parted."""
        return line.number in self._letters

    def heads(self, line: Line) -> bool:
        """Tell whether a line is set as the headings of sections are here."""
        return line.number in self._headings

    def section(self, line: Line) -> Reason | None:
        """Say why a line of one word or of a country's name heads a section here."""
        if self.heads(line):
            return reasons.AS_HEADINGS
        if len(line.words) == 1 and line.words[0] in self._scopes and _plain(line):
            return reasons.SCOPE
        if self.places and not line.bare[0].islower() and countries.known(undecorated(line.bare)):
            return reasons.PLACE
        return None


def _plain(line: Line) -> bool:
    """Tell whether a line holds nothing but its words: "Global", and not "GLOBAL 2000"."""
    return not any(c.isdecimal() for c in line.bare)


def _leading(entries: Sequence[Line]) -> set[str]:
    """Give the scope that stands alone, in capitals, before the first entry: "INTERNATIONAL"."""
    first = entries[0]
    alone = len(first.words) == 1 and first.bare.isupper()
    return {first.words[0]} & vocabulary("scope") if alone else set()


def initial(line: Line) -> str:
    """Give the letter by which a line stands in the order of the alphabet."""
    return line.words[0][0] if line.words and not line.bare.lstrip("\"'\u201c\u2018\u00ab(")[:1].isdecimal() else ""


def _sorted(entries: Sequence[Line]) -> bool:
    """Tell whether the lines stand in the order of the alphabet, but for some that may be wrapped."""
    letters = [letter for line in entries if (letter := initial(line))]
    rises = sum(1 for before, after in pairwise(letters) if before <= after)
    return (
        len(letters) >= _SORTED
        and letters[0] < letters[-1]
        and rises * 10 >= (len(letters) - 1) * (7 if len(letters) > _LONG else 8)
    )


def _regions(entries: Sequence[Line]) -> bool:
    """Tell whether regions stand alone here as headings: below nothing that could go on with them."""
    closed = [
        after.words[0]
        for before, after in zip([None, *entries], entries, strict=False)
        if len(after.words) == 1 and (before is None or not _open(before))
    ]
    return any(word in vocabulary("regions") for word in closed)


def _letters(entries: Sequence[Line]) -> frozenset[int]:
    """Give the numbers of the lines that hold only the letter with which the next line begins, where there are several."""
    found = [
        before
        for before, after in pairwise(entries)
        if len(before.bare) == 1 and before.bare.isalpha() and fold(after.bare)[:1] == fold(before.bare)
    ]
    return frozenset(line.number for line in found) if len({fold(line.bare) for line in found}) >= _FEW else frozenset()


def _open(line: Line) -> bool:
    return line.bare.endswith((",", "-")) or bool(set(line.words[-1:]) & vocabulary("directions", "open_ends"))


def _each(entries: Sequence[Line], apart: int) -> bool:
    """Tell whether blank lines part single entries: most stand alone, or break only where the line is full."""
    if apart * 4 < len(entries) or apart < _FEW:
        return False
    gaps = [True, *(after.number > before.number + 1 for before, after in pairwise(entries)), True]
    single = sum(1 for before, after in pairwise(gaps) if before and after)
    width = wrapping.width(entries)
    inner = [
        (before, after)
        for before, after in pairwise(entries)
        if after.number == before.number + 1 and not sections.section(before, numbered=True)
    ]
    broken = sum(1 for before, after in inner if wrapping.full(before, after, width))
    return single * 10 >= (apart + 1) * 6 or broken * 10 >= len(inner) * 7

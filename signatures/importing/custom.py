"""How a list is set: bullets, blank lines between entries, commas after them, headings of one word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from signatures.importing import countries, kinds, numbering
from signatures.importing.lines import Line
from signatures.importing.words import vocabulary

_ENOUGH = 2000  # lines show how a list is set
_FEW = 3


class Custom:
    """What the lines of a list have in common."""

    def __init__(self, region: Sequence[Line], *, numbered: bool) -> None:
        entries = region[:_ENOUGH]
        most = max(1, len(entries))
        self.bullets = not numbered and sum(1 for line in entries if numbering.bullet(line.text)) * 10 >= most * 6
        self.separators = sum(1 for line in entries if line.bare.endswith((",", ";"))) * 2 >= most
        self.colons = sum(1 for line in entries if line.bare.endswith(":")) * 4 >= most
        self.indent = Counter(line.indent for line in entries).most_common(1)[0][0] if entries else 0
        alone = sum(1 for before, after in pairwise(entries) if after.number > before.number + 1)
        self.blocks = alone * 2 >= most > _FEW
        scopes = {line.words[0] for line in entries if len(line.words) == 1 and line.words[0] in vocabulary("scope")}
        self._scopes = scopes if len(scopes) > 1 else set()
        places = [line for line in entries if countries.known(kinds.undecorated(line.bare))]
        self._places = len(places) > 1 and len(places) * 10 < most * 4

    def section(self, line: Line) -> str | None:
        """Say why a line of one word or of a country's name heads a section here."""
        if len(line.words) == 1 and line.words[0] in self._scopes:
            return "one of several lines of one word for scope"
        if self._places and countries.known(kinds.undecorated(line.bare)):
            return "one of several countries that stand alone"
        return None

"""Grid of a table set with spaces or bars: where its columns begin, so that wrapped cells find the cell above them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from signatures.importing.lexicon import countries
from signatures.importing.lines.line import Line

_CELL = re.compile(r"\S+(?: {1,2}\S+)*")
_CLOSE = re.compile(r" {2}(?=\S)")
_LINK = re.compile(r"\S[@.]\S|://")  # is one word, and never the rest of a cell
_ASIDE = 2  # columns by which a cell may stand beside where its column begins


class Grid:
    """The columns of one table."""

    def __init__(self, mark: str, lines: Sequence[Line], rests: Sequence[str]) -> None:
        """Learn the columns from the lines of a table and from what stands behind their numbers."""
        self.bars = mark == "|"
        firsts = Counter(len(line.text) - len(rest.lstrip()) for line, rest in zip(lines, rests, strict=True))
        places = Counter(
            found.start()
            for line, rest in zip(lines, rests, strict=True)
            for found in list(_CELL.finditer(line.text, len(line.text) - len(rest.lstrip())))[1:]
        )
        name = firsts.most_common(1)[0][0] if firsts else 0
        self.starts = [name, *sorted(at for at, count in places.items() if count * 5 >= len(lines) and at > name)]
        room = self.starts[1] - name if len(self.starts) > 1 else 0
        rows = [cells for line in lines if any((cells := self.cells(line.text))[1:])]
        names = [cells[0] for cells in rows if len(cells[0]) < room]
        others = zip(*(cells[1:] for cells in rows), strict=False) if not self.bars else ()
        self.widest = [max(map(len, column), default=0) for column in (names, *others)]

    def cells(self, text: str) -> list[str]:
        """Give the cells of a line, each in its column, empty where it has none."""
        if self.bars:
            return [cell.strip() for cell in text.strip().strip("|").split("|")]
        cells = [""] * len(self.starts)
        for begin, cell in self._pieces(text):
            at = max((n for n, start in enumerate(self.starts) if start <= begin + _ASIDE), default=0)
            cells[at] = f"{cells[at]}   {cell}".strip()
        return cells

    def _pieces(self, text: str) -> Iterator[tuple[int, str]]:
        """Cut a line at wide gaps, and at a gap of two spaces right before the beginning of a column."""
        for found in _CELL.finditer(text):
            begin = found.start()
            for gap in _CLOSE.finditer(text, found.start(), found.end()):
                if gap.end() in self.starts:
                    yield begin, text[begin : gap.start()]
                    begin = gap.end()
            yield begin, text[begin : found.end()]

    def below(self, text: str, width: int) -> list[str]:
        """Give the cells of a line that goes on with a row of so many cells."""
        cells = self.cells(text)
        return cells[len(cells) - width :] if self.bars else cells

    def goes_on(self, row: Sequence[str], last: Sequence[str], text: str) -> bool:
        """Tell whether a line without a number goes on with the row above, whose last line had the cells `last`."""
        cells = self.below(text, len(row))
        if not cells or len(cells) != len(row) or len(row) < 2:
            return False
        if not cells[0]:
            return any(cells)
        if self.bars or not any(row[1:]):
            return False
        filled = [at for at, cell in enumerate(cells) if cell]
        return self._wraps(0, last[0], cells[0]) and all(
            _one_place(row[at], cells[at])
            or (cells[at][0].islower() and not _LINK.search(cells[at]) and self._wraps(at, last[at], cells[at]))
            for at in filled[1:]
        )

    def _wraps(self, at: int, last: str, cell: str) -> bool:
        """Tell whether a column had no room for the first word of the cell below."""
        return bool(last) and len(last) + 1 + len(cell.split(" ", 1)[0]) > self.widest[at]


def _one_place(above: str, below: str) -> bool:
    """Tell whether two cells name a country only together."""
    return countries.known(f"{above} {below}") and not countries.known(below)

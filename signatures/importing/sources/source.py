"""What every file becomes first: lines of text, each with the place where it stands in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from signatures.errors import InvalidInput
from signatures.importing.reasons import Reason
from signatures.sentences import said

MOST_LINES = 50_000
LONGEST_LINE = 20_000  # characters; a longer line is no line of a list
UNITS = ("line", "row", "paragraph", "page")


class Unreadable(InvalidInput):
    """A file that no lines can be read from; the sentence says what to do."""


class Place(NamedTuple):
    """Where a line stands in the file: line 7, row 12 of a sheet, paragraph 4, page 3."""

    unit: str
    number: int
    within: str = ""  # the sheet's title

    def __str__(self) -> str:
        """Tell it in English, for the command and the report."""
        return f"{self.unit} {self.number}" + (f" of {self.within}" if self.within else "")


class Aside(NamedTuple):
    """A line that stands on a page beside its text: a running header, a page's number."""

    text: str
    place: Place
    reason: Reason


@dataclass(frozen=True)
class Row:
    """One row of a spreadsheet."""

    place: Place
    cells: tuple[str, ...]


@dataclass
class Source:
    """A file's lines in reading order with their places, what stands beside the text, and rows where it is a table."""

    kind: str
    lines: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    sheets: list[list[Row]] = field(default_factory=list)
    tight: set[int] = field(default_factory=set)  # lines whose first word had no room on the line above
    crowded: set[int] = field(default_factory=set)  # those of them that stand among many such
    told: bool = True  # whether places say more than the number of the line

    def add(self, text: str, place: Place) -> None:
        """Add a line."""
        text = storable(text)
        if len(self.lines) >= MOST_LINES:
            raise Unreadable(
                said(
                    "The file has more than %(most)s lines, the most that can be read. Import it in parts.",
                    most=MOST_LINES,
                )
            )
        if len(text) > LONGEST_LINE:
            raise Unreadable(
                said(
                    "At %(place)s a line has more than %(most)s characters. Break it into lines.",
                    place=str(place),
                    most=LONGEST_LINE,
                )
            )
        self.lines.append(text)
        self.places.append(place)

    def blank(self) -> None:
        """Add an empty line, never two in a row and none at the beginning."""
        if self.lines and self.lines[-1]:
            self.add("", self.places[-1])

    @property
    def text(self) -> str:
        """The lines as one text."""
        return "\n".join(self.lines)


def storable(text: str) -> str:
    """Replace halves of characters, which no store can keep."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def from_lines(kind: str, lines: Iterable[str]) -> Source:
    """Make a source of a text's own lines."""
    source = Source(kind, told=False)
    for number, line in enumerate(lines, 1):
        source.add(line, Place("line", number))
    return source


def check_rows(rows: Sequence[Row]) -> None:
    """Refuse a sheet that has more rows than can be read."""
    if len(rows) > MOST_LINES:
        raise Unreadable(
            said(
                "The sheet has more than %(most)s rows, the most that can be read. Import it in parts.", most=MOST_LINES
            )
        )

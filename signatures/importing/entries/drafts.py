"""Drafts of entries while their lines are gathered, and what a whole list was read as."""

from __future__ import annotations

from dataclasses import dataclass, field

from signatures.importing.lines.line import Line
from signatures.importing.reasons import Left, Reason


@dataclass
class Draft:
    """An entry while its lines are gathered."""

    first: int  # indexes into the lines, from 0
    last: int
    text: str
    number: int | None = None
    section: str | None = None
    subsequent: bool = False
    guesses: list[Reason] = field(default_factory=list)
    doubts: list[Reason] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)
    depth: int = 0
    size: int = 1  # lines
    cells: list[str] = field(default_factory=list)  # of a table set with spaces or bars
    written: list[str] = field(default_factory=list)  # what of the cells stands on its last line


@dataclass
class Reading:
    """What the lines from the list's beginning to the end of the text became."""

    drafts: list[Draft] = field(default_factory=list)
    skipped: dict[int, Left] = field(default_factory=dict)
    sections: list[str] = field(default_factory=list)
    subsequent_heading: str | None = None
    mark: str | None = None
    titles: Line | None = None

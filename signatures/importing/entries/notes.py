"""Notes after the list: where they begin, told by their heading or by a run of marks from 1 whose lines cite something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from signatures.importing import reasons
from signatures.importing.lines import kinds, numbering, sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.headwords import is_later_heading
from signatures.importing.lines.line import Line

_MARK = re.compile(r"\s*(?:[\[(]?(i|\d{1,3})[\])]|([\u00b9\u00b2\u00b3\u2070-\u2079]+)|(\*|\u2020)(?=\s?\w))\s*")
_CITES = re.compile(r"https?://|www\.|\b(?:19|20)\d\d\b|\b(?:pp?|S|vol|no|art)\.\s?\d", re.IGNORECASE)
_FEW_WORDS = 6
_MOST = 12  # lines that show what a run of marks is
_BEFORE = 3  # lines of a list, at least, come before its notes


def begin(lines: Sequence[Line], first: int) -> int | None:
    """Give the index of the line with which the notes after the list begin, or None where there are none."""
    before, bulleted, headed = 0, False, False
    for index in range(first, len(lines)):
        line = lines[index]
        if line.blank:
            continue
        if kinds.note(line) == reasons.NOTES and _run(lines, index + 1):
            return index
        bulleted = bulleted or (before < _BEFORE and bullet(line.text) is not None)
        begins = before >= _BEFORE and not headed and _first(line, stars=not bulleted)
        if begins and len(run := _run(lines, index)) <= before and _cites(run):
            return index
        before += 1
        headed = sections.section(line, numbered=True) is not None or is_later_heading(line)
    return None


def _first(line: Line, *, stars: bool = True) -> bool:
    """Tell whether a line begins with the mark of a first note: 1, [1], (1), ¹, [i], and * where it is no bullet."""
    numbered = numbering.read(line, 0)
    mark = _MARK.match(line.text)
    return (numbered is not None and numbered.number == 1) or (
        mark is not None
        and (mark.group(1) or mark.group(2) or (stars and mark.group(3))) in ("1", "i", "\u00b9", "*", "\u2020")
    )


def _run(lines: Sequence[Line], index: int) -> list[str]:
    """Give what stands behind the marks of a run that begins with the first one."""
    rest = (lines[at] for at in range(index, len(lines)))
    shown = list(islice((line for line in rest if not line.blank), _MOST))
    if not shown or not _first(shown[0]):
        return []
    return [behind for line in shown if (behind := _behind_mark(line)) is not None]


def _behind_mark(line: Line) -> str | None:
    if numbered := numbering.read(line, 0):
        return numbered.rest.strip()
    mark = _MARK.match(line.text)
    return line.text[mark.end() :].strip() if mark else None


def _cites(rests: Sequence[str]) -> bool:
    """Tell whether most lines of a run cite or explain, as no name does."""
    noted = sum(
        1
        for rest in rests
        if numbering.is_note(rest) or _CITES.search(rest) or (rest.endswith(".") and len(rest.split()) > _FEW_WORDS)
    )
    return bool(rests) and noted * 2 > len(rests)

"""Where a list begins that has no heading: at its first section, or at the longest run of numbered names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signatures.importing import countries, kinds, numbering
from signatures.importing.heading import Start, following
from signatures.importing.lines import Line
from signatures.importing.words import fold, vocabulary

_SHORT = 20  # words of a line that may be an entry
_MORE_THAN_A_SIGNATURE = 5  # lines
_FEWEST = 3  # entries of a list without any heading
_ENOUGH = 1.5  # points that short lines after a section's heading give
_LONGER = re.compile(r"[^\W\d_]{3,}")


def find(lines: Sequence[Line]) -> Start | None:
    """Find the beginning of a list without a heading, or None in a text without a list."""
    return _by_section(lines) or _by_numbers(lines) or _by_closing(lines)


def _by_section(lines: Sequence[Line]) -> Start | None:
    """Take the first section of organisations for the beginning, where no heading stands above it."""
    found = [
        (index, why)
        for index, line in enumerate(lines)
        if not line.blank and (why := kinds.section(line, numbered=False))
    ]
    regions = sum(1 for _, why in found if why == kinds.REGION)
    for index, why in found:
        if why != kinds.SCOPE and (why != kinds.REGION or regions < 2):
            continue
        points, _ = following(lines, index)
        if points >= _ENOUGH and (index == 0 or lines[index - 1].blank or not lines[index - 1].sentence):
            return Start(None, (), (), index, points, "no heading: the list begins with a section of organisations")
    return None


def _by_closing(lines: Sequence[Line]) -> Start | None:
    """Take what follows a letter's closing words, where it is more than a signature: several names of organisations."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].blank or not kinds.is_closing(lines[index]):
            continue
        names = []
        for line in lines[index + 1 :]:
            if line.sentence or kinds.contact(line) or kinds.note(line):
                break
            names += [] if line.blank else [line]
        telling = sum(1 for line in names if vocabulary("name_words", "group", "groups").intersection(line.words))
        if len(names) >= _MORE_THAN_A_SIGNATURE and telling * 2 >= len(names):
            return Start(None, (), (), index + 1, 0.0, "no heading: names of organisations after the closing words")
        return None
    return None


def _by_numbers(lines: Sequence[Line]) -> Start | None:
    """Take the longest rising run of numbers whose lines are names and not demands."""
    runs = [run for run in _runs(lines) if len(run) >= _FEWEST and _names(run)]
    if not runs:
        return None
    run = max(runs, key=lambda found: (len(found), found[0].index))
    if _prose_follows(lines, run[-1].index):
        return None
    first = run[0].index
    above = next((i for i in range(first - 1, max(-1, first - 4), -1) if not lines[i].blank), None)
    if above is not None and kinds.section(lines[above], numbered=True):
        first = above
    return Start(None, (), (), first, 0.0, f"no heading: the longest run of numbered names, {len(run)} of them")


def _runs(lines: Sequence[Line]) -> list[list[numbering.Numbered]]:
    open_runs: dict[str, list[numbering.Numbered]] = {}
    finished: list[list[numbering.Numbered]] = []
    for index, line in enumerate(lines):
        found = numbering.read(line, index)
        if found is None:
            continue
        run = open_runs.get(found.shape)
        if run and found.number == run[-1].number + 1:
            run.append(found)
        elif found.number == 1:
            open_runs[found.shape] = [found]
            finished.append(open_runs[found.shape])
    return finished


def _names(run: Sequence[numbering.Numbered]) -> bool:
    """Tell names from demands: names are short, end without a full stop, and their words begin with capitals."""
    texts = [found.rest.strip() for found in run]
    prose = sum(
        1
        for text in texts
        if len(text.split()) > _SHORT or (text.endswith((".", "!", "?")) and len(text.split()) > _FEWEST)
    )
    further = [word for text in texts for word in _LONGER.findall(text)[1:12] if fold(word) not in vocabulary("links")]
    capital = sum(1 for word in further if not word[0].islower())
    placed = sum(1 for text in texts if countries.known(text.replace("\t", ",").rpartition(",")[2].strip()))
    return prose * 3 <= len(run) and (capital * 10 >= len(further) * 6 or placed * 2 >= len(run))


def _prose_follows(lines: Sequence[Line], last: int) -> bool:
    return sum(1 for line in lines[last + 1 :] if line.length > 25 and line.ends_sentence) >= 2

"""Where a list begins that has no heading: at its first section, or at the longest run of numbered names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from signatures.importing import countries, kinds, numbering
from signatures.importing.heading import Start, following
from signatures.importing.lines import Line
from signatures.importing.words import fold, phrases, vocabulary

_SHORT = 20  # words of a line that may be an entry
_MORE_THAN_A_SIGNATURE = 5  # lines
_FEWEST = 3  # entries of a list without any heading
_LONGEST_LEAD = 14  # words
_MOST_LEADS = 6  # lines that are tried
_FEW_WORDS = 7  # of a name that ends in a full stop
_ENOUGH = 1.5  # points that short lines after a section's heading give
_LONGER = re.compile(r"[^\W\d_]{3,}")


def find(lines: Sequence[Line]) -> Start | None:
    """Find the beginning of a list without a heading, or None in a text without a list."""
    return _by_section(lines) or _by_titles(lines) or _by_lead(lines) or _by_numbers(lines) or _by_closing(lines)


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


def _by_titles(lines: Sequence[Line]) -> Start | None:
    """Take a table whose columns have titles, one of which is for organisations."""
    for index, line in enumerate(lines):
        if line.blank or not kinds.is_column_titles(line):
            continue
        mark = next((mark for mark in ("\t", "|", "   ") if mark in line.text.strip(" |\t")), None)
        shown = [one for one in lines[index + 1 : index + 12] if not one.blank and not kinds.is_ruler(one)][:_FEWEST]
        if mark and len(shown) == _FEWEST and all(mark in one.text.strip(" |\t") for one in shown):
            return Start(None, (), (), index, 0.0, "no heading: a table with titles above its columns")
    return None


def _by_lead(lines: Sequence[Line]) -> Start | None:
    """Take what a line about organisations leads to, where nothing but names follows it to the end."""
    leading = (index for index, line in enumerate(lines) if not line.blank and _leads(line))
    for index in islice(leading, _MOST_LEADS):
        names = _names_to_end(lines, index + 1)
        if len(names) >= _MORE_THAN_A_SIGNATURE and _of_organisations(names):
            return Start(
                index, (), (), index + 1, 0.0, "taken for the list's heading: it leads to names and nothing else"
            )
    return None


def _leads(line: Line) -> bool:
    """Tell whether a line speaks of organisations that follow: "On behalf of the following groups,", "Organisations:"."""
    if line.length > _LONGEST_LEAD or line.bare.endswith((".", ";", "!", "?")) or line.bare[0].islower():
        return False
    words = set(line.words)
    if words & (vocabulary("demands") | vocabulary("we")) or line.words[-1:] == ["to"]:
        return False
    groups, known = vocabulary("groups"), vocabulary("fillers", "links", "groups", "scope", "qualities")
    folded = fold(line.bare)
    behalf = any(phrase in folded for phrase in phrases("behalf"))
    closed = line.bare.endswith((":", "\uff1a", ","))
    return (behalf and closed) or (bool(words & groups) and (closed or all(word in known for word in line.words)))


def _names_to_end(lines: Sequence[Line], first: int) -> list[Line]:
    """Give the lines from here to the end, or to a contact or a note; none where one of them is prose."""
    names: list[Line] = []
    for index in range(first, len(lines)):
        line = lines[index]
        if kinds.contact(line) or kinds.note(line):
            break
        if line.sentence or line.length > _SHORT or (line.length > _FEW_WORDS and line.bare.endswith((".", "?", "!"))):
            after = sum(1 for one in lines[index:] if not one.blank)
            return names if after == 1 and lines[index - 1].blank else []
        names += [] if line.blank or kinds.is_ruler(line) or kinds.is_page_number(line) else [line]
    return names


def _of_organisations(names: Sequence[Line]) -> bool:
    """Tell names of organisations from demands: capitals, words of names, acronyms, countries."""
    texts = [numbering.bullet(line.text) or line.text.strip() for line in names]
    longer = [word for text in texts for word in _LONGER.findall(text)[1:8] if fold(word) not in vocabulary("links")]
    telling = sum(
        1
        for line, text in zip(names, texts, strict=True)
        if vocabulary("name_words", "group", "groups").intersection(line.words)
        or text.endswith(")")
        or countries.known(text.rpartition(",")[2])
    )
    upper = sum(1 for word in longer if not word[0].islower())
    return telling * 3 >= len(names) and upper * 10 >= len(longer) * 6


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
    if above is not None and (why := kinds.section(lines[above], numbered=True)):
        if why == kinds.COLON and _leads(lines[above]):
            return Start(above, (), (), first, 0.0, "taken for the list's heading: it leads to numbered names")
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
    telling = vocabulary("name_words", "group", "groups")
    first = [fold(found.group()) for text in texts if (found := _LONGER.search(text))]
    if sum(1 for word in first if word in telling) * 2 >= len(texts) and not any(
        text.endswith((".", ";", "!", "?")) for text in texts
    ):
        return True  # French names hardly have a capital after their first word
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

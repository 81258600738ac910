"""Where a list begins that has no heading: at its first section, or at the longest run of numbered names."""

from __future__ import annotations

from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.finding import leading
from signatures.importing.finding.heading import Start, following
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines import evidence, kinds, numbering, sections
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_SHORT = 20  # words of a line that may be an entry
_FEWEST = 3  # entries of a list without any heading
_ENOUGH = 1.5  # points that short lines after a section's heading give


def find(lines: Sequence[Line]) -> Start | None:
    """Find the beginning of a list without a heading, or None in a text without a list."""
    found = (_by_section(lines), leading.by_lead(lines), leading.by_closing(lines))
    if any(found):
        first = min((start for start in found if start), key=lambda start: start.first)
        return first if first.heading is not None or first is found[0] else _by_titles(lines) or first
    return _by_titles(lines) or _by_numbers(lines) or leading.by_bullets(lines) or leading.by_tail(lines)


def _by_section(lines: Sequence[Line]) -> Start | None:
    """Take the first section of organisations for the beginning, where no heading stands above it."""
    found = [
        (index, why)
        for index, line in enumerate(lines)
        if not line.blank and (why := sections.section(line, numbered=False))
    ]
    regions = sum(1 for _, why in found if why == reasons.REGION)
    for index, why in found:
        if why != reasons.SCOPE and (why != reasons.REGION or regions < 2):
            continue
        points, _ = following(lines, index)
        if why == reasons.SCOPE and _only_heading(lines, index, found):
            return Start(index, (), (), index + 1, points, (reasons.HEADING, reasons.ONLY_GROUPS))
        if points >= _ENOUGH and (index == 0 or lines[index - 1].blank or not lines[index - 1].sentence):
            return Start(None, (), (), index, points)
    return None


def _only_heading(lines: Sequence[Line], index: int, found: Sequence[tuple[int, Reason]]) -> bool:
    """Tell whether a line heads the whole list: no other heading follows, and it says nothing of scope."""
    follows = any(at > index and why in (reasons.SCOPE, reasons.REGION, reasons.COLON) for at, why in found)
    return not follows and lines[index].bare.endswith(":") and vocabulary("scope").isdisjoint(lines[index].words)


def _by_titles(lines: Sequence[Line]) -> Start | None:
    """Take a table whose columns have titles, one of which is for organisations."""
    for index, line in enumerate(lines):
        if line.blank or not kinds.is_column_titles(line):
            continue
        mark = next((mark for mark in ("\t", "|", "   ") if mark in line.text.strip(" |\t")), None)
        shown = [one for one in lines[index + 1 : index + 12] if not one.blank and not kinds.is_ruler(one)][:_FEWEST]
        if mark and len(shown) == _FEWEST and all(mark in one.text.strip(" |\t") for one in shown):
            return Start(None, (), (), index, 0.0)
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
    if above is not None and lines[above].bare.endswith(":") and leading.leads_elsewhere(lines[above]):
        return None
    if above is not None and (why := sections.section(lines[above], numbered=True)):
        if why == reasons.COLON and leading.leads(lines[above]):
            return Start(above, (), (), first, 0.0, (reasons.HEADING, reasons.NAMES_FOLLOW))
        first = above
    return Start(None, (), (), first, 0.0)


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
    if evidence.first_words(texts) and not any(text.endswith((".", ";", "!", "?")) for text in texts):
        return True  # French names hardly have a capital after their first word
    prose = sum(
        1 for t in texts if len(t.split()) > _SHORT or (t.endswith((".", "!", "?")) and len(t.split()) > _FEWEST)
    )
    placed = sum(1 for text in texts if countries.known(text.replace("\t", ",").rpartition(",")[2].strip()))
    return prose * 3 <= len(run) and (evidence.capitals(texts) or placed * 2 >= len(run))


def _prose_follows(lines: Sequence[Line], last: int) -> bool:
    return sum(1 for line in lines[last + 1 :] if line.length > 25 and line.ends_sentence) >= 2

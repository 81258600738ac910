"""Blocks of lines between blank ones, each an entry: a name, and below it a role, an organisation, an address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines import asides, evidence, kinds, numbering, sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.line import Line

_FEWEST = 3  # blocks
_MOST_LINES = 6  # of a block
_MOST_WORDS = 16  # of a line


def in_blocks(lines: Sequence[Line]) -> list[Line]:
    """Join the lines of each block to its first one, where several blocks are set so."""
    result = list(lines)
    run: list[tuple[int, int]] = []
    for block in [*_blocks(lines), None]:
        if block and _may_be_entry(lines[block[0] : block[1]]):
            run.append(block)
            continue
        _join(result, run)
        run = []
    return result


def _blocks(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    start = None
    for index, line in enumerate(lines):
        if line.blank and start is not None:
            yield start, index
            start = None
        elif not line.blank and start is None:
            start = index
    if start is not None:
        yield start, len(lines)


def _may_be_entry(block: Sequence[Line]) -> bool:
    """Tell whether a block is a name with particulars below it; the last block may have a contact or a note below it."""
    first, *below = block
    if not 0 < len(below) < _MOST_LINES or any(
        line.joins is not None or line.length > _MOST_WORDS for line in (first, *below)
    ):
        return False
    if any(map(_ends_otherwise, (first, *below[:-1]))):
        return False
    if any(numbering.read(line, 0) or bullet(line.text) for line in (first, *below[:1]) if not _address(line)):
        return False
    return not (
        (evidence.role(first.bare) and not evidence.organisation(first.bare)) or sections.section(first, numbered=True)
    )


def _tells(block: Sequence[Line]) -> bool:
    """Tell whether a block has a role, an address or a country below its name."""
    first, *below = block
    if evidence.person(first.bare) and evidence.role(below[0].bare) and not bullet(below[0].text):
        return True
    if len(below) == 1 and _placed(below[0]) and not _placed(first) and not bullet(below[0].text):
        return True
    if len(below) > 1 and vocabulary("streets").intersection(below[0].words):
        return True
    return sum(map(_address, below)) * 2 >= len(below) or (len(below) > 1 and countries.known(below[-1].bare))


def _placed(line: Line) -> bool:
    """Tell whether a line is a town and its country: "Brussels, Belgium"."""
    town, comma, country = line.bare.rpartition(",")
    return bool(comma) and countries.known(country.strip()) and not evidence.organisation(town)


def _ends_otherwise(line: Line) -> bool:
    """Tell whether a line ends as a lead or a sentence does, and neither a name nor an address."""
    end = line.bare[-1]
    return end in ":;" or (end == "." and not (asides.abbreviated(line.bare) or kinds.contact(line)))


def _address(line: Line) -> bool:
    return evidence.address(line.bare) or kinds.contact(line) in kinds.ADDRESSES


def _join(result: list[Line], run: Sequence[tuple[int, int]]) -> None:
    """Join the blocks of a run, if most of them tell that they are entries, and the others are as long."""
    telling = [block for block in run if _tells(result[block[0] : block[1]])]
    if len(run) < _FEWEST or len(telling) * 2 < len(run):
        return
    usual = Counter(end - start for start, end in telling).most_common(1)[0][0]
    for start, end in run:
        if (start, end) not in telling and end - start != usual:
            continue
        result[start] = replace(result[start], joins=False, guess=reasons.BLOCK)
        for index in range(start + 1, end):
            if kinds.contact(result[index]) not in kinds.ADDRESSES:
                result[index] = replace(result[index], joins=True)

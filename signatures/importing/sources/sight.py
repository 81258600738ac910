"""Lines with words from right to left, put into the order in which they are read."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from signatures.importing.sources.pdfium import Letter

GAP = 1.0  # of the letters' height: a wider gap parts what stands on a line
SPACE = 0.12  # of the letters' height: a wider gap is a space


def by_sight(runs: list[list[Letter]]) -> list[list[Letter]]:
    """Read the lines on which right-to-left letters stand from where they stand, and leave the others as they are."""
    mixed = [run for run in runs if any(_direction(letter) == "R" for letter in run)]
    if not mixed:
        return runs
    mirrored = sum(map(len, mixed)) * 2 > sum(map(len, runs))
    margins = min(letter.left for run in runs for letter in run), max(letter.right for run in runs for letter in run)
    spaced = {pair for run in mixed for pair in _spaces(run)}
    taken: set[int] = set()
    seen: list[list[Letter]] = []
    for first in mixed:
        if id(first) in taken:
            continue
        line = [run for run in runs if id(run) not in taken and _beside(first[0], run[0])]
        taken |= {id(run) for run in line}
        parts = _parted([letter for run in line for letter in run], spaced)
        seen += [_logical(part, mirrored=mirrored or _at_the_right(part, margins)) for part in parts]
    return [run for run in runs if id(run) not in taken] + seen


def _beside(one: Letter, other: Letter) -> bool:
    overlap = min(one.top, other.top) - max(one.bottom, other.bottom)
    return overlap >= 0.5 * min(one.top - one.bottom, other.top - other.bottom)


def _at_the_right(part: Sequence[Letter], margins: tuple[float, float]) -> bool:
    """Tell whether most letters of a line run from right to left and it stands at the right, as such lines do."""
    kinds = [_direction(letter) for letter in part]
    near = margins[1] - max(letter.right for letter in part) < min(letter.left for letter in part) - margins[0]
    return near and kinds.count("R") > kinds.count("L")


def _spaces(run: Sequence[Letter]) -> Iterator[frozenset[tuple[float, float]]]:
    """Give the places between which pdfium read a space, as they stand beside one another: a number with its far end."""
    words = [list(word) for _, word in groupby(run, key=lambda letter: letter.sign.strip().isdecimal())]
    ends = [(word[0], word[-1]) for word in words]
    for before, after in pairwise(run):
        if after.sign[:1].isspace():
            first = next((one for one, last in ends if last is before and before.sign.strip().isdecimal()), before)
            last = next((last for one, last in ends if one is after and after.sign.strip().isdecimal()), after)
            yield frozenset((_place(first), _place(last)))


def _place(letter: Letter) -> tuple[float, float]:
    return letter.left, letter.right


def _parted(letters: list[Letter], spaced: set[frozenset[tuple[float, float]]]) -> list[list[Letter]]:
    """Put letters in the order of their left edges, marks behind their letter, and part them at wide gaps."""
    clusters: list[Letter] = []
    for letter in letters:
        if clusters and unicodedata.combining(letter.sign.strip()[:1] or " "):
            clusters[-1] = clusters[-1]._replace(sign=clusters[-1].sign + letter.sign.strip())
        else:
            clusters.append(letter._replace(sign=letter.sign.strip()))
    parts: list[list[Letter]] = []
    for letter in sorted(clusters, key=lambda one: (one.left + one.right) / 2):
        height = max(letter.top - letter.bottom, 1.0)
        gap = letter.left - parts[-1][-1].right if parts else 0.0
        if parts and gap <= height * GAP:
            if gap > height * SPACE or frozenset((_place(parts[-1][-1]), _place(letter))) in spaced:
                parts[-1].append(Letter(" ", *parts[-1][-1][1:]))
            parts[-1].append(letter)
        else:
            parts.append([letter])
    return parts


def _logical(seen: Sequence[Letter], *, mirrored: bool) -> list[Letter]:
    """Turn what is seen from left to right into what is read: each stretch of one direction in its own order."""
    away, home = ("L", "R") if mirrored else ("R", "L")
    letters = list(reversed(seen)) if mirrored else list(seen)
    kinds = _resolved([_direction(letter) for letter in letters], away, home)
    read: list[Letter] = []
    for kind, stretch in groupby(zip(kinds, letters, strict=True), key=lambda pair: pair[0]):
        part = [letter for _, letter in stretch]
        read += _numbers_kept(list(reversed(part))) if kind == away else part
    return _numbers_kept(read) if mirrored else read


def _resolved(kinds: list[str], away: str, home: str) -> list[str]:
    """Let what has no direction between two letters of the other direction go with them."""
    found = [at for at, kind in enumerate(kinds) if kind in (away, home)]
    resolved = [home] * len(kinds)
    for at in found:
        resolved[at] = kinds[at]
    for first, second in pairwise(found):
        if kinds[first] == kinds[second] == away:
            resolved[first:second] = [away] * (second - first)
    return resolved


def _numbers_kept(letters: list[Letter]) -> list[Letter]:
    """Turn digits that were turned with their line back: numbers run from left to right in every script."""
    read: list[Letter] = []
    digits = [letter.sign.isdecimal() for letter in letters]
    for at in range(1, len(letters) - 1):  # what parts an hour, a day or a thousand belongs to its number
        digits[at] |= letters[at].sign in (":", ".", ",", "/") and digits[at - 1] and letters[at + 1].sign.isdecimal()
    for number, stretch in groupby(zip(digits, letters, strict=True), key=lambda pair: pair[0]):
        part = [letter for _, letter in stretch]
        read += reversed(part) if number else part
    return read


def _direction(letter: Letter) -> str:
    kind = unicodedata.bidirectional(letter.sign.strip()[:1] or " ")
    return "R" if kind in ("R", "AL") else "L" if kind == "L" else ""

"""Prose: paragraphs of several long lines that together are sentences."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from signatures.importing.lines.line import Line

_ABOVE, _BELOW = 6, 12  # lines of a paragraph that are looked at
_WORDS_A_LINE, _WORDS = 7, 15  # more than in most lists
_MOST = 60  # words of a line that are counted


def in_prose(lines: Sequence[Line], index: int, first: int = 0, numbered: Collection[int] = ()) -> bool:
    """Tell whether a line stands in a paragraph of prose; none goes up beyond `first` or over a `numbered` entry."""
    start, end = index, index
    while start > first and index - start < _ABOVE and not lines[start - 1].blank and start - 1 not in numbered:
        start -= 1
    while end + 1 < len(lines) and end - index < _BELOW and not lines[end + 1].blank and end + 1 not in numbered:
        end += 1
    block = lines[start : end + 1]
    tokens = [word for line in block for word in line.bare.split()[:_MOST]]
    if len(block) < 2 or len(tokens) <= max(_WORDS, len(block) * _WORDS_A_LINE - 1) or not block[-1].ends_sentence:
        return False
    return sum(1 for word in tokens if word[0].islower()) * 10 >= len(tokens) * 6

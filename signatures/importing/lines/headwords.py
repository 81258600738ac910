"""Words that head a list, or those who signed later, in any of the languages: told by the stems of their vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from signatures.importing.lexicon.dates import months
from signatures.importing.lexicon.words import by_language, fold, phrases, vocabulary
from signatures.importing.lines.line import Line

_MOST_WORDS = 14  # of a heading


def is_heading_word(word: str) -> bool:
    """Tell whether a folded word heads a list in one of the languages."""
    return word.startswith(_stems(word[0])) or word in vocabulary("heading_forms")


def is_weak_word(word: str) -> bool:
    """Tell whether a folded word may head a list, but stands in other sentences as often: "supporting", "getragen"."""
    return word.startswith(phrases("weak_heading_stems")) or word in vocabulary("weak_heading_forms")


@cache
def _stems(initial: str) -> tuple[str, ...]:
    return tuple(stem for stem in phrases("heading_stems") if stem[0] == initial)


def is_later_heading(line: Line) -> bool:
    """Tell whether a line heads those who signed later, and is not the remark that more may sign."""
    if not 0 < len(line.words) <= _MOST_WORDS or line.length > _MOST_WORDS or line.sentence:
        return False
    folded = fold(line.bare)
    if line.bare.rstrip("*_ ").endswith((":", "：")) and any(phrase in folded for phrase in phrases("later_phrases")):
        return True
    later, possible = vocabulary("later"), vocabulary("possible")
    if not any(word in later for word in line.words) or any(word in possible for word in line.words):
        return False
    heads = [word for word in line.words if is_heading_word(word)]
    if not heads:
        return False
    known = later | vocabulary("fillers", "links", "groups", "group", "scope") | frozenset(months())
    unknown = [word for word in line.words if word not in known and not is_heading_word(word)]
    closed = line.bare.rstrip("*_ ").endswith((":", ")", "："))
    return len(unknown) <= (1 if closed else 0)


def languages_of_heading(words: Sequence[str]) -> list[str]:
    """Name the languages whose heading words stand in a line."""
    return [
        language for language, stems in by_language("heading_stems").items() if any(w.startswith(stems) for w in words)
    ]

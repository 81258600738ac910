"""Closing words of a letter: "Yours sincerely,", "Mit freundlichen Grüßen", "Veuillez agréer … nos salutations distinguées"."""

from __future__ import annotations

from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines.line import Line

_SHORT = 8  # words
_LONGEST = 30  # words of a closing formula that is a sentence


def is_closing(line: Line) -> bool:
    """Tell whether a line holds nothing but a letter's closing words."""
    if not 0 < len(line.words) <= _SHORT:
        return False
    closings, others = vocabulary("closings"), vocabulary("closing_words", "links", "we")
    return any(w in closings for w in line.words) and all(w in closings or w in others for w in line.words)


def closes(line: Line) -> bool:
    """Tell whether a line closes a letter, be it in a whole sentence."""
    if is_closing(line):
        return True
    words = line.words
    closings = vocabulary("closings")
    begins = (
        not closings.isdisjoint(words)
        and words[0] in vocabulary("closing_words", "closings")
        and len(words) <= _LONGEST
    )
    return begins and sum(1 for w in words if w in closings or w in vocabulary("closing_words")) * 2 > len(words) > 1

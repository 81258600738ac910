"""Wrapped lines: when a line goes on with the one before it, and how the two are joined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.languages import script_of
from signatures.importing.lexicon.words import fold, visible, vocabulary
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_HYPHENS = "-\u00ad\u2010"
_DASHES = "\u2013\u2014"
_HYPHENATED = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)+")
_WORD = re.compile(r"[^\W\d_]+")
_NARROWEST, _WIDEST = 30, 130  # columns between which a text may have been wrapped
_MOST_COUNTRY_WORDS = 4
_TITLE_CASE = frozenset(("And", "Of", "For", "The", "In", "On", "With", "Against", "By", "To"))
_TO_COUNTRY = (",", " – ", " - ", "(")
_AND = ("e", "y")  # as one small letter these only link; a capital may be part of a name
_SUSPENDING = frozenset(
    (
        "und",
        "oder",
        "bzw.",
        "sowie",
        "beziehungsweise",
        "bis",
        "wie",
        "als",
        "and",
        "or",
        "et",
        "ou",
        "y",
        "e",
        "o",
        "u",
    )
)
_DUTCH = ("en", "of")  # "Frau-en" ends so in German
_WITHOUT_SPACES = frozenset(("CJK", "HIRAGANA", "KATAKANA", "THAI"))


class Vocabulary:
    """The words of one document, to tell a hyphen of the name from one of the wrapping."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._hyphenated: frozenset[str] | None = None
        self._words: Counter[str] = Counter()

    def _read(self) -> None:
        hyphenated: set[str] = set()
        words: Counter[str] = Counter()
        for line in self._lines:
            text = visible(line.text).casefold()
            words.update(_WORD.findall(text))
            hyphenated.update(found.replace("\u2010", "-") for found in _HYPHENATED.findall(text))
        self._hyphenated, self._words = frozenset(hyphenated), words

    def suspends(self, word: str) -> bool:
        """Tell whether a hyphen before this word stands for the end of a later one: "Kunst- und Musikpflege"."""
        if word in _SUSPENDING:
            return True
        if self._hyphenated is None:
            self._read()
        return word in _DUTCH and any(self._words[dutch] for dutch in ("het", "van", "voor"))

    def keeps_hyphen(self, first: str, second: str) -> tuple[bool, bool]:
        """Tell whether a hyphen at a line's end belongs to the word, and whether the document itself shows it."""
        if self._hyphenated is None:
            self._read()
        first, second = first.casefold(), second.casefold()
        if self._hyphenated and f"{first}-{second}" in self._hyphenated:
            return True, True
        if first + second in self._words:
            return False, True
        # Each half stands once in the two lines themselves; more than once, it is a word of its own.
        return len(second) > 2 and self._words[first] > 1 and self._words[second] > 1, False


def width(lines: Sequence[Line]) -> int | None:
    """Find the width at which a text was wrapped, or None where its lines end where they like."""
    lengths = sorted((len(line.bare) for line in lines if not line.blank), reverse=True)
    if not lengths or not _NARROWEST <= lengths[0] <= _WIDEST:
        return None
    near = sum(1 for length in lengths if length >= lengths[0] - 12)
    return lengths[0] if near >= 2 else None


def full(line: Line, after: Line, wrapped_at: int | None) -> bool:
    """Tell whether a line is so full that the next line's first word had no room on it."""
    if wrapped_at is None:
        return False
    first_word = after.bare.split(" ", 1)[0]
    return len(line.bare) * 10 >= wrapped_at * 7 and len(line.bare) + 1 + len(first_word) > wrapped_at - 1


def is_open(text: str, depth: int) -> bool:
    """Tell whether a text cannot end here: an open bracket, a comma, a hyphen or dash, a link word."""
    end = visible(text).rstrip()
    if depth > 0 or not end:
        return True
    if end[-1] in ",/&(+" or end[-1] in _HYPHENS + _DASHES:
        return True
    printed = end[-40:].rpartition(" ")[2]
    if not (printed.islower() or printed in _TITLE_CASE or end.isupper()):
        return False  # an acronym or a name: "Stichting LOS", "Regional Pará"
    return (fold(printed) in vocabulary("open_ends") or printed in _AND) and len(end.split()) > 1


def ends_in_country(text: str) -> bool:
    """Tell whether a text ends in a comma and a country, as an entry does."""
    return any(
        before and countries.known(tail) for before, mark, tail in (text[-80:].rpartition(m) for m in _TO_COUNTRY)
    )


def completes_country(text: str, following: str) -> bool:
    """Tell whether the last words of a line and the next line together name a country or a region ("South" + "Africa")."""
    tail, rest = text[-60:].rpartition(",")[2].split(), following.strip().rstrip(".")
    if not tail or len(rest) > 40:
        return False
    for count in range(1, min(_MOST_COUNTRY_WORDS, len(tail)) + 1):
        joined = " ".join([*tail[-count:], rest])
        if countries.known(joined) and (rest[0].islower() or not countries.known(" ".join(tail[-count:]))):
            return True
    return fold(tail[-1]) in vocabulary("directions") and fold(rest) in vocabulary("regions")


def depth_after(text: str, depth: int) -> int:
    """Follow the round brackets through a text."""
    for character in text:
        if character in "(\uff08":
            depth += 1
        elif character in ")\uff09" and depth:
            depth -= 1
    return depth


def join(first: str, second: str, vocabulary_of_document: Vocabulary) -> tuple[str, Reason | None]:
    """Join two lines as a reader does; the second value says where that was a guess."""
    head, tail = first.rstrip(), second.strip()
    if not head or not tail:
        return head or tail, None
    last = head[-1]
    if last == "\u00ad":
        return head[:-1] + tail, None
    if last in _HYPHENS and len(head) > 1 and not head[-2].isspace():
        return _join_hyphen(head, tail, vocabulary_of_document)
    if last == "/" and len(head) > 1 and not head[-2].isspace():
        return head + tail, reasons.SLASH
    if script_of(last) in _WITHOUT_SPACES and script_of(tail[0]) in _WITHOUT_SPACES:
        return head + tail, None
    return f"{head} {tail}", None


def _join_hyphen(head: str, tail: str, vocabulary_of_document: Vocabulary) -> tuple[str, Reason | None]:
    if not tail[0].islower():
        return head + tail, None
    if vocabulary_of_document.suspends(tail.split(None, 1)[0]):
        return f"{head} {tail}", None
    before = head[:-1][-60:]
    start = _WORD.findall(before)[-1] if _WORD.findall(before) else ""
    end = _WORD.match(tail)
    keeps, shown = vocabulary_of_document.keeps_hyphen(start, end.group() if end else "")
    joined = head + tail if keeps else head[:-1] + tail
    if shown:
        return joined, None
    done = reasons.HYPHEN_KEPT if keeps else reasons.HYPHEN_DROPPED
    return joined, done.of(word=f"{start}-{end.group() if end else ''}")

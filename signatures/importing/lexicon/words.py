"""Words that lists are made of in ten languages, and how a printed text is folded for comparing."""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import cast

_INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF))
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_APOSTROPHES = "\u2018\u2019\u201a\u201b\u00b4\u0060\u2032\u02bc"
_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033"
_ALIKE = {
    0x0131: "i",  # the dotless i of Turkish: its capital is our I
    **dict.fromkeys(map(ord, _DASHES), "-"),
    **dict.fromkeys(map(ord, _APOSTROPHES), "'"),
    **dict.fromkeys(map(ord, _QUOTES), '"'),
}
_OPTIONAL_ENDING = re.compile(r"(?<=\w)\((\w{1,5})\)")
_GENDER_MARK = re.compile(r"(?<=\w)[:*/_\u00b7](?=innen\b)")
_INNER_HYPHEN = re.compile(r"(?<=[^\W\d_])-(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE, _AFTER = " \t\n\r\v\f\u00a0#*_=\u2022>-", " \t\n\r\v\f\u00a0#*_=:\uff1a-"
_SHORTEST_ARABIC = 3  # letters of a word that may have an article
_SHORTEST, _LONGEST, _TWO_SLIPS = 6, 24, 9  # letters of a word in which a slip can be told from another word


def visible(text: str) -> str:
    """Remove the characters that nobody sees: soft hyphens, zero-width spaces, marks of direction and of byte order."""
    return text.translate(_INVISIBLE)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Fold case, accents, spaces, dashes and quotes for comparing; what is printed is never folded."""
    if text.isascii():
        return " ".join(text.casefold().translate(_ALIKE).split())
    one = unicodedata.normalize("NFKC", visible(text).translate(_ALIKE)).casefold()
    apart = unicodedata.normalize("NFD", one)
    return " ".join("".join(c for c in apart if unicodedata.category(c) != "Mn").translate(_ALIKE).split())


def words(text: str) -> list[str]:
    """Split folded text into words; an optional ending ("signé(e)s") and an inner hyphen belong to the word."""
    folded = _GENDER_MARK.sub("", _OPTIONAL_ENDING.sub(r"\1", fold(text)))
    return _WORD.findall(_INNER_HYPHEN.sub("", folded))


@cache
def _vocabulary() -> dict[str, dict[str, str | list[str]]]:
    text = resources.files("signatures.importing.lexicon").joinpath("vocabulary.json").read_text(encoding="utf-8")
    return cast("dict[str, dict[str, str | list[str]]]", json.loads(text))


@cache
def by_language(kind: str) -> dict[str, tuple[str, ...]]:
    """Give the folded words or phrases of one kind, by language."""
    return {
        language: tuple(fold(form) for entry in _entries(entries) for form in _forms(entry, language))
        for language, entries in _vocabulary()[kind].items()
    }


def _entries(entries: str | list[str]) -> list[str]:
    return entries.split() if isinstance(entries, str) else entries


def _forms(word: str, language: str) -> tuple[str, ...]:
    """Give a word with what Arabic writes together with it: the article, "and", "for"."""
    if language != "ar" or len(word) <= _SHORTEST_ARABIC or " " in word:
        return (word,)
    plain = word.removeprefix("ال")
    return tuple(before + plain for before in ("", "ال", "و", "وال", "لل"))


@cache
def vocabulary(*kinds: str) -> frozenset[str]:
    """Give the folded words of these kinds in all languages."""
    return frozenset(word for kind in kinds for entries in by_language(kind).values() for word in entries)


@cache
def phrases(kind: str) -> tuple[str, ...]:
    """Give the words or phrases of one kind in all languages, folded, to be tried as the beginning of a text."""
    return tuple(sorted(vocabulary(kind), key=lambda phrase: (-len(phrase), phrase)))


@cache
def printed(kind: str) -> tuple[str, ...]:
    """Give the phrases of one kind as they are printed, the longest first."""
    entries = [entry for language in _vocabulary()[kind].values() for entry in language]
    return tuple(sorted(set(entries), key=lambda phrase: (-len(phrase), phrase)))


@cache
def _by_initial() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for word in sorted(vocabulary("heading_forms", "groups", "scope")):
        if len(word) >= _SHORTEST:
            table.setdefault(word[0], []).append(word)
    return {initial: tuple(found) for initial, found in table.items()}


def distance_within(first: str, second: str, limit: int) -> bool:
    """Tell whether two words differ by at most `limit` letters added, dropped or exchanged."""
    if abs(len(first) - len(second)) > limit:
        return False
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(second, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
        if min(row) > limit:
            return False
    return row[-1] <= limit


@lru_cache(maxsize=8192)
def slip_for(word: str) -> str | None:
    """Name the heading, scope or group word that a long word is a slip for, if there is one."""
    if not _SHORTEST <= len(word) <= _LONGEST:
        return None
    limit = 2 if len(word) >= _TWO_SLIPS else 1
    near = (known for known in _by_initial().get(word[0], ()) if distance_within(word, known, limit))
    return next(
        (known for known in near if not known.startswith(word)), None
    )  # a missing ending is another form, no slip


def undecorated(text: str) -> str:
    """Strip emphasis, hash marks and the colon from a heading."""
    return text.strip().lstrip(_BEFORE).rstrip(_AFTER).strip()

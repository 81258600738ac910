"""Evidence that a line names somebody who signs: words of organisations, acronyms, legal forms, places, or a person's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from signatures.importing import asides, countries, kinds, numbering
from signatures.importing.lines import Line
from signatures.importing.words import fold, phrases, vocabulary, words

_LONGEST = 20  # words of a line that may be an entry
_MANY = 0.6  # share of names that are told by more than their capitals
_FEW_WORDS = 7  # of a name that ends in a full stop
_PERSON = range(2, 6)  # words of a person's name
_LETTERS = re.compile(r"[^\W\d_]+")
_LONGER = re.compile(r"[^\W\d_]{3,}")
_ACRONYM = re.compile(r"(?<![\w])[A-ZÀ-ÞА-ЯİŞĞÇ][A-ZÀ-ÞА-ЯİŞĞÇ0-9.&-]{1,9}(?![\w])")
_TITLED = re.compile(r"(?:(?:[^\W\d_]{1,6}\.|[^\W\d_]{2,10})\s+)", re.UNICODE)
_AFTER_NAME = re.compile(r"\s*(?:[,;\t|(]|\s[\u2013\u2014-]\s).*\Z", re.DOTALL)


def name_of(line: Line) -> str:
    """Give what a line names: its text without a bullet or a number."""
    found = numbering.read(line, 0)
    text = found.rest if found else numbering.bullet(line.text) or line.text
    return text.strip()


def may_be_entry(line: Line) -> bool:
    """Tell whether a line is short and no sentence, so that it may be an entry at all."""
    if line.sentence or line.length > _LONGEST or line.bare.endswith((";", "?", "!")):
        return False
    return not (line.length > _FEW_WORDS and line.ends_sentence and not asides.abbreviated(line.bare))


@lru_cache(maxsize=4096)
def organisation(text: str) -> bool:
    """Tell whether a text has what names of organisations have: one of their words, an acronym, a legal form, a country."""
    named = words(text)
    if vocabulary("name_words", "group", "groups", "legal_forms").intersection(named):
        return True
    if any(word.startswith(phrases("name_stems")) or word.endswith(phrases("name_endings")) for word in named):
        return True
    if text.rstrip(" .").endswith(")") or countries.known(text.replace("\t", ",").rpartition(",")[2].strip()):
        return True
    return bool(_ACRONYM.search(text)) and not text.isupper()


@lru_cache(maxsize=4096)
def person(text: str) -> bool:
    """Tell whether a text begins as a person's name does: two to five words with capitals before a comma, or a title."""
    name = _AFTER_NAME.sub("", text.strip())
    tokens = name.split()
    titled = False
    while len(tokens) > 1 and fold(tokens[0]).rstrip(".") in vocabulary("titles"):
        tokens, titled = tokens[1:], True
    if any(c.isdecimal() for c in name) or len(tokens) not in _PERSON:
        return titled and 0 < len(tokens) < max(_PERSON)
    particles = vocabulary("particles")
    if vocabulary("name_words", "group", "groups").intersection(words(name)):
        return False
    capital = [token for token in tokens if not token[0].islower()]
    return (
        len(capital) > 1
        and all(token[0].isalpha() for token in tokens)
        and all(not token[0].islower() or fold(token).rstrip("'’") in particles for token in tokens)
    )


def role(text: str) -> bool:
    """Tell whether a text says what somebody is, and names nobody: "Chief Executive", "Vorsitzende"."""
    return bool(vocabulary("roles").intersection(words(text)))


def of_organisations(lines: Sequence[Line], share: float = 1 / 3) -> bool:
    """Tell names of organisations from demands: capitals, words of names, acronyms, countries."""
    texts = [name_of(line) for line in lines]
    found = telling(lines)
    return found >= share and (found >= _MANY or capitals(texts) or first_words(texts))


def telling(lines: Sequence[Line]) -> float:
    """Give the share of lines with the look of an organisation's name; none where most are countries."""
    texts = [name_of(line) for line in lines]
    if not texts or sum(map(countries.known, texts)) * 2 >= len(texts):
        return 0.0
    return sum(map(organisation, texts)) / len(texts)


def of_persons(lines: Sequence[Line]) -> bool:
    """Tell whether nearly every line names a person, with or without a role or a place."""
    texts = [name_of(line) for line in lines]
    return sum(map(person, texts)) * 10 >= len(texts) * 8


def of_names(lines: Sequence[Line]) -> bool:
    """Tell whether nearly every line names an organisation or a person, and none says what somebody is."""
    texts = [name_of(line) for line in lines]
    naming = sum(1 for text in texts if organisation(text) or person(text))
    return (
        naming * 10 >= len(texts) * 6
        and not any(text[:1].islower() for text in texts)
        and not any(role(text) and not person(text) for text in texts)
    )


def capitals(texts: Iterable[str]) -> bool:
    """Tell whether most words after the first have a capital; a script without capitals shows nothing."""
    further = [w for text in texts for w in _LONGER.findall(text)[1:12] if fold(w) not in vocabulary("links")]
    cased = [word for word in further if word[0].islower() or word[0].isupper()]
    upper = sum(1 for word in cased if word[0].isupper())
    return bool(cased) and upper * 10 >= len(cased) * 6


def first_words(texts: Sequence[str]) -> bool:
    """Tell whether half of the texts begin with a word for organisations, as names do that have few capitals."""
    telling = vocabulary("name_words", "group", "groups")
    first = [fold(found.group()) for text in texts if (found := _LONGER.search(text))]
    stems = phrases("name_stems")
    return sum(1 for word in first if word in telling or word.startswith(stems)) * 2 >= len(texts)


def names_below(lines: Sequence[Line], first: int) -> tuple[list[Line], int]:
    """Give the lines like entries from here on, and the index of what ends them: a contact, a note, prose, or the end."""
    names: list[Line] = []
    for index in range(first, len(lines)):
        line = lines[index]
        if line.blank or kinds.is_ruler(line) or kinds.is_page_number(line) or kinds.is_footer(line):
            continue
        if kinds.contact(line) or kinds.note(line) or asides.is_end(line) or not may_be_entry(line):
            return names, index
        names += [] if line.joins else [line]
    return names, len(lines)

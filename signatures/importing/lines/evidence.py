"""Evidence that a line names somebody who signs: words of organisations, acronyms, legal forms, places, or a person's name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import fold, phrases, vocabulary, words
from signatures.importing.lines import asides, kinds, numbering
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.line import Line
from signatures.importing.lines.prose import in_prose

_LONGEST = 20  # words of a line that may be an entry
_MANY = 0.6  # share of names that are told by more than their capitals
_FIRST_WORDS, _LONG = 2, 6  # of a text, and letters of a word that is put together
_FEW_WORDS = 7  # of a name that ends in a full stop
_PERSON = range(2, 6)  # words of a person's name
_LETTERS = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"(?:\b\d{4,6}\b|\s\d{1,4}\s?[a-z]?(?:[-/]\d{1,4})?\Z|\A\d{1,4},?\s\S)")
_POSTCODE = re.compile(r"(?:[A-Z]{1,2}-?)?\d{4,6}\s\S")
_QUOTED = re.compile(r"[\u00ab\u201e\u201c\"][^\u00bb\u201c\u201d\"]{2,60}[\u00bb\u201c\u201d\"]")
_LONGER = re.compile(r"[^\W\d_]{3,}")
_ACRONYM = re.compile(r"(?<![\w])[A-ZÀ-ÞА-ЯİŞĞÇ][A-ZÀ-ÞА-ЯİŞĞÇ0-9.&-]{1,9}(?![\w])")
_TITLED = re.compile(r"(?:(?:[^\W\d_]{1,6}\.|[^\W\d_]{2,10})\s+)", re.UNICODE)
_AFTER_NAME = re.compile(r"\s*(?:[,;\t|(]|\s[\u2013\u2014-]\s).*\Z", re.DOTALL)


def name_of(line: Line) -> str:
    """Give what a line names: its text without a bullet or a number."""
    found = numbering.read(line, 0)
    text = found.rest if found else bullet(line.text) or line.text
    return text.strip()


def meet(left: str, right: str) -> bool:
    """Tell whether one name ends and another begins here: with a word for organisations on one side of the "and"."""
    ends, begins = words(left)[-1:], words(right)[:1]
    return left.rstrip().endswith(")") or first_words(ends) or first_words(begins)


def may_be_entry(line: Line) -> bool:
    """Tell whether a line is short and no sentence, so that it may be an entry at all."""
    if line.sentence or line.length > _LONGEST or line.bare.endswith((";", "\u061b")):
        return False
    if line.bare.endswith(("?", "!")) and line.length >= _FEW_WORDS:
        return False
    return not (line.length > _FEW_WORDS and line.ends_sentence and not asides.abbreviated(line.bare))


@lru_cache(maxsize=4096)
def organisation(text: str) -> bool:
    """Tell whether a text has what names of organisations have: one of their words, an acronym, a legal form, a country."""
    tokens = _LETTERS.findall(text)
    known, stems, endings = (
        vocabulary("name_words", "group", "groups", "legal_forms"),
        phrases("name_stems"),
        phrases("name_endings"),
    )
    for at, token in enumerate(tokens):
        if at < _FIRST_WORDS or at == len(tokens) - 1 or not token[0].islower():
            word = fold(token)
            if word in known or word.startswith(stems) or (word.endswith(endings) and len(word) > _LONG):
                return True
    if text.rstrip(" .").endswith(")") or countries.known(text.replace("\t", ",").rpartition(",")[2].strip()):
        return True
    one = len(tokens) == 1 and not tokens[0][1:].islower() and tokens[0][1:] != ""  # "CCOO", "RosKom"
    return one or bool(_QUOTED.search(text)) or (bool(_ACRONYM.search(text)) and not text.isupper())


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
    """Tell whether a text says what somebody is, and names nobody: "Chief Executive", "Vorsitzende des Vereins"."""
    head = _AFTER_NAME.sub("", text.strip())
    named, roles = words(head), vocabulary("roles")
    if not named or (person(head) and not roles.intersection(named)):
        return False
    if named[0] in roles:
        return named[0] not in vocabulary("titles") or not person(head.partition(" ")[2])
    return named[-1] in roles and not organisation(head)


def address(text: str) -> bool:
    """Tell whether a text has the number of a house or of a post office."""
    return bool(_ADDRESS.search(text))


def postal(text: str) -> bool:
    """Tell whether a text is a street or a town of an address."""
    numbered = any(c.isdecimal() for c in text)
    street = any(w in vocabulary("streets") or w.endswith(phrases("street_endings")) for w in words(text))
    ends = text[:1].isdecimal() or text[-2:-1].isdecimal() or text[-1:].isdecimal()
    begins = words(text)[:1] and words(text)[0] in vocabulary("streets")
    return numbered and bool((street and (ends or begins)) or _POSTCODE.match(text))


def of_organisations(lines: Sequence[Line], share: float = 1 / 3) -> bool:
    """Tell names of organisations from demands: capitals, words of names, acronyms, countries."""
    texts = [name_of(line) for line in lines]
    found = telling(lines)
    return found >= share and (found >= _MANY or capitals(texts) or first_words(texts))


def telling(lines: Sequence[Line]) -> float:
    """Give the share of lines with the look of an organisation's name; none where most are countries."""
    texts = [name_of(line) for line in lines]
    acts = sum(1 for text in texts if (first := _LETTERS.search(text)) and fold(first.group()) in vocabulary("actions"))
    if not texts or sum(map(countries.known, texts)) * 2 >= len(texts) or acts * 3 >= len(texts):
        return 0.0
    return sum(map(organisation, texts)) / len(texts)


def of_persons(lines: Sequence[Line]) -> bool:
    """Tell whether nearly every line names a person, with or without a role or a place."""
    texts = [name_of(line) for line in lines]
    return sum(map(person, texts)) * 10 >= len(texts) * 8


def of_names(lines: Sequence[Line]) -> bool:
    """Tell whether many lines name an organisation or a person, and none says what somebody is or begins in lower case."""
    texts = [name_of(line) for line in lines]
    naming = sum(1 for text in texts if organisation(text) or person(text))
    return (
        naming * 3 >= len(texts)
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
        if kinds.contact(line) or asides.is_end(line) or not may_be_entry(line) or _note(line, names):
            return names, index
        if line.length >= _FEW_WORDS and in_prose(lines, index, first):
            return names, index
        names += [] if line.joins else [line]
    return names, len(lines)


def _note(line: Line, names: Sequence[Line]) -> bool:
    """Tell whether a line is a note and not one of several that begin with the same bullet."""
    bulleted = bullet(line.text) is not None and (not names or names[-1].bare[0] == line.bare[0])
    found = numbering.read(line, 0)
    numbered = found is not None and found.number == len(names) + 1 and not numbering.is_note(found.rest)
    return kinds.note(line) is not None and not (bulleted or numbered)

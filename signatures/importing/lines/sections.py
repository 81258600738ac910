"""Headings of sections within a list: words for scope and group, a region, a country, a short line with a colon."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import slip_for, undecorated, vocabulary
from signatures.importing.lines import kinds
from signatures.importing.lines.headwords import is_heading_word
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_COUNT = re.compile(r"\s\(\d{1,4}\)\Z")
_ENUMERATED = re.compile(r"(?:[A-Z]|[IVX]{1,4})[.)]\s+")
_MOST_WORDS = 14  # of a heading


def section(line: Line, *, numbered: bool) -> Reason | None:
    """Say why a line is a section's heading, or give None; `numbered` where the entries around it have numbers."""
    counted = _COUNT.search(undecorated(line.bare))
    text = _ENUMERATED.sub("", _COUNT.sub("", undecorated(line.bare)), count=1)
    named = line.words[len(line.words) - len(Line(0, text, text).words) :]
    if not 0 < len(named) <= _MOST_WORDS or any(c.isdecimal() for c in text) or line.sentence or "," in text[-1:]:
        return None
    if kinds.note(line) or kinds.contact(line):
        return None
    colon = line.bare.rstrip("*_ ").endswith((":", "："))
    if text[:1].islower() and not colon and not _after_article(text):
        return None
    marked = colon or counted is not None or line.bare.startswith(("**", "##", "__"))
    if why := _scope_section(named, easy=numbered or marked, marked=marked):
        return why
    if "," not in text and (why := _region_section(named)):
        return why
    if (numbered or marked) and countries.known(text) and "/" not in text:
        return reasons.PLACE
    heading = vocabulary("fillers", "links", "groups", "group", "scope")
    if colon and any(is_heading_word(w) for w in named) and all(w in heading or is_heading_word(w) for w in named):
        return reasons.GROUP
    if colon and len(named) <= 6 and not text.endswith(")"):
        return reasons.COLON
    return None


def _after_article(text: str) -> bool:
    """Tell whether a heading begins behind an article in lower case: "les Organisations nationales"."""
    article, _, rest = text.partition(" ")
    return article in vocabulary("articles") and rest[:1].isupper()


def _scope_section(named: Sequence[str], *, easy: bool, marked: bool) -> Reason | None:
    """Judge a line made only of words for scope, group and what links them; a group in the singular is rather a name."""
    small = vocabulary("links", "regions", "directions", "others", "qualities") | (
        vocabulary("modifiers") if easy else frozenset()
    )
    content = []
    for word in named:
        if kind := _kind_of(word):
            content.append(kind)
        elif word not in small:
            return None
    if not marked and not any(word in vocabulary("scope", "groups", "group") for word in named):
        return None  # slips alone are other words
    scopes, groups = content.count("scope"), content.count("groups")
    if "group" in content:
        return reasons.SCOPE if marked else None
    near = any(word in vocabulary("regions", "qualities") for word in named)
    if groups and (easy or len(content) > 1 or near):
        return reasons.SCOPE
    alone = all(word in vocabulary("links") or _kind_of(word) == "scope" for word in named)
    return reasons.SCOPE if alone and (scopes > 1 or (easy and scopes)) else None


def _kind_of(word: str) -> str | None:
    for spelling in (word, slip_for(word)):
        for kind in ("scope", "groups", "group"):
            if spelling is not None and spelling in vocabulary(kind):
                return kind
    return None


def _region_section(words: Sequence[str]) -> Reason | None:
    regions, around = vocabulary("regions"), vocabulary("directions", "links")
    if any(w in regions for w in words) and all(w in regions or w in around for w in words):
        return reasons.REGION
    return None

"""Disguise: whose name a reader may find in a printed line, wherever it stands in it and however it is written.

This only decides whether an editor looks first. What editors are shown beside a submission is `alike.py`'s, whose scores
are finer and find less.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from rapidfuzz import fuzz

from signatures.characters import fold
from signatures.intake.alike import ONE_LETTER, spellings
from signatures.organisation import NameParts
from signatures.printed import printed
from signatures.register import Register

TOO_ALIKE = 85  # of 100: from here on an editor looks first; the pairs of different bodies in real lists score 82 to 88
TELLING = 12  # letters of a name of several words that tell whose it is, whatever stands around it
UNSEEN = ("Mn", "Me", "Cf", "Cc")  # marks above and below, joiners, controls
TWIN_SCRIPTS = ("CHEROKEE ", "LISU ", "COPTIC ", "DESERET ", "OSAGE ", "OLD ITALIC ", "CARIAN ", "LYCIAN ", "LYDIAN ")
SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "


def bearers(register: Register, texts: Iterable[str], own: Collection[str] = ()) -> set[str]:
    """List the bodies, but for one's own registrations, whose name a reader may find in one of these texts."""
    asked = {text for text in map(bare, texts) if text}
    return {
        body
        for body, id_, parts in spellings(register)
        if not {body, id_} & set(own) and any(_found(name, asked) for name in _names(parts))
    }


def lines_of(parts: NameParts) -> Iterator[str]:
    """Give what stands in the printed line, whole and part by part."""
    yield parts.name
    yield f"{parts.acronym or ''} {parts.name}"
    yield from beside_the_name(parts)
    for translation in (*parts.translations.values(), None):
        for country in (*parts.country_printed.values(), None):
            yield printed(parts.acronym, parts.name, parts.transliteration, translation, country)


def beside_the_name(parts: NameParts) -> list[str]:
    """List what stands in the printed line beside acronym and name, whose owner the register knows."""
    texts = (parts.transliteration, *parts.translations.values(), *parts.country_printed.values())
    return [text for text in (parts.acronym, *texts) if text]


@lru_cache(maxsize=200_000)
def bare(text: str) -> str:
    """Strip a text of all but letters and digits: no case, accent, space, joiner, nor script where letters look alike."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    seen = "".join(_letter(one) for one in apart if unicodedata.category(one) not in UNSEEN)
    return "".join(one for one in fold(seen.translate(ONE_LETTER)) if one.isalnum())


def in_twin_script(texts: Iterable[str]) -> bool:
    """Tell whether a text holds letters of a script that is full of twins of Latin ones and has no table of them here."""
    return any(unicodedata.name(letter, "").startswith(TWIN_SCRIPTS) for text in texts for letter in text)


def _letter(one: str) -> str:
    name = unicodedata.name(one, "")
    return name.removeprefix(SMALL_CAPITAL).lower() if name.startswith(SMALL_CAPITAL) else one


def _names(parts: Mapping[str, Any]) -> Iterator[str]:
    """Give the names of one spelling: its own, in other letters, and in other languages."""
    yield parts["name"]
    if parts["acronym"]:
        yield f"{parts['acronym']} {parts['name']}"
    yield from (text for text in (parts["transliteration"], *parts["translations"].values()) if text)


def _found(name: str, asked: set[str]) -> bool:
    known = bare(name)
    if not known:
        return False
    telling = len(known) >= TELLING and " " in name.strip()
    return any((telling and known in text) or fuzz.ratio(known, text, score_cutoff=TOO_ALIKE) for text in asked)

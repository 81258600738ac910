"""The signing form as its template shows it: the preview, the lists to choose from, and questions about what was typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.localedata import locale_identifiers
from flask_babel import gettext as _

from signatures.characters import LANGUAGE
from signatures.intake.lookalikes import SCRIPTS, changed, lookalikes
from signatures.intake.territories import NOT_ISO
from signatures.printed import printed

LETTER_FIELDS = ("name", "acronym", "transliteration", "translation", "country")


def preview_of(read: Mapping[str, Any]) -> str:
    """Print the line of what could be read; nothing before there is a name."""
    if not read.get("name"):
        return ""
    return printed(
        read.get("acronym"), read["name"], read.get("transliteration"), read.get("translation"), read.get("country")
    )


def in_one_script(typed: Mapping[str, str]) -> dict[str, str]:
    """Apply the choice between a letter and its twin."""
    return {
        name: changed(text) if name in LETTER_FIELDS and typed.get(f"letter_{name}") == "change" else text
        for name, text in typed.items()
    }


def letters(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """Ask about one word of a field at a time; the answer changes that word."""
    words = {"Latin": _("Latin"), "Greek": _("Greek"), "Cyrillic": _("Cyrillic"), "Armenian": _("Armenian")}
    assert set(words) == set(SCRIPTS.values())  # noqa: S101 - a script without its word would show in English only
    return [
        {
            "field": name,
            **found._asdict(),
            "letter_script": words[found.letter_script],
            "word_script": words[found.word_script],
        }
        for name in LETTER_FIELDS
        for found in lookalikes(typed.get(name, ""))[:1]
    ]


def name_languages(language: str, typed: str = "") -> Sequence[tuple[str, str]]:
    """List the languages that a name may be in, by their names in the page's language, and one that was typed."""
    known = _languages(language)
    if LANGUAGE.match(typed) and typed not in dict(known):
        return [*known, (typed, typed)]
    return known


@lru_cache(maxsize=32)
def territories(written: str, reader: str) -> Sequence[tuple[str, str]]:
    """List countries and territories by their names in a language, each with its name in the reader's."""
    names, also = _locale(written).territories, _locale(reader).territories
    codes = [str(code) for code in names]
    codes = [code for code in codes if len(code) == 2 and code.isalpha() and code not in NOT_ISO]
    # A comma parts two territories, and what is offered is one.
    pairs = [(str(names[code]).replace(",", ""), str(also.get(code, "")).replace(",", "")) for code in codes]
    return sorted(
        ((name, "" if name == other else other) for name, other in pairs), key=lambda pair: _alphabet(pair[0])
    )


@lru_cache(maxsize=32)
def _languages(language: str) -> Sequence[tuple[str, str]]:
    names = _locale(language).languages
    codes = {identifier.partition("_")[0] for identifier in locale_identifiers()}
    codes |= {code for code in names if isinstance(code, str) and len(code) == 2}
    return sorted(((code, str(names[code])) for code in codes if code in names), key=lambda pair: _alphabet(pair[1]))


def _locale(language: str) -> Locale:
    """Find a language's names; those of English where it has none."""
    try:
        found = Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
    return found if found.territories and language != "und" else Locale("en")


def _alphabet(name: str) -> str:
    """Put a name where people look for it: accents and case do not count."""
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))

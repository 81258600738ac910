"""Language of a name or a text: proposed from its script and its commonest words, or left open."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from signatures.importing.lexicon.words import by_language, fold

_WORD = re.compile(r"[^\W\d_]+")
_MOST = 4000  # characters are enough to tell a language
_FEW = 2  # words with letters of one language alone tell nothing
_CYRILLIC = (("uk", "іїєґ"), ("be", "ў"), ("sr", "јљњћђ"), ("ru", "ыэё"))
_ARABIC = (("ur", "ٹڈڑے"), ("fa", "پچژگ"), ("ar", "ةىإأ"))
_SCRIPTS = {
    "GREEK": "el",
    "HEBREW": "he",
    "HANGUL": "ko",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
    "THAI": "th",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "SINHALA": "si",
    "KHMER": "km",
}


@lru_cache(maxsize=4096)
def script_of(character: str) -> str | None:
    """Name the script of a letter: LATIN, CYRILLIC, GREEK …; None for what is no letter."""
    if not character.isalpha() or not (name := unicodedata.name(character, "")):
        return None
    return name.split(" ", 1)[0].split("-", 1)[0]


def script(text: str) -> str | None:
    """Name the script of most letters of a text."""
    counts: dict[str, int] = {}
    for character in text[:_MOST]:
        if found := script_of(character):
            counts[found] = counts.get(found, 0) + 1
    return max(counts, key=lambda name: counts[name], default=None)


def mixed(text: str) -> str | None:
    """Give the first letter that stands in a word of another script ("Haϊtien"), if there is one."""
    for found in _WORD.finditer(text):
        word = found.group()
        if word.isascii():
            continue
        scripts = [script_of(c) for c in word]
        if {"LATIN", "GREEK"} <= set(scripts) or {"LATIN", "CYRILLIC"} <= set(scripts):
            usual = max(sorted({s for s in scripts if s}), key=scripts.count)
            return next(c for c, s in zip(word, scripts, strict=True) if s not in (usual, None))
    return None


@cache
def _weights() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for kind, weight in (("function_words", 1.0), ("name_words", 1.0)):
        for language, entries in by_language(kind).items():
            for word in entries:
                table.setdefault(word, {})[language] = weight
    return {word: {language: w / len(found) for language, w in found.items()} for word, found in table.items()}


def scores(text: str) -> dict[str, float]:
    """Count the words of a text that belong to each language; a word of several languages counts for each in part."""
    counted: dict[str, float] = {}
    for word in _WORD.findall(fold(text[:_MOST])):
        for language, weight in _weights().get(word, {}).items():
            counted[language] = counted.get(language, 0.0) + weight
    return counted


def _turkish(text: str) -> bool:
    """Tell Turkish by its own letters, in several words of a text that has no letter of Azerbaijani."""
    found = _WORD.findall(text)
    own = sum(1 for word in found if not {"ğ", "ı"}.isdisjoint(word))
    return own > _FEW and own * 8 >= len(found) and not any("ə" in word for word in found)


@lru_cache(maxsize=4096)
def language_of(text: str) -> str | None:
    """Propose the language of a text, or None where its words do not tell."""
    written = script(text)
    if written == "CYRILLIC":
        lower = text.casefold()
        if found := next((language for language, letters in _CYRILLIC if any(c in lower for c in letters)), None):
            return found
    elif written == "ARABIC":
        return next((language for language, letters in _ARABIC if any(c in text for c in letters)), None)
    elif written is not None and written != "LATIN":
        return _SCRIPTS.get(written)
    elif written == "LATIN" and _turkish(text[:_MOST]):
        return "tr"
    counted = sorted(((score, language) for language, score in scores(text).items()), reverse=True)
    if not counted or (len(counted) > 1 and counted[0][0] <= counted[1][0]):
        return None
    return str(counted[0][1])

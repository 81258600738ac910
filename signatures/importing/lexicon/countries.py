"""Countries and territories by their printed names, in the languages of printed lists."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale

from signatures.importing.lexicon.words import distance_within, fold, printed, vocabulary

_LANGUAGES = ("en", "de", "fr", "es", "pt", "tr", "it", "ru", "nl", "ca", "pl", "sv")
_NO_COUNTRY = frozenset(("EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"))
_TOKEN = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"\b(?:\w\.){2,6}")
_LONGEST = 90
_SLIP_LETTERS = range(6, 31)
_MOST_TOGETHER = 3


@cache
def _known() -> frozenset[str]:
    names = {_key(alias) for alias in printed("country_aliases")}
    for language in _LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == len("XX") and code.isalpha() and code not in _NO_COUNTRY:
                names |= {_key(name), _key(name.partition(" (")[0])}
    return frozenset(names - {""})


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    folded = _DOTTED.sub(lambda dotted: dotted.group().replace(".", ""), fold(name))
    tokens = ("saint" if token in ("st", "ste") else token for token in _TOKEN.findall(folded))
    return " ".join(token for token in tokens if token not in vocabulary("links"))


@lru_cache(maxsize=8192)
def known(name: str) -> bool:
    """Tell whether a text names a country or territory, or two or three of them ("Turkey / Kurdistan")."""
    if not name.strip() or len(name) > _LONGEST or any(c in name for c in "()[]:;@"):
        return False
    if _key(name) in _known():
        return True
    parts = name.split("/")
    return 1 < len(parts) <= _MOST_TOGETHER and all(_key(part) in _known() for part in parts)


@lru_cache(maxsize=1024)
def slip(name: str) -> bool:
    """Tell whether a text is one slip away from a country ("Colomba"); a column of countries may hold one."""
    key = _key(name)
    if len(key) not in _SLIP_LETTERS:
        return False
    return any(len(k) in _SLIP_LETTERS and k[0] == key[0] and distance_within(key, k, 1) for k in _known())

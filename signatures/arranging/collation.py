"""The order of the alphabet: by a language's own rules where ICU is installed, by the Unicode default elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

SortKey = Callable[[str], Any]


@lru_cache(maxsize=32)
def alphabet(language: str) -> SortKey:
    """Make the function by whose values texts of a language are sorted; marks before the first letter do not count."""
    collate = _of_icu(language) or _of_unicode()
    return lru_cache(maxsize=65_536)(lambda text: collate(_from_first_letter(text)))


def own_alphabet() -> bool:
    """Tell whether languages are sorted by their own rules here."""
    return _of_icu("en") is not None


def _from_first_letter(text: str) -> str:
    first = next((index for index, letter in enumerate(text) if letter.isalnum()), 0)
    return unicodedata.normalize("NFC", text[first:])


def _of_icu(language: str) -> SortKey | None:
    try:
        import icu  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    collator = icu.Collator.createInstance(icu.Locale.forLanguageTag(language))
    return lambda text: bytes(collator.getSortKey(text))


@lru_cache(maxsize=1)
def _of_unicode() -> SortKey:
    import pyuca  # noqa: PLC0415 - its table is large; whoever never sorts does not wait for it

    return pyuca.Collator().sort_key  # type: ignore[no-any-return]

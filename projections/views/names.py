"""Names as they are looked for: folded, so that case, accents and other keyboards make no difference."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

# What no decomposition takes apart, as other keyboards have it: Latin, Cyrillic, Arabic, Persian; quotes, dashes, unseen marks.
ALIKE = str.maketrans("ıøłđðħŧŋəґىةیک’‘ʼ‐‑–—", "iolddhtneгيهيك'''----", "\u0640\u00ad\u200c\u200d") | {
    ord("þ"): "th",
    ord("æ"): "ae",
    ord("œ"): "oe",
}


def folded(text: str) -> str:
    """Fold a name for finding: NFKC, case, no accents, one space where there are several."""
    if text.isascii():
        return " ".join(text.lower().split()) if "  " in text or not text.isprintable() else text.lower().strip()
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).translate(ALIKE).split())


def folded_names(values: Mapping[str, Any]) -> str:
    """Fold all name parts of an entry into the text in which a query is looked for."""
    get = values.get
    text = f"{get('acronym') or ''} {get('name') or ''}"
    if transliteration := get("transliteration"):
        text = f"{text} {transliteration}"
    for part in ("translations", "country_printed"):
        if texts := get(part):
            text = f"{text} {' '.join(filter(None, texts.values()))}"
    return folded(text)

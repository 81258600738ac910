"""Bullets before entries, and what stands there in place of a hand: "gez.", "/s/"."""

from __future__ import annotations

import re
from functools import cache

from signatures.importing.lexicon.words import printed

_BULLET = re.compile(
    r"\s*([-*+\u2022\u2023\u25aa\u25ab\u25cf\u25cb\u25e6\u25a0\u25a1\u25c6\u25c7\u25b6\u25ba\u2043\u2013\u2014\u00b7\uf0b7\uf0a7\u2605\u2606"
    r"\u2192\u203a\u00bb\u27a2\u27a4\u2713\u2714\u2726\u274f\u2756\u270d]|o(?=\s{2,}|\t))[\s\u00a0]+(?=\S)"
)


def bullet(text: str) -> str | None:
    """Give the text after a bullet, or None where there is none."""
    match = _BULLET.match(text) or _signed().match(text)
    return text[match.end() :] if match else None


@cache
def _signed() -> re.Pattern[str]:
    """Match what stands before each name in place of its own hand: "gez.", "/s/"."""
    marks = "|".join(re.escape(mark) for mark in printed("marks"))
    return re.compile(rf"\s*(?:{marks})\s+(?=\S)", re.IGNORECASE)

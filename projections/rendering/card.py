"""The picture that goes with a shared page: a title, how many stand and on which day, as PNG; the same bytes for the same words."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from importlib.util import find_spec
from typing import Any, NamedTuple

from projections.rendering.pdf import families, fonts
from projections.rendering.sheet import RIGHT_TO_LEFT, primary

WIDTH, HEIGHT = 1200, 630  # pixels, as those who show it ask for
LONGEST = 200  # letters of a title
SIZES = ((36, 76), (80, 62), (130, 52), (LONGEST + 1, 44))  # up to so many letters, in such a size
SMALLEST, LINE = 36, 1056
LONG_WORD = re.compile(r"(\S{40})(?=\S)")  # longer than a line
WORD = re.compile("[^\\s\u2e80-\ud7ff]+")
WIDE = 1.9  # times as wide as a Latin letter is one of Chinese, Japanese or Korean


class Card(NamedTuple):
    """What a card says; `language` is that of all but the title."""

    title: str
    title_language: str | None
    language: str
    name: str
    kicker: tuple[str, ...] = ()
    finding: str = ""
    note: str = ""


def can_draw() -> bool:
    """Tell whether what draws is installed."""
    return find_spec("typst") is not None


def png(card: Card) -> bytes:
    """Draw a card."""
    return bytes(typeset(card).compile(format="png", ppi=72))


def typeset(card: Card) -> Any:
    """Lay a card out, for a picture of any format."""
    from typst import Compiler  # noqa: PLC0415 - of the extra `documents`

    serif, sans = families()
    title = _cut(card.title)
    code = primary(card.title_language) or card.language
    data: dict[str, Any] = {
        **card._asdict(),
        "title": LONG_WORD.sub("\\1\u200b", title),
        "title-language": code,
        "title-rtl": code in RIGHT_TO_LEFT,
        "rtl": primary(card.language) in RIGHT_TO_LEFT,
        "size": _size(title),
        "fonts": serif,
        "sans": sans,
    }
    return Compiler(_template(), font_paths=fonts(), sys_inputs={"data": json.dumps(data, ensure_ascii=False)})


def _cut(title: str) -> str:
    """Cut what has no room at a word's end."""
    words = " ".join(title.split())
    if _width(words) <= LONGEST:
        return words
    while _width(words) >= LONGEST:
        words = words[: max(1, len(words) * LONGEST // (_width(words) + 1))]
    return (words.rpartition(" ")[0] or words).rstrip(" ,;:–-") + "…"


def _size(title: str) -> int:
    """Choose a size in which the title has room, and its longest word a line."""
    word = max((_width(one) for one in WORD.findall(title)), default=1)
    return max(SMALLEST, min(next(size for most, size in SIZES if _width(title) <= most), LINE * 5 // (3 * word)))


def _width(text: str) -> int:
    return int(sum(WIDE if "\u2e80" <= letter <= "\ud7ff" else 1 for letter in text))


@cache
def _template() -> bytes:
    return resources.files("projections.rendering").joinpath("card.typ").read_bytes()

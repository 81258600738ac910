"""The numbers that Word counts by itself: of which list a paragraph is, at which level, and what stands before it."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree.ElementTree import Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)
_DEEPEST_STYLE = 20
_LEVELS = range(9)


class _Level:
    """How one level of a list counts."""

    def __init__(self, element: Element | None) -> None:
        self.format = _value(element, "numFmt") or "decimal"
        self.text = _value(element, "lvlText")
        start = _value(element, "start") or ""
        self.start = int(start) if start.isascii() and start.isdecimal() and len(start) < 7 else 1

    def shown(self, number: int) -> str:
        """Write a number as this level does."""
        match self.format:
            case "lowerLetter" | "upperLetter":
                letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 % 20 + 1)
                return letters if self.format == "lowerLetter" else letters.upper()
            case "lowerRoman" | "upperRoman":
                return _roman(number).lower() if self.format == "lowerRoman" else _roman(number)
            case "decimalZero":
                return f"{number:02}"
        return str(number)


class Numbering:
    """The lists of a document, and how far each has counted."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        """Read what lists there are and which styles belong to one."""
        abstract = {_value_of(one, "abstractNumId"): one for one in _all(numbering, "abstractNum")}
        self.lists: dict[str, tuple[str, dict[int, _Level]]] = {}
        for one in _all(numbering, "num"):
            number, based = _value_of(one, "numId"), _value(one, "abstractNumId") or ""
            self.lists[number] = (based, _levels(abstract.get(based), one))
        self.restarts = {
            (_value_of(one, "numId"), _level(_value_of(override, "ilvl")))
            for one in _all(numbering, "num")
            for override in _all(one, "lvlOverride")
            if override.find(f"{W}startOverride") is not None
        }
        self.styles = {_value_of(style, "styleId"): style for style in _all(styles, "style")}
        self.counts: dict[str, dict[int, int]] = defaultdict(dict)
        self.begun: set[tuple[str, int]] = set()

    def next(self, paragraph: Element) -> str | None:
        """Count a paragraph; give what Word prints before it, a bullet as one, or None where it is in no list."""
        found = self._of(paragraph)
        if found is None:
            return None
        number, level = found
        based, levels = self.lists[number]
        if levels[level].format == "none" or levels[level].text == "":
            return None
        if levels[level].format == "bullet":
            return "•"
        self._count(number, based, level, levels)
        counts = self.counts[based]
        template = levels[level].text or f"%{level + 1}."
        return _PLACE.sub(lambda mark: _shown(int(mark.group(1)) - 1, counts, levels), template).strip() or None

    def _count(self, number: str, based: str, level: int, levels: dict[int, _Level]) -> None:
        counts = self.counts[based]
        if (number, level) in self.restarts and (number, level) not in self.begun:
            counts[level] = levels[level].start
        else:
            counts[level] = counts[level] + 1 if level in counts else levels[level].start
        self.begun.add((number, level))
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]

    def _of(self, paragraph: Element) -> tuple[str, int] | None:
        """Tell of which list and level a paragraph is, by itself or by its style."""
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return None
        number, level = _numbered(properties)
        style = _value(properties, "pStyle")
        for _ in range(_DEEPEST_STYLE):
            if number is not None or style not in self.styles:
                break
            inside = self.styles[style].find(f"{W}pPr")
            number, of_style = _numbered(inside) if inside is not None else (None, None)
            level = level if level is not None else of_style
            style = _value(self.styles[style], "basedOn")
        known = number is not None and number != "0" and number in self.lists
        return (number, level or 0) if known and number is not None else None


def _shown(level: int, counts: dict[int, int], levels: dict[int, _Level]) -> str:
    return levels[level].shown(counts.get(level, levels[level].start)) if level in levels else ""


def _levels(abstract: Element | None, number: Element) -> dict[int, _Level]:
    levels = {at: _Level(None) for at in _LEVELS}
    for one in _all(abstract, "lvl"):
        levels[_level(_value_of(one, "ilvl"))] = _Level(one)
    for override in _all(number, "lvlOverride"):
        at = _level(_value_of(override, "ilvl"))
        if (whole := override.find(f"{W}lvl")) is not None:
            levels[at] = _Level(whole)
        start = _value(override, "startOverride") or ""
        if start.isascii() and start.isdecimal() and len(start) < 7:
            levels[at].start = int(start)
    return levels


def _numbered(properties: Element) -> tuple[str | None, int | None]:
    inside = properties.find(f"{W}numPr")
    if inside is None:
        return None, None
    level = _value(inside, "ilvl")
    return _value(inside, "numId"), None if level is None else _level(level)


def _level(text: str) -> int:
    return int(text) if text in {str(level) for level in _LEVELS} else 0


def _roman(number: int) -> str:
    rest, text = number % 4000, ""
    for value, letters in _ROMAN:
        count, rest = divmod(rest, value)
        text += letters * count
    return text


def _all(parent: Element | None, name: str) -> list[Element]:
    return parent.findall(f"{W}{name}") if parent is not None else []


def _value(parent: Element | None, name: str) -> str | None:
    """Give the value of a child element."""
    child = parent.find(f"{W}{name}") if parent is not None else None
    return child.get(f"{W}val") if child is not None else None


def _value_of(element: Element, name: str) -> str:
    """Give an attribute of an element itself."""
    return element.get(f"{W}{name}") or ""

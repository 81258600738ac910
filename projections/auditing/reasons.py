"""Why an entry of a list is not the one that the log gives: the difference in words, with the position that decides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from projections.auditing.found import Difference
from projections.auditing.listing import Told

SHORT = 120  # characters of a value that is quoted
Element = Mapping[str, Any]
WHEN = ("withdrawn_on", "effective_on", "signed_on", "as_of")
WHICH = ("statement", "as_of", "time_zone", "position", "recorded_through", "statement_status", "edition")
IDENTITY = ("number", "signature_id")


def shown(value: object) -> str:
    """Quote a value, cut where it is long; what could command a terminal is written as its number."""
    text = repr(value)
    return text if len(text) <= SHORT else f"{text[:SHORT]}…"


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same JSON: Python takes 1 for true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


class Reasons:
    """Explains the differences between a list that somebody has and the one that the log gives."""

    def __init__(self, told: Told) -> None:
        """Ask the list that the log gives."""
        self.told = told

    def which(self, found: Element, right: Element) -> Difference | None:
        """Compare which list it is; counts and headings are of less help than the entry in which two lists differ."""
        return self.head({**right, **{name: found[name] for name in WHICH if name in found}}, right)

    def head(self, found: Element, right: Element) -> Difference | None:
        """Compare what stands around the entries: whose list it is, of when, and its counts."""
        for name, value in right.items():
            if name not in found:
                return self._at_end(f"{name} is missing, the log gives {shown(value)}")
            if same(found[name], value):
                continue
            if isinstance(value, dict) and isinstance(found[name], dict):
                inner = self.head(
                    {f"{name}.{key}": one for key, one in found[name].items()},
                    {f"{name}.{key}": one for key, one in value.items()},
                )
                if inner:
                    return inner
            return self._at_end(f"{name} is {shown(found[name])}, the log gives {shown(value)}", name, found[name])
        extra = next((name for name in found if name not in right), None)
        return self._at_end(f"{extra} is there, which a list has not") if extra else None

    def element(
        self, found: Element | None, right: Element | None, after: Element | None = None, next_: Element | None = None
    ) -> Difference:
        """Compare two entries, or gaps, at the same place; the ones that follow tell what was left out or put in."""
        if right is None or (after is not None and found is not None and _same(after, right)):
            return self._extra(found or {})
        if found is None or (next_ is not None and _same(found, next_)):
            return self._missing(right)
        if found.get("signature_id") != right.get("signature_id"):
            return Difference(
                f"{_place(right)} is {_who(found)}, the log has {_who(right)} there. {self._why(right)}",
                self.position_of(right),
            )
        for name, value in right.items():
            if name not in found or not same(found[name], value):
                given = shown(found[name]) if name in found else "missing"
                return Difference(
                    f"{_place(right)}: {name} is {given}, the log gives {shown(value)}. {self._why(right)}",
                    self.position_of(right),
                )
        names = ", ".join(name for name in found if name not in right) or "nothing"
        return Difference(f"{_place(right)}: has {names} beside what the log gives.", self.position_of(right))

    def position_of(self, element: Element) -> int | None:
        """Tell the position of the entry that an element is about; of a gap, that of its number's signature."""
        if str(element.get("position")).isdecimal():
            return int(element["position"])
        row = self.told.index.one(
            "SELECT position FROM numbered WHERE question = ? AND number = ?",
            (self.told.question, element.get("number")),
        )
        position = row[0] if row else None
        if position is None and self.told.edition is not None:
            return int(self.told.edition["position"])
        return position

    def _missing(self, right: Element) -> Difference:
        return Difference(f"{_place(right)} is missing: {_who(right)}. {self._why(right)}", self.position_of(right))

    def _extra(self, found: Element) -> Difference:
        sentence, position = self.story(str(found.get("signature_id")))
        told = f"{_place(found)} is {_who(found)}, which the log does not give there. {sentence}"
        return Difference(told, position or self.told.book.last()["position"])

    def _why(self, right: Element) -> str:
        id_ = right.get("signature_id")
        if id_ is None:
            position = self.position_of(right)
            row = self.told.index.one("SELECT id FROM signature WHERE position = ?", (position,))
            if row is None:
                return "The edition's order says so."
            id_ = row[0]
        return self.story(str(id_))[0]

    def story(self, id_: str) -> tuple[str, int | None]:
        """Tell what the log says of a signature, and the position that decided last."""
        if id_ == "None":
            return "The log has a signature there, or nothing.", None
        row = self.told.index.one("SELECT position, place, stream FROM signature WHERE id = ?", (id_,))
        if row is None or row[2] != self.told.book.stream:
            return f"No entry of this statement makes the signature {shown(id_)}.", None
        position, place, _ = row
        known = self.told.book.position
        if position > known:
            return f"It was signed at position {position}, after position {known}.", position
        signed = self.told.index.leaf(place)
        words = [f"Signed on {signed['data']['signed_on']} at position {position}"]
        for leaf in self.told.book.later(id_):
            on = next((leaf["data"][name] for name in WHEN if leaf["data"].get(name)), None)
            words.append(f"{leaf['type']}{f' from {on} on' if on else ''} at position {leaf['position']}")
            position = leaf["position"]
        return f"The log: {', '.join(words)}.", position

    def _at_end(self, sentence: str, name: str = "", value: object = None) -> Difference:
        """Give a difference of the whole list, which is that of its last entry; one that the list names may be withheld."""
        position = self.told.book.last()["position"]
        if name == "position" and isinstance(value, int):
            if self.told.index.one("SELECT 1 FROM withheld WHERE position = ?", (value,)):
                return Difference(
                    f"{sentence}: what position {value} says is withheld here, although the list tells of it.", value
                )
            position = min(position, value)
        return Difference(f"{sentence}.", position)


def _same(one: Element, other: Element) -> bool:
    return all(one.get(name) == other.get(name) for name in IDENTITY)


def _place(element: Element) -> str:
    number = element.get("number")
    return (
        "A subsequent signatory"
        if number in (None, "")
        else f"Number {shown(number) if isinstance(number, str) else number}"
    )


def _who(element: Element) -> str:
    if element.get("printed"):
        return shown(element["printed"])
    return f"a gap ({shown(element.get('status'))})" if "status" in element else shown(dict(element))

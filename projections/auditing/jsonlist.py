"""JSON of a list, read a piece at a time, so that a list of any length can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

AHEAD = 1 << 16  # characters that are always there, unless the file ends: an entry is shorter
MOST = 1 << 24  # characters that one value may have
SPACE = " \t\r\n"
STREAMED = ("numbered", "subsequent", "gaps")


class JSONList:
    """The object of a list: its fields in their order, the long ones as iterators."""

    def __init__(self, file: TextIO) -> None:
        """Read from a file."""
        self._file, self._text, self._at = file, "", 0
        self._decoder = json.JSONDecoder(object_pairs_hook=_once)

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Give each field; a long one must be gone through before the next. ValueError for what is no such JSON."""
        self._expect("{")
        seen: set[str] = set()
        while True:
            name = self._value()
            if not isinstance(name, str) or name in seen:
                raise ValueError(f"{name!r} is no field, or stands there twice")
            seen.add(name)
            self._expect(":")
            if name in STREAMED:
                elements = self._elements()
                yield name, elements
                for _ in elements:
                    continue
            else:
                yield name, self._value()
            if self._next() == "}":
                break
            self._expect(",")
        self._expect("}")
        if self._next():
            raise ValueError("something follows after its end")

    def fields(self) -> Iterator[tuple[str, Any]]:
        """Give each field; of the long ones only that they are there."""
        return ((name, None if name in STREAMED else value) for name, value in self.parts())

    def _elements(self) -> Iterator[Any]:
        self._expect("[")
        if self._next() == "]":
            self._expect("]")
            return
        while True:
            yield self._value()
            if self._next() == "]":
                break
            self._expect(",")
        self._expect("]")

    def _value(self) -> Any:
        self._next()
        ahead = AHEAD
        while True:
            self._fill(ahead)
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if len(self._text) - self._at < ahead or ahead >= MOST:
                    raise
                ahead *= 4
                continue
            self._at = end
            return value

    def _next(self) -> str:
        """Tell the next character that is no space; nothing at the end."""
        while True:
            self._fill(1)
            if self._at == len(self._text):
                return ""
            if self._text[self._at] not in SPACE:
                return self._text[self._at]
            self._at += 1

    def _expect(self, mark: str) -> None:
        if self._next() != mark:
            raise ValueError(f"{self._next()!r} where {mark!r} comes next")
        self._at += 1

    def _fill(self, ahead: int) -> None:
        if len(self._text) - self._at < ahead:
            self._text = self._text[self._at :] + self._file.read(max(ahead, AHEAD))
            self._at = 0


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a field that stands twice in an object: one reader takes the first, another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice in one object")
    return found

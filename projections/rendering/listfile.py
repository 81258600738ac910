"""A list as a file of a bundle: the API's JSON, laid out so that it can be written and read a line at a time. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

LONG = ("numbered", "subsequent", "gaps")  # the parts whose elements have a line each
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # made once: a list has a million lines


def list_lines(answer: Mapping[str, Any]) -> Iterator[bytes]:
    """Write an answer of the API, a line at a time; its long parts may be iterators, each taken once and in turn."""
    line = "{"
    for place, (name, value) in enumerate(answer.items()):
        line += f"{',' if place else ''}{_json(name)}:"
        if name in LONG:
            yield f"{line}[\n".encode()
            yield from _elements(value)
            line = "]"
        else:
            line += _json(value)
    yield f"{line}}}\n".encode()


def _elements(values: Iterable[Any]) -> Iterator[bytes]:
    """Write elements a line each, a comma after all but the last."""
    waiting = None
    for value in values:
        if waiting is not None:
            yield f"{waiting},\n".encode()
        waiting = _json(value)
    if waiting is not None:
        yield f"{waiting}\n".encode()

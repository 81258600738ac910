"""The layout of a list file: the API's JSON, a line an element."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from projections.rendering.json import json_bytes
from projections.rendering.listfile import list_lines

ROOT = Path(__file__).parents[1]
ANSWER: dict[str, Any] = {
    "statement": "a",
    "edition": None,
    "sections": [{"before": 1, "heading": 'Ænglisc \u2028 \x7f "\\ \t 😀'}],
    "numbered": [{"number": 1, "late": False}, {"number": 2, "late": True}],
    "subsequent": [],
    "gaps": [{"number": 3, "reason": None}],
    "checkpoint": {"size": 5, "root": "x="},
}
WRITTEN = [
    '{"statement":"a","edition":null,"sections":[{"before":1,"heading":"Ænglisc \u2028 \x7f \\"\\\\ \\t 😀"}],"numbered":[\n',
    '{"number":1,"late":false},\n',
    '{"number":2,"late":true}\n',
    '],"subsequent":[\n',
    '],"gaps":[\n',
    '{"number":3,"reason":null}\n',
    '],"checkpoint":{"size":5,"root":"x="}}\n',
]


def test_every_element_of_a_long_part_has_its_line() -> None:
    """The head, the elements, and what follows; an empty part has none."""
    assert [line.encode() for line in WRITTEN] == list(list_lines(ANSWER))


def test_it_is_the_same_json() -> None:
    """Without the line ends within it, it is what the API writes, byte for byte."""
    written = b"".join(list_lines(ANSWER))
    assert ANSWER == json.loads(written)
    assert json_bytes(ANSWER) == b"".join(line.rstrip(b"\n") for line in list_lines(ANSWER))


def test_long_parts_are_taken_in_turn() -> None:
    """What is found while the numbered ones are written may be told after them; nothing is read ahead of its line."""
    found: list[int] = []

    def numbered() -> Any:
        for number in (1, 2):
            found.append(number)
            yield {"number": number}

    lines = list_lines({"numbered": numbered(), "gaps": ({"gap": number} for number in found)})
    assert b'{"numbered":[\n' == next(lines)
    assert [] == found
    assert [b'{"number":1},\n', b'{"number":2}\n', b'],"gaps":[\n', b'{"gap":1},\n', b'{"gap":2}\n', b"]}\n"] == list(
        lines
    )


def test_a_bare_python_imports_it() -> None:
    """An auditor needs no package."""
    code = "import sys; sys.path.insert(0, '.'); import projections.rendering.listfile"
    subprocess.run([sys.executable, "-S", "-E", "-s", "-c", code], cwd=ROOT, check=True, timeout=60)

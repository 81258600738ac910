"""Letters as secretariats make them: written in seven sets before the importer was mended for each, and read right since.

How many entries came out equal when a set was new is told in DECISIONS.md; here they only must not be lost again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signatures.importing import read_printed

LETTERS = Path(__file__).parent / "golden" / "letters" / "secretariats"
EXPECTED = json.loads((LETTERS / "expected.json").read_text("utf-8"))


def test_every_letter_has_its_entries() -> None:
    """No letter stands there without its expectation, and none is expected without a letter."""
    assert sorted(EXPECTED) == sorted(path.stem for path in LETTERS.glob("*.txt"))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_letter_of_a_secretariat(name: str) -> None:
    """Number, entry, section and whether it came later are told for every entry, in order; nothing is invented."""
    report = read_printed((LETTERS / f"{name}.txt").read_text("utf-8"))
    assert EXPECTED[name] == [[one.number, one.raw, one.section, one.subsequent] for one in report.entries]
    assert {"doubtful"}.isdisjoint(one.confidence for one in report.entries)

"""Whether the orders of an edition are such as may be published: who stands on its date, each once, nobody left out."""

from __future__ import annotations

import json
from typing import Any

from projections.auditing.found import Report
from projections.auditing.leaves import UNREADABLE
from projections.auditing.listing import STANDS, Told
from projections.auditing.rules import breaks
from projections.auditing.shapes import line as printable
from projections.signatory_list import Leaf, read_order
from signatures.log.eventlog import canonical

IMPORTED = "import"  # whoever acts for a printed list
KINDS = ("signature", "section", "gap")
NAMED = "FROM numbered n LEFT JOIN signature s ON s.position = n.position LEFT JOIN term t ON t.question = ?1 AND t.position = n.position"
ABSENT = f"SELECT n.number {NAMED} WHERE n.question = ?2 AND n.reason IS NULL AND NOT coalesce(s.position <= ?3 AND {STANDS}, 0)"
LEFT_OUT = f"""
SELECT s.position FROM signature s LEFT JOIN term t ON t.question = ? AND t.position = s.position
WHERE s.stream = ? AND s.position <= ? AND {STANDS}
AND s.position NOT IN (SELECT position FROM numbered WHERE question = ? AND position IS NOT NULL)
"""
TWICE = (
    "SELECT max(number) FROM numbered WHERE question = ? AND position IS NOT NULL GROUP BY position HAVING count(*) > 1"
)


def check_edition(told: Told, report: Report) -> None:
    """See that the orders of the edition of which a list is, on its own date, are such as may be published."""
    edition = told.edition
    if edition is None:
        return
    for language, digest in (edition["data"]["orders"] or {}).items():
        found = _wrong(told, edition, language, digest)
        if found:
            breaks(report, found[0], edition["position"], f"Its order ({language}) {found[1]}")
            return


def _wrong(told: Told, edition: Leaf, language: str, digest: str) -> tuple[str, str] | None:
    """Tell which rule an order breaks, and how."""
    document = told.document(digest)
    if not _well_written(document):
        return "order-lines", "has a line that is none."
    own = language == told.book.folded.default_language
    question = told.question if own else told.index.question()
    if not own:
        told.number(question, read_order(document))
    try:
        return _misplaced(told, edition, question, own=own)
    finally:
        if not own:
            told.forget(question)


def _misplaced(told: Told, edition: Leaf, question: int, *, own: bool) -> tuple[str, str] | None:
    one, stream, position, as_of = told.index.one, told.book.stream, edition["position"], edition["data"]["as_of"]
    absent = one(ABSENT, (told.question, question, position, as_of, as_of))
    if absent:
        return "order", f"names at number {absent[0]} what does not stand on {as_of}."
    missing = one(LEFT_OUT, (told.question, stream, position, as_of, as_of, question)) if own else None
    if missing:
        return "order", f"leaves out the signature of position {missing[0]}, which stands on {as_of}."
    twice = one(TWICE, (question,)) if edition["data"]["actor"]["kind"] != IMPORTED else None
    return ("order-twice", f"names at number {twice[0]} what it named before.") if twice else None


def _well_written(document: bytes) -> bool:
    """Tell whether each line is canonical JSON of one thing that stands in an order."""
    try:
        lines = document.decode().split("\n")
        return lines.pop() == "" and all(_line(json.loads(line), line) for line in lines)
    except UNREADABLE:
        return False


def _line(value: Any, line: str) -> bool:
    return (
        isinstance(value, dict)
        and len(value) == 1
        and all(kind in KINDS and printable(text) for kind, text in value.items())
        and canonical(value).decode() == line
    )

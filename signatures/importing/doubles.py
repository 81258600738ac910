"""Doubles in a list: the same organisation printed a second time; both stay, and the second says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signatures import characters
from signatures.importing import reasons
from signatures.importing.confidence import LIKELY, SURE
from signatures.importing.lexicon.words import fold
from signatures.importing.reasons import Reason
from signatures.importing.report import ProposedEntry


def mark_doubles(proposed: Sequence[ProposedEntry]) -> list[ProposedEntry]:
    """Mark the entries that print an organisation a second time; both stay."""
    seen: dict[str, int] = {}
    result: list[ProposedEntry] = []
    for at, entry in enumerate(proposed):
        key = _without_article(fold(f"{entry.acronym or ''} {entry.name}").strip())
        first = seen.setdefault(key, at)
        result.append(entry if first == at else _double(entry, result[first], first))
    return result


def _double(entry: ProposedEntry, first: ProposedEntry, index: int) -> ProposedEntry:
    same = _spelled(first) == _spelled(entry)
    if same and _agree(first, entry):
        note = reasons.PRINTED_BEFORE.of(place=_place(first))
        return replace(entry, signature_of=index, reasons=(*entry.reasons, note))
    note = reasons.MAY_BE_SAME.of(place=_place(first))
    confidence = LIKELY if entry.confidence == SURE else entry.confidence
    return replace(entry, confidence=confidence, reasons=(*entry.reasons, note))


def _spelled(entry: ProposedEntry) -> tuple[str, str]:
    """Fold a name as the register does, which keeps accents: Cote and Côte are two."""
    return characters.fold(entry.acronym or ""), characters.fold(entry.name)


def _place(entry: ProposedEntry) -> Reason:
    if entry.number is None:
        return reasons.AT_LINE.of(number=entry.lines[0])
    return reasons.AT_NUMBER.of(number=entry.number)


def _without_article(text: str) -> str:
    first, _, rest = text.partition(" ")
    return (
        rest
        if rest and first in ("the", "la", "le", "les", "el", "los", "die", "der", "das", "the", "o", "os")
        else text
    )


def _agree(first: ProposedEntry, second: ProposedEntry) -> bool:
    pairs = (
        (first.country, second.country),
        (first.translation, second.translation),
        (first.transliteration, second.transliteration),
    )
    return all(characters.fold(a) == characters.fold(b) for a, b in pairs if a and b)

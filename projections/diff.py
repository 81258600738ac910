"""What changed between two lists of one statement: added, withdrawn, corrected, voided."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from projections.answers import Answer
from projections.moments import DATE
from projections.signatory_list import Entry, Signature
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.projector import OPEN
from projections.views.view import EditionRow
from signatures.errors import BadQuery
from signatures.sentences import said

KINDS = ("added", "withdrawn", "corrected", "voided")
COMPARED = (
    "acronym", "name", "name_language", "transliteration", "translation", "country", "territories", "url",
    "organisation_id", "signed_on", "signed_on_means",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class End:
    """One of the two lists: a date, a position, the edition in force and how many stand."""

    as_of: str
    position: int
    edition: EditionRow | None
    standing: int

    @property
    def at(self) -> tuple[str, int]:
        """Tell date and position."""
        return self.as_of, self.position

    def told(self) -> dict[str, Any]:
        """Tell which list it is."""
        return {"as_of": self.as_of, "position": self.position, "standing": self.standing}


class Cursor(NamedTuple):
    """Where a page of a comparison begins: after a signature, between two lists on a date at a position each."""

    start: tuple[str, int]
    end: tuple[str, int]
    key: int

    def __str__(self) -> str:
        """Write it so that nobody reads anything into it."""
        text = json.dumps([*self.start, *self.end, self.key], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read a cursor that an earlier answer gave."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or [type(value) for value in values] != [str, int, str, int, int]:
            raise ValueError(text)
        day, known, last_day, last_known, key = values
        if not (DATE.match(day) and DATE.match(last_day) and all(0 < n < OPEN for n in (known, last_known, key))):
            raise ValueError(text)
    except (ValueError, RecursionError):
        raise BadQuery(
            said("This cursor is none that an answer gave. Ask for the first page, without a cursor."), field="cursor"
        ) from None
    return Cursor((day, known), (last_day, last_known), key)


def page(
    view: Generation, statement: int, ends: Sequence[End], languages: tuple[str, str], after: int, most: int
) -> Answer:
    """Compare two lists, looking at the next signatures after one that anything between the two bears on."""
    start, end = ends
    dates, positions = (start.as_of, end.as_of), (start.position, end.position)
    keys = lookups.touched(view, statement, dates, positions, after, most + 1)
    answer = Answer(difference(view, start, end, languages, keys[:most]))
    if len(keys) > most:
        answer.next = str(Cursor(start.at, end.at, keys[most - 1]))
    return answer


def difference(view: Generation, start: End, end: End, languages: tuple[str, str], keys: list[int]) -> dict[str, Any]:
    """Compare two lists by some signatures; no other is looked at."""
    changes: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    before, after = view.signatures_at(keys, start.position), view.signatures_at(keys, end.position)
    numbers = [_numbers(view, one.edition, keys) for one in (start, end)]
    for key in keys:
        old = _entry(before.get(key), start, languages)
        new = _entry(after.get(key), end, languages)
        stood, stands = (one is not None and one["status"] == "standing" for one in (old, new))
        if stands and not stood:
            changes["added"].append(_numbered(new, numbers[1].get(key)))
        elif stood and not stands:
            kind = "voided" if new is not None and new["status"] == "voided" else "withdrawn"
            gone = old if kind == "voided" or new is None or new["status"] == "not-yet" else new
            changes[kind].append(_numbered(gone, numbers[0].get(key)))
        elif stood and old is not None and new is not None and (fields := _fields(old, new)):
            changes["corrected"].append(
                {
                    **_numbered({"signature_id": new["signature_id"]}, numbers[1].get(key)),
                    "printed_from": old["printed"],
                    "printed_to": new["printed"],
                    "name_language": new["name_language"],
                    "effective_on": _effective_on(after[key], end.as_of),
                    "fields": fields,
                }
            )
    return {"from": start.told(), "to": end.told(), **changes}


def _entry(signature: Signature | None, end: End, languages: tuple[str, str]) -> Entry | None:
    return None if signature is None else signature.entry(end.as_of, languages)


def _numbered(entry: Entry | None, number: int | None) -> Entry:
    return {"number": number, **(entry or {})}


def _fields(old: Entry, new: Entry) -> dict[str, list[Any]]:
    return {name: [old[name], new[name]] for name in COMPARED if old[name] != new[name]}


def _effective_on(signature: Signature, as_of: str) -> str | None:
    dates = [leaf["data"]["effective_on"] for leaf in signature.later if leaf["type"] == "Corrected"]
    return max((day for day in dates if day is not None and day <= as_of), default=None)


def _numbers(view: Generation, edition: EditionRow | None, keys: list[int]) -> dict[int, int]:
    return lookups.numbers(view, edition, keys) if edition else {}

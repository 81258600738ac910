"""What changed between two lists of one statement: added, withdrawn, corrected, voided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from projections.signatory_list import Entry, Signature
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.view import EditionRow

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

    def told(self) -> dict[str, Any]:
        """Tell which list it is."""
        return {"as_of": self.as_of, "position": self.position, "standing": self.standing}


def difference(
    view: Generation, statement: int, start: End, end: End, languages: tuple[str, str], keys: list[int] | None = None
) -> dict[str, Any]:
    """Compare two lists, looking only at the signatures that anything between the two bears on, or only at some."""
    changes: dict[str, list[dict[str, Any]]] = {"added": [], "withdrawn": [], "corrected": [], "voided": []}
    if keys is None:
        keys = lookups.touched(view, statement, (start.as_of, end.as_of), (start.position, end.position))
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

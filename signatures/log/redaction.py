"""What an order of erasure leaves of an entry: everything but names and notes. Standard library only.

The leaf's hash stays, so root and proofs do; of the payload only what is kept here is left, without the salt, so that
nobody can try which name it was. A `Withheld` in the same stream tells it to whoever has the log alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signatures.log.eventlog import Entry, canonical

WITHHELD = "Withheld"
WITHHOLDABLE = ("Signed", "Corrected", "Withdrawn", "Voided", "Annulled", "Registered", "Renamed")
EMPTIED: dict[str, Any] = {
    "acronym": None,
    "name": "",
    "name_language": None,
    "transliteration": None,
    "translations": {},
    "country_printed": {},
    "territories": [],
    "url": None,
    "note": None,
}
ENVELOPE = ("position", "version", "recorded_at", "type", "type_version")


def redacted(data: Mapping[str, Any]) -> dict[str, Any]:
    """Empty names, countries, web address and note of an event's data, also those in its changes, and its salt."""
    kept = {name: _emptied(name, value) for name, value in data.items()}
    if isinstance(data.get("changes"), Mapping):
        kept["changes"] = {name: _emptied(name, value) for name, value in data["changes"].items()}
    return kept | {"salt": None}


def removed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what a redaction takes from an event's data, by field; nothing of what is empty already."""
    fields = {**data, **(data["changes"] if isinstance(data.get("changes"), Mapping) else {})}
    return {name: fields[name] for name in EMPTIED if fields.get(name)}


def replaced(withheld: Entry, leaf_hash: bytes) -> Entry:
    """Compose, from a `Withheld`, the entry that it leaves at the position which it names and whose leaf hash stays.

    Raises ValueError where what it keeps is no redaction, or it is not about an earlier entry of its stream.
    """
    data = withheld.data()
    kept, (position, version, recorded_at, type_, type_version) = data["kept"], (data[name] for name in ENVELOPE)
    if not isinstance(kept, dict) or kept != redacted(kept):
        raise ValueError(f"What position {withheld.position} keeps of position {position} is not redacted.")
    if type_ not in WITHHOLDABLE or not (position < withheld.position and version < withheld.version):
        raise ValueError(f"Position {withheld.position} cannot withhold position {position}.")
    return Entry(position, recorded_at, leaf_hash, withheld.stream, version, type_, type_version, canonical(kept))


def _emptied(name: str, value: Any) -> Any:
    return EMPTIED.get(name, value)

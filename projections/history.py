"""The history of a statement: every event with its position, what it is about and from when it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from projections.log import Log
from projections.signatory_list import Entry as ListEntry
from projections.signatory_list import Leaf, in_language
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.view import EditionRow, StatementRow
from signatures.log.eventlog import Entry
from signatures.printed import printed

HOLDS_FROM = ("signed_on", "withdrawn_on", "effective_on", "as_of")


def stream_after(
    log: Log, view: Generation, row: StatementRow, after: int, limit: int, newest: int, *, newest_first: bool = False
) -> list[Entry]:
    """Read a statement's entries after a position, or before it from the newest on, up to the view's position."""
    if newest_first:
        last = view.last(row.key, min(after - 1, newest) if after else newest)
        end = last[2] if last else 0
        begin = max(0, end - limit)
        return log.stream_entries(row.stream, begin, end - begin)[::-1] if end else []
    last = view.last(row.key, after)
    version, found = last[2] if last else 0, list[Entry]()
    while len(found) < limit and (entries := log.stream_entries(row.stream, version, limit)):
        found += [entry for entry in entries if after < entry.position <= newest]
        version = entries[-1].version
        if len(entries) < limit:
            break
    return found[:limit]


def history_rows(view: Generation, entries: Iterable[Entry], languages: tuple[str, str]) -> list[dict[str, Any]]:
    """Make the rows of a history; `what` is the printed line of a signature as it was signed."""
    leaves = [(entry, orjson.loads(entry.state)) for entry in entries]
    targets = [data["position"] for entry, data in leaves if entry.type == "Annulled"]
    about = lookups.about(view, targets)
    ids = {data["signature_id"] for _, data in leaves if "signature_id" in data} | set(about.values())
    signed = lookups.as_signed(view, sorted(ids))
    positions = [entry.position for entry, _ in leaves]
    taken_back, erased = lookups.taken_back(view, positions), lookups.erased(view, positions)
    rows = []
    for entry, data in leaves:
        id_ = data.get("signature_id") or (about.get(data["position"]) if entry.type == "Annulled" else None)
        names = signed.get(id_ or "")
        nameless = entry.type == "Withdrawn" and not data["show"]
        rows.append(
            {
                "position": entry.position,
                "recorded_at": entry.recorded_at,
                "type": entry.type,
                "signature_id": id_,
                "what": None if nameless else _what(entry.type, data, names, languages),
                "name": None if nameless or names is None else _name(names),
                "name_withheld": not nameless and names is not None and _name(names) is None,
                "holds_from": next((data[key] for key in HOLDS_FROM if data.get(key)), None),
                "actor": data["actor"]["kind"],
                "reason_code": None if nameless else data.get("reason_code"),
                "note": None if nameless else data.get("note"),
                "annulled_at": taken_back.get(entry.position),
                "withheld": entry.withheld,
                "withheld_at": erased.get(entry.position),
                "data": {name: value for name, value in data.items() if name != "salt"},
            }
        )
    return rows


def with_marks(
    view: Generation, rows: list[dict[str, Any]], editions: Iterable[Leaf], edition: EditionRow | None, newest: int
) -> list[dict[str, Any]]:
    """Add the numbers that an edition gives, which signatures were entered late, and what was recorded of them later."""
    keys = lookups.keys_of(view, {row["signature_id"] for row in rows if row["signature_id"]})
    numbers = lookups.numbers(view, edition, list(keys.values())) if edition else {}
    facts = view.facts([row["position"] for row in rows if row["type"] == "Signed"], newest)
    published = [(leaf["position"], leaf["data"]["as_of"]) for leaf in editions]
    for row in rows:
        signed = row["type"] == "Signed"
        row["number"] = numbers.get(keys.get(row["signature_id"] or "", 0))
        row["late"] = signed and any(at < row["position"] and row["holds_from"] <= as_of for at, as_of in published)
        row["later"] = [
            {"type": leaf["type"], "position": leaf["position"]}
            for leaf in facts.get(row["position"], ())
            if signed and leaf["data"].get("show", True)
        ]
    return rows


def _what(type_: str, data: dict[str, Any], names: ListEntry | None, languages: tuple[str, str]) -> str | None:
    if names is not None:
        translation, country = (in_language(names[field], languages) for field in ("translations", "country_printed"))
        return printed(names["acronym"], names["name"], names["transliteration"], translation, country) or None
    match type_:
        case "Drafted":
            return str(data["reference"])
        case "TextSet":
            return str(data["title"])
        case "Published":
            return str(data["edition"])
        case "Withheld":
            return str(data["position"])
        case "Amended":
            return ", ".join(sorted(data["changes"]))
        case _:
            return None


def _name(names: ListEntry) -> dict[str, Any] | None:
    """Tell what a chart may call it; None of one whose name was withheld."""
    if not (names["acronym"] or names["name"]):
        return None
    return {part: names[part] for part in ("acronym", "name", "name_language")}

"""The history of a statement: every event with its position, what it is about and from when it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from projections.log import Log
from projections.signatory_list import Entry as ListEntry
from projections.signatory_list import in_language
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.view import StatementRow
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
    taken_back = lookups.taken_back(view, [entry.position for entry, _ in leaves])
    rows = []
    for entry, data in leaves:
        id_ = data.get("signature_id") or about.get(data.get("position", 0))
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
                "holds_from": next((data[key] for key in HOLDS_FROM if data.get(key)), None),
                "actor": data["actor"]["kind"],
                "reason_code": None if nameless else data.get("reason_code"),
                "note": None if nameless else data.get("note"),
                "annulled_at": taken_back.get(entry.position),
                "data": {name: value for name, value in data.items() if name != "salt"},
            }
        )
    return rows


def _what(type_: str, data: dict[str, Any], names: ListEntry | None, languages: tuple[str, str]) -> str | None:
    if names is not None:
        translation, country = (in_language(names[field], languages) for field in ("translations", "country_printed"))
        return printed(names["acronym"], names["name"], names["transliteration"], translation, country)
    match type_:
        case "Drafted":
            return str(data["reference"])
        case "TextSet":
            return str(data["title"])
        case "Published":
            return str(data["edition"])
        case "Amended":
            return ", ".join(sorted(data["changes"]))
        case _:
            return None


def _name(names: ListEntry) -> dict[str, Any]:
    return {part: names[part] for part in ("acronym", "name", "name_language")}

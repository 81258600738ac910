"""What changed between two lists, and everything that was recorded about a statement: told from a bundle alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from projections.auditing.book import Book
from projections.auditing.index import Index
from projections.auditing.listing import Told
from projections.signatory_list import Entry, Leaf, in_language
from signatures.log.eventlog import canonical, withheld_line
from signatures.printed import printed

COMPARED = (
    "acronym", "name", "name_language", "transliteration", "translation", "country", "territories", "url",
    "organisation_id", "signed_on", "signed_on_means",
)  # fmt: skip
KINDS = ("added", "withdrawn", "corrected", "voided")
HOLDS_FROM = ("signed_on", "withdrawn_on", "effective_on", "as_of")


def ends(start: Told, end: Told) -> dict[str, Any]:
    """Tell which two lists are compared."""
    return {
        name: {"as_of": told.as_of, "position": told.book.last()["position"], "standing": told.standing()}
        for name, told in (("from", start), ("to", end))
    }


def changes(start: Told, end: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    """Compare two lists, signature by signature in log order; give each change with its kind."""
    index, last = start.index, max(start.book.position, end.book.position)
    rows = index.ask(
        "SELECT position, place, signed_on FROM signature WHERE stream = ? AND position <= ? ORDER BY position",
        (start.book.stream, last),
    )
    acts = {position for (position,) in index.ask(
        "SELECT DISTINCT s.position FROM act a JOIN signature s ON s.id = a.signature WHERE a.stream = ? AND a.position <= ?",
        (start.book.stream, last),
    )}  # fmt: skip
    for position, place, signed_on in rows:
        statuses = [_status(told, position, signed_on) for told in (start, end)]
        if statuses[0] != statuses[1] or (position in acts and statuses[0] == "standing"):
            found = _change(start, end, position, place)
            if found:
                yield found


def _status(told: Told, position: int, signed_on: str) -> str | None:
    if position > told.book.position:
        return None
    return told.term(position, signed_on).status(told.as_of)


def _change(start: Told, end: Told, position: int, place: int) -> tuple[str, dict[str, Any]] | None:
    old, new = (_entry(told, position, place) for told in (start, end))
    stood, stands = (one is not None and one["status"] == "standing" for one in (old, new))
    if stands and not stood:
        return "added", _numbered(end, position, new)
    if stood and not stands:
        kind = "voided" if new is not None and new["status"] == "voided" else "withdrawn"
        gone = old if kind == "voided" or new is None or new["status"] == "not-yet" else new
        return kind, _numbered(start, position, gone)
    if not (stood and old and new):
        return None
    fields = {name: [old[name], new[name]] for name in COMPARED if old[name] != new[name]}
    if not fields:
        return None
    later = end.signature(place).later
    dates = [leaf["data"]["effective_on"] for leaf in later if leaf["type"] == "Corrected"]
    return "corrected", {
        **_numbered(end, position, {"signature_id": new["signature_id"]}),
        "printed_from": old["printed"],
        "printed_to": new["printed"],
        "name_language": new["name_language"],
        "effective_on": max((day for day in dates if day is not None and day <= end.as_of), default=None),
        "fields": fields,
    }


def _entry(told: Told, position: int, place: int) -> Entry | None:
    return None if position > told.book.position else told.signature(place).entry(told.as_of, told.languages)


def _numbered(told: Told, position: int, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    number = told.number_of(position) if told.edition is not None else None
    return {"number": number, **(entry or {})}


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def entries_of(index: Index, stream: bytes) -> Iterator[bytes]:
    """Give every entry of a statement as the log shows it: its leaf, or its position and hash."""
    rows = index.ask(
        "SELECT e.place, e.position, w.hash FROM entry e LEFT JOIN withheld w ON w.position = e.position"
        " WHERE e.stream = ? ORDER BY e.position",
        (stream,),
    )
    for place, position, hash_ in rows:
        yield withheld_line(position, hash_) if place < 0 else canonical(index.leaf(place))


def history(index: Index, book: Book, languages: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """List every entry of a statement, as the history page does."""
    editions = [(leaf["position"], leaf["data"]["as_of"]) for leaf in book.folded.editions]
    rows = index.ask("SELECT place FROM entry WHERE stream = ? ORDER BY position", (book.stream,))
    for (place,) in rows:
        row = _row(index, index.leaf(place), languages)
        on = row["holds_from"]
        row["late"] = row["type"] == "Signed" and any(at < row["position"] and on <= as_of for at, as_of in editions)
        yield row


def _row(index: Index, leaf: Leaf, languages: tuple[str, str]) -> dict[str, Any]:
    data = leaf["data"]
    about = index.at(data["position"]) if leaf["type"] == "Annulled" else leaf
    id_ = about["data"].get("signature_id") if about else None
    row = index.one("SELECT place FROM signature WHERE id = ?", (id_,)) if id_ else None
    names = index.leaf(row[0])["data"] if row else None
    nameless = leaf["type"] == "Withdrawn" and not data["show"]
    return {
        "position": leaf["position"],
        "recorded_at": leaf["recorded_at"],
        "type": leaf["type"],
        "what": None if nameless else _what(leaf["type"], data, names, languages),
        "name_withheld": not nameless and names is not None and not (names["acronym"] or names["name"]),
        "holds_from": next((data[key] for key in HOLDS_FROM if data.get(key)), None),
        "actor": data["actor"]["kind"],
        "reason_code": None if nameless else data.get("reason_code"),
        "note": None if nameless else data.get("note"),
    }


def _what(type_: str, data: Mapping[str, Any], names: Leaf | None, languages: tuple[str, str]) -> str | None:
    if names is not None:
        translation, country = (in_language(names[field], languages) for field in ("translations", "country_printed"))
        return printed(names["acronym"], names["name"], names["transliteration"], translation, country)
    field = {"Drafted": "reference", "TextSet": "title", "Published": "edition", "Withheld": "position"}.get(type_)
    if field:
        return str(data[field])
    return ", ".join(sorted(data["changes"])) if type_ == "Amended" else None


def record_line(row: Mapping[str, Any]) -> str:
    """Write an entry as one line: position, instant, what, from when, by whom, why."""
    why = ": ".join(filter(None, (row["reason_code"], row["note"])))
    cells = (
        f"{row['position']:>6}",
        row["recorded_at"][:19] + "Z",
        f"{row['type']:<10}",
        row["holds_from"] or " " * 10,
        row["what"] or ("(name withheld)" if row["name_withheld"] else ""),
    )
    late = "  (entered late)" if row["late"] else ""
    return "  ".join(cells) + late + (f"  ({why})" if why else "") + f"  [{row['actor']}]"

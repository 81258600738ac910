"""What each event's data must hold, field by field, so that whatever follows can rely on it. Whoever signs may write anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

Check = Callable[[Any], bool]
Shape = Mapping[str, Check]


def text(value: object) -> bool:
    """Tell whether a value is a text."""
    return isinstance(value, str)


def texts(value: object) -> bool:
    """Tell whether a value gives a text for each language."""
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


def words(value: object) -> bool:
    """Tell whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def orders(value: object) -> bool:
    """Tell whether a value gives an order for one language at least."""
    return texts(value) and value != {}


def number(value: object) -> bool:
    """Tell whether a value is a number from 1 on."""
    return type(value) is int and value > 0


def flag(value: object) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool)


def day(value: object) -> bool:
    """Tell whether a value is a day of the calendar, written as dates are."""
    return isinstance(value, str) and len(value) == 10 and date.fromisoformat(value).isoformat() == value


def fields(value: object) -> bool:
    """Tell whether a value is an object of its own."""
    return isinstance(value, dict)


def or_none(check: Check) -> Check:
    """Let a value be missing."""
    return lambda value: value is None or check(value)


def changing(shape: Shape) -> Check:
    """Tell whether a value holds some fields of a shape, and no others."""
    return lambda value: (
        isinstance(value, dict) and all(name in shape and shape[name](one) for name, one in value.items())
    )


def actor(value: object) -> bool:
    """Tell whether a value says who acted."""
    return isinstance(value, dict) and value.keys() == {"kind", "ref"} and texts(value)


some = or_none(text)
RECORDED: Shape = {"actor": actor, "salt": some}
EXPLAINED: Shape = {**RECORDED, "reason_code": some, "note": some}
STATEMENT: Shape = {
    "printed_number": some, "kind": some, "issuer": some, "issued_on": or_none(day), "time_zone": text,
    "default_language": text,
}  # fmt: skip
PARTS: Shape = {
    "acronym": some, "name": text, "name_language": some, "transliteration": some, "translations": texts,
    "country_printed": texts, "territories": words, "url": some,
}  # fmt: skip
DATED: Shape = {**PARTS, "organisation_id": text, "signed_on": day, "signed_on_means": text}
ANNULLED: Shape = {**EXPLAINED, "position": number, "annulled_version": number}
WITHHELD: Shape = {
    **EXPLAINED, "position": number, "version": number, "recorded_at": text, "type": text, "type_version": number,
    "kept": fields,
}  # fmt: skip
SHAPES: dict[str, dict[str, Shape]] = {
    "statement": {
        "Drafted": {**RECORDED, **STATEMENT, "reference": text},
        "TextSet": {
            **RECORDED, "language": text, "title": text, "text_sha256": some, "media_type": some, "version_label": some,
        },
        "Published": {
            **RECORDED, "edition": number, "as_of": day, "orders": or_none(orders), "texts": texts, "version_label": some,
        },
        "Signed": {
            **EXPLAINED, **DATED, "signature_id": text, "ordinal": number, "method": text, "assurance": text,
            "text_sha256": some,
        },
        "Withdrawn": {**EXPLAINED, "signature_id": text, "withdrawn_on": day, "show": flag},
        "Corrected": {**EXPLAINED, "signature_id": text, "changes": changing(DATED), "effective_on": or_none(day)},
        "Voided": {**EXPLAINED, "signature_id": text},
        "Annulled": ANNULLED,
        "Amended": {**EXPLAINED, "changes": changing(STATEMENT)},
        "Closed": {**EXPLAINED, "effective_on": day},
        "Reopened": {**EXPLAINED, "effective_on": day},
        "Retracted": {**EXPLAINED, "effective_on": day},
        "Discarded": EXPLAINED,
        "Withheld": WITHHELD,
    },
    "organisation": {
        "Registered": {**RECORDED, **PARTS},
        "Renamed": {**EXPLAINED, "changes": changing(PARTS), "effective_on": day},
        "Merged": {**EXPLAINED, "into": text},
        "Annulled": ANNULLED,
        "Withheld": WITHHELD,
    },
    "loss": {"Lost": {**RECORDED, "origin": text, "size": number, "root": text}},
}  # fmt: skip


def check_data(kind: str, type_: str, data: Mapping[str, Any]) -> None:
    """Refuse data that an event of a kind of stream cannot hold; ValueError says what is wrong."""
    shape = SHAPES[kind].get(type_)
    if shape is None:
        raise ValueError(f"this auditor knows no event {type_!r} of a {kind}; a newer one may")
    if data.keys() != shape.keys():
        odd = sorted(data.keys() ^ shape.keys())
        raise ValueError(f"a {type_} has other fields ({', '.join(odd)})")
    for name, check in shape.items():
        if not check(data[name]):
            raise ValueError(f"its {name} is {data[name]!r:.80}, which a {type_} cannot hold")

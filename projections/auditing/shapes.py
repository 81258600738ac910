"""What each event's data must hold, field by field, so that whatever follows can rely on it. Whoever signs may write anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from signatures.characters import LANGUAGE, NOT_IN_A_LINE, NOTE_LIMIT, PART_LIMIT, visible

Check = Callable[[Any], bool]
INTEGER_LIMIT = 2**53  # every number of an entry stands in a field that is one, so that none is beyond
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TERRITORY = re.compile(r"[A-Z]{2}")
SALT = re.compile(r"[0-9a-f]{32}")
ACTORS = ("organisation", "editor", "system", "import")
Shape = Mapping[str, Check]


def text(value: object) -> bool:
    """Tell whether a value is a text."""
    return isinstance(value, str)


def line(value: object) -> bool:
    """Tell whether a value can stand in a printed line: something is seen of it, and it neither ends nor turns the line."""
    return isinstance(value, str) and len(value) <= PART_LIMIT and not NOT_IN_A_LINE.search(value) and visible(value)


def name(value: object) -> bool:
    """Tell whether a value is a name, or what is left of one that was withheld."""
    return value == "" or line(value)


def language(value: object) -> bool:
    """Tell whether a value is a language tag."""
    return isinstance(value, str) and LANGUAGE.match(value) is not None


def texts(value: object) -> bool:
    """Tell whether a value gives a text for each language."""
    return isinstance(value, dict) and (not value or all(language(tag) and text(one) for tag, one in value.items()))


def lines(value: object) -> bool:
    """Tell whether a value gives a printed line for each language."""
    return isinstance(value, dict) and (not value or all(language(tag) and line(one) for tag, one in value.items()))


def words(value: object) -> bool:
    """Tell whether a value is a list of texts."""
    return isinstance(value, list) and (not value or all(isinstance(one, str) for one in value))


def orders(value: object) -> bool:
    """Tell whether a value gives an order for one language at least."""
    return texts(value) and value != {}


def number(value: object) -> bool:
    """Tell whether a value is a number from 1 on, such as every reader of JSON takes exactly."""
    return type(value) is int and 0 < value < INTEGER_LIMIT


def flag(value: object) -> bool:
    """Tell whether a value is true or false."""
    return isinstance(value, bool)


def day(value: object) -> bool:
    """Tell whether a value is a day of the calendar, written as dates are."""
    return isinstance(value, str) and _day(value)


@lru_cache(4_000)
def _day(value: str) -> bool:
    return len(value) == 10 and date.fromisoformat(value).isoformat() == value


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
    return isinstance(value, dict) and len(value) == 2 and value["kind"] in ACTORS and isinstance(value["ref"], str)


def one_of(*agreed: str | None) -> Check:
    """Tell whether a value is one of the words that are agreed."""
    return lambda value: value in agreed


def remark(value: object) -> bool:
    """Tell whether a value is a note, which is short."""
    return line(value) and len(str(value)) <= NOTE_LIMIT


def salt(value: object) -> bool:
    """Tell whether a value is a salt: as long as they are, so that nobody can try which entry a hash is of."""
    return isinstance(value, str) and SALT.fullmatch(value) is not None


def id_(value: object) -> bool:
    """Tell whether a value is an id, written in the one way."""
    return isinstance(value, str) and UUID.fullmatch(value) is not None


def territories(value: object) -> bool:
    """Tell whether a value is a list of codes of ISO 3166-1."""
    return words(value) and all(TERRITORY.fullmatch(one) for one in value)  # type: ignore[attr-defined]


some = or_none(text)
perhaps = or_none(line)
tag = or_none(language)
means = one_of("on", "by", "after")
RECORDED: Shape = {"actor": actor, "salt": or_none(salt)}
EXPLAINED: Shape = {
    **RECORDED,
    "reason_code": one_of(
        None,
        "own-request",
        "not-authorised",
        "duplicate",
        "fraud",
        "typo",
        "renamed",
        "expired",
        "legal",
        "late",
        "other",
    ),
    "note": or_none(remark),
}
STATEMENT: Shape = {
    "printed_number": perhaps, "kind": line, "issuer": perhaps, "issued_on": or_none(day), "time_zone": text,
    "default_language": language,
}  # fmt: skip
PARTS: Shape = {
    "acronym": perhaps, "name": name, "name_language": tag, "transliteration": perhaps, "translations": lines,
    "country_printed": lines, "territories": territories, "url": perhaps,
}  # fmt: skip
DATED: Shape = {**PARTS, "organisation_id": id_, "signed_on": day, "signed_on_means": means}
ANNULLED: Shape = {**EXPLAINED, "position": number, "annulled_version": number}
WITHHELD: Shape = {
    **EXPLAINED, "position": number, "version": number, "recorded_at": text, "type": text, "type_version": number,
    "kept": fields,
}  # fmt: skip
SHAPES: dict[str, dict[str, Shape]] = {
    "statement": {
        "Drafted": {**RECORDED, **STATEMENT, "reference": text},
        "TextSet": {
            **RECORDED, "language": language, "title": line, "text_sha256": some, "media_type": some,
            "version_label": perhaps,
        },
        "Published": {
            **RECORDED, "edition": number, "as_of": day, "orders": or_none(orders), "texts": texts,
            "version_label": perhaps,
        },
        "Signed": {
            **EXPLAINED, **DATED, "signature_id": id_, "ordinal": number,
            "method": one_of("form", "email", "paper", "import", "api"),
            "assurance": one_of("claimed", "address", "domain", "editor", "import"), "text_sha256": some,
        },
        "Withdrawn": {**EXPLAINED, "signature_id": id_, "withdrawn_on": day, "show": flag},
        "Corrected": {**EXPLAINED, "signature_id": id_, "changes": changing(DATED), "effective_on": or_none(day)},
        "Voided": {**EXPLAINED, "signature_id": id_},
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
        "Renamed": {**EXPLAINED, "changes": changing(PARTS), "effective_on": or_none(day)},
        "Merged": {**EXPLAINED, "into": id_},
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

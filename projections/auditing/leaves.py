"""The lines of a log as an auditor reads them: canonical JSON, of known events, each after the one before it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from projections.auditing.shapes import check_data, day, number
from signatures.log.eventlog import LEAF_LIMIT, LEAF_VERSION, canonical

KEYS = {"data", "position", "recorded_at", "stream", "type", "type_version", "v", "version"}
STAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
STREAM = re.compile(r"(statement|organisation|loss)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
STATEMENTS = UUID("6a2f3f0e-7c0b-5d0e-9a57-1d6f4a1c2b90")  # the namespace of statement ids, for ever
FIRST = ("Drafted", "Registered")  # each begins a stream, and no stream of its kind begins otherwise
LINE_LIMIT = LEAF_LIMIT + 1  # a leaf and its line end
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)  # what bytes of any kind may lead to


def _no_fraction(text: str) -> Any:
    raise ValueError(f"{text} is no whole number")


DECODER = json.JSONDecoder(parse_float=_no_fraction, parse_constant=_no_fraction)


def read_leaf(line: bytes) -> dict[str, Any]:
    """Read a line that must be one canonical leaf; raises one of UNREADABLE with what is wrong."""
    text = line.decode()
    document, end = DECODER.raw_decode(text)
    if end != len(text):
        raise ValueError("more follows on its line")
    if not isinstance(document, dict) or document.keys() != KEYS:
        raise ValueError("it has other fields than an entry has")
    if not line.isascii():
        _check_keys(document)
    if canonical(document) != line:
        raise ValueError("it is not written canonically (RFC 8785)")
    check_leaf(document)
    if document["data"]["salt"] is None:
        raise ValueError("it has no salt, as if it were withheld, yet it is shown")
    data = document["data"]
    if data.get("name") == "" or ("changes" in data and data["changes"].get("name") == ""):
        raise ValueError("its name is empty, as if it were withheld, yet it is shown")
    return document


def _check_keys(value: object) -> None:
    """Refuse fields that are not ASCII, which RFC 8785 sorts in another way than Python does."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not key.isascii():
                raise ValueError(f"{key!r} is no field of an entry")
            _check_keys(item)
    elif isinstance(value, list):
        for item in value:
            _check_keys(item)


def check_leaf(document: dict[str, Any]) -> None:
    """See that an entry's fields, and those of its data, are such fields."""
    for name in ("position", "version", "type_version", "v"):
        if not number(document[name]):
            raise ValueError(f"its {name} is no number from 1 on, below 2^53")
    if document["v"] != LEAF_VERSION:
        raise ValueError(f"it is of version {document['v']} of the log's form, which this auditor does not know")
    stamp = STAMP.fullmatch(document["recorded_at"])
    if not (stamp and day(stamp[1]) and isinstance(document["data"], dict)):
        raise ValueError("its stamp or its data is none")
    if document["type_version"] != 1:
        raise ValueError(
            f"this auditor knows no {document['type']} of version {document['type_version']}; a newer one may"
        )
    check_data(kind_of(document["stream"]), document["type"], document["data"])
    if document["type"] != "Lost" and (document["type"] in FIRST) != (document["version"] == 1):
        raise ValueError(f"a {document['type']} is version {document['version']} of its stream")
    if document["type"] == "Drafted" and document["stream"] != stream_of(document["data"]["reference"]):
        raise ValueError(f"it drafts {document['data']['reference']!r} in the stream of another reference")


def stream_of(reference: str) -> str:
    """Tell the one stream that a statement of this reference may have, whatever its case."""
    if not REFERENCE.fullmatch(reference):
        raise ValueError(f"{reference!r} is no reference")
    return f"statement/{uuid5(STATEMENTS, reference.lower())}"


@lru_cache(1_000)
def stream_key(stream: str) -> bytes:
    """Shorten a stream's name for the index: the kind's first letter and the id's sixteen bytes."""
    kind_of(stream)
    return stream[:1].encode() + bytes.fromhex(stream.partition("/")[2].replace("-", ""))


def body_key(id_: str) -> bytes:
    """Name an organisation's stream as the index does; its id is one, as every entry that is read has shown."""
    return b"o" + bytes.fromhex(id_.replace("-", ""))


@lru_cache(1_000)
def kind_of(stream: str) -> str:
    """Tell a stream's kind; ValueError where it is no name of one."""
    found = STREAM.fullmatch(stream)
    if not found:
        raise ValueError(f"{stream!r} is no stream")
    return found[1]


def texts_named(type_: str, data: dict[str, Any]) -> list[str]:
    """List the texts and order documents that an entry names by their SHA-256."""
    if type_ == "Published":
        return [*data["texts"].values(), *(data["orders"] or {}).values()]
    return [data["text_sha256"]] if type_ in ("TextSet", "Signed") and data["text_sha256"] else []


def kept_by(order: Mapping[str, Any]) -> dict[str, Any]:
    """Compose what is left of the entry that an order withheld."""
    data = order["data"]
    return {
        **{name: data[name] for name in ("position", "version", "recorded_at", "type", "type_version")},
        "stream": order["stream"],
        "v": order["v"],
        "data": data["kept"],
    }

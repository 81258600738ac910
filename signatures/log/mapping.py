"""Between events and stored bytes: a fixed table of topics, checked payloads, canonical JSON and nothing else."""

from __future__ import annotations

import dataclasses
import json
import re
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.domain import CanMutateAggregate
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent

from signatures.aggregate import UNTIMED, Initial
from signatures.errors import InvalidInput
from signatures.loss import Loss
from signatures.organisation import Organisation
from signatures.statement import Statement

ENVELOPE = {"originator_id", "originator_version", "originator_topic", "timestamp"}
AGGREGATES: tuple[type[Statement | Organisation], ...] = (Statement, Organisation)
TOPICS: dict[str, type[CanMutateAggregate[UUID]]] = {
    value.TOPIC: value
    for aggregate in (*AGGREGATES, Loss)
    for value in vars(aggregate).values()
    if isinstance(value, type) and hasattr(value, "TOPIC")
}
INTEGER_LIMIT = 2**53
KEY = re.compile(r"[A-Za-z][\x00-\x7f]*\Z")
UNHOLDABLE = re.compile("[\ud800-\udfff\0]")  # lone surrogates fail at save, NUL in PostgreSQL


@cache
def payload_keys(event_class: Any) -> frozenset[str]:
    """List the keys that an event's data has, always all of them."""
    return frozenset(field.name for field in dataclasses.fields(event_class)) - ENVELOPE


def check_value(value: object, where: str) -> None:
    """Refuse what canonical JSON cannot hold for ever: floats, large integers, surrogates, odd keys."""
    match value:
        case str():
            if UNHOLDABLE.search(value):
                raise InvalidInput(f"{where} holds a character that no text can hold. Remove it.", field=where)
        case None | bool():
            return
        case int():
            if abs(value) >= INTEGER_LIMIT:
                raise InvalidInput(f"{where} is too large a number.", field=where)
        case list():
            for item in value:
                check_value(item, where)
        case dict():
            for key, item in value.items():
                check_value(item, f"{where}.{_checked_key(key, where)}")
        case _:
            raise InvalidInput(f"{where} is of a kind that an event cannot hold.", field=where)


def _checked_key(key: object, where: str) -> str:
    if not (isinstance(key, str) and KEY.match(key)):
        raise InvalidInput(f"{where} has the key {key!r}, which is not one of ours.", field=where)
    return key


@lru_cache(maxsize=1_000)
def topic_parts(topic: str) -> tuple[str, str, int]:
    """Split a topic into the stream's kind, the event's type and its version."""
    name, _, version = topic.partition("@")
    kind, _, type_ = name.partition(".")
    return kind.lower(), type_, int(version or 1)


def topic_of(stream_kind: str, type_: str, type_version: int) -> str:
    """Compose a topic; the reverse of `topic_parts`."""
    suffix = "" if type_version == 1 else f"@{type_version}"
    return f"{stream_kind.capitalize()}.{type_}{suffix}"


class EventMapper(Mapper[UUID]):
    """Map events to stored events whose state is the leaf's data, byte for byte."""

    def __init__(self) -> None:
        """Need no transcoder: payloads are plain."""
        super().__init__(JSONTranscoder())

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Check an event's payload and write it as canonical JSON."""
        event_class: Any = type(domain_event)
        payload = {name: value for name, value in vars(domain_event).items() if name not in ENVELOPE}
        if payload.keys() != payload_keys(event_class):
            raise InvalidInput(f"{event_class.__qualname__} has other keys than it should.")
        for name, value in payload.items():
            if value is not None and (type(value) is not str or UNHOLDABLE.search(value)):
                check_value(value, name)
        return StoredEvent(
            originator_id=domain_event.originator_id,
            originator_version=domain_event.originator_version,
            topic=event_class.TOPIC,
            state=orjson.dumps(payload, option=orjson.OPT_SORT_KEYS),  # what was checked, it writes as `canonical` does
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Read a stored event by the table of topics; a topic that is not in it is never imported."""
        event_class = TOPICS.get(stored_event.topic)
        if event_class is None:
            raise LookupError(f"{stored_event.topic!r} is no event of this version of the register.")
        payload = json.loads(stored_event.state)
        payload.update(
            originator_id=UUID(str(stored_event.originator_id)),
            originator_version=stored_event.originator_version,
            timestamp=UNTIMED,
        )
        if issubclass(event_class, Initial):
            payload["originator_topic"] = stored_event.topic.partition(".")[0]
        event = object.__new__(event_class)
        object.__setattr__(event, "__dict__", payload)
        return event

"""Between events and stored bytes."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from signatures.aggregate import Actor
from signatures.errors import InvalidInput
from signatures.log.eventlog import canonical
from signatures.log.mapping import KEY, TOPICS, EventMapper, check_value, payload_keys, topic_of, topic_parts
from signatures.organisation import NameParts, Organisation
from signatures.statement import Statement

EDITOR = Actor("editor", "e-1")


def registered(**parts: Any) -> Any:
    """Trigger an event with a payload of our choice."""
    (event,) = Organisation.register(UUID(int=1), NameParts("Alpha", **parts), EDITOR).collect_events()
    return event


def test_the_stored_state_is_the_leafs_data() -> None:
    """State is canonical JSON of the payload alone: no envelope, keys in order, text unescaped."""
    stored = EventMapper().to_stored_event(registered(acronym="БРП(к)"))
    data = json.loads(stored.state)
    assert canonical(data) == stored.state
    assert "БРП(к)".encode() in stored.state
    assert {
        "acronym",
        "actor",
        "country_printed",
        "name",
        "name_language",
        "salt",
        "territories",
        "translations",
        "transliteration",
        "url",
    } == set(data)
    assert ("Organisation.Registered", UUID(int=1), 1) == (
        stored.topic,
        stored.originator_id,
        stored.originator_version,
    )


def test_a_stored_event_comes_back_the_same() -> None:
    """Mapping there and back gives identical bytes."""
    mapper = EventMapper()
    stored = mapper.to_stored_event(registered(translations={"en": "Alpha"}))
    assert stored == mapper.to_stored_event(mapper.to_domain_event(stored))


def test_every_event_has_another_salt() -> None:
    """Equal acts have leaves whose hashes tell nothing."""
    salts = {registered().salt for _ in range(20)}
    assert (20, {32}) == (len(salts), {len(salt) for salt in salts})


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        float("nan"),
        2**53,
        -(2**53),
        "a\ud800",
        "a\0b",
        b"bytes",
        {1, 2},
        (1, 2),
        object(),
        {"_type_": "x", "_data_": "y"},
        {"_type_": "x"},
        {"_data_": 1},
        {"é": 1},
        {1: 2},
        {"": 1},
        {"a": {"b": [{"c": 0.5}]}},
    ],
)
def test_payloads_that_cannot_be_stored_for_ever(value: object) -> None:
    """Floats, large integers, surrogates, NUL, odd kinds and odd keys are refused, however deep."""
    with pytest.raises(InvalidInput):
        check_value(value, "field")


@pytest.mark.parametrize("value", [None, True, 0, 2**53 - 1, "日本 🕊", [], {}, {"pt-BR": ["CD", None, {"a": 1}]}])
def test_payloads_that_can(value: object) -> None:
    """Texts, integers, booleans, null, lists and dicts with our keys."""
    check_value(value, "field")


def test_an_event_with_another_key_is_not_stored() -> None:
    """All keys are always present, and no others."""
    event = registered()
    object.__setattr__(event, "colour", "red")
    with pytest.raises(InvalidInput, match="other keys"):
        EventMapper().to_stored_event(event)
    event = registered()
    object.__delattr__(event, "url")
    with pytest.raises(InvalidInput, match="other keys"):
        EventMapper().to_stored_event(event)


@pytest.mark.parametrize(
    "topic", ["os:system", "Statement.Exploded", "signatures.statement:Statement.Drafted", "", "Statement.Drafted@2"]
)
def test_an_unknown_topic_is_told_and_never_imported(topic: str) -> None:
    """Only the table of topics names event classes."""
    with pytest.raises(LookupError, match="no event of this version"):
        EventMapper().to_domain_event(StoredEvent(UUID(int=1), 1, topic, b"{}"))


def test_topics_are_those_of_the_contract() -> None:
    """The stored names never change; a new event is added here by hand."""
    statement = "Drafted TextSet Published Signed Withdrawn Corrected Voided Annulled Amended Closed Reopened Retracted Discarded Withheld"
    expected = {f"Statement.{name}" for name in statement.split()} | {
        f"Organisation.{name}" for name in ("Registered", "Renamed", "Merged", "Annulled", "Withheld")
    }
    assert expected | {"Loss.Lost"} == set(TOPICS)


def test_a_topic_splits_into_kind_type_and_version_and_back() -> None:
    """Version 1 has no suffix."""
    for topic, parts in (
        ("Statement.Signed", ("statement", "Signed", 1)),
        ("Organisation.Renamed@3", ("organisation", "Renamed", 3)),
    ):
        assert parts == topic_parts(topic)
        assert topic == topic_of(*parts)


def test_an_aggregate_is_rebuilt_from_its_stored_events() -> None:
    """What the library's replay makes of the stored events is the aggregate that triggered them."""
    statement = Statement.draft(EDITOR, reference="peace", kind="statement", time_zone="UTC", default_language="en")
    statement.set_text(EDITOR, language="en", title="T", text_sha256=None, media_type=None, version_label=None)
    statement.amend(EDITOR, changes={"issuer": "U"})
    mapper, rebuilt = EventMapper(), None
    for event in statement.collect_events():
        rebuilt = mapper.to_domain_event(mapper.to_stored_event(event)).mutate(rebuilt)
    assert (statement.state(), statement.version, statement.id) == (rebuilt.state(), rebuilt.version, rebuilt.id)  # type: ignore[union-attr]


STORABLE = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.from_regex(KEY.pattern, fullmatch=True), inner),
    max_leaves=8,
)


@given(STORABLE)
def test_what_is_stored_is_canonical(value: Any) -> None:
    """The quick writer and the one that auditors have write the same bytes of everything that passes the check."""
    event = registered()
    kind: Any = type(event)
    payload = vars(event)
    payload["acronym"] = value
    try:
        check_value(value, "acronym")
    except InvalidInput:
        return
    kept = {name: payload[name] for name in payload_keys(kind)}
    assert canonical(kept) == EventMapper().to_stored_event(event).state

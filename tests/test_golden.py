"""Events once stored stay readable for ever: files written by an earlier version, read by this one.

`golden/NN-TOPIC` holds the topic, the stored state and the leaf of one entry of one register; `golden/derived.json` its
heads, signature rows and indexes. Entries are never written anew: a new event, or a new version of one, gets a new file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import StoredEvent

from signatures.aggregate import Headed
from signatures.log import heads
from signatures.log.eventlog import LOSS, Entry, leaf_hash
from signatures.log.fold import Fold
from signatures.log.mapping import TOPICS, EventMapper, payload_keys, topic_of
from signatures.log.redaction import WITHHELD, redacted, replaced
from signatures.sqlite import SQLiteDatabase

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("[0-9]*-*"))
NAMES = {
    "Statement.Drafted": "actor default_language issued_on issuer kind printed_number reference salt time_zone",
    "Statement.TextSet": "actor language media_type salt text_sha256 title version_label",
    "Statement.Published": "actor as_of edition orders salt texts version_label",
    "Statement.Signed": "acronym actor assurance country_printed method name name_language note ordinal organisation_id reason_code salt"
    " signature_id signed_on signed_on_means territories text_sha256 translations transliteration url",
    "Statement.Withdrawn": "actor note reason_code salt show signature_id withdrawn_on",
    "Statement.Corrected": "actor changes effective_on note reason_code salt signature_id",
    "Statement.Voided": "actor note reason_code salt signature_id",
    "Statement.Annulled": "actor annulled_version note position reason_code salt",
    "Statement.Amended": "actor changes note reason_code salt",
    "Statement.Closed": "actor effective_on note reason_code salt",
    "Statement.Reopened": "actor effective_on note reason_code salt",
    "Statement.Retracted": "actor effective_on note reason_code salt",
    "Statement.Discarded": "actor note reason_code salt",
    "Statement.Withheld": "actor kept note position reason_code recorded_at salt type type_version version",
    "Organisation.Registered": "acronym actor country_printed name name_language salt territories translations transliteration url",
    "Organisation.Renamed": "actor changes effective_on note reason_code salt",
    "Organisation.Merged": "actor into note reason_code salt",
    "Organisation.Annulled": "actor annulled_version note position reason_code salt",
    "Loss.Lost": "actor origin root salt size",
    "Organisation.Withheld": "actor kept note position reason_code recorded_at salt type type_version version",
}


def read(path: Path) -> tuple[str, bytes, bytes]:
    """Read topic, state and leaf."""
    topic, state, leaf, end = path.read_bytes().split(b"\n")
    assert b"" == end
    return topic.decode(), state, leaf


def entry(path: Path) -> Entry:
    """Read a file as the log's entry."""
    _, state, leaf = read(path)
    told = json.loads(leaf)
    return Entry(
        position=told["position"],
        recorded_at=told["recorded_at"],
        leaf_hash=leaf_hash(leaf),
        stream=told["stream"],
        version=told["version"],
        type=told["type"],
        type_version=told["type_version"],
        state=state,
    )


def stored() -> list[Entry]:
    """Read all entries as a store holds them: of those that were withheld, what is kept."""
    entries = {one.position: one for one in map(entry, FILES)}
    for one in [one for one in entries.values() if one.type == WITHHELD]:
        position = one.data()["position"]
        entries[position] = replaced(one, entries[position].leaf_hash)
    return [entries[position] for position in sorted(entries)]


def test_every_event_has_a_golden_file() -> None:
    """An event class without one fails here, and so does a stored name that is gone or was changed."""
    written = {read(path)[0] for path in FILES}
    assert set(TOPICS) == written == set(NAMES)


@pytest.mark.parametrize("topic", sorted(NAMES))
def test_the_stored_names_of_an_event(topic: str) -> None:
    """The keys of its data, in the class and in what was stored."""
    expected = set(NAMES[topic].split())
    event_class: Any = TOPICS[topic]
    assert expected == payload_keys(event_class)
    assert {frozenset(expected)} == {
        frozenset(json.loads(state)) for name, state, _ in map(read, FILES) if name == topic
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_stored_event_maps_there_and_back(path: Path) -> None:
    """Into an object of its class and back into identical bytes; the leaf is composed of them again."""
    topic, state, leaf = read(path)
    stored = StoredEvent(UUID(entry(path).stream.partition("/")[2]), entry(path).version, topic, state)
    event = EventMapper().to_domain_event(stored)
    assert TOPICS[topic] is type(event)
    assert stored == EventMapper().to_stored_event(event)
    assert leaf == entry(path).leaf()
    assert topic == topic_of(entry(path).stream.partition("/")[0], entry(path).type, entry(path).type_version)


def test_stored_events_replay_into_their_aggregates() -> None:
    """Every stream, event by event, as the library's repository does, gives the states of then."""
    aggregates: dict[str, Headed | None] = {}
    for path in (path for path in FILES if not entry(path).stream.startswith(LOSS)):
        topic, state, _ = read(path)
        id_ = entry(path).stream.partition("/")[2]
        event = EventMapper().to_domain_event(StoredEvent(UUID(id_), entry(path).version, topic, state))
        aggregates[id_] = event.mutate(aggregates.get(id_))
    replayed = [[id_, one.version, one.state()] for id_, one in sorted(aggregates.items()) if one]
    derived = json.loads((GOLDEN / "derived.json").read_bytes())
    assert [[id_, version, json.loads(state)] for id_, _, version, state in derived["head"]] == replayed


def test_what_was_kept_of_a_stored_event_is_its_redaction() -> None:
    """The files hold the entries as they were recorded, so what a later order left of them can be seen."""
    for path in FILES:
        if entry(path).type == WITHHELD:
            told = entry(path).data()
            (original,) = (one for one in map(entry, FILES) if one.position == told["position"])
            assert redacted(original.data()) == told["kept"]
            assert replaced(entry(path), original.leaf_hash).withheld


def test_stored_events_fold_into_the_same_rows(tmp_path: Path) -> None:
    """Heads, signature rows, names and mergers are what that version's commands wrote."""
    entries = stored()
    database = SQLiteDatabase(tmp_path, "golden")
    database.create(heads.SCHEMA)
    with database.writing() as transaction:
        Fold(transaction, lambda position: entries[position - 1]).take(entries)
        rows = {
            table: [list(row) for row in transaction.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2")]
            for table, columns in heads.COLUMNS.items()
        }
    database.close()
    assert json.loads((GOLDEN / "derived.json").read_bytes()) == rows

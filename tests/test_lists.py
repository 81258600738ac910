"""The questions of pages, API and commands: which moment they ask about, what is refused, what they tell beside the list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from projections.lists import Lists
from signatures.errors import (
    BadQuery,
    ConflictingTimeParameters,
    InvalidTime,
    KnownAtInFuture,
    NotFound,
    PositionOutOfRange,
)
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.logmaker import START, MemoryLog, StatementMaker, uuid

NOW = datetime(2021, 6, 30, 22, 30, tzinfo=UTC)  # half past midnight on 1 July in Berlin


@pytest.fixture
def maker() -> StatementMaker:
    """Make a published list: A numbered, B later, C withdrawn."""
    made = StatementMaker(MemoryLog(), "Sample-2021")
    made.title("Beispiel", "de", b"Ein Text.")
    made.title("Sample", "en", b"A text.")
    made.sign("A", "2021-05-01", translations={"en": "One", "de": "Eins"})
    gone = made.sign("C", "2021-05-02", acronym="CCC")
    made.publish("2021-05-10")
    made.sign("B", "2021-05-11")
    made.withdraw(gone, "2021-05-20", note="asked to")
    return made


@pytest.fixture
def lists(maker: StatementMaker, tmp_path: Path) -> Iterator[Lists]:
    """Ask that log."""
    database = SQLiteDatabase(tmp_path, "views")
    yield Lists(maker.log, database, FixedClock(NOW))
    database.close()


def recorded(maker: StatementMaker, position: int) -> str:
    """Tell the stamp of a position."""
    return maker.log.log[position - 1].recorded_at


# ── which moment ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, "2021-07-01"),
        ("", "2021-07-01"),
        ("2021-05-15", "2021-05-15"),
        ("2021-05-14T23:30:00Z", "2021-05-15"),
        ("2021-05-14t21:59:59.5z", "2021-05-14"),
        ("2021-05-15T05:00:00+09:00", "2021-05-14"),
        ("2031-01-01", "2031-01-01"),
    ],
)
def test_as_of_is_a_civil_date_in_the_statements_zone(lists: Lists, as_of: str | None, expected: str) -> None:
    """An instant is mapped to that zone; left out or empty it is today there; a date to come is answered."""
    assert expected == lists.signatories("sample-2021", as_of=as_of)["as_of"]


@pytest.mark.parametrize(
    "as_of",
    [
        "2021-02-30", "2021-06-07T12:00:00", "yesterday", "2021-6-7", "20210607", "2021-W23-1", "0000-01-01", "٢٠٢١-٠٦-٠٧",
        "2021-06-07T12:00:00 02:00", "2021-06-07T25:00:00Z", "2021-06-07T12:00:60Z", "2021-06-07T12:00Z", " 2021-06-07",
        "2021-06-07\n", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2021-06-07T12:00:00+24:00",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(lists: Lists, as_of: str) -> None:
    """Also a date-time without an offset, and one outside the calendar."""
    with pytest.raises(InvalidTime):
        lists.signatories("sample-2021", as_of=as_of)


def test_known_at_is_inclusive(lists: Lists, maker: StatementMaker) -> None:
    """It resolves to the last entry recorded at or before it, and its own civil date is the default date."""
    stamp = recorded(maker, 7)
    answer = lists.signatories("sample-2021", known_at=stamp)
    assert (7, stamp, "2021-05-01") == (answer["position"], answer["recorded_through"], answer["as_of"])
    assert (
        6
        == lists.signatories("sample-2021", known_at=stamp.replace(".000000Z", "Z").replace("08:07:00", "08:06:59"))[
            "position"
        ]
    )


@pytest.mark.parametrize(
    ("question", "error"),
    [
        ({"known_at": "2021-07-01T12:00:00Z"}, KnownAtInFuture),
        ({"known_at": "2021-06-01"}, InvalidTime),
        ({"known_at": "2021-06-01T12:00:00"}, InvalidTime),
        ({"known_at": "2021-04-01T12:00:00Z"}, NotFound),
        ({"position": "0"}, PositionOutOfRange),
        ({"position": 0}, PositionOutOfRange),
        ({"position": "9"}, PositionOutOfRange),
        ({"position": "-1"}, PositionOutOfRange),
        ({"position": "1.0"}, PositionOutOfRange),
        ({"position": "９"}, PositionOutOfRange),
        ({"position": "9" * 30}, PositionOutOfRange),
        ({"position": "3", "known_at": "2021-06-01T12:00:00Z"}, ConflictingTimeParameters),
        ({"edition": "1", "as_of": "2021-06-01"}, ConflictingTimeParameters),
        ({"edition": "1", "as_of": ""}, ConflictingTimeParameters),
        ({"edition": "1", "position": "8"}, ConflictingTimeParameters),
        ({"edition": "2"}, NotFound),
        ({"edition": "0"}, BadQuery),
        ({"edition": "one"}, BadQuery),
        ({"part": "most"}, BadQuery),
        ({"show": "all"}, BadQuery),
        ({"limit": "0"}, BadQuery),
        ({"limit": 0}, BadQuery),
        ({"limit": "many"}, BadQuery),
        ({"language": "not a language"}, BadQuery),
    ],
)
def test_what_cannot_be_asked_is_refused(lists: Lists, question: dict[str, Any], error: type[Exception]) -> None:
    """Each with its own error, and a sentence that says what to do."""
    with pytest.raises(error) as refused:
        lists.signatories("sample-2021", **question)
    assert str(refused.value).endswith((".", "1"))


def test_final_tells_whether_an_answer_can_change(lists: Lists, maker: StatementMaker) -> None:
    """A position is final, known_at where a later entry is recorded or ten seconds have gone; today's list is not."""
    newest = datetime.fromisoformat(recorded(maker, 8))
    lists.clock = FixedClock(newest + timedelta(seconds=5))

    def final(**question: Any) -> bool:
        return bool(lists.signatories("sample-2021", **question)["final"])

    assert [True, True, False, False, True] == [
        final(position="8"),
        final(known_at=recorded(maker, 7)),
        final(),
        final(known_at=recorded(maker, 8)),
        final(edition="1"),
    ]
    lists.clock = FixedClock(newest + timedelta(seconds=10))
    assert final(known_at=recorded(maker, 8))


def test_a_position_has_its_own_day(lists: Lists, maker: StatementMaker) -> None:
    """Left out, as_of is the civil date on which the entry at the position was recorded."""
    maker.log.now = START.replace(month=6, hour=22)
    StatementMaker(maker.log, "other")
    assert "2021-06-02" == lists.signatories("sample-2021", position=9)["as_of"]


def test_an_empty_field_of_a_form_is_not_given(lists: Lists) -> None:
    """A form sends all its fields."""
    empty: dict[str, Any] = dict.fromkeys(
        ("known_at", "position", "edition", "limit", "cursor", "language", "query"), ""
    )
    assert lists.signatories("sample-2021", as_of="") == lists.signatories("sample-2021", as_of="", **empty)


# ── who may see it ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reference", ["nothing", "", "../etc", "sample-2021\0", "\ud800", "x" * 65])
def test_what_is_not_there_is_not_found(lists: Lists, reference: str) -> None:
    """The sentence names the reference."""
    with pytest.raises(NotFound, match="There is no statement"):
        lists.signatories(reference)


def test_drafts_are_not_there_for_the_public(lists: Lists, maker: StatementMaker) -> None:
    """None of the questions tells of one; with drafts all do, whatever the case of the reference."""
    draft = StatementMaker(maker.log, "Draft")
    draft.title()
    questions: list[Callable[..., Any]] = [
        lambda **d: lists.signatories("DRAFT", **d),
        lambda **d: lists.statement("draft", **d),
        lambda **d: lists.history("draft", **d),
        lambda **d: lists.events("draft", **d),
        lambda **d: lists.text("draft", **d),
        lambda **d: lists.timeline("draft", **d),
        lambda **d: lists.editions("draft", **d),
        lambda **d: lists.diff("draft", "2021-05-01", "2021-06-01", **d),
    ]
    for question in questions:
        with pytest.raises(NotFound):
            question()
        question(drafts=True)
    assert ["Sample-2021"] == [one["reference"] for one in lists.statements()["statements"]]
    assert ["Draft", "Sample-2021"] == [one["reference"] for one in lists.statements(drafts=True)["statements"]]
    draft.publish("2021-06-01")
    assert "open" == lists.signatories("draft")["statement_status"]
    assert "draft" == lists.signatories("draft", position=draft.log.versions[draft.stream] + 7)["statement_status"]


# ── beside the list ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_statement_tells_its_data_today(lists: Lists) -> None:
    """Titles and texts by language, the statement's own first; editions; counts; first and last day."""
    told = lists.statement("sample-2021")
    assert ("Sample-2021", "Sample", "open", "2021-05-01", "2021-05-20") == tuple(
        told[name] for name in ("reference", "title", "status", "first_on", "last_on")
    )
    assert 2 == told["counts"]["standing"]
    assert [("en", "Sample", 1), ("de", "Beispiel", 1)] == [
        (t["language"], t["title"], t["version"]) for t in told["texts"]
    ]
    assert [(1, "2021-05-10", 6)] == [(e["number"], e["as_of"], e["position"]) for e in told["editions"]]
    assert 1 == lists.edition("sample-2021", "1")["number"]


def test_texts_by_version(lists: Lists, maker: StatementMaker) -> None:
    """A later text is a new version; at an earlier position the earlier one is told."""
    position = maker.title("Sample, again", "en", b"Another text.")
    assert ("Another text.", 2) == (
        lists.text("sample-2021")["content"].decode(),
        lists.text("sample-2021", "en")["version"],
    )
    assert b"A text." == lists.text("sample-2021", "en", position=position - 1)["content"]
    assert "Ein Text." == lists.body("sample-2021", lists.signatories("sample-2021"), "de")
    with pytest.raises(NotFound, match="There is: en, de"):
        lists.text("sample-2021", "fr")


def test_timeline_counts_by_day(lists: Lists) -> None:
    """Each day tells who came and left, and how many stand from then on."""
    expected = [("2021-05-01", 1, 0, 1), ("2021-05-02", 1, 0, 2), ("2021-05-11", 1, 0, 3), ("2021-05-20", 0, 1, 2)]
    days = lists.timeline("sample-2021")
    assert expected == [(d["on"], d["signed"], d["withdrew"], d["standing"]) for d in days]
    assert expected[:3] == [
        (d["on"], d["signed"], d["withdrew"], d["standing"]) for d in lists.timeline("sample-2021", position=7)
    ]


def test_history_tells_every_event(lists: Lists, maker: StatementMaker) -> None:
    """In log order or the newest first, in pages by position."""
    rows = lists.history("sample-2021")
    assert [entry.type for entry in maker.log.log] == [row["type"] for row in rows]
    withdrawn = rows[-1]
    assert ("CCC C", "2021-05-20", "asked to", "editor", None) == tuple(
        withdrawn[name] for name in ("what", "holds_from", "note", "actor", "annulled_at")
    )
    newest = lists.history("sample-2021", newest_first=True, limit=3)
    assert [8, 7, 6] == [row["position"] for row in newest]
    assert [5, 4, 3, 2, 1] == [row["position"] for row in lists.history("sample-2021", newest_first=True, after=6)]
    assert [5, 6] == [row["position"] for row in lists.history("sample-2021", after=4, limit=2)]
    maker.annul(8)
    assert (9, "CCC C") == (lists.history("sample-2021")[7]["annulled_at"], lists.history("sample-2021")[8]["what"])


def test_history_does_not_name_who_wished_not_to_be_named(lists: Lists, maker: StatementMaker) -> None:
    """A withdrawal not to be shown is told without its name and reason."""
    maker.withdraw(uuid("signature", "Sample-2021", 1), "2021-06-01", show=False, note="private")
    row = lists.history("sample-2021")[-1]
    assert ("Withdrawn", None, None, None) == (row["type"], row["what"], row["name"], row["note"])


def test_events_are_the_leaves(lists: Lists, maker: StatementMaker) -> None:
    """As they stand in the log, after a position."""
    assert maker.history() == lists.events("sample-2021")
    assert maker.history()[5:7] == lists.events("sample-2021", after="5", limit="2")


def test_diff_tells_what_changed(lists: Lists, maker: StatementMaker) -> None:
    """Added, withdrawn, corrected (old and new), voided; nothing else."""
    maker.correct(uuid("signature", "Sample-2021", 1), {"name": "A, renamed"}, "2021-06-01")
    maker.sign("D", "2021-05-03")
    maker.void(uuid("signature", "Sample-2021", 4))
    changed = lists.diff("sample-2021", "2021-05-10@8", "2021-06-10")
    assert ("2021-05-10", 8, 2) == tuple(changed["from"].values())
    assert ("2021-06-10", 11, 2) == tuple(changed["to"].values())
    assert ["B"] == [row["name"] for row in changed["added"]]
    assert [(2, "C", "2021-05-20")] == [(r["number"], r["name"], r["withdrawn_on"]) for r in changed["withdrawn"]]
    assert [(1, "A (One)", "A, renamed (One)", {"name": ["A", "A, renamed"]})] == [
        (r["number"], r["printed_from"], r["printed_to"], r["fields"]) for r in changed["corrected"]
    ]
    assert [] == changed["voided"]
    voided = lists.diff("sample-2021", "2021-06-10@10", "2021-06-10")["voided"]
    assert ["D"] == [row["name"] for row in voided]


@pytest.mark.parametrize(
    "ends", [("x", ""), ("2021-05-10@0", ""), ("2021-05-10@x", ""), ("2021-05-10", "2021-05-10@99")]
)
def test_diff_refuses_ends_that_are_none(lists: Lists, ends: tuple[str, str]) -> None:
    """A date, or a date and a position."""
    with pytest.raises((InvalidTime, PositionOutOfRange)):
        lists.diff("sample-2021", *ends)


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────────

PARTS: dict[str, Any] = {
    "acronym": None, "name_language": None, "transliteration": None, "translations": {}, "country_printed": {},
    "territories": [], "url": None,
}  # fmt: skip
REASON = {"reason_code": None, "note": None}


def test_organisations_with_names_and_mergers(lists: Lists, maker: StatementMaker) -> None:
    """Names by date, registrations that are one body, and what the body signed; a merger can be annulled."""
    streams = {name: f"organisation/{uuid('organisation', name)}" for name in ("A", "B", "hidden")}
    for name, stream in streams.items():
        maker.log.append(stream, "Registered", name=name, **PARTS)
    maker.log.append(streams["A"], "Renamed", changes={"name": "A, renamed"}, effective_on="2021-06-01", **REASON)
    merged = maker.log.append(streams["B"], "Merged", into=uuid("organisation", "A"), **REASON)
    assert ["A, renamed", "B"] == [one["printed"] for one in lists.organisations()["organisations"]]
    assert ["B"] == [one["printed"] for one in lists.organisations(query="b")["organisations"]]
    told = lists.organisation(uuid("organisation", "B"))
    assert (uuid("organisation", "A"), [uuid("organisation", "A")]) == (told["merged_into"], told["same_body"])
    assert [("Sample-2021", 1, "A"), ("Sample-2021", None, "B")] == [
        (s["statement"], s["number"], s["name"]) for s in told["signatures"]
    ]
    assert [(None, "A"), ("2021-06-01", "A, renamed")] == [
        (one["from"], one["printed"]) for one in lists.organisation(uuid("organisation", "A"))["names"]
    ]
    with pytest.raises(NotFound):
        lists.organisation(uuid("organisation", "hidden"))
    maker.log.append(streams["B"], "Annulled", position=merged, annulled_version=2, **REASON)
    assert [] == lists.organisation(uuid("organisation", "B"))["same_body"]


def test_pages_of_organisations(lists: Lists, maker: StatementMaker) -> None:
    """By folded name, each once."""
    for name in ("A", "B", "C"):
        maker.log.append(f"organisation/{uuid('organisation', name)}", "Registered", name=name, **PARTS)
    found, cursor = [], None
    while True:
        page = lists.organisations(limit=1, cursor=cursor)
        found += [one["name"] for one in page["organisations"]]
        cursor = page.next
        if cursor is None:
            break
    assert ["A", "B", "C"] == found


def test_who_signed_both(lists: Lists, maker: StatementMaker) -> None:
    """Mergers are resolved; what the lists printed stays."""
    other = StatementMaker(maker.log, "other")
    other.title()
    other.sign("A, as printed there", "2021-05-01", organisation_id=uuid("organisation", "A"))
    other.sign("Z", "2021-05-01")
    other.publish("2021-05-02")
    both = lists.signed_both("sample-2021", "other")
    assert [["A", "A, as printed there"]] == [[entry["name"] for entry in row["entries"]] for row in both]


def test_the_form_is_told_the_texts(lists: Lists) -> None:
    """Reference as written, own language, newest texts."""
    told = lists.for_form("sample-2021")
    assert ("Sample-2021", "en", ["en", "de"]) == (told["reference"], told["default_language"], list(told["texts"]))
    assert "A text." == told["texts"]["en"]["content"]

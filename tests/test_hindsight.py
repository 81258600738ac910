"""What became known about a list since: against two second folds, on both engines; every change with its cause."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from projections import hindsight
from projections.diff import COMPARED
from projections.lists import Lists
from projections.looks.presentation import mark_since, sum_since
from signatures.database import Database, open_database
from signatures.errors import InvalidTime, KnownAtInFuture, NotFound, PositionOutOfRange
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.histories import DAYS, PROGRAMS, Writer, day
from tests.logmaker import MemoryLog, StatementMaker, uuid
from tests.second_fold import second_fold

NOW = datetime(2021, 7, 1, tzinfo=UTC)
REGISTERS = itertools.count(1)
Program = list[tuple[str, int, int, int]]
LEFT = ("withdrawn", "redated", "voided")


@pytest.fixture
def maker() -> StatementMaker:
    """Make a published list of A, B, C and D."""
    made = StatementMaker(MemoryLog(), "Sample-2021")
    made.title("Sample", "en", b"A text.")
    for name in "ABCD":
        made.sign(name, "2021-05-02", translations={"en": f"{name} "} if name == "A" else {})
    made.publish("2021-05-10")
    return made


@pytest.fixture
def lists(maker: StatementMaker, tmp_path: Path) -> Iterator[Lists]:
    """Ask that log."""
    database = SQLiteDatabase(tmp_path, "views")
    yield Lists(maker.log, database, FixedClock(NOW))
    database.close()


def signature(number: int) -> str:
    """Name a signature of the sample."""
    return uuid("signature", "Sample-2021", number)


def told(lists: Lists, as_of: str, position: int) -> list[tuple[str, str | None, int]]:
    """Tell kind, name and cause of each change."""
    changes = lists.since("sample-2021", as_of, position)["changes"]
    return [(row["kind"], row.get("name") or row.get("printed_to"), row["cause"]["position"]) for row in changes]


def test_each_change_has_its_kind_and_its_cause(lists: Lists, maker: StatementMaker) -> None:
    """Corrected, struck, withdrawn, dated later and entered late, in the order in which they were recorded."""
    known = len(maker.log.log)
    corrected = maker.correct(signature(1), {"translations": {"en": "A"}})
    voided = maker.void(signature(2), reason_code="fraud", note="nobody knew of it")
    left = maker.withdraw(signature(3), "2021-05-08", reason_code="own-request")
    redated = maker.correct(signature(4), {"signed_on": "2021-05-20"})
    maker.sign("E", "2021-05-09")
    late = len(maker.log.log)
    maker.sign("F", "2021-05-12")
    assert [
        ("corrected", "A (A)", corrected),
        ("voided", "B", voided),
        ("withdrawn", "C", left),
        ("redated", "D", redated),
        ("late", "E", late),
    ] == told(lists, "2021-05-10", known)
    since = lists.since("sample-2021", "2021-05-10", known)
    assert [None, "nobody knew of it", None, None, None] == [row["cause"]["note"] for row in since["changes"]]
    assert (4, 2) == (since["from"]["standing"], since["to"]["standing"])
    assert [("corrected", "A (A)", corrected)] == told(lists, "2021-05-07", known)[:1]
    assert ["voided", "redated"] == [kind for kind, _, _ in told(lists, "2021-05-07", known)[1:]]


def test_what_was_taken_back_stands_again(lists: Lists, maker: StatementMaker) -> None:
    """The entry that annuls a withdrawal or a strike is the cause; so is one that annuls a correction."""
    left, voided = maker.withdraw(signature(1), "2021-05-05"), maker.void(signature(2))
    corrected = maker.correct(signature(3), {"name": "C, corrected"})
    known = len(maker.log.log)
    undone = [maker.annul(position) for position in (left, voided, corrected)]
    assert [("restored", "A", undone[0]), ("restored", "B", undone[1]), ("corrected", "C", undone[2])] == told(
        lists, "2021-05-10", known
    )
    assert [] == told(lists, "2021-05-10", len(maker.log.log))


def test_who_does_not_wish_to_be_named_is_not(lists: Lists, maker: StatementMaker) -> None:
    """A withdrawal not to be shown names nobody, gives no reason, and marks no entry of the list known earlier."""
    known = len(maker.log.log)
    maker.withdraw(signature(1), "2021-05-08", show=False, note="private")
    maker.void(signature(2), note="struck")
    since = lists.since("sample-2021", "2021-05-10", known)
    assert [("withdrawn", None, None), ("voided", "B", "struck")] == [
        (row["kind"], row["printed"], row["cause"]["note"]) for row in since["changes"]
    ]
    assert "private" not in str(since)
    rows = lists.signatories("sample-2021", as_of="2021-05-10", position=known)["numbered"]
    mark_since(rows, since)
    assert [None, "voided", None, None] == [row["since"] and row["since"]["kind"] for row in rows]


def test_very_many_changes_are_only_counted(
    lists: Lists, maker: StatementMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number only both counts are told; what does not bear on the date is not counted."""
    monkeypatch.setattr(hindsight, "MOST", 3)
    known = len(maker.log.log)
    for number in range(3):
        maker.sign(f"Late {number}", "2021-05-03")
        maker.sign(f"Later {number}", "2021-05-20")
    assert 3 == len(lists.since("sample-2021", "2021-05-10", known)["changes"])
    maker.sign("Late 4", "2021-05-03")
    since = lists.since("sample-2021", "2021-05-10", known)
    assert (4, 8, None, None) == (
        since["from"]["standing"],
        since["to"]["standing"],
        since["changes"],
        sum_since(since),
    )


# ── against a second fold ────────────────────────────────────────────────────────────────────────────────────────────


def entries_of(maker: StatementMaker, as_of: str, position: int | None) -> dict[str, dict[str, Any]]:
    """Tell who stands, by the second fold."""
    answer = second_fold(maker.history(), maker.log.texts, as_of=as_of, position=position, root=maker.log.root)
    return {entry["signature_id"]: entry for entry in answer["numbered"] + answer["subsequent"]}


def check_program(program: Program, database: Database) -> None:
    """Hold what became known since against the lists before and after, at every position and some dates."""
    made = Writer().run(program)
    log = MemoryLog(f"hindsight {next(REGISTERS)}")
    log.texts, log.log = made.log.texts, made.log.log
    lists = Lists(log, database, FixedClock(NOW))
    chance, newest = random.Random(len(log.log)), len(log.log)
    for position in range(made.history()[0]["position"], newest):
        as_of = day(chance.randrange(DAYS))
        note(f"{as_of} at {position}")
        since = lists.since(made.reference, as_of, position, drafts=True)
        then, now = entries_of(made, as_of, position), entries_of(made, as_of, None)
        kinds = {row["signature_id"]: row["kind"] for row in since["changes"] if row["signature_id"]}
        assert now.keys() - then.keys() == {id_ for id_, kind in kinds.items() if kind in ("late", "restored")}
        assert then.keys() - now.keys() == {id_ for id_, kind in kinds.items() if kind in LEFT}
        changed = {id_ for id_ in then.keys() & now.keys() if any(then[id_][f] != now[id_][f] for f in COMPARED)}
        corrected = {id_ for id_, kind in kinds.items() if kind == "corrected"}
        # Another main language shows other translations of what nobody corrected.
        again = any(leaf["type"] == "Amended" and leaf["position"] > position for leaf in made.history())
        assert corrected <= changed if again else corrected == changed
        assert all(position < row["cause"]["position"] <= newest for row in since["changes"])
        if not any(leaf["data"]["orders"] for leaf in made.history() if leaf["type"] == "Published"):
            assert 0 == (sum_since(since) or {})["again"]


@given(PROGRAMS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_it_is_the_difference_of_two_lists(tmp_path_factory: pytest.TempPathFactory, program: Program) -> None:
    """Whoever came, left or changed between the list as known then and as known now, and nobody else."""
    database = SQLiteDatabase(tmp_path_factory.mktemp("views"), "views")
    try:
        check_program(program, database)
    finally:
        database.close()


@pytest.mark.postgresql
def test_it_is_the_difference_of_two_lists_on_postgresql(postgresql_url: str) -> None:
    """The same on PostgreSQL."""
    database = open_database(postgresql_url, "views")

    @given(PROGRAMS)
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
    def check(program: Program) -> None:
        check_program(program, database)

    try:
        check()
    finally:
        database.close()


# ── two dates and two states of knowledge ────────────────────────────────────────────────────────────────────────────


def test_an_end_of_a_comparison_may_be_known_at_an_instant(lists: Lists, maker: StatementMaker) -> None:
    """It is the same as the position that the instant resolves to, inclusive, in any offset."""
    known = len(maker.log.log)
    maker.void(signature(2))
    stamp = maker.log.log[known - 1].recorded_at
    by_position = lists.diff("sample-2021", f"2021-05-10@{known}", "2021-05-10")
    assert ["B"] == [row["name"] for row in by_position["voided"]]
    assert by_position == lists.diff("sample-2021", f"2021-05-10@{stamp}", "2021-05-10")
    assert by_position == lists.diff("sample-2021", f"2021-05-10@{stamp[:-1]}+00:00", "2021-05-10")


@pytest.mark.parametrize(
    ("known", "error"),
    [
        ("2021-06-01T12:00:00", InvalidTime),
        ("2022-01-01T00:00:00Z", KnownAtInFuture),
        ("2020-01-01T00:00:00Z", NotFound),
        ("0500-01-01T00:00:00Z", NotFound),
        ("0", PositionOutOfRange),
        ("T", InvalidTime),
    ],
)
def test_an_instant_that_is_none_is_refused(lists: Lists, known: str, error: type[Exception]) -> None:
    """As it is where the list is asked for."""
    with pytest.raises(error):
        lists.diff("sample-2021", f"2021-05-10@{known}", "2021-05-10")


def test_statement_and_text_are_told_as_known_at_an_instant(lists: Lists, maker: StatementMaker) -> None:
    """Like the list: what was recorded later is not in them."""
    known = maker.log.log[-1].recorded_at
    maker.title("Sample, again", "en", b"Another text.")
    assert "Sample" == lists.statement("sample-2021", known_at=known)["title"]
    assert b"A text." == lists.text("sample-2021", "en", known_at=known)["content"]
    assert "Sample, again" == lists.statement("sample-2021")["title"]


def test_the_record_marks_what_was_entered_late_and_what_came_later(lists: Lists, maker: StatementMaker) -> None:
    """Late is what an edition published before would have held; an unnamed withdrawal is not marked."""
    maker.sign("E", "2021-05-09")
    maker.sign("F", "2021-05-11")
    voided = maker.void(signature(1))
    maker.withdraw(signature(2), "2021-05-12", show=False)
    left = maker.withdraw(signature(3), "2021-05-12")
    annulled = maker.correct(signature(4), {"name": "D, corrected"})
    maker.annul(annulled)
    rows = {row["what"]: row for row in lists.history("sample-2021") if row["type"] == "Signed"}
    assert ["E"] == [name for name, row in rows.items() if row["late"]]
    marks = {name: [(one["type"], one["position"]) for one in row["later"]] for name, row in rows.items()}
    expected = {"A (A )": [("Voided", voided)], "B": [], "C": [("Withdrawn", left)], "D": [], "E": [], "F": []}
    assert expected == marks
    struck = next(row for row in lists.history("sample-2021") if row["type"] == "Voided")
    assert 1 == struck["number"]

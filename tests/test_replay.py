"""The view against the rule against a second fold, while catching up and after a rebuild."""

from __future__ import annotations

import itertools
import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, note, settings

from projections.lists import Lists
from projections.signatory_list import signatory_list
from projections.views import projector, replay, tracking, view
from signatures.database import Database, Transaction, open_database
from signatures.errors import NotFound, ViewBehind
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.histories import DAYS, PROGRAMS, Writer, day
from tests.logmaker import MemoryLog, StatementMaker, uuid
from tests.second_fold import second_fold

NOW = datetime(2021, 7, 1, tzinfo=UTC)
REGISTERS = itertools.count(1)
Program = list[tuple[str, int, int, int]]


@contextmanager
def small_blocks() -> Iterator[None]:
    """Sum up few positions and process few entries at a time, so that short histories cross every border."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projector, "BLOCK", 5)
        patch.setattr(replay, "BATCH", 7)
        patch.setattr(replay, "REBUILD_SECONDS", 0.0)
        yield


@contextmanager
def views() -> Iterator[Database]:
    """Make a fresh place for views."""
    with tempfile.TemporaryDirectory() as folder:
        database = SQLiteDatabase(Path(folder), "views")
        yield database
        database.close()


def pairs(maker: StatementMaker, dates: int) -> Iterator[tuple[str, int, str | None, str]]:
    """Choose dates, languages and forms for every position since the statement was drafted; every date at the last."""
    chance = random.Random(len(maker.log.log))
    days = ["2021-04-30", *[day(number) for number in range(DAYS)], "2021-06-30"]
    newest = len(maker.log.log)
    for position in range(maker.history()[0]["position"], newest + 1):
        for as_of in days if position == newest else chance.sample(days, dates):
            yield as_of, position, chance.choice([None, "de", "fr"]), chance.choice(["standing", "annotated"])


def compare(maker: StatementMaker, lists: Lists, dates: int) -> None:
    """Hold the three derivations equal, byte for byte."""
    history, documents = maker.history(), maker.log.texts
    for as_of, position, language, show in pairs(maker, dates):
        asked: dict[str, Any] = {"as_of": as_of, "position": position, "language": language, "show": show}
        expected = second_fold(history, documents, **asked, root=maker.log.root)
        rule = signatory_list(history, documents, **asked, root=maker.log.root)
        view = lists.signatories(maker.reference, **asked, drafts=True)
        note(f"{as_of} at {position} in {language}, {show}")
        assert json.dumps(expected, indent=1) == json.dumps(rule, indent=1)
        assert json.dumps(rule, indent=1) == json.dumps(view, indent=1)


def grow(maker: StatementMaker, database: Database) -> Lists:
    """Catch up with a log that grows in steps of one to four entries; each is another register's."""
    log = MemoryLog(f"register {next(REGISTERS)}")
    log.texts = maker.log.texts
    lists = Lists(log, database, FixedClock(NOW))
    chance = random.Random(1)
    while len(log.log) < len(maker.log.log):
        log.log = maker.log.log[: len(log.log) + chance.randint(1, 4)]
        lists.replay.catch_up()
    return lists


def check_program(program: Program, database: Database, dates: int) -> None:
    """Write a history, catch up with it, compare, rebuild, compare again."""
    maker = Writer().run(program)
    with small_blocks():
        lists = grow(maker, database)
        compare(maker, lists, dates)
        assert lists.replay.check() is None
        lists.replay.rebuild()
        compare(maker, lists, 1)


TWO = [("sign", 0, 1, 1), ("sign", 1, 1, 1)]
DOUBLED = [*TWO, ("publish", 0, 3, 2)]
AFTER = [("text", 0, 0, 0)] * 6  # further entries, so that counts are kept behind what happened


@given(PROGRAMS)
@example([*DOUBLED, ("leave", 0, 5, 1), *AFTER])
@example([*DOUBLED, ("leave", 0, 5, 1), ("annul", 0, 0, 0), *AFTER])
@example([*DOUBLED, ("void", 1, 5, 1), *AFTER, ("annul", 0, 0, 0), *AFTER])
@example(
    [*TWO, ("publish", 0, 9, 3), ("late", 2, 5, 1), ("leave", 0, 7, 1), ("late", 3, 5, 1), ("date", 3, 8, 1), *AFTER]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_view_rule_and_second_fold_are_equal(program: Program) -> None:
    """At every position and random dates the three derivations give the same bytes, before and after a rebuild."""
    with views() as database:
        check_program(program, database, 3)


@pytest.mark.postgresql
def test_view_rule_and_second_fold_are_equal_on_postgresql(postgresql_url: str) -> None:
    """On PostgreSQL too, where one schema serves one register after another: each is another log and so a rebuild."""
    database = open_database(postgresql_url, "views")

    @given(PROGRAMS)
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def check(program: Program) -> None:
        check_program(program, database, 2)

    try:
        check()
    finally:
        database.close()


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def maker() -> StatementMaker:
    """Make a published list of two, and another statement after it."""
    made = StatementMaker(MemoryLog())
    made.title()
    made.sign("A", "2021-05-01")
    made.publish("2021-05-10")
    made.sign("B", "2021-05-11")
    other = StatementMaker(made.log, "other")
    other.title()
    other.publish("2021-05-10")
    return made


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Address a fresh place for views."""
    opened = open_database(database_url, "views")
    yield opened
    opened.close()


def names(lists: Lists, **question: Any) -> list[str]:
    """Tell the names of a list."""
    answer = lists.signatories("sample-2021", as_of="2021-06-30", **question)
    return [entry["name"] for entry in answer["numbered"] + answer["subsequent"]]


def test_what_cannot_be_processed_stops_one_statement(maker: StatementMaker, database: Database) -> None:
    """Pinned answers up to the last good position are served, later ones are refused by name, others go on."""
    last_good = len(maker.log.log)
    maker.withdraw(uuid("nobody"), "2021-05-20")
    maker.sign("C", "2021-05-21")
    lists = Lists(maker.log, database, FixedClock(NOW))
    assert ["A", "B"] == names(lists, position=last_good)
    with pytest.raises(
        ViewBehind, match=f"sample-2021 cannot be told beyond position {last_good} .There is no signature"
    ):
        names(lists)
    assert 0 == lists.signatories("other")["counts"]["standing"]
    assert ["other"] == [one["reference"] for one in lists.statements()["statements"]]
    paged, after = [], 0
    while page := lists.events("sample-2021", after=after, limit=1):
        paged += page
        after = page[-1]["position"]
    assert maker.history() == lists.events("sample-2021") == paged
    (stopped,) = lists.health()["quarantine"]
    assert (maker.stream, last_good + 1) == (stopped["stream"], stopped["position"])
    assert lists.replay.check() is None


def test_another_version_tries_again(
    maker: StatementMaker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code version stands beside the quarantine; where it is another one, the statement is taken up where it stopped."""
    for number in range(12):
        maker.sign(f"C{number}", "2021-05-21")
    expected = ["A", "B", *[f"C{number}" for number in range(12)]]
    monkeypatch.setattr(replay, "BATCH", 5)
    with monkeypatch.context() as patch:
        patch.setitem(projector._PROJECTED, "Signed", lambda *_: 1 / 0)
        stopped = Lists(maker.log, database, FixedClock(NOW))
        assert ["ZeroDivisionError: division by zero"] == [one["sentence"] for one in stopped.health()["quarantine"]]
    same = Lists(maker.log, database, FixedClock(NOW))
    assert 1 == len(same.health()["quarantine"])
    another = Lists(maker.log, database, FixedClock(NOW))
    another.replay._code = "another"
    assert expected == names(another)
    assert [] == another.health()["quarantine"]
    assert another.replay.check() is None


def test_a_signature_recorded_twice_stops_only_its_statement(maker: StatementMaker, database: Database) -> None:
    """A log that repeats an id is told from a store that cannot be used, while catching up and while rebuilding."""
    lists = Lists(maker.log, database, FixedClock(NOW))
    lists.replay.catch_up()
    last_good = len(maker.log.log)
    maker.sign("A again", "2021-05-12", signature_id=uuid("signature", "sample-2021", 1))
    for _ in range(2):
        assert ["A", "B"] == names(lists, position=last_good)
        (stopped,) = lists.health()["quarantine"]
        assert "was recorded already" in stopped["sentence"]
        lists.replay.rebuild()


def test_a_restored_backup_is_rebuilt(maker: StatementMaker, database: Database) -> None:
    """A log that has not the leaf that the view saw last is another log: also where it is shorter, or as long."""
    lists = Lists(maker.log, database, FixedClock(NOW))
    assert ["A", "B"] == names(lists)
    whole = maker.log.log
    maker.log.log = whole[:4]
    assert ["A"] == names(lists)
    assert ["A"] == names(Lists(maker.log, database, FixedClock(NOW)))
    maker.log.versions[maker.stream] = 4
    for name in ("X", "Y", "Z", "ZZ"):
        maker.sign(name, "2021-05-20")
    assert len(whole) == len(maker.log.log)
    assert ["A", "X", "Y", "Z", "ZZ"] == names(lists)
    maker.log.log = []
    with pytest.raises(NotFound):
        names(lists)


def test_another_schema_is_built_beside(
    maker: StatementMaker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release with another view schema rebuilds on first use; the one before it goes on with its own."""
    older = Lists(maker.log, database, FixedClock(NOW))
    assert ["A", "B"] == names(older)
    first = older.replay.lag()["generation"]
    this, another = view.SCHEMA_VERSION, view.SCHEMA_VERSION + 1
    monkeypatch.setattr(view, "SCHEMA_VERSION", another)
    newer = Lists(maker.log, database, FixedClock(NOW))
    assert ["A", "B"] == names(newer)
    assert first < newer.replay.lag()["generation"]
    monkeypatch.setattr(view, "SCHEMA_VERSION", this)
    assert first == older.replay.lag()["generation"]
    assert ["A", "B"] == names(older)
    monkeypatch.setattr(view, "SCHEMA_VERSION", another)
    newer.replay.rebuild()
    with database.reading() as transaction:
        assert [(another,)] == transaction.execute("SELECT schema_version FROM tracking")


def test_views_that_were_deleted_are_made_again(maker: StatementMaker, database: Database) -> None:
    """Everything of the views may be lost."""
    lists = Lists(maker.log, database, FixedClock(NOW))
    lists.replay.catch_up()
    with database.writing() as transaction:
        transaction.execute("DELETE FROM tracking")
        for table in view.TABLES:
            view.drop(transaction, 1, table, database.engine)
    assert ["A", "B"] == names(Lists(maker.log, database, FixedClock(NOW)))


def test_the_check_names_the_first_difference(maker: StatementMaker, database: Database) -> None:
    """A row that somebody changed is found by a fresh rebuild."""
    lists = Lists(maker.log, database, FixedClock(NOW))
    assert lists.replay.check() is None
    generation = lists.replay.lag()["generation"]
    with database.writing() as transaction:
        transaction.execute(f"UPDATE place_g{generation} SET reason = 'changed'")
    assert "place" in (lists.replay.check() or "")
    lists.replay.rebuild()
    assert lists.replay.check() is None


def test_a_rebuild_that_was_cut_off_is_finished(
    maker: StatementMaker, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another process left half filled is filled up, not begun again."""
    monkeypatch.setattr(replay, "BATCH", 2)
    lists = Lists(maker.log, database, FixedClock(NOW))
    lists.replay.create()
    generation = tracking.begin(lists.replay.views, lists.log.identity(), join=True)
    lists.replay._advance(generation)
    another = Lists(maker.log, database, FixedClock(NOW))
    assert ["A", "B"] == names(another)
    assert generation == another.replay.lag()["generation"]


@pytest.mark.postgresql
def test_a_rebuild_outwaits_autovacuum(
    maker: StatementMaker, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may hold a table for longer than a statement waits for a lock otherwise."""
    database, other = (open_database(postgresql_url, "views") for _ in range(2))
    lists = grow(maker, database)
    make, held = view.later_index, threading.Event()

    def vacuum(table: str) -> None:
        with other.writing() as transaction:
            transaction.execute(f"LOCK TABLE {table} IN SHARE UPDATE EXCLUSIVE MODE")
            held.set()
            time.sleep(1.5)

    def later_index(transaction: Transaction, generation: int, index: str, engine: str) -> None:
        if not held.is_set():
            threading.Thread(target=vacuum, args=(f"signature_g{generation}",)).start()
            assert held.wait(10)
        make(transaction, generation, index, engine)

    monkeypatch.setattr(view, "later_index", later_index)
    assert lists.replay.rebuild() == lists.replay.catch_up()
    assert held.is_set()
    for each in (database, other):
        each.close()


def test_readers_wait_two_seconds_for_one_that_catches_up(maker: StatementMaker, database: Database) -> None:
    """Then they are told to come again; the reader that works goes on."""
    lists = Lists(maker.log, database, FixedClock(NOW))
    with lists.replay._turn, pytest.raises(ViewBehind, match="Nothing is lost"):
        names(lists)
    assert ["A", "B"] == names(lists)


def test_many_readers_and_rebuilds_at_once(maker: StatementMaker, database_url: str) -> None:
    """While the log grows and views are rebuilt, every reader gets the list of a position, and sees its own write."""
    opened = [open_database(database_url, "views") for _ in range(3)]
    everything = [Lists(maker.log, database, FixedClock(NOW)) for database in opened]
    everything[0].replay.catch_up()
    grown = threading.Lock()

    def read(number: int) -> bool:
        with grown:
            maker.sign(f"N{number}", "2021-05-20")
            position = len(maker.log.log)
        answer = everything[number % 3].signatories("sample-2021", as_of="2021-06-30")
        if number % 10 == 0:
            everything[number % 3].replay.rebuild()
        count = sum(entry.type == "Signed" for entry in maker.log.log[: answer["position"]])
        return bool(answer["position"] >= position and answer["counts"]["standing"] == count)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(40)))
    assert everything[0].replay.check() is None
    for database in opened:
        database.close()

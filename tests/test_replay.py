"""The view against the rule against a second fold, while catching up and after a rebuild."""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, note, settings

from projections import projector, replay
from projections.lists import Lists
from projections.signatory_list import signatory_list
from signatures.database import Database, SQLiteDatabase, open_database
from tests.clock import FixedClock
from tests.histories import DAYS, PROGRAMS, Writer, day
from tests.logmaker import MemoryLog, StatementMaker
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
    """Choose dates, languages and forms for every position since the statement was drafted."""
    chance = random.Random(len(maker.log.log))
    days = ["2021-04-30", *[day(number) for number in range(DAYS)], "2021-06-30"]
    for position in range(maker.history()[0]["position"], len(maker.log.log) + 1):
        for as_of in chance.sample(days, dates):
            yield as_of, position, chance.choice([None, "de", "fr"]), chance.choice(["standing", "annotated"])


def compare(maker: StatementMaker, lists: Lists, dates: int) -> None:
    """Hold the three derivations equal, byte for byte."""
    history, documents = maker.history(), maker.log.texts
    for as_of, position, language, show in pairs(maker, dates):
        expected = second_fold(history, documents, as_of=as_of, position=position, language=language, show=show)
        rule = signatory_list(history, documents, as_of=as_of, position=position, language=language, show=show)
        view = lists.signatories(
            maker.reference, as_of=as_of, position=position, language=language, show=show, drafts=True
        )
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


@given(PROGRAMS)
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

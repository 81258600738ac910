"""The days on which a list changes: between two of them nothing does, whatever happened."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from projections import stillness
from projections.lists import Lists
from projections.rendering.json import json_bytes
from projections.signatory_list import signatory_list
from signatures.database import open_database
from tests.clock import FixedClock
from tests.histories import DAYS, PROGRAMS, Writer, day
from tests.logmaker import MemoryLog, StatementMaker

NOW = datetime(2021, 7, 1, tzinfo=UTC)
EVERY_DAY = ["2021-04-29", "2021-04-30", *map(day, range(DAYS + 1)), "2021-06-30", "2021-07-01"]
REGISTERS = itertools.count(1)
Program = list[tuple[str, int, int, int]]


@pytest.fixture(scope="module")
def views_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Keep the views of all histories in one place, one after the other."""
    return f"sqlite:///{tmp_path_factory.mktemp('views')}"


def told(maker: StatementMaker, as_of: str, position: int, show: str) -> bytes:
    """Tell by the rule what a list says, but for the date that it names."""
    answer = signatory_list(maker.history(), maker.log.texts, as_of=as_of, position=position, show=show)
    return json_bytes({**answer, "as_of": None})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PROGRAMS)
def test_nothing_changes_between_two_days_of_change(views_url: str, program: Program) -> None:
    """By the rule, two dates in one stretch have the same list, as known at any position."""
    maker = Writer().run(program)
    maker.log.register = f"register {next(REGISTERS)}"
    database = open_database(views_url, "views")
    lists = Lists(maker.log, database, FixedClock(NOW))
    for position in range(maker.history()[0]["position"], len(maker.log.log) + 1, 3):
        asked: dict[str, Any] = {"as_of": day(3), "position": position, "drafts": True}
        days = lists.signatories(maker.reference, **asked).days
        assert days is not None
        for before, after in itertools.pairwise(EVERY_DAY):
            note(f"{before} and {after} at {position}, {days}")
            if not any(before < one <= after for one in days):
                for show in ("standing", "annotated"):
                    assert told(maker, before, position, show) == told(maker, after, position, show)
    database.close()


@pytest.fixture
def lists(database_url: str) -> Any:
    """Ask about five that sign on a day each, and one of whom withdraws."""
    maker = StatementMaker(MemoryLog())
    maker.title()
    ids = [maker.sign(f"Body {number}", f"2021-05-0{number}") for number in range(1, 6)]
    maker.withdraw(ids[0], "2021-05-20")
    database = open_database(database_url, "views")
    yield Lists(maker.log, database, FixedClock(NOW))
    database.close()


def test_the_days_are_those_of_signatures_and_of_what_was_said(lists: Lists) -> None:
    """No edition, no closing: the days of five signatures and of a withdrawal."""
    answer = lists.signatories("sample-2021", as_of="2021-05-03", drafts=True)
    assert (*[f"2021-05-0{number}" for number in range(1, 6)], "2021-05-20") == answer.days


def test_a_page_of_a_list_and_a_list_of_today_have_none(lists: Lists) -> None:
    """Cursors name the date; and what is asked without a date moves on with the calendar."""
    for asked in ({"as_of": "2021-05-03", "limit": 2}, {}, {"as_of": ""}):
        assert lists.signatories("sample-2021", drafts=True, **asked).days is None


@pytest.mark.parametrize(("most", "found"), [(5, True), (4, False)])
def test_a_long_list_is_not_looked_through(
    lists: Lists, monkeypatch: pytest.MonkeyPatch, most: int, *, found: bool
) -> None:
    """Where there are more signatures than are looked at, each date is a question of its own."""
    monkeypatch.setattr(stillness, "MOST", most)
    answer = lists.signatories("sample-2021", as_of="2021-05-03", drafts=True)
    assert found == (answer.days is not None)

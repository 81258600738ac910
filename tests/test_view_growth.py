"""What a question of a list costs does not grow with the list: SQLite's own steps are counted, not seconds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from projections.answers import Answer
from projections.views import projector
from projections.views.generation import Generation
from signatures.sqlite import SQLiteDatabase
from tests.benchmarks.views import EARLY, FIND, QUESTIONS, SIGN, Filled, Question, filled

SMALL, LARGE = 600, 12_000
STEP = 100  # virtual machine instructions between two counts
ASKED = [name for name in QUESTIONS if name not in (FIND, SIGN)]


@pytest.fixture(scope="module")
def registers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Filled]]:
    """Fill a list, and one twenty times as long; what is kept only for some thousands of entries is kept for hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projector, "BLOCK", 256)
        folders = [Path(tmp_path_factory.mktemp(f"size{size}")) for size in (SMALL, LARGE)]
        registers = [filled(f"sqlite:///{folder}", size) for folder, size in zip(folders, (SMALL, LARGE), strict=True)]
        yield registers
    for one in registers:
        one.register.store.database.close()
        one.lists.replay.views.close()


def steps(one: Filled, question: Question, number: int = 3) -> int:
    """Count the instructions that an answer takes, none being kept."""
    connections = [
        connection
        for database in (one.lists.replay.views, one.register.store.database)
        for connection in cast(SQLiteDatabase, database)._idle
    ]
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    one.lists._kept = type(one.lists._kept)()
    for connection in connections:
        connection.set_progress_handler(count, STEP)
    question(one, number)
    for connection in connections:
        connection.set_progress_handler(None, 0)
    return counted[0] * STEP


@pytest.mark.parametrize("name", ASKED)
def test_a_question_costs_the_same_of_a_list_twenty_times_as_long(registers: list[Filled], name: str) -> None:
    """At most twice the steps, where a walk over all would take twenty times as many; few among many, their square root."""
    few, many = (steps(one, QUESTIONS[name]) for one in registers)
    assert few > 0
    assert many <= (5 if name == EARLY else 2) * few + 30 * STEP


def test_what_was_known_long_ago_costs_what_was_known_lately(registers: list[Filled]) -> None:
    """Counts are counted from the nearest ones that were kept, not through all that was recorded later."""
    newest = registers[1].newest
    long_ago, lately = (
        steps(registers[1], lambda one, _, at=at: counts_at(one, at))  # type: ignore[misc]
        for at in (newest * share // 100 // 256 * 256 + 100 for share in (55, 95))  # as far from what was kept
    )
    assert long_ago <= 1.2 * lately


def counts_at(one: Filled, position: int) -> Answer:
    """Ask for the counts as known at a position."""
    return one.lists.signatories("bench", as_of="2020-06-01", position=position, limit=1)


@pytest.mark.parametrize("as_of", ["1990-01-01", "2019-01-02", "2019-01-05", "2019-06-01"])
def test_few_are_gathered_and_many_are_walked_to(
    registers: list[Filled], as_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a date on which hardly anybody had signed, the page costs what those few cost; it is the same either way."""
    answers: list[Answer] = []

    def ask(one: Filled, _: int) -> None:
        answers.append(one.lists.signatories("bench", as_of=as_of, limit=100))

    spent = steps(registers[1], ask)
    read = Generation.received
    for few in (False, True):
        monkeypatch.setattr(Generation, "received", lambda *asked, few=few, **how: read(*asked, **{**how, "few": few}))
        steps(registers[1], ask)
    assert answers[0] == answers[1] == answers[2]
    assert spent <= 40_000


def test_a_list_without_an_edition_ends_where_the_last_one_stands(registers: list[Filled]) -> None:
    """Page by page, forward and back, it is the list as a whole, numbered without a gap."""
    lists = registers[0].lists
    whole = lists.whole("bench", as_of="2019-09-01")["numbered"]
    assert [entry["number"] for entry in whole] == list(range(1, len(whole) + 1))
    pages, answer = [], lists.signatories("bench", as_of="2019-09-01", limit=50)
    while True:
        pages.append(answer["numbered"])
        if answer.next is None:
            break
        answer = lists.signatories("bench", as_of="2019-09-01", cursor=answer.next, limit=50)
    assert [entry for page in pages for entry in page] == whole
    assert len(pages) == -(-len(whole) // 50)
    for page in reversed(pages[:-1]):
        answer = lists.signatories("bench", as_of="2019-09-01", cursor=answer.previous, limit=50)
        assert page == answer["numbered"]
    assert answer.previous is None or lists.signatories("bench", cursor=answer.previous, limit=50)["numbered"] == []

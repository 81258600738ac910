"""What a command costs does not grow with what it does not need: SQLite's own steps are counted, not seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from signatures.aggregate import Actor
from signatures.organisation import NameParts
from signatures.register import Register
from tests.benchmarks.filling import append, sized
from tests.clock import FixedClock

EDITOR = Actor("editor", "growth")
SMALL, LARGE = 200, 6_000
STEP = 100  # virtual machine instructions between two counts


@pytest.fixture
def register(sqlite_url: str) -> Iterator[Register]:
    """Fill a statement with two hundred signatures."""
    filled = sized(sqlite_url, "bench", SMALL, FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC)))
    yield filled
    filled.store.database.close()


def steps(register: Register, command: Callable[[], Any]) -> int:
    """Count the instructions of SQLite's virtual machine that a command takes."""
    register.store.newest()
    (connection,) = register.store.database._idle
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    connection.set_progress_handler(count, STEP)
    command()
    connection.set_progress_handler(None, 0)
    return counted[0] * STEP


@pytest.mark.parametrize("kind", ["sign", "withdraw", "correct", "void", "annul", "close"])
def test_a_command_costs_the_same_beside_thirty_times_as_many_signatures(register: Register, kind: str) -> None:
    """At most twice the steps (indexes grow deeper), where a walk over the signatures would take thirty times."""
    numbers = iter(range(100))

    def prepared() -> Callable[[], Any]:
        number = next(numbers)
        parts = NameParts(f"Signing body {number}")
        if kind == "sign":
            return lambda: register.sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api")
        if kind == "close":
            return lambda: register.close_signing(EDITOR, "bench", on=f"2027-01-{28 - number:02}")
        id_ = register.sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api").signature_id
        if kind == "annul":
            position = register.void(EDITOR, id_).position
            return lambda: register.annul(EDITOR, "bench", position)
        return {
            "withdraw": lambda: register.withdraw(EDITOR, id_, on="2026-11-22"),
            "correct": lambda: register.correct(EDITOR, id_, {"name": "Set right"}),
            "void": lambda: register.void(EDITOR, id_),
        }[kind]

    few = max(steps(register, prepared()) for _ in range(3))
    append(register, "bench", register.statement("bench").signings, LARGE, late=True)
    many = min(steps(register, prepared()) for _ in range(3))
    assert many <= 2 * few + 10 * STEP

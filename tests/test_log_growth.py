"""What a question about the log costs does not grow with the log: SQLite's own steps are counted, not seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from projections.proofs import Proofs
from projections.views import lookups
from projections.views.replay import Replay
from signatures.database import Database, open_database
from signatures.proof.checkpoints import Checkpoints
from signatures.register import Register
from tests.benchmarks.filling import append, sized
from tests.clock import FixedClock
from tests.eventful import sign
from tests.test_growth import LARGE, SMALL, STEP


def mergers(proofs: Proofs) -> object:
    """Ask what every page about an organisation asks, the one of a receipt too."""
    with proofs.replay.reading() as (view, _):
        return lookups.mergers(view)


QUESTIONS: dict[str, Callable[[Proofs], object]] = {
    "checkpoint": lambda proofs: proofs.checkpoint(),
    "earlier checkpoint": lambda proofs: proofs.checkpoint(100),
    "first entries": lambda proofs: proofs.entries(0, 50),
    "last entries": lambda proofs: proofs.entries(proofs.tree.size() - 50, 50),
    "proof": lambda proofs: proofs.proof(77),
    "consistency": lambda proofs: proofs.consistency(77),
    "tile": lambda proofs: proofs.tile("0/000.p/50"),
    "witnesses": lambda proofs: proofs.witnessed(),
}


class Place:
    """A register with a published statement of so many signatures, signed and looked at once."""

    def __init__(self, folder: Path, url: str) -> None:
        self.register: Register = sized(url, "bench", SMALL, FixedClock(datetime(2026, 11, 22, 12, tzinfo=UTC)))
        self.store, self.views = self.register.store, open_database(url, "views")
        self.checkpoints = Checkpoints(self.store, folder / "state", folder / "key.pem")
        self.checkpoints.prepare(None)
        replay = Replay(self.store, self.views)
        replay.create()
        self.proofs = Proofs(self.store, self.checkpoints, replay)

    def settle(self) -> None:
        """Sign what is new, and bring the view up to date."""
        self.checkpoints.make()
        self.proofs.replay.catch_up()

    def steps(self, question: Callable[[Proofs], object]) -> int:
        """Count the instructions of SQLite's virtual machine that a question takes in both databases."""
        counted = [0]

        def count() -> int:
            counted[0] += 1
            return 0

        databases: list[Database] = [self.store.database, self.views]
        for database in databases:
            with database.reading():
                pass
            for connection in database._idle:
                connection.set_progress_handler(count, STEP)
        question(self.proofs)
        for database in databases:
            for connection in database._idle:
                connection.set_progress_handler(None, 0)
        return counted[0] * STEP

    def close(self) -> None:
        """Close the stores."""
        self.store.database.close()
        self.views.close()


@pytest.fixture
def place(tmp_path: Path, sqlite_url: str) -> Iterator[Place]:
    """Fill a statement with two hundred signatures."""
    made = Place(tmp_path, sqlite_url)
    made.settle()
    yield made
    made.close()


def test_no_question_about_the_log_costs_more_as_it_grows(place: Place) -> None:
    """At most twice the steps (a tree grows deeper) beside thirty times as many entries, where a walk would take thirty."""
    few = {name: place.steps(question) for name, question in QUESTIONS.items()}
    append(place.register, "bench", place.register.statement("bench").signings, LARGE, late=True)
    place.settle()
    many = {name: place.steps(question) for name, question in QUESTIONS.items()}
    assert [] == [name for name in QUESTIONS if many[name] > 2 * few[name] + 20 * STEP], (few, many)
    assert few["first entries"] > 0


def test_who_is_merged_costs_no_more_beside_more_organisations(place: Place) -> None:
    """A page about an organisation goes through the mergers, which are few, and not through all that is registered."""
    few = place.steps(mergers)
    with place.store.writing():
        for number in range(SMALL * 5):
            sign(place.register, f"Body {number}", "bench", on="2026-11-22")
    place.settle()
    assert place.steps(mergers) <= 2 * few + 20 * STEP

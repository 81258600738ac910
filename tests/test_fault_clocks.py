"""Answers asked again for ever: whatever the clock does, after restarts, rebuilds, upgrades and later entries, the same bytes."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from urllib.parse import urlencode

import pytest
from flask import Flask

import wsgi
from projections.room import ReadingRoom
from projections.views import view
from signatures.log.derive import check
from signatures.organisation import NameParts
from signatures.register import Receipt
from signatures.room import Room
from tests.busy import DAYS, EDITOR, ZONES, Busy
from tests.clock import FixedClock

pytestmark = pytest.mark.faults
QUESTIONS = int(os.environ.get("CLOCK_QUESTIONS", "25"))  # each asked again after every change; `make faults`: 500
STEPS = int(os.environ.get("CLOCK_STEPS", "80"))
BEGIN = datetime(2021, 3, 10, 12, tzinfo=UTC)
NOW = datetime(2028, 6, 1, 12, tzinfo=UTC)
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)
# The moments at which the clocks of the statements' zones are put forward or back.
EDGES = [
    *(datetime(2029, 3, 11, 7, tzinfo=UTC), datetime(2029, 3, 25, 1, tzinfo=UTC), datetime(2029, 3, 31, 14, tzinfo=UTC)),
    *(datetime(2029, 9, 29, 14, tzinfo=UTC), datetime(2029, 10, 28, 1, tzinfo=UTC), datetime(2029, 11, 4, 6, tzinfo=UTC)),
]  # fmt: skip
SECOND = timedelta(seconds=1)


class Kept:
    """A register, its clock, and answers that were given once."""

    def __init__(self, environ: dict[str, str], clock: FixedClock) -> None:
        """Ask nothing yet."""
        self.environ, self.clock = environ, clock
        self.answers: dict[str, bytes] = {}
        self.asked_again, self.names = 0, count(1)

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """Start the app."""
        app = wsgi.create_app(self.environ, self.clock)
        try:
            yield app
        finally:
            app.extensions["room"].close()

    def changed(self, app: Flask) -> list[str]:
        """Ask everything again; name the questions whose answer is another one, and in the first round keep it."""
        client, found = app.test_client(use_cookies=False), []
        for path, known in self.answers.items():
            answer = client.get(path)
            assert 200 == answer.status_code, (path, answer.text)
            self.asked_again += bool(known)
            if known and known != answer.data:
                found.append(path)
            self.answers[path] = known or answer.data
        return found

    def sign(self, app: Flask) -> Receipt:
        """Record one more signature, on a date long ago, so that it belongs into many of the lists."""
        room: Room = app.extensions["room"]
        name = f"Later Union {next(self.names)}"
        return room.register.sign(EDITOR, "north-2021", NameParts(name), signed_on=DAYS[0], method="api")


@pytest.fixture
def kept(environ: dict[str, str]) -> Iterator[Kept]:
    """Fill a register over the days on which clocks are put, and choose questions; at the end everything must agree."""
    wsgi.initialise(environ)
    clock = FixedClock(BEGIN)
    with closing(Room(environ, clock)) as room:
        busy = Busy(room.register, ReadingRoom(room).lists, clock, seed=7)
        busy.go_on(STEPS)
        clock.set(max(NOW, clock()))
        busy.publish_all()
        made = Kept(environ, clock)
        made.answers = dict.fromkeys(questions(room), b"")
    yield made
    with closing(Room(environ, clock)) as room:
        assert [] == check(room.store)
        assert ReadingRoom(room).lists.replay.check() is None


def questions(room: Room) -> Iterator[str]:
    """Choose statements, dates, moments and positions, languages and forms; no draft's, which the public does not see."""
    chance, newest = random.Random(5), room.store.max_notification_id() or 0
    moments = ["2020-01-01", "2021-12-31", "2021-10-31T00:30:00+01:00", "2021-03-28T01:30:00+00:00"]
    first = {reference: published(room, reference) for reference in ZONES}
    for _ in range(QUESTIONS):
        reference = chance.choice(list(ZONES))
        asked = {
            "as_of": chance.choice([*DAYS, *moments]),
            "position": chance.randint(first[reference], newest),
            "language": chance.choice(["en", "de"]),
            "show": chance.choice(["standing", "annotated"]),
        }
        yield f"/api/v1/statements/{reference}/signatories?{urlencode(asked)}"


def published(room: Room, reference: str) -> int:
    """Tell the position of a statement's first edition."""
    entries = room.store.stream_entries(f"statement/{room.register.statement(reference).id}")
    return next(entry.position for entry in entries if entry.type == "Published")


def test_answers_stay_while_the_clock_steps(kept: Kept) -> None:
    """An hour and a year forward and back, over every edge of summer time: signing goes on, and no answer changes."""
    with kept.app() as app:
        assert [] == kept.changed(app) == kept.changed(app)
        for step in (HOUR, -2 * HOUR, HOUR, YEAR, -2 * YEAR, YEAR):
            kept.clock.advance(step)
            kept.sign(app)
            assert [] == kept.changed(app)
        for edge in EDGES:
            for moment in (edge - SECOND, edge, edge + SECOND, edge - HOUR):
                kept.clock.set(moment)
                kept.sign(app)
        assert [] == kept.changed(app)
        entries = app.extensions["room"].store.entries(0, 10_000)
    assert [*range(1, len(entries) + 1)] == [entry.position for entry in entries]
    assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(entries))
    print(f"\n{kept.asked_again} answers asked again")
    assert kept.asked_again == 8 * len(kept.answers)


def test_answers_stay_after_restart_rebuild_and_upgrade(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a new process, from a view made anew, by another release of views and upon tables of the first version."""
    with kept.app() as app:
        kept.changed(app)
    for change in (nothing, rebuilt, later_views, earlier_views, first_tables):
        change(kept, monkeypatch)
        with kept.app() as app:
            kept.sign(app)
            assert [] == kept.changed(app), change.__name__
    print(f"\n{kept.asked_again} answers asked again")
    assert kept.asked_again == 5 * len(kept.answers)


def nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start anew, and that is all."""


def rebuilt(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebuild."""
    with closing(Room(kept.environ, kept.clock)) as room:
        ReadingRoom(room).lists.replay.rebuild()


def later_views(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Become a release whose views have other tables."""
    monkeypatch.setattr(view, "SCHEMA_VERSION", view.SCHEMA_VERSION + 1)


def earlier_views(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go back to the release before, whose view stood still meanwhile."""
    monkeypatch.undo()


def first_tables(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take from the register what its first version did not have, and upgrade it."""
    with closing(Room(kept.environ, kept.clock)) as room, room.store.writing() as transaction:
        transaction.execute("ALTER TABLE log DROP COLUMN nodes")
        transaction.execute("UPDATE identity SET value = '1' WHERE name = 'schema'")
    wsgi.initialise(kept.environ, kept.clock)

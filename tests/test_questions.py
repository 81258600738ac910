"""Random questions after a list: view, rule, second fold and auditor answer with the same bytes, today and ever after.

QUESTIONS says how many on each database: 5,000, and so 10,000 in all, if it is not set.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

import wsgi
from projections.auditing import questions as auditors
from projections.auditing.audit import Audited, Trust, audited
from projections.auditing.moment import Asked
from projections.lists import Lists
from projections.room import ReadingRoom
from projections.signatory_list import signatory_list
from signatures.room import Room
from tests.busy import DAYS, ZONES, Busy
from tests.clock import FixedClock
from tests.second_fold import second_fold

QUESTIONS = int(os.environ.get("QUESTIONS", "5000"))
STEPS = 400
BEGIN, END = datetime(2021, 3, 10, 12, tzinfo=UTC), datetime(2021, 12, 1, tzinfo=UTC)


class Question(NamedTuple):
    """A question after a list: the date as it is asked, and the civil date that it means."""

    reference: str
    asked: str
    as_of: str
    position: int
    language: str | None
    show: str


def questions(room: Room, chance: random.Random) -> Iterator[Question]:
    """Ask about any statement, date and position; every fourth time about a moment, near a day's end in some zone."""
    newest = room.store.max_notification_id() or 0
    begun = {
        reference: room.store.stream_entries(f"statement/{room.register.statement(reference).id}")[0].position
        for reference in ZONES
    }
    for number in range(QUESTIONS):
        reference = chance.choice(list(ZONES))
        as_of = asked = chance.choice([*DAYS, "2020-01-01", "2021-12-31"])
        if number % 4 == 0:
            moment = datetime.fromisoformat(f"{as_of}T00:00:00Z") + timedelta(minutes=chance.randrange(-900, 2400))
            asked = moment.astimezone(ZoneInfo(chance.choice(list(ZONES.values())))).isoformat()
            as_of = moment.astimezone(ZoneInfo(ZONES[reference])).date().isoformat()
        position = chance.randint(begun[reference], newest)
        yield Question(
            reference, asked, as_of, position, chance.choice([None, "de"]), chance.choice(["standing", "annotated"])
        )


def seen(lists: Lists, question: Question) -> bytes:
    """Answer from the view."""
    answer = lists.signatories(
        question.reference, as_of=question.asked, position=question.position, language=question.language,
        show=question.show, drafts=True,
    )  # fmt: skip
    return json.dumps(answer).encode()


class Folds:
    """The rule and the second fold over the log itself."""

    def __init__(self, room: Room) -> None:
        """Read the histories once."""
        self.root = room.store.root
        self.histories: dict[str, list[dict[str, Any]]] = {
            reference: [
                entry.document()
                for entry in room.store.stream_entries(f"statement/{room.register.statement(reference).id}")
            ]
            for reference in ZONES
        }
        names = {
            name
            for history in self.histories.values()
            for leaf in history
            if leaf["type"] == "Published"
            for name in (leaf["data"]["orders"] or {}).values()
        }
        self.documents = {name: room.store.text(name) or b"" for name in names}

    def answers(self, question: Question) -> tuple[bytes, bytes]:
        """Answer by the rule, and by the fold that shares nothing with it."""
        asked: dict[str, Any] = {
            "as_of": question.as_of, "position": question.position, "language": question.language, "show": question.show,
            "root": self.root,
        }  # fmt: skip
        history = self.histories[question.reference]
        rule, second = (fold(history, self.documents, **asked) for fold in (signatory_list, second_fold))
        return json.dumps(rule).encode(), json.dumps(second).encode()


@contextmanager
def restarted(environ: dict[str, str], now: datetime) -> Iterator[Lists]:
    """Open the register anew, at a clock's time; nothing is kept from before."""
    with closing(Room(environ, FixedClock(now))) as room:
        yield ReadingRoom(room).lists


@pytest.fixture
def busy(environ: dict[str, str]) -> Iterator[Room]:
    """Fill a register over the days on which clocks are put."""
    wsgi.initialise(environ)
    clock = FixedClock(BEGIN)
    with closing(Room(environ, clock)) as room:
        lists = ReadingRoom(room).lists
        maker = Busy(room.register, lists, clock, seed=len(environ["SIGNATURES_DATABASE"]))
        maker.go_on(STEPS)
        clock.set(max(END, clock()))
        maker.publish_all()
        room.checkpoints.make()
        yield room


def test_every_derivation_gives_the_same_bytes(busy: Room, environ: dict[str, str], tmp_path: Path) -> None:
    """While the views caught up, after a rebuild, after a restart, with the clock an hour off, and from a bundle offline."""
    lists, folds = ReadingRoom(busy).lists, Folds(busy)
    answers: dict[Question, bytes] = {}
    for question in questions(busy, random.Random(4)):
        answers[question] = seen(lists, question)
        assert [answers[question]] * 2 == list(folds.answers(question)), question
    lists.replay.rebuild()
    now = busy.clock()
    for hours in (0, -1, 1):
        with restarted(environ, now + timedelta(hours=hours)) as again:
            assert [] == [question for question in answers if answers[question] != seen(again, question)]
    exported(environ, tmp_path / "bundle")
    with audited(tmp_path / "bundle", Trust([busy.checkpoints.key()], None, [])) as audit:
        assert audit.report.sound
        assert [] == [question for question in answers if answers[question] != audits(audit, question)]


def exported(environ: dict[str, str], folder: Path) -> None:
    """Write the bundle as an operator hands it on."""
    result = CliRunner(env=environ).invoke(wsgi.main, ["export", str(folder), "--public"])
    assert 0 == result.exit_code, result.output


def audits(audit: Audited, question: Question) -> bytes:
    """Answer from the bundle alone, as the auditor does."""
    written: list[str] = []
    moment = Asked(as_of=question.asked, position=str(question.position))
    asked = auditors.Question(question.reference, moment, show=question.show, language=question.language, format="json")
    auditors.answer(audit, asked, written.append)
    return json.dumps(json.loads("".join(written))).encode()

"""A state machine drives the commands and holds view, rule and second fold equal, at every position and on both databases.

Whatever commands allow or refuse in whatever order, the derived rows agree with the log, a numbered place never moves
within an edition, and no organisation stands twice under one statement.
"""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from projections.lists import Lists
from projections.signatory_list import signatory_list
from signatures.aggregate import Actor, Reason
from signatures.database import open_database
from signatures.errors import RegisterError, StorageUnavailable
from signatures.log import derive
from signatures.log.store import Store
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.register import Recorded, Register
from tests.clock import FixedClock
from tests.logmaker import document_of
from tests.second_fold import second_fold

NOW = datetime(2021, 7, 1, 12, tzinfo=UTC)
DAYS = [f"2021-06-{day:02}" for day in range(1, 13)]
NAMES = ("Alpha Union", "Beta Bund", "Союз Гамма", "Délta", "اتحاد", "Zeta")
EDITOR = Actor("editor", "machine")
MACHINES = itertools.count(1)
STATEMENTS = ("one-2021", "two-2021")


class RegisterMachine(RuleBasedStateMachine):
    """Two statements, six organisations, every command; what is refused must have written nothing."""

    url: str

    def __init__(self) -> None:
        """Work on a fresh register; on PostgreSQL on fresh tables of the same database."""
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = self.url or f"sqlite:///{self.folder.name}/var"
        self.clock = FixedClock(NOW)
        self.databases = [open_database(url, name) for name in ("register", "views")]
        self.store = Store(self.databases[0], self.clock)
        if self.url:
            self.empty_tables()
        self.store.create()
        self.register = Register(self.store)
        self.lists = Lists(self.store, self.databases[1], self.clock)
        self.lists.create()
        self.chance = random.Random(next(MACHINES))

    def empty_tables(self) -> None:
        """Drop what the machine before left."""
        with self.databases[0].writing() as transaction:
            for schema in ("register", "views"):
                transaction.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def teardown(self) -> None:
        """Compare everything once more at the end, then leave nothing open."""
        try:
            self.compare_all()
        finally:
            for database in self.databases:
                database.close()
            self.folder.cleanup()

    def tell(self, command: Callable[[], Any]) -> Any:
        """Run a command; a refusal must leave the log as it was."""
        before = self.store.newest()
        try:
            return command()
        except StorageUnavailable:
            raise
        except RegisterError:
            assert before == self.store.newest()
            return None

    def some_signature(self, number: int) -> str | None:
        """Choose one of all signatures ever given."""
        with self.store.reading() as transaction:
            rows = transaction.execute("SELECT id FROM signature ORDER BY position")
        return str(rows[number % len(rows)][0]) if rows else None

    @initialize()
    def draft(self) -> None:
        """Begin two statements in different zones."""
        for reference, zone in zip(STATEMENTS, ("Europe/Berlin", "Pacific/Auckland"), strict=True):
            self.register.draft(EDITOR, reference=reference, kind="statement", time_zone=zone, default_language="en")
            self.register.set_text(EDITOR, reference, language="en", title=f"Title of {reference}", text="Text.")

    @rule(reference=st.sampled_from(STATEMENTS), name=st.sampled_from(NAMES), on=st.sampled_from(DAYS))
    def sign(self, reference: str, name: str, on: str) -> None:
        """Sign, perhaps again."""
        parts = NameParts(name, acronym=name[:1], translations={"de": f"{name} auf Deutsch"})
        self.tell(lambda: self.register.sign(EDITOR, reference, parts, signed_on=on, method="api"))

    @rule(number=st.integers(0, 30), on=st.sampled_from(DAYS), show=st.booleans())
    def withdraw(self, number: int, on: str, show: bool) -> None:
        """Withdraw, perhaps what does not stand."""
        if id_ := self.some_signature(number):
            self.tell(lambda: self.register.withdraw(EDITOR, id_, on=on, show=show, reason=Reason("own-request")))

    @rule(
        number=st.integers(0, 30),
        changes=st.sampled_from(
            [
                {"name": "Corrected"},
                {"translation": "In English"},
                {"country": "Kenya"},
                {"signed_on": DAYS[3]},
                {"acronym": None},
            ]
        ),
        on=st.none() | st.sampled_from(DAYS),
    )
    def correct(self, number: int, changes: dict[str, Any], on: str | None) -> None:
        """Correct, for all dates or from one on."""
        if id_ := self.some_signature(number):
            self.tell(lambda: self.register.correct(EDITOR, id_, changes, on=on))

    @rule(number=st.integers(0, 30), other=st.integers(0, 30))
    def correct_owner(self, number: int, other: int) -> None:
        """Say that another organisation signed."""
        if (id_ := self.some_signature(number)) and (second := self.some_signature(other)):
            owner = self.register.signature(second).organisation
            self.tell(lambda: self.register.correct(EDITOR, id_, {"organisation_id": owner}))

    @rule(number=st.integers(0, 30))
    def void(self, number: int) -> None:
        """Void, perhaps again."""
        if id_ := self.some_signature(number):
            self.tell(lambda: self.register.void(EDITOR, id_, reason=Reason("fraud", "not theirs")))

    @rule(reference=st.sampled_from(STATEMENTS), back=st.integers(0, 12))
    def annul(self, reference: str, back: int) -> None:
        """Annul one of the last entries, whatever it is."""
        newest = self.store.newest()
        position = (newest.position if newest else 0) - back
        if position > 0:
            self.tell(lambda: self.register.annul(EDITOR, reference, position))

    @rule(
        reference=st.sampled_from(STATEMENTS),
        on=st.sampled_from(DAYS),
        how=st.sampled_from(["received", "shuffled", "whole"]),
    )
    def publish(self, reference: str, on: str, how: str) -> None:
        """Publish as received, or in an order with a section and a gap, perhaps with ids of another day."""
        orders = None
        if how != "received":
            answer = self.lists.whole(reference, as_of=on, drafts=True)
            ids = [entry["signature_id"] for entry in answer["numbered"] + answer["subsequent"]]
            self.chance.shuffle(ids)
            lines = [OrderLine("signature", id_) for id_ in dict.fromkeys(ids)]
            orders = {"en": [OrderLine("section", "All"), *lines, OrderLine("gap", "left free")], "de": lines[1:]}
        self.tell(lambda: self.register.publish(EDITOR, reference, as_of=on, orders=orders))

    @rule(
        reference=st.sampled_from(STATEMENTS),
        on=st.sampled_from(DAYS),
        what=st.sampled_from(["close", "reopen", "reopen"]),
    )
    def close(self, reference: str, on: str, what: str) -> None:
        """Close or reopen on a date."""
        command = self.register.close_signing if what == "close" else self.register.reopen_signing
        self.tell(lambda: command(EDITOR, reference, on=on))

    @rule(on=st.sampled_from(DAYS[-2:]))
    def retract(self, on: str) -> None:
        """Take the second statement back."""
        self.tell(lambda: self.register.retract(EDITOR, STATEMENTS[1], on=on))

    @rule(one=st.integers(0, 30), other=st.integers(0, 30))
    def merge(self, one: int, other: int) -> None:
        """Say that two registrations are one body."""
        if (first := self.some_signature(one)) and (second := self.some_signature(other)):
            ids = [self.register.signature(id_).organisation for id_ in (first, second)]
            self.tell(lambda: self.register.merge(EDITOR, ids[0], ids[1]))

    @rule(number=st.integers(1, 60))
    def withhold(self, number: int) -> None:
        """Erase an entry by order, perhaps one that is erased already or that cannot be."""
        newest = self.store.newest()
        if newest is not None:
            self.tell(lambda: self.register.withhold(EDITOR, 1 + number % newest.position, Reason("legal", "by order")))

    @rule(hours=st.sampled_from([-48, -1, 1, 30]))
    def turn_clock(self, hours: int) -> None:
        """Let the clock jump; stamps never fall."""
        self.clock.advance(timedelta(hours=hours))
        recorded: Recorded | None = self.tell(
            lambda: self.register.amend(EDITOR, STATEMENTS[0], {"kind": f"statement {self.chance.random():.6f}"})
        )
        assert recorded is not None

    @invariant()
    def stamps_never_fall(self) -> None:
        """The log is contiguous and its stamps do not fall."""
        entries = self.store.entries(0, 1_000)
        assert list(range(1, len(entries) + 1)) == [entry.position for entry in entries]
        assert [entry.recorded_at for entry in entries] == sorted(entry.recorded_at for entry in entries)

    @invariant()
    def lists_agree(self) -> None:
        """Now and at one earlier position the three derivations agree."""
        newest = self.store.newest()
        if newest is not None:
            for position in {newest.position, self.chance.randint(1, newest.position)}:
                self.compare(self.chance.choice(STATEMENTS), position, self.chance.choice(DAYS))

    def compare(self, reference: str, position: int, as_of: str) -> None:
        """Hold view, rule and second fold equal, byte for byte."""
        statement = self.register.statement(reference)
        history = [document_of(entry) for entry in self.store.stream_entries(f"statement/{statement.id}")]
        if position < history[0]["position"]:
            return
        documents = self.documents(history)
        asked: dict[str, Any] = {
            "as_of": as_of,
            "position": position,
            "language": self.chance.choice([None, "de"]),
            "show": self.chance.choice(["standing", "annotated"]),
        }
        root = self.store.root
        view = self.lists.signatories(reference, **asked, drafts=True)
        assert json.dumps(second_fold(history, documents, **asked, root=root)) == json.dumps(view)
        assert json.dumps(signatory_list(history, documents, **asked, root=root)) == json.dumps(view)
        if asked["show"] == "standing":
            assert not {id_: n for id_, n in Counter(e["signature_id"] for e in view["subsequent"]).items() if n > 1}

    def documents(self, history: list[dict[str, Any]]) -> dict[str, bytes]:
        """Read the order documents that a history names."""
        names = {
            name for leaf in history if leaf["type"] == "Published" for name in (leaf["data"]["orders"] or {}).values()
        }
        return {name: self.store.text(name) or b"" for name in names}

    def compare_all(self) -> None:
        """At every position: the three agree, before and after a rebuild; derived rows agree with the log."""
        newest = self.store.newest()
        positions = range(1, newest.position + 1) if newest else ()
        for rebuilt in (False, True):
            if rebuilt:
                assert self.lists.replay.check() is None
                self.lists.replay.rebuild()
            for position in positions:
                self.compare(self.chance.choice(STATEMENTS), position, self.chance.choice(DAYS))
        assert derive.check(self.store) == []


def machine(database_url: str) -> type[RuleBasedStateMachine]:
    """Make the machine of a database; every SQLite run has a folder of its own."""
    return type("Machine", (RegisterMachine,), {"url": database_url})


def test_commands_and_lists_on_sqlite() -> None:
    """Hundreds of commands in random order leave the three derivations equal on SQLite."""
    run_state_machine_as_test(
        machine(""),
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.postgresql
def test_commands_and_lists_on_postgresql(postgresql_url: str) -> None:
    """And on PostgreSQL."""
    run_state_machine_as_test(
        machine(postgresql_url),
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

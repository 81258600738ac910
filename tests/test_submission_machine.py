"""No path leads from claimed to listed but by the steps of the statement's terms: a machine walks all it can find."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from signatures.errors import RegisterError
from signatures.intake.submission import STATES
from signatures.intake.terms import ACCEPTANCES
from signatures.log.eventlog import sha256
from signatures.organisation import NameParts
from tests import postgresql
from tests.clock import FixedClock
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    TEXT,
    confirmation_of,
    entry_token,
    opened,
    publish_statement,
    signed,
)

DECIDED = ("accepted", "refused", "expired", "withdrawn")
NAMES = ("Union A", "Union B", "Federación C", "Союз Д")
STEPS = {
    "received": {"received", "confirmed", "accepted", "refused", "expired", "withdrawn"},
    "confirmed": {"confirmed", "asked", "accepted", "refused", "withdrawn"},
    "asked": {"asked", "confirmed", "accepted", "refused", "withdrawn"},
} | {state: {state} for state in DECIDED}


class Walk(RuleBasedStateMachine):
    """Organisations, strangers, editors and the clock, each doing what they can, in any order."""

    environ: dict[str, str]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.clock = FixedClock(datetime(2026, 12, 1, 12, tzinfo=UTC))
        self.room = self.stack.enter_context(opened(self.fresh(self.stack), self.clock))
        publish_statement(self.room)
        self.acceptance = "editor"
        self.ids: list[str] = []
        self.before: dict[str, str] = {}
        self.confirmed: dict[str, str] = {}  # under which terms the address was confirmed
        self.accepted: set[str] = set()  # by an editor
        self.number = 0

    fresh: Callable[[ExitStack], dict[str, str]]

    def teardown(self) -> None:
        """Close the stores."""
        self.stack.close()

    def attempt(self, act: Callable[[], Any]) -> Any:
        """Do what may be refused; nothing else may go wrong."""
        refused: RegisterError | None = None
        try:
            return act()
        except RegisterError as error:
            refused = error
        assert refused.status < 500
        return None

    @rule(acceptance=st.sampled_from(ACCEPTANCES))
    def change_terms(self, acceptance: str) -> None:
        """The secretariat changes who accepts."""
        self.room.terms.change(REFERENCE, "editor:test", acceptance=acceptance)
        self.acceptance = acceptance

    @rule(name=st.sampled_from(NAMES), held=st.sampled_from([None, None, "fast"]), invited=st.booleans())
    def send(self, name: str, held: str | None, invited: bool) -> None:
        """Somebody sends the form."""
        self.number += 1
        address = f"office{self.number}@example.org"
        token = self.invite(name, address) if invited else None
        found = self.attempt(
            lambda: self.room.intake.receive(
                REFERENCE,
                NameParts(name),
                CONTACT._replace(email=address),
                text_sha256=sha256(TEXT.encode()),
                held=held,
                invitation_token=token,
            )
        )
        assert (found is None) == (self.acceptance == "invited" and not invited)
        if found:
            self.ids.append(found.id)
            self.before[found.id] = "received"

    def invite(self, name: str, address: str) -> str:
        """Invite somebody and return the token of the invitation."""
        invitation = self.room.invitations.invite(REFERENCE, name, address, "en", by="editor:test")
        with self.room.contacts.database.writing("link") as transaction:
            return self.room.links.token(self.room.links.lasting(transaction, "invitation", invitation.id))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), right=st.sampled_from([True, True, False]), yes=st.sampled_from([True, True, False]))
    def answer_the_message(self, data: st.DataObject, right: bool, yes: bool) -> None:
        """Whoever has the message says yes or no, with the code or a wrong one."""
        id_ = data.draw(st.sampled_from(self.ids))
        try:
            token, code = confirmation_of(self.room, id_)
        except IndexError:  # it was held back and no message went out
            return
        before = self.room.intake.show(id_).state
        answer = self.room.intake.confirm if yes else self.room.intake.deny
        done = self.attempt(lambda: answer(token, code if right else "x"))
        assert right or done is None
        if done is not None and yes and before == "received":
            self.confirmed[id_] = self.acceptance

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), what=st.sampled_from(["accept", "new", "refuse", "ask", "release"]))
    def editor_decides(self, data: st.DataObject, what: str) -> None:
        """An editor accepts, refuses, asks or releases, in whatever state it is."""
        id_ = data.draw(st.sampled_from(self.ids))
        intake = self.room.intake
        before = intake.show(id_)
        match what:
            case "accept" | "new":
                if self.attempt(lambda: intake.accept(id_, EDITOR, new=what == "new")):
                    assert before.state in ("confirmed", "asked", "accepted")
                    if before.state != "accepted":  # else it is the receipt again
                        self.accepted.add(id_)
            case "refuse":
                self.attempt(lambda: intake.refuse(id_, EDITOR, "other", "No."))
            case "ask":
                self.attempt(lambda: intake.ask(id_, EDITOR, "Who are you?"))
            case _:
                self.attempt(lambda: intake.release(id_, EDITOR))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), what=st.sampled_from(["answer", "take back", "object", "withdraw"]))
    def contact_acts(self, data: st.DataObject, what: str) -> None:
        """The contact does what the link of its entry allows."""
        id_ = data.draw(st.sampled_from(self.ids))
        token, entries = entry_token(self.room, id_), self.room.entries
        today = self.room.register.today(self.room.register.statement(REFERENCE)).isoformat()
        match what:
            case "answer":
                self.attempt(lambda: entries.answer(token, NameParts(f"Union {self.number}")))
            case "take back":
                self.attempt(lambda: entries.take_back(token))
            case "withdraw":
                self.attempt(lambda: entries.withdraw(token, on=today))
            case _:
                with self.room.contacts.database.writing("link") as transaction:
                    link = self.room.links.issue(transaction, "objection", id_)
                self.attempt(lambda: self.room.intake.object(self.room.links.token(link)))

    @rule(hours=st.sampled_from([0, 1, 80, 200]))
    def time_goes_by(self, hours: int) -> None:
        """The clock goes on, and what is due is done."""
        self.clock.advance(hours=hours)
        self.room.intake.settle()
        self.room.intake.expire()

    @invariant()
    def every_step_is_one_that_there_is(self) -> None:
        """Nothing leaves a state but by its own steps."""
        for id_ in self.ids:
            state = self.room.intake.show(id_).state
            assert state in STATES
            assert state in STEPS[self.before[id_]], (self.before[id_], state)
            self.before[id_] = state

    @invariant()
    def whoever_is_listed_went_all_the_way(self) -> None:
        """Every signature came from a confirmed address, and an editor or the terms let it in."""
        listed = {entry.data()["actor"]["ref"]: entry.data()["assurance"] for entry in signed(self.room)}
        for id_, assurance in listed.items():
            assert id_ in self.confirmed
            assert id_ in self.accepted or self.confirmed[id_] in ("confirmed", "invited")
            assert (assurance == "editor") == (id_ in self.accepted)
        states = {id_: self.room.intake.show(id_).state for id_ in self.ids}
        assert set(listed) == {id_ for id_, state in states.items() if state == "accepted"}


SETTINGS = settings(
    max_examples=40, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def test_no_path_from_claimed_to_listed_without_the_terms_steps() -> None:
    """On SQLite."""

    class OnSQLite(Walk):
        @staticmethod
        def fresh(stack: ExitStack) -> dict[str, str]:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            return _environ(f"sqlite:///{folder}/var", folder)

    run_state_machine_as_test(OnSQLite, settings=SETTINGS)


@pytest.mark.postgresql
def test_no_path_either_on_postgresql(postgresql_server: postgresql.Server) -> None:
    """The same on the other engine."""

    class OnPostgreSQL(Walk):
        @staticmethod
        def fresh(stack: ExitStack) -> dict[str, str]:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = stack.enter_context(postgresql_server.fresh_database(f"walk_{Path(folder).name.lower()}"))
            return _environ(url, folder)

    run_state_machine_as_test(OnPostgreSQL, settings=settings(SETTINGS, max_examples=8))


def _environ(url: str, folder: str) -> dict[str, str]:
    return {
        "SIGNATURES_DATABASE": url,
        "SIGNATURES_STATE_DIR": f"{folder}/state",
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_BASE_URL": "http://localhost",
    }

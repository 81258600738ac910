"""Deadlines: the hour on a statement's clocks, what is recorded once it has passed, and who is quicker at that second."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.aggregate import Actor
from signatures.clock import stamp, system_clock
from signatures.errors import InvalidInput, Refused, RegisterError, StatementClosed
from signatures.intake import closing
from signatures.room import Room
from tests.clock import FixedClock
from tests.keeping import at_once
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement, receive, signed

BERLIN = "Europe/Berlin"


def closings(room: Room) -> list[tuple[str, str, str]]:
    """List what was recorded of closing and reopening: type, date, kind of actor."""
    found = [entry for entry in room.store.entries(0, 1_000) if entry.type in ("Closed", "Reopened")]
    return [(one.type, one.data()["effective_on"], one.data()["actor"]["kind"]) for one in found]


# ── the hour ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001 - what clocks on a wall show
    st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"})),
)
def test_an_hour_is_the_one_that_the_clocks_show(local: datetime, zone: str) -> None:
    """In every zone: one hour has one instant, twice asks and both choices show that hour, never is refused."""
    text = f"{local:%Y-%m-%d %H:%M}"
    try:
        instants = [closing.deadline_at(text, zone)]
    except InvalidInput as refused:
        match refused.details["hour"]:
            case "never":
                shown = set(_hours_around(local, zone))
                assert text not in shown
                return
            case _:
                instants = [closing.deadline_at(text, zone, fold) for fold in (0, 1)]
                assert instants[0] < instants[1]
                assert [0, 1] == [closing.fold_of(one, zone) for one in instants]
    for instant in instants:
        assert text == " ".join(closing.hour_of(instant, zone))


def _hours_around(local: datetime, zone: str) -> Iterator[str]:
    """Tell what the clocks of a zone show in every minute of the days around."""
    start = local.replace(tzinfo=UTC) - timedelta(hours=27)
    for minute in range(54 * 60):
        yield f"{(start + timedelta(minutes=minute)).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    "text", ["", "2026-12-01", "18:00", "2026-13-01 18:00", "2026-12-01 24:00", "0001-01-01 00:00"]
)
def test_what_is_no_hour_is_refused(text: str) -> None:
    """The sentence says how one is written."""
    with pytest.raises(InvalidInput, match="2026-12-01 18:00"):
        closing.deadline_at(text, BERLIN)


@pytest.mark.parametrize(
    ("hour", "day"), [("2026-12-01 18:00", "2026-12-02"), ("2026-12-01 00:00", "2026-12-01"), ("2026-12-01 00:01", "2026-12-02")]
)  # fmt: skip
def test_the_list_closes_with_the_day_of_the_last_instant(hour: str, day: str) -> None:
    """A deadline at midnight belongs to the day before: nothing of the new day counts."""
    assert day == closing.ends_on(closing.deadline_at(hour, BERLIN), BERLIN)


# ── what is due ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_deadline_that_has_passed_is_recorded_once(room: Room, clock: FixedClock) -> None:
    """Before it nothing; after it Closed by the system, from the next day on; again and again nothing more."""
    room.terms.change(REFERENCE, "test", deadline=closing.deadline_at("2021-07-01 18:00", BERLIN))
    assert 0 == closing.due(room)
    assert receive(room, "Union in time")
    clock.set(datetime(2021, 7, 1, 16, tzinfo=UTC))
    with pytest.raises(StatementClosed):
        receive(room, "Union too late")
    assert [1, 0, 0] == [closing.due(room) for _ in range(3)]
    assert [("Closed", "2021-07-02", "system")] == closings(room)


def test_what_came_in_time_is_accepted_after_the_end(room: Room, clock: FixedClock) -> None:
    """A submission counts by the instant of its receipt, whenever an editor looks at it."""
    id_ = confirmed(room, "Union in time")
    room.terms.change(REFERENCE, "test", deadline=closing.deadline_at("2021-07-01 18:00", BERLIN))
    clock.advance(days=3)
    closing.due(room)
    room.intake.accept(id_, EDITOR)
    assert ["2021-07-01"] == [entry.data()["signed_on"] for entry in signed(room)]


def test_two_processes_close_once(room: Room, clock: FixedClock) -> None:
    """Several ticks at the same moment record one end."""
    room.terms.change(REFERENCE, "test", deadline=closing.deadline_at("2021-07-01 18:00", BERLIN))
    clock.advance(days=1)
    done: list[int] = []
    at_once(*[lambda: done.append(closing.due(room))] * 4)
    assert 1 == sum(done)
    assert 1 == len(closings(room))


def test_nothing_is_recorded_of_what_cannot_be_signed_anyway(room: Room, clock: FixedClock) -> None:
    """A draft put away, a statement taken back and one that was closed before stay as they are."""
    for reference in ("away-2021", "back-2021"):
        publish_statement(room, reference) if reference == "back-2021" else room.register.draft(
            EDITOR, reference=reference, kind="statement", time_zone=BERLIN, default_language="en"
        )
        room.terms.change(reference, "test", deadline=stamp(clock()))
    room.register.discard(EDITOR, "away-2021")
    room.register.retract(EDITOR, "back-2021", on="2021-07-01")
    room.terms.change(REFERENCE, "test", deadline=stamp(clock()))
    room.register.close_signing(EDITOR, REFERENCE, on="2021-06-30")
    assert 0 == closing.due(room)


def test_closing_now_and_reopening(room: Room, clock: FixedClock) -> None:
    """Each is recorded once; a statement that was reopened stays open until its next deadline."""
    closing.close_now(room, EDITOR, REFERENCE)
    with pytest.raises(Refused, match="ended already"):
        closing.close_now(room, EDITOR, REFERENCE)
    with pytest.raises(InvalidInput):
        closing.reopen(room, EDITOR, REFERENCE, deadline=stamp(clock()))
    closing.reopen(room, EDITOR, REFERENCE, deadline=stamp(clock() + timedelta(hours=2)))
    assert 0 == closing.due(room)
    assert REFERENCE == room.intake.signable(REFERENCE).reference
    clock.advance(hours=2)
    assert 1 == closing.due(room)
    clock.advance(days=9)
    closing.reopen(room, EDITOR, REFERENCE)
    assert REFERENCE == room.intake.signable(REFERENCE).reference
    assert 0 == closing.due(room)
    acts = [("Closed", "2021-07-02"), ("Reopened", "2021-07-02"), ("Closed", "2021-07-02"), ("Reopened", "2021-07-10")]
    assert acts == [one[:2] for one in closings(room)]


def test_an_end_that_was_planned_comes_at_once(room: Room) -> None:
    """Where an earlier act closes with this day anyway, closing now only sets the hour."""
    room.register.close_signing(EDITOR, REFERENCE, on="2021-07-02")
    assert closing.close_now(room, EDITOR, REFERENCE) is None
    with pytest.raises(StatementClosed):
        receive(room, "Union too late")
    assert 1 == len(closings(room))


# ── at that very second ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("on", ["2021-07-01", "now"])
def test_accepting_at_the_second_of_closing(room: Room, on: str) -> None:
    """Listed or refused: what an editor accepts while another one closes is never both and never neither."""
    outcomes = []
    for n in range(6):
        reference = f"race-{n}"
        publish_statement(room, reference)
        id_ = _confirmed_under(room, reference)
        said: list[str] = []

        def accept(id_: str = id_, said: list[str] = said) -> None:
            try:
                said.append(room.intake.accept(id_, EDITOR).signature_id)
            except RegisterError as refused:
                said.append(type(refused).__name__)

        def close(reference: str = reference) -> None:
            if on == "now":
                closing.close_now(room, Actor("editor", "other"), reference)
            else:
                room.register.close_signing(Actor("editor", "other"), reference, on=on)

        at_once(accept, close)
        submission = room.intake.show(id_)
        listed = [entry for entry in signed(room) if entry.data()["signature_id"] == submission.signature_id]
        outcomes.append((len(listed), submission.state, said[0] == submission.signature_id))
    assert set(outcomes) <= {(1, "accepted", True), (0, "refused", False)}
    if on == "now":  # what arrived before that instant counts, so none of these may be lost
        assert [(1, "accepted", True)] * 6 == outcomes


def test_receiving_at_the_second_of_closing(room: Room, clock: FixedClock) -> None:
    """What was taken can be listed: nobody is told that an entry arrived and later that it came too late."""
    # real time from here on: which of the two reads the clock first is what this is about
    room.clock = room.contacts.clock = room.terms.clock = room.store.clock = system_clock
    for n in range(6):
        reference = f"race-{n}"
        publish_statement(room, reference)
        taken: list[str] = []

        def send(reference: str = reference, taken: list[str] = taken) -> None:
            try:
                taken.append(_confirmed_under(room, reference))
            except StatementClosed:
                taken.append("")

        at_once(send, partial(closing.close_now, room, EDITOR, reference))
        if taken[0]:
            room.intake.accept(taken[0], EDITOR)
            assert "accepted" == room.intake.show(taken[0]).state


def _confirmed_under(room: Room, reference: str) -> str:
    """Send a submission to a statement and confirm its address."""
    from tests import queueing  # noqa: PLC0415

    text = room.register.statement(reference).texts["en"]["sha256"]
    contact = queueing.CONTACT._replace(email=f"{reference}@example.org")
    return queueing.waiting(room, f"Union of {reference}", reference=reference, text_sha256=text, contact=contact)

"""Submissions: received, accepted once, refused, and settled after a crash."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from signatures.errors import (
    AlreadySigned,
    InvalidInput,
    NotFound,
    Refused,
    RegisterError,
    SeveralOrganisations,
    StatementClosed,
    StorageUnavailable,
)
from signatures.intake.submission import STATES
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    confirmation_of,
    confirmed,
    receive,
    signed,
)


class Crash(BaseException):
    """The process ends here."""


# ── receiving ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_submission_waits_and_signs_nothing(room: Room) -> None:
    """It stands in the contacts as received, and the log is as it was."""
    before = room.store.newest()
    id_ = receive(room, "Union A", parts={"acronym": "UA", "translations": {"en": "A"}, "territories": ["KE"]})

    submission = room.intake.show(id_)
    assert ("received", REFERENCE, "UA Union A (A)") == (submission.state, submission.reference, submission.printed)
    assert (CONTACT, ["KE"]) == (submission.contact, submission.parts.territories)
    assert before == room.store.newest()
    assert [id_] == [one.id for one in room.intake.list()]


def test_the_date_is_that_of_the_statements_zone(room: Room, clock: FixedClock) -> None:
    """At 23:30 in London the day has changed in Berlin."""
    clock.set(datetime(2021, 7, 1, 22, 30, tzinfo=UTC))
    assert "2021-07-02" == room.intake.show(receive(room)).signed_on


def test_one_form_sent_twice_is_one_submission(room: Room, clock: FixedClock) -> None:
    """A double click, or the back button a day later, finds what was sent."""
    form_id = str(uuid.uuid4())
    first = receive(room, form_id=form_id)
    clock.advance(days=1)
    assert first == receive(room, form_id=form_id)
    assert 1 == len(room.intake.list(STATES))


def test_the_same_content_soon_after_is_one_submission(room: Room, clock: FixedClock) -> None:
    """Within ten minutes it is a repeat, whatever form it came from; later it is a new one."""
    first = receive(room)
    clock.advance(minutes=10)
    assert first == receive(room)
    clock.advance(seconds=1)
    assert first != receive(room)


def test_a_correction_from_the_same_form_takes_the_place_of_what_was_sent(room: Room) -> None:
    """The last word waits; the earlier one is put away and says by what; going back to it makes it wait again."""
    form_id = str(uuid.uuid4())
    first = receive(room, form_id=form_id)
    second = receive(room, form_id=form_id, parts={"country_printed": {"en": "Kenya"}})
    assert [second] == [one.id for one in room.intake.list()]
    assert second in str(room.intake.show(first).reason)

    third = receive(room, form_id=form_id)
    assert [third] == [one.id for one in room.intake.list()]


def test_another_organisation_from_the_same_form_stands_beside_the_first(room: Room) -> None:
    """Who signs for two organisations goes back and changes the name: nothing is lost."""
    form_id = str(uuid.uuid4())
    assert [receive(room, name, form_id=form_id) for name in ("Union A", "Union B")] == [
        one.id for one in room.intake.list()
    ]


def test_a_refused_submission_does_not_come_back_by_the_back_button(room: Room) -> None:
    """The same form with the same content stays refused; the same content from a new form waits anew."""
    form_id = str(uuid.uuid4())
    first = receive(room, form_id=form_id)
    room.intake.refuse(first, EDITOR, "duplicate")
    assert first == receive(room, form_id=form_id)
    assert [] == room.intake.list()
    assert [receive(room)] == [one.id for one in room.intake.list()]


def test_many_at_once_are_one_submission(room: Room) -> None:
    """Eight clicks at the same moment write one row."""
    form_id, ids = str(uuid.uuid4()), []
    together([lambda: ids.append(receive(room, form_id=form_id))] * 8)
    assert (8, 1) == (len(ids), len(set(ids)))
    assert 1 == len(room.intake.list(STATES))


def test_another_text_than_the_one_seen_is_told(room: Room) -> None:
    """The organisation signs the text that it read, or reads again."""
    with pytest.raises(InvalidInput) as refused:
        receive(room, text_sha256="0" * 64)
    assert "text_sha256" == refused.value.details["field"]
    assert [] == room.intake.list()


@pytest.mark.parametrize("reference", ["none", "a-draft", "put-away", "../x", "\0", ""])
def test_what_the_public_does_not_see_cannot_be_signed(room: Room, reference: str) -> None:
    """Unknown, unpublished and discarded statements are all the same: not found."""
    for name in ("a-draft", "put-away"):
        room.register.draft(EDITOR, reference=name, kind="statement", time_zone="UTC", default_language="en")
    room.register.discard(EDITOR, "put-away")
    with pytest.raises(NotFound):
        room.intake.signable(reference)


def test_a_closed_or_retracted_statement_takes_none(room: Room) -> None:
    """From the closing date on nothing is received; a date to come still takes."""
    room.register.close_signing(EDITOR, REFERENCE, on="2021-07-02")
    receive(room)
    room.register.close_signing(EDITOR, REFERENCE, on="2021-07-01")
    with pytest.raises(StatementClosed) as refused:
        receive(room)
    assert "2021-07-01" == refused.value.details["ended_on"]
    room.register.reopen_signing(EDITOR, REFERENCE)
    receive(room, "Union B")
    room.register.retract(EDITOR, REFERENCE, on="2021-07-01")
    with pytest.raises(StatementClosed):
        receive(room, "Union C")


@pytest.mark.parametrize("name", ["", "\u200b\u200b", "x\u202eevil", "nul\0", "\ud800", "a" * 1001])
def test_what_cannot_be_printed_is_not_received(room: Room, name: str) -> None:
    """The intake checks for itself, whoever calls it."""
    with pytest.raises(InvalidInput):
        receive(room, name)
    assert [] == room.intake.list()


# ── deciding ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_submission_is_one_signature_of_the_day_of_its_receipt(room: Room, clock: FixedClock) -> None:
    """The event names the submission as its actor, the form as its method and the editor's look as its assurance."""
    id_ = confirmed(room)
    clock.advance(days=20)
    receipt = room.intake.accept(id_, EDITOR)

    (entry,) = signed(room)
    data = entry.data()
    assert {"kind": "organisation", "ref": id_} == data["actor"]
    assert ("2021-07-01", "on", "form", "editor") == tuple(
        data[field] for field in ("signed_on", "signed_on_means", "method", "assurance")
    )
    assert room.intake.show(id_).text_sha256 == data["text_sha256"]
    assert (receipt.signature_id, receipt.position) == (data["signature_id"], entry.position)
    accepted = room.intake.show(id_)
    assert ("accepted", receipt.organisation_id, "editor:test") == (
        accepted.state,
        accepted.organisation_id,
        accepted.decided_by,
    )
    assert [] == room.intake.list()


def test_accepting_again_answers_with_the_same_receipt(room: Room) -> None:
    """Nothing is signed twice."""
    id_ = confirmed(room)
    assert room.intake.accept(id_, EDITOR) == room.intake.accept(id_, EDITOR)
    assert 1 == len(signed(room))


def test_two_editors_at_once_make_one_signature(room: Room) -> None:
    """Both get the same receipt."""
    id_, receipts = confirmed(room), []
    together([lambda: receipts.append(room.intake.accept(id_, EDITOR))] * 4)
    assert (4, 1, 1) == (len(receipts), len(set(receipts)), len(signed(room)))


def test_a_submission_from_before_the_closing_is_accepted_after_it(room: Room, clock: FixedClock) -> None:
    """It counts by the day of its receipt."""
    id_ = confirmed(room)
    clock.advance(days=5)
    room.register.close_signing(EDITOR, REFERENCE, on="2021-07-03")
    room.intake.accept(id_, EDITOR)
    assert "accepted" == room.intake.show(id_).state


def test_several_organisations_of_that_name_leave_it_waiting_until_one_is_named(room: Room) -> None:
    """The refusal names them by id; accepting with one of them signs for it."""
    twins = [
        room.register.sign(
            EDITOR,
            REFERENCE,
            NameParts("Union A", transliteration=f"Union A {place}"),
            signed_on="2021-06-20",
            method="paper",
        )
        for place in ("north", "south")
    ]
    room.register.withdraw(EDITOR, twins[1].signature_id, on="2021-06-25")
    id_ = confirmed(room)
    with pytest.raises(SeveralOrganisations) as refused:
        room.intake.accept(id_, EDITOR)
    assert all(twin.organisation_id in refused.value.sentence for twin in twins)
    assert "confirmed" == room.intake.show(id_).state

    receipt = room.intake.accept(id_, EDITOR, organisation_id=twins[1].organisation_id)
    assert twins[1].organisation_id == receipt.organisation_id == room.intake.show(id_).organisation_id


@pytest.mark.parametrize("organisation", [str(uuid.UUID(int=1)), "nobody", "\0", "é"])
def test_an_unknown_organisation_leaves_it_waiting(room: Room, organisation: str) -> None:
    """The editor is told, and the submission waits as before."""
    id_ = confirmed(room)
    with pytest.raises(RegisterError) as refused:
        room.intake.accept(id_, EDITOR, organisation_id=organisation)
    assert refused.value.status < 500
    assert ("confirmed", None) == (room.intake.show(id_).state, room.intake.show(id_).decided_by)


def test_who_stands_already_waits_for_the_editor(room: Room) -> None:
    """The form never told; the editor is told and may refuse the duplicate."""
    room.intake.accept(confirmed(room), EDITOR)
    again = confirmed(room, contact=CONTACT._replace(email="other@example.org"))
    with pytest.raises(AlreadySigned):
        room.intake.accept(again, EDITOR)
    refused = room.intake.refuse(again, EDITOR, "duplicate", "It stands already.")
    assert ("refused", "duplicate", "It stands already.") == (refused.state, refused.reason_code, refused.reason)
    with pytest.raises(Refused):
        room.intake.accept(again, EDITOR)
    assert 1 == len(signed(room))


def test_a_text_changed_meanwhile_is_not_signed_behind_the_organisations_back(room: Room) -> None:
    """What was read is what is signed: with another text the submission waits and the editor is told."""
    id_ = confirmed(room)
    room.register.set_text(EDITOR, REFERENCE, language="en", title="On a common list", text="Another text.")
    with pytest.raises(Refused) as refused:
        room.intake.accept(id_, EDITOR)
    assert "changed after this submission" in refused.value.sentence
    assert ("confirmed", []) == (room.intake.show(id_).state, signed(room))


def test_what_was_accepted_cannot_be_refused(room: Room) -> None:
    """Its signature is voided instead."""
    id_ = confirmed(room)
    receipt = room.intake.accept(id_, EDITOR)
    with pytest.raises(Refused) as refused:
        room.intake.refuse(id_, EDITOR)
    assert receipt.signature_id in refused.value.sentence


@pytest.mark.parametrize("id_", ["", "nonsense", "\0", str(uuid.UUID(int=0)), "é" * 100])
def test_an_unknown_submission_is_not_found(room: Room, id_: str) -> None:
    """In every command."""
    for command in (room.intake.show, lambda i: room.intake.accept(i, EDITOR), lambda i: room.intake.refuse(i, EDITOR)):
        with pytest.raises(NotFound):
            command(id_)


def test_an_editor_sees_the_contact_and_the_letters_that_look_alike(room: Room) -> None:
    """`show` tells all that is needed to decide."""
    told = room.intake.show(confirmed(room, "Parti Haϊtien")).as_json()
    assert {"name": "Office", "role": "Secretariat", "email": "office@example.org"} == told["contact"]
    assert ["Haϊtien"] == [one["word"] for one in told["lookalikes"]]
    assert ("confirmed", None) == (told["state"], told["signature_id"])


# ── crashes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def crash(*_: Any, **__: Any) -> None:
    """End the process."""
    raise Crash


@pytest.mark.parametrize(
    ("place", "left", "settled"),
    [("sign", "accepting", "confirmed"), ("conclude", "accepting", "accepted")],
)
def test_a_crash_while_accepting_settles_to_exactly_one_signature(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, place: str, left: str, settled: str
) -> None:
    """Whatever step was the last, the log decides; accepting again then gives the one signature."""
    id_ = confirmed(room)
    with monkeypatch.context() as broken:
        broken.setattr(room.intake.acceptance if place == "conclude" else room.register, place, crash)
        with pytest.raises(Crash):
            room.intake.accept(id_, EDITOR)
    assert left == room.intake.show(id_).state
    assert (0, left) == (room.intake.settle(), room.intake.show(id_).state)  # it may still be under way

    clock.advance(minutes=2)
    assert (1, settled) == (room.intake.settle(), room.intake.show(id_).state)
    receipt = room.intake.accept(id_, EDITOR)
    assert [receipt.signature_id] == [entry.data()["signature_id"] for entry in signed(room)]
    assert ("accepted", 0) == (room.intake.show(id_).state, room.intake.settle())


def test_a_crash_before_the_intent_changes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first transaction is rolled back."""
    id_ = confirmed(room)
    monkeypatch.setattr("signatures.intake.acceptance.decide", crash)
    with pytest.raises(Crash):
        room.intake.accept(id_, EDITOR)
    assert ("confirmed", []) == (room.intake.show(id_).state, signed(room))


def test_an_outcome_unknown_is_settled_by_the_log(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the store fails after recording, the submission stays `accepting` until the log was asked."""
    id_ = confirmed(room)
    sign = room.intake.acceptance._sign

    def lost(*args: Any, **kwargs: Any) -> None:
        sign(*args, **kwargs)
        raise StorageUnavailable("The reply was lost.")

    with monkeypatch.context() as broken:
        broken.setattr(room.intake.acceptance, "_sign", lost)
        with pytest.raises(StorageUnavailable):
            room.intake.accept(id_, EDITOR)
    assert "accepting" == room.intake.show(id_).state
    clock.advance(minutes=2)
    room.intake.settle()
    assert ("accepted", 1) == (room.intake.show(id_).state, len(signed(room)))


def test_what_the_log_has_cannot_be_refused_after_a_crash(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refusing asks the log first."""
    id_ = confirmed(room)
    with monkeypatch.context() as broken:
        broken.setattr(room.intake.acceptance, "conclude", crash)
        with pytest.raises(Crash):
            room.intake.accept(id_, EDITOR)
    with pytest.raises(Refused):
        room.intake.refuse(id_, EDITOR)
    assert "accepted" == room.intake.show(id_).state


def together(acts: list[Callable[[], object]]) -> None:
    """Run all at once and wait for all."""
    errors: list[Exception] = []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    start = threading.Barrier(len(acts))
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == errors


def test_what_was_objected_to_before_it_was_confirmed_waits_for_an_editor(room: Room) -> None:
    """Under terms that need none: no policy lists it, and it is not left half way to being listed either."""
    room.terms.change(REFERENCE, "editor:test", acceptance="confirmed")
    id_ = receive(room)
    with room.contacts.database.writing("link") as transaction:
        link = room.links.issue(transaction, "objection", id_)
    room.intake.object(room.links.token(link))
    room.intake.confirm(*confirmation_of(room, id_))
    assert "confirmed" == room.intake.show(id_).state

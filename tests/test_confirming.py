"""Confirming an address, and what the statement's terms make of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signatures.clock import stamp
from signatures.errors import InvitationNeeded, LinkDead, NotFound, Refused, StatementClosed
from signatures.intake.assurance import confirmed_level
from signatures.intake.submission import STATES
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    bytes_of,
    confirmation_of,
    confirmed,
    entry_token,
    mails,
    opened,
    publish_statement,
    receive,
    signed,
)

OTHER = CONTACT._replace(email="else@example.net")


class Crash(BaseException):
    """The process ends here."""


def state_of(room: Room, id_: str) -> str:
    return room.intake.show(id_).state


def listed_at_once(room: Room) -> None:
    room.terms.change(REFERENCE, "editor:test", acceptance="confirmed")


# ── links and codes ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_looking_at_a_link_changes_nothing(room: Room) -> None:
    """As often as a mail scanner likes."""
    token, _ = confirmation_of(room, id_ := receive(room))
    before = bytes_of(room.databases["contacts"])
    for _ in range(100):
        assert id_ == room.intake.to_confirm(token).id
    assert before == bytes_of(room.databases["contacts"])


def test_a_hundred_replays_are_one_event_and_one_receipt(room: Room) -> None:
    """The right code again is answered as the first time."""
    listed_at_once(room)
    token, code = confirmation_of(room, receive(room))
    answers = {room.intake.confirm(token, code).signature_id for _ in range(100)}
    assert [entry.data()["signature_id"] for entry in signed(room)] == list(answers)
    assert 1 == len(mails(room, "accepted"))


@pytest.mark.parametrize("wrong", ["", "000000x", "abcdef", "１２３４５６", "\0", "\ud800"])
def test_a_wrong_code_does_nothing(room: Room, wrong: str) -> None:
    """Nor does it say what was wrong."""
    token, _ = confirmation_of(room, id_ := receive(room))
    for act in (room.intake.confirm, room.intake.deny):
        with pytest.raises(LinkDead):
            act(token, wrong)
    assert "received" == state_of(room, id_)


def test_spaces_in_a_code_do_not_matter(room: Room) -> None:
    """People copy it with them."""
    token, code = confirmation_of(room, id_ := receive(room))
    room.intake.confirm(token, f" {code[:3]} {code[3:]} ")
    assert "confirmed" == state_of(room, id_)


def test_ten_wrong_codes_end_a_link(room: Room) -> None:
    """Then the right one is wrong too; a new message works."""
    token, code = confirmation_of(room, id_ := receive(room))
    for scanned in [""] * 50:  # what is no code is no guess
        with pytest.raises(LinkDead):
            room.intake.confirm(token, scanned)
    assert id_ == room.intake.to_confirm(token).id
    for _ in range(10):
        with pytest.raises(LinkDead):
            room.intake.confirm(token, f"{(int(code) + 1) % 1_000_000:06}")
    with pytest.raises(LinkDead):
        room.intake.confirm(token, code)
    room.intake.again(token)
    room.intake.confirm(*confirmation_of(room, id_))
    assert "confirmed" == state_of(room, id_)


def test_wrong_expired_and_used_are_one_error(room: Room, clock: FixedClock) -> None:
    """Nobody learns which it was."""
    used, code = confirmation_of(room, receive(room))
    room.intake.confirm(used, code)
    expired, right = confirmation_of(room, receive(room, "Union B"))
    clock.advance(hours=72)
    said = set()
    acts: tuple[Callable[[], object], ...] = (
        lambda: room.intake.to_confirm(used),
        lambda: room.intake.to_confirm(expired),
        lambda: room.intake.to_confirm("x" * 43),
        lambda: room.intake.to_confirm("é"),
        lambda: room.intake.confirm(used, "1"),
        lambda: room.intake.confirm(expired, right),
        lambda: room.intake.confirm("x" * 43, right),
    )
    for act in acts:
        with pytest.raises(LinkDead) as dead:
            act()
        said.add(dead.value.sentence)
    assert 1 == len(said)


def test_tokens_and_codes_are_stored_only_as_hashes(room: Room) -> None:
    """Who reads the database cannot open anything."""
    token, code = confirmation_of(room, receive(room))
    held = bytes_of(room.databases["contacts"])
    assert (256 // 6 + 1, 6) == (len(token), len(code))
    assert token.encode() not in held
    assert code.encode() not in held


def test_another_secret_opens_nothing(room: Room, environ: dict[str, str], clock: FixedClock) -> None:
    """The links of one installation are no other's."""
    token, _ = confirmation_of(room, receive(room))
    other = Room({**environ, "SIGNATURES_SECRET_KEY": "another-one-" + "z" * 20 + "0123456789"}, clock)
    assert token != confirmation_of(other, other.intake.list()[0].id)[0]
    other.close()


def test_this_was_not_us_refuses(room: Room) -> None:
    """By the link and its code, and an editor sees by whom."""
    token, code = confirmation_of(room, id_ := receive(room))
    room.intake.deny(token, code)
    refused = room.intake.show(id_)
    assert ("refused", "not-authorised", f"organisation:{id_}") == (
        refused.state,
        refused.reason_code,
        refused.decided_by,
    )
    room.intake.confirm(token, code)  # too late: it stays as it is
    assert "refused" == state_of(room, id_)


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_three_messages_to_one_address_in_six_hours(room: Room, clock: FixedClock) -> None:
    """Whatever asks for them, and whatever case the address is written in."""
    token, _ = confirmation_of(room, receive(room))
    for _ in range(5):
        room.intake.again(token)
    receive(room, "Union B", contact=CONTACT._replace(email=CONTACT.email.upper()))
    assert 3 == len(mails(room, "confirmation"))
    clock.advance(hours=6)
    room.intake.again(token)
    assert 4 == len(mails(room, "confirmation"))


def test_a_new_message_for_an_expired_link(room: Room, clock: FixedClock) -> None:
    """The old token still says for what."""
    token, _ = confirmation_of(room, id_ := receive(room))
    clock.advance(hours=100)
    room.intake.again(token)
    room.intake.again("x" * 43)  # of nothing: nothing is said
    room.intake.confirm(*confirmation_of(room, id_))
    assert "confirmed" == state_of(room, id_)


def test_who_stands_already_is_told_by_mail_alone(room: Room) -> None:
    """The owner learns that somebody asked again; the one who asked learns nothing new."""
    room.intake.accept(confirmed(room), EDITOR)
    receive(room, contact=OTHER)
    assert [("standing", CONTACT.email)] == mails(room)[2:3]
    assert [("confirmation", OTHER.email)] == mails(room)[3:]
    receive(room, parts={"country_printed": {"en": "Kenya"}})  # the owner itself
    assert [("standing", CONTACT.email)] == mails(room)[4:]


def test_the_known_contact_is_told_of_somebody_elses_confirmation(room: Room) -> None:
    """One click says that this was not them; then no terms list it by themselves, and the editor sees it."""
    first = room.intake.accept(confirmed(room), EDITOR)
    room.register.withdraw(EDITOR, first.signature_id, on="2021-07-01")
    id_ = confirmed(room, contact=OTHER)
    assert [("objection", CONTACT.email)] == mails(room, "objection")
    with room.contacts.database.reading() as transaction:
        ((link,),) = transaction.execute("SELECT id FROM link WHERE purpose = 'objection'")
    token = room.links.token(link)
    assert id_ == room.intake.to_object(token).id
    assert room.intake.show(id_).objected_at is None
    room.intake.object(token)
    room.intake.object(token)
    assert stamp(room.clock()) == room.intake.show(id_).objected_at


# ── terms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_by_default_an_editor_decides(room: Room) -> None:
    """A confirmed address is not a signature."""
    assert "confirmed" == state_of(room, confirmed(room))
    assert [] == signed(room)


@pytest.mark.parametrize(("site", "level"), [(None, "address"), ("https://www.example.org/", "domain")])
def test_listed_once_confirmed(room: Room, site: str | None, level: str) -> None:
    """Where the terms say so; the event tells how sure it is."""
    listed_at_once(room)
    id_ = confirmed(room, parts={"url": site})
    (entry,) = signed(room)
    assert ("accepted", level, "system:policy") == (
        state_of(room, id_),
        entry.data()["assurance"],
        room.intake.show(id_).decided_by,
    )


@pytest.mark.parametrize(
    ("site", "email", "level"),
    [
        ("https://example.org", "a@example.org", "domain"),
        ("https://www.example.org/x", "a@mail.example.org", "domain"),
        ("https://union.example.org", "a@example.org", "address"),
        ("https://example.org", "a@notexample.org", "address"),
        ("http://localhost", "a@localhost", "address"),
        ("https://[::1", "a@example.org", "address"),
        (None, "a@example.org", "address"),
    ],
)
def test_a_domain_is_confirmed_at_or_below_the_site(site: str | None, email: str, level: str) -> None:
    """Not above it: a site may lie on a domain that many share."""
    assert level == confirmed_level(email, site)


def test_a_registered_name_is_not_listed_for_a_stranger(room: Room) -> None:
    """Nobody puts another organisation's name on a statement: its own site or contact lists it, others wait."""
    parts = NameParts("Union A", url="https://union-a.example")
    first = room.register.sign(EDITOR, REFERENCE, parts, signed_on="2021-06-20", method="paper")
    room.register.withdraw(EDITOR, first.signature_id, on="2021-06-25")
    listed_at_once(room)
    stranger = confirmed(room, contact=OTHER, parts={"url": "https://example.net"})  # its own site, not Union A's
    assert "confirmed" == state_of(room, stranger)
    own = confirmed(
        room, contact=CONTACT._replace(email="office@union-a.example"), parts={"country_printed": {"en": "X"}}
    )
    assert "accepted" == state_of(room, own)
    assert first.organisation_id == room.intake.show(own).organisation_id


def test_a_name_that_looks_like_a_registered_one_waits(room: Room) -> None:
    """One letter more, or one of another script: an editor looks first."""
    room.register.sign(
        EDITOR, REFERENCE, NameParts("Unité Communiste", acronym="UC"), signed_on="2021-06-20", method="paper"
    )
    listed_at_once(room)
    for number, name in enumerate(("Unité Communistes", "Unité Commυniste")):
        contact = CONTACT._replace(email=f"office{number}@example.org")
        assert "confirmed" == state_of(room, confirmed(room, name, parts={"acronym": "UC"}, contact=contact))
    assert "accepted" == state_of(room, confirmed(room, "Something Else Altogether", contact=OTHER))


def test_only_the_invited_sign_where_the_terms_say_so(room: Room) -> None:
    """Without an invitation the form is shut; with one, the invited name is listed and another one waits."""
    room.terms.change(REFERENCE, "editor:test", acceptance="invited")
    with pytest.raises(InvitationNeeded):
        receive(room)
    other = CONTACT._replace(email="one@example.org")
    renamed = confirmed(room, "Another Name", invitation_token=invited(room, "Union A", other.email), contact=other)
    assert "confirmed" == state_of(room, renamed)
    # Who was invited may pass the link on inside the organisation: whoever holds it was trusted with it.
    answered = confirmed(room, "Union B", invitation_token=invited(room, "union  b", "two@example.org"), contact=OTHER)
    assert "accepted" == state_of(room, answered)


def test_an_invitation_opens_a_draft_for_its_holder(room: Room) -> None:
    """To others it is not there, and an invitation to another statement opens nothing."""
    room.register.draft(EDITOR, reference="draft", kind="statement", time_zone="UTC", default_language="en")
    token = invited(room, "Union A", "one@example.org", reference="draft")
    assert "draft" == room.intake.signable("draft", token).reference
    for reference, other in (
        ("draft", None),
        ("draft", invited(room, "Union A", "one@example.org")),
        ("draft", "x" * 43),
    ):
        with pytest.raises(NotFound):
            room.intake.signable(reference, other)


def invited(room: Room, name: str, address: str, reference: str = REFERENCE) -> str:
    invitation = room.invitations.invite(reference, name, address, "en", by="editor:test")
    with room.contacts.database.writing("link") as transaction:
        return room.links.token(room.links.lasting(transaction, "invitation", invitation.id))


def test_after_the_deadline_nothing_is_received_and_what_was_received_counts(room: Room, clock: FixedClock) -> None:
    """A submission counts by the instant of its receipt, and may be confirmed and accepted later."""
    room.terms.change(REFERENCE, "editor:test", deadline="2021-07-01T12:30:00.000000Z")
    early = receive(room)
    clock.set(datetime(2021, 7, 1, 12, 30, tzinfo=UTC))
    with pytest.raises(StatementClosed) as late:
        receive(room, "Union B")
    assert ("2021-07-01", "2021-07-01T12:30:00.000000Z") == (
        late.value.details["ended_on"],
        late.value.details["ended_at"],
    )
    clock.advance(days=1)
    room.intake.confirm(*confirmation_of(room, early))
    room.intake.accept(early, EDITOR)
    assert ["2021-07-01"] == [entry.data()["signed_on"] for entry in signed(room)]


def test_what_the_register_calls_late_is_refused_and_told(room: Room) -> None:
    """Listed or refused, never neither."""
    id_ = confirmed(room)
    room.register.close_signing(EDITOR, REFERENCE, on="2021-07-01")
    with pytest.raises(StatementClosed):
        room.intake.accept(id_, EDITOR)
    assert ("refused", "late") == (state_of(room, id_), room.intake.show(id_).reason_code)
    assert [("refused", CONTACT.email)] == mails(room, "refused")


# ── held back, asked, expired ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_held_back_gets_no_message_until_it_is_released(room: Room) -> None:
    """It waits for an editor, is counted apart, and is not lost."""
    id_ = receive(room, held="flood")
    assert ([], {"held": 1}) == (mails(room), room.intake.counts())
    with pytest.raises(Refused):
        room.intake.accept(id_, EDITOR)
    room.intake.release(id_, EDITOR)
    with pytest.raises(Refused):
        room.intake.release(id_, EDITOR)
    room.intake.confirm(*confirmation_of(room, id_))
    assert "confirmed" == state_of(room, id_)


def test_an_answer_comes_back_to_the_queue(room: Room) -> None:
    """Asked, answered with other words, accepted with them."""
    id_ = confirmed(room)
    room.intake.ask(id_, EDITOR, "Which Union A?")
    assert [("asked", CONTACT.email)] == mails(room, "asked")
    assert "asked" == state_of(room, id_)
    room.entries.answer(entry_token(room, id_), NameParts("Union A of the North"))
    assert "confirmed" == state_of(room, id_)
    room.intake.accept(id_, EDITOR)
    assert ["Union A of the North"] == [entry.data()["name"] for entry in signed(room)]


def test_what_nobody_confirms_expires_and_is_erased(room: Room, clock: FixedClock) -> None:
    """After seven days without a new message; name and contact are gone, the row tells that there was one."""
    id_ = receive(room, "Zebra Society", contact=CONTACT._replace(name="Zebra Person"))
    held = receive(room, "Union B", held="fast")
    token, code = confirmation_of(room, id_)
    clock.advance(days=6)
    room.intake.again(token)
    clock.advance(days=6, hours=23)
    assert 0 == room.intake.expire()
    clock.advance(hours=1)
    assert (1, 0) == (room.intake.expire(), room.intake.expire())
    expired = room.intake.show(id_)
    assert ("expired", "", "") == (expired.state, expired.contact.email, expired.printed)
    assert "received" == state_of(room, held)
    with pytest.raises(LinkDead):
        room.intake.confirm(token, code)
    assert {id_, held} == {one.id for one in room.intake.list(STATES)}
    clock.advance(days=30)  # nobody ever asked whose address the other one is
    assert (1, "expired") == (room.intake.expire(), state_of(room, held))


# ── crashes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", ["sign", "conclude"])
def test_a_crash_while_the_terms_list_it_is_finished_by_the_next_tick(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """Confirmed and then cut off: it is listed once, and the receipt goes out once."""

    def crash(*_: object, **__: object) -> None:
        raise Crash

    listed_at_once(room)
    token, code = confirmation_of(room, id_ := receive(room))
    with monkeypatch.context() as broken:
        broken.setattr(room.intake.acceptance if place == "conclude" else room.register, place, crash)
        with pytest.raises(Crash):
            room.intake.confirm(token, code)
    clock.advance(minutes=2)
    room.intake.settle()
    room.intake.settle()
    assert ("accepted", 1, 1) == (state_of(room, id_), len(signed(room)), len(mails(room, "accepted")))


# ── an older contacts database ───────────────────────────────────────────────────────────────────────────────────────


def test_contacts_of_the_first_version_are_upgraded(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> None:
    """`init` adds what is new; what waited still waits, and serving refuses until then."""
    environ = {"SIGNATURES_DATABASE": sqlite_url, "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40}
    with opened(environ, clock) as made:
        publish_statement(made)
        receive(made)
    new = ("language", "assurance", "confirmed_at", "held", "question", "objected_at", "chosen", "invitation")
    with sqlite3.connect(tmp_path / "var" / "contacts.db") as older:
        for column in new:
            older.execute(f"ALTER TABLE submission DROP COLUMN {column}")
        older.execute("DROP TABLE link")
        older.execute("UPDATE identity SET value = '1' WHERE name = 'schema'")
    older.close()
    room = Room(environ, clock)
    assert "init" in str(room.contacts.identity_fault(room.store.identity()))
    room.create()
    assert room.contacts.identity_fault(room.store.identity()) is None
    assert ["Union A"] == [one.parts.name for one in room.intake.list()]
    assert "en" == room.intake.list()[0].locale
    room.close()

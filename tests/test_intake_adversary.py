"""What somebody tries who wants another organisation's name on a statement, or to learn who stands there: it does not work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from signatures.errors import LinkDead, Refused, RegisterError, StatementClosed, StorageUnavailable
from signatures.intake.assurance import confirmed_level
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console, editor
from tests.htmlpage import Page
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    confirmation_of,
    confirmed,
    entry_token,
    mails,
    opened,
    publish_statement,
    receive,
    signed,
)

ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AMNESTY = NameParts("Amnesty Worldwide", "AW", "en", url="https://amnesty.example")
OWN = CONTACT._replace(email="office@small-union.example")


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Make a register with one published statement, and another one where two organisations are registered."""
    with opened(environ, clock) as made:
        publish_statement(made)
        publish_statement(made, "other-2021")
        yield made


def register(room: Room, parts: NameParts = AMNESTY) -> str:
    """Register an organisation, by its signature of another statement; return its id."""
    return room.register.sign(EDITOR, "other-2021", parts, signed_on="2021-06-20", method="paper").organisation_id


def small_union(room: Room) -> str:
    """Register the organisation whose own contact is up to something."""
    return register(room, NameParts("Small Union", url="https://small-union.example"))


def listed_at_once(room: Room, acceptance: str = "confirmed") -> None:
    room.terms.change(REFERENCE, "editor:test", acceptance=acceptance)


def names(room: Room) -> list[str]:
    """List whom the statement lists."""
    here = str(room.register.statement(REFERENCE).id)
    return [entry.data()["name"] for entry in signed(room) if entry.stream == f"statement/{here}"]


def state_of(room: Room, id_: str) -> str:
    return room.intake.show(id_).state


def token_of(room: Room, invitation: str) -> str:
    """Tell the token of an invitation."""
    with room.contacts.database.writing("submission") as transaction:
        return room.links.token(room.links.lasting(transaction, "invitation", invitation))


def invited(room: Room, name: str = "Small Union", organisation: str | None = None) -> str:
    """Invite somebody and tell the token."""
    email = f"{len(room.invitations.list(REFERENCE))}@invited.example"
    return token_of(room, room.invitations.invite(REFERENCE, name, email, "en", organisation, by="editor:test").id)


# ── another organisation's name ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Amnesty Worldwide", {}),
        ("Small Union", {"acronym": "Amnesty Worldwide"}),
        ("Small Union", {"translations": {"en": "Amnesty Worldwide"}}),
        ("Small Union", {"transliteration": "Amnesty Worldwide"}),
        ("Small Union", {"country_printed": {"en": "Amnesty Worldwide"}}),
    ],
)
def test_a_registered_organisation_is_chosen_for_its_own_name_only(
    room: Room, name: str, parts: dict[str, Any]
) -> None:
    """Who answers for one registered organisation does not sign with another one's name in its place."""
    register(room)
    own = small_union(room)
    listed_at_once(room)
    assert "confirmed" == state_of(room, confirmed(room, name, chosen=own, contact=OWN, parts=parts))
    assert [] == names(room)


def test_a_registered_organisation_signs_under_its_own_name(room: Room) -> None:
    """With what it was registered with, and chosen in the form or not."""
    register(room, NameParts("Small Unions"))  # one letter more is another one, and in nobody's way
    own = small_union(room)
    listed_at_once(room)
    assert "accepted" == state_of(room, confirmed(room, "Small  union", chosen=own, contact=OWN))
    assert ["Small  union"] == names(room)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Amnesty\u200bWorldwide", {}),
        ("\u200b".join("Amnesty Worldwide"), {}),
        ("\u2060".join("Amnesty Worldwide"), {}),
        ("".join(f"{letter}\u0336" for letter in "Amnesty Worldwide"), {}),
        ("Ámńéśtý Wórĺdwídé", {}),
        ("A m n e s t y   W o r l d w i d e", {}),
        ("A.M.N.E.S.T.Y W.O.R.L.D.W.I.D.E", {}),
        ("ᴀᴍɴᴇꜱᴛʏ ᴡᴏʀʟᴅᴡɪᴅᴇ", {}),
        ("ᎪmᏁᎬᏚᎢᎩ ᎳᎾᎡᏞᎠ", {}),
        ("Office of the Representative of Amnesty Worldwide at the Lake of Constance", {}),
        ("e.V.", {"acronym": "Amnesty Worldwide"}),
        ("Worldwide", {"acronym": "Amnesty"}),
        ("Amnesty", {"transliteration": "Worldwide"}),
        ("The Society", {"country_printed": {"en": "Amnesty Worldwide"}}),
        ("The Society", {"translations": {"en": "Berlin branch of Amnesty Worldwide, founded 1990"}}),
    ],
)
def test_a_disguised_name_waits_for_an_editor(room: Room, name: str, parts: dict[str, Any]) -> None:
    """Wherever in the printed line it stands and however it is written: who reads the list would take it for that one."""
    register(room)
    listed_at_once(room)
    assert "confirmed" == state_of(room, confirmed(room, name, contact=OWN, parts=parts))
    assert [] == names(room)


@pytest.mark.parametrize("name", ["Worldwide Fishermen", "Amnesty for Trees of Kenya", "Синдикат рыбаков", "AWK"])
def test_a_name_of_its_own_is_listed_once_confirmed(room: Room, name: str) -> None:
    """A word in common is no disguise."""
    register(room)
    listed_at_once(room)
    assert "accepted" == state_of(room, confirmed(room, name, contact=OWN))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Greenest Peace", {"translations": {"en": "Small Union"}}),
        ("Greenest Peace", {"transliteration": "Small Union"}),
        ("Small Union", {"acronym": "Greenest Peace"}),
        ("Small Union", {"translations": {"en": "Amnesty Worldwide"}}),
    ],
)
def test_an_invitation_lists_the_invited_name_and_no_other(room: Room, name: str, parts: dict[str, Any]) -> None:
    """Neither with the invited name as a translation of another one, nor with another one beside it."""
    register(room)
    listed_at_once(room, "invited")
    id_ = confirmed(room, name, invitation_token=invited(room), contact=OWN, parts=parts)
    assert "confirmed" == state_of(room, id_)
    assert [] == names(room)


def test_an_invitation_of_a_registration_lists_its_name_only(room: Room) -> None:
    """Nor does the invited one sign as another registration, whatever was chosen in the form."""
    amnesty, own = register(room), small_union(room)
    listed_at_once(room, "invited")
    token = invited(room, "Small Union", own)
    other_name = confirmed(room, "Greenest Peace", invitation_token=token, chosen=own, contact=OWN)
    other_body = confirmed(room, "Small Union", invitation_token=invited(room), chosen=amnesty, contact=CONTACT)
    assert ["confirmed"] * 2 == [state_of(room, one) for one in (other_name, other_body)]
    own_name = confirmed(room, "Small Union", invitation_token=token, chosen=own, contact=OWN)
    assert ("accepted", ["Small Union"]) == (state_of(room, own_name), names(room))


def test_what_was_sent_through_an_invitation_that_was_taken_back_waits(room: Room) -> None:
    """Also where a later entry through it was refused in between."""
    listed_at_once(room, "invited")
    token = invited(room)
    first = receive(room, "Small Union", invitation_token=token, contact=OWN)
    second = receive(room, "Small Union of Bern", invitation_token=token, contact=OWN)
    room.intake.refuse(second, EDITOR, "other")
    (invitation,) = room.invitations.list(REFERENCE)
    room.invitations.cancel(invitation.id)
    assert "confirmed" == room.intake.confirm(*confirmation_of(room, first)).state


def test_who_was_voided_answers_for_nobody(room: Room) -> None:
    """A fraud that was found out is no known contact: it is told nothing and listed for nothing."""
    own = register(room)
    fraud = confirmed(room, AMNESTY.name, chosen=own, contact=OWN)
    room.register.void(EDITOR, room.intake.accept(fraud, EDITOR).signature_id)
    listed_at_once(room)
    assert [] == room.intake.known_contacts(own)
    again = confirmed(room, AMNESTY.name, parts={"acronym": "AW"}, contact=OWN)
    assert "confirmed" == state_of(room, again)
    room.intake.confirm(*confirmation_of(room, receive(room, AMNESTY.name, chosen=own, contact=CONTACT)))
    assert [] == mails(room, "objection")


def test_whose_entry_was_set_right_answers_for_the_other_no_more(room: Room) -> None:
    """An editor took it for another organisation and corrected that: its contact is not that one's."""
    amnesty, own = register(room), small_union(room)
    receipt = room.intake.accept(confirmed(room, "Small Union", contact=OWN), EDITOR, organisation_id=amnesty)
    room.register.correct(EDITOR, receipt.signature_id, {"organisation_id": own})
    assert [] == room.intake.known_contacts(amnesty)


def test_a_website_that_was_given_up_confirms_nobody(room: Room) -> None:
    """The registered site is today's: whoever buys the old name is a stranger."""
    own = register(room)
    room.register.rename(EDITOR, own, {"url": "https://amnesty-worldwide.example"})
    listed_at_once(room)
    buyer = confirmed(room, AMNESTY.name, parts={"acronym": "AW"}, contact=CONTACT._replace(email="x@amnesty.example"))
    assert ("confirmed", "address") == (state_of(room, buyer), room.intake.show(buyer).assurance)


@pytest.mark.parametrize("site", ["https://gmail.com/", "https://www.gmx.de/union", "http://web.de"])
def test_an_address_that_anybody_gets_confirms_no_domain(site: str) -> None:
    """Whatever website is given beside it."""
    domain = site.partition("//")[2].partition("/")[0].removeprefix("www.")
    assert "address" == confirmed_level(f"someone@{domain}", site)


# ── changing the name afterwards ─────────────────────────────────────────────────────────────────────────────────────


def test_another_name_in_the_answer_is_another_claim(room: Room) -> None:
    """The level is that of the new name, and its known contact is told as of any other."""
    own = register(room)
    room.intake.accept(confirmed(room, AMNESTY.name, chosen=own, contact=CONTACT), EDITOR)
    id_ = confirmed(room, "Small Union", contact=OWN, parts={"url": "https://small-union.example"})
    assert "domain" == room.intake.show(id_).assurance
    assert [] == mails(room, "objection")
    room.entries.answer(entry_token(room, id_), AMNESTY._replace(url="https://small-union.example"))
    assert "address" == room.intake.show(id_).assurance
    assert [("objection", CONTACT.email)] == mails(room, "objection")
    room.entries.answer(entry_token(room, id_), AMNESTY)
    assert 1 == len(mails(room, "objection"))


@pytest.mark.parametrize(
    "changes",
    [
        {"translations": {"en": "Amnesty Worldwide"}},
        {"transliteration": "Greenest Peace"},
        {"country_printed": {"en": "Greenest Peace"}},
        {"acronym": "Amnesty Worldwide"},
        {"name": "Small Union \u2014 Amnesty Worldwide"},
    ],
)
def test_no_part_of_the_line_becomes_another_name(room: Room, changes: dict[str, Any]) -> None:
    """A correction of whichever part waits for an editor if it leads to another name."""
    register(room)
    room.intake.accept(id_ := confirmed(room, "Small Union", contact=OWN), EDITOR)
    assert room.entries.correct(entry_token(room, id_), changes) is None
    assert 1 == len(room.proposals.waiting())


def test_small_steps_do_not_lead_to_another_name(room: Room) -> None:
    """Each correction is compared with what an editor has let in, not with the one before."""
    room.intake.accept(id_ := confirmed(room, "Communist Union", contact=OWN), EDITOR)
    token, steps = (
        entry_token(room, id_),
        ("Communist Unions", "Communit Unions", "Commun Unions", "Comun Unios", "Con Unios"),
    )
    done = [room.entries.correct(token, {"name": step}) is not None for step in steps]
    assert done[0]
    assert not done[-1]


def test_a_name_that_an_editor_let_in_is_the_measure(room: Room) -> None:
    """After a renaming that an editor confirmed, a slip in the new name is set right at once."""
    receipt = room.intake.accept(id_ := confirmed(room, "Communist Union", contact=OWN), EDITOR)
    room.register.correct(EDITOR, receipt.signature_id, {"name": "Workers of the Harbour"})
    assert room.entries.correct(entry_token(room, id_), {"name": "Workers of the Harbor"}) is not None


def test_harmless_corrections_are_recorded_at_once(room: Room) -> None:
    """A country, where one is active, the website, a slip in a translation."""
    register(room)
    id_ = confirmed(room, "Small Union", contact=OWN, parts={"translations": {"en": "Smal Union"}})
    room.intake.accept(id_, EDITOR)
    corrections: tuple[dict[str, Any], ...] = (
        {"country_printed": {"en": "Kenya"}},
        {"territories": ["KE"], "url": "https://example.org"},
        {"translations": {"en": "Small Union"}},
        {"translations": {}},
    )
    for changes in corrections:
        assert room.entries.correct(entry_token(room, id_), changes) is not None


# ── several at once, and what was cut off ────────────────────────────────────────────────────────────────────────────


def test_a_replay_does_not_finish_what_an_editor_began(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The editor accepts it as a new organisation and is cut off; the contact's second click does not list it as the chosen one."""
    own = register(room)
    token, code = confirmation_of(room, id_ := receive(room, "Small Union", chosen=own))
    room.intake.confirm(token, code)

    def cut_off(*_: object, **__: object) -> None:
        raise StorageUnavailable("Cut off.")

    with monkeypatch.context() as patched:
        patched.setattr(room.intake.acceptance, "_sign", cut_off)
        with pytest.raises(StorageUnavailable):
            room.intake.accept(id_, EDITOR, new=True)
    assert "accepting" == room.intake.confirm(token, code).state
    assert [] == names(room)


def test_an_objection_stops_what_the_terms_were_about_to_list(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was cut off in the middle: then an editor decides."""
    own = register(room)
    room.intake.accept(confirmed(room, AMNESTY.name, chosen=own, contact=CONTACT), EDITOR)
    (standing,) = room.intake.list(("accepted",))
    room.register.withdraw(EDITOR, standing.signature_id, on="2021-07-01")
    listed_at_once(room)

    def cut_off(*_: object, **__: object) -> None:
        raise StorageUnavailable("Cut off.")

    insider = CONTACT._replace(email="insider@amnesty.example")
    token, code = confirmation_of(room, id_ := receive(room, AMNESTY.name, chosen=own, contact=insider))
    with monkeypatch.context() as patched:
        patched.setattr(room.intake.acceptance, "_sign", cut_off)
        with pytest.raises(StorageUnavailable):
            room.intake.confirm(token, code)
    with room.contacts.database.reading() as transaction:
        ((about,),) = transaction.execute("SELECT about FROM outbox WHERE kind = 'objection'")
    room.intake.object(room.links.token(json.loads(about)["link"]))
    clock.advance(minutes=2)
    room.intake.settle()
    assert "confirmed" == state_of(room, id_)
    assert 1 == len(names(room))


def test_who_fails_to_accept_does_not_undo_who_is_about_to(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two editors the second is refused; the first one's intent stays, so that the contact cannot take it back meanwhile."""
    stands = register(room)
    room.register.sign(EDITOR, REFERENCE, AMNESTY, signed_on="2021-06-20", method="paper", organisation_id=stands)
    id_ = confirmed(room, "Small Union", contact=OWN)
    original = room.intake.acceptance._sign
    seen = []

    def meanwhile(*args: Any, **more: Any) -> Any:
        monkeypatch.undo()
        with pytest.raises(RegisterError):
            room.intake.accept(id_, EDITOR._replace(ref="second"), organisation_id=stands)
        with pytest.raises(RegisterError):
            room.entries.take_back(entry_token(room, id_))
        seen.append(state_of(room, id_))
        return original(*args, **more)

    monkeypatch.setattr(room.intake.acceptance, "_sign", meanwhile)
    room.intake.accept(id_, EDITOR, new=True)
    assert (["accepting"], "accepted") == (seen, state_of(room, id_))


def test_what_was_taken_back_can_be_sent_again(room: Room) -> None:
    """At once and from the same form: it is a new submission, and its message goes out."""
    form = "0c6f3f6e-58a5-4b59-8f0b-6d0b4bd7f2aa"
    room.entries.take_back(entry_token(room, first := receive(room, form_id=form)))
    second = receive(room, form_id=form)
    assert first != second
    assert ("received", 2) == (state_of(room, second), len(mails(room, "confirmation")))


def test_one_statement_that_is_lost_keeps_no_other_open(room: Room, clock: FixedClock) -> None:
    """A log older than the contacts was put beside them: the other deadlines are kept."""
    from signatures.intake import closing  # noqa: PLC0415

    for reference in ("a-lost-one", REFERENCE):
        room.terms.change(reference, "editor:test", deadline="2021-07-01T13:00:00.000000Z")
    clock.advance(hours=2)
    assert 1 == closing.due(room)
    assert not room.register.statement(REFERENCE).open_on("2021-07-02")


def test_everybody_at_once(room: Room) -> None:
    """Yes, no, taken back, refused, accepted, corrected in one moment: one outcome, which the log and the mails share."""
    listed_at_once(room)
    for number in range(4):
        contact = CONTACT._replace(email=f"office{number}@example.org")
        token, code = confirmation_of(room, id_ := receive(room, f"Guild of {'xyzw'[number] * 9}", contact=contact))
        entry = entry_token(room, id_)
        acts: list[Callable[[], object]] = [
            partial(room.intake.confirm, token, code),
            partial(room.intake.confirm, token, code),
            partial(room.intake.deny, token, code),
            partial(room.entries.take_back, entry),
            partial(room.entries.answer, entry, NameParts("Rowers of the Lake")),
            partial(room.intake.refuse, id_, EDITOR, "other"),
            partial(room.intake.accept, id_, EDITOR, new=True),
            partial(room.intake.again, token),
        ]
        with ThreadPoolExecutor(len(acts)) as pool:
            outcomes = list(pool.map(_attempted, acts[number:] + acts[:number]))
        assert [] == [one for one in outcomes if one is not None]
        state, listed = state_of(room, id_), [one for one in signed(room) if one.data()["actor"]["ref"] == id_]
        assert state in ("confirmed", "accepted", "refused", "withdrawn")
        assert (state == "accepted") == (len(listed) == 1)
        told = [kind for kind, recipient in mails(room) if recipient == contact.email]
        assert told.count("accepted") == len(listed)
    with room.contacts.database.reading() as transaction:
        ((rows, numbers),) = transaction.execute("SELECT count(*), count(DISTINCT number) FROM outbox")
    assert rows == numbers


def _attempted(act: Callable[[], object]) -> Exception | None:
    """Do what may be refused; tell what else went wrong."""
    try:
        act()
    except RegisterError as refused:
        return refused if refused.status >= 500 else None
    except Exception as wrong:  # noqa: BLE001 - a test tells of any
        return wrong
    return None


@pytest.mark.parametrize(
    ("zone", "deadline"),
    [
        ("Europe/Berlin", "2021-07-02 00:00"),
        ("Europe/Berlin", "2021-10-31 23:59"),  # a day of 25 hours
        ("America/Havana", "2021-11-07 00:30"),  # an hour that comes twice, across midnight
        ("Pacific/Apia", "2021-09-26 03:30"),
        ("Pacific/Kiritimati", "2021-08-01 00:00"),
        ("Etc/GMT+12", "2021-08-01 00:00"),
    ],
)
def test_the_last_instant_counts_and_the_next_does_not(room: Room, clock: FixedClock, zone: str, deadline: str) -> None:
    """Whatever the clocks of the statement do: received before the deadline is listed after it, at the deadline is late."""
    from signatures.intake import closing  # noqa: PLC0415

    room.register.draft(EDITOR, reference="far", kind="statement", time_zone=zone, default_language="en")
    room.register.set_text(EDITOR, "far", language="en", title="Far", text=None)
    room.register.publish(EDITOR, "far", as_of="2021-06-30")
    at = closing.deadline_at(deadline, zone, 1 if zone == "America/Havana" else None)
    room.terms.change("far", "editor:test", deadline=at)
    clock.set(datetime.fromisoformat(at) - timedelta(microseconds=1))
    last = room.intake.receive("far", NameParts("Union A"), CONTACT, text_sha256=None)
    clock.set(datetime.fromisoformat(at))
    with pytest.raises(StatementClosed):
        room.intake.receive("far", NameParts("Union B"), CONTACT, text_sha256=None)
    assert 1 == closing.due(room)
    room.intake.confirm(*confirmation_of(room, last.id))
    clock.advance(days=2)
    room.intake.accept(last.id, EDITOR)
    assert last.signed_on == room.register.signature(last.signature_id).signed_on


def test_a_tick_in_the_middle_of_reopening_closes_nothing(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deadline that has passed is put away first: whoever looks between two commits finds nothing that is due."""
    from signatures.intake import closing  # noqa: PLC0415

    room.terms.change(REFERENCE, "editor:test", deadline="2021-07-01T13:00:00.000000Z")
    clock.advance(hours=2)
    assert 1 == closing.due(room)
    reopen = room.register.reopen_signing

    def then_tick(*args: Any, **more: Any) -> Any:
        recorded = reopen(*args, **more)
        closing.due(room)
        return recorded

    monkeypatch.setattr(room.register, "reopen_signing", then_tick)
    closing.reopen(room, EDITOR, REFERENCE)
    assert room.register.statement(REFERENCE).open_on("2021-07-02")


# ── what strangers can learn or do to others ─────────────────────────────────────────────────────────────────────────


def test_nobody_floods_an_owners_mailbox(room: Room) -> None:
    """Whoever sends the form again and again for an organisation that stands: its owner is told three times in six hours."""
    room.intake.accept(confirmed(room), EDITOR)
    for number in range(10):
        receive(room, contact=CONTACT._replace(email=f"stranger{number}@example.net"))
    assert 3 == len(mails(room, "standing"))


def test_receiving_asks_the_same_of_every_name(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """How near a name is to registered ones is asked when the address is confirmed, so that no time tells who is registered."""
    from signatures.intake import identity  # noqa: PLC0415

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("asked while receiving")

    monkeypatch.setattr(identity, "candidates", asked)
    listed_at_once(room)
    assert "received" == state_of(room, receive(room, "Nobody Knows It"))


def test_what_expired_is_erased_with_its_message(room: Room, clock: FixedClock) -> None:
    """After seven days the address of somebody who never answered stands nowhere, as the message promised."""
    receive(room, contact=CONTACT._replace(email="never-answered@example.org"))
    clock.advance(days=8)
    assert 1 == room.intake.expire()
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT recipient FROM outbox")
    assert "never-answered" not in str(rows)


def test_a_flood_expires_in_several_goes(room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, no transaction is so long that it is taken back."""
    from signatures.intake import intake  # noqa: PLC0415

    monkeypatch.setattr(intake, "BATCH", 2)
    ids = [receive(room, f"Union {n}", contact=CONTACT._replace(email=f"{n}@example.org")) for n in range(5)]
    clock.advance(days=8)
    assert 5 == room.intake.expire()
    assert {"expired"} == {state_of(room, id_) for id_ in ids}
    with room.contacts.database.reading() as transaction:
        assert [("",)] == transaction.execute("SELECT DISTINCT recipient FROM outbox")


def test_an_objection_to_what_was_erased_is_a_dead_link(room: Room) -> None:
    """The link outlives the submission's name; it says what every dead link says."""
    own = register(room)
    room.intake.accept(confirmed(room, AMNESTY.name, chosen=own, contact=CONTACT), EDITOR)
    confirmed(room, AMNESTY.name, parts={"acronym": "AW"}, contact=OWN)
    with room.contacts.database.writing("submission") as transaction:
        ((about,),) = transaction.execute("SELECT about FROM outbox WHERE kind = 'objection'")
        transaction.execute("UPDATE submission SET parts = '{\"name\": \"\"}', contact_email = '' WHERE chosen IS NULL")
    token = room.links.token(json.loads(about)["link"])
    with pytest.raises(LinkDead):
        room.intake.to_object(token)
    with pytest.raises(LinkDead):
        room.intake.object(token)


def test_an_editor_accepts_what_was_read(room: Room) -> None:
    """The contact writes another name while the editor still looks at the first one: that is refused."""
    seen = room.intake.show(id_ := confirmed(room, "Small Union", contact=OWN)).parts_digest
    room.entries.answer(entry_token(room, id_), AMNESTY)
    with pytest.raises(Refused, match="meanwhile"):
        room.intake.accept(id_, EDITOR, seen=seen)
    assert [] == names(room)
    room.intake.accept(id_, EDITOR, seen=room.intake.show(id_).parts_digest)
    assert [AMNESTY.name] == names(room)


@pytest.mark.parametrize("path", ["/%5Cevil.example/", "/%2F%2Fevil.example", "/x%22%3E%3Cb%3E"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_address_makes_a_page_link_elsewhere(database_url: str, client: FlaskClient, path: str) -> None:
    """Whoever sends somebody an odd address of ours gets no link to another site, and no mark-up, into the page."""
    answer = client.get(path)
    linked = [urlsplit(urljoin("http://localhost/", href.replace("\\", "/"))).hostname for href in _links(answer.text)]
    assert ({"localhost"}, 404) == (set(linked), answer.status_code)
    assert "<b>" not in answer.text


def _links(text: str) -> list[str]:
    return [a["href"] for a in Page(text).all("a")]


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock) -> Iterator[Flask]:
    """Make an installation with one published statement, and another one."""
    made = console(environ, clock)
    for reference in (REFERENCE, "other-2021"):
        publish_statement(made.extensions["room"], reference)
    yield made
    made.extensions["room"].close()


def test_an_objection_to_what_is_listed_waits_for_editors(app: Flask) -> None:
    """The terms list it at once, the known contact says "this was not us": editors find it among what waits, once."""
    room: Room = app.extensions["room"]
    own = room.register.sign(EDITOR, "other-2021", AMNESTY, signed_on="2021-06-20", method="paper").organisation_id
    receipt = room.intake.accept(confirmed(room, AMNESTY.name, chosen=own), EDITOR)
    room.register.withdraw(EDITOR, receipt.signature_id, on=room.clock().date().isoformat())
    listed_at_once(room)
    student = CONTACT._replace(email="student@amnesty.example")
    id_ = confirmed(room, AMNESTY.name, chosen=own, contact=student)
    assert "accepted" == state_of(room, id_)
    with room.contacts.database.reading() as transaction:
        ((about,),) = transaction.execute("SELECT about FROM outbox WHERE kind = 'objection'")
    path = f"/objections/{room.links.token(json.loads(about)['link'])}"
    visitor = Browser(app)
    for _ in range(2):
        assert 303 == visitor.post(path, {}, mark=visitor.mark(path)).status_code
    (proposal,) = room.proposals.waiting()
    assert ("void", room.intake.show(id_).signature_id) == (proposal.act, proposal.about)


@ONE_ENGINE
def test_an_editor_confirms_what_the_page_showed(app: Flask) -> None:
    """The form says which words it showed; the contact's other name in between is refused with a sentence, singly and together."""
    room: Room = app.extensions["room"]
    editor(app, "anna")
    anna = Browser(app)
    anna.sign_in("anna")
    ids = [
        confirmed(room, name, contact=CONTACT._replace(email=f"{name[0]}@example.org")) for name in ("Rowers", "Bakers")
    ]
    path = f"/editors/submissions/{ids[0]}"
    page = Page(anna.get(path).text)
    (seen,) = page.all("input", name="seen")
    planned = anna.post("/editors/submissions/together", {"do": "accept", "tick": ids[1]})
    (read,) = Page(planned.text).all("input", name=f"seen-{ids[1]}")
    for id_ in ids:
        room.entries.answer(entry_token(room, id_), AMNESTY)
    single = anna.post(f"{path}/accept", {"do": "new", "seen": seen["value"]})
    assert 409 == single.status_code
    together = anna.post("/editors/submissions/together/accept", {"tick": ids[1], read["name"]: read["value"]})
    assert "changed its entry meanwhile" in single.text
    assert "changed its entry meanwhile" in together.text
    assert [] == names(room)


@ONE_ENGINE
def test_several_at_once_sign_as_nobody_of_another_name(app: Flask) -> None:
    """Who says in the form that it is a registered organisation, under quite another name, is looked at by itself."""
    room: Room = app.extensions["room"]
    own = room.register.sign(EDITOR, "other-2021", AMNESTY, signed_on="2021-06-20", method="paper").organisation_id
    editor(app, "anna")
    anna = Browser(app)
    anna.sign_in("anna")
    id_ = confirmed(room, "Rowers of the Lake", chosen=own)
    told = anna.post("/editors/submissions/together", {"do": "accept", "tick": id_}).text
    assert [] == Page(told).all("input", name="tick")
    anna.post("/editors/submissions/together/accept", {"tick": id_})
    assert ([], "confirmed") == (names(room), state_of(room, id_))


@ONE_ENGINE
def test_a_contact_is_told_of_the_correction_that_it_asked_for(app: Flask) -> None:
    """As the page has promised; once, however often it is confirmed."""
    room: Room = app.extensions["room"]
    room.intake.accept(id_ := confirmed(room, "Rowers"), EDITOR)
    assert room.entries.correct(entry_token(room, id_), {"name": "Gardeners of the Lake"}) is None
    (proposal,) = room.proposals.waiting()
    anna = editor(app, "anna")
    for _ in range(2):
        assert "performed" == room.proposals.confirm(proposal.id, anna).state
    assert [("corrected", CONTACT.email)] == mails(room, "corrected")
    room.courier.deliver()
    assert "Gardeners of the Lake" in "".join(path.read_text() for path in (room.state_dir / "outbox").glob("*.eml"))


@ONE_ENGINE
def test_auditors_read_no_addresses_of_the_invited(app: Flask) -> None:
    """As they read none of contacts: the domain tells enough."""
    room: Room = app.extensions["room"]
    room.invitations.invite(REFERENCE, "Small Union", "somebody@invited.example", "en", by="editor:test")
    shown = []
    for login, role in (("anna", "editor"), ("otto", "auditor")):
        editor(app, login, role)
        browser = Browser(app)
        browser.sign_in(login)
        page = browser.get(f"/editors/statements/{REFERENCE}/invitations").text
        shown.append(("somebody@" in page, "@invited.example" in page))
    assert [(True, True), (False, True)] == shown

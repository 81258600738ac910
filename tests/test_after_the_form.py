"""What an organisation meets after the form: confirmation, receipt, its own entry, objection, invitation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console
from tests.htmlpage import Page
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    bytes_of,
    confirmation_of,
    confirmed,
    entry_token,
    mails,
    publish_statement,
    receive,
    signed,
)

MARK = re.compile(r'name="csrf_token" value="[^"]+"')
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock) -> Iterator[Flask]:
    """Make an installation with one published statement."""
    made = console(environ, clock)
    publish_statement(made.extensions["room"])
    yield made
    made.extensions["room"].close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Get its room."""
    found: Room = app.extensions["room"]
    return found


def send(browser: Browser, path: str, to: str | None = None, **data: str) -> TestResponse:
    """Send the form of a page."""
    return browser.post(to or path, data, mark=browser.mark(path))


def heading(answer: TestResponse) -> str:
    (words,) = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return re.sub(r"<[^>]+>", "", str(words)).strip()


def listed(app: Flask, as_of: str = "") -> list[str]:
    """List who stands, as the API says."""
    told = app.test_client().get(f"/api/v1/statements/{REFERENCE}/signatories?as_of={as_of}").get_json()
    return [entry["printed"] for entry in told["numbered"] + told["subsequent"]]


# ── confirmation ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_confirmation_waits_for_the_secretariat(visitor: Browser, room: Room) -> None:
    """The link shows the line; the right digits and "We sign" confirm; the next page says what follows."""
    path = f"/confirmations/{(answer := confirmation_of(room, id_ := receive(room)))[0]}"
    page = visitor.get(path)
    assert (200, "Does your organisation sign this?") == (page.status_code, heading(page))
    assert "Union A" in page.text
    done = send(visitor, path, answer="sign", code=answer[1])
    assert (303, "/confirmations/done") == (done.status_code, done.location)
    assert "waits for the secretariat" in heading(visitor.get(done.location))
    assert "confirmed" == room.intake.show(id_).state


def test_listed_once_confirmed_leads_to_the_receipt(visitor: Browser, room: Room, app: Flask) -> None:
    """A hundred replays of the answer: one event, one receipt, the same address."""
    room.terms.change(REFERENCE, "editor:test", acceptance="confirmed")
    token, code = confirmation_of(room, receive(room))
    path = f"/confirmations/{token}"
    mark = visitor.mark(path)
    answers = {visitor.post(path, {"answer": "sign", "code": code}, mark=mark).location for _ in range(100)}
    (entry,) = signed(room)
    assert {f"/receipts/{entry.data()['signature_id']}"} == answers
    assert 1 == len(mails(room, "accepted"))
    assert "Your organisation has signed." == heading(visitor.get(answers.pop()))
    assert ["Union A"] == listed(app)


def test_a_mail_scanner_changes_nothing(visitor: Browser, room: Room) -> None:
    """A thousand times it opens the link, asks for its headers, or sends the form as it finds it: no event, no change."""
    room.terms.change(REFERENCE, "editor:test", acceptance="confirmed")
    token, _ = confirmation_of(room, id_ := receive(room))
    path, before = f"/confirmations/{token}", room.store.newest()
    mark = visitor.mark(path)
    for number in range(1_000):
        match number % 5:
            case 0:
                assert 200 == visitor.client.head(path).status_code
            case 1:
                assert visitor.post(path, {"answer": "sign", "code": ""}, mark=mark).status_code in (404, 429)
            case 2:
                assert visitor.post(path, {"answer": "not-us"}, mark=mark).status_code in (404, 429)
            case _:
                assert 200 == visitor.get(path).status_code
    assert before == room.store.newest()
    assert "received" == room.intake.show(id_).state


def test_wrong_used_and_expired_are_one_page(visitor: Browser, room: Room, clock: FixedClock) -> None:
    """The same status and the same bytes, but for the address itself and the mark of the form."""
    used, code = confirmation_of(room, receive(room))
    send(visitor, f"/confirmations/{used}", answer="sign", code=code)
    wrong, _ = confirmation_of(room, receive(room, "Union B", contact=CONTACT._replace(email="b@example.org")))
    expired, _ = confirmation_of(room, receive(room, "Union C", contact=CONTACT._replace(email="c@example.org")))
    pages = {_plain(send(visitor, f"/confirmations/{wrong}", answer="sign", code="000"), wrong)}
    clock.advance(hours=72)
    for token in (used, expired, "x" * 43, "é"):
        pages.add(_plain(visitor.get(f"/confirmations/{token}"), token))
    assert 1 == len(pages)
    assert 404 == pages.pop()[0]


def _plain(answer: TestResponse, token: str) -> tuple[int, str]:
    text = MARK.sub("", answer.text)
    return answer.status_code, text.replace(token, "TOKEN").replace("%C3%A9", "TOKEN")


def test_a_new_message_can_be_asked_for_by_the_dead_link(visitor: Browser, room: Room, clock: FixedClock) -> None:
    """The answer is the same where there is nothing to confirm."""
    token, _ = confirmation_of(room, id_ := receive(room))
    clock.advance(hours=80)
    answers = set()
    for each in (token, "x" * 43):
        page = f"/confirmations/{each}"
        found = re.search(r'name="csrf_token" value="([^"]+)"', visitor.get(page).text)
        assert found is not None
        answer = visitor.post(f"{page}/again", {}, mark=found[1])
        answers.add((answer.status_code, answer.location))
    assert {(303, "/confirmations/sent")} == answers
    assert "A new message is on its way" in heading(visitor.get("/confirmations/sent"))
    assert 2 == len(mails(room, "confirmation"))
    send(visitor, f"/confirmations/{(fresh := confirmation_of(room, id_))[0]}", answer="sign", code=fresh[1])
    assert "confirmed" == room.intake.show(id_).state


def test_this_was_not_us(visitor: Browser, room: Room) -> None:
    """The submission is refused, and the page says so."""
    token, code = confirmation_of(room, id_ := receive(room))
    done = send(visitor, f"/confirmations/{token}", answer="not-us", code=code)
    assert "Nothing is listed in your name" in heading(visitor.get(done.location))
    assert "refused" == room.intake.show(id_).state


@ONE_ENGINE
@pytest.mark.parametrize("path", ["confirmations", "entries", "objections", "invitations"])
def test_without_the_mark_nothing_is_taken(visitor: Browser, room: Room, path: str) -> None:
    """Every POST needs the form's own mark."""
    token, code = confirmation_of(room, receive(room))
    answer = visitor.client.post(f"/{path}/{token}", data={"answer": "sign", "code": code})
    assert answer.status_code in (400, 405)
    assert "received" == room.intake.list()[0].state


# ── receipt ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_says_what_the_log_says(visitor: Browser, room: Room) -> None:
    """Line, dates, position and checksum; its strip has 32 bars; and it says what became of the signature since."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    path = f"/receipts/{receipt.signature_id}"
    entry = room.store.entry(receipt.position)
    assert entry is not None
    text = visitor.get(path).text
    page = Page(text)
    assert entry.leaf_hash.hex() in text.replace(" ", "")
    assert 32 == len(page.all("rect"))
    assert "Subsequent signatories, without a number" in text
    room.register.correct(EDITOR, receipt.signature_id, {"name": "Union A of Bern"})
    assert "Union A of Bern" in visitor.get(path).text
    room.register.withdraw(EDITOR, receipt.signature_id, on="2026-11-23")
    assert "Your organisation has withdrawn." == heading(visitor.get(path))
    room.register.void(EDITOR, receipt.signature_id)
    voided = visitor.get(path)
    assert "This signature was voided." == heading(voided)
    assert "Union A" not in voided.text


def test_a_receipt_is_there_only_for_what_the_public_sees(visitor: Browser, room: Room) -> None:
    """Unknown ids, drafts and nonsense are all not found."""
    room.register.draft(EDITOR, reference="draft", kind="statement", time_zone="UTC", default_language="en")
    hidden = room.register.sign(EDITOR, "draft", NameParts("Union H"), signed_on="2026-11-23", method="paper")
    for id_ in (hidden.signature_id, "0" * 32, "nonsense", "%00"):
        assert 404 == visitor.get(f"/receipts/{id_}").status_code


# ── the entry ────────────────────────────────────────────────────────────────────────────────────────────────────────

PARTS = {"name": "Union A", "name_language": "en", "acronym": "", "country": "Kenya", "territories": "Kenya"}


def test_correcting_a_listed_entry(visitor: Browser, room: Room, app: Flask) -> None:
    """Shown first, then done; the list shows it at once, the history by whom, and what was known before stays."""
    receipt = room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}"
    assert "Your organisation stands on the list." == heading(visitor.get(path))
    shown = send(visitor, f"{path}/correction", do="show", **PARTS)
    assert ["Union A", "Union A, Kenya"] == [words.strip() for words in Page(shown.text).of_class("printed")]
    assert ["Union A"] == listed(app)
    done = send(visitor, f"{path}/correction", do="act", code="typo", **PARTS)
    assert (303, f"{path}?done=corrected") == (done.status_code, done.location)
    assert "The correction is recorded." in visitor.get(done.location).text
    assert ["Union A, Kenya"] == listed(app)
    (corrected,) = [entry for entry in room.store.entries(0, 99) if entry.type == "Corrected"]
    assert ({"kind": "organisation", "ref": id_}, "typo", None) == (
        corrected.data()["actor"],
        corrected.data()["reason_code"],
        corrected.data()["note"],
    )
    before = f"/api/v1/statements/{REFERENCE}/signatories?position={receipt.position}"
    assert "Union A" == app.test_client().get(before).get_json()["subsequent"][0]["printed"]
    assert [("corrected", CONTACT.email)] == mails(room, "corrected")
    (act,) = room.acts.list(about=f"signature:{receipt.signature_id}")
    assert (f"organisation:{id_}", "correct") == (act.actor, act.act)


def test_a_correction_that_leads_to_another_name_waits(visitor: Browser, room: Room, app: Flask) -> None:
    """The list stays as it is until an editor has looked."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}"
    done = send(visitor, f"{path}/correction", do="act", code="renamed", **{**PARTS, "name": "Federation of Bakers"})
    assert f"{path}?done=waiting" == done.location
    assert "an editor looks at it first" in visitor.get(done.location).text
    assert ["Union A"] == listed(app)
    (proposal,) = room.proposals.waiting()
    assert ("correct", f"organisation:{id_}") == (proposal.act, proposal.proposed_by)


def test_withdrawing(visitor: Browser, room: Room, app: Flask, clock: FixedClock) -> None:
    """Asked, shown, done; the as-of lists before and after say what is true of their day."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    clock.advance(days=2)
    path = f"/entries/{entry_token(room, id_)}"
    shown = send(visitor, f"{path}/withdrawal", on="2026-11-25", code="own-request", do="show")
    assert (200, ["Union A"]) == (shown.status_code, listed(app))
    unticked = send(visitor, f"{path}/withdrawal", on="2026-11-25", code="own-request", do="act")
    assert (422, "sure-why") == (unticked.status_code, Page(unticked.text).all("p", **{"class": "why"})[0]["id"])
    done = send(visitor, f"{path}/withdrawal", on="2026-11-25", code="own-request", do="act", sure="yes")
    assert f"{path}?done=withdrawn" == done.location
    assert "Your organisation has withdrawn." == heading(visitor.get(path))
    assert (["Union A"], []) == (listed(app, "2026-11-24"), listed(app, "2026-11-25"))
    assert (303, path) == ((again := visitor.get(f"{path}/withdrawal")).status_code, again.location)


@ONE_ENGINE
@pytest.mark.parametrize("on", ["", "2026-13-01", "2020-01-01", "2099-01-01", "x\0"])
def test_a_date_that_cannot_be_is_told_beside_its_field(visitor: Browser, room: Room, on: str) -> None:
    """Nothing is recorded, and what was typed stays."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}/withdrawal"
    answer = send(visitor, path, on=on, code="own-request", do="act", sure="yes")
    assert (422, "on-why") == (answer.status_code, Page(answer.text).all("p", **{"class": "why"})[0]["id"])
    assert 1 == len(signed(room))
    assert not [entry for entry in room.store.entries(0, 99) if entry.type == "Withdrawn"]


@ONE_ENGINE
def test_what_cannot_be_printed_is_told_beside_its_field(visitor: Browser, room: Room) -> None:
    """As on the form."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}/correction"
    for wrong in (
        {"name": ""},
        {"name": "x\u202eevil"},
        {"url": "nonsense"},
        {"territories": "Atlantis"},
        {"on": "soon"},
    ):
        answer = send(visitor, path, do="act", **{**PARTS, **wrong})
        assert (422, f"{next(iter(wrong))}-why") == (
            answer.status_code,
            Page(answer.text).all("p", **{"class": "why"})[0]["id"],
        )
    same = send(visitor, path, do="show", name="Union A")
    assert (422, True) == (same.status_code, "Nothing is different" in same.text)


def test_answering_and_taking_back_before_acceptance(visitor: Browser, room: Room) -> None:
    """A question is answered by changing the entry; what is taken back is recorded nowhere."""
    id_ = confirmed(room)
    room.intake.ask(id_, EDITOR, "Which Union A?")
    path = f"/entries/{entry_token(room, id_)}"
    assert "Which Union A?" in visitor.get(path).text
    assert f"{path}?done=answered" == send(visitor, f"{path}/correction", do="act", **PARTS).location
    assert ("confirmed", "Union A, Kenya") == (room.intake.show(id_).state, room.intake.show(id_).printed)
    assert 422 == send(visitor, f"{path}/withdrawal", do="act").status_code
    assert f"{path}?done=taken-back" == send(visitor, f"{path}/withdrawal", do="act", sure="yes").location
    assert ("withdrawn", []) == (room.intake.show(id_).state, signed(room))
    assert "You took your entry back." == heading(visitor.get(path))


# ── objection and invitation ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_known_contact_objects_in_one_click(visitor: Browser, room: Room) -> None:
    """The page names the registered organisation and nothing that the sender wrote; GET changes nothing."""
    first = room.intake.accept(confirmed(room), EDITOR)
    room.register.withdraw(EDITOR, first.signature_id, on="2026-11-23")
    stranger = CONTACT._replace(email="else@example.net", name="office-7f3a")
    id_ = confirmed(room, contact=stranger, parts={"translations": {"en": "words-7f3a"}})
    with room.contacts.database.reading() as transaction:
        ((link,),) = transaction.execute("SELECT id FROM link WHERE purpose = 'objection'")
    path = f"/objections/{room.links.token(link)}"
    before = bytes_of(room.databases["contacts"])
    page = visitor.get(path)
    assert (["Union A"], False) == (Page(page.text).of_class("printed"), "7f3a" in page.text)
    assert before == bytes_of(room.databases["contacts"])
    done = send(visitor, path)
    assert "The secretariat checks the entry" in heading(visitor.get(done.location))
    assert room.intake.show(id_).objected_at is not None
    assert 404 == visitor.get(f"/objections/{'x' * 43}").status_code


def test_an_invitation_shows_a_draft_and_takes_a_no(visitor: Browser, room: Room) -> None:
    """Who was invited reads the text that others do not see, goes on to the form, or declines; both can change."""
    room.register.draft(EDITOR, reference="draft", kind="statement", time_zone="UTC", default_language="en")
    room.register.set_text(EDITOR, "draft", language="en", title="A quiet draft", text="Words of the draft.")
    invitation = room.invitations.invite("draft", "Union A", "a@example.org", "en", by="editor:test")
    with room.contacts.database.writing("submission") as transaction:
        token = room.links.token(room.links.lasting(transaction, "invitation", invitation.id))
    path = f"/invitations/{token}"
    page = visitor.get(path)
    assert "Words of the draft." in page.text
    form = f"/statements/draft/sign?invitation={token}"
    assert form in [a["href"] for a in Page(page.text).all("a")]
    assert (404, 200) == (visitor.get("/statements/draft/sign").status_code, visitor.get(form).status_code)
    assert 303 == send(visitor, path).status_code
    assert ("declined", True) == (
        room.invitations.get(invitation.id).state,
        "the way is open" in visitor.get(path).text,
    )
    assert 404 == visitor.get(f"/invitations/{'x' * 43}").status_code

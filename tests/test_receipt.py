"""Receipts: what they say of a signature on every way that it can go, and whether the API says the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console
from tests.htmlpage import Page
from tests.site import words
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement

TODAY = "2026-11-23"


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


def said(visitor: Browser, signature_id: str, path: str = "") -> str:
    """Read a receipt in one line."""
    answer = visitor.get(f"/receipts/{signature_id}{path}")
    assert 200 == answer.status_code
    return words(Page(answer.text).said)


def test_a_receipt_says_where_the_entry_stands(visitor: Browser, room: Room) -> None:
    """Without a number until the next edition; then with that edition's; then that it is not there any more."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    assert "Subsequent signatories, without a number until the next edition" in said(visitor, receipt.signature_id)
    room.register.publish(EDITOR, REFERENCE, as_of=TODAY)
    assert "Number 1 of edition 2" in said(visitor, receipt.signature_id)
    room.register.withdraw(EDITOR, receipt.signature_id, on="2026-12-24")
    leaving = said(visitor, receipt.signature_id)
    assert "Your organisation has signed." in leaving
    assert "From 24 December 2026" in leaving
    assert "Number 1 of edition 2" in leaving


def test_a_receipt_and_the_api_tell_the_same(visitor: Browser, room: Room, app: Flask) -> None:
    """Position, leaf, line and date are those of the log; its links lead where they say."""
    receipt = room.intake.accept(confirmed(room, parts={"country_printed": {"en": "Kenya"}}), EDITOR)
    text = visitor.get(f"/receipts/{receipt.signature_id}").text
    (events,) = [a["href"] for a in Page(text).all("a") if "/events?" in a["href"]]
    client = app.test_client()
    (event,) = client.get(events).get_json()["events"]
    assert (receipt.position, "Signed", receipt.signature_id) == (
        event["position"],
        event["type"],
        event["data"]["signature_id"],
    )
    inside = [a["href"] for a in Page(text).all("a") if a["href"].startswith("/")]
    assert {200} == {client.get(href).status_code for href in inside}
    assert "Union A, Kenya" in Page(text).of_class("printed")


def test_what_was_signed_stays_beside_what_is_printed_today(visitor: Browser, room: Room) -> None:
    """A correction does not rewrite the receipt; it adds a line."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    room.register.correct(EDITOR, receipt.signature_id, {"name": "Union A of Bern"}, on=TODAY)
    text = visitor.get(f"/receipts/{receipt.signature_id}").text
    assert ["Union A"] == Page(text).of_class("printed")
    assert "Printed today" in text
    assert "Union A of Bern" in text


def test_an_organisation_under_another_registration_keeps_its_receipt(visitor: Browser, room: Room) -> None:
    """A merger changes who it is counted with, not what it signed."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    room.register.draft(EDITOR, reference="other", kind="statement", time_zone="UTC", default_language="en")
    other = room.register.sign(EDITOR, "other", NameParts("Union Alpha"), signed_on=TODAY, method="paper")
    room.register.merge(EDITOR, receipt.organisation_id, into=other.organisation_id)
    assert "Subsequent signatories" in said(visitor, receipt.signature_id)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_a_receipt_is_there_in_every_language(visitor: Browser, room: Room, language: str) -> None:
    """Names stay as they are, checksums and addresses are read from left to right."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    page = Page(visitor.get(f"/receipts/{receipt.signature_id}?lang={language}").text)
    (html,) = page.all("html")
    assert (language, "rtl" if language == "ar" else "ltr") == (html["lang"], html["dir"])
    assert ["Union A"] == page.of_class("printed")
    assert all(code.get("dir") == "ltr" for code in page.all("code"))


def test_a_receipt_holds_nothing_of_the_contact(visitor: Browser, room: Room) -> None:
    """It is public like the list; caches ask again, search engines leave it."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    answer = visitor.get(f"/receipts/{receipt.signature_id}")
    assert not [told for told in ("office@example.org", "Secretariat<", "/entries/") if told in answer.text]
    assert ("no-cache", "noindex") == (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"])


def test_after_a_statement_was_taken_back_receipts_stay(visitor: Browser, room: Room) -> None:
    """The list stays readable, and so does who stood on it."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    room.register.retract(EDITOR, REFERENCE, on=TODAY)
    assert "Union A" in said(visitor, receipt.signature_id)

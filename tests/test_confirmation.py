"""Links of confirmations at their edges: messages overtaken by newer ones, texts changed meanwhile, what was erased."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from signatures.privacy.forgetting import forget
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console
from tests.htmlpage import Page
from tests.submitting import CONTACT, EDITOR, REFERENCE, confirmation_of, publish_statement, receive


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


def test_a_message_that_a_newer_one_overtook_confirms_nothing(visitor: Browser, room: Room) -> None:
    """The form was sent again with changes: the older link is dead, and nobody is told that it was not them."""
    form = str(uuid.uuid4())
    old, code = confirmation_of(room, receive(room, form_id=form))
    fresh, right = confirmation_of(room, id_ := receive(room, form_id=form, parts={"country_printed": {"en": "Kenya"}}))
    assert old != fresh
    assert [404, 200] == [visitor.get(f"/confirmations/{token}").status_code for token in (old, fresh)]
    mark = visitor.mark(f"/confirmations/{fresh}")
    answers = [
        visitor.post(f"/confirmations/{token}", {"answer": "sign", "code": digits}, mark=mark).status_code
        for token, digits in ((old, code), (fresh, right))
    ]
    assert ([404, 303], "confirmed") == (answers, room.intake.show(id_).state)


def test_only_the_text_that_was_agreed_to_is_shown(visitor: Browser, room: Room) -> None:
    """Where the text was changed since, its page does not show other words as those that are signed."""
    path = f"/confirmations/{confirmation_of(room, receive(room))[0]}"
    assert "A text that many sign." in visitor.get(path).text
    room.register.set_text(EDITOR, REFERENCE, language="en", title="On a common list", text="Other words.")
    text = visitor.get(path).text
    assert "Other words." not in text
    assert "The text was changed since" in text


def test_the_statement_can_be_read_from_the_confirmation(visitor: Browser, room: Room) -> None:
    """A link leads to the public page."""
    page = Page(visitor.get(f"/confirmations/{confirmation_of(room, receive(room))[0]}").text)
    assert f"/statements/{REFERENCE}" in [a["href"] for a in page.all("a")]


def test_the_digits_are_asked_for_as_telephones_expect(visitor: Browser, room: Room) -> None:
    """A keypad of digits, filled in by the system; and two buttons of one kind."""
    page = Page(visitor.get(f"/confirmations/{confirmation_of(room, receive(room))[0]}").text)
    (code,) = page.all("input", name="code")
    assert ("numeric", "one-time-code", "") == (code["inputmode"], code["autocomplete"], code.get("value", ""))
    assert [("sign", "button second"), ("not-us", "button second")] == [
        (button["value"], button["class"]) for button in page.all("button")
    ]


def test_what_was_erased_is_not_remembered_by_a_browser(visitor: Browser, room: Room) -> None:
    """The page after the answer names nothing any more, and is there."""
    token, code = confirmation_of(room, id_ := receive(room))
    path = f"/confirmations/{token}"
    mark = visitor.mark(path)
    for answer in ("sign",):
        visitor.post(path, {"answer": answer, "code": code}, mark=mark)
    forget(room, CONTACT.email)
    page = visitor.get("/confirmations/done")
    assert (200, False) == (page.status_code, "Union A" in page.text)
    assert "waits for the secretariat" not in page.text
    with room.contacts.database.writing("submission") as transaction:
        transaction.execute("DELETE FROM submission WHERE id = ?", (id_,))
    assert 200 == visitor.get("/confirmations/done").status_code


def test_an_answer_of_the_other_kind_comes_too_late(visitor: Browser, room: Room) -> None:
    """Who has signed and then says that it was not them is told what is true, and nothing changes by itself."""
    token, code = confirmation_of(room, id_ := receive(room))
    path = f"/confirmations/{token}"
    mark = visitor.mark(path)
    for answer in ("sign", "not-us"):
        assert 303 == visitor.post(path, {"answer": answer, "code": code}, mark=mark).status_code
    assert "waits for the secretariat" in visitor.get("/confirmations/done").text
    assert "confirmed" == room.intake.show(id_).state


@pytest.mark.parametrize("answer", ["", "maybe", "sign\0"])
def test_an_answer_that_is_none_is_no_answer(visitor: Browser, room: Room, answer: str) -> None:
    """The right digits alone do nothing, and the link stays."""
    token, code = confirmation_of(room, id_ := receive(room))
    path = f"/confirmations/{token}"
    assert 404 == visitor.post(path, {"answer": answer, "code": code}, mark=visitor.mark(path)).status_code
    assert ("received", 200) == (room.intake.show(id_).state, visitor.get(path).status_code)

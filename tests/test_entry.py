"""An organisation's own entry by the link of its messages: what holds when acts come twice, late, or for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel import Locale
from flask import Flask

from signatures.intake.territories import NOT_ISO, territory_codes
from signatures.organisation import NameParts
from signatures.pages.entryform import typed_of
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console
from tests.htmlpage import Page
from tests.submitting import EDITOR, REFERENCE, confirmation_of, confirmed, entry_token, publish_statement, receive

PARTS = {"name": "Union A", "name_language": "en", "acronym": "", "country": "Kenya", "territories": "Kenya"}
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


def types(room: Room) -> list[str]:
    """List the types of what was recorded."""
    return [entry.type for entry in room.store.entries(0, 99)]


def test_a_correction_sent_twice_is_one(visitor: Browser, room: Room) -> None:
    """The second click of a double click leads to the same place; one event."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}"
    mark = visitor.mark(f"{path}/correction")
    act = {**PARTS, "do": "act", "code": "typo"}
    answers = [visitor.post(f"{path}/correction", act, mark=mark) for _ in range(3)]
    assert [(303, f"{path}?done=corrected")] * 3 == [(one.status_code, one.location) for one in answers]
    assert 1 == types(room).count("Corrected")


def test_a_withdrawal_sent_twice_is_one(visitor: Browser, room: Room) -> None:
    """The second click leads to the same place; another date after the first changes nothing."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}"
    mark = visitor.mark(f"{path}/withdrawal")
    answers = [
        visitor.post(f"{path}/withdrawal", {"do": "act", "on": on, "code": "own-request", "sure": "yes"}, mark=mark)
        for on in (TODAY, TODAY, "2026-12-24")
    ]
    assert [(303, f"{path}?done=withdrawn")] * 2 + [(303, path)] == [(one.status_code, one.location) for one in answers]
    assert 1 == types(room).count("Withdrawn")


@pytest.mark.parametrize("state", ["received", "refused", "withdrawn", "voided"])
@pytest.mark.parametrize("act", ["correction", "withdrawal"])
def test_what_cannot_be_done_leads_back_to_the_entry(visitor: Browser, room: Room, state: str, act: str) -> None:
    """An old page, or a link kept from before: the entry says what became of it; nothing is offered that is refused."""
    path = f"/entries/{entry_token(room, id_ := _in_state(room, state))}"
    mark = visitor.mark(f"/confirmations/{'x' * 43}")
    for answer in (
        visitor.get(f"{path}/{act}"),
        visitor.post(f"{path}/{act}", {**PARTS, "do": "show"}, mark=mark),
        visitor.post(f"{path}/{act}", {**PARTS, "do": "act", "on": TODAY, "sure": "yes"}, mark=mark),
    ):
        if (state, act) == ("received", "withdrawal"):  # this can be done
            assert answer.status_code in (200, 303, 422)  # 422: the box was not ticked
        else:
            assert (303, path) == (answer.status_code, answer.location.partition("?")[0])
    assert ("withdrawn" if (state, act) == ("received", "withdrawal") else _STATE[state]) == room.intake.show(id_).state


_STATE = {"received": "received", "refused": "refused", "withdrawn": "withdrawn", "voided": "accepted"}


def _in_state(room: Room, state: str) -> str:
    if state == "received":
        return receive(room)
    id_ = confirmed(room)
    if state == "refused":
        room.intake.refuse(id_, EDITOR, "other")
    elif state == "withdrawn":
        room.entries.take_back(entry_token(room, id_))
    else:
        room.register.void(EDITOR, room.intake.accept(id_, EDITOR).signature_id)
    return id_


def test_a_correction_that_an_earlier_one_would_hide_is_told(visitor: Browser, room: Room, app: Flask) -> None:
    """From a date on the name is another: what is corrected without a date would not be seen, and so asks for one."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}/correction"
    mark = visitor.mark(path)
    renamed = {"name": "Union AB", "name_language": "en", "code": "renamed", "on": TODAY}
    assert 303 == visitor.post(path, {**renamed, "do": "act"}, mark=mark).status_code
    slip = {**renamed, "name": "Union ABC", "code": "typo", "on": ""}
    for do in ("show", "act"):
        answer = visitor.post(path, {**slip, "do": do}, mark=mark)
        assert (422, True) == (answer.status_code, "Give that date or a later one." in answer.text)
    assert 303 == visitor.post(path, {**slip, "on": TODAY, "do": "act"}, mark=mark).status_code
    told = app.test_client().get(f"/api/v1/statements/{REFERENCE}/signatories").get_json()
    assert ["Union ABC"] == [entry["printed"] for entry in told["subsequent"]]


def test_an_entry_says_why_it_was_refused(visitor: Browser, room: Room) -> None:
    """The code in words and the editor's own; the link to the form is there."""
    room.intake.refuse(id_ := confirmed(room), EDITOR, "duplicate", "You stand there as <b>UA</b>.")
    text = visitor.get(f"/entries/{entry_token(room, id_)}").text
    assert "The organisation is on the list, or another entry of it is being read." in text
    assert "You stand there as &lt;b&gt;UA" in text
    assert f"/statements/{REFERENCE}/sign" in [a["href"] for a in Page(text).all("a")]


@pytest.mark.parametrize("reader", ["en", "de", "ar"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_territories_stay_what_they_are_through_the_form(reader: str, database_url: str) -> None:
    """What the correction form shows of every country is read as that country again, in every language."""
    known = [str(code) for code in Locale("en").territories]
    codes = [code for code in known if len(code) == 2 and code.isalpha() and code not in NOT_ISO]
    lost = []
    for code in codes:
        shown = typed_of(NameParts("A", territories=[code]), "en", reader)["territories"]
        if territory_codes(shown, (reader, "en")) != ([code], []):
            lost.append((code, shown))
    assert [] == lost


def test_nothing_typed_in_a_correction_is_lost(visitor: Browser, room: Room) -> None:
    """Every field stays as typed through an error, through what is shown, and back."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}/correction"
    typed = {
        "name": "Union <A> & “B”",
        "name_language": "ru",
        "acronym": "U\"A'",
        "transliteration": "Soyuz",
        "translation": "Union\tof A",
        "country": "Kenya",
        "territories": "Kenya, Atlantis",
        "url": "https://example.org/a?b=c&d",
        "code": "other",
        "on": TODAY,
    }
    mark = visitor.mark(path)
    page = visitor.post(path, {**typed, "do": "act"}, mark=mark)
    assert 422 == page.status_code
    for name in ("acronym", "territories", "url", "on"):
        (field,) = Page(page.text).all("input", name=name)
        assert typed[name] == field["value"]
    assert {"ru", "other"} == {option["value"] for option in Page(page.text).all("option") if "selected" in option}
    right = {**typed, "territories": "Kenya"}
    shown = visitor.post(path, {**right, "do": "show"}, mark=mark)
    hidden = {one["name"]: one["value"] for one in Page(shown.text).all("input", type="hidden")}
    hidden.pop("csrf_token")
    assert right == hidden
    back = visitor.post(path, {**hidden, "do": "edit"}, mark=mark)
    (url,) = Page(back.text).all("input", name="url")
    assert (200, typed["url"]) == (back.status_code, url["value"])


def test_dead_links_are_one_page(visitor: Browser, room: Room) -> None:
    """Unknown, for another purpose, and malformed tokens: 404 with the same words, for looking and for acting."""
    other, _ = confirmation_of(room, receive(room))
    mark = visitor.mark(f"/confirmations/{'x' * 43}")
    pages = set()
    for token in ("x" * 43, other, "%00", "é"):
        for path in (f"/entries/{token}", f"/entries/{token}/correction", f"/entries/{token}/withdrawal"):
            answers = [visitor.get(path)]
            if path.count("/") == 3:
                answers.append(visitor.post(path, {**PARTS, "do": "act", "sure": "yes"}, mark=mark))
            for answer in answers:
                main = re.search(r"<main.*</main>", answer.text, re.DOTALL)
                pages.add((answer.status_code, answer.headers["Cache-Control"], main and main[0]))
    assert [(404, "no-store")] == [page[:2] for page in pages]


def test_pages_behind_links_are_kept_by_nobody(visitor: Browser, room: Room) -> None:
    """No cache, no search engine, no address given away to other sites."""
    room.intake.accept(id_ := confirmed(room), EDITOR)
    path = f"/entries/{entry_token(room, id_)}"
    for each in (path, f"{path}/correction", f"{path}/withdrawal", f"{path}?done=nonsense"):
        answer = visitor.get(each)
        assert (200, "no-store", "noindex", "same-origin") == (
            answer.status_code,
            *(answer.headers[name] for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy")),
        )

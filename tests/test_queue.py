"""The editors' queue over HTTP: what it lists, what it shows of a case, and what an editor does with it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from signatures.editors.accounts import Account
from signatures.editors.console.comparing import Run, compare, runs
from signatures.editors.signing_in import cookie_name
from signatures.intake.contacts import Contact
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console, editor, room_of
from tests.htmlpage import Page
from tests.queueing import EDITOR, LYON, REFERENCE, confirm, fill, know, object_to, publish, send, waiting, words

QUEUE = "/editors/submissions"


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock) -> Iterator[Flask]:
    """Make an installation with a published statement, an editor and an auditor."""
    made = console(environ, clock)
    publish(room_of(made))
    editor(made, "anna", password=None)
    editor(made, "otto", "auditor", None)
    yield made
    room_of(made).close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Get its room."""
    return room_of(app)


@pytest.fixture
def anna(app: Flask) -> Browser:
    """Sign an editor in."""
    return signed_in(app, "anna")


def signed_in(app: Flask, login: str) -> Browser:
    """Sign somebody in, without the second that checking a password takes."""
    browser = Browser(app)
    room = room_of(app)
    browser.client.set_cookie(cookie_name(room), room.sessions.open(room.accounts.named(login).id))
    return browser


def account(room: Room, login: str = "anna") -> Account:
    """Get an account."""
    return room.accounts.named(login)


def read(browser: Browser, path: str, status: int = 200) -> str:
    """Read a page's words; every page is well formed."""
    answer = browser.get(path)
    assert status == answer.status_code, answer.text[:2_000]
    return words(answer.text)


def lines(browser: Browser, query: str = "") -> list[str]:
    """List the names in the list."""
    page = re.findall(r'<bdi class="said"[^>]*>([^<]*)</bdi>\s*<small>', browser.get(f"{QUEUE}{query}").text)
    return [unescape(name) for name in page]


def tabs(browser: Browser, query: str = "") -> dict[str, int]:
    """Read the tabs' counts."""
    found = re.findall(r'">([^<>]+) <span class="many">([0-9]+)<', browser.get(f"{QUEUE}{query}").text)
    return {name: int(count) for name, count in found}


def post(browser: Browser, path: str, **data: Any) -> TestResponse:
    """Send a form of the queue."""
    return browser.post(f"{QUEUE}/{path}", data)


def acts(room: Room, id_: str) -> list[tuple[str, str]]:
    """List who did what with a submission, the oldest first."""
    return [(act.actor, act.act) for act in reversed(room.acts.list(about=f"submission:{id_}"))]


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_page_leads_to_the_queue(anna: Browser) -> None:
    """/editors/ goes on to the submissions that wait."""
    answer = anna.get("/editors/")
    assert (303, QUEUE) == (answer.status_code, answer.headers["Location"])


def test_each_state_has_its_tab_and_its_count(room: Room, anna: Browser) -> None:
    """A submission stands under one tab, and the counts are those of the lists."""
    fill(room)
    assert {
        "Waiting": 5, "Not confirmed": 1, "Asked back": 1, "Held back": 1, "Accepted": 1, "Refused": 1, "All": 10,
    } == tabs(anna)  # fmt: skip
    for tab, expected in {
        "waiting": 5, "unconfirmed": 1, "asked": 1, "held": 1, "accepted": 1, "refused": 1, "all": 10,
    }.items():  # fmt: skip
        assert expected == len(lines(anna, f"?state={tab}")), tab
    assert ["Union of the fast"] == lines(anna, "?state=held")
    assert ["Union of the unconfirmed"] == lines(anna, "?state=unconfirmed")


def test_an_empty_list_says_what_will_come(anna: Browser) -> None:
    """No list is just blank."""
    for state, sentence in {
        "waiting": "Nothing waits.",
        "held": "Nothing is held back.",
        "refused": "Nothing has been refused.",
        "all": "No organisation has sent anything yet.",
    }.items():
        assert sentence in read(anna, f"{QUEUE}?state={state}")
    assert "No printed line matches “Rossia”" in read(anna, f"{QUEUE}?q=Rossia")


def test_the_newest_stands_first_unless_asked_otherwise(room: Room, anna: Browser) -> None:
    """By receipt, either way, or by name."""
    for name in ("Union B", "Union C", "Union A"):
        waiting(room, name)
    assert ["Union A", "Union C", "Union B"] == lines(anna)
    assert ["Union B", "Union C", "Union A"] == lines(anna, "?sort=oldest")
    assert ["Union A", "Union B", "Union C"] == lines(anna, "?sort=name")


def test_filters_narrow_the_list(room: Room, anna: Browser) -> None:
    """By statement, by level, and by words in any script and without accents; all of them together."""
    publish(room, "other-2026")
    waiting(room, LYON)
    waiting(room, NameParts("Haϊtien des pêcheurs", "HDP"))
    waiting(room, "Union elsewhere", reference="other-2026")
    assert ["Union elsewhere"] == lines(anna, "?statement=other-2026")
    assert {"Waiting": 1, "All": 1} == {name: n for name, n in tabs(anna, "?statement=other-2026").items() if n}
    room.terms.change("other-2026", "test", deadline="2026-12-31T23:00:00.000000Z")
    told = read(anna, f"{QUEUE}?statement=other-2026")
    assert "On keeping a common listsigning ends 31 December 2026, 23:00 UTC" in told
    assert 404 == anna.get(f"{QUEUE}?statement=nothing-2026").status_code
    assert ["UCLyon Unité Communiste Lyon"] == lines(anna, "?level=domain")
    assert ["HDP Haϊtien des pêcheurs"] == lines(anna, "?q=haitien+des+pecheurs")
    assert [] == lines(anna, "?q=haitien&level=domain")
    assert "1 submission fits. Show all" in read(anna, f"{QUEUE}?q=haitien")


def test_words_are_not_looked_for_in_contacts(room: Room, anna: Browser) -> None:
    """A name or address of a contact finds nothing in an address of a page; a form finds an address that is whole."""
    contact = Contact("Press Office", None, "press@lyon.example.org")
    waiting(room, "Union A", contact=contact)
    waiting(room, "Union B")
    assert [] == lines(anna, "?q=press")
    found = post(anna, "address", email="PRESS@lyon.example.org")
    assert "1 submission came from this address." in words(found.text)
    assert "press" not in found.request.path.lower() + found.request.query_string.decode()
    assert "Nothing came from this address." in words(post(anna, "address", email="press@").text)


def test_more_than_a_hundred_come_in_pages(room: Room, anna: Browser) -> None:
    """The second page begins behind the last line of the first, even where that has been decided meanwhile."""
    ids = [send(room, f"Union {number:03}") for number in range(103)]
    query = "?state=unconfirmed&sort=oldest"
    assert [f"Union {number:03}" for number in range(100)] == lines(anna, query)
    following = unescape(re.search(r'rel="next" href="([^"]+after=[^"]+)"', anna.get(QUEUE + query).text)[1])  # type: ignore[index]
    assert ["Union 100", "Union 101", "Union 102"] == lines(anna, following.removeprefix(QUEUE))
    room.intake.refuse(ids[99], EDITOR, "other")
    assert ["Union 100", "Union 101", "Union 102"] == lines(anna, following.removeprefix(QUEUE))
    assert "From the beginning" in read(anna, following)


@pytest.mark.parametrize("query", ["?state=lost", "?sort=best", "?level=high", "?statement=a/b", "?page=2"])
def test_what_cannot_be_asked_is_told(anna: Browser, query: str) -> None:
    """A parameter or a value that means nothing is an error, not ignored."""
    assert 400 == anna.get(QUEUE + query).status_code


def test_a_submission_that_is_not_there_is_not_found(anna: Browser) -> None:
    """Whatever was typed for its id."""
    for id_ in ("nobody", "00000000-0000-0000-0000-000000000000"):
        assert 404 == anna.get(f"{QUEUE}/{id_}").status_code
        assert 404 == anna.get(f"{QUEUE}?case={id_}").status_code
        assert 404 == post(anna, f"{id_}/accept", do="new").status_code
        assert 404 == anna.get(f"{QUEUE}/{id_}/refusal").status_code
    assert 404 == anna.get(f"{QUEUE}?after=nobody").status_code


# ── the case ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_case_says_how_sure_it_is(room: Room, anna: Browser) -> None:
    """The ladder has four levels; each is reached or not."""
    plain, lyon, unconfirmed = waiting(room, "Union A"), waiting(room, LYON), send(room, "Union B")
    for id_, reached in ((unconfirmed, 1), (plain, 2), (lyon, 3)):
        ladder = Page(anna.get(f"{QUEUE}/{id_}").text).of_class("reached")
        levels = ["Claimed: yes", "Address confirmed: yes", "Domain confirmed: yes"]
        assert levels[:reached] == ladder
    room.intake.accept(lyon, account(room).actor, new=True)
    assert "Accepted by an editor: yes" in read(anna, f"{QUEUE}/{lyon}")


def test_a_case_stands_beside_the_organisation_that_it_may_be(room: Room, anna: Browser) -> None:
    """The score, the table with what differs marked, and that nothing is merged by itself."""
    know(room)
    id_ = waiting(room, LYON, language="fr")
    text = anna.get(f"{QUEUE}/{id_}").text
    told = words(text)
    assert "88 of 100 similar to one entry in the register." in told
    assert "Nothing is merged by itself." in told
    assert "by form, in French" in told
    assert "signed 1 statement" in told
    assert ["UCLyon", "UC", " Lyon", "Lyon"] == [unescape(mark) for mark in re.findall("<mark>([^<]*)</mark>", text)]
    assert "It is UC, accept under that" in told
    assert "Contactdomain matches the website" in told


def test_letters_of_several_scripts_are_told(room: Room, anna: Browser) -> None:
    """A Greek letter in a Latin word is named; the name stays as it was typed."""
    told = read(anna, f"{QUEUE}/{waiting(room, 'Parti Haϊtien')}")
    assert "In Haϊtien the letter ϊ is Greek; in Latin it would be ï." in told
    assert "Parti Haϊtien" in told


def test_several_candidates_are_compared_one_at_a_time(room: Room, anna: Browser) -> None:
    """The nearest first; a link compares with another one, and the button names the one that is compared."""
    for name, acronym in (("Union of Miners North", "UMN"), ("Union of Miners South", "UMS")):
        room.intake.accept(waiting(room, NameParts(name, acronym)), EDITOR, new=True)
    id_ = waiting(room, NameParts("Union of Miners Norths", "UMN"))
    text = anna.get(f"{QUEUE}/{id_}").text
    assert "It is UMN, accept under that" in words(text)
    (other,) = re.findall(r'href="([^"]+with=[^"]+)"><bdi>UMS', text)
    assert "It is UMS, accept under that" in read(anna, unescape(other))


def test_who_chose_an_organisation_is_compared_with_that(room: Room, anna: Browser) -> None:
    """Even where its name is another one; accepting as the registered one suggests itself."""
    know(room)
    listed = waiting(room, NameParts("Alliance of Coasts", "AC"))
    organisation = room.intake.accept(listed, EDITOR, new=True).organisation_id
    publish(room, "other-2026")
    id_ = waiting(room, "League of Rivers", chosen=organisation, reference="other-2026")
    told = read(anna, f"{QUEUE}/{id_}")
    assert "It says that it is an organisation we know" in told
    assert "It is AC, accept under that" in told


def test_an_organisation_that_stands_already_is_told(room: Room, anna: Browser) -> None:
    """With the day since when; accepting it again is refused in words, and it waits as before."""
    first = room.intake.accept(waiting(room, LYON), EDITOR, new=True)
    id_ = waiting(room, LYON, contact=Contact("Other", None, "other@union.example.org"))
    assert "UCLyon stands on this list already, since 23 November 2026." in read(anna, f"{QUEUE}/{id_}")
    answer = post(anna, f"{id_}/accept", do="same", organisation=first.organisation_id, note="Checked twice.")
    assert 409 == answer.status_code
    assert "Nothing was done" in words(answer.text)
    assert ">Checked twice.</textarea>" in answer.text
    assert "confirmed" == room.intake.show(id_).state
    assert [] == acts(room, id_)


def test_a_text_that_changed_since_is_told(room: Room, anna: Browser) -> None:
    """Before an editor tries to accept it."""
    id_ = waiting(room, "Union A")
    room.register.set_text(EDITOR, REFERENCE, language="en", title="On keeping a common list", text="Another text.")
    assert "The text has changed since" in read(anna, f"{QUEUE}/{id_}")


def test_only_who_decides_sees_the_contact(app: Flask, room: Room, anna: Browser) -> None:
    """An auditor sees the domain; nobody sees what was erased."""
    id_ = waiting(room, "Union A", contact=Contact("Press Office", "Secretary", "press@union.example.org"))
    assert "Press Office, Secretary, press@union.example.org" in read(anna, f"{QUEUE}/{id_}")
    told = read(signed_in(app, "otto"), f"{QUEUE}/{id_}")
    assert "•••@union.example.org Hidden from auditors." in told
    assert "press@" not in told
    assert "Press Office" not in told


def test_an_auditor_reads_and_changes_nothing(app: Flask, room: Room) -> None:
    """No buttons, and no way round them."""
    id_ = waiting(room, "Union A")
    otto = signed_in(app, "otto")
    told = read(otto, f"{QUEUE}/{id_}")
    assert "Union A" in told
    assert "Accept" not in told.replace("Accepted", "")
    for path, data in (
        (f"{id_}/accept", {"do": "new"}),
        (f"{id_}/refusal", {"code": "other"}),
        (f"{id_}/question", {"question": "Who?"}),
        (f"{id_}/release", {}),
        ("together", {"tick": id_}),
        ("together/accept", {"tick": id_}),
        ("address", {"email": "a@example.org"}),
    ):
        assert 403 == post(otto, path, **data).status_code, path
    assert 403 == otto.get(f"{QUEUE}/{id_}/refusal").status_code
    assert ("confirmed", []) == (room.intake.show(id_).state, acts(room, id_))


def test_nobody_else_sees_anything(app: Flask, room: Room) -> None:
    """Who is not signed in is led to the door, with nothing on the way."""
    id_ = waiting(room, "Union A")
    browser = Browser(app)
    for path in ("", f"/{id_}", f"/{id_}/refusal", f"/{id_}/question"):
        answer = browser.get(QUEUE + path)
        assert 303 == answer.status_code
        assert "/editors/sign-in" in answer.headers["Location"]
        assert "Union A" not in answer.text
    assert 403 == post(browser, f"{id_}/accept", do="new").status_code
    assert "confirmed" == room.intake.show(id_).state


# ── what an editor does ──────────────────────────────────────────────────────────────────────────────────────────────


def test_accepted_as_a_new_organisation(room: Room, anna: Browser) -> None:
    """It stands in the log under an organisation of its own, though a like one is known; who did it is on record."""
    know(room)
    id_ = waiting(room, LYON)
    before = {one.organisation_id for one in alike(room)}
    answer = post(anna, f"{id_}/accept", do="new")
    assert 303 == answer.status_code
    submission = room.intake.show(id_)
    assert ("accepted", account(room).ref) == (submission.state, submission.decided_by)
    assert submission.organisation_id not in before
    assert [(account(room).ref, "accepted")] == acts(room, id_)
    told = read(anna, answer.headers["Location"])
    assert "UCLyon Unité Communiste Lyon (Communist United Lyon), France Accepted and listed." in told


def alike(room: Room) -> list[Any]:
    """List whom LYON may be."""
    from signatures.intake.alike import candidates  # noqa: PLC0415

    return list(candidates(room.register, LYON))


def test_accepted_as_the_registered_one(room: Room, anna: Browser) -> None:
    """The signature is that organisation's; its name stands as it was signed."""
    know(room)
    id_ = waiting(room, LYON)
    (known,) = alike(room)
    post(anna, f"{id_}/accept", do="same", organisation=known.organisation_id)
    submission = room.intake.show(id_)
    assert ("accepted", known.organisation_id) == (submission.state, submission.organisation_id)
    assert LYON.name == submission.parts.name


def test_a_public_note_goes_with_the_signature(room: Room, anna: Browser) -> None:
    """Line breaks are folded; more than 300 characters are refused, with everything kept."""
    id_, other = waiting(room, "Union A"), waiting(room, "Union B")
    post(anna, f"{id_}/accept", do="new", note="Checked by\r\n telephone.")
    entry = room.store.entry(room.register.signature(room.intake.show(id_).signature_id).position)
    assert entry is not None
    assert "Checked by telephone." == entry.data()["note"]
    answer = post(anna, f"{other}/accept", do="new", note="x" * 301)
    assert 422 == answer.status_code
    assert "x" * 301 in answer.text
    assert "confirmed" == room.intake.show(other).state


def test_after_a_decision_comes_the_next(room: Room, anna: Browser) -> None:
    """In the order of the list that one was looking at; after the last one the list, which is empty."""
    first, second = waiting(room, "Union A"), waiting(room, "Union B")
    answer = post(anna, f"{first}/accept?sort=oldest", do="new")
    assert answer.headers["Location"].startswith(f"{QUEUE}/{second}?")
    assert "sort=oldest" in answer.headers["Location"]
    answer = post(anna, f"{second}/refusal", code="duplicate")
    assert answer.headers["Location"].startswith(f"{QUEUE}?")
    told = read(anna, answer.headers["Location"])
    assert "Union B Refused." in told
    assert "Nothing waits." in told


def test_what_was_not_confirmed_is_not_accepted(room: Room, anna: Browser) -> None:
    """Neither a claim nor what is held back: there is no button, and no way round it."""
    for id_ in (send(room, "Union A"), send(room, "Union B", held="fast")):
        assert "Accept as a new organisation" not in Page(anna.get(f"{QUEUE}/{id_}").text).of_class("acts")
        answer = post(anna, f"{id_}/accept", do="new")
        assert 409 == answer.status_code
        assert "received" == room.intake.show(id_).state


def test_an_objection_wants_a_tick(room: Room, anna: Browser) -> None:
    """What the organisation itself denied is listed only by an editor who says to have looked into it."""
    id_ = waiting(room, "Union A")
    object_to(room, id_)
    assert "The organisation says this was not them" in read(anna, f"{QUEUE}/{id_}")
    answer = post(anna, f"{id_}/accept", do="new")
    assert 422 == answer.status_code
    assert "Tick that you have looked into it." in words(answer.text)
    assert "confirmed" == room.intake.show(id_).state
    post(anna, f"{id_}/accept", do="new", despite="yes")
    assert "accepted" == room.intake.show(id_).state


def test_as_whom_must_be_said(room: Room, anna: Browser) -> None:
    """Neither new nor the registered one: nothing is done."""
    id_ = waiting(room, "Union A")
    for data in ({}, {"do": "same"}, {"do": "both"}, {"do": "same", "organisation": "nobody"}):
        assert post(anna, f"{id_}/accept", **data).status_code in (404, 422)
    assert "confirmed" == room.intake.show(id_).state


def test_refused_with_a_reason(room: Room, anna: Browser) -> None:
    """The page repeats the printed line and asks for a reason; the contact is told by mail, with the editor's words."""
    id_ = waiting(room, LYON)
    told = read(anna, f"{QUEUE}/{id_}/refusal")
    assert "UCLyon Unité Communiste Lyon (Communist United Lyon), France" in told
    answer = post(anna, f"{id_}/refusal", note="Kept.")
    assert (422, True) == (answer.status_code, ">Kept.</textarea>" in answer.text)
    assert "Choose a reason." in words(answer.text)
    assert 303 == post(anna, f"{id_}/refusal", code="not-authorised", note="Nobody there\nknows of it.").status_code
    submission = room.intake.show(id_)
    assert ("refused", "not-authorised", "Nobody there knows of it.") == (
        submission.state,
        submission.reason_code,
        submission.reason,
    )
    assert [(account(room).ref, "refused")] == acts(room, id_)
    assert ["confirmation", "refused"] == mails(room)
    assert "Refused by Anna. Reason: not authorised. Nobody there knows of it." in read(anna, f"{QUEUE}/{id_}")


def mails(room: Room) -> list[str]:
    """List the kinds of mail that were written down."""
    with room.contacts.database.reading() as transaction:
        return [kind for (kind,) in transaction.execute("SELECT kind FROM outbox ORDER BY number")]


def test_asked_back_and_answered(room: Room, anna: Browser) -> None:
    """The question goes out by mail; meanwhile the submission stands under its own tab and can still be decided on."""
    id_ = waiting(room, "Union A", language="fr")
    assert "the rest of that message is in French" in read(anna, f"{QUEUE}/{id_}/question")
    assert 422 == post(anna, f"{id_}/question", question=" ").status_code
    long = post(anna, f"{id_}/question", question="x" * 2001)
    assert (422, True) == (long.status_code, "x" * 2001 in long.text)
    assert 303 == post(anna, f"{id_}/question", question="Which country?\nAnd why?").status_code
    assert "asked" == room.intake.show(id_).state
    assert ["confirmation", "asked"] == mails(room)
    assert [(account(room).ref, "asked")] == acts(room, id_)
    told = read(anna, f"{QUEUE}?state=asked")
    assert "Asked back, no answer yetWhich country? And why?" in told
    assert 303 == post(anna, f"{id_}/accept", do="new").status_code


def test_released_from_being_held_back(room: Room, anna: Browser) -> None:
    """Only then does the message go out; a second click is told that there is nothing to release."""
    id_ = send(room, "Union A", held="honeypot")
    assert "A field that people do not see was filled in." in read(anna, f"{QUEUE}/{id_}")
    assert [] == mails(room)
    answer = post(anna, f"{id_}/release")
    assert 303 == answer.status_code
    assert "Released. The contact is asked to confirm the address." in read(anna, answer.headers["Location"])
    assert ["confirmation"] == mails(room)
    assert [(account(room).ref, "released")] == acts(room, id_)
    assert 409 == post(anna, f"{id_}/release").status_code
    assert "confirmed" == confirm(room, id_).state


def test_two_editors_accept_one_submission(app: Flask, room: Room, anna: Browser) -> None:
    """One signature; the second is told who was quicker, and only the first act is on record."""
    editor(app, "berta", password=None)
    id_ = waiting(room, "Union A")
    berta = signed_in(app, "berta")
    assert 303 == post(anna, f"{id_}/accept", do="new").status_code
    answer = post(berta, f"{id_}/accept", do="new")
    assert 303 == answer.status_code
    assert "Anna accepted it before you. There is one signature." in read(berta, answer.headers["Location"])
    assert 1 == signings(room)
    assert [(account(room).ref, "accepted")] == acts(room, id_)


def test_what_another_editor_decided_is_not_decided_again(app: Flask, room: Room, anna: Browser) -> None:
    """Refusing, asking or releasing what was accepted meanwhile is told on its page, and changes nothing."""
    id_ = waiting(room, "Union A")
    room.intake.accept(id_, EDITOR, new=True)
    for path, data in (("refusal", {"code": "other"}), ("question", {"question": "Who?"}), ("release", {})):
        answer = post(anna, f"{id_}/{path}", **data)
        assert 409 == answer.status_code
        assert "Nothing was done" in words(answer.text)
    other = waiting(room, "Red Wedge")
    room.intake.refuse(other, EDITOR, "fraud")
    assert 409 == post(anna, f"{other}/accept", do="new").status_code
    assert ("accepted", "refused") == (room.intake.show(id_).state, room.intake.show(other).state)
    assert ([], []) == (acts(room, id_), acts(room, other))


def test_what_came_too_late_is_refused_in_words(room: Room, anna: Browser, clock: FixedClock) -> None:
    """A submission that the register takes for late is refused for good, and the page says why."""
    id_ = waiting(room, "Union A")
    today = clock.now().date().isoformat()
    room.register.close_signing(EDITOR, REFERENCE, on=today)
    answer = post(anna, f"{id_}/accept", do="new")
    assert 409 == answer.status_code
    assert "Refused by the statement's terms. Reason: too late." in words(answer.text)
    assert ("refused", 0) == (room.intake.show(id_).state, signings(room))


def test_many_editors_at_the_same_moment(app: Flask, room: Room) -> None:
    """However they meet: one signature, one act, and nobody sees an error of ours."""
    id_ = waiting(room, "Union A")
    browsers = []
    for name in ("one", "two", "three", "four"):
        editor(app, name, password=None)
        browsers.append((signed_in(app, name), name))
    marks = [browser.mark("/editors/account") for browser, _ in browsers]
    statuses: list[int] = []
    barrier = threading.Barrier(len(browsers))

    def accept(browser: Browser, mark: str) -> None:
        barrier.wait()
        statuses.append(browser.post(f"{QUEUE}/{id_}/accept", {"do": "new"}, mark).status_code)

    threads = [
        threading.Thread(target=accept, args=(browser, mark))
        for (browser, _), mark in zip(browsers, marks, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {303} == set(statuses)
    assert 1 == signings(room)
    assert 1 == len(acts(room, id_))


def signings(room: Room) -> int:
    """Count the signatures of the log."""
    return sum(entry.type == "Signed" for entry in room.store.entries(0, 10_000))


def test_a_form_without_its_mark_is_refused(room: Room, anna: Browser) -> None:
    """Another site's form decides nothing."""
    id_ = waiting(room, "Union A")
    assert 400 == anna.client.post(f"{QUEUE}/{id_}/accept", data={"do": "new"}).status_code
    assert "confirmed" == room.intake.show(id_).state


def test_reading_changes_nothing(room: Room, anna: Browser) -> None:
    """GET and HEAD of every page leave log, submissions and mails as they are."""
    ids = fill(room)
    before = (room.store.newest(), room.intake.counts(), mails(room), len(room.acts.list()))
    for id_ in ids.values():
        for path in ("", "/refusal", "/question"):
            assert 200 == anna.get(f"{QUEUE}/{id_}{path}").status_code
            assert 200 == anna.client.head(f"{QUEUE}/{id_}{path}").status_code
        for path in ("accept", "release"):
            assert 405 == anna.get(f"{QUEUE}/{id_}/{path}").status_code
    assert before == (room.store.newest(), room.intake.counts(), mails(room), len(room.acts.list()))


# ── several at once ──────────────────────────────────────────────────────────────────────────────────────────────────


def tick(browser: Browser, path: str, ids: list[str], **more: str) -> TestResponse:
    """Send several ticks, by default to accept them."""
    data = {"do": "accept", **more, "tick": ids, "csrf_token": browser.mark("/editors/account")}
    return browser.client.post(f"{QUEUE}/{path}", data=data)


def test_several_are_counted_and_repeated_first(room: Room, anna: Browser) -> None:
    """The page repeats each printed line and the count, and sets apart what needs a look by itself."""
    know(room)
    clear = [waiting(room, name) for name in ("Weavers of Lagos", "Syndicat des pêcheurs")]
    lyon, objected, like = waiting(room, LYON), waiting(room, "Red Wedge"), waiting(room, "Weaver of Lagos")
    object_to(room, objected)
    told = words(tick(anna, "together", [*clear, lyon, objected, like, clear[0]]).text)
    assert "Accept 2 submissions" in told
    assert "Accept these 2" in told
    assert "3 need a look each by itself" in told
    assert "(Communist United Lyon), France Its name is like that of a registered organisation" in told
    assert "Red Wedge The organisation's known contact said that this was not them." in told
    assert "Weaver of Lagos Its name is like that of another one that was ticked: Weavers of Lagos." in told
    assert {"confirmed"} == {room.intake.show(id_).state for id_ in (*clear, lyon, objected, like)}
    assert "Nothing was ticked." in words(tick(anna, "together", []).text)


def test_one_refusal_does_not_stop_the_others(room: Room, anna: Browser) -> None:
    """Each is accepted by itself and its result told; what may be another's is left alone, whatever the form says."""
    know(room)
    ids = [waiting(room, "Red Wedge"), waiting(room, LYON), send(room, "Weavers of Lagos"), waiting(room, "Pêcheurs")]
    told = words(tick(anna, "together/accept", ids).text)
    assert "2 submissions accepted" in told
    assert 2 == told.count("Not done.")
    states = [room.intake.show(id_).state for id_ in ids]
    assert ["accepted", "confirmed", "received", "accepted"] == states
    assert [[(account(room).ref, "accepted")], [], [], [(account(room).ref, "accepted")]] == [
        acts(room, id_) for id_ in ids
    ]
    assert "together with others, 4 in all" in read(anna, f"{QUEUE}/{ids[0]}")


def test_several_again_are_the_same(room: Room, anna: Browser) -> None:
    """A second click accepts nothing anew and finds the same positions."""
    ids = [waiting(room, "Red Wedge"), waiting(room, "Weavers of Lagos")]
    first = tick(anna, "together/accept", ids)
    assert words(first.text) == words(tick(anna, "together/accept", ids).text)
    assert 2 == signings(room)


def test_a_known_organisation_is_named_in_the_plan(room: Room, anna: Browser) -> None:
    """What folds alike is accepted under the registered one, and the page says so first."""
    organisation = room.intake.accept(waiting(room, LYON), EDITOR, new=True).organisation_id
    publish(room, "other-2026")
    id_ = waiting(room, LYON, reference="other-2026")
    assert "as UCLyon, registered" in words(tick(anna, "together", [id_]).text)
    tick(anna, "together/accept", [id_])
    assert organisation == room.intake.show(id_).organisation_id


def test_a_flood_that_was_held_back_is_let_go_or_refused_together(room: Room, anna: Browser) -> None:
    """Under the tab of what is held back several are released or refused, each counted and repeated first."""
    ids = [send(room, f"Union {number}", held="flood") for number in range(4)]
    done = waiting(room, "Red Wedge")
    told = words(tick(anna, "together?state=held", [*ids[:2], done], do="release").text)
    assert "Release these 2" in told
    assert "Red Wedge It is not held back." in told
    told = words(tick(anna, "together/release?state=held", ids[:2]).text)
    assert "2 submissions released" in told
    assert "Refuse these 2" in words(tick(anna, "together?state=held", ids[2:], do="refuse").text)
    answer = tick(anna, "together/refuse?state=held", ids[2:])
    assert 422 == answer.status_code
    assert "Choose a reason." in words(answer.text)
    told = words(
        tick(anna, "together/refuse?state=held", [*ids[2:], ids[3]], code="fraud", note="Sent\nby a machine.").text
    )
    assert "2 submissions refused" in told
    found = [room.intake.show(id_) for id_ in ids]
    assert [("received", None), ("received", None), ("refused", "fraud"), ("refused", "fraud")] == [
        (one.state, one.reason_code) for one in found
    ]
    assert [None, None] == [one.held for one in found[:2]]
    assert [(account(room).ref, "refused")] == acts(room, ids[3])
    assert {"Held back": 0, "Not confirmed": 2, "Refused": 2}.items() <= tabs(anna).items()


def test_with_several_only_so_much_can_be_done(room: Room, anna: Browser) -> None:
    """What nobody has named is refused, and nothing is done."""
    id_ = waiting(room, "Union A")
    assert 422 == tick(anna, "together", [id_], do="praise").status_code
    assert 404 == tick(anna, "together/praise", [id_]).status_code
    assert "confirmed" == room.intake.show(id_).state


# ── beside each other ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("UCLyon", "UC", [("UCLyon", True)]),
        ("Unité Communiste Lyon", "Unité Communiste", [("Unité Communiste", False), (" Lyon", True)]),
        ("Unité Communiste", "Unité Communiste Lyon", [("Unité Communiste", False)]),
        ("Haϊtien", "Haïtien", [("Ha", False), ("ϊ", True), ("tien", False)]),
        ("Marxist-Leninist", "Marxist – Leninist", [("Marxist", False), ("-", True), ("Leninist", False)]),
        ("عمال ميناء", "عمال موانئ", [("عمال ", False), ("ميناء", True)]),
        ("same", "same", [("same", False)]),
        ("", "something", []),
    ],
)
def test_differing_runs_are_marked(one: str, other: str, expected: list[tuple[str, bool]]) -> None:
    """Words against words; letters only within near words of scripts whose letters stand by themselves."""
    assert [Run(*pair) for pair in expected] == runs(one, other)
    assert one == "".join(run.text for run in runs(one, other))


def test_parts_stand_beside_each_other(app: Flask) -> None:
    """Every part that one side has, each translation by its language, equal ones marked as such."""
    known = NameParts("Unité Communiste", "UC", "fr", None, {"en": "Communist United", "de": "KV"}, {"en": "France"})
    with app.test_request_context("/"):
        rows = compare(LYON, known)
    assert [
        ("Short name", False),
        ("Name", False),
        ("Translation (German)", False),
        ("Translation (English)", False),
        ("Country printed", True),
        ("Where active", False),
        ("Language of the name", True),
        ("Website", False),
    ] == [(row.part, row.same) for row in rows]


HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"


def test_a_hostile_name_stays_a_name(room: Room, anna: Browser) -> None:
    """On every page it comes out as it went in, and nothing of it is run."""
    id_ = waiting(room, NameParts(HOSTILE, HOSTILE, translations={"en": HOSTILE}, country_printed={"en": HOSTILE}))
    room.intake.accept(waiting(room, NameParts(HOSTILE + "s")), EDITOR, new=True)
    for path in ("", f"/{id_}", f"/{id_}/refusal", f"/{id_}/question"):
        text = anna.get(QUEUE + path).text
        assert "<script>alert" not in text
        assert HOSTILE in Page(text).said
    assert HOSTILE in Page(tick(anna, "together", [id_]).text).said

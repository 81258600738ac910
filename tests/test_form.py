"""The signing form, as a browser meets it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import wsgi
from signatures.intake.submission import STATES
from signatures.intake.territories import territory_codes
from signatures.log.eventlog import sha256
from signatures.organisation import NameParts
from signatures.pages import formpage, formschema
from signatures.pages.formschema import FormSchema
from signatures.pages.formstamp import TRAP
from signatures.room import Room
from signatures.web import frame
from signatures.web.catalogues import catalogue
from tests.clock import FixedClock
from tests.fields import Fields
from tests.htmlpage import Page
from tests.submitting import (
    EDITOR,
    REFERENCE,
    TEXT,
    bytes_of,
    confirmation_of,
    mails,
    publish_statement,
    signed,
    typed,
)

# What is decided before any store is asked need not be asked on both engines.
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SIGN = f"/statements/{REFERENCE}/sign"
HOSTILE = {
    "bidi control": "x\u202eevil",
    "zero width only": "\u200b\u200b",
    "NUL": "nul\0",
    "not UTF-8": b"\xff\xfe",
    "a surrogate": b"\xed\xa0\x80",
    "too long": "a" * 20_000,
    "a control character": "a\x1bb",
    "markup": "<script>alert(1)</script>",
    "a template": "{{ 7 * 7 }}{% raw %}",
    "percent signs": "%(day)s %s %%",
    "SQL": "'); DROP TABLE submission; --",
    "a header": "a\r\nSet-Cookie: b=c",
    "combining marks": "a" + "\u0301" * 500,
    "a formula": "=1+1",
    "a dict": '{"_type_": "y", "_data_": 1}',
}


@pytest.fixture
def clock() -> FixedClock:
    """Stand at a moment at which the app may be served: after it was built."""
    return FixedClock(datetime(2027, 7, 1, 12, tzinfo=UTC))


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock) -> Iterator[Flask]:
    """Make the app of a register with one published statement."""
    wsgi.initialise(environ, clock)
    made = wsgi.create_app(environ, clock)
    room: Room = made.extensions["room"]
    publish_statement(room)
    yield made
    room.close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Give the app's own writing room."""
    found: Room = app.extensions["room"]
    return found


def get(client: FlaskClient, path: str = SIGN) -> Fields:
    """Open a page."""
    answer = client.get(path)
    assert 200 == answer.status_code
    return Fields(answer.text)


def send(client: FlaskClient, **more: Any) -> TestResponse:
    """Open the form, fill it in and send it."""
    form = {**get(client).fields, **typed(), **more}
    client.application.extensions["room"].clock.advance(seconds=3)
    return client.post(SIGN, data=form)


def accept(room: Room, name: str = "") -> None:
    """Confirm the address of the first that waits under a name, and accept it."""
    id_ = next(one.id for one in room.intake.list() if name in one.parts.name)
    room.intake.confirm(*confirmation_of(room, id_))
    room.intake.accept(id_, EDITOR)


# ── what is sent waits ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_form_becomes_a_submission_and_shows_its_receipt(room: Room, client: FlaskClient) -> None:
    """303 to a page that shows the printed line; nothing is listed and nothing personal is in the address."""
    before = room.store.newest()
    answer = send(
        client, translation="Union of A", country="Kenya", territories="Kenya, ug", url="https://example.org/"
    )
    assert (303, f"{SIGN}/received") == (answer.status_code, answer.location)

    (submission,) = room.intake.list()
    page = client.get(answer.location)
    assert (200, "no-store") == (page.status_code, page.headers["Cache-Control"])
    assert "UA Union A (Union of A), Kenya" in Fields(page.text).said
    assert submission.id in page.text
    assert "office@example.org" not in page.text
    assert (["KE", "UG"], {"en": "Union of A"}) == (submission.parts.territories, submission.parts.translations)
    assert ("Office", None, "office@example.org") == tuple(submission.contact)
    assert before == room.store.newest()


def test_an_accepted_form_is_listed_as_it_was_sent(room: Room, client: FlaskClient) -> None:
    """All five parts reach the log as typed."""
    send(client, name="Союз", transliteration="Soyuz", name_language="ru", translation="Union", country="Kenya")
    accept(room)

    (entry,) = signed(room)
    data = entry.data()
    assert ("UA", "Союз", "ru", "Soyuz", {"en": "Union"}, {"en": "Kenya"}) == tuple(
        data[part]
        for part in ("acronym", "name", "name_language", "transliteration", "translations", "country_printed")
    )


def test_line_breaks_and_outer_spaces_are_folded(room: Room, client: FlaskClient) -> None:
    """A name pasted from a letter becomes one line; spaces within it stay."""
    send(client, name="  Union \r\n of\tA  and B\u2028C \n")
    assert "Union of A  and B C" == room.intake.list()[0].parts.name


def test_what_else_a_browser_sends_is_left_out(room: Room, client: FlaskClient) -> None:
    """Extensions of browsers add fields of their own."""
    assert 303 == send(client, autofill="1", signed_on="1999-01-01", method="paper").status_code
    assert "2027-07-01" == room.intake.list()[0].signed_on


def test_a_double_click_and_the_back_button_make_one_submission(
    room: Room, client: FlaskClient, clock: FixedClock
) -> None:
    """The same form gives the same receipt, also when it is sent again later."""
    form = {**get(client).fields, **typed()}
    answers = [client.post(SIGN, data=form), client.post(SIGN, data=form)]
    first = client.get(f"{SIGN}/received").text
    clock.advance(minutes=30)
    answers.append(client.post(SIGN, data=form))
    assert [(303, f"{SIGN}/received")] * 3 == [(answer.status_code, answer.location) for answer in answers]
    assert first == client.get(f"{SIGN}/received").text
    assert 1 == len(room.intake.list(STATES))


def test_the_form_never_tells_who_has_signed(room: Room, app: Flask) -> None:
    """The page after sending is the same for an organisation that stands, one that waits elsewhere, and a new one."""
    pages = []
    for name in ("Union Z", "Union A", "Union A"):
        client = app.test_client()
        answer = send(client, name=name)
        pages.append((answer.status_code, client.get(answer.location).text.replace("Union Z", "Union A")))
        if name == "Union A" and not signed(room):
            accept(room, name)
    assert 1 == len({(status, re.sub(r"[0-9a-f-]{36}", "ID", page)) for status, page in pages})


def test_an_equal_submission_from_elsewhere_does_not_tell_when_it_came(
    room: Room, app: Flask, clock: FixedClock
) -> None:
    """Each browser sees the moment at which it sent."""
    send(app.test_client())
    clock.advance(minutes=5)
    other = app.test_client()
    page = other.get(send(other).location).text
    assert 1 == len(room.intake.list())
    assert "12:05" in page
    assert "12:00" not in page


# ── what needs another look ──────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Write the name of your organisation in its own language and script."),
        ("name", " \n ", "Write the name of your organisation in its own language and script."),
        ("name", "\u200b\u200b", "The name holds nothing that can be seen."),
        ("name", "x\u202eevil", "The name holds the character U+202E"),
        ("name", "a" * 1001, "The name has 1001 characters; 1000 are the most."),
        ("name", "a\ufffdb", "The name holds a character that did not arrive."),
        ("acronym", "U\0A", "The short name holds the character U+0000"),
        ("name_language", "no language", "Choose the language of the name from the list."),
        ("territories", "Kenya, Wakanda", "We know no country or territory “Wakanda”."),
        ("url", "example", "Write the whole web address, for example https://www.example.org"),
        ("url", "javascript:alert(1)", "Write the whole web address, for example https://www.example.org"),
        ("contact_name", "", "Write the name of a person who answers for this signature."),
        ("contact_email", "", "Enter the whole e-mail address, for example name@example.org"),
        ("contact_email", "office@", "Enter the whole e-mail address, for example name@example.org"),
        ("contact_email", "a@example.org\r\nBcc: b@example.org", "Enter the whole e-mail address"),
        ("authority", "", "Tick the box if you may sign this text for your organisation."),
    ],
)
def test_a_field_that_needs_another_look_is_named_and_all_that_was_typed_stays(
    room: Room, client: FlaskClient, field: str, value: str, sentence: str
) -> None:
    """422, the title says so, the sentence stands in the summary and beside the field, and nothing is recorded."""
    filled = {"name": "Unión <b>", "acronym": "UA & B", "contact_role": "Desk", "url": "https://example.org/a?b=c&d"}
    answer = send(client, **{**filled, field: value})
    page = Fields(answer.text)

    assert (422, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert 2 == page.said.count(sentence)
    assert f'href="#{field}"' in answer.text
    assert "<title>Error: " in answer.text
    assert {name: kept for name, kept in {**typed(), **filled}.items() if name not in (field, "do")} == {
        name: page.fields.get(name) for name in {**typed(), **filled} if name not in (field, "do")
    }
    assert [] == room.intake.list(STATES)


@ONE_ENGINE
def test_errors_stand_in_the_order_of_the_fields(client: FlaskClient) -> None:
    """The summary reads from top to bottom."""
    page = send(client, name="", url="x", contact_email="", authority="").text
    assert ["name", "url", "contact_email", "authority"] == re.findall(r'<li><a href="#(\w+)"', page)


def test_a_text_changed_while_reading_is_read_again(room: Room, client: FlaskClient) -> None:
    """422 with the new text and the box empty; everything else stays."""
    form = {**get(client).fields, **typed()}
    room.register.set_text(EDITOR, REFERENCE, language="en", title="On a common list", text="Other words.")
    answer = client.post(SIGN, data=form)
    page = Fields(answer.text)

    assert 422 == answer.status_code
    assert "The text was changed while you were reading it." in page.said
    assert "Other words." in page.said
    assert (form["name"], None) == (page.fields["name"], page.fields.get("authority"))
    assert form["text_sha256"] != page.fields["text_sha256"]
    assert 303 == client.post(SIGN, data={**page.fields, "authority": "yes"}).status_code


# ── the preview ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_preview_shows_the_line_and_records_nothing(room: Room, client: FlaskClient) -> None:
    """200 with the printed line; what is still empty is not complained about, what is wrong is."""
    answer = send(client, do="preview", translation="Union", contact_name="", contact_email="office@", authority="")
    assert 200 == answer.status_code
    assert "UA Union A (Union)" in answer.text
    assert ["contact_email"] == re.findall(r'<li><a href="#(\w+)"', answer.text)
    assert [] == room.intake.list(STATES)
    assert 200 == send(client, do="preview", name="").status_code


def test_a_letter_that_looks_like_another_is_asked_about_and_never_refused(room: Room, client: FlaskClient) -> None:
    """The question shows both letters; kept or not answered, the name stays; changed, the word is in one script."""
    answer = send(client, do="preview", name="Parti Haϊtien")
    page = Fields(answer.text)
    assert "One letter is Greek in a Latin word" in page.said
    assert "Haïtien" in page.said
    assert "keep" == page.fields["letter_name"]

    changed = send(client, do="preview", name="Parti Haϊtien", letter_name="change")
    assert "UA Parti Haïtien" in changed.text
    assert ("Parti Haϊtien", "change") == tuple(Fields(changed.text).fields[n] for n in ("name", "letter_name"))

    for more in ({}, {"letter_name": "keep", "acronym": "K"}, {"letter_name": "change", "acronym": "C"}):
        assert 303 == send(client, name="Parti Haϊtien", **more).status_code
    assert ["Parti Haϊtien", "Parti Haϊtien", "Parti Haïtien"] == [one.parts.name for one in room.intake.list()]


@ONE_ENGINE
def test_a_name_in_one_script_is_not_asked_about(client: FlaskClient) -> None:
    """`БРП(к)` is as it should be, also beside a Latin translation."""
    page = send(client, do="preview", acronym="БРП(к)", name="Беларуская партыя", translation="Belarusian party").text
    assert "only looks like" not in page


# ── who may not ──────────────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
@pytest.mark.parametrize("token", [None, "", "nonsense"])
def test_a_form_without_its_token_is_refused(room: Room, client: FlaskClient, token: str | None) -> None:
    """400 with a page, also where another site sends the form for somebody who has it open."""
    get(client)
    answer = client.post(SIGN, data=typed() | ({} if token is None else {"csrf_token": token}))
    assert (400, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert "<h1>" in answer.text
    assert [] == room.intake.list(STATES)


@ONE_ENGINE
def test_a_page_that_lay_open_for_too_long_loses_nothing(
    room: Room, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """400 with the form and everything typed; sent again from there it is taken."""
    form = {**get(client).fields, **typed(name="Unión <b>", country="Kenya")}
    with monkeypatch.context() as later:
        later.setitem(client.application.config, "WTF_CSRF_TIME_LIMIT", -1)
        answer = client.post(SIGN, data=form)
    page = Fields(answer.text)
    assert (400, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert "The page was open for more than a day. Nothing was recorded yet. Send it again." in page.said
    assert ("Unión <b>", "Kenya", "yes") == tuple(page.fields[name] for name in ("name", "country", "authority"))
    assert [] == room.intake.list(STATES)
    assert 303 == client.post(SIGN, data=page.fields).status_code


@ONE_ENGINE
def test_another_browsers_token_is_refused(room: Room, app: Flask) -> None:
    """A token belongs to the session that it was made for."""
    token = get(app.test_client()).fields["csrf_token"]
    assert 400 == app.test_client().post(SIGN, data=typed(csrf_token=token)).status_code
    assert [] == room.intake.list(STATES)


@pytest.mark.parametrize("reference", ["none", "a-draft", "put-away", "%00", "a%2Fb", "x" * 300, "%ff"])
def test_what_the_public_does_not_see_is_not_found(room: Room, client: FlaskClient, reference: str) -> None:
    """404 for the form, for sending it and for its receipt."""
    for name in ("a-draft", "put-away"):
        room.register.draft(EDITOR, reference=name, kind="statement", time_zone="UTC", default_language="en")
        room.register.set_text(EDITOR, name, language="en", title="Nobody knows", text=None)
    room.register.discard(EDITOR, "put-away")
    form = {**get(client).fields, **typed()}
    path = f"/statements/{reference}/sign"
    answers = [client.get(path), client.post(path, data=form), client.get(f"{path}/received")]
    assert [404] * 3 == [answer.status_code for answer in answers]
    assert not any("Nobody knows" in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [("close_signing", "Signing ended on 1 July 2027."), ("retract", "This statement was taken back on 1 July 2027.")],
)
def test_after_the_end_a_page_says_when_it_was(room: Room, client: FlaskClient, command: str, sentence: str) -> None:
    """409 with a link to the list; what was open before the end is not taken after it; receipts stay."""
    send(client, name="Union before")
    form = {**get(client).fields, **typed()}
    getattr(room.register, command)(EDITOR, REFERENCE, on="2027-07-01")
    for answer in (client.get(SIGN), client.post(SIGN, data=form), client.post(SIGN, data={**form, "do": "preview"})):
        assert (409, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
        assert sentence in answer.text
        assert f'href="/statements/{REFERENCE}"' in answer.text
    assert ["Union before"] == [one.parts.name for one in room.intake.list(STATES)]
    assert "Union before" in client.get(f"{SIGN}/received").text


def test_a_receipt_is_only_for_the_browser_that_sent(room: Room, app: Flask) -> None:
    """Others, and browsers without cookies, are told in general where an entry is, and nothing of anybody's."""
    publish_statement(room, "second-2021")
    client = app.test_client()
    send(client, name="Union that sent")
    for answer in (app.test_client().get(f"{SIGN}/received"), client.get("/statements/second-2021/sign/received")):
        assert (200, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
        assert "waits" in answer.text
        assert "Union that sent" not in answer.text


@ONE_ENGINE
def test_an_unknown_parameter_is_an_error(client: FlaskClient) -> None:
    """`lang` is known, nothing else is."""
    assert [200, 400, 400] == [
        client.get(path).status_code for path in (f"{SIGN}?lang=en", f"{SIGN}?as_of=x", f"{SIGN}/received?x")
    ]


def test_looking_changes_nothing(room: Room, client: FlaskClient) -> None:
    """GET and HEAD leave both stores as they were."""
    before = room.store.newest()
    for _ in range(3):
        assert [200, 200] == [client.get(SIGN).status_code, client.head(SIGN).status_code]
    assert (before, []) == (room.store.newest(), room.intake.list(STATES))


def test_the_reference_is_found_in_any_case(client: FlaskClient) -> None:
    """The receipt stands at the reference as it is written."""
    form = {**get(client, SIGN.replace("joint", "JOINT")).fields, **typed()}
    assert f"{SIGN}/received" == client.post(SIGN.replace("joint", "JOINT"), data=form).location


# ── hostile inputs ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_inputs_never_break_a_page(room: Room, client: FlaskClient, value: str | bytes) -> None:
    """In any field: taken as a name or refused with a sentence, never a 500, never unescaped, never half recorded."""
    for field in (
        *typed(),
        "transliteration",
        "country",
        "territories",
        "url",
        "contact_role",
        "letter_name",
        "form_id",
    ):
        answer = send(client, **{field: value})
        assert answer.status_code in (303, 422), field
        assert "<script>alert" not in answer.text
        shown = client.get(f"{SIGN}/received")
        assert shown.status_code in (200, 404)
        assert "<script>alert" not in shown.text
        assert "49" not in shown.text.partition("<main")[2].partition("<dl")[0]
    for submission in room.intake.list():
        room.intake.show(submission.id).as_json()


@ONE_ENGINE
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"name=" + b"a" * 70_000, "application/x-www-form-urlencoded"),
        (b"&".join(b"n%d=a" % n for n in range(20_000)), "application/x-www-form-urlencoded"),
        (b"\xff\xfe\0%ZZ&&==", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b'{"name": "x"}', "application/json"),
        (b"[" * 60_000, "application/json"),
        (b"--b\r\nContent-Disposition: form-data; name=name\r\n\r\n", "multipart/form-data; boundary=b"),
        (b"no boundary", "multipart/form-data"),
        (b"x", "nonsense"),
    ],
)
def test_bodies_that_are_no_form_are_refused(room: Room, client: FlaskClient, body: bytes, kind: str) -> None:
    """With 400 or 413 and a page."""
    answer = client.post(SIGN, data=body, content_type=kind)
    assert answer.status_code in (400, 413)
    assert "<h1>" in answer.text
    assert [] == room.intake.list(STATES)


@ONE_ENGINE
def test_more_than_a_form_can_hold_is_too_much(room: Room, client: FlaskClient) -> None:
    """413 over 64 kB, with a right token too, whatever limit the server has."""
    client.application.config["MAX_CONTENT_LENGTH"] = client.application.config["MAX_FORM_MEMORY_SIZE"] = 10**7
    assert 413 == send(client, name="a" * 70_000).status_code
    assert 413 == send(client, **{f"extra-{n}": "é" * 900 for n in range(50)}).status_code
    assert [] == room.intake.list(STATES)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*typed(), "transliteration", "translation", "country", "territories", "url", "letter_name"]),
        st.text(max_size=60) | st.binary(max_size=20),
    )
)
def test_whatever_is_typed_has_an_answer(client: FlaskClient, more: dict[str, str | bytes]) -> None:
    """Any text or bytes in any fields: taken, or shown again."""
    client.application.extensions["room"].clock.advance(minutes=5)  # more in an hour are limited
    hidden = get(client).fields["csrf_token"]
    form = {**typed(), **more, "csrf_token": hidden}
    data = {k: v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v for k, v in form.items()}
    assert client.post(SIGN, data=data).status_code in (200, 303, 422)


def test_nothing_personal_is_logged(room: Room, client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    """Not when it is taken, not when it needs another look, not when something breaks."""
    caplog.set_level(logging.DEBUG)
    person = {"contact_name": "canary-7f3a", "contact_role": "canary-7f3a", "contact_email": "canary-7f3a@example.org"}
    send(client, **person)
    send(client, **person, name="", url="canary-7f3a")
    room.databases["contacts"].writing = broken  # type: ignore[method-assign,assignment]
    client.application.config["PROPAGATE_EXCEPTIONS"] = False
    assert 500 == send(client, **person, name="Union B").status_code
    assert "canary-7f3a" not in caplog.text
    assert not any("canary-7f3a" in repr(record.__dict__) for record in caplog.records)
    assert "RuntimeError" in caplog.text


def test_a_person_is_in_no_view_and_on_no_page(room: Room, client: FlaskClient) -> None:
    """Once listed, the organisation is read everywhere and its contact nowhere."""
    person = {"contact_name": "canary-7f3a", "contact_role": "canary-7f3a", "contact_email": "canary-7f3a@example.org"}
    pages = [send(client, **person).text, client.get(f"{SIGN}/received").text]
    accept(room)
    paths = ("", "/history", "/sign", "/sign/received")
    pages += [client.get(f"/statements/{REFERENCE}{path}").text for path in paths]
    pages += [client.get(f"/api/v1/statements/{REFERENCE}/{what}").text for what in ("signatories", "events")]
    stores = bytes_of(room.databases["views"]) + bytes_of(room.databases["register"])
    assert all(b"Union A" in part for part in (stores, pages[2].encode(), pages[6].encode()))
    assert b"canary-7f3a" not in stores
    assert not any("canary-7f3a" in page for page in pages)


def broken(*_: Any) -> Any:
    """Fail as nobody expected."""
    raise RuntimeError


# ── what is signed ───────────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_the_whole_text_is_read_within_the_form(client: FlaskClient) -> None:
    """Its first lines, every paragraph, and the whole checksum of what is signed."""
    page = get(client)
    assert all(paragraph in page.said for paragraph in TEXT.split("\n\n"))
    digest = sha256(TEXT.encode())
    assert (digest, True) == (page.fields["text_sha256"], " ".join(re.findall("....", digest)) in page.said)


@ONE_ENGINE
def test_a_very_long_text_is_read_on_its_own_page(room: Room, client: FlaskClient) -> None:
    """The form stays small and leads there; the first lines are still shown."""
    room.register.set_text(EDITOR, REFERENCE, language="en", title="Long", text="First lines.\n\n" + "word " * 20_000)
    answer = client.get(SIGN)
    assert "First lines." in answer.text
    assert len(answer.text) < 100_000
    assert f'href="/statements/{REFERENCE}?lang=en"' in answer.text


@ONE_ENGINE
def test_a_translation_is_read_and_the_original_signed(room: Room, client: FlaskClient) -> None:
    """A German reader reads German, is told so, and signs the text of the default language."""
    room.register.set_text(EDITOR, REFERENCE, language="de", title="Über eine Liste", text="Ein Text.")
    page = get(client, f"{SIGN}?lang=de")
    assert "Über eine Liste" in page.said
    assert "Ein Text." in page.said
    sentence = catalogue("de").gettext("You read a translation. What you sign is the text in %(language)s.")
    assert sentence % {"language": "Englisch"} in page.said
    assert sha256(TEXT.encode()) == page.fields["text_sha256"]


# ── the terms in words ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("acceptance", "sentence", "step"),
    [
        ("editor", "An editor reads each entry.", "after you confirm and the secretariat accepts"),
        ("confirmed", "Listed once you confirm by e-mail.", "Your organisation is listed after you confirm."),
    ],
)
def test_the_form_says_how_entries_are_accepted(
    room: Room, client: FlaskClient, acceptance: str, sentence: str, step: str
) -> None:
    """In words, on the form and after sending."""
    room.terms.change(REFERENCE, "editor:test", acceptance=acceptance)
    assert sentence in get(client).said
    assert step in client.get(send(client).location).text


def test_deadline_and_progress_stand_in_words(room: Room, client: FlaskClient) -> None:
    """The day, the hour and the zone; how many stand of how many, also drawn; one that is reached says so."""
    room.terms.change(REFERENCE, "editor:test", deadline="2027-11-30T17:00:00.000000Z", threshold=2, answer_days=1)
    page = client.get(SIGN).text
    assert "30 November 2027, 18:00, Central European Standard Time" in page
    assert "0 of the 2 organisations that are needed stand under it." in page
    assert '<progress max="2" value="0"' in page
    assert "You have an answer within 1 day." in page
    for name in ("A", "B", "C"):
        room.register.sign(EDITOR, REFERENCE, NameParts(name), signed_on="2021-06-07", method="paper")
    page = client.get(SIGN).text
    assert "3 stand under it; 2 were needed." in page
    assert '<progress max="2" value="2"' in page


def test_a_share_is_counted_of_those_invited(room: Room, client: FlaskClient) -> None:
    """Half of three is two; invitations that were taken back do not count."""
    room.terms.change(REFERENCE, "editor:test", threshold_share=50)
    assert "<progress" not in client.get(SIGN).text
    for name in ("A", "B", "C"):
        room.invitations.invite(REFERENCE, name, f"{name}@example.org", "en", by="editor:test")
    fourth = room.invitations.invite(REFERENCE, "D", "d@example.org", "en", by="editor:test")
    room.invitations.cancel(fourth.id)
    assert "0 of the 2 organisations that are needed" in client.get(SIGN).text


def test_after_the_hour_nothing_is_taken(room: Room, client: FlaskClient, clock: FixedClock) -> None:
    """The page says the hour in the statement's zone; a form that was open is not taken either."""
    room.terms.change(REFERENCE, "editor:test", deadline="2027-07-01T12:01:00.000000Z")
    form = {**get(client).fields, **typed()}
    clock.advance(minutes=1)
    for answer in (client.get(SIGN), client.post(SIGN, data=form)):
        assert 409 == answer.status_code
        assert "Signing ended on 1 July 2027, 14:01, Central European Summer Time." in answer.text
    assert [] == room.intake.list(STATES)


# ── by invitation ────────────────────────────────────────────────────────────────────────────────────────────────────


def invitation(room: Room, reference: str = REFERENCE) -> str:
    """Invite an organisation and return the token of its link."""
    found = room.invitations.invite(reference, "Invited Union", "invited@example.org", "en", by="editor:test")
    with room.contacts.database.writing("link") as transaction:
        return room.links.token(room.links.lasting(transaction, "invitation", found.id))


def test_only_the_invited_sign_where_that_is_the_rule(room: Room, client: FlaskClient) -> None:
    """Without an invitation, or with a wrong one, a page says so; with one the form opens, its name filled in."""
    publish_statement(room, "second-2021")
    form = {**get(client).fields, **typed()}
    room.terms.change(REFERENCE, "editor:test", acceptance="invited")
    token, elsewhere = invitation(room), invitation(room, "second-2021")
    for answer in (
        client.get(SIGN),
        client.get(f"{SIGN}?invitation={'x' * 43}"),
        client.get(f"{SIGN}?invitation={elsewhere}"),
        client.post(SIGN, data=form),
    ):
        assert (403, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
        assert "Only organisations that were invited sign this statement." in answer.text
    page = get(client, f"{SIGN}?invitation={token}")
    assert (token, "Invited Union") == (page.fields["invitation"], page.fields["name"])
    assert "By invitation only." in page.said
    assert "invited@example.org" not in page.said

    room.clock.advance(seconds=3)  # type: ignore[attr-defined]
    assert 303 == client.post(SIGN, data={**page.fields, **typed(), "name": "Invited Union"}).status_code
    (submission,) = room.intake.list()
    assert ("Invited Union", True) == (submission.parts.name, submission.invitation is not None)


def test_a_draft_is_signed_by_invitation_and_seen_by_nobody_else(room: Room, client: FlaskClient) -> None:
    """Its form has no link to a page that the public does not see; its receipt is for the browser that sent."""
    room.register.draft(EDITOR, reference="a-draft", kind="statement", time_zone="UTC", default_language="en")
    room.register.set_text(EDITOR, "a-draft", language="en", title="Not yet", text=TEXT)
    path = "/statements/a-draft/sign"
    page = client.get(f"{path}?invitation={invitation(room, 'a-draft')}")
    assert (200, False) == (page.status_code, 'href="/statements/a-draft"' in page.text)
    answer = client.post(path, data={**Fields(page.text).fields, **typed()})
    assert (303, 404) == (answer.status_code, client.get(path).status_code)
    receipt = client.get(answer.location)
    assert "UA Union A" in receipt.text
    assert 'href="/statements/a-draft"' not in receipt.text
    assert 404 == client.application.test_client().get(answer.location).status_code


# ── registered organisations ─────────────────────────────────────────────────────────────────────────────────────────


def registered(room: Room, reference: str = REFERENCE, **parts: Any) -> str:
    """Let an organisation sign on paper and return its id."""
    given = NameParts(**{"name": "Unité Communiste", "acronym": "UC", "name_language": "fr", **parts})
    return room.register.sign(EDITOR, reference, given, signed_on="2021-06-07", method="paper").organisation_id


def suggested(client: FlaskClient, text: str, **more: str) -> list[dict[str, Any]]:
    """Ask what is suggested for a text."""
    answer = client.get(f"{SIGN}/suggestions", query_string={"q": text, **more})
    assert (200, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    found: list[dict[str, Any]] = answer.get_json()["organisations"]
    return found


def test_a_known_organisation_is_suggested_while_typing(room: Room, client: FlaskClient) -> None:
    """By any of its words, without accents, by its acronym, also where a letter only looks like another; at most five."""
    id_ = registered(
        room, translations={"en": "Communist Unity", "de": "Einheit"}, country_printed={"en": "France"},
        territories=["FR", "BE"], url="https://example.org/",
    )  # fmt: skip
    for text in ("unite comm", "UC", "Communiste", "  Unité  ", "Unitе"):  # the last one's e is Cyrillic
        assert [id_] == [one["organisation_id"] for one in suggested(client, text)], text
    (one,) = suggested(client, "Unité Communiste")
    assert "Sign as \u2068UC Unité Communiste\u2069, registered 2027" == one["words"]
    assert {
        "acronym": "UC", "name": "Unité Communiste", "name_language": "fr", "transliteration": "",
        "translation": "Communist Unity", "country": "France", "territories": "France, Belgium",
        "url": "https://example.org/",
    } == one["fields"]  # fmt: skip
    for n in range(7):
        registered(room, name=f"Unité Communiste {n}", acronym=f"UC{n}")
    assert 5 == len(suggested(client, "unité"))
    assert id_ == suggested(client, "unité communiste")[0]["organisation_id"]


@pytest.mark.parametrize(
    "text", ["", " ", "a", "\u0301\u0301", "%%", "__", "\0\0", "'; DROP TABLE organisation; --", "x" * 5_000]
)
def test_what_names_nobody_suggests_nobody(room: Room, client: FlaskClient, text: str) -> None:
    """Too little, nothing visible, signs that searches use, and far too much."""
    registered(room)
    assert [] == suggested(client, text)


def test_only_what_is_public_is_suggested(room: Room, client: FlaskClient) -> None:
    """Not an organisation that stands on a draft alone, not one that has only sent a form; one merged is its body."""
    room.register.draft(EDITOR, reference="a-draft", kind="statement", time_zone="UTC", default_language="en")
    registered(room, "a-draft", name="Hidden Union", acronym="HU")
    send(client, name="Waiting Union")
    assert [] == suggested(client, "Hidden") + suggested(client, "Waiting")
    body, merged = registered(room), registered(room, name="Ligue Ancienne", acronym="LA")
    room.register.merge(EDITOR, merged, body)
    assert [body] == [one["organisation_id"] for one in suggested(client, "Ligue")]
    assert 404 == client.get("/statements/none/sign/suggestions?q=Union").status_code
    assert 400 == client.get(f"{SIGN}/suggestions?query=Union").status_code


def test_without_a_script_it_is_offered_after_an_update_and_can_be_chosen(room: Room, client: FlaskClient) -> None:
    """The choice stays; the submission carries the registered identity and the name as it was typed."""
    id_ = registered(room)
    page = send(client, do="preview", name="Unité communiste", acronym="")
    assert f'value="{id_}"' in page.text
    assert "registered 2027" in page.text
    assert f'value="{id_}"' not in client.get(SIGN).text
    again = send(client, do="preview", name="Unité communiste", chosen=id_)
    assert id_ == Fields(again.text).fields["chosen"]
    renamed = send(client, do="preview", name="Nobody else", chosen=id_)
    assert id_ == Fields(renamed.text).fields["chosen"]
    assert 303 == send(client, name="Unité communiste", chosen=id_).status_code
    assert 303 == send(client, name="Unité communiste", chosen="another", contact_name="Other").status_code
    assert [(id_, "Unité communiste"), (None, "Unité communiste")] == [
        (one.chosen, one.parts.name) for one in room.intake.list()
    ]


@ONE_ENGINE
@pytest.mark.parametrize("chosen", ["00000000-0000-0000-0000-000000000000", "nonsense", "<script>", "\0"])
def test_a_choice_that_was_not_offered_is_asked_again(room: Room, client: FlaskClient, chosen: str) -> None:
    """422 beside the question, and nothing is recorded."""
    answer = send(client, chosen=chosen)
    assert 422 == answer.status_code
    assert 2 == Fields(answer.text).said.count("This organisation is not registered. Choose again.")
    assert [] == room.intake.list(STATES)


# ── countries and territories ────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_every_territory_offered_is_understood(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """In every language of a page: what can be chosen is a code, alone and with another beside it."""
    for language in ("en", "de", "fr", "es", "pt", "tr", "ru", "ar", "zh", "ja"):
        offered = [name for name, _ in formpage.territories(language, language)]
        assert 245 < len(offered) < 260
        for name in offered:
            codes, unknown = territory_codes(f"{name}, KE", (language, "en"))
            assert ([], True) == (unknown, len(codes) in (1, 2)), (language, name, codes)
    monkeypatch.setattr(frame, "LANGUAGES", ("en", "de"))
    page = client.get(f"{SIGN}?lang=de").text
    assert '<option value="Elfenbeinküste">' in page.replace("Côte d’Ivoire", "Elfenbeinküste")
    assert (
        '<option value="Germany" label="Deutschland">' in page
    )  # printed in the statement's language, found in the reader's


# ── the reader's language ────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_a_language_chosen_by_the_address_stays(
    client: FlaskClient, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form is sent, shown again and received in it; the submission remembers it for its mails."""
    monkeypatch.setattr(frame, "LANGUAGES", ("en", "de"))
    page = client.get(f"{SIGN}?lang=de").text
    assert f'action="{SIGN}?lang=de"' in page
    fields = Fields(page).fields
    room.clock.advance(seconds=3)  # type: ignore[attr-defined]
    again = client.post(f"{SIGN}?lang=de", data={**fields, **typed(), "territories": "Wakanda"})
    assert (422, True) == (again.status_code, '<html lang="de"' in again.text)
    answer = client.post(f"{SIGN}?lang=de", data={**fields, **typed(), "territories": "Elfenbeinküste"})
    assert (303, f"{SIGN}/received?lang=de") == (answer.status_code, answer.location)
    (submission,) = room.intake.list()
    assert ("de", ["CI"]) == (submission.language, submission.parts.territories)


@ONE_ENGINE
def test_every_sentence_about_a_field_can_be_translated(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sentence reaches a page past the catalogues."""
    marked = lambda words, **values: "~" + (words % values if values else words)  # noqa: E731
    monkeypatch.setattr(formschema, "gettext", marked)
    wrong = {
        "name": "x\u202e",
        "acronym": "a" * 1001,
        "transliteration": "\u200b",
        "country": "a\ufffd",
        "name_language": "?",
    }
    with app.test_request_context("/"):
        _, errors = FormSchema().read(wrong)
    assert dict.fromkeys(wrong, "~") == {name: errors[name][0] for name in wrong}


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_is_too_fast_or_fills_in_everything_waits_and_is_told_nothing(
    room: Room, app: Flask, clock: FixedClock
) -> None:
    """Each gets the same answer and page as anybody; no mail goes out until an editor has looked."""
    pages = []
    for name, seconds, more in (
        ("Union 0", 2, {}),
        ("Union 1", 1.9, {}),
        ("Union 2", 60, {TRAP: "buy"}),
        ("Union 3", 60, {"form_id": ""}),
        ("Union 4", 60, {"form_id": "5f0c6b6e-3c5a-4c83-9d0c-1d3b8e9d6a01"}),
        ("Union 5", 60, {"form_id": None}),
    ):
        client = app.test_client()
        form = {**get(client).fields, **typed(name=name), **more}
        clock.advance(seconds=seconds)
        answer = client.post(SIGN, data={field: value for field, value in form.items() if value is not None})
        page = re.sub(r"[0-9a-f-]{36}|1 July 2027, 12:\d\d", "", client.get(answer.location).text)
        pages.append((answer.status_code, answer.location, page.replace(name, "")))
    assert 1 == len(set(pages))
    assert [None, "fast", "honeypot", "fast", "fast", "fast"] == [one.held for one in room.intake.list()]
    assert [("confirmation", "office@example.org")] == mails(room)


@ONE_ENGINE
def test_a_form_looked_at_in_between_keeps_its_age(room: Room, client: FlaskClient, clock: FixedClock) -> None:
    """Neither an update of the preview nor an error makes it new; the id stays, so that sending twice is one."""
    fields = get(client).fields
    clock.advance(seconds=3)
    looked = Fields(client.post(SIGN, data={**fields, **typed(), "do": "preview"}).text).fields
    wrong = Fields(client.post(SIGN, data={**looked, "url": "x", "do": "send"}).text).fields
    assert {fields["form_id"]} == {looked["form_id"], wrong["form_id"]}
    assert 303 == client.post(SIGN, data={**wrong, "url": "", "do": "send"}).status_code
    assert [None] == [one.held for one in room.intake.list()]


def test_an_old_form_is_as_good_as_a_new_one(room: Room, client: FlaskClient, clock: FixedClock) -> None:
    """A day later nothing is held back."""
    form = {**get(client).fields, **typed()}
    clock.advance(days=2)
    assert 303 == client.post(SIGN, data=form).status_code
    assert [None] == [one.held for one in room.intake.list()]


@ONE_ENGINE
def test_people_do_not_meet_the_field_for_programs(client: FlaskClient) -> None:
    """It is out of sight, out of the order of tabs, not read aloud, and no browser fills it in."""
    page = Page(client.get(SIGN).text)
    (trap,) = page.all("input", name=TRAP)
    assert ("-1", "off", "") == (trap["tabindex"], trap["autocomplete"], trap["value"])
    assert 1 == len(page.all("div", **{"class": "unseen", "aria-hidden": "true"}))


@ONE_ENGINE
def test_the_form_as_it_is_given_can_be_sent(client: FlaskClient) -> None:
    """Every hidden field as it came and what is required filled in: taken; the same without a token: not."""
    page = Page(client.get(SIGN).text)
    hidden = {a["name"]: a["value"] for a in page.all("input", type="hidden")}
    required = {a["name"]: "Office" for tag in ("input", "textarea") for a in page.all(tag) if "required" in a}
    filled = hidden | required | {"contact_email": "office@example.org", "authority": "yes"}
    assert {"name", "contact_name", "contact_email", "authority"} == set(required)
    assert 303 == client.post(SIGN, data=filled).status_code
    assert 400 == client.post(SIGN, data={k: v for k, v in filled.items() if k != "csrf_token"}).status_code


@ONE_ENGINE
def test_answers_carry_the_headers_of_safety(client: FlaskClient) -> None:
    """Only our own scripts and styles, in no frame, on every answer of the form."""
    for answer in (
        client.get(SIGN),
        send(client, name=""),
        send(client),
        client.post(SIGN),
        client.get(f"{SIGN}/suggestions?q=x"),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert all(part in policy for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"))
        assert "unsafe" not in policy
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert not re.search(r"<script(?! src)|\son\w+=|\sstyle=", answer.text)

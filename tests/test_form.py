"""The signing form, as a browser meets it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

import wsgi
from signatures.room import Room
from tests.clock import FixedClock
from tests.submitting import EDITOR, REFERENCE, TEXT, bytes_of, publish_statement, signed, typed

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


class Fields(HTMLParser):
    """What the page's form holds, by field name, and what the page says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.said = ""
        self._area: str | None = None
        self._select: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read inputs, text areas and choices."""
        a = dict(attrs)
        name = a.get("name") or ""
        match tag, a.get("type"):
            case "input", "checkbox" | "radio":
                if "checked" in a:
                    self.fields[name] = a.get("value") or "on"
            case "input", _:
                self.fields[name] = a.get("value") or ""
            case "textarea", _:
                self.fields[name] = ""
                self._area = name
            case "select", _:
                self._select = name
            case "option", _ if self._select and "selected" in a:
                self.fields[self._select] = a.get("value") or ""
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        """Leave a text area."""
        self._area = None if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        """Take what stands in a text area, and all words of the page."""
        if self._area:
            self.fields[self._area] += data
        self.said += data


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
    hidden = {name: value for name, value in get(client).fields.items() if name in ("csrf_token", "form_id")}
    return client.post(SIGN, data={**typed(), **hidden, **more})


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
    assert "UA Union A (Union of A), Kenya" in page.text
    assert submission.id in page.text
    assert "office@example.org" not in page.text
    assert (["KE", "UG"], {"en": "Union of A"}) == (submission.parts.territories, submission.parts.translations)
    assert ("Office", None, "office@example.org") == tuple(submission.contact)
    assert before == room.store.newest()


def test_an_accepted_form_is_listed_as_it_was_sent(room: Room, client: FlaskClient) -> None:
    """All five parts reach the log as typed."""
    send(client, name="Союз", transliteration="Soyuz", name_language="ru", translation="Union", country="Kenya")
    room.intake.accept(room.intake.list()[0].id, EDITOR)

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
    assert 1 == len(room.intake.list(waiting=False))


def test_the_form_never_tells_who_has_signed(room: Room, app: Flask) -> None:
    """The page after sending is the same for an organisation that stands, one that waits elsewhere, and a new one."""
    pages = []
    for name in ("Union Z", "Union A", "Union A"):
        client = app.test_client()
        answer = send(client, name=name)
        pages.append((answer.status_code, client.get(answer.location).text.replace("Union Z", "Union A")))
        if name == "Union A" and not signed(room):
            room.intake.accept(room.intake.list()[-1].id, EDITOR)
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
        ("name_language", "no language", "is no language tag"),
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
    assert [] == room.intake.list(waiting=False)


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
    assert [] == room.intake.list(waiting=False)
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
    assert [] == room.intake.list(waiting=False)


@ONE_ENGINE
def test_another_browsers_token_is_refused(room: Room, app: Flask) -> None:
    """A token belongs to the session that it was made for."""
    token = get(app.test_client()).fields["csrf_token"]
    assert 400 == app.test_client().post(SIGN, data=typed(csrf_token=token)).status_code
    assert [] == room.intake.list(waiting=False)


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
    [("close_signing", "Signing ended on 1 July 2027."), ("retract", "This statement was taken back on 2027-07-01.")],
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
    assert ["Union before"] == [one.parts.name for one in room.intake.list(waiting=False)]
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
    assert (before, []) == (room.store.newest(), room.intake.list(waiting=False))


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
    assert [] == room.intake.list(waiting=False)


@ONE_ENGINE
def test_more_than_a_form_can_hold_is_too_much(room: Room, client: FlaskClient) -> None:
    """413 over 64 kB, with a right token too, whatever limit the server has."""
    client.application.config["MAX_CONTENT_LENGTH"] = client.application.config["MAX_FORM_MEMORY_SIZE"] = 10**7
    assert 413 == send(client, name="a" * 70_000).status_code
    assert 413 == send(client, **{f"extra-{n}": "é" * 900 for n in range(50)}).status_code
    assert [] == room.intake.list(waiting=False)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([*typed(), "transliteration", "translation", "country", "territories", "url", "letter_name"]),
        st.text(max_size=60) | st.binary(max_size=20),
    )
)
def test_whatever_is_typed_has_an_answer(client: FlaskClient, more: dict[str, str | bytes]) -> None:
    """Any text or bytes in any fields: taken, or shown again."""
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
    room.intake.accept(room.intake.list()[0].id, EDITOR)
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


@ONE_ENGINE
def test_the_whole_text_is_not_in_the_form(client: FlaskClient) -> None:
    """Its first paragraph, its checksum and a link are."""
    page = get(client)
    assert TEXT.split("\n\n")[0] in page.said
    assert TEXT.split("\n\n")[1] not in page.said

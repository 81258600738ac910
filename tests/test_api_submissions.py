"""Submissions over the API: taken as the form takes them, the same answer whoever is known, and nothing told of anybody."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from signatures.clock import stamp
from signatures.intake.limits import RULES
from signatures.intake.links import LIFETIMES
from signatures.intake.submission import STATES, Submission
from signatures.log.eventlog import sha256
from signatures.pages.formschema import FormSchema
from signatures.room import Room
from signatures.web import acts
from signatures.web.catalogues import LANGUAGES, catalogue
from tests.api import Api, small_api
from tests.hostile import LEGITIMATE, REFUSED, Hostile
from tests.htmlpage import Page
from tests.submitting import (
    EDITOR,
    REFERENCE,
    TEXT,
    bytes_of,
    confirmation_of,
    confirmed,
    mails,
    publish_statement,
    signed,
    typed,
)

PATH = "/submissions"
NOBODY = "00000000-0000-4000-8000-000000000000"
CONTACT = {"name": "Wanjiru Kamau", "role": "Secretary", "email": "wanjiru@union-a.example.org"}
PERSONAL = ("Wanjiru", "Kamau", "wanjiru", "union-a.example.org")
WHOLE = {
    "statement": REFERENCE,
    "acronym": "UA",
    "name": "Muungano A",
    "name_language": "sw",
    "transliteration": "Muungano A (Latin)",
    "translation": "Union A",
    "country": "Kenya and Uganda",
    "territories": ["KE", "UG"],
    "url": "https://union-a.example.org/",
    "contact": CONTACT,
    "text_sha256": sha256(TEXT.encode()),
    "language": "en",
    "authority": True,
}
NEEDED = ("statement", "name", "contact", "text_sha256", "authority")


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of a register with one published statement, on each engine."""
    made = Api(environ)
    publish_statement(made.room)
    yield made
    made.close()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open the same on SQLite once for all tests in which nothing is recorded."""
    made = small_api(tmp_path_factory.mktemp("refusing"))
    publish_statement(made.room)
    yield made
    made.close()


def body(**fields: Any) -> dict[str, Any]:
    """Write as little as a submission needs, and what is given."""
    return {**{name: WHOLE[name] for name in NEEDED}, "name": "Union A", **fields}


def send(api: Api, content: Any = None, address: str = "192.0.2.1", **headers: str) -> TestResponse:
    """Send as anybody's program does, from an address; bytes go as they are."""
    sent = {"data": content, "content_type": "application/json"} if isinstance(content, bytes) else {"json": content}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.ask(PATH, "POST", headers=named, environ_base={"REMOTE_ADDR": address}, **sent)


def unlimited(api: Api, content: Any = None, **headers: str) -> TestResponse:
    """Send as if nobody had sent before."""
    api.room.limits.tally.reset()
    return send(api, content, **headers)


def problem(answer: TestResponse) -> tuple[int, str]:
    """Tell status and code of a problem."""
    assert ("application/problem+json", "no-store") == (answer.content_type, answer.headers["Cache-Control"])
    told = answer.get_json()
    assert answer.status_code == told["status"]
    return answer.status_code, told["type"].rpartition("/")[2]


def sentences(answer: TestResponse) -> dict[str, str]:
    """Tell the sentence of each field."""
    assert (422, "invalid-input") == problem(answer)
    return {one["field"]: one["detail"] for one in answer.get_json()["errors"]}


def only(room: Room) -> Submission:
    """Give the one submission that there is."""
    (found,) = room.intake.list(STATES)
    return found


def told(answer: TestResponse) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
    """Tell everything of an answer but the names of submission and request, which are one at least."""
    answered = answer.get_json()
    UUID(answered["submission"])
    headers = sorted(header for header in answer.headers.items() if header[0] != "X-Request-Id")
    return answer.status_code, headers, {**answered, "submission": None}


# ── from a program to the list ───────────────────────────────────────────────────────────────────────────────────────


def test_a_submission_waits_until_the_link_in_its_mail_is_answered(api: Api) -> None:
    """202 and a mail, nothing in the log; with the link and its code the address is confirmed, and an editor decides."""
    before = api.position()
    answer = send(api, WHOLE)
    found = only(api.room)
    assert 202 == answer.status_code
    assert {
        "submission": found.id,
        "state": "received",
        "confirm_within": "PT72H",
        "detail": "We sent a message to the address you gave. "
        "Your organisation is listed after you confirm and the secretariat accepts.",
    } == answer.get_json()
    assert ("received", "claimed", None) == (found.state, found.assurance, found.held)
    assert [("confirmation", CONTACT["email"])] == mails(api.room)
    assert before == api.position()

    browser = api.app.test_client()
    token, code = confirmation_of(api.room, found.id)
    shown = browser.get(f"/confirmations/{token}")
    (stamped,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', shown.text))
    done = browser.post(f"/confirmations/{token}", data={"csrf_token": stamped, "code": code, "answer": "sign"})
    assert 303 == done.status_code
    assert ("confirmed", before) == (only(api.room).state, api.position())
    api.room.intake.accept(found.id, EDITOR)
    listed = api.get(f"/statements/{REFERENCE}/signatories").get_json()["subsequent"]
    assert ["UA Muungano A (Muungano A (Latin)) (Union A), Kenya and Uganda"] == [one["printed"] for one in listed]


def test_everything_sent_is_kept_as_it_was(api: Api) -> None:
    """All parts, the contact, the text's version and the language; the translation is in the statement's language."""
    assert 202 == send(api, WHOLE).status_code
    found = only(api.room)
    assert {
        **{name: WHOLE[name] for name in ("acronym", "name", "name_language", "transliteration", "territories", "url")},
        "translations": {"en": "Union A"},
        "country_printed": {"en": "Kenya and Uganda"},
    } == found.parts.payload()
    assert CONTACT == found.contact._asdict()
    assert (WHOLE["text_sha256"], "en", None, None) == (found.text_sha256, found.language, found.chosen, found.form_id)


def test_the_form_and_the_api_take_one_thing_alike(api: Api) -> None:
    """What came through the form is known when a program sends the same soon after: one submission, one mail."""
    browser = api.app.test_client()
    page = browser.get(f"/statements/{REFERENCE}/sign").text
    hidden = dict(re.findall(r'name="(csrf_token|form_id)" value="([^"]+)"', page))
    api.clock.advance(seconds=30)
    fields = typed(name=" Muungano\n A ", url="https://example.org/", territories="Kenya, ug", translation="Union A")
    assert 303 == browser.post(f"/statements/{REFERENCE}/sign", data={**fields, **hidden}).status_code
    same = {"acronym": "UA", "name_language": "en", "translation": "Union A", "territories": ["KE", "UG", "KE"]}
    contact = {"name": "Office", "role": "", "email": "office@example.org"}
    url = "https://example.org/"
    answer = send(api, body(name=" Muungano\r\n A", contact=contact, url=url, country=None, **same))
    assert only(api.room).id == answer.get_json()["submission"]
    assert 1 == len(mails(api.room))


def test_a_chosen_organisation_and_an_invitation_are_kept(api: Api) -> None:
    """A draft is open to whoever brings an invitation, and its list shows under which registration it is asked for."""
    room = api.room
    room.intake.accept(confirmed(room, "Union Z"), EDITOR)
    (registered,) = {entry.data()["organisation_id"] for entry in signed(room)}
    room.register.draft(EDITOR, reference="draft-2022", kind="statement", time_zone="UTC", default_language="en")
    invitation = room.invitations.invite("draft-2022", "Union Z", "z@example.org", "en", by="editor:test")
    token = token_of(room)
    asked = body(statement="DRAFT-2022", text_sha256=None, organisation_id=registered.upper(), invitation=token)
    assert 202 == send(api, asked).status_code
    (found,) = room.intake.list(reference="draft-2022")
    assert (registered, invitation.id) == (found.chosen, found.invitation)


def token_of(room: Room) -> str:
    """Tell the token of the invitation that was sent last."""
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT about FROM outbox WHERE kind = 'invitation' ORDER BY number DESC")
    return room.links.token(json.loads(rows[0][0])["link"])


def test_the_link_lives_as_long_as_the_answer_says(api: Api) -> None:
    """72 hours, and that is what a link gets."""
    lifetime = LIFETIMES["confirmation"]
    assert lifetime is not None
    assert f"PT{lifetime.total_seconds() / 3600:.0f}H" == send(api, body()).get_json()["confirm_within"]


def test_the_sentence_tells_the_terms(api: Api) -> None:
    """Where what is confirmed is listed, no editor is promised."""
    api.room.terms.change(REFERENCE, "editor:test", acceptance="confirmed")
    expected = "We sent a message to the address you gave. Your organisation is listed after you confirm."
    for language in LANGUAGES:
        answer = send(api, body(), Accept_Language=language)
        assert catalogue(language).gettext(expected) == answer.get_json()["detail"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_in_the_language_that_is_asked_for(refusing: Api, language: str) -> None:
    """As on the form: Accept-Language chooses among the catalogues; a program that asks for none gets English."""
    said = catalogue(language).gettext
    asked = {"Accept_Language": f"{language}, xx;q=0.5"}
    unnamed, unsure = (unlimited(refusing, body(**{field: ""}), **asked) for field in ("name", "authority"))
    assert {"name": said("Write the name of your organisation in its own language and script.")} == sentences(unnamed)
    assert {"authority": said("Tick the box if you may sign this text for your organisation.")} == sentences(unsure)
    stale = unlimited(refusing, body(text_sha256=None), **asked)
    changed = "The text was changed while you were reading it. Read it again, then tick the box."
    assert {"text_sha256": said(changed)} == sentences(stale)
    assert said(changed) != changed or language == "en"


@pytest.mark.parametrize(
    ("default", "asked", "expected"), [("en", None, "en"), ("fr", None, "en"), ("de", None, "de"), ("de", "en", "en")]
)
def test_mails_are_in_the_language_asked_for_or_the_statements(
    api: Api, monkeypatch: pytest.MonkeyPatch, default: str, asked: str | None, expected: str
) -> None:
    """The statement's default language if there is a catalogue of it, else English."""
    monkeypatch.setattr(acts, "LANGUAGES", ("en", "de"))
    room = api.room
    room.register.draft(EDITOR, reference="other", kind="statement", time_zone="UTC", default_language=default)
    room.register.set_text(EDITOR, "other", language=default, title="On a common list", text=TEXT)
    room.register.publish(EDITOR, "other", as_of="2021-06-07")
    assert 202 == send(api, body(statement="other", language=asked)).status_code
    assert expected == only(room).language


# ── nothing is told of anybody ───────────────────────────────────────────────────────────────────────────────────────


def test_the_answer_is_the_same_whoever_is_known(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new address, one that waits, one whose entry stands, an organisation that stands, a repeat, a flood: one answer."""
    room = api.room
    standing = send(api, body(name="Union Z"))
    room.intake.confirm(*confirmation_of(room, standing.get_json()["submission"]))
    room.intake.accept(standing.get_json()["submission"], EDITOR)
    other = {**CONTACT, "email": "somebody@else.example.net"}
    answers = [
        standing,
        send(api, body()),
        send(api, body()),  # again
        send(api, body(name="Union B")),  # an address that waits, and has an entry
        send(api, body(name="Union Z")),  # what stands, by its owner
        send(api, body(name="Union Z", contact=other)),  # what stands, by somebody else
        send(api, body(name="Union A", contact=other)),  # what waits, by somebody else
    ]
    monkeypatch.setitem(RULES, "statement", RULES["statement"]._replace(amount=0))
    answers.append(send(api, body(name="Union C")))
    assert "flood" == room.intake.list()[-1].held
    first, *others = [told(answer) for answer in answers]
    assert [first] * len(others) == others


def test_a_repeat_gets_the_same_bytes_and_one_mail(api: Api) -> None:
    """Within ten minutes, from anywhere, also when it was answered meanwhile; nothing says what became of it."""
    first = send(api, body())
    id_ = only(api.room).id
    api.clock.advance(minutes=4)
    second = send(api, dict(reversed(body().items())), address="198.51.100.7")
    api.room.intake.confirm(*confirmation_of(api.room, id_))
    api.room.intake.accept(id_, EDITOR)
    third = send(api, body())
    assert [(202, first.data)] * 2 == [(one.status_code, one.data) for one in (second, third)]
    assert [1, 1] == [len(mails(api.room, "confirmation")), len(api.room.intake.list(STATES))]


def test_another_content_is_another_submission(api: Api) -> None:
    """A changed letter, another contact or ten minutes make a new one."""
    ids = [send(api, one).get_json()["submission"] for one in (body(), body(name="Union Á"), body(acronym="U"))]
    ids.append(send(api, body(contact={**CONTACT, "role": None})).get_json()["submission"])
    api.clock.advance(minutes=11)
    ids.append(send(api, body()).get_json()["submission"])
    assert 5 == len(set(ids))


def test_whoever_owns_an_entry_is_told_by_mail_alone(api: Api) -> None:
    """Somebody else who asks for a listed organisation learns nothing; its contact does."""
    id_ = send(api, body()).get_json()["submission"]
    api.room.intake.confirm(*confirmation_of(api.room, id_))
    api.room.intake.accept(id_, EDITOR)
    send(api, body(contact={**CONTACT, "email": "somebody@else.example.net"}))
    assert [("standing", CONTACT["email"])] == mails(api.room, "standing")


def test_a_flood_waits_for_an_editor(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes beyond a domain's share is held without a mail, and not thrown away."""
    monkeypatch.setitem(RULES, "address", RULES["address"]._replace(amount=2))
    for number in range(4):
        assert 202 == send(api, body(name=f"Union {number}")).status_code
    assert [None, None, "flood", "flood"] == [one.held for one in api.room.intake.list()]
    assert 2 == len(mails(api.room))


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "\u202e"},
        {"authority": False},
        {"text_sha256": None},
        {"organisation_id": NOBODY},
        {"statement": "nothing"},
        {"url": "wanjiru@union-a.example.org"},
        {"territories": ["Wanjiru Kamau"]},
        {"contact": {**CONTACT, "role": "Kamau\0"}},
        {"contact": {**CONTACT, "email": "wanjiru@union-a.example.org\r\nBcc: x"}},
        {"contact": {**CONTACT, "name": "Kamau" * 100}},
        {"contact": "Wanjiru Kamau <wanjiru@union-a.example.org>"},
        {"contact": {**CONTACT, "telephone": "Wanjiru"}},
        {"language": "Wanjiru"},
        {"acronym": ["Wanjiru"]},
    ],
    ids=", ".join,
)
def test_a_problem_repeats_nothing_of_a_person(
    refusing: Api, caplog: pytest.LogCaptureFixture, wrong: dict[str, Any]
) -> None:
    """Neither the answer nor a log record of any level holds a name or an address."""
    caplog.set_level(logging.DEBUG)
    answer = unlimited(refusing, body(**wrong))
    assert answer.status_code in (404, 422)
    assert [] == [one for one in PERSONAL if one in answer.text + str(answer.headers) + caplog.text]
    assert [] == refusing.room.intake.list(STATES)


def test_nothing_of_a_person_reaches_log_records_or_the_register(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """A submission that is taken leaves its contact in the contacts database alone."""
    caplog.set_level(logging.DEBUG)
    answer = send(api, body())
    assert 202 == answer.status_code
    told_ = answer.text + str(answer.headers) + caplog.text
    assert [] == [one for one in PERSONAL if one in told_]
    kept = bytes_of(api.room.databases["register"]) + bytes_of(api.room.databases["views"])
    assert [] == [one for one in PERSONAL if one.encode() in kept]
    assert CONTACT["email"].encode() in bytes_of(api.room.contacts.database)


def test_no_cookie_is_set_and_none_is_read(api: Api) -> None:
    """Neither token nor cookie of a form is needed, and a session is not begun."""
    assert "Set-Cookie" not in send(api, body(), Cookie="session=x").headers


# ── what may be signed ───────────────────────────────────────────────────────────────────────────────────────────────


def close(room: Room) -> None:
    room.register.close_signing(EDITOR, REFERENCE, on="2021-06-08")


def end(room: Room) -> None:
    room.terms.change(REFERENCE, "editor:test", deadline=stamp(room.clock()))


def retract(room: Room) -> None:
    room.register.retract(EDITOR, REFERENCE, on="2021-06-08")


def invite(room: Room) -> None:
    room.terms.change(REFERENCE, "editor:test", acceptance="invited")


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (close, (409, "statement-closed")),
        (end, (409, "statement-closed")),
        (retract, (409, "statement-closed")),
        (invite, (403, "invitation-needed")),
    ],
)
def test_what_cannot_be_signed_is_refused(api: Api, done: Any, expected: tuple[int, str]) -> None:
    """Closed, over, taken back, only for those invited: a problem of its own, nothing recorded, no share used up."""
    done(api.room)
    answer = send(api, body(invitation="x" * 43))
    assert expected == problem(answer)
    assert ([], []) == (api.room.intake.list(STATES), mails(api.room))
    assert Page(api.app.test_client().get(f"/problems/{expected[1]}").text).said
    with api.room.contacts.database.reading() as transaction:
        rules = transaction.execute("SELECT count(*) FROM tally")
    assert [(1,)] == rules  # the network's alone


def test_an_invitation_opens_what_only_those_invited_sign(api: Api) -> None:
    """With its token 202; that of another statement opens nothing."""
    publish_statement(api.room, "another")
    for reference in ("another", REFERENCE):
        api.room.terms.change(reference, "editor:test", acceptance="invited")
    api.room.invitations.invite("another", "Union A", "a@example.org", "en", by="editor:test")
    token = token_of(api.room)
    assert (403, "invitation-needed") == problem(send(api, body(invitation=token)))
    assert 202 == send(api, body(statement="another", invitation=token)).status_code


@pytest.mark.parametrize("reference", ["nothing", "draft", "discarded"])
def test_what_the_public_does_not_see_is_not_there(api: Api, reference: str) -> None:
    """A draft and a discarded one are answered like a statement that never was, also to an editor's token."""
    for one in ("draft", "discarded"):
        api.room.register.draft(EDITOR, reference=one, kind="statement", time_zone="UTC", default_language="en")
    api.room.register.discard(EDITOR, "discarded")
    answer = send(api, body(statement=reference, text_sha256=None))
    assert (404, "not-found") == problem(answer)
    assert f"There is no statement '{reference}'." == answer.get_json()["detail"]
    assert (404, "not-found") == problem(
        send(api, body(statement=reference, text_sha256=None), Authorization=f"Bearer {api.token}")
    )


def test_another_version_of_the_text_is_not_what_is_signed(api: Api) -> None:
    """422 for the version before, for none where there is one, and for one where there is none."""
    old = WHOLE["text_sha256"]
    api.room.register.set_text(EDITOR, REFERENCE, language="en", title="On a common list", text="Other words.")
    for wrong in (old, None, "0" * 64):
        found = sentences(send(api, body(text_sha256=wrong)))
        assert ["text_sha256"] == list(found)
        assert found["text_sha256"].startswith("The text was changed while you were reading it.")
    assert 202 == send(api, body(text_sha256=sha256(b"Other words."))).status_code


# ── what needs another look ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", None),
        ("name", " \n "),
        ("name", "\u200b\u200b"),
        ("name", "x\u202eevil"),
        ("name", "a" * 1001),
        ("name", "a\ufffdb"),
        ("acronym", "U\0A"),
        ("transliteration", "\u2060"),
        ("translation", "a" * 1001),
        ("country", "a\x1bb"),
        ("name_language", "no language"),
        ("url", "example"),
        ("url", "javascript:alert(1)"),
        ("url", "https://name:word@example.org/"),
        ("contact_name", ""),
        ("contact_name", "a" * 201),
        ("contact_role", "a\x07"),
        ("contact_email", ""),
        ("contact_email", "office@"),
        ("contact_email", "a@example.org\r\nBcc: b@example.org"),
        ("contact_email", f"{'a' * 300}@example.org"),
    ],
)
def test_fields_have_the_rules_and_sentences_of_the_form(refusing: Api, field: str, value: str | None) -> None:
    """The very sentence that the form shows beside the field."""
    with refusing.app.test_request_context():
        _, expected = FormSchema().read(typed(**{field: value or ""}))
    part, _, inner = field.partition("contact_")
    changed = {field: value} if part else {"contact": {**CONTACT, inner: value}}
    found = sentences(unlimited(refusing, body(**changed)))
    assert [(field if part else f"contact.{inner}", expected[field])] == list(found.items())


def test_whoever_may_not_sign_does_not_sign(refusing: Api) -> None:
    """Nothing but true is the word of authority: not 1, not a text, not its absence."""
    expected = {"authority": "Tick the box if you may sign this text for your organisation."}
    others: tuple[Any, ...] = (False, None, 0, 1, "true", "yes", [], {})
    for value in others:
        assert expected == sentences(unlimited(refusing, body(authority=value))), value
    without = body()
    del without["authority"]
    assert expected == sentences(unlimited(refusing, without))


def test_every_field_that_needs_another_look_is_named_at_once(refusing: Api) -> None:
    """In the order of the body's description."""
    found = sentences(unlimited(refusing, {"contact": {}, "url": "x", "territories": ["XX", "KE", "ke"]}))
    expected = ["statement", "name", "territories.0", "territories.2", "url", "contact.name", "contact.email"]
    assert {*expected, "text_sha256", "authority"} == set(found)
    assert "We know no country or territory “XX”." in found["territories.0"]


HOSTILE: dict[str, tuple[Any, tuple[int, str]]] = {
    "unknown keys": ({"_type_": "y", "_data_": 1}, (422, "invalid-input")),
    "a state of its own": ({"state": "accepted"}, (422, "invalid-input")),
    "a hold of its own": ({"held": None}, (422, "invalid-input")),
    "a form's id": ({"form_id": NOBODY}, (422, "invalid-input")),
    "unknown keys of the contact": ({"contact": {**CONTACT, "_type_": "x"}}, (422, "invalid-input")),
    "no contact": ({"contact": None}, (422, "invalid-input")),
    "a list for a contact": ({"contact": [CONTACT]}, (422, "invalid-input")),
    "a list for a name": ({"name": ["x"]}, (422, "invalid-input")),
    "a number for a name": ({"name": 1}, (422, "invalid-input")),
    "true for a name": ({"acronym": True}, (422, "invalid-input")),
    "an object for an address": ({"contact": {**CONTACT, "email": {}}}, (422, "invalid-input")),
    "a name too long": ({"name": "a" * 20_000}, (422, "invalid-input")),
    "a body too long": ({"name": "a" * 70_000}, (413, "body-too-large")),
    "surrogate": ({"name": "\ud800"}, (400, "malformed-body")),
    "surrogate of an address": ({"contact": {**CONTACT, "email": "\udfff@example.org"}}, (400, "malformed-body")),
    "NUL": ({"name": "nul\x00"}, (422, "invalid-input")),
    "NUL of a reference": ({"statement": "joint-2021\0"}, (422, "invalid-input")),
    "a reference with a line break": ({"statement": "joint-2021\n"}, (404, "not-found")),
    "an empty reference": ({"statement": ""}, (422, "invalid-input")),
    "an address of an IP": ({"contact": {**CONTACT, "email": "a@[127.0.0.1]"}}, (422, "invalid-input")),
    "two addresses": ({"contact": {**CONTACT, "email": "a@example.org, b@example.org"}}, (422, "invalid-input")),
    "an odd domain": ({"contact": {**CONTACT, "email": "a@xn--\u2028.example"}}, (422, "invalid-input")),
    "territories as text": ({"territories": "KE"}, (422, "invalid-input")),
    "no territories": ({"territories": None}, (422, "invalid-input")),
    "territory with a line break": ({"territories": ["KE\n"]}, (422, "invalid-input")),
    "a small word for a territory": ({"territories": ["OG"]}, (422, "invalid-input")),
    "too many territories": ({"territories": ["KE"] * 51}, (422, "invalid-input")),
    "an object for a territory": ({"territories": [{}]}, (422, "invalid-input")),
    "no checksum": ({"text_sha256": "x"}, (422, "invalid-input")),
    "a checksum with a line break": ({"text_sha256": f"{WHOLE['text_sha256']}\n"}, (422, "invalid-input")),
    "no organisation": ({"organisation_id": "x"}, (422, "invalid-input")),
    "an organisation with a line break": ({"organisation_id": f"{NOBODY}\n"}, (422, "invalid-input")),
    "unknown organisation": ({"organisation_id": NOBODY}, (422, "invalid-input")),
    "a number for an invitation": ({"invitation": 7}, (422, "invalid-input")),
    "an invitation too long": ({"invitation": "x" * 201}, (422, "invalid-input")),
    "no language": ({"language": "\0"}, (422, "invalid-input")),
    "a list": ([], (400, "malformed-body")),
    "null": (b"null", (400, "malformed-body")),
    "deep JSON": (b"[" * 60_000, (400, "malformed-body")),
    "not UTF-8": (b"\xff\xfe", (400, "malformed-body")),
    "nothing": (b"", (400, "malformed-body")),
    "NaN": (b'{"name": NaN}', (400, "malformed-body")),
    "a key twice": (b'{"authority": false, "authority": true}', (400, "malformed-body")),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bodies_are_refused_and_record_nothing(refusing: Api, what: str) -> None:
    """Each is a problem of its own code, never a fault of ours."""
    content, expected = HOSTILE[what]
    if isinstance(content, dict):
        content = json.dumps(body(**content)).encode()
    assert expected == problem(unlimited(refusing, content))
    assert ([], []) == (refusing.room.intake.list(STATES), mails(refusing.room))


@pytest.mark.parametrize("token", ["", "x", "\0", "é" * 43, "../..", "x" * 43])
def test_a_wrong_invitation_is_none(api: Api, token: str) -> None:
    """Where nobody needs one it changes nothing."""
    assert 202 == send(api, body(invitation=token)).status_code
    assert only(api.room).invitation is None


def test_names_of_the_corpus_are_kept_to_the_letter(tmp_path: Path) -> None:
    """Every legitimate text, in every part that it may stand in."""
    api = small_api(tmp_path)
    publish_statement(api.room)
    parts = ("name", "acronym", "transliteration", "translation", "country")
    for hostile in LEGITIMATE:
        answer = unlimited(api, body(**dict.fromkeys(parts, hostile.text)))
        assert 202 == answer.status_code, hostile.id
        kept = api.room.intake.show(answer.get_json()["submission"]).parts
        texts = (kept.name, kept.acronym, kept.transliteration, kept.translations["en"], kept.country_printed["en"])
        assert (hostile.line,) * 5 == texts, hostile.id
    api.close()


@pytest.mark.parametrize("hostile", REFUSED, ids=lambda hostile: hostile.id)
def test_other_texts_of_the_corpus_are_refused(refusing: Api, hostile: Hostile) -> None:
    """With a sentence, and a lone surrogate with the whole body."""
    content = json.dumps(body(name=hostile.text)).encode()
    expected = (400, "malformed-body") if re.search("[\ud800-\udfff]", hostile.text) else (422, "invalid-input")
    assert expected == problem(unlimited(refusing, content))


TEXTS = st.text(max_size=40) | st.sampled_from(["", "\0", "x" * 300, "a@b.example", "KE", NOBODY, REFERENCE])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(changes=st.dictionaries(st.sampled_from([*WHOLE, "organisation_id", "invitation"]), VALUES, max_size=3))
def test_no_body_is_a_fault_of_ours(refusing: Api, changes: dict[str, Any]) -> None:
    """Whatever stands in any field, the answer is 202 or says what is wrong with what was sent."""
    answer = unlimited(refusing, json.dumps({**WHOLE, "authority": False, **changes}).encode())
    assert answer.status_code in (202, 400, 404, 413, 422), answer.text


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(local=st.text(max_size=20), domain=st.text(max_size=20))
def test_no_address_is_a_fault_of_ours(refusing: Api, local: str, domain: str) -> None:
    """Whatever stands on either side of the @."""
    contact = {**CONTACT, "email": f"{local}@{domain}"}
    answer = unlimited(refusing, json.dumps(body(contact=contact, authority=False)).encode())
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_read(refusing: Api, type_: str) -> None:
    """415 for what a page elsewhere could make a browser send without being asked."""
    refusing.room.limits.tally.reset()
    answer = refusing.ask(PATH, "POST", data=json.dumps(body()), content_type=type_)
    assert (415, "unsupported-media-type") == problem(answer)


def test_unknown_parameters_and_other_methods_are_refused(refusing: Api) -> None:
    """Nothing can be read here, and a parameter that means nothing is no reason to act."""
    assert (400, "unknown-parameter") == problem(refusing.ask(f"{PATH}?lang=en", "POST", json=body()))
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = refusing.ask(PATH, method)
        assert (405, "method-not-allowed") == problem(answer)
        assert {"POST", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_network_sends_so_many_and_not_one_more(api: Api) -> None:
    """The form's own limit: then 429 with the seconds to wait, nothing recorded; another network is not concerned."""
    amount = RULES["form"].amount
    known = Counter(send(api, body(), address=f"192.0.2.{number}").status_code for number in range(amount))
    assert {202: amount} == known
    refused = send(api, body(name="One more"))
    assert (429, "quota-exceeded") == problem(refused)
    assert 0 < int(refused.headers["Retry-After"]) <= 3900
    assert ["Union A"] == [one.parts.name for one in api.room.intake.list(STATES)]
    assert 202 == send(api, body(), address="198.51.100.1").status_code
    api.clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert 202 == send(api, body(name="One more")).status_code


def test_the_form_and_the_api_share_one_limit(api: Api) -> None:
    """Whoever used it up here cannot send the form."""
    for number in range(RULES["form"].amount):
        send(api, body(name=f"Union {number % 2}"))
    browser = api.app.test_client()
    page = browser.get(f"/statements/{REFERENCE}/sign", environ_base={"REMOTE_ADDR": "192.0.2.9"}).text
    hidden = dict(re.findall(r'name="(csrf_token|form_id)" value="([^"]+)"', page))
    sent = partial(browser.post, f"/statements/{REFERENCE}/sign", data={**typed(), **hidden})
    assert 429 == sent(environ_base={"REMOTE_ADDR": "192.0.2.9"}).status_code


def test_what_is_refused_counts_and_no_word_makes_it_a_preview(api: Api) -> None:
    """The form's way of looking at a line first is not a way around the limit here."""
    for _ in range(RULES["form"].amount):
        answer = api.ask(PATH, "POST", data={"do": "preview"}, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert 415 == answer.status_code
    assert (429, "quota-exceeded") == problem(send(api, body()))


def test_forged_forwarding_headers_change_nothing(api: Api) -> None:
    """The network is the one that the connection comes from."""
    amount = RULES["form"].amount
    forged = [
        send(api, body(), X_Forwarded_For=f"203.0.{n}.1", Forwarded=f"for=203.0.{n}.1") for n in range(amount + 5)
    ]
    assert {202: amount, 429: 5} == Counter(one.status_code for one in forged)


def test_a_token_counts_by_its_own_limit_and_a_wrong_one_is_refused(api: Api) -> None:
    """A program that was given a token asks as often as tokens may; one that is not valid is 401 also here."""
    token = {"Authorization": f"Bearer {api.room.tokens.issue('program', 'auditor')}"}
    told_ = Counter(send(api, body(), **token).status_code for _ in range(RULES["form"].amount + 5))
    assert {202: RULES["form"].amount + 5} == told_
    assert (401, "unauthorised") == problem(send(api, body(), Authorization=f"Bearer {'x' * 43}"))
    assert 202 == send(api, body()).status_code

"""Writing over the API: who may, once for a key, only what can be kept, and never a fault of ours for a fault of theirs."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from signatures.errors import RegisterError
from signatures.log.eventlog import sha256
from signatures.register import TEXT_LIMIT
from signatures.web.admission import read_json
from tests.api import PREFIX, STATEMENT, Api, code_of, small_api

SIGN = "/statements/sample-2021/signatures"
BODY = {"acronym": "ABC", "name": "Association of Bakers", "signed_on": "2021-06-07"}
NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of an empty register, on each engine."""
    opened = Api(environ)
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Api]:
    """Open the API on SQLite alone, where the engine does not matter; sample-2021 is drafted."""
    opened = small_api(tmp_path)
    opened.statement()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open the same once for all tests in which nothing is recorded."""
    opened = small_api(tmp_path_factory.mktemp("refusing"))
    opened.statement()
    yield opened
    opened.close()


# ── a statement's life ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_from_draft_to_list(api: Api) -> None:
    """Drafting, setting a text, signing, publishing, withdrawing and correcting give the list they should."""
    drafted = api.post("/statements", STATEMENT)
    assert (201, f"{PREFIX}/statements/sample-2021") == (drafted.status_code, drafted.headers["Location"])
    text = api.put("/statements/sample-2021/texts/en", {"title": "Peace", "text": "Peace."}, if_none_match="*")
    assert (201, sha256(b"Peace.")) == (text.status_code, text.get_json()["text_sha256"])
    first, second = api.sign("sample-2021", "Bakers", country="Kenya"), api.sign("sample-2021", "Millers")
    edition = api.publish(
        "sample-2021", "2021-06-07", orders={"en": [{"signature": second}, {"section": "A"}, {"signature": first}]}
    )
    assert f"{PREFIX}/statements/sample-2021/editions/1" == edition.headers["Location"]
    assert (
        201 == api.post(f"/signatures/{second}/withdrawal", {"withdrawn_on": "2021-07-01", "note": "left"}).status_code
    )
    assert 201 == api.post(f"/signatures/{first}/correction", {"translation": "Backers", "note": "typo"}).status_code
    answer = api.get("/statements/sample-2021/signatories", as_of="2021-07-01").get_json()
    assert ["Bakers (Backers), Kenya"] == [entry["printed"] for entry in answer["numbered"]]
    assert [(1, "withdrawn")] == [(gap["number"], gap["status"]) for gap in answer["gaps"]]
    assert 201 == api.post(f"/signatures/{first}/void", {"reason_code": "fraud"}).status_code
    assert [] == api.get("/statements/sample-2021/signatories", as_of="2021-07-01").get_json()["numbered"]


def test_a_signature_is_acknowledged_with_its_receipt(api: Api) -> None:
    """201 names signature, organisation, position and instant; Location leads to the event itself."""
    api.published()
    answer = api.post(SIGN, {**BODY, "territories": ["KE"], "url": "https://example.org/", "transliteration": "x"})
    receipt = answer.get_json()
    assert (201, ["signature_id", "organisation_id", "position", "recorded_at"]) == (answer.status_code, list(receipt))
    (event,) = api.ask(answer.headers["Location"].removeprefix(PREFIX)).get_json()["events"]
    assert (receipt["position"], "Signed") == (event["position"], event["type"])
    assert receipt["signature_id"] == event["data"]["signature_id"]


def test_what_an_editor_does_names_the_token_not_the_person(small: Api) -> None:
    """The actor of an event is the token's id; method and assurance say how it came."""
    small.sign("sample-2021", "Bakers")
    entry = small.room.store.entry(small.position())
    assert entry is not None
    data, holder = entry.data(), small.room.tokens.holder(small.token)
    assert holder is not None
    assert {"kind": "editor", "ref": holder.id} == data["actor"]
    assert ("api", "editor") == (data["method"], data["assurance"])


def test_correcting_takes_away_what_is_null(small: Api) -> None:
    """A part given as null goes; what is not named stays."""
    id_ = small.sign("sample-2021", "Bakers", acronym="BK", translation="Backers")
    assert 201 == small.post(f"/signatures/{id_}/correction", {"acronym": None, "translation": None}).status_code
    entry = small.get("/statements/sample-2021/signatories", editor=True).get_json()["numbered"][0]
    assert (None, None, "Bakers") == (entry["acronym"], entry["translation"], entry["name"])


@pytest.mark.parametrize("act", ["withdrawal", "correction", "void"])
def test_acts_on_an_unknown_signature_are_not_found(refusing: Api, act: str) -> None:
    """404, as for a statement that is not there."""
    body = {"withdrawal": {"withdrawn_on": "2021-07-01"}, "correction": {"name": "X"}, "void": {}}[act]
    assert "not-found" == code_of(refusing.post(f"/signatures/{NOBODY}/{act}", body))
    assert "not-found" == code_of(refusing.post(f"/signatures/no-uuid/{act}", body))


def test_a_closed_statement_takes_no_signature(small: Api) -> None:
    """409 statement-closed from the closing date on."""
    from signatures.aggregate import Actor  # noqa: PLC0415 - closing is the command's

    small.room.register.close_signing(Actor("editor"), "sample-2021", on="2021-06-01")
    assert "statement-closed" == code_of(small.post(SIGN, BODY))


def test_a_reference_is_taken_whatever_its_case(refusing: Api) -> None:
    """409 reference-taken."""
    assert "reference-taken" == code_of(refusing.post("/statements", {**STATEMENT, "reference": "SAMPLE-2021"}))


# ── who may ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("authorization", "status", "challenge"),
    [
        (None, 401, 'Bearer realm="register"'),
        ("Bearer nonsense", 401, 'Bearer realm="register", error="invalid_token"'),
        ("Basic YTpi", 401, 'Bearer realm="register"'),
        ("auditor", 403, 'Bearer realm="register", error="insufficient_scope"'),
    ],
)
def test_writing_needs_an_editors_token(refusing: Api, authorization: str | None, status: int, challenge: str) -> None:
    """Without one 401, with one of another role 403; both say how, and nothing is recorded."""
    if authorization == "auditor":
        authorization = f"Bearer {refusing.room.tokens.issue('other', 'auditor')}"
    before = refusing.position()
    headers = {"Idempotency-Key": '"a"', **({"Authorization": authorization} if authorization else {})}
    answer = refusing.ask(SIGN, "POST", json=BODY, headers=headers)
    assert (status, challenge) == (answer.status_code, answer.headers["WWW-Authenticate"])
    assert ("unauthorised" if status == 401 else "forbidden") == code_of(answer)
    assert before == refusing.position()


def test_a_revoked_token_is_no_token(small: Api) -> None:
    """401 from the moment on at which the operator revokes it."""
    small.room.tokens.revoke("test")
    assert "unauthorised" == code_of(small.post(SIGN, BODY))


def test_a_draft_is_there_for_tokens_alone(small: Api) -> None:
    """An unpublished statement can be signed and read with a token; for others it is not there."""
    small.sign("sample-2021", "Bakers")
    assert 200 == small.get("/statements/sample-2021/signatories", editor=True).status_code
    assert "not-found" == code_of(small.get("/statements/sample-2021/signatories"))


# ── once for a key ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_key_gives_the_same_answer(api: Api) -> None:
    """Status, Location and every byte are those of the first time, and nothing is recorded again."""
    api.statement()
    for path, body in (("/statements", {**STATEMENT, "reference": "other"}), (SIGN, BODY)):
        first = api.post(path, body, key='"k-1"' if path == SIGN else '"k-2"')
        before = api.position()
        again = api.post(path, dict(reversed(body.items())), key='"k-1"' if path == SIGN else '"k-2"')
        assert (first.status_code, first.headers["Location"], first.data) == (
            201,
            again.headers["Location"],
            again.data,
        )
        assert (201, before) == (again.status_code, api.position())


def test_a_key_may_be_quoted_or_bare(small: Api) -> None:
    """Both spellings are one key."""
    assert small.post(SIGN, BODY, key='"k 1"').data == small.post(SIGN, BODY, key="k 1").data


def test_the_same_key_for_something_else_is_refused(small: Api) -> None:
    """422 for another body and for another address; the first answer stands."""
    first = small.post(SIGN, BODY, key="k")
    assert "idempotency-key-reused" == code_of(small.post(SIGN, {**BODY, "name": "Other"}, key="k"))
    assert "idempotency-key-reused" == code_of(small.post("/statements", STATEMENT, key="k"))
    assert first.data == small.post(SIGN, BODY, key="k").data


def test_a_refused_act_leaves_its_key_free(small: Api) -> None:
    """A key is used up by what was recorded, not by a refusal."""
    assert 422 == small.post(SIGN, {**BODY, "name": "\u202e"}, key="k").status_code
    assert 201 == small.post(SIGN, BODY, key="k").status_code


def test_keys_of_two_tokens_are_two_keys(small: Api) -> None:
    """Nobody meets another one's answer."""
    first = small.post(SIGN, BODY, key="k")
    small.token = small.room.tokens.issue("second", "editor")
    other = small.post(SIGN, {**BODY, "name": "Other"}, key="k")
    assert 201 == other.status_code
    assert first.get_json()["signature_id"] != other.get_json()["signature_id"]


def test_a_post_needs_a_key(refusing: Api) -> None:
    """400 without one, 422 for one that is none; nothing is recorded."""
    before = refusing.position()
    assert "idempotency-key-missing" == code_of(refusing.ask(SIGN, "POST", json=BODY, headers=refusing.bearer()))
    for key in ('""', "é", '"' + "x" * 256 + '"', '"open'):
        answer = refusing.post(SIGN, BODY, key=key)
        assert "invalid-input" == code_of(answer), key
    assert before == refusing.position()


def test_a_key_of_255_characters_is_taken(small: Api) -> None:
    """The longest key is one."""
    assert 201 == small.post(SIGN, BODY, key='"' + "x" * 255 + '"').status_code


def test_requests_at_once_with_one_key_record_once(api: Api) -> None:
    """Eight at once get one and the same answer."""
    api.statement()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.post(SIGN, BODY, key="same"), range(8)))
    assert {(201, answers[0].data)} == {(answer.status_code, answer.data) for answer in answers}


def test_one_organisation_signing_at_once_stands_once(api: Api) -> None:
    """Of eight requests with keys of their own one is taken, the others are 409 already-signed."""
    api.statement()
    keys = [next(api.keys) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda key: api.post(SIGN, BODY, key=key), keys))
    assert [201] + [409] * 7 == sorted(answer.status_code for answer in answers)
    assert {"already-signed"} == {code_of(answer) for answer in answers if answer.status_code == 409}


# ── what was seen ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_text_is_replaced_by_who_has_seen_it(api: Api) -> None:
    """If-Match takes the tag of GET and of PUT, also weak and behind gzip; an older one is 412, none 428."""
    path = "/statements/sample-2021/texts/en"
    api.statement()
    assert "precondition-required" == code_of(api.put(path, {"title": "Two"}))
    assert "stale-version" == code_of(api.put(path, {"title": "Two"}, if_none_match="*"))
    tag = api.get(path, editor=True).headers["ETag"].strip('"')
    second = api.put(path, {"title": "Two", "text": "2"}, if_match=f'W/"{tag}-gzip"')
    assert 200 == second.status_code
    assert "stale-version" == code_of(api.put(path, {"title": "Three"}, if_match=f'"{tag}"'))
    assert second.headers["ETag"] == api.get(path, editor=True).headers["ETag"]
    assert 200 == api.put(path, {"title": "Three"}, if_match=f'"x", {second.headers["ETag"]}').status_code
    assert 200 == api.put(path, {"title": "Four"}, if_match="*").status_code
    assert "stale-version" == code_of(api.put("/statements/sample-2021/texts/de", {"title": "Vier"}, if_match="*"))


def test_a_signature_does_not_make_a_text_stale(small: Api) -> None:
    """A text's tag is its own version, not the statement's."""
    tag = small.get("/statements/sample-2021/texts/en", editor=True).headers["ETag"]
    small.sign("sample-2021", "Bakers")
    assert 200 == small.put("/statements/sample-2021/texts/en", {"title": "Two"}, if_match=tag).status_code


def test_an_edition_is_published_upon_what_was_seen(small: Api) -> None:
    """The tag of the statement and of its list will do; once somebody has signed since, it is 412."""
    path, body = "/statements/sample-2021/editions", {"as_of": "2021-06-07"}
    assert "precondition-required" == code_of(small.post(path, body))
    seen = [small.get(f"/statements/sample-2021{one}", editor=True).headers["ETag"] for one in ("", "/signatories")]
    small.sign("sample-2021", "Bakers")
    for tag in seen:
        assert "stale-version" == code_of(small.post(path, body, if_match=tag))
    tag = small.get("/statements/sample-2021/signatories", editor=True, as_of="2021-06-07").headers["ETag"]
    first = small.post(path, body, key="k", if_match=tag)
    assert (201, 1) == (first.status_code, first.get_json()["edition"])
    assert first.data == small.post(path, body, key="k", if_match=tag).data


@pytest.mark.parametrize(
    "line",
    [
        {}, {"signature": NOBODY, "gap": "x"}, {"signature": "nobody"}, {"section": ""}, {"other": "x"}, "x", None,
        {"section": "All\n9. Another"}, {"gap": "\u202e"}, {"section": "\u200b"},
    ],
)  # fmt: skip
def test_an_order_holds_lines_that_say_one_thing(refusing: Api, line: Any) -> None:
    """422 for a line that says nothing, several things, or something else."""
    answer = refusing.post(
        "/statements/sample-2021/editions", {"as_of": "2021-06-07", "orders": {"en": [line]}}, if_match="*"
    )
    assert "invalid-input" == code_of(answer)


def test_a_language_has_one_order(refusing: Api) -> None:
    """However its tag is written: a list in that language has one."""
    body = {"as_of": "2021-06-07", "orders": {"en": [], "EN": []}}
    answer = refusing.post("/statements/sample-2021/editions", body, if_match="*")
    assert "invalid-input" == code_of(answer)


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE: dict[str, tuple[Any, str]] = {
    "bidi control": ({"name": "x\u202eevil"}, "invalid-input"),
    "zero width only": ({"name": "\u200b\u200b"}, "invalid-input"),
    "a name too long": ({"name": "a" * 20000}, "invalid-input"),
    "a body too long": ({"name": "a" * 70000}, "body-too-large"),
    "unknown keys": ({"_type_": "y", "_data_": 1}, "invalid-input"),
    "surrogate": ({"name": "\ud800"}, "malformed-body"),
    "NUL": ({"name": "nul\x00"}, "invalid-input"),
    "line break": ({"name": "a\nb"}, "invalid-input"),
    "no name": ({"name": None}, "invalid-input"),
    "empty name": ({"name": ""}, "invalid-input"),
    "a list for a name": ({"name": ["x"]}, "invalid-input"),
    "a number for a name": ({"name": 1}, "invalid-input"),
    "impossible date": ({"signed_on": "2021-02-30"}, "invalid-time"),
    "a date to come": ({"signed_on": "2999-01-01"}, "invalid-time"),
    "a moment for a date": ({"signed_on": "2021-06-07T00:00:00Z"}, "invalid-time"),
    "a week for a date": ({"signed_on": "2021-W23-1"}, "invalid-time"),
    "no territory": ({"territories": ["xx"]}, "invalid-input"),
    "territory with a line break": ({"territories": ["KE\n"]}, "invalid-input"),
    "territories as text": ({"territories": "KE"}, "invalid-input"),
    "no address": ({"url": "javascript:alert(1)"}, "invalid-input"),
    "no language": ({"name_language": "english please"}, "invalid-input"),
    "no organisation": ({"organisation_id": "x"}, "invalid-input"),
    "unknown organisation": ({"organisation_id": NOBODY}, "not-found"),
    "no reason": ({"reason_code": "because"}, "invalid-input"),
    "a list": ([], "malformed-body"),
    "a string": ("x", "malformed-body"),
    "null": (b"null", "malformed-body"),
    "deep JSON": (b"[" * 60000, "malformed-body"),
    "deep objects": (b'{"a":' * 10000, "malformed-body"),
    "not UTF-8": (b"\xff\xfe", "malformed-body"),
    "UTF-16": (json.dumps(BODY).encode("utf-16"), "malformed-body"),
    "byte order mark": (b"\xef\xbb\xbf" + json.dumps(BODY).encode(), "malformed-body"),
    "nothing": (b"", "malformed-body"),
    "NaN": (b'{"name": NaN}', "malformed-body"),
    "Infinity": (b'{"name": -Infinity}', "malformed-body"),
    "1e999": (b'{"name": 1e999}', "malformed-body"),
    "a long number": (b"9" * 60000, "malformed-body"),
    "a key twice": (b'{"name": "A", "name": "B", "signed_on": "2021-06-07"}', "malformed-body"),
    "two documents": (b"{}{}", "malformed-body"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_bodies_are_refused_and_record_nothing(refusing: Api, what: str) -> None:
    """Each is a problem of its own code, never a fault of ours."""
    body, code = HOSTILE[what]
    before = refusing.position()
    if isinstance(body, dict):
        body = json.dumps({"acronym": "BAD", "name": f"Bad Body {what}", "signed_on": "2021-06-20"} | body).encode()
    assert code == code_of(refusing.post(SIGN, body))
    assert before == refusing.position()


@pytest.mark.parametrize(
    "name", ["Smith & <b>Sons</b>", "=1+1 Society", "اتحاد العمال", "Союз «Труд»", "Ko\u0308ln e.V."]
)
def test_unusual_names_are_taken_as_they_are(small: Api, name: str) -> None:
    """What can be printed is kept, byte for byte."""
    small.sign("sample-2021", name)
    answer = small.get("/statements/sample-2021/signatories", editor=True).get_json()
    assert [name] == [entry["name"] for entry in answer["numbered"]]


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "application/problem+json", ""])
def test_only_json_is_read(refusing: Api, type_: str) -> None:
    """415 for every other kind of body."""
    headers = {**refusing.bearer(), "Idempotency-Key": "k"}
    answer = refusing.ask(SIGN, "POST", data=json.dumps(BODY), content_type=type_, headers=headers)
    assert "unsupported-media-type" == code_of(answer)


@pytest.mark.parametrize("packed", [gzip.compress, bytes])
def test_bodies_are_not_packed(refusing: Api, packed: Callable[[bytes], bytes]) -> None:
    """415 for one that says it is, rather than that its JSON is broken, or that it counts as what it looks like."""
    content = packed(json.dumps(BODY).encode())
    assert "unsupported-media-type" == code_of(refusing.post(SIGN, content, content_encoding="gzip"))


def test_a_correction_of_nothing_names_what_can_be_corrected(small: Api) -> None:
    """In the words in which it is asked for."""
    signature = small.sign("sample-2021", "Bakers")
    detail = small.post(f"/signatures/{signature}/correction", {}).get_json()["detail"]
    assert "transliteration, translation, country, territories" in detail


def test_a_body_without_a_length_is_read_up_to_its_limit(refusing: Api) -> None:
    """A stream is cut off at the limit: it is never read whole to find that it is too long."""

    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            buffer[:] = b" " * len(buffer)
            self.given += len(buffer)
            return len(buffer)

    stream = Endless()
    headers = {**refusing.bearer(), "Idempotency-Key": "k"}
    answer = refusing.ask(
        SIGN,
        "POST",
        content_type="application/json",
        headers=headers,
        environ_overrides={"wsgi.input": stream, "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert "body-too-large" == code_of(answer)
    assert stream.given < 200_000


def test_a_body_of_64_kb_is_read(small: Api) -> None:
    """The limit itself is allowed: blanks make this body as long as one may be."""
    body = json.dumps(BODY).encode()
    assert 201 == small.post(SIGN, body + b" " * (65536 - len(body))).status_code
    assert "body-too-large" == code_of(small.post(SIGN, body + b" " * (65537 - len(body))))


def test_a_text_may_have_8_mib(small: Api) -> None:
    """The largest text is kept whole although JSON writes it longer; one byte more is 413."""
    text = "Ж\n" * (TEXT_LIMIT // 3)
    path = "/statements/sample-2021/texts/en"
    answer = small.put(path, {"title": "Long", "text": text}, if_match="*")
    assert (200, sha256(text.encode())) == (answer.status_code, answer.get_json()["text_sha256"])
    assert "body-too-large" == code_of(small.put(path, {"title": "Long", "text": "x" * (TEXT_LIMIT + 1)}, if_match="*"))


def test_unknown_parameters_of_the_address_are_refused(refusing: Api) -> None:
    """A parameter that means nothing is no reason to act."""
    before = refusing.position()
    assert "unknown-parameter" == code_of(refusing.post(SIGN + "?dry_run=1", BODY))
    assert before == refusing.position()


@pytest.mark.parametrize(
    "body", [b'{"\\ud800": 1}', b'{"a": "\\udfff\\ud800"}', b'"\xed\xa0\x80"', b'{"a": 1, "a": 1}', b"01", b"'a'"]
)
def test_strict_json_refuses(body: bytes) -> None:
    """What RFC 8259 leaves open or forbids is refused."""
    with pytest.raises(RegisterError):
        read_json(body)


def test_show_is_true_or_false(small: Api) -> None:
    """Neither 0 nor a word stands for false."""
    id_ = small.sign("sample-2021", "Bakers")
    for show in (0, 1, "false", None):
        answer = small.post(f"/signatures/{id_}/withdrawal", {"withdrawn_on": "2021-07-01", "show": show})
        assert "invalid-input" == code_of(answer), show
    assert 201 == small.post(f"/signatures/{id_}/withdrawal", {"withdrawn_on": "2021-07-01", "show": False}).status_code

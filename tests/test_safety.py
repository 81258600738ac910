"""What every answer owes a browser, what no body may exceed, and what no answer may tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from projections.web import embedding
from signatures.intake.contacts import Contact
from signatures.sqlite import SQLiteDatabase, SQLiteTransaction
from signatures.web.frame import BODY_LIMIT, HEADERS
from tests import api as programs
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement, receive, typed
from tests.test_quotas import SIGN, Visitor

UUID = "00000000-0000-4000-8000-000000000000"
NEVER = ("unsafe-inline", "unsafe-eval", "http:", "https:", "*")
CHANGING = re.compile(
    r'(name="(?:csrf_token|form_id)" value=")[^"]+|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d\d[:.]\d\d\b|\b\d{1,2} March 2027\b'
)


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[programs.Api]:
    """Make an app with a published statement on SQLite: nothing here depends on the engine."""
    made = programs.small_api(tmp_path_factory.mktemp("register"))
    publish_statement(made.room)
    yield made
    made.close()


# ── headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def paths(api: programs.Api) -> Iterator[tuple[str, str]]:
    """List a method and an address of every route."""
    values: dict[str, Any] = {"reference": REFERENCE, "language": "en", "filename": "register.css", "token": "x" * 43}
    with api.app.test_request_context():
        adapter = api.app.url_map.bind("localhost")
        for rule in api.app.url_map.iter_rules():
            built = adapter.build(rule.endpoint, {name: values.get(name, _of(rule, name)) for name in rule.arguments})
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, built


def _of(rule: Rule, name: str) -> Any:
    """Give a value that a route's converter takes."""
    kind = type(rule._converters[name]).__name__
    return {"IntegerConverter": 1, "UUIDConverter": UUID}.get(kind, UUID)


def test_every_answer_carries_the_headers_of_safety(api: programs.Api) -> None:
    """Every route, by every method it takes, with and without what it wants, and addresses that there are not."""
    client, seen = api.app.test_client(), Counter[int]()
    asked = [*paths(api), ("GET", "/nowhere"), ("POST", "/nowhere"), ("DELETE", "/"), ("POST", SIGN)]
    for method, path in asked * 2:  # the second answer may come from what is kept at the door
        answer = client.open(path, method=method)
        answer.close()  # a file of the stylesheet
        seen[answer.status_code] += 1
        expected = {**HEADERS, **own_headers(path, answer.status_code)}
        assert expected == {name: answer.headers.get(name) for name in expected}, f"{method} {path}"
        assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
    assert {200, 400, 404} <= set(seen)


def own_headers(path: str, status: int) -> dict[str, str]:
    """Tell what a frame for other pages says instead, and the page that shows it."""
    if path.startswith("/embed/"):
        return embedding.HEADERS
    return {"Content-Security-Policy": embedding.WITH_A_FRAME} if path.endswith("/embed") and status == 200 else {}


def test_the_policy_lets_nothing_of_elsewhere_in() -> None:
    """No inline script or style, no other host, no frame, no base."""
    policy = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert "'none'" == policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"]
    assert {"'self'"} == {policy[name] for name in ("script-src", "style-src", "form-action", "connect-src")}
    assert [] == [word for word in NEVER if word in HEADERS["Content-Security-Policy"].replace("data:", "").split()]


def test_no_page_needs_what_the_policy_forbids(api: programs.Api) -> None:
    """No page has a script or style of its own, nor an attribute that is one."""
    client = api.app.test_client()
    html = {}
    for path in [path for method, path in paths(api) if method == "GET"]:
        page = client.get(path)
        if page.content_type.startswith("text/html"):
            html[path] = page.text
        page.close()
    assert len(html) > 8
    for path, text in html.items():
        assert [] == re.findall(r"<script(?![^>]* src=)[^>]*>|<style|\sstyle=|\son[a-z]+=\"", text), path


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_form_takes_more_than_its_limit(api: programs.Api) -> None:
    """Whatever form: 413 in words before anything is read or looked up, also in very many small parts."""
    client = api.app.test_client()
    posts = {path for method, path in paths(api) if method == "POST" and not path.startswith("/api/")}
    assert posts
    for path in posts:
        large = client.post(path, data={"name": "x" * BODY_LIMIT})
        many = client.post(path, data={f"f{n}": "x" for n in range(200)}, content_type="multipart/form-data")
        assert (413, 413) == (large.status_code, many.status_code), path
        assert "Nothing was recorded" in large.text
        assert HEADERS["Content-Security-Policy"] == large.headers["Content-Security-Policy"]


def test_no_body_of_the_api_is_more_than_its_limit(api: programs.Api) -> None:
    """A problem, whoever sends it, once there is a token."""
    refused = api.post("/statements", b'{"reference": "' + b"x" * BODY_LIMIT + b'"}')
    assert (413, "body-too-large") == (refused.status_code, programs.code_of(refused))


# ── what answers tell ────────────────────────────────────────────────────────────────────────────────────────────────


class Told(NamedTuple):
    """What a visitor can see of one submission, and how much was done for it."""

    status: int
    headers: set[str]
    location: str | None
    body: str
    receipt: str
    steps: Counter[str]


def submitted(api: programs.Api, monkeypatch: pytest.MonkeyPatch, number: int, name: str, email: str) -> Told:
    """Send the form as a person does, from a network of its own."""
    visitor = Visitor(api.app.test_client(), f"10.{number}.0.1")
    (form,) = re.findall(r'name="form_id" value="([^"]+)"', visitor.get(SIGN).text)
    api.clock.advance(seconds=30)
    steps: Counter[str] = Counter()
    execute = SQLiteTransaction.execute

    def counted(self: SQLiteTransaction, sql: str, parameters: Any = ()) -> Any:
        steps[sql.split(maxsplit=1)[0]] += 1
        return execute(self, sql, parameters)

    with monkeypatch.context() as patched:
        patched.setattr(SQLiteTransaction, "execute", counted)
        answer = visitor.post(SIGN, typed(name=name, acronym="", contact_email=email, form_id=form))
    receipt = visitor.get(str(answer.location))
    return Told(
        answer.status_code, set(answer.headers.keys()), answer.location, _constant(answer), _constant(receipt), steps
    )


def _constant(answer: TestResponse) -> str:
    """Leave out what is another one each time: marks of the form, ids and the hour."""
    return CHANGING.sub("…", answer.text)


@pytest.fixture
def known(api: programs.Api) -> str:
    """Let an organisation have signed; return its contact's address."""
    id_ = confirmed(api.room, "Union A", contact=Contact("Office", None, "known@example.org"))
    api.room.intake.accept(id_, EDITOR)
    receive(api.room, "Union Waiting", contact=Contact("Office", None, "waiting@example.org"))
    api.clock.advance(days=1)
    return "known@example.org"


@pytest.mark.parametrize("name", ["Union A", "Union Waiting", "Quite Another"])
@pytest.mark.parametrize("address", ["known@example.org", "waiting@example.org"])
def test_the_form_tells_nothing_of_addresses(
    api: programs.Api, known: str, monkeypatch: pytest.MonkeyPatch, name: str, address: str
) -> None:
    """Whose address has signed or waits gets the same answer, byte for byte, as one that nobody knows.

    As many transactions are begun and written; within them at most a handful of statements differ, a mail's worth.
    """
    assert isinstance(api.room.contacts.database, SQLiteDatabase)
    submitted(api, monkeypatch, 1, name, "warm@example.com")  # fills what is kept in memory
    api.clock.advance(hours=7)
    one = submitted(api, monkeypatch, 2, name, address)
    api.clock.advance(hours=7)
    other = submitted(api, monkeypatch, 3, name, "stranger@example.com")
    assert one[:5] == other[:5]
    assert (303, f"{SIGN}/received") == one[:3:2]
    assert {step: one.steps[step] for step in ("BEGIN", "COMMIT")} == {
        step: other.steps[step] for step in ("BEGIN", "COMMIT")
    }
    assert abs(one.steps.total() - other.steps.total()) <= 4


def test_the_form_tells_nothing_of_what_waits(api: programs.Api, known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that waits for its confirmation or an editor is handled exactly like one that was never sent."""
    submitted(api, monkeypatch, 1, "Union Warm", "warm@example.com")
    api.clock.advance(hours=7)
    one = submitted(api, monkeypatch, 2, "Union Waiting", "stranger@example.com")
    api.clock.advance(hours=7)
    other = submitted(api, monkeypatch, 3, "Union Nobody1", "other@example.com")
    assert one.body == other.body
    assert one.receipt.replace("Union Waiting", "") == other.receipt.replace("Union Nobody1", "")
    assert one.steps == other.steps

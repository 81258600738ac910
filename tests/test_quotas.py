"""Quotas: what a network may post and a token may ask, told in words on a page and as a problem to a program."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import wsgi
from signatures.intake.limits import RULES, Limits
from signatures.intake.tally import SLICES
from signatures.web.quotas import BEHIND_SIGN_IN, POSTS
from tests import api as programs
from tests.clock import FixedClock
from tests.htmlpage import Page
from tests.submitting import EDITOR, REFERENCE, bytes_of, mails, publish_statement, typed

SIGN = f"/statements/{REFERENCE}/sign"


class Visitor:
    """A browser of somebody at an address."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client, self.address = client, address
        self.token = re.findall(r'name="csrf_token" value="([^"]+)"', self.get(SIGN).text)[0]

    def get(self, path: str) -> TestResponse:
        """Ask."""
        return self.client.get(path, environ_base={"REMOTE_ADDR": self.address})

    def post(self, path: str, fields: dict[str, str]) -> TestResponse:
        """Send a form."""
        data = {"csrf_token": self.token, **fields}
        return self.client.post(path, data=data, environ_base={"REMOTE_ADDR": self.address})

    def sign(self, number: int, **fields: str) -> TestResponse:
        """Send the signing form."""
        sent = {"name": f"Union {number}", "contact_email": f"office@{number}.example.org", **fields}
        return self.post(SIGN, typed(**sent))


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[programs.Api]:
    """Make an app with a published statement, on each engine."""
    made = programs.Api(environ)
    publish_statement(made.room)
    yield made
    made.close()


@pytest.fixture
def visitor(api: programs.Api) -> Visitor:
    """Come from one network."""
    return Visitor(api.app.test_client(), "192.0.2.1")


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_network_sends_so_many_forms_and_not_one_more(api: programs.Api, visitor: Visitor) -> None:
    """The next is answered with 429, when to come back and what is kept, in words; another network is not concerned."""
    amount = RULES["form"].amount
    neighbour = Visitor(api.app.test_client(), "192.0.2.200")
    told = [(visitor, neighbour)[number % 2].sign(number).status_code for number in range(amount)]
    assert {303: amount} == Counter(told)
    refused = neighbour.sign(amount)
    assert 429 == refused.status_code
    assert 0 < int(refused.headers["Retry-After"]) <= 3600 + 3600 // SLICES
    assert "no-store" == refused.headers["Cache-Control"]
    said = " ".join(Page(refused.text).said.split())
    assert "More came from your network in a short time than we can take. Nothing of this was recorded." in said
    assert re.search(r"Try again in 6\d minutes\.", said)
    assert 303 == Visitor(api.app.test_client(), "192.0.3.1").sign(amount).status_code
    assert 200 == visitor.get(SIGN).status_code
    api.clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert 303 == visitor.sign(amount + 1).status_code


def test_looking_at_the_line_uses_nothing_up(visitor: Visitor) -> None:
    """A preview stores nothing and counts by a rule of its own."""
    for number in range(RULES["form"].amount + 5):
        assert 200 == visitor.sign(number, do="preview").status_code
    assert 303 == visitor.sign(1).status_code


def test_forms_that_are_forged_do_not_count(visitor: Visitor) -> None:
    """Without its token a form is refused before it is counted: a page elsewhere cannot use up a reader's limit."""
    for number in range(RULES["form"].amount + 5):
        assert 400 == visitor.sign(number, csrf_token="forged").status_code
    assert 303 == visitor.sign(1).status_code


def test_no_log_line_and_no_table_tells_who_was_refused(
    api: programs.Api, visitor: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even at the level at which libraries chatter."""
    caplog.set_level(logging.DEBUG)
    for number in range(RULES["form"].amount + 2):
        visitor.sign(number)
    assert "192.0.2" not in caplog.text
    assert b"192.0.2" not in bytes_of(api.room.contacts.database)


def test_every_post_of_the_public_has_a_rule(tmp_path: Path) -> None:
    """Whatever route is added: it counts per network unless it is behind sign-in or a token."""
    wsgi.initialise(environ := programs.small_environ(tmp_path))
    app = wsgi.create_app(environ)
    posts = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    public = {rule for rule in posts if not BEHIND_SIGN_IN.match(rule)}
    named = {name for rule in public for pattern, name in POSTS if pattern.match(rule)}
    assert "form" in named
    assert {rule for rule in posts - public if not rule.startswith(("/editors", "/api/v1/"))} == set()
    assert named | {
        "preview",
        "self-service",
        "sign-in-login",
        "sign-in-anywhere",
        "address",
        "statement",
        "api",
    } <= set(RULES)
    app.extensions["room"].close()


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_asks_so_often_and_not_once_more(api: programs.Api) -> None:
    """Then it is told so by a problem, with the seconds to wait; another token and the public are not concerned."""
    amount = RULES["api"].amount
    assert {200: amount} == Counter(api.get("/statements", editor=True).status_code for _ in range(amount))
    refused = api.get("/statements", editor=True)
    assert 429 == refused.status_code
    assert "quota-exceeded" == programs.code_of(refused)
    assert 0 < int(refused.headers["Retry-After"]) <= 65
    assert 429 == api.post("/statements", programs.STATEMENT).status_code
    assert 200 == api.get("/statements").status_code
    api.token = api.room.tokens.issue("another", "editor")
    assert 200 == api.get("/statements", editor=True).status_code


def test_sixty_a_minute_are_never_refused(api: programs.Api) -> None:
    """Neither one a second, nor sixty at once each minute."""
    told = Counter[int]()
    for second in range(150):
        api.clock.advance(seconds=1)
        times = 60 if second in (89, 149) else 1 if second < 89 else 0
        told.update(api.get("/statements?limit=1", editor=True).status_code for _ in range(times))
    assert {200: 89 + 120} == told


def test_a_wrong_token_is_refused_and_not_counted(api: programs.Api) -> None:
    """It is nobody's."""
    api.token = "x" * 43
    assert 401 == api.get("/statements", editor=True).status_code
    with api.room.contacts.database.reading() as transaction:
        assert [(0,)] == transaction.execute("SELECT count(*) FROM tally")


def test_limits_hold_where_the_store_cannot_be_written(api: programs.Api, clock: FixedClock) -> None:
    """Nothing is let through uncounted: the answer is 503, and the public still reads."""
    limits: Limits = api.room.limits
    with limits.tally.database.writing() as transaction:
        transaction.execute("ALTER TABLE tally RENAME TO gone")
    refused = api.get("/statements", editor=True)
    assert (503, "storage-unavailable") == (refused.status_code, programs.code_of(refused))
    assert 200 == api.get("/statements").status_code


# ── floods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", ["statement", "address"])
def test_a_flood_waits_for_an_editor_and_its_answer_is_the_usual_one(
    api: programs.Api, visitor: Visitor, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    """Beyond what a statement or a domain usually gets, nothing is thrown away, no mail goes out, and nobody is told."""
    monkeypatch.setitem(RULES, rule, RULES[rule]._replace(amount=3))
    answers = []
    for number in range(5):
        form = re.findall(r'name="form_id" value="([^"]+)"', visitor.get(SIGN).text)[0]
        api.clock.advance(seconds=30)
        answers.append(visitor.sign(number, form_id=form, contact_email=f"office{number}@example.org"))
    assert {(303, f"{SIGN}/received")} == {(one.status_code, one.location) for one in answers}
    found = api.room.intake.list()
    assert [None] * 3 + ["flood"] * 2 == [one.held for one in found]
    assert 3 == len(mails(api.room))
    api.room.intake.release(found[-1].id, EDITOR)
    assert ("confirmation", "office4@example.org") == mails(api.room)[-1]

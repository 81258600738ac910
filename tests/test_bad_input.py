"""Bad input at scale: whatever is sent, no answer is a fault, no page holds foreign markup, every statement stays readable.

BAD_INPUTS requests are made on each engine: some hundreds here, 60,000 by `make faults`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import got_request_exception
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from werkzeug.test import TestResponse

from signatures.editors.signing_in import cookie_name
from signatures.web.openapi import PREFIX
from tests.badinput import BODIES, HEADERS, MOMENTS, NUMBERS, TYPES, Ask, Offer
from tests.commands import Commands
from tests.everywhere import PAPER, Met, every_page
from tests.hostile import HOSTILE
from tests.site import BASE
from tests.test_hostile import foreign_tags

pytestmark = pytest.mark.faults

BAD_INPUTS = int(os.environ.get("BAD_INPUTS", "700"))
ROUND = 2_000  # requests of one seed; what they did to the register stays
PATIENT = 10  # requests between two times that the limits forget


class Sender:
    """Sends requests as an editor's browser, as a program with a token, or as nobody, and looks at every answer."""

    def __init__(self, met: Met) -> None:
        """Sign in, take a token, and hear of every exception that nobody caught."""
        self.site = met.site
        self.account, self.token = met.account, self.site.room.tokens.issue("bad input", "editor")
        self.sent, self.statuses = 0, Counter[int]()
        self.raised: list[BaseException] = []
        got_request_exception.connect(self._raised, self.site.app)
        self.nobody, self.editor = (self.site.app.test_client(use_cookies=cookies) for cookies in (False, True))
        self.editor.set_cookie(cookie_name(self.site.room), self.site.room.sessions.open(self.account.id))

    def _raised(self, _app: object, exception: BaseException, **_: Any) -> None:
        self.raised.append(exception)

    def send(self, ask: Ask) -> TestResponse:
        """Send one; a fault ends the test with the request and what was raised."""
        if self.sent % PATIENT == 0:
            self.site.room.limits.tally.reset()
        self.sent += 1
        self.raised.clear()
        answer = self._send(ask)
        self.statuses[answer.status_code] += 1
        if self.raised or answer.status_code >= 500:
            raise AssertionError(f"{answer.status}: {ask!r}") from (self.raised[0] if self.raised else None)
        if answer.content_type == PAPER and answer.status_code // 100 != 3:
            assert own_tags(ask.path) >= set(foreign_tags(answer.text)), ask
        return answer

    def _send(self, ask: Ask) -> TestResponse:
        headers = {name: value.encode().decode("latin-1") for name, value in ask.headers.items()}
        client: FlaskClient = self.nobody
        if ask.path.startswith(PREFIX) and ask.method != "GET" and self.sent % 4:
            headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f'"{self.sent}"', **headers}
        elif not ask.path.startswith(PREFIX) and self.sent % 8:
            client = self.editor
        answer = client.open(ask.path, method=ask.method, headers=headers, data=ask.body, base_url=BASE)
        answer.get_data()
        answer.close()
        return answer


def own_tags(path: str) -> set[str]:
    """Name what only some pages of ours hold: one shows the frame that it offers, and what is framed opens links above it."""
    if path.startswith("/embed/"):
        return {"base"}
    return {"iframe"} if path.split("?", maxsplit=1)[0].endswith("/embed") else set()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def met(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """Fill a register with everything, once on each engine."""
    folder: Path = tmp_path_factory.mktemp("bad")
    if request.param == "sqlite":
        with every_page(folder) as made:
            yield made
    else:
        server = request.getfixturevalue("postgresql_server")
        with server.fresh_database("bad_input") as url, every_page(folder, url) as made:
            yield made


@pytest.fixture(scope="module")
def sender(met: Met) -> Sender:
    """Send to that register."""
    return Sender(met)


@pytest.fixture(scope="module")
def offer(met: Met, sender: Sender) -> Offer:
    """Read what it offers to an editor."""
    return Offer(met, lambda path: sender.editor.get(path, base_url=BASE).text)


def test_the_fixed_corpus_finds_no_fault(offer: Offer, sender: Sender) -> None:
    """More than five hundred fixed inputs: each text as every kind of value, each body, header, moment and number."""
    fixed = len(HOSTILE) + len(BODIES) + len(TYPES) + len(MOMENTS) + len(NUMBERS) + sum(map(len, HEADERS.values()))
    assert fixed > 500
    thorough = BAD_INPUTS >= ROUND or sender.site.environ["SIGNATURES_DATABASE"].startswith("sqlite")
    for ask in islice(offer.fixed(), 0, None, 1 if thorough else 5):  # PostgreSQL sees every one in `make faults`
        sender.send(ask)
    assert {200, 303, 400, 404, 415, 422} <= sender.statuses.keys()


def test_drawn_requests_find_no_fault(offer: Offer, sender: Sender) -> None:
    """Requests bent in several places, as anybody, as an editor and as a program; some of them are recorded."""
    before, newest = sender.sent, sender.site.room.store.max_notification_id()
    for start in range(0, BAD_INPUTS, ROUND):

        @seed(start)
        @settings(
            max_examples=min(ROUND, BAD_INPUTS - start),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(ask=offer.asks())
        def draw(ask: Ask) -> None:
            sender.send(ask)

        draw()
    assert BAD_INPUTS * 0.9 < sender.sent - before
    assert newest != sender.site.room.store.max_notification_id()  # not all were refused
    assert {200, 303, 400, 404, 405, 422} <= sender.statuses.keys()


def test_everything_can_be_read_afterwards(met: Met, sender: Sender) -> None:
    """Every list, entry and page; the rows and views are what the log says."""
    told = met.site.get(f"{PREFIX}/statements").get_json()["statements"]
    assert len(told) > 3
    for statement in told:
        path = f"/statements/{statement['reference']}"
        assert 200 == met.site.get(path).status_code
        assert 200 == met.site.get(f"{PREFIX}{path}/signatories").status_code
        assert 200 == met.site.get(f"{PREFIX}{path}/events").status_code
    Commands(met.site.environ)("check")

"""Comparisons over long ranges: told page by page, each signature once, between the same two lists from the first page to the last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.http import parse_options_header

import wsgi
from projections import paging
from projections.diff import KINDS
from projections.room import ReadingRoom
from signatures.aggregate import Reason
from signatures.register import Register
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, eventful

DIFF = f"/api/v1/statements/{OPEN}/diff"
ENDS = [
    ("2021-06-01", "2021-07-30"),
    ("2021-07-30", "2021-06-01"),
    ("2021-06-30@12", "2021-06-30"),
    ("2021-06-07", "2021-06-07"),
]


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """Serve a statement on which everything has happened."""
    clock = FixedClock(datetime(2026, 12, 1, 12, tzinfo=UTC))
    wsgi.initialise(environ, clock)
    app = wsgi.create_app(environ, clock)
    app.extensions["eventful"] = eventful(app.extensions["room"].register)
    yield app
    app.extensions["room"].close()


def pages(app: Flask, address: str) -> Iterator[dict[str, Any]]:
    """Follow the links from page to page."""
    following: str | None = address
    while following:
        answer = app.test_client().get(following)
        assert answer.status_code == 200, answer.json
        assert answer.json is not None
        yield answer.json
        following = _next(answer.headers.get("Link"))


def _next(header: str | None) -> str | None:
    for link in (header or "").split(", <"):
        target, options = parse_options_header(link)
        if options.get("rel") == "next":
            return target.strip("<>")
    return None


def joined(found: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Put the pages together, each kind in the order in which it was told."""
    return {kind: [row for page in found for row in page[kind]] for kind in KINDS}


@pytest.mark.parametrize(("begin", "end"), ENDS)
def test_the_pages_together_are_the_whole(app: Flask, begin: str, end: str) -> None:
    """Whatever the limit, every change is told once, in order; no page tells of more signatures than that."""
    (whole,) = pages(app, f"{DIFF}?from={begin}&to={end}")
    for limit in (1, 2, 3):
        found = list(pages(app, f"{DIFF}?from={begin}&to={end}&limit={limit}"))
        assert joined([whole]) == joined(found)
        assert {limit} >= {sum(len(page[kind]) for kind in KINDS) for page in found} - set(range(limit))
        assert [(whole["from"], whole["to"])] * len(found) == [(page["from"], page["to"]) for page in found]


def test_a_comparison_that_has_begun_sees_nothing_newer(app: Flask) -> None:
    """What is recorded between two pages is on neither: both lists stay those of the first page."""
    address = f"{DIFF}?from=2021-06-01&limit=2"
    expected = joined(list(pages(app, address)))
    reading = pages(app, address)
    first = next(reading)
    register: Register = app.extensions["room"].register
    register.void(EDITOR, app.extensions["eventful"].alpha.signature_id, reason=Reason("fraud", None))
    rest = list(reading)
    assert rest
    assert expected == joined([first, *rest])
    assert expected != joined(list(pages(app, address)))


@pytest.mark.parametrize("asked", ["from=2021-06-02", "from=2021-06-01&to=2021-07-01", "from=2021-06-01@9"])
def test_a_cursor_belongs_to_its_comparison(app: Flask, asked: str) -> None:
    """Other dates or positions with it are refused, and not passed over."""
    following = _next(app.test_client().get(f"{DIFF}?from=2021-06-01&limit=1").headers["Link"])
    cursor = urlsplit(following or "").query.rpartition("cursor=")[2]
    answer = app.test_client().get(f"{DIFF}?{asked}&cursor={cursor}")
    assert answer.json is not None
    assert (400, "conflicting-time-parameters") == (answer.status_code, answer.json["type"].rpartition("/")[2])


@pytest.mark.parametrize(
    "asked", ["cursor=x", "cursor=W10", "cursor=%C3%A9", "limit=0", "limit=x", "cursor=" + "W1tb" * 300]
)
def test_what_is_no_page_is_refused(app: Flask, asked: str) -> None:
    """A made-up cursor, and a limit that is no number from 1 on."""
    answer = app.test_client().get(f"{DIFF}?from=2021-06-01&{asked}")
    assert answer.json is not None
    assert (400, "invalid-parameter") == (answer.status_code, answer.json["type"].rpartition("/")[2])


def test_no_limit_is_the_most(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one a page is as long as may be; commands join the pages, and the page of the history asks for nearer dates."""
    ends = ("2021-06-01", "2021-07-30")
    (whole,) = pages(app, f"{DIFF}?from={ends[0]}&to={ends[1]}")
    lists = ReadingRoom(app.extensions["room"]).lists
    monkeypatch.setattr(paging, "MOST", 2)
    short = lists.diff(OPEN, *ends)
    assert short.next is not None
    assert joined([whole]) == {kind: lists.whole_diff(OPEN, *ends)[kind] for kind in KINDS}
    refused = app.test_client().get(f"/statements/{OPEN}/history?from={ends[0]}&to={ends[1]}")
    assert (400, True) == (refused.status_code, "Choose dates that are nearer" in refused.text)

"""The keeper at the door: the same bytes as inside, never an old list, nothing private kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

import wsgi
from signatures import samples
from signatures.aggregate import Actor
from signatures.errors import StorageUnavailable
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock

LIST = "/api/v1/statements/myanmar-2021/signatories"
EDITOR = Actor("editor", "test")


@pytest.fixture
def late_clock() -> FixedClock:
    """Stand three minutes before midnight in Berlin."""
    return FixedClock(datetime(2026, 12, 1, 22, 57, tzinfo=UTC))


@pytest.fixture
def kept(environ: dict[str, str], late_clock: FixedClock) -> Iterator[Flask]:
    """Serve a sample statement through the app with its keeper, and count what is asked inside."""
    wsgi.initialise(environ, late_clock)
    app = wsgi.create_app(environ, late_clock)
    samples.load(app.extensions["room"].register, "myanmar-2021")
    keeper, asked = app.wsgi_app, []
    inner = keeper.inner  # type: ignore[attr-defined]

    def counting(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    keeper.inner = counting  # type: ignore[attr-defined]
    app.extensions["asked"] = asked
    yield app
    app.extensions["room"].close()


def test_the_second_answer_is_the_first_without_asking_inside(kept: Flask) -> None:
    """Bytes, headers and tag are the same, and nothing is asked twice."""
    client = kept.test_client()
    first, second = client.get(LIST), client.get(LIST)
    assert (200, 1) == (first.status_code, len(kept.extensions["asked"]))
    assert (first.data, list(first.headers)) == (second.data, list(second.headers))


def test_a_signature_is_seen_at_once(kept: Flask) -> None:
    """An answer from before a signature is never given after it."""
    client, room = kept.test_client(), kept.extensions["room"]
    assert isinstance(room, Room)
    before = client.get(LIST).json
    room.register.sign(EDITOR, "myanmar-2021", NameParts("New Union"), signed_on="2026-11-30", method="api")
    after = client.get(LIST).json
    assert before is not None
    assert after is not None
    assert before["counts"]["standing"] + 1 == after["counts"]["standing"]


def test_midnight_in_the_statements_zone_is_noticed(kept: Flask, late_clock: FixedClock) -> None:
    """The list of today is another day's after midnight there, though nothing was recorded."""
    client = kept.test_client()
    days = []
    for _ in range(3):
        answer = client.get(LIST).json
        assert answer is not None
        days.append(answer["as_of"])
        late_clock.advance(timedelta(minutes=2))
    assert ["2026-12-01", "2026-12-01", "2026-12-02"] == days


@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_what_a_client_holds_is_not_sent_again(kept: Flask, form: str) -> None:
    """304 from the keeper as from inside, for strong, weak and listed tags, without a body."""
    client = kept.test_client()
    tag = client.get(LIST).headers["ETag"]
    for _ in range(2):
        answer = client.get(LIST, headers={"If-None-Match": form.format(tag)})
        assert (304, b"", tag) == (answer.status_code, answer.data, answer.headers["ETag"])
        assert "Content-Type" not in answer.headers
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert 200 == client.get(LIST, headers={"If-None-Match": '"another"'}).status_code


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (LIST, {"Authorization": "Bearer x"}),
        ("/statements/myanmar-2021", {"Cookie": "session=x"}),
        ("/statements/myanmar-2021/sign", {}),
        (f"{LIST}?as_of=nonsense", {}),
        (f"{LIST}?as_of=2021-06-07&{'x' * 600}", {}),
        ("/healthz", {}),
    ],
)
def test_what_is_private_or_refused_is_not_kept(kept: Flask, path: str, headers: dict[str, str]) -> None:
    """Requests with a token or cookie, the form, errors and overlong questions are asked inside each time."""
    client = kept.test_client(use_cookies=False)
    for _ in range(2):
        client.get(path, headers=headers)
    assert 2 == len(kept.extensions["asked"])


def test_a_log_that_cannot_be_looked_at_is_told_inside(kept: Flask) -> None:
    """The keeper asks inside, where a store that cannot be read becomes a page with 503, and keeps nothing."""

    def broken() -> None:
        raise StorageUnavailable("The store cannot be used just now (disk). Try again in a moment.")

    keeper: Any = kept.wsgi_app
    client, newest = kept.test_client(), keeper.newest
    client.get(LIST)
    keeper.newest = broken
    assert 200 == client.get(LIST).status_code
    keeper.newest = newest
    client.get(LIST)
    assert 2 == len(kept.extensions["asked"])


def test_pages_in_two_languages_do_not_share_answers(kept: Flask) -> None:
    """What was answered to one preference of language is not given to another."""
    client = kept.test_client()
    for preferred in ("en", "de, en;q=0.5", "en"):
        client.get("/statements/myanmar-2021", headers={"Accept-Language": preferred})
    assert 2 == len(kept.extensions["asked"])


def test_hosts_do_not_share_answers(kept: Flask) -> None:
    """What was answered under one name of the host is not given under another."""
    client = kept.test_client()
    client.get(LIST)
    client.get(LIST, headers={"Host": "other.example.org"})
    assert 2 == len(kept.extensions["asked"])

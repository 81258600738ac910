"""The keeper at the door: the same bytes as inside, never an old list, nothing private kept."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

import wsgi
from projections.answers import Kept
from projections.web.dated import Stretches
from projections.web.doorkeeper import Doorkeeper
from signatures import samples
from signatures.aggregate import Actor
from signatures.errors import StorageUnavailable
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.eventful import OPEN, eventful

LIST = "/api/v1/statements/myanmar-2021/signatories"
EDITOR = Actor("editor", "test")


@pytest.fixture
def late_clock() -> FixedClock:
    """Stand three minutes before midnight in Berlin."""
    return FixedClock(datetime(2026, 12, 1, 22, 57, tzinfo=UTC))


def keeper_of(app: Flask) -> Doorkeeper:
    """Find the keeper among what stands around an app."""
    around: Any = app.wsgi_app
    while not isinstance(around, Doorkeeper):
        around = around.inner
    return around


def headers_of(answer: TestResponse) -> list[tuple[str, str]]:
    """List the headers of an answer, but for the id of its request."""
    return [(name, value) for name, value in answer.headers if name != "X-Request-Id"]


@pytest.fixture
def kept(environ: dict[str, str], late_clock: FixedClock) -> Iterator[Flask]:
    """Serve a sample statement through the app with its keeper, and count what is asked inside."""
    wsgi.initialise(environ, late_clock)
    app = wsgi.create_app(environ, late_clock)
    samples.load(app.extensions["room"].register, "myanmar-2021")
    keeper, asked = keeper_of(app), []
    inner = keeper.inner

    def counting(environ: Any, start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    keeper.inner = counting
    app.extensions["asked"] = asked
    yield app
    app.extensions["room"].close()


def test_the_second_answer_is_the_first_without_asking_inside(kept: Flask) -> None:
    """Bytes, headers and tag are the same, and nothing is asked twice."""
    client = kept.test_client()
    first, second = client.get(LIST), client.get(LIST)
    assert (200, 1) == (first.status_code, len(kept.extensions["asked"]))
    assert (first.data, headers_of(first)) == (second.data, headers_of(second))


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

    keeper = keeper_of(kept)
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


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────

DATES = [date(2021, 6, 4) + timedelta(days=number) for number in range(30)]
QUESTIONS = (
    "as_of={}",
    "show=annotated&as_of={}",
    "as_of={}&part=subsequent",
    "as_of={}&position=12",
    "as_of={}&limit=2",
)


@pytest.fixture
def changing(environ: dict[str, str], late_clock: FixedClock) -> Iterator[Flask]:
    """Serve a statement on which everything has happened, within a month."""
    wsgi.initialise(environ, late_clock)
    app = wsgi.create_app(environ, late_clock)
    eventful(app.extensions["room"].register)
    yield app
    app.extensions["room"].close()


def test_every_date_is_answered_as_inside(changing: Flask) -> None:
    """Whatever dates were asked about before, status, headers and bytes are those that would be given inside."""
    keeper = keeper_of(changing)
    inside, kept = Client(keeper.inner), Client(keeper)
    questions = [(asked, day) for asked in QUESTIONS for day in DATES]
    for asked, day in random.Random(1).sample(questions, len(questions)):
        address = f"/api/v1/statements/{OPEN}/signatories?{asked.format(day)}"
        expected, actual = inside.get(address), kept.get(address)
        assert (expected.status, headers_of(expected), expected.data) == (
            actual.status,
            headers_of(actual),
            actual.data,
        )


def test_a_date_is_asked_inside_once_for_a_stretch_of_days(kept: Flask) -> None:
    """The statement's 34 signed by one day: any date after it is answered as the first one was, and 304 by its own tag."""
    client = kept.test_client()
    days = [f"2022-{month:02}-11" for month in range(1, 13)]
    answers = {day: client.get(f"{LIST}?as_of={day}") for day in days}
    assert [f"{LIST}"] == kept.extensions["asked"]
    assert days == [(answer.json or {})["as_of"] for answer in answers.values()]
    assert len(days) == len({answer.headers["ETag"] for answer in answers.values()})
    for day, answer in answers.items():
        again = client.get(f"{LIST}?as_of={day}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (304, b"") == (again.status_code, again.data)


def test_what_happens_between_two_questions_is_in_the_second_answer(kept: Flask) -> None:
    """The stretch of an older log answers nothing any more."""
    client, room = kept.test_client(), kept.extensions["room"]
    client.get(f"{LIST}?as_of=2022-01-11")
    room.register.sign(EDITOR, "myanmar-2021", NameParts("New Union"), signed_on="2021-12-30", method="api")
    counts = [
        (client.get(f"{LIST}?as_of={day}").json or {})["counts"]["standing"] for day in ("2021-12-29", "2022-01-12")
    ]
    assert counts[0] + 1 == counts[1]


def test_what_is_no_date_is_refused_inside(kept: Flask) -> None:
    """No kept answer stands in for a refusal."""
    client, refused = kept.test_client(), ("2022-02-30", "2022-13-01", "0000-01-01", "2022-1-11", "2022-01-12&x=1")
    client.get(f"{LIST}?as_of=2022-01-11")
    for asked in (*refused, "2022-01-12&as_of=2022-01-13"):
        assert 400 == client.get(f"{LIST}?as_of={asked}").status_code


# ── the hatch ────────────────────────────────────────────────────────────────────────────────────────────────────────

PLAIN = (
    *QUESTIONS,
    "as_of={}&language=de&show=annotated",
    "as_of={}&position=9&part=numbered",
    "as_of={}&limit=1000",
    "as_of={}&known_at=&language=&limit=",
)
REFUSED = (
    "as_of={}&edition=1", "as_of={}&position=9999", "as_of={}&limit=0", "as_of={}&part=x", "as_of={}&language=x_y",
    "as_of={}&as_of={}", "as_of={}&other=1", "as_of=2021-02-30", "as_of=", "position=12", "as_of={}&", "as%5Fof={}", "as_of={}&limit=2&cursor=x",
)  # fmt: skip


def forget(keeper: Doorkeeper) -> None:
    """Let nothing be kept of what was answered before."""
    keeper._kept = Kept()
    keeper._stretches = Stretches(keeper._kept)
    keeper.hatch.lists._kept = Kept()


def test_what_the_hatch_composes_is_what_the_app_gives(changing: Flask) -> None:
    """Status, headers and bytes are the app's own for every date and question, plain or odd, refused or not."""
    keeper = keeper_of(changing)
    inside, door = Client(keeper.inner), Client(keeper)
    door.get(f"/api/v1/statements/{OPEN}/signatories?as_of=2021-06-05")  # whose headers are learnt
    keeper.inner = counted = Counting(keeper.inner)
    names = (OPEN, OPEN.upper(), "secret-2021", "none-2021")
    questions = [(OPEN, asked, day) for asked in PLAIN for day in DATES]
    odd = [(name, asked, DATES[9]) for name in names for asked in (*PLAIN, *REFUSED)]
    for name, asked, day in random.Random(2).sample(questions + odd, len(questions + odd)):
        address = f"/api/v1/statements/{name}/signatories?{asked.format(day, day)}"
        forget(keeper)
        actual = door.get(address)
        forget(keeper)
        expected = inside.get(address)
        assert (expected.status, headers_of(expected), expected.data) == (
            actual.status,
            headers_of(actual),
            actual.data,
        ), address
    of_the_app = len(DATES) + len(odd)  # pages, which have links, and what is refused
    assert counted.times <= of_the_app


def test_a_fault_at_the_hatch_is_told_inside(kept: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the listing raises there is said in words, once asked; nothing is kept of it."""
    client, keeper = kept.test_client(), keeper_of(kept)
    client.get(f"{LIST}?as_of=2021-06-07")
    times = []

    def broken(*_: Any, **__: Any) -> Any:
        times.append(1)
        raise StorageUnavailable("The store cannot be used just now (disk). Try again in a moment.")

    with monkeypatch.context() as patched:
        patched.setattr(keeper.hatch.lists, "signatories", broken)
        answer = client.get(f"{LIST}?as_of=2021-05-01")
    assert (503, "application/problem+json", 1) == (answer.status_code, answer.content_type, len(times))
    assert 200 == client.get(f"{LIST}?as_of=2021-05-01").status_code


def test_a_page_is_composed_once(kept: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that has other pages gets its links inside, from what the hatch has made."""
    client, lists, times = kept.test_client(), keeper_of(kept).hatch.lists, []
    client.get(f"{LIST}?as_of=2021-06-07")
    ask = lists.signatories

    def counting(*given: Any, **named: Any) -> Any:
        times.append(1)
        return ask(*given, **named)

    monkeypatch.setattr(lists, "signatories", counting)
    answer = client.get(f"{LIST}?as_of=2021-06-08&limit=5")
    assert (True, 5, 1) == ('rel="next"' in answer.headers["Link"], len((answer.json or {})["numbered"]), len(times))


def test_other_headers_than_the_apps_are_not_learnt(kept: Flask) -> None:
    """A reply from inside that composing does not lead to teaches nothing: the hatch stays shut."""
    keeper = keeper_of(kept)
    inner = keeper.inner
    keeper.inner = Response("another list", headers={"ETag": '"75-a"'})
    kept.test_client().get(f"{LIST}?as_of=2021-06-07")
    keeper.inner = counted = Counting(inner)
    forget(keeper)
    kept.test_client().get(f"{LIST}?as_of=2021-06-07")
    assert 1 == counted.times


# ── a reader who has seen more, and an answer that knows less ────────────────────────────────────────────────────────


@pytest.mark.parametrize("seen", ["999999", "nonsense", "-1"])
def test_a_reader_who_has_seen_more_is_answered_inside(kept: Flask, seen: str) -> None:
    """What is kept may be less than they saw, or their word none: that is said inside."""
    keeper, told = keeper_of(kept), "of the inside"
    assert 200 == kept.test_client().get(LIST).status_code
    keeper.inner = Response(told)
    assert told == kept.test_client().get(LIST, headers={"Min-Position": seen}).text
    assert 200 == kept.test_client().get(LIST, headers={"Min-Position": "75"}).status_code


def test_an_answer_that_knows_less_than_the_log_is_not_kept(kept: Flask) -> None:
    """A standby may have answered that had not yet heard of the last entry."""
    keeper = keeper_of(kept)
    for position, asked in (("74", 2), ("75", 1)):
        keeper.inner = counted = Counting(Response("a list", headers={"ETag": '"a"', "Register-Position": position}))
        for _ in range(2):
            kept.test_client().get(f"{LIST}?show=standing")
        assert asked == counted.times


class Counting:
    """A WSGI application that counts how often it is asked."""

    def __init__(self, inner: Any) -> None:
        """Pass everything on."""
        self.inner, self.times = inner, 0

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Count and ask inside."""
        self.times += 1
        return self.inner(environ, start_response)

"""What those who watch are told: every check in its states, figures, ids of requests; and that each alarm has its cure."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as families_of
from ruamel.yaml import YAML

import wsgi
from projections import health
from projections.health import NAMES, Health, worst
from projections.room import ReadingRoom
from projections.views import projector, replay
from signatures.due import do_what_is_due
from signatures.errors import StorageUnavailable, ViewBehind
from signatures.logs import formatter
from signatures.organisation import NameParts
from signatures.proof.outside import CHECKPOINT_FILE
from signatures.room import Room
from signatures.web.watching import REQUESTS
from tests.clock import FixedClock
from tests.submitting import EDITOR, REFERENCE, publish_statement, receive
from tests.test_serving import until

DEPLOY = Path(__file__).parent.parent / "deploy"
RUNBOOK = (DEPLOY / "README.md").read_text()
TOKEN = "figures-" + "f7Kq2-xWz9" * 4
BEARER = {"Authorization": f"Bearer {TOKEN}"}
LIST = f"/api/v1/statements/{REFERENCE}/signatories"


@pytest.fixture
def clock() -> FixedClock:
    """Stand at noon (UTC) of a day after this software was built."""
    return FixedClock(datetime(2027, 1, 10, 12, tzinfo=UTC))


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> float:
    """Tell for how many seconds whoever watches waits: long, because this machine may be busy."""
    return float(getattr(request, "param", 60))


@pytest.fixture
def app(
    environ: dict[str, str], clock: FixedClock, patience: float, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Make a register with one statement."""
    monkeypatch.setattr(health, "LOOK_SECONDS", patience)
    wsgi.initialise(environ, clock)
    made = wsgi.create_app({**environ, "SIGNATURES_METRICS_TOKEN": TOKEN}, clock)
    room: Room = made.extensions["room"]
    publish_statement(room)
    do_what_is_due(room)
    yield made
    room.close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Give the room of that app."""
    opened: Room = app.extensions["room"]
    return opened


def sign(room: Room, name: str = "Union A") -> None:
    """Record a signature."""
    room.register.sign(EDITOR, REFERENCE, NameParts(name), signed_on="2027-01-05", method="paper")


def wrong(client: FlaskClient, path: str = "/readyz") -> tuple[int, str, dict[str, str]]:
    """Tell status, state, and what is not well: name and state."""
    answer = client.get(path)
    told = answer.get_json()
    return (
        answer.status_code,
        told["status"],
        {one["name"]: one["state"] for one in told["checks"] if one["state"] != "ok"},
    )


WELL: tuple[int, str, dict[str, str]] = (200, "ok", {})


def test_all_is_well(client: FlaskClient, room: Room) -> None:
    """Each check has a name, a figure with its unit, and a place in the run-book."""
    sign(room)
    do_what_is_due(room)
    told = client.get("/healthz").get_json()
    newest = room.store.newest()
    assert newest
    assert (newest.position, 0, newest.recorded_at) == (told["position"], told["behind"], told["recorded_through"])
    assert WELL == wrong(client, "/healthz") == wrong(client)
    checks = client.get("/readyz").get_json()["checks"]
    assert sorted({*NAMES} - {"view-stalled"}) == sorted(check["name"] for check in checks)
    assert all(isinstance(check["value"], int | float) and check["unit"] for check in checks)
    assert {f"deploy/README.md#{check['name']}" for check in checks} == {check["runbook"] for check in checks}
    assert "no-store" == client.get("/readyz").headers["Cache-Control"]


def test_what_is_late_is_told_until_it_is_done(client: FlaskClient, room: Room, clock: FixedClock) -> None:
    """Unsigned entries, mails that wait and a tick that does not come or fails are warnings, and heal with the tick."""
    sign(room)
    receive(room)
    clock.advance(minutes=1)
    assert WELL == wrong(client)
    clock.advance(minutes=2)
    late = {"checkpoint-age": "warning", "tick-age": "warning"}
    assert (200, "degraded", late) == wrong(client)
    assert (200, "ok", {}) == wrong(client, "/healthz")
    clock.advance(minutes=13)
    assert (200, "degraded", late | {"mail-age": "warning"}) == wrong(client)
    assert do_what_is_due(room, broken=lambda: int("of the test")).faults
    assert (200, "degraded", {"tick-age": "warning"}) == wrong(client)
    assert not do_what_is_due(room).faults
    assert WELL == wrong(client)


def test_a_clock_set_back_and_a_full_disk_are_warnings(
    client: FlaskClient, room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lists are still read, so nobody is turned away."""
    sign(room)
    do_what_is_due(room)
    with monkeypatch.context() as patch:
        patch.setattr(health, "DISK_BYTES", 2**60)
        assert (200, "degraded", {"disk-free": "warning"}) == wrong(client)
    clock.advance(hours=-1)
    assert (200, "degraded", {"clock-behind": "warning"}) == wrong(client) == wrong(client, "/healthz")
    assert client.get("/healthz").get_json()["clock_behind_log"] is True
    clock.advance(hours=1)
    assert WELL == wrong(client)


def test_a_poison_event_is_named(client: FlaskClient, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this release cannot project stops one statement; that is seen at once, and others are read on."""
    with monkeypatch.context() as patch:
        patch.setitem(projector._PROJECTED, "Signed", lambda *_: 1 / 0)
        sign(room)
        do_what_is_due(room)
        stopped = (200, "degraded", {"quarantine": "warning"})
        assert stopped == wrong(client) == wrong(client, "/healthz")
        (told,) = client.get("/healthz").get_json()["quarantine"]
        assert "ZeroDivisionError" in told["sentence"]
        assert 503 == client.get(LIST).status_code


@contextmanager
def holding(room: Room) -> Iterator[None]:
    """Hold the lock under which views are written, as another process might."""
    views = room.databases["views"]
    connection: Any = views.connect()
    connection.execute("BEGIN IMMEDIATE" if views.engine == "sqlite" else "BEGIN")
    if views.engine == "postgresql":
        connection.execute("LOCK TABLE tracking IN EXCLUSIVE MODE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.parametrize("patience", [1], indirect=True)
def test_a_stalled_projection_is_seen_and_heals(client: FlaskClient, room: Room) -> None:
    """While somebody holds the views' lock nothing can catch up: 503 in time; afterwards all is well again."""
    client.get("/healthz")
    with holding(room):
        sign(room)
        for path in ("/healthz", "/readyz"):
            status, state, found = wrong(client, path)
            assert (503, "failing") == (status, state)
            assert {"failing"} == set(found.values())
            assert found.keys() <= {"view-stalled", "view-behind"}
    do_what_is_due(room)
    until(lambda: client.get(LIST).status_code == 200)
    until(lambda: WELL == wrong(client, "/healthz") == wrong(client))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_reader_waits_for_a_turn_that_takes_too_long(
    app: Flask, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one waits for a lock, those who come later are told at once: threads stay free, also for who watches."""
    lists = ReadingRoom(room).lists
    lists.replay.catch_up()
    monkeypatch.setattr(replay, "PATIENCE", 0.5)

    def wait() -> None:
        with suppress(StorageUnavailable):
            lists.replay.catch_up()

    with holding(room):
        sign(room)
        first = threading.Thread(target=wait)
        first.start()
        until(lists.replay._turn.locked)
        time.sleep(2 * replay.PATIENCE)
        for _ in range(100):  # a tenth of this would be too long, if each waited
            with pytest.raises(ViewBehind):
                lists.replay.catch_up()
        assert first.is_alive()
    first.join()
    assert lists.replay.catch_up()


def test_a_log_that_is_not_the_signed_one_is_told(client: FlaskClient, room: Room) -> None:
    """The file outside the database is looked at each time."""
    path = room.state_dir / CHECKPOINT_FILE
    kept = path.read_bytes()
    path.write_bytes(kept.replace(b"\n", b"\nx", 1))
    assert (503, "failing", {"log-diverged": "failing"}) == wrong(client)
    path.write_bytes(kept)
    assert WELL == wrong(client)


@pytest.fixture
def gone(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[None]]:
    """Take the database away for a while."""
    url = urlsplit(request.getfixturevalue("environ")["SIGNATURES_DATABASE"])
    name = url.path.strip("/")

    @contextmanager
    def taken() -> Iterator[None]:
        server = urlunsplit(url._replace(path="/postgres"))
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            yield
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    return taken


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_gone_is_told(client: FlaskClient, gone: Callable[[], AbstractContextManager[None]]) -> None:
    """503 while nothing can be read, in words and without a crash; well again when it is back."""
    with gone():
        assert (503, "failing", {"storage-unavailable": "failing"}) == wrong(client)
        told = figures(client)["signatures_check"]
        assert 2 == told["storage-unavailable",]
        assert 1 == client.get("/readyz").text.count('"storage-unavailable"')
        assert (503, "failing", {"storage-unavailable": "failing"}) == wrong(client, "/healthz")
    until(lambda: WELL == wrong(client))


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_is_turned_away_while_a_standby_is_read(
    room: Room, gone: Callable[[], AbstractContextManager[None]], sqlite_url: str, clock: FixedClock, tmp_path: Path
) -> None:
    """A primary that is away is a warning where lists are read from somewhere else, and failing where that is away, too."""
    other = {"SIGNATURES_DATABASE": sqlite_url, "SIGNATURES_STATE_DIR": str(tmp_path / "other")}
    wsgi.initialise(other, clock)
    with closing(Room(other, clock, need_secret=False)) as aside:
        watched = Health(room, ReadingRoom(room).lists, ReadingRoom(aside).lists)
        with gone():
            assert "degraded" == watched.reading()["status"] == worst(watched.checks())
            assert "failing" == Health(room, ReadingRoom(room).lists).reading()["status"]
        until(lambda: watched.reading()["status"] == "ok")


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def figures(client: FlaskClient) -> dict[str, dict[tuple[str, ...], float]]:
    """Read every sample: name, values of labels, figure."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in families_of(client.get("/metrics", headers=BEARER).text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_figures_are_for_who_has_the_token(client: FlaskClient, environ: dict[str, str], clock: FixedClock) -> None:
    """Without a setting the address is not there; without the token, or with another one, nothing is told."""
    assert [401, 401, 401] == [
        client.get("/metrics", headers=headers).status_code
        for headers in ({}, {"Authorization": "Bearer " + "x" * 40}, {"Authorization": f"Basic {TOKEN}"})
    ]
    assert 200 == client.get("/metrics", headers=BEARER).status_code
    assert 404 == wsgi.create_app(environ, clock).test_client().get("/metrics", headers=BEARER).status_code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_requests_are_counted_by_rule_and_never_by_address(client: FlaskClient, room: Room) -> None:
    """What is kept at the door, what is nowhere and methods that nobody knows are counted, too; labels stay few."""
    paths = [LIST] * 3 + ["/statements/nobody-knows", "/receipts/secret-secret"]
    for path in [*paths, *(f"/wp-admin/{number}" for number in range(20))]:
        client.get(path, buffered=True)
    for number in range(20):
        client.open("/", method=f"ODD{number}", buffered=True)
    told = figures(client)["signatures_requests_total"]
    rule = "/api/v1/statements/<reference>/signatories"
    assert (1, 2) == (told["GET", rule, "200"], told["GET", "kept", "200"])
    assert 20 == told["GET", "none", "404"]
    assert 20 == sum(count for (method, _, _), count in told.items() if method == "other")
    assert 10 > len(told)
    text = client.get("/metrics", headers=BEARER).text
    assert not re.search(f"{REFERENCE}|nobody-knows|secret-secret|wp-admin|ODD", text)
    seconds = figures(client)["signatures_request_seconds_count"]
    assert told["GET", rule, "200"] == seconds["GET", rule]


# ── requests and lines ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Read what is logged from here on, as `serve` writes it."""
    stream, logger = StringIO(), logging.getLogger("signatures")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    logger.addHandler(handler)
    logging.getLogger(REQUESTS).setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.getLogger(REQUESTS).setLevel(logging.NOTSET)
    logger.removeHandler(handler)


WELL_FORMED = ["0198c9e2-6f7b-7d3c-9a51-0242ac120002", "a" * 64]
OTHERS = ["short", "a" * 65, "person@example.org", "two words-and-more", 'quote"-{"a":1}', ""]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_request_has_an_id(client: FlaskClient) -> None:
    """A proxy's is taken where it is well formed, else one is made; every answer tells it, whoever made the answer."""
    for given in WELL_FORMED + OTHERS:
        for path in (LIST, LIST, "/nowhere", "/static/register.css", f"{LIST}?as_of=yesterday"):
            answer = client.get(path, headers={"X-Request-Id": given}, buffered=True)
            (told,) = answer.headers.getlist("X-Request-Id")
            assert (told == given) if given in WELL_FORMED else re.fullmatch("[0-9a-f]{16}", told)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_line_tells_the_request_and_nothing_personal(app: Flask, lines: Callable[[], list[dict[str, Any]]]) -> None:
    """Method, rule, status and milliseconds; what is logged on the way names the same request."""
    app.add_url_rule("/broken/<token>", view_func=lambda token: {"never": 1 / len(token[:0])})
    client = app.test_client()
    somebody = {"REMOTE_ADDR": "192.0.2.7"}
    first = client.get("/receipts/a-secret?name=person@example.org", environ_base=somebody, buffered=True)
    second = client.get("/broken/a-secret", buffered=True)
    assert (404, 500) == (first.status_code, second.status_code)
    found, unexpected, broken = lines()
    assert {
        "event": "request",
        "level": "info",
        "method": "GET",
        "rule": "/receipts/<signature_id>",
        "status": 404,
    } == {name: found[name] for name in ("event", "level", "method", "rule", "status")}
    assert 0 <= found["ms"]
    assert first.headers["X-Request-Id"] == found["request_id"]
    assert "unexpected ZeroDivisionError at GET /broken/<token>" == unexpected["event"]
    assert "ZeroDivisionError" in unexpected["exception"]
    assert ("error", "/broken/<token>", 500) == (broken["level"], broken["rule"], broken["status"])
    assert second.headers["X-Request-Id"] == unexpected["request_id"] == broken["request_id"]
    assert not re.search("a-secret|example.org|192.0.2", json.dumps(lines()))


# ── every alarm has its cure ─────────────────────────────────────────────────────────────────────────────────────────

ALARMS = [rule for group in YAML(typ="safe").load(DEPLOY / "alerts.yaml")["groups"] for rule in group["rules"]]


def section(name: str) -> str:
    """Read what the run-book says under a heading."""
    found = re.search(rf"^### {re.escape(name)}\n(.*?)(?=^##)", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


@pytest.mark.parametrize("name", [*NAMES, *(rule["annotations"]["runbook"].partition("#")[2] for rule in ALARMS)])
def test_every_alarm_has_its_cure(name: str) -> None:
    """Each check and each alert has a place in the run-book that says what to do."""
    assert "**Cure**" in section(name)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_alert_asks_for_figures_that_are_there(client: FlaskClient) -> None:
    """Each check has an alert, and no alert waits for a name that nobody tells."""
    client.get(LIST, buffered=True)
    told = figures(client)
    asked = {name for rule in ALARMS for name in re.findall(r"\bsignatures_\w+", rule["expr"])}
    assert set() == asked - told.keys()
    watched = {check for rule in ALARMS for check in re.findall(r'check="([\w-]+)"', rule["expr"])}
    assert {*NAMES} == watched
    assert {check for (check,) in told["signatures_check"]} <= watched

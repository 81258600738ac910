"""Lists read from a real hot standby: never less than was seen, alone where no primary answers, nothing final too early."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import sql
from werkzeug.test import TestResponse

import wsgi
from projections import seen
from projections.nearby import Nearby
from projections.room import ReadingRoom
from projections.views import replay
from signatures.clock import stamp
from signatures.doctor import diagnose
from signatures.errors import ViewBehind
from tests import postgresql
from tests.api import NOW, Api, code_of, small_environ
from tests.clock import FixedClock
from tests.cluster.cluster import until
from tests.cluster.standby import Standby, standby
from tests.commands import names

LIST = "/statements/sample-2021/signatories"
KNOWN, FLOOR = "Register-Position", "Min-Position"
pytestmark = pytest.mark.postgresql


class Pair:
    """A register on a primary, read from its standby."""

    def __init__(self, follower: Standby, database: str, folder: Path) -> None:
        """Make the register, then let the standby have it."""
        primary = {**small_environ(folder), "SIGNATURES_DATABASE": database}
        wsgi.initialise(primary, FixedClock(NOW))
        follower.catch_up()
        self.follower, self.database = follower, database.rpartition("/")[2]
        self.environ = {**primary, "SIGNATURES_READ_DATABASE": follower.url(self.database)}
        self.api = Api(self.environ)
        self.api.published("Alpha Union")
        near = ReadingRoom(self.api.room).near
        assert isinstance(near, Nearby)
        self.near: Nearby = near

    def abreast(self) -> None:
        """Let the primary's views and then the standby know everything."""
        self.api.get(LIST)
        self.follower.catch_up()

    def sign(self, name: str) -> int:
        """Sign; tell where it is recorded."""
        body = {"name": name, "signed_on": "2021-06-07"}
        return int(self.api.post("/statements/sample-2021/signatures", body).get_json()["position"])

    def listed(self, **headers: str) -> tuple[list[str], int]:
        """Tell the list, and what it knows."""
        answer = self.ask(**headers)
        assert 200 == answer.status_code, answer.text
        return names(answer.get_json()), int(answer.headers[KNOWN])

    def ask(self, path: str = LIST, **headers: str) -> TestResponse:
        """Ask as a program that has kept nothing."""
        return self.api.get(path, headers={"Cookie": "x=y", **{k.replace("_", "-"): v for k, v in headers.items()}})


@pytest.fixture(scope="module")
def follower() -> Iterator[Standby]:
    """Run a primary and its standby."""
    with postgresql.server() as primary, standby(primary) as running:
        yield running


@pytest.fixture(scope="module")
def pair(follower: Standby, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Keep a register on them."""
    follower.primary._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("pair")))
    made = Pair(follower, follower.primary.url("pair"), tmp_path_factory.mktemp("pair"))
    try:
        yield made
    finally:
        made.api.close()


def test_a_standby_that_knows_everything_is_read(pair: Pair) -> None:
    """What it tells is what the primary tells, byte for byte."""
    pair.abreast()
    assert pair.near.abreast is pair.near.chosen()
    assert pair.near.lists.signatories("sample-2021") == pair.near.signatories("sample-2021")
    assert (["Alpha Union"], pair.api.position()) == pair.listed()


def test_an_own_entry_is_seen_at_once(pair: Pair) -> None:
    """While the standby is held back the primary is read; when it goes on, it is read again."""
    pair.abreast()
    pair.follower.hold()
    try:
        position = pair.sign("Beta Union")
        assert pair.near.lists is pair.near.chosen()
        assert (["Alpha Union", "Beta Union"], position) == pair.listed()
        assert (["Alpha Union", "Beta Union"], position) == pair.listed(Min_Position=str(position))
    finally:
        pair.follower.go_on()
    until(lambda: pair.near.chosen() is pair.near.abreast)
    assert (["Alpha Union", "Beta Union"], position) == pair.listed()


def test_nobody_knows_more_than_there_is(pair: Pair) -> None:
    """A position that nobody has heard of is waited for, then refused for now; what is no position is refused for good."""
    answer = pair.ask(Min_Position=str(pair.api.position() + 1))
    assert ("view-behind", "2") == (code_of(answer), answer.headers["Retry-After"])
    for wrong in ("x", "-1", "1.5", "9" * 20):
        assert 400 == pair.ask(Min_Position=wrong).status_code, wrong
    assert pair.listed(Min_Position="0") == pair.listed() == pair.listed(Min_Position="1")


def test_made_up_positions_keep_few_threads(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where some wait for a position that nobody has heard of, the next one is refused at once, however patient we are."""
    monkeypatch.setattr(replay, "PATIENCE", 3600.0)
    waiting = pair.near.lists.replay._waiting
    for _ in range(replay.WAITERS):
        assert waiting.acquire(blocking=False)
    seen.begin(pair.api.position() + 1)
    try:
        with pytest.raises(ViewBehind):
            pair.near.lists.signatories("sample-2021")
    finally:
        seen.end()
        for _ in range(replay.WAITERS):
            waiting.release()


def test_what_is_kept_at_the_door_is_not_told_to_who_has_seen_more(pair: Pair) -> None:
    """An answer that was kept says what it knew; with a token the question goes inside."""
    kept = [pair.api.get(LIST).headers[KNOWN] for _ in range(2)]
    assert [str(pair.api.position())] * 2 == kept
    answer = pair.api.get(LIST, headers={FLOOR: str(pair.api.position() + 1)})
    assert 503 == answer.status_code


def test_what_a_host_signed_is_kept_by_the_other(pair: Pair, tmp_path: Path) -> None:
    """A second host's file goes forward at its tick, so that it notices a loss that only the first one could tell."""
    other = {**pair.environ, "SIGNATURES_STATE_DIR": str(tmp_path / "other")}
    (tmp_path / "other").mkdir(mode=0o700)
    first = pair.api.room.state_dir
    (tmp_path / "other" / "log-key.pem").write_bytes((first / "log-key.pem").read_bytes())
    (tmp_path / "other" / "log-key.pem").chmod(0o600)
    wsgi.initialise(other, pair.api.clock)
    host = Api.__new__(Api)  # a second host: the same register, another folder
    host.room = wsgi.create_app(other, pair.api.clock).extensions["room"]
    try:
        before = host.room.checkpoints.outside.read()
        position = pair.sign("Gamma Union")
        pair.api.room.checkpoints.make()
        assert before == host.room.checkpoints.outside.read()
        assert 0 == host.room.checkpoints.make_due()
        after = host.room.checkpoints.outside.read()
        assert after is not None
        assert (position, pair.api.room.checkpoints.outside.read()) == (after.size, after)
    finally:
        host.close()


def test_a_standby_of_another_register_is_refused(pair: Pair, follower: Standby) -> None:
    """So is one that is none; one that does not answer is not, for the primary does."""
    follower.primary._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier("other")))
    wsgi.initialise(
        {
            **pair.environ,
            "SIGNATURES_DATABASE": follower.primary.url("other"),
            "SIGNATURES_STATE_DIR": str(pair.api.room.state_dir / "x"),
        }
    )
    follower.catch_up()
    for wrong in (follower.url("other"), follower.url("postgres")):
        (told,) = diagnose({**pair.environ, "SIGNATURES_READ_DATABASE": wrong}, pair.api.clock)
        assert "SIGNATURES_READ_DATABASE" in told
    nobody = "postgresql://postgres@127.0.0.1:1/pair"
    assert [] == diagnose({**pair.environ, "SIGNATURES_READ_DATABASE": nobody}, pair.api.clock)


def test_without_a_primary_the_standby_is_read_alone(pair: Pair) -> None:
    """Lists go on, with what they know; nobody is told less than was seen, and nothing unknown is called final."""
    pair.abreast()
    before, position = pair.listed()
    pair.api.clock.advance(timedelta(hours=1))
    earlier = stamp(pair.api.clock() - timedelta(minutes=1))
    assert pair.ask(f"{LIST}?known_at={earlier}").get_json()["final"]
    pair.follower.hold()
    pair.sign("Delta Union")
    os.kill(pair.follower.primary.pid, signal.SIGQUIT)
    until(lambda: pair.near.chosen() is pair.near.alone)
    assert (before, position) == pair.listed() == pair.listed(Min_Position=str(position))
    assert "view-behind" == code_of(pair.ask(Min_Position=str(position + 1)))
    assert "view-behind" == code_of(pair.ask(f"{LIST}?position={position + 1}"))
    assert 200 == pair.ask(f"{LIST}?position={position}").status_code
    assert not pair.ask(f"{LIST}?known_at={earlier}").get_json()["final"]
    assert 200 == pair.api.app.test_client().get("/statements/sample-2021").status_code
    assert (
        503 == pair.api.post("/statements/sample-2021/signatures", {"name": "E", "signed_on": "2021-06-07"}).status_code
    )

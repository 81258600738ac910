"""PostgreSQL killed while clients sign: it recovers, the register finds it again, and nothing acknowledged is missing."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import cannot
from tests.faults.clients import Clients, contradictions, losses
from tests.faults.crashing import Crashing, crashing
from tests.faults.served import prepared, served, small, until
from tests.postgresql import NoServer

pytestmark = [pytest.mark.faults, pytest.mark.postgresql]
CRASHES = int(os.environ.get("FAULT_CRASHES", "3"))  # `make faults`: 100
EACH = 20  # signatures acknowledged between two of them, at least
AGAIN = 300


def everything(server: Crashing, draw: random.Random) -> None:
    """Kill all of its processes, and start it."""
    server.kill()
    server.start()


def one(server: Crashing, draw: random.Random) -> None:
    """Kill a process of it: it recovers by itself."""
    server.kill_one(draw)


def postmaster(server: Crashing, draw: random.Random) -> None:
    """Kill the first of its processes, and start it."""
    server.kill_postmaster()
    server.start()


KINDS: tuple[Callable[[Crashing, random.Random], None], ...] = (everything, one, postmaster)


@pytest.fixture
def database() -> Iterator[Crashing]:
    """Run a server of this test's own."""
    try:
        with crashing() as server:
            yield server
    except NoServer as reason:
        cannot(reason, "REQUIRE_POSTGRES")


def test_killed_while_signing(database: Crashing, tmp_path: Path) -> None:
    """Workers of the register outlive every crash; each acknowledgement is in the log, and its key gives it again."""
    draw = random.Random(15)
    environ = {**small(tmp_path), "SIGNATURES_DATABASE": database.url, "SIGNATURES_WORKERS": "2"}
    tokens = prepared(environ, 64)
    slowest = 0.0
    with served(environ, tmp_path / "server.log") as server:
        workers = server.workers()
        with Clients(server, tokens) as clients:
            for number in range(CRASHES):
                wanted = len(clients.acknowledged) + EACH
                until(lambda wanted=wanted: len(clients.acknowledged) >= wanted)  # type: ignore[misc]
                time.sleep(draw.random() / 20)
                KINDS[number % len(KINDS)](database, draw)
                met, began = len(clients.acknowledged), time.monotonic()
                until(lambda met=met: len(clients.acknowledged) > met)  # type: ignore[misc]
                slowest = max(slowest, time.monotonic() - began)
        told = clients.acknowledged
        cut_off = [one for one in told if one.attempts > 1]
        print(
            f"\n{CRASHES} crashes, {len(told)} acknowledged, {len(cut_off)} asked again, signing after {slowest:.2f} s"
        )
        print(clients.statuses)
        assert workers == server.workers()
        assert set(clients.statuses) <= {201, 503}
        assert [] == contradictions(server, cut_off + draw.sample(told, min(AGAIN, len(told))))
    assert [] == losses(environ, told)

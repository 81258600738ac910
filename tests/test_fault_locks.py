"""Somebody else holds the log's lock for seconds: whoever signs waits or is told to come again, and nothing is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.database import LOCK_ATTEMPTS
from signatures.turns import STALLED
from tests.faults.attacks import locked
from tests.faults.clients import Clients, contradictions, losses
from tests.faults.served import PATH, Served, prepared, served, small, until

pytestmark = pytest.mark.faults
SECONDS = float(os.environ.get("FAULT_LOCKED", "1.2"))  # `make faults`: 6


@pytest.fixture
def environ(url: str, tmp_path: Path) -> dict[str, str]:
    """Place the register on each engine."""
    return {**small(tmp_path), "SIGNATURES_DATABASE": url, "SIGNATURES_WORKERS": "1"}


@pytest.fixture
def tokens(environ: dict[str, str]) -> list[str]:
    """Make it."""
    return prepared(environ, 24)


@pytest.fixture
def server(environ: dict[str, str], tokens: list[str], tmp_path: Path) -> Iterator[Served]:
    """Serve it."""
    with served(environ, tmp_path / "server.log") as running:
        yield running


def test_a_foreign_lock(server: Served, url: str, tokens: list[str]) -> None:
    """Lists are read all the while; when the lock is gone, the same processes sign again, each key once."""
    before = server.workers()
    with Clients(server, tokens, threads=4) as clients:
        until(lambda: len(clients.acknowledged) >= 5)
        with locked(url):
            time.sleep(0.2)  # what had the lock before is answered
            met = len(clients.acknowledged)
            slowest = read_for(server, SECONDS)
            assert met == len(clients.acknowledged)
        over = time.monotonic()
        until(lambda: len(clients.acknowledged) > met)
        again = time.monotonic() - over
        until(lambda: len(clients.acknowledged) > met + 10)
    told = clients.acknowledged
    print(f"\n{len(told)} acknowledged, again after {again:.2f} s, slowest read {slowest:.2f} s, {clients.statuses}")
    assert before == server.workers()
    assert set(clients.statuses) <= {201, 503}
    assert [] == contradictions(server, told[:50])
    assert [] == losses(server.environ, told)


@pytest.mark.parametrize("url", ["sqlite_url"], indirect=True)  # the queue is the same on both
def test_a_foreign_lock_with_more_clients_than_threads(server: Served, url: str, tokens: list[str]) -> None:
    """Two of a worker's threads go on waiting and the others are for those who read; who is sent away comes again."""
    with Clients(server, tokens, threads=40) as clients:
        until(lambda: len(clients.acknowledged) >= 5)
        with locked(url):
            time.sleep(STALLED + 1)
            slowest = read_for(server, max(SECONDS, STALLED))
            refused = clients.statuses[503]
        met = len(clients.acknowledged)
        until(lambda: len(clients.acknowledged) > met + 10)
    told = clients.acknowledged
    print(f"\n{len(told)} acknowledged, {refused} sent away, slowest read {slowest:.2f} s")
    assert refused > 10
    assert slowest < LOCK_ATTEMPTS  # seconds: as long as one who writes waits
    assert [] == contradictions(server, told[:50])
    assert [] == losses(server.environ, told)


def read_for(server: Served, seconds: float) -> float:
    """Read the list for some seconds; tell the longest time that one reader waited."""
    end, slowest = time.monotonic() + seconds, 0.0
    while (began := time.monotonic()) < end:
        assert 200 == server.ask(PATH.replace("/signatures", "/signatories")).status
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.02)
    return slowest

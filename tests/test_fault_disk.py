"""A disk that is full, that fails, and no file left to open: nothing is lost, and signing goes on without a restart."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.conftest import cannot
from tests.faults.attacks import Impossible, failing, full, limited, small_disk
from tests.faults.clients import Clients, contradictions, losses
from tests.faults.served import Served, prepared, served, small, until

pytestmark = pytest.mark.faults
SECONDS = float(os.environ.get("FAULT_SECONDS", "0.7"))  # that a fault lasts
MEGABYTES = 48
THREADS = 4


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Mount a small disk; where that is not allowed, take a folder of a large one."""
    folder = tmp_path_factory.mktemp("small")
    with ExitStack() as stack:
        try:
            yield stack.enter_context(small_disk(folder / "disk", MEGABYTES))
        except Impossible:
            yield folder


@pytest.fixture(scope="module")
def tokens(place: Path) -> list[str]:
    """Make a register there."""
    return prepared(small(place), 24)


@pytest.fixture(scope="module")
def server(place: Path, tokens: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve it; no test restarts it."""
    with served(small(place, SIGNATURES_WORKERS="2"), tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


Attack = Callable[[Served, Path], AbstractContextManager[None]]
ATTACKS: dict[str, Attack] = {
    "disk full": lambda _server, place: full(place, MEGABYTES),
    "no file left": lambda server, _: limited(server, resource.RLIMIT_NOFILE, 3),
    "few files left": lambda server, _: limited(server, resource.RLIMIT_NOFILE, None),
    "files may not grow": lambda server, _: limited(server, resource.RLIMIT_FSIZE, 4096),
    "writing fails": lambda server, _: failing(server, "pwrite64"),
    "syncing fails": lambda server, _: failing(server, "fdatasync"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_signing_goes_on(attack: str, server: Served, place: Path, tokens: list[str]) -> None:
    """While it lasts nothing is acknowledged that is not kept; when it is over the same processes sign again."""
    before = server.workers()
    with Clients(server, tokens, threads=THREADS, prefix=attack) as clients:
        until(lambda: len(clients.acknowledged) >= 5)
        try:
            with ATTACKS[attack](server, place):
                begun = len(clients.acknowledged)
                time.sleep(SECONDS)
                met = len(clients.acknowledged)
        except Impossible as reason:
            cannot(reason, "REQUIRE_FAULTS")
        over = time.monotonic()
        until(lambda: len(clients.acknowledged) > met + 1)
        again = time.monotonic() - over
    told = clients.acknowledged
    print(f"\n{attack}: {len(told)} acknowledged, signing again after {again:.2f} s, {clients.statuses}")
    assert before == server.workers()
    assert set(clients.statuses) <= {0, 201, 503}
    assert clients.statuses[503] or met - begun <= THREADS or attack == "few files left", "it hit nobody"
    assert [] == contradictions(server, [one for one in told if one.attempts > 1])
    assert [] == losses(server.environ, told)

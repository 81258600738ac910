"""Workers and masters killed while clients sign over HTTP: every acknowledgement is in the log, and asking again changes none."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import wsgi
from signatures import database
from signatures.clock import system_clock
from signatures.doctor import diagnose
from signatures.errors import StorageUnavailable
from signatures.log.derive import check
from signatures.proof import notes
from signatures.room import Room
from tests.faults.clients import Clients, contradictions, losses
from tests.faults.served import Served, prepared, served, small, until

pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("FAULT_KILLS", "4"))  # `make faults` makes 100 or more
EACH = int(os.environ.get("FAULT_ACKNOWLEDGED", "20"))  # signatures acknowledged between two of them, at least
AGAIN = 500  # acknowledged at the first attempt and asked for again nevertheless; all others are


def worker(server: Served, draw: random.Random) -> None:
    """Kill a worker: the others go on, and the master replaces it."""
    if workers := server.workers():
        os.kill(draw.choice(workers), signal.SIGKILL)


def master(server: Served, draw: random.Random) -> None:
    """Kill the master: its workers end by themselves, and somebody starts it again."""
    server.kill_master()
    server.start()


def everything(server: Served, draw: random.Random) -> None:
    """Kill all of them at one moment."""
    server.kill()
    server.start()


Kill = Callable[[Served, random.Random], None]
KINDS: tuple[Kill, ...] = (worker, everything, worker, master)


def test_killed_through_http(tmp_path: Path) -> None:
    """None of all acknowledged signatures is lost, none is there twice, and its key gives the same receipt for ever."""
    draw = random.Random(9)
    environ = small(tmp_path, SIGNATURES_WORKERS="2")
    tokens = prepared(environ, 64)
    with served(environ, tmp_path / "server.log") as server:
        with Clients(server, tokens) as clients:
            for number in range(KILLS):
                wanted = len(clients.acknowledged) + EACH
                until(lambda wanted=wanted: len(clients.acknowledged) >= wanted)  # type: ignore[misc]
                time.sleep(draw.random() / 20)
                KINDS[number % len(KINDS)](server, draw)
        told = clients.acknowledged
        cut_off = [one for one in told if one.attempts > 1]
        again = cut_off + draw.sample(told, min(AGAIN, len(told)))
        print(f"\n{KILLS} kills, {len(told)} acknowledged, {len(cut_off)} after a lost reply, {clients.statuses}")
        assert KILLS * EACH <= len(told)
        assert cut_off or KILLS < 4, "nobody noticed a kill"
        assert [] == contradictions(server, again)
    assert [] == losses(environ, told)


def test_a_check_may_take_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for what it writes beside the register, so no bound of time takes that back on a busy machine."""
    prepared(small(tmp_path), 1)
    monkeypatch.setattr(database, "HOLD_SECONDS", 0.0)
    with closing(Room(small(tmp_path), system_clock)) as room:
        with pytest.raises(StorageUnavailable, match="took longer"), room.store.writing():
            pass
        assert [] == check(room.store)


def test_init_goes_on_where_it_was_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between storing what is to be signed first and signing it: the same command again makes a register that can be served."""

    def cut_off(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(notes, "sign", cut_off)
        with pytest.raises(KeyboardInterrupt):
            wsgi.initialise(small(tmp_path))
    assert [] != diagnose(small(tmp_path), system_clock)
    wsgi.initialise(small(tmp_path))
    assert [] == diagnose(small(tmp_path), system_clock)

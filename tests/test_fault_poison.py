"""What stops a view is seen in /healthz within seconds, hurts nobody else, and is healed within seconds once its cause is gone."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from signatures.clock import stamp, system_clock
from signatures.log.eventlog import canonical
from signatures.log.mapping import topic_of
from signatures.log.store import append, checked_leaf
from signatures.sqlite import sqlite_folder
from tests.checker.here import opened
from tests.checker.release import UNHEARD
from tests.conftest import cannot
from tests.faults.crashing import crashing
from tests.faults.served import Served, prepared, served, small, until
from tests.postgresql import NoServer
from tests.submitting import EDITOR, REFERENCE, publish_statement

pytestmark = pytest.mark.faults
SEEN, HEALED = "seen (goal: 5 s)", "healed (goal: 10 s)"  # told, not asserted: this machine may be busy
ROUNDS = int(os.environ.get("POISON_ROUNDS", "1"))  # `make faults`: 10
OTHER = "other-2021"
LIST = "/api/v1/statements/{}/signatories"
LATER = [sys.executable, "-c", "import tests.checker.release; from wsgi import main; main()"]


def told(server: Served) -> dict[str, Any]:
    """Tell what /healthz says; nothing where nobody answers."""
    try:
        answer: dict[str, Any] = json.loads(server.ask("/healthz").body)
    except (OSError, HTTPException, ValueError):
        return {}
    return answer


def counted(server: Served, reference: str = REFERENCE) -> int | None:
    """Tell how many stand, or None where that cannot be told just now."""
    try:
        answer = server.ask(LIST.format(reference))
    except (OSError, HTTPException):
        return None
    return json.loads(answer.body)["counts"]["standing"] if answer.status == 200 else None


def is_well_with(server: Served, standing: int) -> bool:
    """Tell whether /healthz has nothing to complain of, and the list has so many."""
    return told(server).get("status") == "ok" and counted(server) == standing


def timed(what: str, ask: Callable[[], Any]) -> Any:
    """Wait until something is so, and tell how long that took."""
    began = time.monotonic()
    found = until(ask)
    print(f"\n{what}: {time.monotonic() - began:.2f} s")
    return found


def poison(environ: dict[str, str]) -> int:
    """Append to a statement what only a later release knows; tell the position before."""
    with opened(environ) as room, room.store.writing() as transaction:
        statement, newest = room.register.statement(REFERENCE), room.store.newest()
        assert newest is not None
        topic = topic_of("statement", UNHEARD, 1)
        state = canonical({"actor": EDITOR._asdict(), "salt": "0" * 32, "note": None, "reason_code": None})
        event = StoredEvent(statement.id, statement.version + 1, topic, state)
        recorded_at = max(newest.recorded_at, stamp(system_clock()))
        append(
            transaction, newest.position, recorded_at, [event], [checked_leaf(newest.position + 1, recorded_at, event)]
        )
        return newest.position


def test_an_event_that_this_release_does_not_know(environ: dict[str, str], tmp_path: Path) -> None:
    """One statement stops, by name, others go on; what was known before is told for ever; the next release takes it up."""
    (token,) = prepared(environ, 1)
    with opened(environ) as room:
        publish_statement(room, OTHER)
    with served(environ, tmp_path / "server.log") as server:
        assert 201 == server.sign(token, "Union A").status
        before = server.ask(f"{LIST.format(REFERENCE)}?position={poison(environ)}")
        (stopped,) = timed(SEEN, lambda: told(server).get("quarantine"))
        assert UNHEARD in stopped["sentence"]
        assert "quarantine" in [check["name"] for check in told(server)["checks"]]
        refused = server.ask(LIST.format(REFERENCE))
        assert (503, "view-behind") == (refused.status, json.loads(refused.body)["type"].rpartition("/")[2])
        assert 0 == counted(server, OTHER)
        assert before == server.ask(f"{LIST.format(REFERENCE)}?position={stopped['position'] - 1}")
        server.stop()
    with served(environ, tmp_path / "server.log", program=LATER) as later:
        timed(HEALED, partial(is_well_with, later, 1))
        assert [] == told(later)["quarantine"]
        assert before == later.ask(f"{LIST.format(REFERENCE)}?position={stopped['position'] - 1}")


@contextmanager
def views_locked(url: str) -> Iterator[None]:
    """Hold the lock without which no view catches up."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(sqlite_folder(url) / "views.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        return
    with psycopg.connect(url) as connection:
        connection.execute("LOCK TABLE views.tracking IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_views_that_somebody_has_locked(environ: dict[str, str], tmp_path: Path) -> None:
    """Signing goes on, lists are refused rather than told as they were; then they are right, with no restart."""
    (token,) = prepared(environ, 1)
    with served(environ, tmp_path / "server.log") as server:
        assert 0 == counted(server)
        with views_locked(environ["SIGNATURES_DATABASE"]):
            assert 201 == server.sign(token, "Union A").status
            timed(SEEN, lambda: told(server).get("status") == "failing")
            assert counted(server) is None
        timed(HEALED, partial(is_well_with, server, 1))


def test_workers_that_are_killed(tmp_path: Path) -> None:
    """All of them, while something new has to be read: those who come after them tell it."""
    environ = small(tmp_path)
    (token,) = prepared(environ, 1)
    with served(environ, tmp_path / "server.log") as server:
        for number in range(ROUNDS):
            assert 201 == server.sign(token, f"Union {number}").status
            for worker in server.workers():
                os.kill(worker, signal.SIGKILL)
            timed(HEALED, partial(is_well_with, server, number + 1))


@pytest.mark.postgresql
def test_a_database_that_starts_again(tmp_path: Path) -> None:
    """While it is away /healthz says so; when it is back everything is as it was, with no restart of ours."""
    try:
        with crashing() as database:
            environ = small(tmp_path, SIGNATURES_DATABASE=database.url)
            (token,) = prepared(environ, 1)
            with served(environ, tmp_path / "server.log") as server:
                assert 201 == server.sign(token, "Union A").status
                database.kill()
                timed(SEEN, lambda: told(server).get("status") == "failing")
                database.start()
                timed(HEALED, partial(is_well_with, server, 1))
                assert 201 == server.sign(token, "Union B").status
                assert 2 == counted(server)
    except NoServer as reason:
        cannot(reason, "REQUIRE_POSTGRES")

"""The checker itself: a real history keeps all rules, and every fault that is planted breaks the rule that is meant for it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask

import wsgi
from tests.api import small_environ
from tests.checker.case import Case
from tests.checker.clients import Client, Clients, over_http
from tests.checker.here import leaves, leaves_of, to_app
from tests.checker.history import OK, REFUSED, History
from tests.checker.model import Leaf
from tests.checker.planted import FAULTS, Planted, untouched
from tests.checker.rules import RULES, violations
from tests.faults.served import prepared, served

CLIENTS = int(os.environ.get("HISTORY_CLIENTS", "6"))
STEPS = int(os.environ.get("HISTORY_STEPS", "16"))
NAMES = [f"Union {number}" for number in range(12)]
Recorded = tuple[History, list[Leaf], int]


class Place(NamedTuple):
    """An app, tokens for it, and numbers for clients who were never there."""

    app: Flask
    tokens: list[str]
    numbers: Iterator[int]


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Make an app of a register with one published statement."""
    environ = small_environ(folder)
    tokens = prepared(environ, 24)
    app = wsgi.create_app(environ)
    try:
        yield Place(app, tokens, count(0, 100))
    finally:
        app.extensions["room"].close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Make a register of which nothing is broken by a test, whatever is told of it."""
    with place(tmp_path_factory.mktemp("sound")) as made:
        yield made


def recorded(place: Place, planted: Planted, monkeypatch: pytest.MonkeyPatch) -> Recorded:
    """Let clients meet, with a fault planted; return what they noted, the log, and where they began."""
    store, first = place.app.extensions["room"].store, next(place.numbers)
    names = [f"Union {first + number}" for number in range(12)]
    with monkeypatch.context() as patch:
        planted.patch(patch)
        before = store.max_notification_id()
        clients = Clients(planted.lie(to_app(place.app)), place.tokens[first // 100 % 4 :: 4], names, first=first)
        clients.run(5, 9)
        clients.run(1, 1, Client.publish)
        history = clients.run(6, 9)
    log = leaves(store)
    planted.edit(history, log)
    return history, log, before


def broken(recorded: Recorded) -> Counter[str]:
    """Count the rules that a history breaks."""
    return Counter(violation.rule for violation in violations(Case(*recorded)))


def test_without_a_fault_nothing_is_found(sound: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that clients do at once keeps every rule."""
    history, log, before = recorded(sound, Planted(set()), monkeypatch)
    assert [] == violations(Case(history, log, before))
    assert {("sign", OK), ("sign", REFUSED), ("withdraw", OK), ("publish", OK), ("read", OK)} <= {
        (call.kind, call.outcome) for call in history.calls
    }


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if FAULTS[fault].patch is untouched])
def test_what_is_told_wrongly_is_found(fault: str, sound: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lie on the way, or a log that is another one in the end, breaks one of the rules that are meant."""
    found = broken(recorded(sound, FAULTS[fault], monkeypatch))
    assert FAULTS[fault].rules & set(found), found


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if FAULTS[fault].patch is not untouched])
def test_what_is_done_wrongly_is_found(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault planted in the product itself, as an author could make it."""
    with place(tmp_path) as made:
        found = broken(recorded(made, FAULTS[fault], monkeypatch))
    assert FAULTS[fault].rules & set(found), found


def test_every_rule_has_its_fault() -> None:
    """No rule is there that nothing can break."""
    assert {rule.__name__ for rule in RULES} == {rule for planted in FAULTS.values() for rule in planted.rules}


@pytest.mark.faults
def test_a_history_of_many_workers(environ: dict[str, str], tmp_path: Path) -> None:
    """Parallel clients of four gunicorn workers, on each engine: every rule holds."""
    environ = {**environ, "SIGNATURES_WORKERS": "4"}
    tokens = prepared(environ, 3 * CLIENTS)
    before = len(leaves_of(environ))
    with served(environ, tmp_path / "server.log") as server:
        clients = Clients(over_http(lambda: f"http://127.0.0.1:{server.port}"), tokens, NAMES)
        history = clients.run(CLIENTS, STEPS)
    print(f"\n{len(history.calls)} calls, {Counter((call.kind, call.outcome) for call in history.calls)}")
    assert [] == violations(Case(history, leaves_of(environ), before))

"""A register with one published statement, and ways to it: the app itself, or gunicorn; and what its log says in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from flask import Flask

from signatures.clock import system_clock
from signatures.log.store import Store
from signatures.room import Room
from tests.checker.clients import bytes_of
from tests.checker.history import Answer, Send
from tests.checker.model import Leaf


def to_app(app: Flask) -> Send:
    """Ask an app in this process."""

    def send(method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        answer = app.test_client(use_cookies=False).open(path, method=method, data=bytes_of(body), headers=headers)
        return Answer(answer.status_code, answer.get_data(), answer.headers.get("ETag", ""))

    return send


def leaves(store: Store) -> list[Leaf]:
    """Read the log from its first entry to its last."""
    found: list[Leaf] = []
    while entries := store.entries(len(found), 1_000):
        found += [
            {"position": one.position, "recorded_at": one.recorded_at, "type": one.type, "data": one.data()}
            for one in entries
        ]
    return found


@contextmanager
def opened(environ: dict[str, str]) -> Iterator[Room]:
    """Open a register that others serve."""
    with closing(Room(environ, system_clock)) as room:
        yield room


def leaves_of(environ: dict[str, str]) -> list[Leaf]:
    """Read the log of a register that others serve."""
    with opened(environ) as room:
        return leaves(room.store)

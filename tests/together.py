"""Commands that meet in one commit, for tests: the first is held in its transaction until all the others wait behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from signatures.database import Database
from signatures.register import Register
from signatures.turns import Turns

Command = Callable[[], object]
SECONDS = 30


def turns(register: Register) -> Turns:
    """Find those who write to the register by turns."""
    return register.store.database._turns_of("stored_events")


def together(register: Register, commands: Sequence[Command]) -> list[Any]:
    """Run commands in threads of their own, in this order and behind each other; tell what each returned or raised."""
    queue, held, go = turns(register), threading.Event(), threading.Event()
    outcomes: list[Any] = [None] * len(commands)

    def first() -> object:
        with register.store.writing():
            held.set()
            assert go.wait(SECONDS)
            return commands[0]()

    def run(place: int) -> None:
        try:
            outcomes[place] = commands[place]() if place else first()
        except BaseException as error:  # noqa: BLE001 - told to the test
            outcomes[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(commands))]
    for thread in threads:
        thread.start()
        until(held.is_set)
        until(lambda: len(queue._waiting) >= sum(started.is_alive() for started in threads[1:]))
    go.set()
    for thread in threads:
        thread.join(SECONDS)
        assert not thread.is_alive()
    return outcomes


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Frame:
    """The words of transactions that a database runs, and what is done at them."""

    def __init__(self, database: Database, patch: pytest.MonkeyPatch) -> None:
        """Listen from now on."""
        self.said: list[str] = []
        self.at_commit: Callable[[Any, Callable[[], None]], None] = lambda _connection, commit: commit()
        run = database._run

        def listening(connection: Any, sql: str) -> None:
            self.said.append(sql)
            if sql == "COMMIT":
                self.at_commit(connection, lambda: run(connection, sql))
            else:
                run(connection, sql)

        patch.setattr(database, "_run", listening)

    def count(self, word: str) -> int:
        """Count how often something was said."""
        return sum(sql.startswith(word) for sql in self.said)

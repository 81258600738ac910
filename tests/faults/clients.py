"""Clients who must know: each sends its signature again under the same key until it is acknowledged."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPException
from itertools import count
from typing import Any, NamedTuple, Self

from signatures.clock import system_clock
from signatures.log.derive import check
from signatures.log.store import Store
from signatures.room import Room
from tests.faults.served import SECONDS, Answer, Served


class Acknowledged(NamedTuple):
    """The first yes that a client got."""

    name: str
    token: str
    body: bytes
    attempts: int


class Clients:
    """Threads that sign, one organisation after the other, until they are told to stop."""

    def __init__(self, server: Served, tokens: list[str], threads: int = 8, prefix: str = "Union") -> None:
        """Sign with tokens in turn."""
        self.server, self.tokens, self.prefix = server, tokens, prefix
        self.acknowledged: list[Acknowledged] = []
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0
        self._numbers, self._stop = count(), threading.Event()
        self._pool = ThreadPoolExecutor(threads)
        self._threads = threads

    def __enter__(self) -> Self:
        """Begin."""
        self._running = [self._pool.submit(self._go_on) for _ in range(self._threads)]
        return self

    def __exit__(self, *_: object) -> None:
        """Finish what was begun; raise what a thread met."""
        self._stop.set()
        self._pool.shutdown()
        for one in self._running:
            one.result()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            number = next(self._numbers)
            self.insist(self.tokens[number % len(self.tokens)], f"{self.prefix} {number}")

    def insist(self, token: str, name: str) -> Acknowledged:
        """Sign until there is a yes; a client's mistake it cannot be."""
        began = time.monotonic()
        for attempt in count(1):
            answer = self._attempt(token, name)
            if answer.status == 201:
                done = Acknowledged(name, token, answer.body, attempt)
                self.acknowledged.append(done)
                self.longest = max(self.longest, time.monotonic() - began)
                return done
            if 0 < answer.status < 500 or time.monotonic() - began > SECONDS:
                raise AssertionError(f"{name}: {answer}")
            time.sleep(0.05)
        raise AssertionError

    def _attempt(self, token: str, name: str) -> Answer:
        try:
            answer = self.server.sign(token, name)
        except (OSError, HTTPException):
            answer = Answer(0, b"")
        self.statuses[answer.status] += 1
        return answer


def losses(environ: dict[str, str], acknowledged: list[Acknowledged]) -> list[str]:
    """Compare every acknowledgement with the log: each is there once, where its receipt says; nobody is there twice."""
    with closing(Room(environ, system_clock)) as room:
        signed = signed_entries(room.store)
        found = check(room.store)
    for name, times in Counter(name for name, _ in signed.values()).items():
        if times > 1:
            found.append(f"{name} is listed {times} times")
    for one in acknowledged:
        receipt = json.loads(one.body)
        if signed.get(receipt["position"]) != (one.name, receipt["signature_id"]):
            found.append(
                f"{one.name} was acknowledged with {receipt} and the log holds {signed.get(receipt['position'])}"
            )
    return found


def signed_entries(store: Store) -> dict[int, tuple[str, str]]:
    """Read who signed at which position: name and signature id."""
    told: dict[int, tuple[str, str]] = {}
    after = 0
    while entries := store.entries(after, 1_000):
        after = entries[-1].position
        for entry in entries:
            if entry.type == "Signed":
                data: dict[str, Any] = entry.data()
                told[entry.position] = data["name"], data["signature_id"]
    return told


def contradictions(server: Served, acknowledged: list[Acknowledged]) -> list[str]:
    """Ask again under the same keys: each must get the receipt that it has, byte for byte."""
    found = []
    for one in acknowledged:
        again = server.sign(one.token, one.name)
        if (201, one.body) != (again.status, again.body):
            found.append(f"{one.name} was told {one.body!r} and now {again}")
    return found

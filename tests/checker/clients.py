"""Clients that sign, withdraw, publish and read at once, and insist until they know what became of each act."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit
from zlib import crc32

from tests.checker.history import BUSY, OK, REFUSED, Answer, Call, History, Request, Send
from tests.checker.seen import Seen
from tests.submitting import REFERENCE

PATH = f"/api/v1/statements/{REFERENCE}"
LISTED = f"{PATH}/signatories"
DAY = "2021-06-10"  # on which everything happens, so that the order of the log alone decides
SECONDS = 60


def over_http(address: Callable[[], str]) -> Send:
    """Send each request over a connection of its own."""

    def send(method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        place = urlsplit(address())
        connection = HTTPConnection(place.hostname or "", place.port, timeout=SECONDS)
        try:
            connection.request(method, path, bytes_of(body), headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), answer.headers.get("ETag", ""))
        finally:
            connection.close()

    return send


def bytes_of(body: object) -> bytes | None:
    """Write a body as JSON."""
    return None if body is None else json.dumps(body).encode()


class Clients:
    """Threads that share some tokens; all sign for the same organisations, so that they meet."""

    def __init__(
        self, send: Send, tokens: Sequence[str], names: Sequence[str], *, seed: int = 1, first: int = 0
    ) -> None:
        """Note everything in a history."""
        self.send, self.tokens, self.names, self.seed, self.first = send, tokens, names, seed, first
        self.history = History()
        self.signatures: list[str] = []
        self.stopped = threading.Event()

    def run(self, count: int, steps: int, do: Callable[[Client], object] | None = None) -> History:
        """Let so many clients do so many things each, whatever comes or one thing alone; raise what any of them met."""
        first, self.first = self.first, self.first + count
        with ThreadPoolExecutor(count) as pool:
            for one in [pool.submit(Client(self, number).go_on, steps, do) for number in range(first, self.first)]:
                one.result()
        return self.history


class Client:
    """One of them."""

    def __init__(self, clients: Clients, number: int) -> None:
        """Take a chance of its own."""
        self.all, self.number = clients, number
        self.chance = random.Random(clients.seed * 1_000 + number)
        self.acts = 0

    def go_on(self, steps: int, do: Callable[[Client], object] | None = None) -> None:
        """Do one thing after another."""
        some: list[Callable[[Client], object]] = [Client.sign] * 8 + [Client.read] * 6
        some += [Client.read_again] * 3 + [Client.withdraw] * 2 + [Client.publish]
        for _ in range(steps):
            if self.all.stopped.is_set():
                return
            (do or self.chance.choice(some))(self)

    # ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def sign(self, name: str = "", key: str = "") -> Call:
        """Sign for one of the organisations, perhaps for one that stands already, or that has left."""
        name = name or self.chance.choice(self.all.names)
        call = self.insist("sign", name, f"{PATH}/signatures", {"name": name, "signed_on": DAY}, key=key)
        if call.outcome == OK:
            self.all.signatures.append(call.told["signature_id"])
        return call

    def withdraw(self) -> None:
        """Withdraw one of those that were acknowledged to anybody."""
        if self.all.signatures:
            id_ = self.chance.choice(self.all.signatures)
            self.insist("withdraw", id_, f"/api/v1/signatures/{id_}/withdrawal", {"withdrawn_on": DAY})

    def publish(self) -> None:
        """Publish what there is, as received; begin anew where something came in between, but not for ever."""
        for _ in range(5):
            if (
                self.insist("publish", "edition", f"{PATH}/editions", {"as_of": DAY}, self.upon_what_is_there).outcome
                == OK
            ):
                return

    def upon_what_is_there(self, method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        """Look at the statement first, and send its tag."""
        seen = self.all.send("GET", PATH, None, {})
        return self.all.send(method, path, body, {**headers, "If-Match": seen.etag}) if seen.status == 200 else seen

    def insist(self, kind: str, subject: str, path: str, body: object, send: Send | None = None, key: str = "") -> Call:
        """Send the same request with the same key until its outcome is known; sometimes once more."""
        self.acts += 1
        key = key or f'"{self.number}-{self.acts}"'
        token = self.all.tokens[crc32(key.encode()) % len(self.all.tokens)]  # each is good for 300 requests a minute
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        until = time.monotonic() + SECONDS
        while True:
            call = self.note(kind, subject, ("POST", path, body, headers), send)
            if call.outcome in (OK, REFUSED) or time.monotonic() > until:
                break
            time.sleep(1.0 if call.outcome == BUSY else 0.02)
        if call.outcome == OK and self.chance.random() < 0.1:
            self.note(kind, subject, ("POST", path, body, headers), send)
        return call

    def note(self, kind: str, subject: str, request: Request, send: Send | None = None) -> Call:
        """Send once."""
        return self.all.history.call(send or self.all.send, self.number, kind, subject, request)

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def read(self) -> None:
        """Ask for the list."""
        self.listed(LISTED)

    def read_again(self) -> None:
        """Ask twice more for the list at a position at which somebody has seen it."""
        told = [call.told for call in self.all.history.calls[-200:] if isinstance(call.told, Seen)]
        if told:
            pinned = f"{LISTED}?position={self.chance.choice(told).position}"
            self.listed(pinned)
            self.listed(pinned)

    def listed(self, path: str) -> None:
        """Ask, and read the answer; a question that gets none is not asked again."""
        request: Request = ("GET", path, None, {})
        self.all.history.call(self.all.send, self.number, "read", path, request, Seen.of)

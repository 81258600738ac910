"""Whose address counts: forwarding headers are believed hop by hop from proxies that are named, and else not at all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest
from flask import Flask, request

import wsgi
from signatures.clock import system_clock
from signatures.intake.limits import RULES
from signatures.room import Room
from signatures.settings import Settings
from signatures.web.frame import trust_proxies
from tests.api import small_environ
from tests.submitting import REFERENCE, opened, publish_statement, typed
from tests.test_serving import Server, until

REQUESTS = 10_000
CONNECTIONS = 16
EACH = 125  # requests over one connection; then another process may get the next
WORKERS = 4
SIGN = f"/statements/{REFERENCE}/sign"


# ── one request ──────────────────────────────────────────────────────────────────────────────────────────────────────


def remote(hops: int, **headers: str) -> str | None:
    """Tell the address that an app sees from 192.0.2.1 behind so many proxies."""
    app = Flask("probe")
    app.add_url_rule("/", "probe", lambda: request.remote_addr or "")
    trust_proxies(app, Settings("sqlite:////x", "k" * 40, trusted_proxies=hops))
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get("/", headers=sent, environ_base={"REMOTE_ADDR": "192.0.2.1"}).text


FORGED = {
    "X_Forwarded_For": "203.0.113.5",
    "Forwarded": "for=203.0.113.6",
    "X_Real_IP": "203.0.113.7",
    "True_Client_IP": "203.0.113.8",
    "CF_Connecting_IP": "203.0.113.9",
    "X_Client_IP": "203.0.113.10",
    "Client_IP": "203.0.113.11",
}


@pytest.mark.parametrize("name", FORGED)
def test_without_proxies_no_header_is_believed(name: str) -> None:
    """The address is that of the connection, whatever a request says of itself."""
    assert "192.0.2.1" == remote(0, **{name: FORGED[name]})
    assert "192.0.2.1" == remote(0, **FORGED)


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.5, 198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.5,203.0.113.6,198.51.100.1", "198.51.100.1"),
        (2, "203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "203.0.113.4, 203.0.113.5, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        (2, "10.0.0.2", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (3, "198.51.100.1, 10.0.0.3, 10.0.0.2", "198.51.100.1"),
    ],
)
def test_hops_are_counted_from_the_right(hops: int, forwarded: str, expected: str) -> None:
    """What a client wrote further left is not believed; fewer hops than named are none."""
    assert expected == remote(hops, X_Forwarded_For=forwarded)


@pytest.mark.parametrize("name", [name for name in FORGED if name != "X_Forwarded_For"])
def test_behind_a_proxy_only_its_own_header_counts(name: str) -> None:
    """Others would be a second word about the same thing, which no proxy has checked."""
    assert "198.51.100.1" == remote(1, X_Forwarded_For="198.51.100.1", **{name: FORGED[name]})
    assert "192.0.2.1" == remote(1, **{name: FORGED[name]})


def test_behind_a_proxy_each_visitor_counts_whatever_they_forge(tmp_path: Path) -> None:
    """The proxy's word is the last one: what stands left of it makes nobody another, and visitors are told apart."""
    environ = small_environ(tmp_path) | {"SIGNATURES_TRUSTED_PROXIES": "1"}
    wsgi.initialise(environ)
    app = wsgi.create_app(environ)
    publish_statement(app.extensions["room"])
    client, random = app.test_client(), Random(1)
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', client.get(SIGN).text)

    def send(visitor: str) -> int:
        forged = f"{random.randrange(1, 255)}.{random.randrange(1, 255)}.1.1"
        data = typed(name=f"Union {random.random()}", csrf_token=token)
        return client.post(SIGN, data=data, headers={"X-Forwarded-For": f"{forged}, {visitor}"}).status_code

    amount = RULES["form"].amount
    assert {303: amount, 429: 10} == Counter(send("198.51.100.7") for _ in range(amount + 10))
    assert 303 == send("198.51.101.7")
    app.extensions["room"].close()


# ── very many ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Flood:
    """Form posts of one visitor who pretends to be another each time."""

    def __init__(self, port: int, seed: int) -> None:
        self.port, self.random = port, Random(seed)
        self.cookie, self.token = "", ""

    def begin(self) -> None:
        """Fetch the form once, for its cookie and its token."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", SIGN)
        answer = connection.getresponse()
        page = answer.read().decode()
        self.cookie = str(answer.headers["Set-Cookie"]).partition(";")[0]
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        self.token = found[1]
        connection.close()

    def run(self, times: int) -> Counter[int]:
        """Send so many posts; count the answers by status."""
        told: Counter[int] = Counter()
        while times > told.total():
            connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
            for _ in range(min(EACH, times - told.total())):
                connection.request("POST", SIGN, *self._post())
                answer = connection.getresponse()
                answer.read()
                told[answer.status] += 1
                assert answer.status != 429 or int(answer.headers["Retry-After"]) > 0
            connection.close()
        return told

    def _post(self) -> tuple[str, dict[str, str]]:
        number = self.random.randrange(10**9)
        fields = typed(name=f"Union {number}", contact_email=f"office@{number}.example.org", csrf_token=self.token)
        return urlencode(fields), {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": self.cookie,
            **{name.replace("_", "-"): self._somebody() for name in FORGED if name != "Forwarded"},
            "Forwarded": f"for={self._somebody()}",
        }

    def _somebody(self) -> str:
        return ".".join(str(self.random.randrange(1, 255)) for _ in range(4))


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Serve a register with an open statement by four processes."""
    environ = small_environ(tmp_path) | {"SIGNATURES_WORKERS": str(WORKERS)}
    wsgi.initialise(environ)
    with opened(environ, system_clock) as room:
        publish_statement(room)
    started = Server(environ, tmp_path / "server.log")
    try:
        until(started.is_ready)
        yield started
    finally:
        started.end()


@pytest.mark.slow
def test_ten_thousand_forged_posts_are_those_of_one_network(server: Server, tmp_path: Path) -> None:
    """As many are taken as one network may send in an hour, not one more; the rest are told when to come back."""
    until(lambda: len(server.workers()) == WORKERS or None)
    floods = [Flood(server.port, seed) for seed in range(CONNECTIONS)]
    for flood in floods:
        flood.begin()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        told = sum(pool.map(lambda flood: flood.run(REQUESTS // CONNECTIONS), floods), Counter[int]())
    assert {303: RULES["form"].amount, 429: REQUESTS - RULES["form"].amount} == dict(told)
    with opened(small_environ(tmp_path), system_clock) as room:
        assert RULES["form"].amount == submissions(room)
    assert 0 == server.stop()
    first, *others = server.lines()
    assert "serving at" in first["event"]
    assert {("info", "request")} == {(line["level"], line["event"]) for line in others}


def submissions(room: Room) -> int:
    """Count what arrived."""
    with room.contacts.database.reading() as transaction:
        return int(transaction.execute("SELECT count(*) FROM submission")[0][0])

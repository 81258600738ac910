"""Replies that are lost, between client and server and between server and database: nobody is listed twice, nobody in doubt."""

from __future__ import annotations

import os
from collections import Counter, deque
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from signatures.log.derive import check
from tests.api import small_environ
from tests.checker.case import Case
from tests.checker.clients import Client, Clients, over_http
from tests.checker.here import leaves, leaves_of, opened
from tests.checker.history import OK, UNKNOWN, History
from tests.checker.proxy import Commits, Http, proxy
from tests.checker.rules import violations
from tests.faults.served import prepared, served

pytestmark = pytest.mark.faults
ORGANISATIONS = int(os.environ.get("REPLIES_ORGANISATIONS", "10"))  # `make faults`: 1,000
SUBMITS = int(os.environ.get("REPLIES_SUBMITS", "10"))  # of each at once; `make faults`: 64
COMMITS = int(os.environ.get("REPLIES_COMMITS", "120"))  # things done while replies to COMMIT are lost
WORKERS = {"SIGNATURES_WORKERS": "4", "SIGNATURES_THREADS": "16"}
LOST = 0.1


def submit(clients: Clients) -> None:
    """Sign for each organisation so many times at once, each under a key of its own."""
    waiting = deque(name for name in clients.names for _ in range(SUBMITS))
    clients.run(SUBMITS, ORGANISATIONS, lambda client: client.sign(waiting.popleft()))


def ask_again(clients: Clients) -> int:
    """Ask once more under every key that was acknowledged, with nothing lost; tell how many."""
    done = {call.key: call for call in clients.history.of("sign") if call.outcome == OK}
    for call in done.values():
        Client(clients, call.client).sign(call.subject, call.key)
    return len(done)


def unknown_at_first(history: History) -> set[str]:
    """Name the keys whose client did not know for some time what had become of them."""
    return {call.key for call in history.calls if call.outcome == UNKNOWN and call.key}


def wrong_in(environ: dict[str, str], history: History, before: int) -> list[object]:
    """Hold the history against the log, and the log's rows against the log."""
    with opened(environ) as room:
        return [*violations(Case(history, leaves(room.store), before)), *check(room.store)]


def test_replies_lost_on_the_way_to_the_client(environ: dict[str, str], tmp_path: Path) -> None:
    """Many submit for each organisation at once and a tenth of the replies is lost: it is listed once, with one receipt."""
    environ = environ | WORKERS
    tokens = prepared(environ, 4 * SUBMITS)  # each is good for 300 requests a minute
    before = len(leaves_of(environ))
    with (
        served(environ, tmp_path / "server.log") as server,
        proxy(server.port, Http) as network,
    ):
        send = over_http(lambda: f"http://127.0.0.1:{network.port}")
        clients = Clients(send, tokens, [f"Union {number}" for number in range(ORGANISATIONS)])
        network.share = LOST
        submit(clients)
        network.share = 0.0
        signed = ask_again(clients)
    told = Counter((call.outcome, call.code) for call in clients.history.of("sign"))
    print(f"\n{network.lost} replies lost, {network.kept} kept; {told}")
    assert [] == wrong_in(environ, clients.history, before)
    assert ORGANISATIONS == signed == sum(leaf["type"] == "Signed" for leaf in leaves_of(environ)[before:])
    assert network.lost > 0
    assert len(unknown_at_first(clients.history)) > 0


@pytest.mark.postgresql
def test_replies_to_a_commit_lost_on_the_way_to_the_server(postgresql_url: str, tmp_path: Path) -> None:
    """The database has committed and nobody hears of it: what was done is told, or found done when it is asked again."""
    environ = {**small_environ(tmp_path), "SIGNATURES_DATABASE": postgresql_url, **WORKERS}
    tokens = prepared(environ, 16)
    before = len(leaves_of(environ))
    place = urlsplit(postgresql_url)
    with proxy(place.port or 0, Commits) as network:
        through = place._replace(netloc=f"{place.username}@127.0.0.1:{network.port}").geturl()
        with served({**environ, "SIGNATURES_DATABASE": through}, tmp_path / "server.log") as server:
            send = over_http(lambda: f"http://127.0.0.1:{server.port}")
            clients = Clients(send, tokens, [f"Union {number}" for number in range(COMMITS // 4)])
            network.share = LOST
            clients.run(8, COMMITS // 8)
            network.share = 0.0
            ask_again(clients)
    told = Counter((call.kind, call.outcome, call.code) for call in clients.history.calls)
    print(f"\n{network.lost} replies to COMMIT lost, {network.kept} kept; {told}")
    assert [] == wrong_in(environ, clients.history, before)
    assert network.lost > 0


def test_the_proxy_knows_a_commit() -> None:
    """It finds the words of a COMMIT that was done in a stream cut anywhere, and nothing else."""
    done = b"C\0\0\0\x0bCOMMIT\0"
    row = b"D\0\0\0\x0dCOMMIT\0CC"
    stream = row + done + b"Z\0\0\0\x05I"
    for cut in range(1, len(stream)):
        watch = Commits()
        assert not watch.is_reply(b"N")
        assert [True] == [found for piece in (stream[:cut], stream[cut:]) if (found := watch.is_reply(piece))]
    assert not Commits().is_reply(row)

"""Shared commits behind HTTP: too many are told to come back, and a server that ends owes nobody an answer."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import uuid4

import pytest

from signatures import turns
from signatures.clock import system_clock
from signatures.intake.contacts import Contact
from signatures.log.eventlog import sha256
from signatures.organisation import NameParts
from signatures.room import Room
from tests.api import Api
from tests.commands import Commands
from tests.submitting import REFERENCE, TEXT, publish_statement
from tests.test_serving import Server, until
from tests.together import Frame

CLIENTS = 12


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Make a register with one statement."""
    made = Api(environ)
    made.statement()
    yield made
    made.close()


def test_who_finds_the_queue_full_is_told_to_come_back(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 with Retry-After; the same key afterwards is recorded, once."""
    body = {"name": "Union A", "signed_on": "2021-06-07"}
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with api.room.store.writing():
            held.set()
            go.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    before = api.position()
    monkeypatch.setattr(turns, "WAITING", 0)
    refused = api.post("/statements/sample-2021/signatures", body, key="k-1")
    assert (503, "storage-unavailable") == (refused.status_code, refused.json["type"].rpartition("/")[2])  # type: ignore[index]
    assert refused.headers["Retry-After"].isdecimal()
    go.set()
    holder.join(30)
    monkeypatch.undo()
    answers = [api.post("/statements/sample-2021/signatures", body, key="k-1") for _ in range(2)]
    assert [201, 201] == [answer.status_code for answer in answers]
    assert answers[0].data == answers[1].data
    assert before + 2 == api.position()


def test_submissions_share_commits_too(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five that meet behind a sixth writer are written into its transaction."""
    sent, held, go = list[str](), threading.Event(), threading.Event()
    publish_statement(api.room)
    monkeypatch.setattr(turns, "SHARING_SECONDS", 60.0)  # however busy the machine is
    contacts = api.room.contacts.database

    def hold() -> None:
        with contacts.writing("submission"):
            held.set()
            go.wait(30)

    def send(number: int) -> None:  # below HTTP: what is counted there waits for the same file
        contact = Contact("Wanjiru Kamau", None, f"office@union-{number}.example.org")
        parts, text = NameParts(f"Union {number}"), sha256(TEXT.encode())
        sent.append(api.room.intake.receive(REFERENCE, parts, contact, text_sha256=text).state)

    threads = [threading.Thread(target=hold), *(threading.Thread(target=send, args=(n,)) for n in range(5))]
    threads[0].start()
    assert held.wait(30)
    frame = Frame(contacts, monkeypatch)
    for thread in threads[1:]:
        thread.start()
    until(lambda: len(contacts._turns_of("submission")._waiting) == 5)
    frame.said.clear()
    go.set()
    for thread in threads:
        thread.join(30)
    assert (["received"] * 5, 5) == (sent, frame.count("SAVEPOINT"))
    assert 5 == len(api.room.intake.list(["received"]))


def posted(connection: HTTPConnection, token: str) -> tuple[str, int] | None:
    """Sign; tell signature and position, or nothing where the server has gone."""
    body = json.dumps({"name": f"Union {uuid4()}", "signed_on": "2021-06-07"})
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    try:
        connection.request("POST", "/api/v1/statements/letter/signatures", body, headers)
        with connection.getresponse() as answer:
            receipt = json.loads(answer.read())
    except (OSError, HTTPException):
        return None
    assert 201 == answer.status, receipt
    return receipt["signature_id"], receipt["position"]


@pytest.mark.faults
def test_a_server_that_is_stopped_answers_for_what_it_recorded(environ: dict[str, str], tmp_path: Path) -> None:
    """SIGTERM while many sign: every signature that was acknowledged is in the log where its receipt says, nobody waits."""
    Commands(environ)("init")
    room = Room(environ, system_clock)
    Commands(environ)("draft", "letter", "--title", "A letter")
    tokens = [room.tokens.issue(f"client {number}", "editor") for number in range(CLIENTS)]
    server = Server({**environ, "SIGNATURES_THREADS": "16"}, tmp_path / "server.log")
    until(server.is_ready)
    told: list[tuple[str, int]] = []

    def post(token: str) -> None:
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
            while receipt := posted(connection, token):
                told.append(receipt)

    clients = [threading.Thread(target=post, args=(token,)) for token in tokens]
    for client in clients:
        client.start()
    until(lambda: len(told) >= 5 * CLIENTS)
    assert 0 == server.stop()
    for client in clients:
        client.join(40)
        assert not client.is_alive()
    entries = room.store.entries(0, 100_000)
    in_log = {(entry.data()["signature_id"], entry.position) for entry in entries if entry.type == "Signed"}
    assert len(told) == len(set(told))
    assert set(told) <= in_log
    assert len(in_log) - len(told) <= CLIENTS  # of each client's last one the answer may have been lost
    room.close()

"""A real gunicorn with two workers on loopback: it starts, answers, makes room for one alone, survives and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.api import small_environ
from tests.commands import Commands, names
from tests.mailserver import free_port
from tests.test_cli import PROGRAM, ROOT, given

T = TypeVar("T")
SECONDS = 30
SIGNING = 60  # signatures sent while workers are killed
PROC = Path("/proc/self/stat")


class Server:
    """`signatures serve` in a session of its own, and requests to it."""

    def __init__(self, environ: dict[str, str], log: Path, port: int | None = None) -> None:
        self.port, self.log = port or free_port(), log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--bind", f"127.0.0.1:{self.port}"],
                env=given({"SIGNATURES_WORKERS": "2"} | environ), cwd=ROOT, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip

    def ask(self, path: str, method: str = "GET", body: object = None, **headers: str) -> tuple[int, bytes]:
        """Send one request over a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, None if body is None else json.dumps(body), named)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def sent(self, request: bytes) -> bytes:
        """Send bytes, and read the first line of what comes back."""
        with socket.create_connection(("127.0.0.1", self.port), SECONDS) as connection:
            connection.sendall(request)
            return connection.makefile("rb").readline()

    def insist(self, path: str, body: object, **headers: str) -> tuple[int, bytes]:
        """Send the same request again while nobody can answer it, as a client does that must know."""

        def answered() -> tuple[int, bytes] | None:
            try:
                answer = self.ask(path, "POST", body, **headers)
            except (OSError, HTTPException):
                return None
            return answer if answer[0] < 500 else None

        return until(answered)

    def is_ready(self) -> bool:
        """Tell whether it answers; fail where it has ended."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return self.ask("/healthz")[0] == 200
        except (OSError, HTTPException):
            return False

    def workers(self) -> set[int]:
        """Tell the ids of the worker processes."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if int(parent) == self.process.pid and state != "Z":
                found.add(int(stat.parent.name))
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Read what it logged: a JSON object a line, and nothing else."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self) -> int:
        """Ask it to end, and wait."""
        self.process.terminate()
        return self.process.wait(SECONDS)

    def end(self) -> None:
        """Leave nothing of it behind, whatever a test did."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(SECONDS)


BAD_CHUNK = (
    b"POST /api/v1/submissions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nno number\r\n"
)


def until(ask: Callable[[], T | None]) -> T:
    """Ask until there is something."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"nothing within {SECONDS} seconds")


@pytest.fixture
def run(environ: dict[str, str]) -> Commands:
    """Run commands on a register with one published statement, `letter`, on each engine."""
    commands = Commands(environ)
    commands("init")
    commands("draft", "letter", "--title", "A letter")
    commands("sign", "letter", "--name", "Союз «Труд»", "--on", "2021-06-01")
    commands("publish", "letter", "--as-of", "2021-06-07")
    return commands


@pytest.fixture
def server(run: Commands, environ: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Serve that register."""
    started = Server(environ, tmp_path / "server.log")
    try:
        until(started.is_ready)
        yield started
    finally:
        started.end()


def test_a_server_starts_answers_and_stops(server: Server, run: Commands) -> None:
    """Pages, API and commands tell one list; asked to end, it ends with 0 and leaves no process."""
    told = json.loads(server.ask("/api/v1/statements/letter/signatories?as_of=2021-06-07")[1])
    assert run.listed("letter", "--as-of", "2021-06-07") | {"final": None} == told | {"final": None}
    assert "Союз «Труд»" in server.ask("/statements/letter")[1].decode()
    assert b"HTTP/1.1 400 BAD REQUEST\r\n" == server.sent(BAD_CHUNK)
    assert 0 == server.stop()
    with pytest.raises(ProcessLookupError):
        os.killpg(server.process.pid, 0)
    first, *others = server.lines()
    assert f"serving at http://127.0.0.1:{server.port}" == first["event"]
    assert {"request"} == {line["event"] for line in others}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # no database has a part in it
def test_half_requests_do_not_keep_every_thread(run: Commands, environ: dict[str, str], tmp_path: Path) -> None:
    """As many clients as there are threads send half a request and wait; others are answered all the same."""
    assert run.listed("letter")
    server = Server(environ | {"SIGNATURES_WORKERS": "1", "SIGNATURES_THREADS": "2"}, tmp_path / "server.log")
    with ExitStack() as held:
        held.callback(server.end)
        until(server.is_ready)
        for _ in range(2):
            dawdler = held.enter_context(socket.create_connection(("127.0.0.1", server.port), SECONDS))
            dawdler.sendall(b"GET /statements/letter HTTP/1.1\r\nHost: ")
        assert 200 == server.ask("/statements/letter")[0]


def test_a_second_server_on_the_port_says_so_and_ends(server: Server, environ: dict[str, str]) -> None:
    """At once, with status 3, and the first goes on."""
    began = time.monotonic()
    told = Commands(environ).refused("serve", "--bind", f"127.0.0.1:{server.port}", status=3)
    assert f"Cannot serve at 127.0.0.1:{server.port}: Address already in use" in told
    assert time.monotonic() - began < SECONDS
    assert 200 == server.ask("/statements/letter")[0]


@pytest.mark.skipif(not PROC.exists(), reason="finding the workers needs /proc")
@pytest.mark.faults
def test_a_killed_worker_is_replaced_and_nothing_is_lost(server: Server, run: Commands) -> None:
    """Every signature that was acknowledged is listed once, whoever was killed meanwhile; asking again doubles none."""
    token = run.said("token", "test").strip()
    first = until(lambda: workers if len(workers := server.workers()) == 2 else None)
    victims = dict(zip((SIGNING // 3, SIGNING // 2), sorted(first), strict=True))

    def sign(number: int) -> dict[str, Any]:
        if number in victims:
            os.kill(victims[number], signal.SIGKILL)
        body = {"name": f"Union {number}", "signed_on": "2021-06-10"}
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency_Key": f'"key-{number}"',
            "Content_Type": "application/json",
        }
        status, answer = server.insist("/api/v1/statements/letter/signatures", body, **headers)
        assert 201 == status, answer
        receipt: dict[str, Any] = json.loads(answer)
        return receipt

    with ThreadPoolExecutor(6) as pool:
        receipts = list(pool.map(sign, range(SIGNING)))
    listed = run.listed("letter")
    assert {f"Union {number}" for number in range(SIGNING)} == set(names(listed)[1:])
    assert SIGNING == len(listed["subsequent"])
    assert {receipt["signature_id"] for receipt in receipts} == {
        entry["signature_id"] for entry in listed["subsequent"]
    }
    second = until(lambda: workers if len(workers := server.workers()) == 2 else None)
    assert set() == first & second
    assert "Everything agrees" in run.said("check")
    assert 0 == server.stop()


@pytest.mark.parametrize("bind", ["8000", ":8000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "127.0.0.1:²"])
def test_an_address_that_is_none_is_wrong_usage(bind: str, tmp_path: Path) -> None:
    """Status 2, and how one is written."""
    commands = Commands(small_environ(tmp_path))
    commands("init")
    assert "HOST:PORT" in commands.refused("serve", "--bind", bind, status=2)


@pytest.mark.parametrize("host", ["a..b", "192.0.2.1"])
def test_an_address_that_is_not_ours_is_told(host: str, tmp_path: Path) -> None:
    """Status 3 and a sentence, before any worker starts."""
    commands = Commands(small_environ(tmp_path))
    commands("init")
    assert f"Cannot serve at {host}:8000" in commands.refused("serve", "--bind", f"{host}:8000", status=3)

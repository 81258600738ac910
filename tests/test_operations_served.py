"""A served register while it is operated: figures of several workers, lines, a reload and a restart under load."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as families_of

from tests.api import small_environ
from tests.commands import Commands, names
from tests.test_cli import PROGRAM, ROOT, given
from tests.test_serving import SECONDS, Server, until

TOKEN = "figures-" + "f7Kq2-xWz9" * 4
LIST = "/api/v1/statements/letter/signatories"
RULE = "/api/v1/statements/<reference>/signatories"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Set a register on SQLite whose figures may be read by whoever has what stands in a file."""
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    return {**small_environ(tmp_path), "SIGNATURES_METRICS_TOKEN_FILE": str(tmp_path / "token")}


@pytest.fixture
def run(environ: dict[str, str]) -> Commands:
    """Make it, with one published statement."""
    commands = Commands(environ)
    commands("init")
    commands("draft", "letter", "--title", "A letter")
    commands("publish", "letter", "--as-of", "2021-06-07")
    return commands


@pytest.fixture
def server(run: Commands, environ: dict[str, str], tmp_path: Path) -> Iterator[Server]:
    """Serve it with two workers."""
    started = Server(environ, tmp_path / "server.log")
    try:
        until(started.is_ready)
        yield started
    finally:
        started.end()


def counted(server: Server, name: str = "signatures_requests_total") -> Counter[tuple[str, str, str]]:
    """Read what all workers have counted: method, rule, status."""
    status, text = server.ask("/metrics", Authorization=f"Bearer {TOKEN}")
    assert 200 == status
    samples = [one for family in families_of(text.decode()) for one in family.samples if one.name == name]
    return Counter(
        {(one.labels["method"], one.labels["rule"], one.labels["status"]): int(one.value) for one in samples}
    )


def test_figures_are_those_of_all_workers_and_never_fall(server: Server, environ: dict[str, str]) -> None:
    """Whichever worker is asked tells them all; one that takes a killed one's place goes on with its figures."""
    asked, known = 40, set[int]()
    for _ in range(asked):
        assert 200 == server.ask(f"{LIST}?limit=1", Cookie="passes=the-door")[0]
    for _ in range(2):
        assert {asked} == {counted(server)["GET", RULE, "200"] for _ in range(6)}
        known |= until(lambda: found if len(found := server.workers()) == 2 else None)
        os.kill(min(server.workers()), signal.SIGKILL)
        until(partial(_has_another, server, known))
    assert {asked} == {counted(server)["GET", RULE, "200"] for _ in range(6)}
    (folder,) = Path(environ["SIGNATURES_STATE_DIR"]).glob("metrics/*")
    assert {"0", "1"} == {re.sub(r"\D", "", path.name) for path in folder.iterdir()}
    assert 0 == server.stop()


def _has_another(server: Server, known: set[int]) -> bool:
    return bool(server.workers() - known) and server.is_ready()


class Load:
    """Clients that read and sign as fast as they are answered, each request over a connection of its own."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token
        self.told, self.lost, self.signed = Counter[int](), list[str](), list[str]()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(3)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Let each client have its last answer."""
        self._ends.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self, number: int) -> None:
        for turn in range(1_000_000):
            if self._ends.is_set():
                return
            try:
                self._ask(f"Union {number}-{turn}") if turn % 2 else self._ask()
            except OSError as error:
                self.lost.append(repr(error))

    def _ask(self, name: str = "") -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": name, "Content-Type": "application/json"}
        try:
            if name:
                body = json.dumps({"name": name, "signed_on": "2021-06-10"})
                connection.request("POST", "/api/v1/statements/letter/signatures", body, headers)
            else:
                connection.request("GET", LIST)
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        self.told[answer.status] += 1
        if answer.status == 201:
            self.signed.append(name)


def enough(load: Load, more: int = 30) -> None:
    """Wait until the load has got some more answers."""
    before = load.told.total()
    until(lambda: load.told.total() >= before + more)


@pytest.mark.faults
def test_a_reload_loses_no_request(server: Server, run: Commands, environ: dict[str, str]) -> None:
    """Told to reload (HUP), all workers are others, which read the settings' files again; nobody was refused or cut off."""
    secret = Path(environ["SIGNATURES_METRICS_TOKEN_FILE"])
    secret.write_text(TOKEN[::-1])
    load = Load(server.port, run.said("token", "test").strip())
    first = until(lambda: found if len(found := server.workers()) == 2 else None)
    with closing(load):
        load.start()
        enough(load)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: len(found := server.workers()) == 2 and not found & first)
        enough(load)
    assert (set(), []) == (load.told.keys() - {200, 201}, load.lost)
    assert sorted(load.signed) == sorted(names(run.listed("letter")))
    tokens = (TOKEN, TOKEN[::-1])
    assert [401, 200] == [server.ask("/metrics", Authorization=f"Bearer {token}")[0] for token in tokens]
    assert 0 == server.stop()
    assert {"info"} == {line["level"] for line in server.lines()}


@contextmanager
def handed_over(environ: dict[str, str], listener: socket.socket, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Serve at a listening socket that is handed over, as systemd does; asked to end, the server leaves it open."""
    script = 'exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
    words = ["bash", "-c", script, "bash", str(listener.fileno()), *PROGRAM, "serve", "--bind"]
    bind = f"127.0.0.1:{listener.getsockname()[1]}"
    with log.open("ab") as file, subprocess.Popen(
        [*words, bind], env=given(environ | {"SIGNATURES_WORKERS": "1"}), cwd=ROOT, stdout=file, stderr=file,
        start_new_session=True, pass_fds=[listener.fileno()],
    ) as process:  # fmt: skip
        try:
            yield process
            process.terminate()
            assert 0 == process.wait(SECONDS)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.faults
def test_a_restart_behind_a_held_socket_loses_no_request(
    run: Commands, environ: dict[str, str], tmp_path: Path
) -> None:
    """A new release takes the old one's place: who comes in between waits a moment, and everybody is answered."""
    log = tmp_path / "server.log"
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        load = Load(listener.getsockname()[1], run.said("token", "test").strip())
        with closing(load):
            with handed_over(environ, listener, log):  # the old release
                load.start()
                enough(load)
            with handed_over(environ, listener, log):  # the new one
                enough(load)
                load.close()
    assert (set(), []) == (load.told.keys() - {200, 201}, load.lost)
    assert sorted(load.signed) == sorted(names(run.listed("letter")))


def test_lines_are_of_faults_alone_where_that_is_wanted(run: Commands, environ: dict[str, str], tmp_path: Path) -> None:
    """Where the proxy in front counts requests, nothing is said of those that went well; a wrong word is refused."""
    server = Server({**environ, "SIGNATURES_LOG": "faults"}, tmp_path / "server.log")
    try:
        until(server.is_ready)
        assert 404 == server.ask("/statements/nowhere")[0]
        assert 0 == server.stop()
    finally:
        server.end()
    (line,) = server.lines()
    told: dict[str, Any] = line
    assert f"serving at http://127.0.0.1:{server.port}" == told["event"]
    refused = Commands({**environ, "SIGNATURES_LOG": "everything"}).refused("doctor", status=3)
    assert "SIGNATURES_LOG: 'everything' is not known. Write requests or faults." in refused

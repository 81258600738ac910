"""A served register under attack: a real gunicorn whose processes are killed and started again on one port."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple, TypeVar

import wsgi
from signatures.clock import system_clock
from signatures.room import Room
from tests.api import small_environ
from tests.mailserver import free_port
from tests.submitting import REFERENCE, publish_statement
from tests.test_cli import PROGRAM, ROOT, given

T = TypeVar("T")
SECONDS = 120  # long enough for the busiest machine; whoever waits so long waits in vain
PATH = f"/api/v1/statements/{REFERENCE}/signatures"
SIGNED_ON = "2021-06-10"


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes
    retry_after: str | None = None


class Served:
    """`signatures serve` in a session of its own; it can be killed and started again."""

    def __init__(
        self, environ: dict[str, str], log: Path, wrapped: Sequence[str] = (), program: Sequence[str] = PROGRAM
    ) -> None:
        """Start it on a free port, perhaps inside another program, and wait until it answers."""
        self.environ, self.log, self.port = environ, log, free_port()
        self.command = [*wrapped, *program, "serve", "--bind", f"127.0.0.1:{self.port}"]
        self.start()

    def start(self) -> None:
        """Start it, again and again while processes that were killed still hold the port."""
        self.process = self._process()
        try:
            until(self._started)
        except BaseException:
            self.kill()
            raise

    def _started(self) -> bool:
        if self.process.poll() is not None:
            self.process = self._process()
        return self.answers()

    def _process(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command, env=given(self.environ), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def ask(self, path: str, body: object = None, **headers: str) -> Answer:
        """Send one request over a connection of its own: a POST if it has a body."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)) as connection:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            method, content = ("GET", None) if body is None else ("POST", json.dumps(body))
            connection.request(method, path, content, named)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), answer.headers["Retry-After"])

    def sign(self, token: str, name: str) -> Answer:
        """Sign for an organisation under the key that belongs to its name."""
        words = {"Authorization": f"Bearer {token}", "Idempotency_Key": f'"{name}"', "Content_Type": "application/json"}
        return self.ask(PATH, {"name": name, "signed_on": SIGNED_ON}, **words)

    def answers(self) -> bool:
        """Tell whether it answers."""
        try:
            return self.ask("/healthz").status == 200
        except (OSError, HTTPException):
            return False

    def family(self) -> list[int]:
        """List the processes of its session, the oldest first."""
        return sorted(pid for pid, (_, session) in processes().items() if session == self.process.pid)

    def master(self) -> int:
        """Tell gunicorn's master, which may have been started by another program."""
        return next(pid for pid in self.family() if b"wsgi" in cmdline(pid) and b"strace" not in cmdline(pid))

    def workers(self) -> list[int]:
        """List gunicorn's workers."""
        master = self.master()
        return sorted(pid for pid, (parent, _) in processes().items() if parent == master)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        os.kill(self.master(), signal.SIGTERM)
        self.process.wait(SECONDS)

    def kill(self) -> None:
        """Kill everything at once, as it happens to a machine's processes when memory runs out."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)

    def kill_master(self) -> None:
        """Kill the master alone; its workers notice it and end."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(SECONDS)


def processes() -> dict[int, tuple[int, int]]:
    """Tell parent and session of every living process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, _, session = stat.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if state != "Z":
            found[int(stat.parent.name)] = int(parent), int(session)
    return found


def cmdline(pid: int) -> bytes:
    """Tell how a process was started."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def until(ask: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """Ask until there is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.02)
    raise TimeoutError(f"nothing within {seconds} seconds")


@contextmanager
def served(environ: dict[str, str], log: Path, **how: Sequence[str]) -> Iterator[Served]:
    """Serve a register, and leave nothing running."""
    server = Served(environ, log, **how)
    try:
        yield server
    finally:
        server.kill()


def prepared(environ: dict[str, str], tokens: int) -> list[str]:
    """Make a register with one published statement; return so many tokens, each good for 300 requests a minute."""
    wsgi.initialise(environ)
    with closing(Room(environ, system_clock)) as room:
        publish_statement(room)
        return [room.tokens.issue(f"client {number}", "editor") for number in range(tokens)]


def small(folder: Path, **more: str) -> dict[str, str]:
    """Set what a small register on SQLite needs."""
    return {**small_environ(folder), **more}

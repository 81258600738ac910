"""A PostgreSQL server that is copied as the run-book says (`pg_basebackup`, `pg_receivewal`), lost, and brought back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests import postgresql
from tests.postgresql import NoServer

SECONDS = 60
RECEIVER = "archive"


class Drill:
    """A server, its base copy and its archive of changes; each start is on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.identity = folder, postgresql._identity(folder)
        self.binaries = postgresql._reachable(postgresql.binaries_found(), folder, self.identity)
        if not (self.binaries / "pg_receivewal").exists():
            raise NoServer("There is no pg_receivewal beside the PostgreSQL server.")
        self.port, self.running = 0, list[subprocess.Popen[bytes]]()
        self._run("mkdir", folder / "archive")
        self._run("initdb", "--pgdata", folder / "data", "--username=postgres", "--auth=trust", "--no-locale", "--no-sync", "--encoding=UTF8")  # fmt: skip

    @property
    def server(self) -> str:
        """Address the server."""
        return f"postgresql://postgres@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it."""
        process, self.port = postgresql._start(self.binaries, self.folder, self.identity)
        self.running.append(process)

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Ask it."""
        with psycopg.connect(f"{self.server}/postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def archiving(self) -> None:
        """Copy every change away, and let no commit be acknowledged before it is there."""
        address = f"host=127.0.0.1 port={self.port} user=postgres application_name={RECEIVER}"
        self.sql(f"SELECT pg_create_physical_replication_slot('{RECEIVER}')")
        where = ("--directory", self.folder / "archive", "--slot", RECEIVER, "--dbname", address)
        command = (self.binaries / "pg_receivewal", "--synchronous", *where)
        self.running.append(subprocess.Popen(command, cwd=self.folder, stderr=subprocess.DEVNULL, **self.identity))
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{RECEIVER}'")
        self.sql("SELECT pg_reload_conf()")

    def copy(self) -> None:
        """Copy it while it is in use, and see that the copy is whole."""
        self._run("pg_basebackup", "--pgdata", self.folder / "base", "--wal-method=none", "--checkpoint=fast", "--no-sync", "--dbname", self.server)  # fmt: skip
        self._run("pg_verifybackup", "--no-parse-wal", self.folder / "base")

    def lose(self) -> None:
        """Kill it, and take its disk away."""
        for process in reversed(self.running):
            process.send_signal(signal.SIGKILL if process is self.running[0] else signal.SIGTERM)
            process.wait(SECONDS)
        self.running.clear()
        shutil.rmtree(self.folder / "data")

    def restore(self, *target: str) -> None:
        """Put the copy in its place and let it read the archive, to its end or to a target; it starts as a new server."""
        data, partial = self.folder / "data", list((self.folder / "archive").glob("*.partial"))
        for path in partial:  # the segment that was being written when all ended
            self._run("cp", path, path.with_suffix(""))
        self._run("cp", "-r", self.folder / "base", data)
        settings = [
            f"restore_command = 'cp \"{self.folder}/archive/%f\" %p'",
            "synchronous_standby_names = ''",
            *target,
        ]
        with (data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{line}\n" for line in settings)
        self._run("touch", data / "recovery.signal")
        self.start()

    def stop(self) -> None:
        """End whatever runs."""
        for process in reversed(self.running):
            postgresql._stop(process)
        self.running.clear()

    def _run(self, name: str, *words: str | Path) -> None:
        program = self.binaries / name if (self.binaries / name).exists() else name
        done = subprocess.run(
            [program, *words], check=False, capture_output=True, text=True, cwd=self.folder, **self.identity
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


@contextmanager
def drill() -> Iterator[Drill]:
    """Make one in a folder of its own, and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="signatures-drill-"))
    try:
        made = Drill(folder)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""A hot standby of a server of the tests, which can be held back."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests import postgresql
from tests.cluster.cluster import until
from tests.postgresql import Server


@dataclass(frozen=True)
class Standby(Server):
    """A server that follows another one."""

    primary: Server

    def hold(self) -> None:
        """Take note of nothing that comes from now on."""
        self._ask("SELECT pg_wal_replay_pause()")
        until(lambda: self._ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)])

    def go_on(self) -> None:
        """Take note of everything again."""
        self._ask("SELECT pg_wal_replay_resume()")

    def catch_up(self) -> None:
        """Wait until it knows what the primary knows."""
        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            (here,) = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone() or ("",)
        until(lambda: self._ask(f"SELECT 1 WHERE pg_last_wal_replay_lsn() >= '{here}'"))

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            return connection.execute(query).fetchall()


@contextmanager
def standby(primary: Server) -> Iterator[Standby]:
    """Run a standby of a server, in a folder beside it."""
    folder = Path(f"{primary.folder}-standby")
    folder.mkdir()
    identity = postgresql._identity(folder)
    binaries = postgresql._reachable(postgresql.binaries_found(), folder, identity)
    source = f"host=127.0.0.1 port={primary.port} user=postgres"
    command: list[str | Path] = [
        binaries / "pg_basebackup",
        "-D",
        folder / "data",
        "-d",
        source,
        "-R",
        "-c",
        "fast",
        "--no-sync",
    ]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, **identity)
    process, port = postgresql._start(binaries, folder, identity)
    try:
        yield Standby(port=port, folder=folder, pid=process.pid, primary=primary)
    finally:
        postgresql._stop(process)
        subprocess.run(["rm", "-rf", folder], check=True)

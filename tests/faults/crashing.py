"""A PostgreSQL server that is killed and started again on its own port and files, with fsync as a served register needs it."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests import postgresql
from tests.faults.served import SECONDS, processes, until


class Crashing:
    """One cluster; `kill` leaves it as a crash would."""

    def __init__(self, folder: Path) -> None:
        """Make the cluster and start it."""
        self.folder = folder
        self.identity = postgresql._identity(folder)
        self.binaries = postgresql._reachable(postgresql.binaries_found(), folder, self.identity)
        postgresql._make_cluster(self.binaries, folder, self.identity)
        self.process, self.port = postgresql._start(self.binaries, folder, self.identity)

    @property
    def url(self) -> str:
        """Address its database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it on its port, again and again while processes that were left behind hold its memory."""

        def started() -> bool:
            self.process = self._process()
            return postgresql._answers(self.process, self.port)

        until(started)

    def _process(self) -> subprocess.Popen[bytes]:
        with (self.folder / "server.log").open("ab") as log:
            return subprocess.Popen(
                [self.binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port), *postgresql.SETTINGS],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True, **self.identity,
            )  # fmt: skip

    def kill(self) -> None:
        """Kill the postmaster, so that nobody else is started, and then all that it had started."""
        children = self._children()
        self.kill_postmaster()
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_postmaster(self) -> None:
        """Kill the postmaster alone; all others notice it and end."""
        self.process.kill()
        self.process.wait(SECONDS)

    def kill_one(self, draw: random.Random) -> None:
        """Kill one of its processes; the postmaster ends all others, recovers and goes on."""
        with suppress(ProcessLookupError):
            os.kill(draw.choice(self._children()), signal.SIGKILL)

    def _children(self) -> list[int]:
        return [pid for pid, (parent, _) in processes().items() if parent == self.process.pid]


@contextmanager
def crashing() -> Iterator[Crashing]:
    """Run one, and leave nothing of it behind."""
    folder = Path(tempfile.mkdtemp(prefix="signatures-crashing-"))
    try:
        server = Crashing(folder)
        try:
            yield server
        finally:
            postgresql._stop(server.process)  # by itself: one that is killed leaves shared memory behind
    finally:
        shutil.rmtree(folder, ignore_errors=True)

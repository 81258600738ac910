"""Processes of a cluster, each in a session of its own: started by anybody but root, frozen, killed with all they started."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 20
# PostgreSQL refuses to run as root, and nobody else may look below /root: in a namespace of its own root is user 1000.
AS_A_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]


class Process:
    """A process and everything below it."""

    def __init__(self, command: Sequence[str | Path], log: Path, environ: dict[str, str]) -> None:
        """Start it."""
        as_user = AS_A_USER if os.geteuid() == 0 else []
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [*as_user, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environ},
                cwd=log.parent,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.popen.poll() is None

    def family(self) -> list[int]:
        """List the ids of it and of all that it started, though they may have sessions of their own."""
        return family(self.popen.pid)

    def signal(self, number: int) -> None:
        """Send a signal to all of them."""
        send(self.family(), number)

    def stop(self) -> None:
        """End it: by asking, else at once."""
        for number in (signal.SIGCONT, signal.SIGTERM):
            self.signal(number) if number == signal.SIGCONT else self.popen.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End all of them at once."""
        self.signal(signal.SIGKILL)
        self.popen.wait(STOP_SECONDS)


def family(root: int) -> list[int]:
    """List a process and all below it, the oldest first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            children.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def send(pids: Sequence[int], number: int) -> None:
    """Send a signal to processes, of which some may have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def program(name: str) -> Path:
    """Find a program that the project's environment has, or the machine."""
    beside = Path(sys.executable).parent / name
    found = beside if beside.exists() else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: it is one of the project's packages for tests.")
    return Path(found)

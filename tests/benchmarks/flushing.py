"""Signing and posting on disks whose flush takes milliseconds: the same measurements, each flush delayed by strace.

The disk of a virtual machine may say within 0.2 ms that it is done; one that means it takes 2 to 5. Where a flush is dear,
sharing it pays. strace holds each fsync and fdatasync for so long, all else runs at its own speed (`--seccomp-bpf`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import writing
from tests.benchmarks.timing import Figure
from tests.benchmarks.writing import Rounds

FEWER = Rounds(100, 5)
WAYS: dict[str, Callable[[Path, Rounds], list[Figure]]] = {
    "sign": writing.sign_against_commit,
    "sign-postgresql": writing.sign_against_commit_on_a_server,
}


def with_slow_flushes(folder: Path, milliseconds: int) -> list[Figure]:
    """Measure everything again on such a disk; nothing where there is no strace."""
    if shutil.which("strace") is None:
        print("There is no strace, so no flush can be delayed.")
        return []
    place = folder / f"flush-{milliseconds}"
    place.mkdir()
    figures = [figure for way in WAYS for figure in apart(way, place, milliseconds)]
    figures += writing.posts_against_crud(place, 4.0, 3, delaying(milliseconds))
    return [figure._replace(name=f"{figure.name}, with a flush of {milliseconds} ms") for figure in figures]


def delaying(milliseconds: int) -> list[str]:
    """Write the command that runs another one with every flush taking so much longer."""
    calls = "fdatasync,fsync"
    delay = f"inject={calls}:delay_exit={milliseconds * 1000}"
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", delay]


def apart(way: str, folder: Path, milliseconds: int) -> list[Figure]:
    """Measure in a process of its own, whose every flush, and its server's, is delayed."""
    command = [*delaying(milliseconds), sys.executable, "-m", __name__, way, str(folder)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Figure(*values) for values in json.loads(told)]


if __name__ == "__main__":
    print(json.dumps(WAYS[sys.argv[1]](Path(sys.argv[2]), FEWER)))

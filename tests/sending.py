"""What other processes do with the outbox, for tests that kill them: `python -m tests.sending TASK [NUMBER]`.

Each says what it has done on a line of its own and goes on as the task says.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from signatures.clock import system_clock
from signatures.room import Room
from tests.submitting import receive

ROOT = Path(__file__).parent.parent
SECONDS = 60


def submit(room: Room) -> None:
    """Take a submission, whose mail is written down with it, and be killed before anything is sent."""
    receive(room)
    print("committed", flush=True)
    time.sleep(SECONDS)


def deliver(room: Room) -> None:
    """Send what is due."""
    print(room.courier.deliver(), flush=True)


def linger(room: Room) -> None:
    """Send what is due, and be killed afterwards."""
    deliver(room)
    time.sleep(SECONDS)


@contextmanager
def process(task: str, environ: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a task in a process of its own; it is killed at the end, if it was not before."""
    env = {**os.environ, **environ}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sending", task], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as started:
        try:
            yield started
        finally:
            started.kill()


def main() -> None:
    """Run one task in the room of the environment."""
    room = Room(os.environ, system_clock)
    {"submit": submit, "deliver": deliver, "linger": linger}[sys.argv[1]](room)
    room.close()


if __name__ == "__main__":
    main()

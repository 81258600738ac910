"""Offices that submit for one organisation at once, confirm, and press on an editor: `python -m tests.checker.submitters NUMBER THREADS NAMES…`.

The register is the one of the environment. What else than a refusal went wrong is printed, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from signatures.clock import system_clock
from signatures.errors import RegisterError, StorageUnavailable
from signatures.intake.contacts import Contact
from signatures.room import Room
from tests.submitting import EDITOR, confirmation_of, receive


def insist(act: Callable[[], object]) -> object:
    """Do something until it is done or refused; the same again while stores are busy."""
    while True:
        try:
            return act()
        except StorageUnavailable:
            time.sleep(0.05)
        except RegisterError:
            return None


def submit(room: Room, office: str, name: str) -> None:
    """Submit, confirm the address, and have an editor accept it."""
    contact = Contact("Office", None, f"{name.lower().replace(' ', '')}@{office}.example.org")
    id_ = insist(lambda: receive(room, name, contact=contact))
    if isinstance(id_, str):
        token, code = confirmation_of(room, id_)
        insist(lambda: room.intake.confirm(token, code))
        insist(lambda: room.intake.accept(id_, EDITOR))


def main(number: str, threads: int, names: list[str]) -> list[str]:
    """Let all threads submit for one name after another, all for the same one at about the same time."""
    wrong: list[str] = []
    barrier = threading.Barrier(threads)

    def office(thread: int) -> None:
        for name in names:
            barrier.wait()
            try:
                submit(room, f"office-{number}-{thread}", name)
            except Exception as error:  # noqa: BLE001 - told to the test
                wrong.append(f"{name}: {error!r}")

    with closing(Room(os.environ, system_clock)) as room, ThreadPoolExecutor(threads) as pool:
        list(pool.map(office, range(threads)))
    return wrong


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])))

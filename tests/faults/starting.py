"""Storms of processes that start at one moment: `python -m tests.faults.starting COUNT URL FOLDER` prints what became of each.

One register is made by all of them, served by all of them, made and served again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import wsgi
from signatures.clock import system_clock
from signatures.organisation import NameParts
from signatures.room import Room
from tests import swarm
from tests.faults.served import PATH, SIGNED_ON, small
from tests.submitting import EDITOR, REFERENCE, publish_statement

SECONDS = 300
LIST = PATH.replace("/signatures", "/signatories")
STORMS = ("made", "published", "first", "made", "second")


def placed(url: str, folder: str) -> dict[str, str]:
    """Set what a register needs at an address."""
    return {**small(Path(folder)), "SIGNATURES_DATABASE": url}


def made(url: str, number: int, folder: str, storm: str) -> str:
    """Make the register, as `signatures init` does."""
    return wsgi.initialise(placed(url, folder))


def published(url: str, number: int, folder: str, storm: str) -> None:
    """Publish a statement; the first process does, so that none need be forked from one that opened a store."""
    if number == 0:
        with closing(Room(placed(url, folder), system_clock)) as room:
            publish_statement(room)


def served(url: str, number: int, folder: str, storm: str) -> dict[str, Any]:
    """Make the app as a worker does, sign once and read the list."""
    app = wsgi.create_app(placed(url, folder))
    room: Room = app.extensions["room"]
    parts = NameParts(f"Union {number} of the {storm} storm")
    receipt = room.register.sign(EDITOR, REFERENCE, parts, signed_on=SIGNED_ON, method="paper")
    read = app.test_client().get(LIST)
    room.close()
    listed = [entry["signature_id"] for entry in read.json["numbered"] + read.json["subsequent"]] if read.json else []
    return {"position": receipt.position, "signature_id": receipt.signature_id, "listed": listed}


def storms(count: int, url: str, folder: Path) -> list[list[Any]]:
    """Start so many processes at once, storm after storm; return what each tells, and fail where one failed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.starting", str(count), url, str(folder)],
        cwd=swarm.ROOT, capture_output=True, text=True, timeout=SECONDS, check=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    failed = [one["error"] for storm in told for one in storm if one["error"]]
    assert not failed, f"{len(failed)} processes failed; the first: {failed[0]}"
    return [[one["result"] for one in storm] for storm in told]


def _main(count: int, url: str, folder: str) -> None:
    tasks: dict[str, swarm.Task] = {"made": made, "published": published}
    print(
        json.dumps([swarm.gathered(tasks.get(storm, served), count, url, folder, storm) for storm in STORMS]),
    )


if __name__ == "__main__":
    _main(int(sys.argv[1]), *sys.argv[2:])

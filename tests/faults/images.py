"""What must hold of every image that a power cut may leave: our own code opens it, and goes on."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import wsgi
from projections.room import ReadingRoom
from signatures.clock import system_clock
from signatures.doctor import diagnose
from signatures.errors import RegisterError
from signatures.log.derive import check
from signatures.organisation import NameParts
from signatures.room import Room
from tests.faults.powercut import Cut
from tests.faults.served import SIGNED_ON, small
from tests.submitting import EDITOR, REFERENCE


def faults(cut: Cut, folder: Path) -> list[str]:
    """Put an image in a folder, start the register there, and name what is not as it must be."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in cut.image.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
    environ = small(folder)
    try:
        if not cut.is_ready:
            wsgi.initialise(environ)  # as whoever was interrupted does
        return diagnose(environ, system_clock) or _wrong(environ, cut)
    except RegisterError as error:
        return [f"{type(error).__name__}: {error.sentence}"]


def _wrong(environ: dict[str, str], cut: Cut) -> list[str]:
    with closing(Room(environ, system_clock)) as room:
        found = check(room.store)
        found += [f"it told {told}, and does not know of it" for told in cut.told if not knows(room, told)]
        for name, database in room.databases.items():
            with database.reading() as transaction:
                if [("ok",)] != (said := transaction.execute("PRAGMA integrity_check")):
                    found.append(f"{name}: {said}")
        found += [
            f"mail {name} was sent and is gone" for name in _sent(room) if f"state/outbox/{name}.eml" not in cut.image
        ]
        if cut.is_ready:
            found += _goes_on(room)
    return found


def knows(room: Room, told: dict[str, Any]) -> bool:
    """Tell whether a register holds what an answer said."""
    if "submission" in told:
        with room.contacts.database.reading() as transaction:
            return bool(transaction.execute("SELECT 1 FROM submission WHERE id = ?", (told["submission"],)))
    entry = room.store.entry(told["position"])
    return (
        entry is not None
        and entry.recorded_at == told["recorded_at"]
        and entry.data().get("signature_id") == told.get("signature_id")
    )


def _sent(room: Room) -> list[str]:
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT number, id FROM outbox WHERE sent_at IS NOT NULL")
    return [f"{number:06}-{id_}" for number, id_ in rows]


def _goes_on(room: Room) -> list[str]:
    """Sign once more, and read the list."""
    before = room.store.max_notification_id() or 0
    receipt = room.register.sign(EDITOR, REFERENCE, NameParts("The next one"), signed_on=SIGNED_ON, method="paper")
    room.checkpoints.make()
    standing = ReadingRoom(room).lists.whole(REFERENCE, as_of=SIGNED_ON)
    names = [entry["name"] for entry in standing["numbered"] + standing["subsequent"]]
    signed = [entry for entry in room.store.entries(0, 100_000) if entry.type == "Signed"]
    if before + 2 != receipt.position or len(signed) != len(names) or "The next one" not in names:
        return [f"after {before} it wrote {receipt} and lists {len(names)} of {len(signed)}"]
    return []

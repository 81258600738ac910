"""Writing a staged import into the register, a while at a time: what was cut off goes on with the next tick."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from signatures.errors import RegisterError, StorageUnavailable
from signatures.imports.staged import stored
from signatures.imports.text import TextImport, TextImporter, plan_text_import

if TYPE_CHECKING:
    from signatures.importing import Report
    from signatures.room import Room

AT_ONCE = 4.0  # seconds that an editor waits for the answer
IN_A_TICK = 15.0
HELD = 120.0  # seconds after which the claim of a writer that was killed is another's


class _TimeIsOver(Exception):
    """As much was written as one turn may take."""


def plan_of(report: Report, given: dict[str, str]) -> TextImport:
    """Complete the report by what was typed of the statement."""
    return plan_text_import(report, reference=given["reference"], time_zone=given["time_zone"], given=given)


def write(room: Room, id_: str, seconds: float) -> None:
    """Write for a while; refused before anything was written, the import is open again and says why."""
    if not room.staged_imports.claim(id_, HELD):
        return
    report, given = room.staged_imports.report(id_), room.staged_imports.given(id_)
    report = replace(report, title=given.get("title") or report.title)
    turn = _Turn(seconds)
    importer = TextImporter(room.register, report, plan_of(report, given), f"{id_}\n{stored(report)}".encode())
    try:
        importer.run(turn.progress)
    except _TimeIsOver:
        room.staged_imports.progressed(id_, turn.done)
    except StorageUnavailable:
        room.staged_imports.progressed(id_, turn.done)
        raise
    except RegisterError as refused:
        room.staged_imports.reopen(id_, refused.said)
    else:
        room.staged_imports.finish(id_)


def due(room: Room) -> int:
    """Go on with what was begun."""
    begun = [one.id for one in room.staged_imports.list() if one.state == "writing"]
    for id_ in begun:
        write(room, id_, IN_A_TICK)
    return len(begun)


class _Turn:
    """Counts what one turn writes, and ends it when its time is over."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self.done = 0

    def progress(self, count: int) -> None:
        self.done += count
        if time.monotonic() > self.end:
            raise _TimeIsOver

"""What is due: mails, closings, expiry and retention, each idempotent and none in the way of another."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from signatures.clock import stamp
from signatures.imports import writing
from signatures.intake import closing
from signatures.privacy.retention import Retention
from signatures.room import Room

TICKED = "ticked"
log = logging.getLogger("signatures")


@dataclass
class Done:
    """How many of each were done, and what could not be done now."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)


def do_what_is_due(room: Room, **more: Callable[[], int]) -> Done:
    """Do everything that is due, and `more` after it; one step that fails does not stop the others."""
    done = Done()
    steps: dict[str, Callable[[], int]] = {
        "settled": room.intake.settle,
        "confirmed": room.proposals.settle,
        "closed": lambda: closing.due(room),
        "published": lambda: room.schedule.due(room),
        "imported": lambda: writing.due(room),
        "checkpointed": room.checkpoints.make_due,
        "expired": room.intake.expire,
        "erased": lambda: Retention(room).daily(),
        "sent": room.courier.deliver,
        **more,
    }
    for name, step in steps.items():
        try:
            done.counts[name] = step()
        except Exception as fault:  # noqa: BLE001 - whatever it was, the next tick tries again
            done.faults.append(fault)
    if not done.faults:
        _remember(room)
    return done


def ticked_at(room: Room) -> datetime | None:
    """Tell when all that was due was last done on this host without a fault; None if never."""
    try:
        return datetime.fromtimestamp((room.state_dir / TICKED).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _remember(room: Room) -> None:
    path, now = room.state_dir / TICKED, room.clock().timestamp()
    with suppress(OSError):  # a full disk stops nothing of what is due, and is told elsewhere
        path.touch(mode=0o600)
        os.utime(path, (now, now))


def tick(room: Room) -> None:
    """Do what is due, and log what could not be done, without its data."""
    for fault in do_what_is_due(room).faults:
        log.error("a part of what is due failed (%s); the next tick tries again", type(fault).__name__)


def send_what_waits(room: Room) -> None:
    """Send mails if any is due; finding none costs one look."""
    with room.contacts.database.reading() as transaction:
        due = transaction.execute("SELECT 1 FROM outbox WHERE due_at <= ? LIMIT 1", (stamp(room.clock()),))
    if due:
        room.courier.deliver()

"""Whether the register is well: checks, each with a figure, a sentence where something is wrong, and a place in the run-book.

`failing` means that no list can be read here; `warning` that lists are read, and somebody should look.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from projections.glance import Glance
from projections.lists import Lists
from signatures.due import ticked_at
from signatures.errors import RegisterError
from signatures.proof import notes
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase

OK, WARNING, FAILING = "ok", "warning", "failing"
STATES = (OK, WARNING, FAILING)
WORDS = dict(zip(STATES, ("ok", "degraded", "failing"), strict=True))
RUNBOOK = "deploy/README.md"
LOOK_SECONDS = 2.5  # whoever watches gets an answer within five, also where all threads are busy
SIGNED_SECONDS = 120  # a tick comes every 20 s, and signs
TICK_SECONDS = 120
CLOCK_SECONDS = 2  # hosts of a cluster differ by less
MAIL_SECONDS = 900  # two attempts have failed
DISK_BYTES = 2**30
log = logging.getLogger("signatures")


class Check(NamedTuple):
    """One thing that was looked at; its name is a heading of the run-book."""

    name: str
    state: str
    value: float | None
    unit: str
    sentence: str | None = None

    def told(self) -> dict[str, Any]:
        """Tell it as JSON has it."""
        return {**self._asdict(), "runbook": f"{RUNBOOK}#{self.name}"}


def check(name: str, value: float | None, unit: str, sentence: str | None, bad: str = WARNING) -> Check:
    """Make a check, which is well where there is nothing to say."""
    return Check(name, bad if sentence else OK, value, unit, sentence)


class Health:
    """The checks of one register, seen from one process."""

    def __init__(self, room: Room, lists: Lists, standby: Lists | None = None) -> None:
        """Look at a register's stores, at its views, and at those of a standby that is read while no primary answers."""
        self.room, self.lists = room, lists
        self.began = room.clock()
        self._glance = Glance(self._reading, LOOK_SECONDS)
        self._look = Glance(self._checks, LOOK_SECONDS)
        self._aside = Glance(standby.health, LOOK_SECONDS) if standby else None

    def reading(self) -> dict[str, Any]:
        """Tell whether lists can be read, how far the views are, and how far the clock is behind the log."""
        checks, more = self._glance() or ([STALLED], {})
        return {**_told(self._eased(checks)), **more}

    def checks(self) -> list[Check]:
        """Tell everything that is watched."""
        return self._eased(self._look() or [STALLED])

    def _eased(self, checks: list[Check]) -> list[Check]:
        """Turn nobody away while lists are read from the standby."""
        away = [one for one in checks if one.state == FAILING and one.name in AWAY]
        if not (away and self._aside):
            return checks
        try:
            told = self._aside()
        except RegisterError:
            told = None
        readable = told is not None and told["sentence"] is None
        return [one._replace(state=WARNING) if readable and one in away else one for one in checks]

    def _reading(self) -> tuple[list[Check], dict[str, Any]]:
        try:
            told, newest = self.lists.health(), self.lists.log.newest()
        except Exception as error:  # noqa: BLE001 - whoever watches gets an answer, whatever it was
            return [unavailable(error)], {}
        clock = self._clock()
        since = {"clock_behind_log": clock.state != OK, "recorded_through": newest.recorded_at if newest else None}
        return [*_views(told), clock], {**told, **since}

    def _checks(self) -> list[Check]:
        parts: tuple[Callable[[], Sequence[Check]], ...] = (
            lambda: _views(self.lists.health()),
            self._log,
            lambda: (self._clock(), self._checkpoint()),
            lambda: (self._mail(),),
            lambda: (self._tick(), self._disk()),
        )
        found = {STORES: check(STORES, 0, "stores", None)}
        for one in (one for part in parts for one in _looked(part)):
            if one.name not in found or one.state == FAILING:
                found[one.name] = one
        return list(found.values())

    # ── each thing that is watched ───────────────────────────────────────────────────────────────────────────────────

    def _log(self) -> list[Check]:
        # The log is read first, the file beside it afterwards: an entry signed in between looks like a loss, once.
        findings = self.room.checkpoints.faults() and self.room.checkpoints.faults()
        return [check("log-diverged", len(findings), "findings", "\n".join(findings) or None, FAILING)]

    def _clock(self) -> Check:
        newest, now = self.lists.log.newest(), self.room.clock()
        ahead = _seconds(newest.recorded_at, now) if newest else 0.0
        sentence = f"The clock is {-ahead:.0f} s behind the newest entry of the log. Set it right."
        return check("clock-behind", max(0.0, -ahead), "seconds", sentence if -ahead > CLOCK_SECONDS else None)

    def _checkpoint(self) -> Check:
        note = self.room.checkpoints.newest()
        size = notes.read_checkpoint(notes.read_note(note).text).size if note else 0
        unsigned = self.room.store.entry(size + 1)
        age = max(0.0, _seconds(unsigned.recorded_at, self.room.clock())) if unsigned else 0.0
        sentence = f"Entry {size + 1} was recorded {age:.0f} s ago and no checkpoint covers it." if unsigned else None
        return check("checkpoint-age", age, "seconds", sentence if age > SIGNED_SECONDS else None)

    def _mail(self) -> Check:
        with self.room.contacts.database.reading() as transaction:
            ((oldest, count),) = transaction.execute(
                "SELECT min(created_at), count(*) FROM outbox WHERE due_at IS NOT NULL"
            )
        age = max(0.0, _seconds(oldest, self.room.clock())) if oldest else 0.0
        sentence = f"{count} mails wait, the oldest for {age / 60:.0f} minutes." if age > MAIL_SECONDS else None
        return check("mail-age", age, "seconds", sentence)

    def _tick(self) -> Check:
        last = max(ticked_at(self.room) or self.began, self.began)
        age = max(0.0, (self.room.clock() - last).total_seconds())
        sentence = f"Nothing that is due was done without a fault for {age:.0f} s." if age > TICK_SECONDS else None
        return check("tick-age", age, "seconds", sentence)

    def _disk(self) -> Check:
        database = self.room.databases["register"]
        folders = [self.room.state_dir, *([database.path.parent] if isinstance(database, SQLiteDatabase) else [])]
        free, folder = min((shutil.disk_usage(folder).free, folder) for folder in folders)
        sentence = f"The disk of {folder.name} has {free // 2**20} MiB left." if free < DISK_BYTES else None
        return check("disk-free", free, "bytes", sentence)


STORES = "storage-unavailable"
STALLED = Check(
    "view-stalled", FAILING, LOOK_SECONDS, "seconds", f"Stores and views did not answer within {LOOK_SECONDS:.1f} s."
)
AWAY = (STORES, STALLED.name)
NAMES: tuple[str, ...] = (STORES, "view-stalled", "view-behind", "quarantine", "log-diverged", "clock-behind")
NAMES += ("checkpoint-age", "mail-age", "tick-age", "disk-free")


def unavailable(error: Exception) -> Check:
    """Say that a store cannot be read, or something else that nobody expected."""
    if isinstance(error, RegisterError):
        sentence = error.sentence
    else:
        log.error("a check failed", exc_info=error)
        sentence = f"A check failed ({type(error).__name__}); the journal tells more."
    name = error.code if isinstance(error, RegisterError) and error.code in NAMES else STORES
    return Check(name, FAILING, 1, "stores", sentence)


def worst(checks: Sequence[Check]) -> str:
    """Tell the worst state of some checks, in the words of an answer."""
    return WORDS[max((one.state for one in checks), key=STATES.index, default=OK)]


def _told(checks: Sequence[Check]) -> dict[str, Any]:
    """Tell a state with what is wrong; `sentence` is the first that forbids reading."""
    failing = next((one.sentence for one in checks if one.state == FAILING), None)
    wrong = [one.told() for one in checks if one.state != OK]
    return {"status": worst(checks), "sentence": failing, "checks": wrong}


def _views(told: dict[str, Any]) -> list[Check]:
    stopped = told["quarantine"]
    sentence = f"{len(stopped)} statements cannot be projected by this release." if stopped else None
    return [
        check("view-behind", told["behind"], "entries", told["sentence"], FAILING),
        check("quarantine", len(stopped), "statements", sentence),
    ]


def _looked(part: Callable[[], Sequence[Check]]) -> Sequence[Check]:
    try:
        return part()
    except Exception as error:  # noqa: BLE001 - one check that fails does not hide the others
        return [unavailable(error)]


def _seconds(since: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(since)).total_seconds()

"""Retention: how long what is personal is kept, and what is due to go; one table of periods, and a reason for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from signatures.clock import civil_date, stamp
from signatures.database import Transaction
from signatures.errors import NotFound
from signatures.privacy.forgetting import erase_invitations, erase_submissions
from signatures.privacy.mailfiles import remove, written_before
from signatures.privacy.scrubbing import truncate_log
from signatures.room import Room

DAY = timedelta(days=1)
BATCH = 500  # rows of a transaction, so that nobody waits long for its lock
LAST_RUN = "retention"  # the row of the identity that says on which day it ran


class Period(NamedTuple):
    """How long a kind is kept after what, and why."""

    days: int
    after: str
    reason: str


PERIODS = {
    "submissions": Period(90, "the decision", "refused, expired or taken back: long enough to object to it"),
    "mails": Period(30, "sending", "long enough to find out why one did not arrive"),
    "mail_files": Period(30, "writing", "as the mails that they are"),
    "sessions": Period(1, "opening", "the longest lasts half a day"),
    "links": Period(30, "expiry", "one that has expired still gets its owner a new one"),
    "proposals": Period(3 * 365, "the decision", "as acts"),
    "acts": Period(3 * 365, "the act", "who decided what: until claims from it are past"),
    "imports": Period(30, "the last look", "files that were never imported may name whom to write to"),
    "tallies": Period(0, "the while they count in", "nothing about anybody is needed any longer"),
}
"""Contacts of what was accepted, and invitations, are kept until SIGNATURES_RETENTION_DAYS after their statement ended."""

QUESTIONS = {
    "submissions": "FROM submission WHERE state IN ('refused', 'expired', 'withdrawn') AND decided_at <= ?",
    "mails": "FROM outbox WHERE coalesce(sent_at, given_up_at) <= ?",
    "sessions": "FROM session WHERE opened_at <= ?",
    "links": "FROM link WHERE expires_at <= ?",
    "proposals": "FROM proposal WHERE decided_at <= ?",
    "acts": "FROM act WHERE at <= ?",
    "imports": "FROM staged_import WHERE state <> 'writing' AND touched_at <= ?",
}
ORPHANS = (
    "FROM link WHERE purpose <> 'invitation' AND NOT EXISTS (SELECT 1 FROM submission WHERE submission.id = link.about)"
)


class Retention:
    """What is due to be erased in one register."""

    def __init__(self, room: Room) -> None:
        """Use a room's stores, settings and clock."""
        self.room = room
        self.database = room.contacts.database

    def due(self, *, dry_run: bool = False) -> dict[str, int]:
        """Erase what is due, or only tell; return how much of each kind."""
        now = self.room.clock()
        found = {"contacts": self._of_ended(now, dry_run=dry_run, erase=CONTACTS)}
        found["invitations"] = self._of_ended(now, dry_run=dry_run, erase=INVITATIONS)
        for kind, question in QUESTIONS.items():
            found[kind] = self._rows(question, stamp(now - PERIODS[kind].days * DAY), dry_run=dry_run)
        found["mail_files"] = self._files(now, dry_run=dry_run)
        found["tallies"] = self.room.limits.tally.expired(remove=not dry_run)
        if not dry_run and any(found.values()):
            truncate_log(self.database)
        return found

    def daily(self) -> int:
        """Erase what is due, unless that was done today already; return how much it was.

        What fails is tried again by the next one who asks, and doing it twice at once harms nothing.
        """
        today = self.room.clock().date().isoformat()
        with self.database.reading() as transaction:
            if transaction.execute("SELECT 1 FROM identity WHERE name = ? AND value = ?", (LAST_RUN, today)):
                return 0
        erased = sum(self.due().values())
        with self.database.writing("identity") as transaction:
            transaction.execute(
                "INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (LAST_RUN, today),
            )
        return erased

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _rows(self, question: str, before: str, *, dry_run: bool) -> int:
        with self.database.reading() if dry_run else self.database.writing("submission") as transaction:
            ((count,),) = transaction.execute(f"SELECT count(*) {question}", (before,))
            if not dry_run and count:
                transaction.execute(f"DELETE {question}", (before,))
                transaction.execute(f"DELETE {ORPHANS}")
        return int(count)

    def _files(self, now: datetime, *, dry_run: bool) -> int:
        paths: list[Path] = written_before(self.room.state_dir, now - PERIODS["mail_files"].days * DAY)
        return len(paths) if dry_run else remove(paths)

    def _of_ended(self, now: datetime, *, dry_run: bool, erase: Erasure) -> int:
        """Erase contacts of statements that ended long enough ago."""
        with self.database.reading() as transaction:
            references = [
                reference for (reference,) in transaction.execute(f"SELECT DISTINCT reference {erase.question}")
            ]
        ended = [reference for reference in references if self._ended_long_ago(reference, now)]
        with self.database.reading() as transaction:
            ids = [id_ for reference in ended for id_ in _ids(transaction, erase, reference)]
        if not dry_run:
            for start in range(0, len(ids), BATCH):
                with self.database.writing("submission") as transaction:
                    erase.act(transaction, ids[start : start + BATCH], stamp(now))
        return len(ids)

    def _ended_long_ago(self, reference: str, now: datetime) -> bool:
        day = ended_on(self.room, reference)
        return day is not None and day + self.room.settings.retention_days * DAY <= now.date()


class Erasure(NamedTuple):
    """Which rows of ended statements are erased, and how."""

    question: str
    act: Callable[[Transaction, list[str], str], None]


CONTACTS = Erasure(
    "FROM submission WHERE contact_email <> '' AND state NOT IN ('accepting', 'refused', 'expired', 'withdrawn')",
    erase_submissions,
)
INVITATIONS = Erasure("FROM invitation WHERE email <> ''", erase_invitations)


def ended_on(room: Room, reference: str) -> date | None:
    """Tell since which date nobody can sign a statement; None while somebody can, or where the log knows no such one."""
    try:
        statement = room.register.statement(reference)
    except NotFound:  # a log older than the contacts was put beside them: nothing is lost for that
        return None
    today = civil_date(room.clock(), statement.time_zone).isoformat()
    known = [act for act in (*statement.closings, *statement.retractions) if act["effective_on"] <= today]
    if statement.discarded:
        return date.min
    if not known or (statement.open_on(today) and not statement.retractions):
        return None
    return date.fromisoformat(max(act["effective_on"] for act in known))


def _ids(transaction: Transaction, erase: Erasure, reference: str) -> list[str]:
    return [id_ for (id_,) in transaction.execute(f"SELECT id {erase.question} AND reference = ?", (reference,))]

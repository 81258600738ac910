"""The schedule: editions that are published at an hour to come, what became of them, and doing what is due.

Publishing writes to two databases, as confirming a proposal does: (1) contacts: `publishing`; (2) register: the command,
at most once for this row's id; (3) contacts: `published`, or `refused` with the register's sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid4

from signatures.aggregate import Actor
from signatures.characters import check_line
from signatures.clock import Clock, civil_date, stamp
from signatures.database import Database, Transaction
from signatures.editors.publishing import publish
from signatures.errors import InvalidInput, NotFound, Refused, RegisterError
from signatures.sentences import said

if TYPE_CHECKING:
    from signatures.room import Room

SYSTEM = Actor("system", "schedule")
COLUMNS = "number, id, reference, at, version_label, scheduled_at, scheduled_by, state, decided_at, decided_by, outcome"
UNAVAILABLE = 500  # from this status on it was not the plan that was wrong
AHEAD = timedelta(days=3 * 366)
STATES = ("waiting", "publishing", "published", "refused", "cancelled")


class Planned(NamedTuple):
    """An edition that is to be published at an instant; `outcome` is its position, or why it was refused."""

    number: int
    id: str
    reference: str
    at: str
    version_label: str | None
    scheduled_at: str
    scheduled_by: str
    state: str
    decided_at: str | None
    decided_by: str | None
    outcome: str | None


class Schedule:
    """The schedule in the contacts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database, self.clock = database, clock

    def plan(self, reference: str, at: str, by: str, version_label: str | None = None) -> Planned:
        """Plan an edition for an instant; the same plan again is one."""
        now = self.clock()
        if not now < datetime.fromisoformat(at) <= now + AHEAD:
            raise InvalidInput(said("Write an hour that is still to come, within three years."), field="at")
        if version_label is not None:
            check_line("version_label", version_label)
        with self.database.writing("scheduled") as transaction:
            same = _select(transaction, "state = 'waiting' AND reference = ? AND at = ?", reference, at)
            for one in same:
                if one.version_label == version_label:
                    return one
                raise Refused(said("An edition is planned for this very hour already. Cancel that first."))
            return _insert(transaction, reference, at, version_label, stamp(now), by)

    def cancel(self, id_: str, by: str) -> Planned:
        """Cancel a plan; one that was cancelled stays so."""
        with self.database.writing("scheduled") as transaction:
            found = _one(transaction, id_)
            if found.state == "cancelled":
                return found
            if found.state != "waiting":
                raise Refused(said("This cannot be cancelled any more. Look at what became of it."))
            return _decide(transaction, id_, "cancelled", stamp(self.clock()), by)

    def get(self, id_: str) -> Planned:
        """Get a plan by its id."""
        with self.database.reading() as transaction:
            return _one(transaction, id_)

    def waiting(self, reference: str | None = None) -> Sequence[Planned]:
        """List what is still to be published, of one statement or of all, the next first."""
        where, values = ("reference = ?", (reference,)) if reference else ("1 = 1", ())
        with self.database.reading() as transaction:
            return _select(transaction, f"state IN ('waiting', 'publishing') AND {where}", *values)

    def past(self, reference: str, limit: int = 10) -> Sequence[Planned]:
        """List what became of a statement's earlier plans, the newest first."""
        with self.database.reading() as transaction:
            found = _select(transaction, "reference = ? AND state IN ('published', 'refused', 'cancelled')", reference)
        return list(reversed(found))[:limit]

    # -- doing what is due ---------------------------------------------------------------------------------------

    def due(self, room: Room) -> int:
        """Publish what is due; return how many. What was cut off on the way is settled by asking again."""
        now = stamp(self.clock())
        with self.database.reading() as transaction:
            found = _select(transaction, "state IN ('waiting', 'publishing') AND at <= ?", now)
        done, faults = 0, list[RegisterError]()
        for one in found:
            try:
                done += self._publish(room, one)
            except RegisterError as fault:  # perhaps only of this one: the others do not wait for it
                faults.append(fault)
        if faults:
            raise faults[0]
        return done

    def _publish(self, room: Room, planned: Planned) -> bool:
        if not self._begin(planned.id):
            return False
        request = [planned.reference, planned.at, planned.version_label]
        try:
            told = room.register.once("schedule", planned.id, request, lambda: _published(room, planned))
        except RegisterError as error:
            if error.status >= UNAVAILABLE:
                raise  # nobody's mistake; whether it was recorded is not known now: the next tick asks again
            return self._conclude(room, planned, "refused", error.sentence)
        return self._conclude(room, planned, "published", str(told["position"]))

    def _begin(self, id_: str) -> bool:
        """Store the intent (1); afterwards nobody cancels it."""
        with self.database.writing("scheduled") as transaction:
            found = _one(transaction, id_)
            if found.state == "waiting":
                _decide(transaction, id_, "publishing", stamp(self.clock()), f"{SYSTEM.kind}:{SYSTEM.ref}")
            return found.state in ("waiting", "publishing")

    def _conclude(self, room: Room, planned: Planned, state: str, outcome: str) -> bool:
        """Say what came of it (3); who says it first notes the act."""
        by = f"{SYSTEM.kind}:{SYSTEM.ref}"
        with self.database.writing("scheduled") as transaction:
            first = _one(transaction, planned.id).state == "publishing"
            if first:
                _decide(transaction, planned.id, state, stamp(self.clock()), by, outcome)
        if first:
            position = int(outcome) if state == "published" else None
            room.acts.note(by, f"schedule-{state}", f"statement:{planned.reference}", position=position)
        return first and state == "published"


def _published(room: Room, planned: Planned) -> dict[str, object]:
    zone = room.register.statement(planned.reference).time_zone
    as_of = civil_date(datetime.fromisoformat(planned.at), zone).isoformat()
    return publish(room, SYSTEM, planned.reference, as_of=as_of, version_label=planned.version_label)._asdict()


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _select(transaction: Transaction, where: str, *values: str) -> list[Planned]:
    rows = transaction.execute(f"SELECT {COLUMNS} FROM scheduled WHERE {where} ORDER BY at, number", values)
    return [Planned(*row) for row in rows]


def _one(transaction: Transaction, id_: str) -> Planned:
    try:
        found = _select(transaction, "id = ?", str(UUID(id_)))
    except ValueError:
        found = []
    if not found:
        raise NotFound(said("Nothing is planned under %(id)s.", id=repr(id_)))
    return found[0]


def _insert(
    transaction: Transaction, reference: str, at: str, version_label: str | None, scheduled_at: str, by: str
) -> Planned:
    id_ = str(uuid4())
    transaction.execute(
        "INSERT INTO scheduled (number, id, reference, at, version_label, scheduled_at, scheduled_by, state)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM scheduled), ?, ?, ?, ?, ?, ?, 'waiting')",
        (id_, reference, at, version_label, scheduled_at, by),
    )
    return _one(transaction, id_)


def _decide(transaction: Transaction, id_: str, state: str, at: str, by: str, outcome: str | None = None) -> Planned:
    transaction.execute(
        "UPDATE scheduled SET state = ?, decided_at = ?, decided_by = ?, outcome = ? WHERE id = ?",
        (state, at, by, outcome, id_),
    )
    return _one(transaction, id_)

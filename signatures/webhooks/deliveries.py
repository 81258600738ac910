"""Deliveries: each message to each webhook, written down before it is sent, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import NotFound
from signatures.webhooks.hooks import Hook, off
from signatures.webhooks.news import News
from signatures.webhooks.sending import Answered

TABLE = "delivery"
CLAIM = timedelta(minutes=2)  # longer than one attempt can take; then whoever claimed it is taken for dead
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long to wait after each attempt that failed, as Standard Webhooks proposes; then the message is given up."""

PATIENCE = timedelta(days=3)  # a webhook that took nothing for so long is switched off
BREATH = timedelta(minutes=1)  # one that cannot be reached, or has too much to do, is left in peace
SLOW = 2.0  # seconds for one message; then the others get three times as long for theirs
KEPT = timedelta(days=30)
GONE, BUSY, BROKEN = 410, 429, 500
STATES = ("waiting", "delivered", "given up")
CONDITIONS = {
    "waiting": "d.due_at IS NOT NULL",
    "delivered": "d.delivered_at IS NOT NULL",
    "given up": "d.given_up_at IS NOT NULL",
}
FIELDS = (
    "number", "id", "webhook", "type", "statement", "position", "happened_at", "created_at", "due_at", "attempts",
    "tried_at", "status", "fault", "delivered_at", "given_up_at",
)  # fmt: skip
COLUMNS = ", ".join(f"d.{field}" for field in FIELDS)
OWN = "id = ? AND attempts = ? AND due_at IS NOT NULL"  # whoever claims a message next counts one attempt more
DUE = (
    "FROM delivery d JOIN webhook w ON w.id = d.webhook WHERE d.due_at <= ? AND w.disabled_at IS NULL"
    " AND (d.claimed_until IS NULL OR d.claimed_until <= ?)"
)


class Delivery(NamedTuple):
    """A message to a webhook; `id` is the same for every attempt, by which a receiver knows a repeat."""

    number: int
    id: str
    webhook: str
    type: str
    statement: str | None
    position: int | None
    happened_at: str
    created_at: str
    due_at: str | None
    attempts: int
    tried_at: str | None
    status: int | None
    fault: str | None
    delivered_at: str | None
    given_up_at: str | None

    @property
    def news(self) -> News:
        """Tell what the message is about."""
        return News(self.type, self.statement, self.position, self.happened_at)

    @property
    def state(self) -> str:
        """Tell what became of it."""
        return "delivered" if self.delivered_at else "given up" if self.given_up_at else "waiting"


def post(transaction: Transaction, hook: Hook, news: News, now: datetime, rests_until: str = "") -> str:
    """Write a message down to be sent, when its webhook has rested; the same news is one message. Return its id."""
    made = uuid5(UUID(hook.id), str(news.position)) if news.position is not None else uuid4()
    id_ = f"msg_{made.hex}"
    transaction.execute(
        "INSERT INTO delivery (number, id, webhook, type, statement, position, happened_at, created_at, due_at, attempts)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM delivery), ?, ?, ?, ?, ?, ?, ?, ?, 0)"
        " ON CONFLICT (id) DO NOTHING",
        (id_, hook.id, *news, stamp(now), max(stamp(now), rests_until)),
    )
    return id_


def waits(transaction: Transaction, now: datetime) -> bool:
    """Tell whether any message is due."""
    return bool(transaction.execute(f"SELECT 1 {DUE} LIMIT 1", (stamp(now), stamp(now))))


def claim(transaction: Transaction, now: datetime, id_: str | None = None) -> Delivery | None:
    """Take a message that is due, or the one of this id, for whoever asks; nobody else gets it meanwhile.

    The webhook that was tried the longest ago comes first, so that a slow one keeps no other waiting.
    """
    if id_ is None:
        rows = transaction.execute(
            f"SELECT {COLUMNS} {DUE} ORDER BY coalesce(w.tried_at, ''), d.number LIMIT 1", (stamp(now), stamp(now))
        )
    else:
        free = "d.due_at IS NOT NULL AND (d.claimed_until IS NULL OR d.claimed_until <= ?)"
        rows = transaction.execute(f"SELECT {COLUMNS} FROM delivery d WHERE d.id = ? AND {free}", (id_, stamp(now)))
    for row in rows:
        one = Delivery(*row)
        if one.attempts > len(PAUSES):  # it may be what ends those who send it
            _settle(transaction, one, "given_up_at", (stamp(now), one.status, "unsent"))
            return claim(transaction, now) if id_ is None else None
        transaction.execute(
            "UPDATE delivery SET claimed_until = ?, attempts = attempts + 1, tried_at = ? WHERE id = ?",
            (stamp(now + CLAIM), stamp(now), one.id),
        )
        transaction.execute("UPDATE webhook SET tried_at = ? WHERE id = ?", (stamp(now), one.webhook))
        return one._replace(attempts=one.attempts + 1, tried_at=stamp(now))
    return None


def note(
    transaction: Transaction, one: Delivery, answered: Answered, now: datetime, seconds: float = 0.0
) -> str | None:
    """Say what came of an attempt that took so long; return why the webhook was switched off by it, if it was.

    An attempt whose claim has lapsed, because the process slept, has nothing to say: the message is another's by now.
    """
    if not transaction.execute(f"SELECT 1 FROM delivery WHERE {OWN}", (one.id, one.attempts)):
        return None
    outcome = (stamp(now), answered.status, answered.fault)
    if seconds > SLOW:
        _rest(transaction, one, now + 3 * timedelta(seconds=seconds))
    if answered.taken:
        _settle(transaction, one, "delivered_at", outcome)
        transaction.execute("UPDATE webhook SET failing_since = NULL WHERE id = ?", (one.webhook,))
        return None
    transaction.execute(
        "UPDATE webhook SET failing_since = coalesce(failing_since, ?) WHERE id = ?", (stamp(now), one.webhook)
    )
    if is_last(one, answered):
        _settle(transaction, one, "given_up_at", outcome)
        return _switched_off(transaction, one, answered, now)
    _postpone(transaction, one, answered, now)
    return None


def is_last(one: Delivery, answered: Answered) -> bool:
    """Tell whether an attempt was the last one, after which the webhook may be switched off."""
    return not answered.taken and (answered.status == GONE or one.attempts > len(PAUSES))


def again(transaction: Transaction, id_: str, now: datetime) -> Delivery:
    """Make a message due once more, whatever became of it."""
    one = get(transaction, id_)
    _due_anew(transaction, "id = ?", one.id, now)
    return one


def again_all(transaction: Transaction, hook: str, now: datetime) -> int:
    """Make everything due once more that a webhook was not given; return how many."""
    rows = transaction.execute("SELECT count(*) FROM delivery WHERE webhook = ? AND given_up_at IS NOT NULL", (hook,))
    _due_anew(transaction, "given_up_at IS NOT NULL AND webhook = ?", hook, now)
    return int(rows[0][0])


def get(transaction: Transaction, id_: str) -> Delivery:
    """Read a message; raise NotFound if there is none of this id."""
    rows = transaction.execute(f"SELECT {COLUMNS} FROM delivery d WHERE d.id = ?", (id_.replace("\0", ""),))
    if not rows:
        raise NotFound(f"There is no such delivery. Those older than {KEPT.days} days are not kept.")
    return Delivery(*rows[0])


def listing(
    transaction: Transaction, hook: str | None, states: Iterable[str] = (), limit: int = 100, before: int | None = None
) -> list[Delivery]:
    """List the newest messages to a webhook, or to all, the newest first."""
    wanted = " OR ".join(CONDITIONS[state] for state in states) or "1 = 1"
    whose, values = ("d.webhook = ?", [hook]) if hook is not None else ("1 = 1", [])
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM delivery d WHERE ({wanted}) AND {whose} AND d.number < ? ORDER BY d.number DESC LIMIT ?",
        (*values, 2**62 if before is None else before, limit),
    )
    return [Delivery(*row) for row in rows]


def counts(transaction: Transaction, hook: str) -> dict[str, int]:
    """Count the messages to a webhook by state."""
    sums = ", ".join(f"sum(CASE WHEN {CONDITIONS[state]} THEN 1 ELSE 0 END)" for state in STATES)
    ((*found,),) = transaction.execute(f"SELECT {sums} FROM delivery d WHERE d.webhook = ?", (hook,))
    return {state: int(count or 0) for state, count in zip(STATES, found, strict=True)}


def forget(transaction: Transaction, now: datetime) -> None:
    """Forget what is settled and old."""
    transaction.execute("DELETE FROM delivery WHERE due_at IS NULL AND created_at < ?", (stamp(now - KEPT),))


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _settle(transaction: Transaction, one: Delivery, how: str, outcome: tuple[str, int | None, str | None]) -> None:
    transaction.execute(
        f"UPDATE delivery SET due_at = NULL, claimed_until = NULL, {how} = ?, status = ?, fault = ? WHERE id = ?",
        (*outcome, one.id),
    )


def _postpone(transaction: Transaction, one: Delivery, answered: Answered, now: datetime) -> None:
    """Try this one again after its pause, and the webhook's others not before it had time to breathe."""
    wait = timedelta(seconds=min(answered.retry_after or 0, PAUSES[-1].total_seconds()))
    pause = PAUSES[one.attempts - 1]
    jitter = pause * (int(one.id[-2:], 16) / 2560)  # up to a tenth: not all at once
    transaction.execute(
        "UPDATE delivery SET due_at = ?, claimed_until = NULL, status = ?, fault = ? WHERE id = ?",
        (stamp(now + max(pause + jitter, wait)), answered.status, answered.fault, one.id),
    )
    if answered.status is None or answered.status == BUSY or answered.status >= BROKEN:
        _rest(transaction, one, now + max(BREATH, wait))


def _rest(transaction: Transaction, one: Delivery, until: datetime) -> None:
    """Leave a webhook in peace: its other messages wait, and so does what is news meanwhile."""
    rest = stamp(until)
    transaction.execute(
        "UPDATE delivery SET due_at = ? WHERE webhook = ? AND due_at < ? AND id <> ?", (rest, one.webhook, rest, one.id)
    )
    transaction.execute("UPDATE webhook SET rests_until = ? WHERE id = ?", (rest, one.webhook))


def _switched_off(transaction: Transaction, one: Delivery, answered: Answered, now: datetime) -> str | None:
    long_ago = stamp(now - PATIENCE)
    rows = transaction.execute("SELECT failing_since FROM webhook WHERE id = ?", (one.webhook,))
    if answered.status == GONE:
        why = "gone"
    elif rows and rows[0][0] <= long_ago:
        why = "failing"
    else:
        return None
    off(transaction, one.webhook, now, why)
    return why


def _due_anew(transaction: Transaction, which: str, value: str, now: datetime) -> None:
    transaction.execute(
        "UPDATE delivery SET due_at = ?, attempts = 0, claimed_until = NULL, delivered_at = NULL, given_up_at = NULL"
        f" WHERE {which}",
        (stamp(now), value),
    )

"""The outbox: mails to be sent, written in the transaction whose change they tell of, and what became of them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from signatures.clock import stamp
from signatures.database import Row, Transaction

TABLE = "outbox"
CLAIM = timedelta(minutes=5)  # longer than one mail can take; then whoever claimed it is taken for dead
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long to wait after each attempt that failed; one that fails after the last pause is given up."""

CUT_OFF = "Whoever sent it ended every time before the mail server answered."
ERASED, OVERTAKEN = "erased", "overtaken"
STATES = ("waiting", "sent", "given up")
COLUMNS = "number, id, kind, recipient, language, about, created_at, due_at, claimed_until, attempts, sent_at, given_up_at, fault"
OPEN = "sent_at IS NULL AND given_up_at IS NULL"
CONDITIONS = dict(zip(STATES, (OPEN, "sent_at IS NOT NULL", "given_up_at IS NOT NULL"), strict=True))


class Mail(NamedTuple):
    """A row of the outbox; `about` holds ids only, `attempts` counts those begun."""

    number: int
    id: str
    kind: str
    recipient: str
    language: str
    about: dict[str, str]
    created_at: str
    due_at: str | None
    claimed_until: str | None
    attempts: int
    sent_at: str | None
    given_up_at: str | None
    fault: str | None

    def __repr__(self) -> str:
        """Leave the recipient out: a traceback or a log record may show it."""
        return f"Mail({self.number}, {self.kind})"

    @property
    def state(self) -> str:
        """What became of it."""
        return "sent" if self.sent_at else "given up" if self.given_up_at else "waiting"

    @property
    def masked(self) -> str:
        """The recipient's address with one letter of the name: o…@example.org."""
        name, at, domain = self.recipient.rpartition("@")
        return f"{name[:1]}…{at}{domain}" if at else ""


def post(transaction: Transaction, kind: str, recipient: str, language: str, now: datetime, **about: str) -> str:
    """Write a mail down to be sent; `about` names ids only, the words are found when it is sent. Return its id."""
    id_ = str(uuid4())
    transaction.execute(
        "INSERT INTO outbox (number, id, kind, recipient, language, about, created_at, due_at, attempts)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM outbox), ?, ?, ?, ?, ?, ?, ?, 0)",
        (id_, kind, recipient, language, json.dumps(about, sort_keys=True), stamp(now), stamp(now)),
    )
    return id_


def forget_recipients(transaction: Transaction, submissions: Collection[str]) -> None:
    """Blank the addresses to which the messages for these submissions went, or were to go: nobody there ever answered."""
    rows = transaction.execute("SELECT id, about FROM outbox WHERE kind = 'confirmation' AND recipient <> ''")
    ids = [(id_,) for id_, about in rows if json.loads(about).get("submission") in submissions]
    transaction.executemany("UPDATE outbox SET recipient = '' WHERE id = ?", ids)


def recent(transaction: Transaction, kind: str, recipient: str, since: datetime) -> int:
    """Count the mails of a kind written to an address after an instant, however the address is spelled."""
    rows = transaction.execute("SELECT recipient FROM outbox WHERE kind = ? AND created_at > ?", (kind, stamp(since)))
    wanted = one_spelling(recipient)
    return sum(one_spelling(written) == wanted for (written,) in rows)


def one_spelling(address: str) -> str:
    """Give all spellings of an address that reach one mailbox almost everywhere the same form, for comparing only."""
    name, _, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    with suppress(UnicodeError):  # a domain that could not receive anything
        domain = domain.encode("idna").decode()
    return f"{name}@{domain.rstrip('.')}"


# ── sending ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def claim(transaction: Transaction, now: datetime, id_: str | None = None) -> Mail | None:
    """Take the mail that is due the longest, or the one of this id, for whoever asks; nobody else gets it meanwhile.

    The transaction must hold the outbox's lock. A claim lapses, for whoever holds it may have been killed.
    """
    wanted, values = ("id = ?", [id_]) if id_ else ("due_at <= ?", [stamp(now)])
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE {OPEN} AND {wanted} AND (claimed_until IS NULL OR claimed_until <= ?)"
        " ORDER BY due_at, number LIMIT 1",
        [*values, stamp(now)],
    )
    for found in map(_mail, rows):
        if found.attempts > len(PAUSES):  # it may be what ends those who send it
            give_up(transaction, found, now, CUT_OFF)
            return claim(transaction, now, id_)
        until = stamp(now + CLAIM)
        transaction.execute(
            "UPDATE outbox SET claimed_until = ?, attempts = attempts + 1 WHERE id = ?", (until, found.id)
        )
        return found._replace(claimed_until=until, attempts=found.attempts + 1)
    return None


def sent(transaction: Transaction, id_: str, now: datetime) -> None:
    """Say that the mail server has taken a mail."""
    transaction.execute(
        "UPDATE outbox SET sent_at = ?, due_at = NULL, claimed_until = NULL, given_up_at = NULL, fault = NULL"
        " WHERE id = ? AND sent_at IS NULL",
        (stamp(now), id_),
    )


def failed(transaction: Transaction, mail: Mail, now: datetime, fault: str) -> None:
    """Say why a mail could not be sent, and when it is tried again; after the last attempt it is given up."""
    if mail.attempts > len(PAUSES):
        give_up(transaction, mail, now, fault)
        return
    transaction.execute(
        f"UPDATE outbox SET due_at = ?, claimed_until = NULL, fault = ? WHERE id = ? AND {OPEN}",
        (stamp(now + PAUSES[mail.attempts - 1]), fault, mail.id),
    )


def give_up(transaction: Transaction, mail: Mail, now: datetime, fault: str) -> None:
    """Say that a mail is not tried again, and why."""
    transaction.execute(
        f"UPDATE outbox SET given_up_at = ?, due_at = NULL, claimed_until = NULL, fault = ? WHERE id = ? AND {OPEN}",
        (stamp(now), fault, mail.id),
    )


def drop(transaction: Transaction, mail: Mail, now: datetime, why: str) -> None:
    """Give up a mail that nobody needs any more; where what it is about was erased, forget its recipient, too."""
    give_up(transaction, mail, now, why)
    if why == ERASED:
        transaction.execute("UPDATE outbox SET recipient = '' WHERE id = ? AND fault = ?", (mail.id, ERASED))


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def get(transaction: Transaction, id_: str) -> Mail | None:
    """Read a mail by its id."""
    return next(map(_mail, transaction.execute(f"SELECT {COLUMNS} FROM outbox WHERE id = ?", [id_])), None)


def listing(transaction: Transaction, states: Iterable[str] = STATES, limit: int = 200) -> list[Mail]:
    """List the newest mails in some states, the oldest of them first."""
    wanted = " OR ".join(f"({CONDITIONS[state]})" for state in states) or "1 = 0"
    rows = transaction.execute(f"SELECT {COLUMNS} FROM outbox WHERE {wanted} ORDER BY number DESC LIMIT ?", [limit])
    return [_mail(row) for row in reversed(rows)]


def retry(transaction: Transaction, now: datetime, numbers: Iterable[int] = ()) -> int:
    """Make mails that were given up due again, those of these numbers or all, but for the dropped; return how many."""
    rows = transaction.execute(
        "SELECT number FROM outbox WHERE given_up_at IS NOT NULL AND fault NOT IN (?, ?)", (ERASED, OVERTAKEN)
    )
    chosen = {number for (number,) in rows} & (set(numbers) or {number for (number,) in rows})
    transaction.executemany(
        "UPDATE outbox SET given_up_at = NULL, attempts = 0, due_at = ? WHERE number = ?",
        [(stamp(now), number) for number in sorted(chosen)],
    )
    return len(chosen)


def _mail(row: Row) -> Mail:
    return Mail._make([*row[:5], json.loads(row[5]), *row[6:]])

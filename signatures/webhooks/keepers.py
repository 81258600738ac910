"""Whom to write to when a webhook is switched off: an address beside it, and the mail that says why."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email

from signatures.database import Transaction
from signatures.errors import InvalidInput
from signatures.mail.outbox import post

KIND = "webhook"
LIMIT = 254  # characters of an address
LOCK = "submission, delivery"  # of whoever may write a mail down beside what became of a message: mails are numbered


class Keeper(NamedTuple):
    """Who is written to, and in which language."""

    email: str
    language: str

    @property
    def masked(self) -> str:
        """The address with one letter of the name: o…@example.org."""
        name, at, domain = self.email.rpartition("@")
        return f"{name[:1]}…{at}{domain}"


def set_keeper(transaction: Transaction, hook: str, keeper: Keeper | None) -> None:
    """Write to somebody else from now on, or to nobody."""
    transaction.execute("DELETE FROM webhook_keeper WHERE id = ?", (hook,))
    if keeper is not None:
        transaction.execute("INSERT INTO webhook_keeper (id, email, language) VALUES (?, ?, ?)", (hook, *keeper))


def keeper_of(transaction: Transaction, hook: str) -> Keeper | None:
    """Find who is written to."""
    rows = transaction.execute("SELECT email, language FROM webhook_keeper WHERE id = ?", (hook,))
    return Keeper(*rows[0]) if rows else None


def write_to_keeper(transaction: Transaction, hook: str, now: datetime) -> None:
    """Write a mail down to whoever keeps a webhook, in the transaction that switches it off."""
    keeper = keeper_of(transaction, hook)
    if keeper is not None:
        post(transaction, KIND, keeper.email, keeper.language, now, webhook=hook)


def read_keeper(email: str | None, language: str) -> Keeper | None:
    """Read an address as it was typed; none is nobody."""
    if not email:
        return None
    try:
        if len(email) > LIMIT:
            raise EmailNotValidError
        validate_email(email, check_deliverability=False)
    except EmailNotValidError:
        raise InvalidInput("Enter the whole e-mail address, for example name@example.org", field="email") from None
    return Keeper(email, language)

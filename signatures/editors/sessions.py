"""Sessions of editors: kept on the server, ended by idleness, by age, by signing out and by disabling the account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from signatures.clock import Clock, stamp
from signatures.database import Database
from signatures.editors.accounts import COLUMNS, Account

IDLE = timedelta(hours=2)
LONGEST = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
TOKEN_LENGTH = len(secrets.token_urlsafe(32))
ACCOUNT = ", ".join(f"account.{column.strip()}" for column in COLUMNS.split(","))


class Sessions:
    """The sessions in the contacts database; a token has 256 random bits and is kept only as a SHA-256."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database = database
        self.clock = clock

    def open(self, account_id: str) -> str:
        """Begin a session and return its token; sessions that are too old are swept away."""
        token, now = secrets.token_urlsafe(32), self.clock()
        with self.database.writing() as transaction:
            transaction.execute("DELETE FROM session WHERE opened_at <= ?", (stamp(now - LONGEST),))
            transaction.execute(
                "INSERT INTO session (sha256, account, opened_at, seen_at) VALUES (?, ?, ?, ?)",
                (_digest(token), account_id, stamp(now), stamp(now)),
            )
        return token

    def account(self, token: str) -> Account | None:
        """Tell who is signed in by this token, with the role that the account has now; None if the session ended."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        now, digest = self.clock(), _digest(token)
        with self.database.reading() as transaction:
            rows = transaction.execute(
                f"SELECT session.seen_at, {ACCOUNT} FROM session JOIN account ON account.id = session.account"
                " WHERE session.sha256 = ? AND session.closed_at IS NULL AND account.disabled_at IS NULL"
                " AND session.seen_at > ? AND session.opened_at > ?",
                (digest, stamp(now - IDLE), stamp(now - LONGEST)),
            )
        if not rows:
            return None
        if rows[0][0] <= stamp(now - SEEN_EVERY):
            self._seen(digest, stamp(now))
        return Account._make(rows[0][1:])

    def close(self, token: str) -> None:
        """End a session; its token is wrong from now on."""
        with self.database.writing() as transaction:
            transaction.execute(
                "UPDATE session SET closed_at = ? WHERE sha256 = ? AND closed_at IS NULL",
                (stamp(self.clock()), _digest(token)),
            )

    def _seen(self, digest: str, at: str) -> None:
        """Remember that it was used; at most once a minute, so that reading pages hardly writes."""
        with self.database.writing() as transaction:
            transaction.execute(
                "UPDATE session SET seen_at = ? WHERE sha256 = ? AND closed_at IS NULL AND seen_at < ?",
                (at, digest, at),
            )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

"""Links that mails carry: each opens one thing for one purpose, with a six-digit code where opening it acts.

A token has 256 bits and is stored only as a hash. It is derived from the secret and the link's id, so that a mail that
has to be sent again is the same mail, and whoever reads the database cannot open anything.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4

from signatures.clock import Clock, stamp
from signatures.database import Row, Transaction

LIFETIMES = {
    "confirmation": timedelta(hours=72),
    "objection": timedelta(days=30),
    "invitation": None,
    "entry": None,  # as long as the contact is kept
}
FAILURES = 10  # wrong codes until a link is dead
TOKEN_LENGTH = 43
CODE_LENGTH = 6
COLUMNS = "id, purpose, about, issued_at, expires_at, used_at, failures, code_sha256"


class Link(NamedTuple):
    """What a token opens: `about` is the id of a submission or an invitation."""

    id: str
    purpose: str
    about: str
    issued_at: str
    expires_at: str | None
    used_at: str | None
    failures: int
    code_sha256: str | None


class Links:
    """The links in the contacts database; every method works in the caller's transaction."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Derive tokens from the installation's secret."""
        self._key = hashlib.sha256(b"signatures links\0" + secret.encode()).digest()
        self.clock = clock

    def issue(self, transaction: Transaction, purpose: str, about: str, *, code: bool = False) -> str:
        """Make a link and return its id, which a mail's `about` carries until the mail is composed."""
        id_, now = str(uuid4()), self.clock()
        lifetime = LIFETIMES[purpose]
        transaction.execute(
            "INSERT INTO link (id, sha256, code_sha256, purpose, about, issued_at, expires_at, failures)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (
                id_,
                _digest(self.token(id_)),
                _digest(id_ + self.code(id_)) if code else None,
                purpose,
                about,
                stamp(now),
                stamp(now + lifetime) if lifetime else None,
            ),
        )
        return id_

    def token(self, id_: str) -> str:
        """Derive a link's token."""
        return base64.urlsafe_b64encode(self._derived(f"token\0{id_}")).rstrip(b"=").decode()

    def code(self, id_: str) -> str:
        """Derive a link's six digits."""
        number = int.from_bytes(self._derived(f"code\0{id_}"))
        return f"{number % 1_000_000:06}"

    def find(self, transaction: Transaction, purpose: str, token: str) -> Link | None:
        """Find the link of a token, also one that was used; None for one that is wrong, expired or tried too often."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        rows: list[Row] = transaction.execute(
            f"SELECT {COLUMNS} FROM link WHERE sha256 = ? AND purpose = ?", (_digest(token), purpose)
        )
        if not rows:
            return None
        found = Link(*rows[0])
        expired = found.expires_at is not None and found.expires_at <= stamp(self.clock())
        return None if expired or found.failures >= FAILURES else found

    def known(self, transaction: Transaction, purpose: str, token: str) -> str | None:
        """Tell what a token is or was about, also one that has expired."""
        rows = transaction.execute("SELECT about FROM link WHERE sha256 = ? AND purpose = ?", (_digest(token), purpose))
        return rows[0][0] if rows else None

    def lasting(self, transaction: Transaction, purpose: str, about: str) -> str:
        """Get the id of the one link of a purpose about something, made if there is none."""
        rows = transaction.execute("SELECT id FROM link WHERE about = ? AND purpose = ?", (about, purpose))
        return rows[0][0] if rows else self.issue(transaction, purpose, about)

    def matches(self, link: Link, code: str) -> bool:
        """Tell whether these are the link's six digits; spaces between them do not matter."""
        return link.code_sha256 is not None and hmac.compare_digest(link.code_sha256, _digest(link.id + _digits(code)))

    def failed(self, transaction: Transaction, link: Link, code: str) -> None:
        """Count a wrong code; what could not be one is no guess, and a scanner that sends the empty form ends nothing."""
        if len(_digits(code)) == CODE_LENGTH:
            transaction.execute("UPDATE link SET failures = failures + 1 WHERE id = ?", (link.id,))

    def used(self, transaction: Transaction, link: Link) -> None:
        """Say that a link has done what it was for."""
        transaction.execute(
            "UPDATE link SET used_at = ? WHERE id = ? AND used_at IS NULL", (stamp(self.clock()), link.id)
        )

    def end(self, transaction: Transaction, about: str, purpose: str) -> None:
        """End the links of a purpose about something: their tokens are wrong from now on."""
        transaction.execute("DELETE FROM link WHERE about = ? AND purpose = ?", (about, purpose))

    def _derived(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")


def _digits(code: str) -> str:
    return "".join(code.split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

"""Bearer tokens of editors and programs: 256 random bits, shown once, kept only as a SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from signatures.characters import check_line
from signatures.clock import Clock, stamp
from signatures.database import Database
from signatures.errors import InvalidInput

ROLES = ("editor", "auditor", "admin")
NAME_LIMIT = 100
TOKEN_LENGTH = len(secrets.token_urlsafe(32))
COLUMNS = "id, name, role, issued_at, revoked_at"


class Token(NamedTuple):
    """What is known of a token; its `id` is what events and idempotency keys name, never its name."""

    id: str
    name: str
    role: str
    issued_at: str
    revoked_at: str | None


class Tokens:
    """The tokens in the contacts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database = database
        self.clock = clock

    def issue(self, name: str, role: str) -> str:
        """Make a token and return it; it cannot be read again."""
        if role not in ROLES:
            raise InvalidInput(f"{role!r} is no role. Use one of {', '.join(ROLES)}.", field="role")
        check_line("name", name, limit=NAME_LIMIT)
        token = secrets.token_urlsafe(32)
        with self.database.writing() as transaction:
            transaction.execute(
                "INSERT INTO token (id, sha256, name, role, issued_at) VALUES (?, ?, ?, ?, ?)",
                (str(uuid4()), _digest(token), name, role, stamp(self.clock())),
            )
        return token

    def holder(self, token: str) -> Token | None:
        """Tell whose token this is; None for one that was never issued or was revoked."""
        if len(token) != TOKEN_LENGTH or not token.isascii():
            return None
        rows = self.database.glance(
            f"SELECT {COLUMNS} FROM token WHERE sha256 = ? AND revoked_at IS NULL", (_digest(token),)
        )
        return Token(*rows[0]) if rows else None

    def list(self) -> Sequence[Token]:
        """List all tokens ever issued, revoked ones too, oldest first."""
        with self.database.reading() as transaction:
            return [
                Token(*row) for row in transaction.execute(f"SELECT {COLUMNS} FROM token ORDER BY issued_at, name, id")
            ]

    def revoke(self, named: str) -> int:
        """End the valid token of this id, or every valid one of this name; return how many ended."""
        if "\0" in named:
            return 0
        with self.database.writing("token") as transaction:
            valid = transaction.execute(
                "SELECT id FROM token WHERE (id = ? OR name = ?) AND revoked_at IS NULL", (named.lower(), named)
            )
            now = stamp(self.clock())
            transaction.executemany("UPDATE token SET revoked_at = ? WHERE id = ?", [(now, id_) for (id_,) in valid])
        return len(valid)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

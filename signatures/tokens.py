"""Bearer tokens of editors and programs: 256 random bits, shown once, kept only as a SHA-256."""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple
from uuid import UUID, uuid4

from signatures.characters import check_line
from signatures.clock import Clock, stamp
from signatures.database import Database
from signatures.errors import InvalidInput, NotFound

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
        with self.database.reading() as transaction:
            rows = transaction.execute(
                f"SELECT {COLUMNS} FROM token WHERE sha256 = ? AND revoked_at IS NULL", (_digest(token),)
            )
        return Token(*rows[0]) if rows else None

    def tokens(self) -> list[Token]:
        """List all tokens ever issued, revoked ones too, oldest first."""
        with self.database.reading() as transaction:
            return [
                Token(*row) for row in transaction.execute(f"SELECT {COLUMNS} FROM token ORDER BY issued_at, name, id")
            ]

    def revoke(self, named: str) -> list[Token]:
        """Revoke the valid token of this id, or every valid one of this name; return what was revoked."""
        check_line("name", named)
        with self.database.writing("token") as transaction:
            rows = transaction.execute(
                f"SELECT {COLUMNS} FROM token WHERE (id = ? OR name = ?) AND revoked_at IS NULL ORDER BY issued_at, id",
                (_uuid(named), named),
            )
            if not rows:
                raise NotFound(f"There is no valid token {named!r}. `signatures token --list` names those there are.")
            revoked_at = stamp(self.clock())
            transaction.executemany("UPDATE token SET revoked_at = ? WHERE id = ?", [(revoked_at, row[0]) for row in rows])
        return [Token(*row)._replace(revoked_at=revoked_at) for row in rows]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _uuid(text: str) -> str:
    """Write an id as the table does; what is none stays as it is and matches nothing."""
    try:
        return str(UUID(text))
    except ValueError:
        return text

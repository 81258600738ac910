"""Accounts of editors: who may sign in, with which role, by a password or through an identity provider."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4

from signatures.aggregate import Actor
from signatures.characters import check_line
from signatures.clock import Clock, stamp
from signatures.database import Conflict, Database, Transaction
from signatures.editors import passwords
from signatures.errors import InvalidInput, NotFound, Refused
from signatures.sentences import said

ROLES = ("editor", "auditor", "admin")
DECIDING = ("editor", "admin")
"""The roles that may act; an auditor reads only."""

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}\Z")
NAME_LIMIT = 100
SUBJECT_LIMIT = 500
COLUMNS = "id, login, name, role, subject, created_at, disabled_at"


class Account(NamedTuple):
    """Who may sign in; its `id` is what acts and events name, never the name."""

    id: str
    login: str
    name: str
    role: str
    subject: str | None
    created_at: str
    disabled_at: str | None

    @property
    def enabled(self) -> bool:
        """Whether one may sign in with it."""
        return self.disabled_at is None

    @property
    def may_act(self) -> bool:
        """Whether its role lets it decide."""
        return self.enabled and self.role in DECIDING

    @property
    def actor(self) -> Actor:
        """Who acts, as an event names it."""
        return Actor("editor", self.id)

    @property
    def ref(self) -> str:
        """Who acts, as the contacts database names it."""
        return f"editor:{self.id}"


class Accounts:
    """The accounts in the contacts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database = database
        self.clock = clock

    def create(self, login: str, name: str, role: str, password: str | None = None) -> Account:
        """Make an account; without a password one can sign in through the identity provider only."""
        login = checked_login(login)
        _check_role(role)
        check_line("name", name, limit=NAME_LIMIT)
        hash_ = None if password is None else passwords.hashed(passwords.check(password, login))
        account = Account(str(uuid4()), login, name, role, None, stamp(self.clock()), None)
        try:
            with self.database.writing("account") as transaction:
                transaction.execute(
                    "INSERT INTO account (id, login, name, role, subject, created_at, disabled_at, password)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*account, hash_),
                )
        except Conflict:
            raise Refused(said("The login %(login)s is taken. Choose another one.", login=login)) from None
        return account

    def verify(self, login: str, password: str) -> Account | None:
        """Tell whose login and password these are; an unknown login takes as long as a wrong password."""
        folded = folded_login(login)
        with self.database.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS}, password FROM account WHERE login = ?", (folded,))
        stored: str | None = rows[0][-1] if rows else None
        fits = passwords.matches(stored, password)
        account = Account._make(rows[0][:-1]) if rows else None
        if not fits or stored is None or account is None or not account.enabled:
            return None
        if passwords.outdated(stored):
            self._rehash(account, stored, password)
        return account

    def set_password(self, id_: str, password: str) -> None:
        """Give an account another password; every session of it ends."""
        hash_ = passwords.hashed(passwords.check(password, self.get(id_).login))
        with self.database.writing("account") as transaction:
            transaction.execute("UPDATE account SET password = ? WHERE id = ?", (hash_, id_))
            self._end_sessions(transaction, id_)

    def disable(self, id_: str) -> None:
        """Let nobody sign in with an account any more; every session of it ends."""
        with self.database.writing("account") as transaction:
            transaction.execute(
                "UPDATE account SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL", (stamp(self.clock()), id_)
            )
            self._end_sessions(transaction, id_)

    def enable(self, id_: str) -> None:
        """Let an account sign in again."""
        self._set(id_, "disabled_at", None)

    def change_role(self, id_: str, role: str) -> None:
        """Give an account another role, which holds from its next request on."""
        _check_role(role)
        self._set(id_, "role", role)

    def link(self, id_: str, subject: str | None) -> None:
        """Say which subject of the identity provider an account is, or that it is none."""
        if subject is not None:
            check_line("subject", subject, limit=SUBJECT_LIMIT)
        try:
            self._set(id_, "subject", subject)
        except Conflict:
            raise Refused("Another account is linked with this subject already. Unlink that first.") from None

    def get(self, id_: str) -> Account:
        """Get an account by its id."""
        return self._one("id", id_) or _missing(id_)

    def named(self, login: str) -> Account:
        """Get an account by its login."""
        return self._one("login", folded_login(login)) or _missing(login)

    def by_subject(self, subject: str) -> Account | None:
        """Find the account that is linked with a subject of the identity provider."""
        return None if "\0" in subject else self._one("subject", subject)

    def list(self) -> Sequence[Account]:
        """List all accounts, also those that are disabled, by login."""
        with self.database.reading() as transaction:
            return [Account(*row) for row in transaction.execute(f"SELECT {COLUMNS} FROM account ORDER BY login")]

    def deciding(self) -> Sequence[Account]:
        """List those who may decide: two of them are needed for what cannot be taken back quietly."""
        return [account for account in self.list() if account.may_act]

    # -- inside --------------------------------------------------------------------------------------------------

    def _one(self, column: str, value: str) -> Account | None:
        if "\0" in value:
            return None
        with self.database.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM account WHERE {column} = ?", (value,))
        return Account(*rows[0]) if rows else None

    def _set(self, id_: str, column: str, value: str | None) -> None:
        with self.database.writing("account") as transaction:
            transaction.execute(f"UPDATE account SET {column} = ? WHERE id = ?", (value, id_))

    def _rehash(self, account: Account, stored: str, password: str) -> None:
        """Keep a password that was just verified by today's parameters; one that was changed meanwhile stays."""
        fresh = passwords.rehashed(password)
        with self.database.writing("account") as transaction:
            transaction.execute(
                "UPDATE account SET password = ? WHERE id = ? AND password = ?", (fresh, account.id, stored)
            )

    def _end_sessions(self, transaction: Transaction, id_: str) -> None:
        transaction.execute(
            "UPDATE session SET closed_at = ? WHERE account = ? AND closed_at IS NULL", (stamp(self.clock()), id_)
        )


def folded_login(login: str) -> str:
    """Fold a login as it is stored; what can be none folds to nothing."""
    folded = unicodedata.normalize("NFKC", login[:500]).casefold().strip()
    return folded if LOGIN.match(folded) else ""


def checked_login(login: str) -> str:
    """Return a login as it is stored, or refuse it."""
    folded = folded_login(login)
    if not folded:
        raise InvalidInput(
            f"{login!r} is no login. Use 1 to 64 letters a-z, digits and . _ @ + -, the first a letter or digit.",
            field="login",
        )
    return folded


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InvalidInput(f"{role!r} is no role. Use one of {', '.join(ROLES)}.", field="role")


def _missing(what: str) -> Account:
    raise NotFound(f"There is no account {what!r}. `signatures user list` names those there are.")

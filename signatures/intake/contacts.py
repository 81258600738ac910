"""The contacts database: the only place for personal data, erasable, never in an event.

Its tables (`tables.py`) hold submissions with the people who answer for them, the mails to them, and who may decide.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from signatures.characters import check_line
from signatures.clock import Clock
from signatures.database import MAKING, Database, Transaction
from signatures.errors import Misconfigured
from signatures.intake.tables import SCHEMA, SCHEMA_VERSION, UPGRADES

CONTACT_LIMIT = 254  # characters of a name, a role or an address


class Contact(NamedTuple):
    """The person who answers for an organisation."""

    name: str
    role: str | None
    email: str

    def __repr__(self) -> str:
        """Tell nothing: a traceback or a log record may show it."""
        return "Contact(…)"

    def checked(self) -> Contact:
        """Return the contact exactly as given, or refuse what cannot be written in a line."""
        for field, value in zip(("contact_name", "contact_role", "contact_email"), self, strict=True):
            if value is not None:
                check_line(field, value, limit=CONTACT_LIMIT)
        return self


class Contacts:
    """The contacts database of one register."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use a database that `create` has made; nothing is opened yet."""
        self.database = database
        self.clock = clock

    def create(self, register: str) -> None:
        """Make the tables where they are missing, for the register of this id; refuse another register's contacts."""
        self._make_tables()
        with self.database.writing("identity") as transaction:
            for name, value in (("register", register), ("schema", SCHEMA_VERSION)):
                transaction.execute("INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
        fault = self.identity_fault(register)
        if fault:
            raise Misconfigured([fault])

    def release(self) -> None:
        """Let contacts that hold nothing yet be another register's."""
        self._make_tables()
        with self.database.writing("identity") as transaction:
            if not _held(transaction):
                transaction.execute("DELETE FROM identity WHERE name = 'register'")

    def in_use(self) -> bool:
        """Tell whether there is a submission, an invitation, a token or an account."""
        if self.database.faults():
            return False
        with self.database.reading() as transaction:
            return _held(transaction)

    def identity_fault(self, register: str) -> str | None:
        """Say what makes these contacts unfit for the register of this id, or None."""
        with self.database.reading() as transaction:
            found: dict[str, str] = dict(transaction.execute("SELECT name, value FROM identity"))
        if "register" not in found:
            return "The contacts are of no register yet. Run `signatures init` once."
        if found["register"] != register:
            return (
                f"The contacts belong to register {found['register']}, the log is of register {register}. "
                "Put the contacts of the same register beside the log."
            )
        if found.get("schema") != SCHEMA_VERSION:
            return (
                f"The contacts' tables are of version {found.get('schema')}, this software's of {SCHEMA_VERSION}. "
                "Run `signatures init` once, which upgrades older ones; newer ones need newer software."
            )
        return None

    def _make_tables(self) -> None:
        """Make what is missing; older tables become today's first, because new indexes may need their columns."""
        self.database.make()
        with self.database.writing(MAKING) as transaction:
            if self.database.has_table(transaction, "identity"):
                for version in iter(partial(_version, transaction), None):
                    for statement in UPGRADES[version]:
                        transaction.execute(statement)
                    transaction.execute("UPDATE identity SET value = ? WHERE name = 'schema'", (str(int(version) + 1),))
        self.database.create(SCHEMA)


def _version(transaction: Transaction) -> str | None:
    """Tell the version of tables that can be upgraded, None for others."""
    rows = transaction.execute("SELECT value FROM identity WHERE name = 'schema'")
    return rows[0][0] if rows and rows[0][0] in UPGRADES else None


def _held(transaction: Transaction) -> bool:
    return any(
        transaction.execute(f"SELECT 1 FROM {table} LIMIT 1")
        for table in ("submission", "token", "account", "invitation")
    )

"""The contacts database: the only place for personal data, erasable, never in an event.

Its tables hold submissions with the people who answer for them, and the tokens of editors and programs.
"""

from __future__ import annotations

from typing import NamedTuple

from signatures.characters import check_line
from signatures.clock import Clock
from signatures.database import Database, Transaction
from signatures.errors import Misconfigured

CONTACT_LIMIT = 254  # characters of a name, a role or an address
SCHEMA_VERSION = "1"
SCHEMA = """
CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS submission (
  number {key}, id TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, state TEXT NOT NULL, received_at TEXT NOT NULL,
  signed_on TEXT NOT NULL, parts TEXT NOT NULL, text_sha256 TEXT,
  contact_name TEXT NOT NULL, contact_role TEXT, contact_email TEXT NOT NULL,
  form_id TEXT, content_sha256 TEXT NOT NULL,
  decided_at TEXT, decided_by TEXT, reason_code TEXT, reason TEXT, organisation TEXT);
CREATE INDEX IF NOT EXISTS submission_state ON submission (state, number);
CREATE INDEX IF NOT EXISTS submission_form ON submission (reference, form_id);
CREATE INDEX IF NOT EXISTS submission_content ON submission (reference, content_sha256, received_at);
CREATE TABLE IF NOT EXISTS token (
  id TEXT PRIMARY KEY, sha256 TEXT NOT NULL UNIQUE, name TEXT NOT NULL, role TEXT NOT NULL,
  issued_at TEXT NOT NULL, revoked_at TEXT);
"""


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
        self.database.create(SCHEMA)
        with self.database.writing("identity") as transaction:
            for name, value in (("register", register), ("schema", SCHEMA_VERSION)):
                transaction.execute("INSERT INTO identity VALUES (?, ?) ON CONFLICT (name) DO NOTHING", (name, value))
        fault = self.identity_fault(register)
        if fault:
            raise Misconfigured([fault])

    def release(self) -> None:
        """Let contacts that hold nothing yet be another register's."""
        self.database.create(SCHEMA)
        with self.database.writing("identity") as transaction:
            if not _held(transaction):
                transaction.execute("DELETE FROM identity WHERE name = 'register'")

    def in_use(self) -> bool:
        """Tell whether there is a submission or a token."""
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
                "Install the matching one."
            )
        return None


def _held(transaction: Transaction) -> bool:
    return any(transaction.execute(f"SELECT 1 FROM {table} LIMIT 1") for table in ("submission", "token"))

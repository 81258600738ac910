"""A register with one published statement, and what an organisation sends: for tests of form, intake and contacts."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from signatures.aggregate import Actor
from signatures.clock import Clock
from signatures.database import Database
from signatures.intake.contacts import Contact
from signatures.log.eventlog import Entry, sha256
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase

EDITOR = Actor("editor", "test")
REFERENCE = "joint-2021"
TEXT = "A text that many sign.\n\nIts second paragraph."
CONTACT = Contact("Office", "Secretariat", "office@example.org")


@contextmanager
def opened(environ: Mapping[str, str], clock: Clock) -> Iterator[Room]:
    """Make an empty register and close its stores afterwards."""
    room = Room(environ, clock)
    try:
        room.create()
        yield room
    finally:
        room.close()


def publish_statement(room: Room, reference: str = REFERENCE) -> None:
    """Draft a statement, give it a text and publish its first, empty edition."""
    room.register.draft(EDITOR, reference=reference, kind="statement", time_zone="Europe/Berlin", default_language="en")
    room.register.set_text(EDITOR, reference, language="en", title="On a common list", text=TEXT)
    room.register.publish(EDITOR, reference, as_of="2021-06-07")


def receive(room: Room, name: str = "Union A", **more: Any) -> str:
    """Send a submission of an organisation and return its id."""
    parts = NameParts(name, **more.pop("parts", {}))
    values = {"text_sha256": sha256(TEXT.encode()), "form_id": str(uuid.uuid4()), "contact": CONTACT, **more}
    contact = values.pop("contact")
    return room.intake.receive(REFERENCE, parts, contact, **values).id


def confirmation_of(room: Room, id_: str) -> tuple[str, str]:
    """Tell token and code of the newest message that asks to confirm a submission."""
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute(
            "SELECT about FROM outbox WHERE kind = 'confirmation' AND about LIKE ? ORDER BY number DESC", (f"%{id_}%",)
        )
    link = json.loads(rows[0][0])["link"]
    return room.links.token(link), room.links.code(link)


def confirmed(room: Room, name: str = "Union A", **more: Any) -> str:
    """Send a submission, confirm its address, and return its id."""
    id_ = receive(room, name, **more)
    room.intake.confirm(*confirmation_of(room, id_))
    return id_


def entry_token(room: Room, id_: str) -> str:
    """Tell the token by which a contact reaches its organisation's entry."""
    with room.contacts.database.writing("link") as transaction:
        return room.links.token(room.links.lasting(transaction, "entry", id_))


def mails(room: Room, kind: str | None = None) -> list[tuple[str, str]]:
    """List what was written down to be sent: kind and recipient."""
    with room.contacts.database.reading() as transaction:
        found = transaction.execute("SELECT kind, recipient FROM outbox ORDER BY number")
    return [(one, recipient) for one, recipient in found if kind in (None, one)]


def signed(room: Room) -> list[Entry]:
    """Read every Signed of the log."""
    return [entry for entry in room.store.entries(0, 10_000) if entry.type == "Signed"]


def typed(**more: str) -> dict[str, str]:
    """Fill the form in, without its tokens."""
    return {
        "name": "Union A",
        "name_language": "en",
        "acronym": "UA",
        "contact_name": "Office",
        "contact_email": "office@example.org",
        "authority": "yes",
        "text_sha256": sha256(TEXT.encode()),
        "do": "send",
        **more,
    }


def bytes_of(database: Database) -> bytes:
    """Read all bytes of a store: files on SQLite, every column of every table on PostgreSQL."""
    if isinstance(database, SQLiteDatabase):
        folder = database.path.parent
        return b"".join(path.read_bytes() for path in folder.glob(f"{database.name}.db*"))
    found = b""
    with database.reading() as transaction:
        tables = transaction.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ?", (database.name,)
        )
        for (table,) in tables:
            for row in transaction.execute(f"SELECT * FROM {database.name}.{table}"):
                found += b"".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
    return found

"""The contacts database, and that nothing of it is anywhere else."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path

import pytest

from signatures.database import open_database
from signatures.errors import InvalidInput, Misconfigured, RegisterError
from signatures.intake.contacts import Contact, Contacts
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.submitting import EDITOR, REFERENCE, bytes_of, confirmed, receive

CANARY = Contact("canary-name-7f3a", "canary-role-7f3a", "canary-address-7f3a@example.org")


def test_creating_twice_is_fine(room: Room) -> None:
    """The second time changes nothing."""
    receive(room)
    room.contacts.create(room.store.identity())
    assert room.contacts.identity_fault(room.store.identity()) is None
    assert 1 == len(room.intake.list())


def test_contacts_of_another_register_are_refused(database_url: str, clock: FixedClock) -> None:
    """They are named, and creating does not take them over."""
    mine, other = str(uuid.uuid4()), str(uuid.uuid4())
    database = open_database(database_url, "contacts")
    contacts = Contacts(database, clock)
    contacts.create(mine)

    fault = contacts.identity_fault(other)
    assert fault is not None
    assert mine in fault
    with pytest.raises(Misconfigured):
        contacts.create(other)
    assert contacts.identity_fault(mine) is None
    database.close()


def test_deleted_rows_are_overwritten(sqlite_url: str, clock: FixedClock) -> None:
    """SQLite writes zeros over what was deleted from the contacts."""
    database = open_database(sqlite_url, "contacts")
    Contacts(database, clock).create("r")
    with database.reading() as transaction:
        assert [(1,)] == transaction.execute("PRAGMA secure_delete")
    database.close()


def test_a_contact_does_not_show_itself() -> None:
    """A traceback or a log record that shows a contact tells nothing."""
    assert "canary" not in repr(CANARY)
    assert "canary" not in f"{CANARY}"


@pytest.mark.parametrize("field", Contact._fields)
@pytest.mark.parametrize("value", ["a\0b", "a\nb", "\u202eevil", "\u200b", "\ud800", "x" * 255])
def test_a_contact_is_lines(field: str, value: str) -> None:
    """What cannot be written in a line is refused with the field's name."""
    with pytest.raises(InvalidInput) as refused:
        CANARY._replace(**{field: value}).checked()
    assert f"contact_{field}" == refused.value.details["field"]


def test_a_person_never_leaves_the_contacts(
    room: Room, clock: FixedClock, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """After accepting, refusing, settling and failing, no other store, leaf, file or log record has a contact's words."""
    caplog.set_level(logging.DEBUG)
    accepted, refused, waiting = (confirmed(room, name, contact=CANARY) for name in ("Union A", "Union B", "Union C"))
    room.intake.accept(accepted, EDITOR)
    room.intake.refuse(refused, EDITOR, "not-authorised", "Nobody there knows of it.")
    for twin in ("1", "2"):
        parts = NameParts("Union C", transliteration=f"Union C {twin}")
        room.register.sign(EDITOR, REFERENCE, parts, signed_on="2021-06-20", method="paper")
    with pytest.raises(RegisterError):
        room.intake.accept(waiting, EDITOR)
    clock.advance(days=1)
    room.intake.settle()
    room.databases["views"].make()

    assert CANARY == room.intake.show(accepted).contact
    found = b"".join(entry.leaf() for entry in room.store.entries(0, 1_000)) + caplog.text.encode()
    found += b"".join(repr(record.__dict__).encode() for record in caplog.records)
    found += b"".join(bytes_of(room.databases[name]) for name in ("register", "views"))
    found += b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "contacts.db" not in path.name
    )
    assert b"Union A" in found
    assert b"7f3a" not in found
    assert b"7f3a" in bytes_of(room.databases["contacts"])

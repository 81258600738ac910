"""What is held about an e-mail address: found in every table and file, for the person who asks for it or for erasing it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from signatures.database import Transaction
from signatures.mail.outbox import one_spelling
from signatures.privacy.mailfiles import addressed_to
from signatures.room import Room

Record = dict[str, Any]
COLUMNS = {
    "submission": "id reference state received_at signed_on parts text_sha256 contact_name contact_role contact_email"
    " language assurance confirmed_at held question objected_at decided_at reason_code reason organisation invitation",
    "invitation": "id reference organisation name email language invited_at reminders reminded_at declined_at submission"
    " cancelled_at",
    "outbox": "id kind recipient language about created_at sent_at given_up_at fault",
    "webhook_keeper": "id email language",
    "link": "id purpose about issued_at expires_at used_at",
    "proposal": "id act about detail proposed_at state decided_at",
    "act": "at act about detail",
    "account": "id login name role created_at disabled_at",
}
"""What is told of each row; hashes and ids that serve the form alone say nothing about anybody."""

DOCUMENTS = ("parts", "about", "detail")
ADDRESSES = (
    ("submission", "contact_email"), ("invitation", "email"), ("outbox", "recipient"), ("account", "login"),
    ("webhook_keeper", "email"),
)  # fmt: skip


class Held(NamedTuple):
    """Everything that is held about one address, by the table it lies in, and the mail files to it."""

    address: str
    rows: dict[str, list[Record]]
    files: list[Path]

    @property
    def empty(self) -> bool:
        """Whether nothing is held."""
        return not self.files and not any(self.rows.values())

    def ids(self, table: str) -> list[str]:
        """List the ids of the rows of a table."""
        return [row["id"] for row in self.rows[table]]

    def counts(self) -> dict[str, int]:
        """Count by kind, in the words in which it is told."""
        return {kind: len(found) for kind, found in self.as_json().items() if isinstance(found, list)}

    def as_json(self) -> Record:
        """Tell it as the person may have it."""
        told: Record = {"address": self.address}
        for table, kind in KINDS.items():
            told[kind] = self.rows[table]
        return told | {"mail_files": [path.name for path in self.files]}


KINDS = {
    "submission": "submissions",
    "invitation": "invitations",
    "outbox": "mails",
    "link": "links",
    "proposal": "proposals",
    "act": "acts",
    "account": "accounts",
    "webhook_keeper": "webhooks",
}


def held_about(room: Room, address: str) -> Held:
    """Find what is held about an address, in whatever spelling it was given."""
    spelling = one_spelling(address.strip())
    with room.contacts.database.reading() as transaction:
        rows = {table: _addressed(transaction, table, column, spelling) for table, column in ADDRESSES}
        submissions = [row["id"] for row in rows["submission"]]
        known = [*submissions, *(row["id"] for row in rows["invitation"])]
        own = [link for link in _select(transaction, "link", "about", known) if link["purpose"] != "objection"]
        rows["link"] = own + _objections(transaction, rows["outbox"])
        rows["proposal"] = _select(
            transaction, "proposal", "proposed_by", [f"organisation:{id_}" for id_ in submissions]
        )
        rows["act"] = _select(transaction, "act", "about", [f"submission:{id_}" for id_ in submissions])
    return Held(address.strip(), rows, addressed_to(room.state_dir, spelling))


def _addressed(transaction: Transaction, table: str, column: str, spelling: str) -> list[Record]:
    rows = transaction.execute(f"SELECT id, {column} FROM {table} WHERE {column} <> ''")
    return _select(transaction, table, "id", [id_ for id_, address in rows if one_spelling(address) == spelling])


def _objections(transaction: Transaction, mails: Iterable[Record]) -> list[Record]:
    """Find the links that were sent to the address about somebody else's submission."""
    ids = [mail["about"]["link"] for mail in mails if mail["kind"] == "objection" and "link" in mail["about"]]
    return _select(transaction, "link", "id", ids)


def _select(transaction: Transaction, table: str, column: str, values: Sequence[str]) -> list[Record]:
    names = COLUMNS[table].split()
    found = []
    for value in values:
        rows = transaction.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {column} = ?", (value,))
        found += [_record(dict(zip(names, row, strict=True))) for row in rows]
    return found


def _record(row: Record) -> Record:
    return {name: json.loads(value) if name in DOCUMENTS and _is_json(value) else value for name, value in row.items()}


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{")

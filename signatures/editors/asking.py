"""Asking whoever signed an earlier version of a text, by mail, whether their organisation still stands under the statement."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from signatures.database import Transaction
from signatures.intake.acceptance import current_text
from signatures.intake.submission import Submission, select
from signatures.mail.outbox import post

if TYPE_CHECKING:
    from signatures.room import Room

KIND = "changed"
AT_ONCE = 500  # mails written in one transaction
Signed = Mapping[str, Mapping[str, Any]]
"""By signature: which version of the text it was given to sign."""


class Asking(NamedTuple):
    """How many stand by another version of the text, how many of them have a contact, and how many were asked."""

    standing: int
    reachable: int
    asked: int


def asking(room: Room, reference: str, signed: Signed, text_sha256: str | None) -> Asking:
    """Count whom a version of the text concerns: those who stand by another one."""
    others = _others(signed, text_sha256)
    with room.contacts.database.reading() as transaction:
        contacts = _contacts(transaction, reference, others)
        asked = _asked(transaction, text_sha256)
    return Asking(len(others), len(contacts), sum(one.id in asked for one in contacts))


def ask_signatories(room: Room, reference: str, signed: Signed) -> int:
    """Write to everybody who stands by another version than the present one, once for each version; return how many."""
    statement = room.register.statement(reference)
    present = current_text(statement)
    if present is None:
        return 0
    others, count = _others(signed, present), 0
    while written := _ask_some(room, statement.reference, others, present):
        count += written
    return count


def _ask_some(room: Room, reference: str, signatures: set[str], text_sha256: str) -> int:
    """Write to some of those who were not asked yet: the lock of the outbox must not be held for long."""
    with room.contacts.database.writing("submission") as transaction:
        asked = _asked(transaction, text_sha256)
        contacts = [one for one in _contacts(transaction, reference, signatures) if one.id not in asked][:AT_ONCE]
        for one in contacts:
            link = room.links.lasting(transaction, "entry", one.id)
            about = {"submission": one.id, "link": link, "text": text_sha256}
            post(transaction, KIND, one.contact.email, one.locale, room.clock(), **about)
    return len(contacts)


def _others(signed: Signed, text_sha256: str | None) -> set[str]:
    return {id_ for id_, version in signed.items() if version["text_sha256"] != text_sha256}


def _contacts(transaction: Transaction, reference: str, signatures: set[str]) -> list[Submission]:
    """Find the contacts of some signatures; what was signed on paper or imported has none."""
    found = select(transaction, "reference = ? AND state = 'accepted' AND contact_email <> ''", (reference,))
    return [one for one in found if one.signature_id in signatures]


def _asked(transaction: Transaction, text_sha256: str | None) -> set[str]:
    """List the submissions whose contacts were asked about a version."""
    rows = transaction.execute("SELECT about FROM outbox WHERE kind = ?", (KIND,))
    abouts = [json.loads(about) for (about,) in rows]
    return {about["submission"] for about in abouts if about.get("text") == text_sha256}

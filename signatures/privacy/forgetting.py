"""Forgetting: everything held about an e-mail address is erased; what its organisation signed stays as it is.

The log, the lists and every number were made without it and do not change.
"""

from __future__ import annotations

from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import Refused
from signatures.mail.outbox import one_spelling
from signatures.privacy.held import Held, held_about
from signatures.privacy.mailfiles import addressed_to, halves, remove
from signatures.privacy.scrubbing import scrub
from signatures.room import Room

TABLES = ("submission", "invitation", "outbox", "link", "proposal", "act", "tally", "webhook_keeper")
PENDING = ("received", "confirmed", "asked")
CONTACT = (
    "contact_name = '', contact_role = NULL, contact_email = '', question = NULL, reason = NULL, form_id = NULL,"
    " content_sha256 = ''"
)
"""What is erased of every submission; a hash of a contact would let one try who it was."""
NAMELESS = '{"name": ""}'
TAKEN_BACK = (
    "UPDATE invitation SET cancelled_at = ? WHERE id = ? AND cancelled_at IS NULL AND declined_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM submission s WHERE s.id = invitation.submission AND s.state NOT IN ('refused', 'expired', 'withdrawn'))"
)


def forget(room: Room, address: str) -> Held:
    """Erase what is held about an address, and tell what it was; doing it again finds nothing and harms nothing.

    A submission on which nobody has decided is withdrawn, and an open invitation is taken back. Raises Refused while a
    submission is being accepted, for its contact is still to be told.
    """
    held = held_about(room, address)
    if _under_way(held):
        room.intake.settle()
        held = held_about(room, address)
    if _under_way(held):
        raise Refused("A submission from this address is being accepted just now. Try again in a minute.")
    with room.contacts.database.writing("submission") as transaction:
        _erase(transaction, held, stamp(room.clock()))
    remove(addressed_to(room.state_dir, one_spelling(address.strip())) + halves(room.state_dir))
    scrub(room.contacts.database, TABLES)
    return held


def _under_way(held: Held) -> bool:
    return any(row["state"] == "accepting" for row in held.rows["submission"])


def _erase(transaction: Transaction, held: Held, now: str) -> None:
    erase_submissions(transaction, held.ids("submission"), now)
    erase_invitations(transaction, held.ids("invitation"), now)
    for table in ("outbox", "link", "webhook_keeper"):
        transaction.executemany(f"DELETE FROM {table} WHERE id = ?", [(id_,) for id_ in held.ids(table)])


def erase_submissions(transaction: Transaction, ids: list[str], now: str) -> None:
    """Erase the contacts of submissions, and of those that were not accepted the names too; their links end."""
    for id_ in ids:
        transaction.execute(f"UPDATE submission SET {CONTACT} WHERE id = ?", (id_,))
        transaction.execute(
            "UPDATE submission SET state = 'withdrawn', decided_at = ?, decided_by = 'system:forget'"
            f" WHERE id = ? AND state IN ({', '.join('?' for _ in PENDING)})",
            (now, id_, *PENDING),
        )
        transaction.execute(
            "UPDATE submission SET parts = ? WHERE id = ? AND state NOT IN ('accepted', 'accepting')", (NAMELESS, id_)
        )
        transaction.execute(
            "DELETE FROM link WHERE about = ? AND purpose <> 'objection'", (id_,)
        )  # that one is another's


def erase_invitations(transaction: Transaction, ids: list[str], now: str) -> None:
    """Erase who was invited; what was not answered is taken back."""
    for id_ in ids:
        transaction.execute("UPDATE invitation SET name = '', email = '' WHERE id = ?", (id_,))
        transaction.execute(TAKEN_BACK, (now, id_))
        transaction.execute("DELETE FROM link WHERE about = ?", (id_,))

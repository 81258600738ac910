"""What a restored register lost of what was accepted: the contacts still hold it, so an editor can accept it again."""

from __future__ import annotations

from signatures.errors import NotFound
from signatures.intake.contacts import Contacts
from signatures.intake.submission import Submission, change, decide, select
from signatures.register import Register


def await_again(contacts: Contacts, register: Register) -> list[str]:
    """Let accepted submissions whose signature the log has lost wait for an editor again; return their ids.

    Accepted again, each becomes the signature that it was, under its old id and date, at a new position.
    """
    with contacts.database.reading() as transaction:
        accepted = select(transaction, "state = 'accepted'")
    lost = [one for one in accepted if one.parts.name and not _is_signed(register, one)]
    with contacts.database.writing("submission") as transaction:
        for one in lost:
            decide(transaction, one.id, "confirmed", None, None)
            change(transaction, one.id, organisation=None)
    return [one.id for one in lost]


def _is_signed(register: Register, submission: Submission) -> bool:
    try:
        register.signature(submission.signature_id)
    except NotFound:
        return False
    return True

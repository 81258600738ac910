"""A submission as the contacts database keeps it: its record, its rows, and when two of them are one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from signatures.clock import stamp
from signatures.database import Row, Transaction
from signatures.errors import NotFound
from signatures.intake.contacts import Contact
from signatures.intake.lookalikes import lookalikes
from signatures.log.eventlog import canonical, sha256
from signatures.organisation import NameParts, folded_name
from signatures.printed import printed

STATES = ("received", "confirmed", "asked", "accepting", "accepted", "refused", "expired", "withdrawn")
WAITING = ("received", "confirmed", "asked", "accepting")
CONFIRMED = ("confirmed", "asked")
"""Those on which somebody may decide: the address is known to be the contact's own."""

SAME_AGAIN = timedelta(minutes=10)  # the same content within this time is the same submission
REPLACED = "Sent again with changes: see submission {}."
COLUMNS = (
    "id, reference, state, received_at, signed_on, parts, text_sha256, contact_name, contact_role, contact_email, form_id,"
    " decided_at, decided_by, reason_code, reason, organisation, language, assurance, confirmed_at, held, question,"
    " objected_at, chosen, invitation"
)


class Submission(NamedTuple):
    """What came through the form, before it is a signature.

    `held` says why it waits for moderation, `chosen` is the registered organisation that it says it is, `question` is
    what an editor asked back, `objected_at` is when that organisation's known contact said that this was not them.
    """

    id: str
    reference: str
    state: str
    received_at: str
    signed_on: str
    parts: NameParts
    text_sha256: str | None
    contact: Contact
    form_id: str | None = None
    decided_at: str | None = None
    decided_by: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    organisation_id: str | None = None
    language: str | None = None
    assurance: str | None = None
    confirmed_at: str | None = None
    held: str | None = None
    question: str | None = None
    objected_at: str | None = None
    chosen: str | None = None
    invitation: str | None = None

    @property
    def locale(self) -> str:
        """The language of mails to its contact."""
        return self.language or "en"

    @property
    def signature_id(self) -> str:
        """The id of the signature that this submission is or would become."""
        return str(uuid5(UUID(self.id), "signature"))

    @property
    def organisation_to_be(self) -> str:
        """The id of the organisation that is registered with it where it is a new one."""
        return str(uuid5(UUID(self.signature_id), "organisation"))

    @property
    def printed(self) -> str:
        """The line that would be printed."""
        parts = self.parts
        return printed(
            parts.acronym,
            parts.name,
            parts.transliteration,
            next(iter(parts.translations.values()), None),
            next(iter(parts.country_printed.values()), None),
        )

    @property
    def overtaken(self) -> bool:
        """Whether the same form was sent again with changes: then nobody decided on this one, and nobody will."""
        return self.state == "refused" and self.decided_by is None

    @property
    def digest(self) -> str:
        """The SHA-256 of what was sent, wherever and whenever."""
        return sha256(canonical([self.reference, self.parts.payload(), list(self.contact), self.text_sha256]))

    @property
    def parts_digest(self) -> str:
        """The SHA-256 of what would be listed: by it an editor's form says which words were read."""
        return sha256(canonical(self.parts.payload()))

    def as_json(self) -> dict[str, Any]:
        """Tell an editor everything, the contact too, with a note on letters that look like others."""
        told = {
            field: getattr(self, field)
            for field in ("id", "state", "reference", "received_at", "signed_on", "printed", "text_sha256")
        }
        told |= {"parts": self.parts.payload(), "contact": self.contact._asdict()}
        told["lookalikes"] = [one._asdict() for one in lookalikes(self.printed)]
        told |= {field: getattr(self, field) for field in self._fields[9:]}
        return told | {"signature_id": self.signature_id if self.state == "accepted" else None}


def insert(transaction: Transaction, fresh: Submission) -> None:
    """Write a submission that was just received."""
    parts = parts_json(fresh.parts)
    transaction.execute(
        "INSERT INTO submission (number, id, reference, state, received_at, signed_on, parts, text_sha256, contact_name,"
        " contact_role, contact_email, form_id, content_sha256, language, assurance, held, chosen, invitation)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM submission), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *fresh[:5],
            parts,
            fresh.text_sha256,
            *fresh.contact,
            fresh.form_id,
            fresh.digest,
            fresh.language,
            fresh.assurance,
            fresh.held,
            fresh.chosen,
            fresh.invitation,
        ),
    )


def change(transaction: Transaction, id_: str, **values: str | None) -> Submission:
    """Write other values into columns of a submission, and read it again."""
    marks = ", ".join(f"{column} = ?" for column in values)
    transaction.execute(f"UPDATE submission SET {marks} WHERE id = ?", (*values.values(), id_))
    return one(transaction, id_)


def parts_json(parts: NameParts) -> str:
    """Write name parts as the table keeps them."""
    return json.dumps(parts.payload(), ensure_ascii=False, sort_keys=True)


def decide(
    transaction: Transaction,
    id_: str,
    state: str,
    at: str | None,
    by: str | None,
    code: str | None = None,
    reason: str | None = None,
) -> None:
    """Write what was decided on a submission."""
    transaction.execute(
        "UPDATE submission SET state = ?, decided_at = ?, decided_by = ?, reason_code = ?, reason = ? WHERE id = ?",
        (state, at, by, code, reason, id_),
    )


def select(transaction: Transaction, where: str, values: Sequence[Any] = ()) -> list[Submission]:
    """Read submissions in the order of their receipt."""
    rows = transaction.execute(f"SELECT {COLUMNS} FROM submission WHERE {where} ORDER BY number", values)
    return [_submission(row) for row in rows]


def one(transaction: Transaction, id_: str) -> Submission:
    """Read a submission by its id, or raise NotFound."""
    try:
        found = select(transaction, "id = ?", [str(UUID(id_))])
    except ValueError:
        found = []
    if not found:
        raise NotFound(f"There is no submission {id_!r}. `signatures submissions` lists those there are.")
    return found[0]


def sent_before(transaction: Transaction, fresh: Submission, now: datetime) -> Submission | None:
    """Find the submission that this one repeats, and put away what it corrects.

    A repeat has the same content, and comes from the same form or soon after; after what was taken back it is none, for
    the organisation has thought again. From the same form, other answers for
    the same organisation take the place of those on which nobody has decided; another organisation stands beside it.
    """
    known = select(
        transaction,
        "reference = ? AND content_sha256 = ? AND state <> 'withdrawn' AND (state <> 'refused' AND received_at >= ?"
        " OR form_id = ? AND (state <> 'refused' OR decided_by IS NOT NULL))",
        [fresh.reference, fresh.digest, stamp(now - SAME_AGAIN), fresh.form_id],
    )
    stays = known[-1] if known else fresh
    waiting = select(
        transaction, "reference = ? AND form_id = ? AND state = 'received'", [fresh.reference, fresh.form_id]
    )
    for other in waiting:
        if other.id != stays.id and _name(other) == _name(fresh):
            # nobody of the editors decided this: decided_by stays empty
            decide(transaction, other.id, "refused", fresh.received_at, None, "other", REPLACED.format(stays.id))
    return known[-1] if known else None


def _name(submission: Submission) -> str:
    return folded_name(submission.parts.acronym, submission.parts.name)


def _submission(row: Row) -> Submission:
    return Submission._make([*row[:5], NameParts(**json.loads(row[5])), row[6], Contact._make(row[7:10]), *row[10:]])

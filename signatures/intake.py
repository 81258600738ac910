"""Submissions: received → accepting → accepted, or refused with a reason.

A submission waits in the contacts database until an editor decides. Accepting it writes to two databases, so its intent
is stored first: (1) contacts: `accepting`; (2) register: sign, idempotent by the signature id that follows from the
submission's; (3) contacts: `accepted`. What was cut off in between is settled by what the log says.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4, uuid5

from signatures.aggregate import Actor
from signatures.characters import NOTE_LIMIT, check_line
from signatures.clock import civil_date, stamp
from signatures.contacts import Contact, Contacts
from signatures.database import Row, Transaction
from signatures.errors import InvalidInput, NotFound, Refused, RegisterError, StatementClosed, StorageUnavailable
from signatures.eventlog import canonical, sha256
from signatures.organisation import NameParts
from signatures.register import Receipt, Register
from signatures.statement import Statement

STATES = ("received", "accepting", "accepted", "refused")
SAME_AGAIN = timedelta(minutes=10)  # the same content within this time is the same submission
PATIENCE = timedelta(minutes=1)  # longer than any acceptance under way can wait for the log lock
REPLACED = "Sent again with changes; see submission {}."
COLUMNS = (
    "id, reference, state, received_at, signed_on, parts, text_sha256, contact_name, contact_role, contact_email,"
    " decided_at, decided_by, reason, organisation"
)


class Submission(NamedTuple):
    """What came through the form, before it is a signature."""

    id: str
    reference: str
    state: str
    received_at: str
    signed_on: str
    parts: NameParts
    text_sha256: str | None
    contact: Contact
    decided_at: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    organisation_id: str | None = None

    @property
    def signature_id(self) -> str:
        """The id of the signature that this submission is or would become."""
        return str(uuid5(UUID(self.id), "signature"))


class Intake:
    """Takes submissions and lets editors decide on them."""

    def __init__(self, contacts: Contacts, register: Register) -> None:
        """Work on the contacts database and the register."""
        self.contacts = contacts
        self.register = register

    def signable(self, reference: str) -> Statement:
        """Get a statement that may be signed through the form today.

        Raises NotFound where the public sees none, StatementClosed (with `ended_on`) where signing has ended.
        """
        statement = self.register.statement(reference)
        if statement.discarded or not statement.edition:
            raise NotFound(f"There is no statement {reference!r}.")
        today = self.register.today(statement).isoformat()
        if statement.retractions:
            day = statement.retractions[-1]["effective_on"]
            raise StatementClosed(f"This statement was taken back on {day}. The list stays readable.", ended_on=day)
        if not statement.open_on(today):
            known = [act for act in statement.closings if act["effective_on"] <= today]
            day = max(known, key=lambda act: (act["effective_on"], act["version"]))["effective_on"]
            raise StatementClosed(f"Signing ended on {day}. The list stays readable.", ended_on=day)
        return statement

    def receive(
        self, reference: str, parts: NameParts, contact: Contact, *, text_sha256: str | None, form_id: str | None = None
    ) -> Submission:
        """Take a submission; the same one again, by its form or its content, is one.

        `text_sha256` is the version of the text that the organisation saw. A form sent again with other content
        replaces what it sent before, as long as nobody has decided on that.
        """
        now = self.contacts.clock()
        statement = self.signable(reference)
        if text_sha256 != current_text(statement):
            raise InvalidInput(
                "The text was changed while you were reading it. Read it again, then tick the box.", field="text_sha256"
            )
        fresh = Submission(
            id=str(uuid4()),
            reference=statement.reference,
            state="received",
            received_at=stamp(now),
            signed_on=civil_date(now, statement.time_zone).isoformat(),
            parts=parts.checked(),
            text_sha256=text_sha256,
            contact=contact,
        )
        digest = sha256(canonical([statement.reference, parts.payload(), list(contact), text_sha256]))
        with self.contacts.database.writing("submission") as transaction:
            known = _sent_before(transaction, fresh, digest, form_id, stamp(now - SAME_AGAIN))
            if known is not None:
                return known
            _insert(transaction, fresh, digest, form_id)
        return fresh

    def submission(self, id_: str) -> Submission:
        """Get a submission by its id."""
        with self.contacts.database.reading() as transaction:
            return _one(transaction, id_)

    def submissions(self, state: str | None = None, reference: str | None = None) -> list[Submission]:
        """List submissions in the order of their receipt, all or those of one state or statement."""
        if state is not None and state not in STATES:
            raise InvalidInput(f"{state!r} is no state of a submission. Use one of {', '.join(STATES)}.", field="state")
        where, values = "1 = 1", []
        if state is not None:
            where, values = "state = ?", [state]
        if reference is not None:
            where, values = f"{where} AND reference = ?", [*values, self.register.statement(reference).reference]
        with self.contacts.database.reading() as transaction:
            return _select(transaction, where, values)

    def accept(self, id_: str, by: str, *, organisation_id: str | None = None) -> Receipt:
        """Make a signature of a submission, of the organisation named by its id or by the submission's name parts.

        `by` is the opaque reference of the editor. If the register refuses, the submission waits as before; accepting
        what was accepted already answers with its receipt.
        """
        submission = self._intend(id_, by)
        try:
            receipt = self._sign(submission, organisation_id)
        except StorageUnavailable:
            raise  # whether it was recorded is not known now: `settle` asks the log
        except RegisterError:
            self._settle(submission)
            raise
        self._conclude(submission, receipt.organisation_id)
        return receipt

    def refuse(self, id_: str, by: str, reason: str) -> Submission:
        """Refuse a submission, with a reason that stays in the contacts database."""
        check_line("reason", reason, limit=NOTE_LIMIT)
        submission = self.submission(id_)
        organisation = self._signed_by(submission)
        if organisation is not None:
            self._conclude(submission, organisation)
        with self.contacts.database.writing("submission") as transaction:
            found = _one(transaction, id_)
            if found.state == "refused":
                return found
            if found.state != "received":
                raise Refused(_decided_already(found))
            _decide(transaction, found.id, "refused", stamp(self.contacts.clock()), by, reason)
            return _one(transaction, id_)

    def settle(self, patience: timedelta = PATIENCE) -> int:
        """Settle what was cut off while it was accepted, by what the log says; return how many."""
        before = stamp(self.contacts.clock() - patience)
        with self.contacts.database.reading() as transaction:
            waiting = _select(transaction, "state = 'accepting' AND decided_at <= ?", [before])
        for submission in waiting:
            self._settle(submission)
        return len(waiting)

    # -- inside --------------------------------------------------------------------------------------------------

    def _intend(self, id_: str, by: str) -> Submission:
        with self.contacts.database.writing("submission") as transaction:
            found = _one(transaction, id_)
            if found.state == "refused":
                raise Refused(_decided_already(found))
            if found.state == "received":
                _decide(transaction, found.id, "accepting", stamp(self.contacts.clock()), by)
            return found

    def _sign(self, submission: Submission, organisation_id: str | None) -> Receipt:
        """Sign by the submission's own signature id, under the text that the organisation saw and no other."""
        with self.register.store.writing():
            if self._signed_by(submission) is None:
                statement = self.register.statement(submission.reference)
                if current_text(statement) != submission.text_sha256:
                    raise Refused(
                        f"The text of {statement.reference} was changed after this submission. "
                        "Ask the organisation to sign the new one, and refuse this."
                    )
            return self.register.sign(
                Actor("organisation", submission.id),
                submission.reference,
                submission.parts,
                signed_on=submission.signed_on,
                method="form",
                assurance="editor",
                signature_id=submission.signature_id,
                organisation_id=organisation_id,
            )

    def _signed_by(self, submission: Submission) -> str | None:
        """Ask the log which organisation signed by this submission."""
        try:
            return self.register.signature(submission.signature_id).organisation
        except NotFound:
            return None

    def _conclude(self, submission: Submission, organisation: str) -> None:
        """Say `accepted`, whatever was said before: the log has the signature."""
        with self.contacts.database.writing("submission") as transaction:
            transaction.execute(
                "UPDATE submission SET state = 'accepted', reason = NULL, organisation = ? WHERE id = ?",
                (organisation, submission.id),
            )

    def _settle(self, submission: Submission) -> None:
        organisation = self._signed_by(submission)
        if organisation is not None:
            self._conclude(submission, organisation)
            return
        with self.contacts.database.writing("submission") as transaction:
            transaction.execute(
                "UPDATE submission SET state = 'received', decided_at = NULL, decided_by = NULL"
                " WHERE id = ? AND state = 'accepting'",
                (submission.id,),
            )


def current_text(statement: Statement) -> str | None:
    """Tell the SHA-256 of the text that is signed today, as `Register.sign` chooses it."""
    text = statement.texts.get(statement.default_language) or next(iter(statement.texts.values()), None)
    return text["sha256"] if text else None


def _sent_before(
    transaction: Transaction, fresh: Submission, digest: str, form_id: str | None, since: str
) -> Submission | None:
    """Find the submission that this one repeats; put away what it replaces."""
    if form_id is not None:
        same_form = "reference = ? AND form_id = ?"
        known = _select(transaction, f"{same_form} AND content_sha256 = ?", [fresh.reference, form_id, digest])
        if known:
            return known[-1]
        for replaced in _select(transaction, f"{same_form} AND state = 'received'", [fresh.reference, form_id]):
            _decide(transaction, replaced.id, "refused", fresh.received_at, None, REPLACED.format(fresh.id))
    known = _select(
        transaction,
        "reference = ? AND content_sha256 = ? AND received_at >= ? AND state <> 'refused'",
        [fresh.reference, digest, since],
    )
    return known[-1] if known else None


def _insert(transaction: Transaction, fresh: Submission, digest: str, form_id: str | None) -> None:
    parts = json.dumps(fresh.parts.payload(), ensure_ascii=False, sort_keys=True)
    transaction.execute(
        "INSERT INTO submission (number, id, reference, state, received_at, signed_on, parts, text_sha256, contact_name,"
        " contact_role, contact_email, form_id, content_sha256)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM submission), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*fresh[:5], parts, fresh.text_sha256, *fresh.contact, form_id, digest),
    )


def _decide(
    transaction: Transaction, id_: str, state: str, at: str, by: str | None, reason: str | None = None
) -> None:
    transaction.execute(
        "UPDATE submission SET state = ?, decided_at = ?, decided_by = ?, reason = ? WHERE id = ?",
        (state, at, by, reason, id_),
    )


def _select(transaction: Transaction, where: str, values: list[Any]) -> list[Submission]:
    rows = transaction.execute(f"SELECT {COLUMNS} FROM submission WHERE {where} ORDER BY number", values)
    return [_submission(row) for row in rows]


def _one(transaction: Transaction, id_: str) -> Submission:
    try:
        found = _select(transaction, "id = ?", [str(UUID(id_))])
    except ValueError:
        found = []
    if not found:
        raise NotFound(f"There is no submission {id_!r}. `signatures submissions` lists those there are.")
    return found[0]


def _submission(row: Row) -> Submission:
    return Submission(*row[:5], NameParts(**json.loads(row[5])), row[6], Contact(*row[7:10]), *row[10:])


def _decided_already(submission: Submission) -> str:
    match submission.state:
        case "accepted":
            return f"Submission {submission.id} was accepted already. Void its signature {submission.signature_id} instead."
        case "accepting":
            return f"Submission {submission.id} is being accepted just now. Look again in a minute."
        case _:
            return f"Submission {submission.id} was refused already: {submission.reason}"

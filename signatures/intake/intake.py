"""Submissions: received → accepting → accepted, or refused with a reason.

A submission waits in the contacts database until an editor decides. Accepting it writes to two databases, so its intent
is stored first: (1) contacts: `accepting`; (2) register: sign, idempotent by the signature id that follows from the
submission's; (3) contacts: `accepted`. What was cut off in between is settled by what the log says.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from signatures.aggregate import Actor, Reason
from signatures.clock import civil_date, stamp
from signatures.errors import InvalidInput, NotFound, Refused, RegisterError, StatementClosed, StorageUnavailable
from signatures.intake.contacts import Contact, Contacts
from signatures.intake.submission import Submission, decide, insert, one, select, sent_before
from signatures.organisation import NameParts
from signatures.register import Receipt, Register
from signatures.statement import Statement

PATIENCE = timedelta(minutes=1)  # longer than an acceptance under way can wait for the log lock


class Intake:
    """Takes submissions and lets editors decide on them."""

    def __init__(self, contacts: Contacts, register: Register) -> None:
        """Work on the contacts database and the register."""
        self.contacts = contacts
        self.register = register

    def public(self, reference: str) -> Statement:
        """Get a statement that the public sees; NotFound for any other."""
        statement = self.register.statement(reference)
        if statement.discarded or not statement.edition:
            raise NotFound(f"There is no statement {reference!r}.")
        return statement

    def signable(self, reference: str) -> Statement:
        """Get a statement that may be signed through the form today.

        Raises NotFound where the public sees none, StatementClosed (with `ended_on`) where signing has ended.
        """
        statement = self.public(reference)
        today = self.register.today(statement).isoformat()
        if statement.retractions:
            day = statement.retractions[-1]["effective_on"]
            raise StatementClosed(f"This statement was taken back on {day}. The list stays readable.")
        if not statement.open_on(today):
            known = [act for act in statement.closings if act["effective_on"] <= today]
            day = max(known, key=lambda act: (act["effective_on"], act["version"]))["effective_on"]
            raise StatementClosed(f"Signing ended on {day}. The list stays readable.", ended_on=day)
        return statement

    def receive(
        self, reference: str, parts: NameParts, contact: Contact, *, text_sha256: str | None, form_id: str | None = None
    ) -> Submission:
        """Take a submission; the same one again, by its form or its content, is one.

        `text_sha256` is the version of the text that the organisation saw; `form_id` is the form's own id.
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
            contact=contact.checked(),
            form_id=form_id,
        )
        with self.contacts.database.writing("submission") as transaction:
            known = sent_before(transaction, fresh, now)
            if known is not None:
                return known
            insert(transaction, fresh)
        return fresh

    def show(self, id_: str) -> Submission:
        """Get a submission by its id."""
        with self.contacts.database.reading() as transaction:
            return one(transaction, id_)

    def list(self, *, waiting: bool = True) -> Sequence[Submission]:
        """List submissions in the order of their receipt: those that wait, or all."""
        with self.contacts.database.reading() as transaction:
            return select(transaction, "state IN ('received', 'accepting')" if waiting else "1 = 1")

    def accept(self, id_: str, actor: Actor, *, organisation_id: str | None = None, note: str | None = None) -> Receipt:
        """Make a signature of a submission, of the organisation named by its id or by the submission's name parts.

        `note` becomes public with the event. If the register refuses, the submission waits as before. Accepting what
        was accepted answers with its receipt.
        """
        submission = self._intend(id_, actor)
        try:
            receipt = self._sign(submission, organisation_id, note)
        except StorageUnavailable:
            raise  # whether it was recorded is not known now: `settle` asks the log
        except RegisterError:
            self._settle(submission)
            raise
        self._conclude(submission, receipt.organisation_id)
        return receipt

    def refuse(self, id_: str, actor: Actor, code: str = "other", note: str | None = None) -> Submission:
        """Refuse a submission; code and note stay in the contacts database."""
        Reason(code, note).checked()
        submission = self.show(id_)
        organisation = self._signed_by(submission)
        if organisation is not None:
            self._conclude(submission, organisation)
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if found.state != "received":
                raise Refused(_decided_already(found))
            decide(transaction, found.id, "refused", stamp(self.contacts.clock()), _ref(actor), code, note)
            return one(transaction, id_)

    def settle(self, patience: timedelta = PATIENCE) -> int:
        """Settle what was cut off while it was accepted, by what the log says; return how many."""
        before = stamp(self.contacts.clock() - patience)
        with self.contacts.database.reading() as transaction:
            cut_off = select(transaction, "state = 'accepting' AND decided_at <= ?", [before])
        for submission in cut_off:
            self._settle(submission)
        return len(cut_off)

    # -- inside --------------------------------------------------------------------------------------------------

    def _intend(self, id_: str, actor: Actor) -> Submission:
        """Store the intent (1)."""
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if found.state == "refused":
                raise Refused(_decided_already(found))
            if found.state != "accepted":
                decide(transaction, found.id, "accepting", stamp(self.contacts.clock()), _ref(actor))
            return found

    def _sign(self, submission: Submission, organisation_id: str | None, note: str | None) -> Receipt:
        """Sign (2) by the submission's own signature id, the text that the organisation saw and no other."""
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
                reason=Reason(None, note),
            )

    def _signed_by(self, submission: Submission) -> str | None:
        """Ask the log which organisation signed by this submission."""
        try:
            return self.register.signature(submission.signature_id).organisation
        except NotFound:
            return None

    def _conclude(self, submission: Submission, organisation: str) -> None:
        """Say `accepted` (3), whatever was said before: the log has the signature."""
        with self.contacts.database.writing("submission") as transaction:
            transaction.execute(
                "UPDATE submission SET state = 'accepted', reason_code = NULL, reason = NULL, organisation = ?"
                " WHERE id = ? AND state <> 'accepted'",
                (organisation, submission.id),
            )

    def _settle(self, submission: Submission) -> None:
        organisation = self._signed_by(submission)
        if organisation is not None:
            self._conclude(submission, organisation)
            return
        with self.contacts.database.writing("submission") as transaction:
            if one(transaction, submission.id).state == "accepting":
                decide(transaction, submission.id, "received", None, None)


def current_text(statement: Statement) -> str | None:
    """Tell the SHA-256 of the text that is signed today, as `Register.sign` chooses it."""
    text = statement.texts.get(statement.default_language) or next(iter(statement.texts.values()), None)
    return text["sha256"] if text else None


def _ref(actor: Actor) -> str:
    return f"{actor.kind}:{actor.ref}"


def _decided_already(submission: Submission) -> str:
    match submission.state:
        case "accepted":
            return f"Submission {submission.id} was accepted already. Void signature {submission.signature_id} instead."
        case "accepting":
            return f"Submission {submission.id} is being accepted just now. Look again in a minute."
        case _:
            return f"Submission {submission.id} was refused already: {submission.reason or submission.reason_code}"

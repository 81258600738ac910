"""Acceptance: a submission becomes a signature once, though that is written to two databases.

The intent is stored first: (1) contacts: `accepting`; (2) register: sign, idempotent by the signature id that follows from
the submission's; (3) contacts: `accepted`, with the mail that carries the receipt. What was cut off in between is settled
by what the log says.
"""

from __future__ import annotations

from datetime import timedelta

from signatures.aggregate import Actor, Reason
from signatures.clock import stamp
from signatures.errors import NotFound, Refused, RegisterError, StatementClosed, StorageUnavailable
from signatures.intake.contacts import Contacts
from signatures.intake.links import Links
from signatures.intake.submission import CONFIRMED, Submission, change, decide, one, select
from signatures.intake.terms import TermsBook
from signatures.mail.outbox import post
from signatures.register import Receipt, Register, matching_organisations
from signatures.sentences import Sentence, said
from signatures.statement import Statement

PATIENCE = timedelta(minutes=1)  # longer than an acceptance under way can wait for the log lock
POLICY = Actor("system", "policy")


class Acceptance:
    """Makes signatures of submissions whose address is confirmed."""

    def __init__(self, contacts: Contacts, register: Register, links: Links, terms: TermsBook) -> None:
        """Work on the contacts database and the register."""
        self.contacts, self.register, self.links, self.terms = contacts, register, links, terms

    def accept(
        self,
        id_: str,
        actor: Actor,
        *,
        organisation_id: str | None = None,
        new: bool = False,
        note: str | None = None,
        seen: str | None = None,
    ) -> Receipt:
        """Make a signature of a submission.

        The organisation is the one of `organisation_id`, else the one chosen in the form or named by the name parts,
        unless it is `new`. `note` becomes public with the event. `seen` is the digest of the parts that the editor has
        read: what the contact has changed since is refused. Accepting what was accepted answers with its receipt. If the
        register refuses, the submission waits as before, but one that came too late is refused for good.
        """
        submission = self._intend(id_, actor, seen)
        given = organisation_id or (None if new else submission.chosen)
        return self._finish(submission, actor, given, note, new=new)

    def settle(self, patience: timedelta = PATIENCE) -> int:
        """Settle what was cut off while it was accepted, by what the log says; return how many."""
        before = stamp(self.contacts.clock() - patience)
        with self.contacts.database.reading() as transaction:
            cut_off = select(transaction, "state = 'accepting' AND decided_at <= ?", [before])
        for submission in cut_off:
            self.settle_one(submission)
            if submission.decided_by == ref(POLICY):
                self._by_policy_again(submission)
        return len(cut_off)

    def settle_one(self, submission: Submission) -> None:
        """Say of a submission under way what the log says: accepted, or waiting as before."""
        organisation = self.signed_by(submission)
        if organisation is not None:
            self.conclude(submission, organisation)
            return
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, submission.id)
            if found.state == "accepting" and found.decided_at == submission.decided_at:  # still the same intent
                state = "asked" if found.question else "confirmed"
                decide(transaction, submission.id, state, None, None)

    def signed_by(self, submission: Submission) -> str | None:
        """Ask the log which organisation signed by this submission."""
        try:
            return self.register.signature(submission.signature_id).organisation
        except NotFound:
            return None

    def conclude(self, submission: Submission, organisation: str) -> None:
        """Say `accepted` (3), whatever was said before, for the log has the signature; and send the receipt, once."""
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, submission.id)
            if found.state == "accepted":
                return
            change(transaction, found.id, state="accepted", reason_code=None, reason=None, organisation=organisation)
            if found.contact.email:
                link = self.links.lasting(transaction, "entry", found.id)
                now = self.contacts.clock()
                about = {"submission": found.id, "link": link}
                post(transaction, "accepted", found.contact.email, found.locale, now, **about)

    # -- inside --------------------------------------------------------------------------------------------------

    def _intend(self, id_: str, actor: Actor, seen: str | None = None) -> Submission:
        """Store the intent (1)."""
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if actor == POLICY and not _is_of_policy(found):
                raise Refused(said("An editor decides on submission %(id)s.", id=found.id))
            if found.state in ("accepted", "accepting"):
                return found
            if found.state not in CONFIRMED or found.held:
                raise Refused(not_to_be_accepted(found))
            if seen is not None and seen != found.parts_digest:
                raise Refused(said("The organisation has changed its entry meanwhile. Read it again, then decide."))
            decide(transaction, found.id, "accepting", stamp(self.contacts.clock()), ref(actor))
            return one(transaction, id_)

    def _finish(
        self, submission: Submission, actor: Actor, organisation_id: str | None, note: str | None, *, new: bool
    ) -> Receipt:
        try:
            receipt = self._sign(submission, actor, organisation_id, note, new=new)
        except StorageUnavailable:
            raise  # whether it was recorded is not known now: `settle` asks the log
        except StatementClosed:
            self._refuse_as_late(submission)
            raise
        except RegisterError:
            if submission.decided_by == ref(actor):  # what another one has begun is not this one's to undo
                self.settle_one(submission)
            raise
        self.conclude(submission, receipt.organisation_id)
        return receipt

    def _sign(
        self, submission: Submission, actor: Actor, organisation_id: str | None, note: str | None, *, new: bool
    ) -> Receipt:
        """Sign (2) by the submission's own signature id, the text that the organisation saw and no other."""
        with self.register.store.writing() as transaction:
            if actor == POLICY:
                organisation_id = submission.organisation_id
            if self.signed_by(submission) is None:
                statement = self.register.statement(submission.reference)
                if current_text(statement) != submission.text_sha256:
                    raise Refused(
                        said(
                            "The text of %(reference)s was changed after this submission. Ask the organisation to sign the new one, and refuse this.",
                            reference=statement.reference,
                        )
                    )
                if actor == POLICY and not organisation_id and matching_organisations(transaction, submission.parts):
                    raise Refused(said("An organisation of this name was registered meanwhile; an editor decides."))
            return self.register.sign(
                Actor("organisation", submission.id),
                submission.reference,
                submission.parts,
                signed_on=submission.signed_on,
                method="form",
                assurance=submission.assurance or "address" if actor == POLICY else "editor",
                signature_id=submission.signature_id,
                organisation_id=organisation_id,
                new_organisation=submission.organisation_to_be if new and organisation_id is None else None,
                reason=Reason(None, note),
            )

    def _refuse_as_late(self, submission: Submission) -> None:
        """Refuse what the register says came after signing had ended: listed or refused, never neither."""
        with self.contacts.database.writing("submission") as transaction:
            if one(transaction, submission.id).state != "accepting":
                return
            now = self.contacts.clock()
            decide(transaction, submission.id, "refused", stamp(now), ref(POLICY), "late")
            if submission.contact.email:
                post(transaction, "refused", submission.contact.email, submission.locale, now, submission=submission.id)

    def _by_policy_again(self, submission: Submission) -> None:
        """Go on with what the policy was about to list; if the register refuses it now, an editor decides."""
        try:
            self.accept(submission.id, POLICY)
        except RegisterError:
            return


def _is_of_policy(submission: Submission) -> bool:
    """Tell whether the terms list it by themselves: nobody objected, and no editor has begun to decide."""
    under_way = submission.state == "accepting" and submission.decided_by != ref(POLICY)
    return submission.state == "accepted" or not (submission.objected_at or under_way)


def current_text(statement: Statement) -> str | None:
    """Tell the SHA-256 of the text that is signed today, as `Register.sign` chooses it."""
    text = statement.texts.get(statement.default_language) or next(iter(statement.texts.values()), None)
    return text["sha256"] if text else None


def ref(actor: Actor) -> str:
    """Write who acts as the contacts database keeps it."""
    return f"{actor.kind}:{actor.ref}"


def not_to_be_accepted(submission: Submission) -> Sentence:
    """Say why a submission cannot be accepted as it is."""
    match submission.state:
        case "received" if submission.held:
            return said(
                "Submission %(id)s is held back. Release it first, so that its address can be confirmed.",
                id=submission.id,
            )
        case "received":
            return said(
                "Nobody has confirmed the address of submission %(id)s yet. Wait for that, or refuse it.",
                id=submission.id,
            )
        case _:
            return decided_already(submission)


def decided_already(submission: Submission) -> Sentence:
    """Say what was decided on a submission."""
    match submission.state:
        case "accepted":
            return said(
                "Submission %(id)s was accepted already. Void signature %(signature)s instead.",
                id=submission.id,
                signature=str(submission.signature_id),
            )
        case "accepting":
            return said("Submission %(id)s is being accepted just now. Look again in a minute.", id=submission.id)
        case "refused":
            reason = str(submission.reason or submission.reason_code)
            return said("Submission %(id)s was refused already: %(reason)s", id=submission.id, reason=reason)
        case "withdrawn":
            return said("The organisation took submission %(id)s back.", id=submission.id)
        case _:
            return said("Submission %(id)s has expired: nobody confirmed its address.", id=submission.id)

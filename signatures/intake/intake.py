"""Submissions: received → address confirmed → accepted, or refused with a reason, expired, or taken back.

A submission lies in the contacts database until its statement's terms are met. Whatever tells somebody by mail writes the
mail down in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from signatures.aggregate import Actor, Reason
from signatures.characters import check_text
from signatures.clock import civil_date, stamp
from signatures.database import Transaction
from signatures.errors import InvalidInput, InvitationNeeded, LinkDead, NotFound, Refused, StatementClosed
from signatures.intake.acceptance import POLICY, Acceptance, current_text, decided_already, ref
from signatures.intake.contacts import Contact, Contacts
from signatures.intake.identity import Identities, Identity, tell_others
from signatures.intake.invitations import Invitation, Invitations
from signatures.intake.links import Links
from signatures.intake.submission import (
    CONFIRMED,
    WAITING,
    Submission,
    change,
    decide,
    insert,
    one,
    select,
    sent_before,
)
from signatures.intake.terms import TermsBook
from signatures.mail.outbox import forget_recipients, post, recent
from signatures.organisation import NameParts
from signatures.register import Receipt, Register
from signatures.sentences import Sentence, said
from signatures.statement import Statement

EXPIRY = timedelta(days=7)
HELD_EXPIRY = timedelta(days=30)  # an editor may be away; but whose address it is was never asked
BATCH = 500  # submissions that expire in one transaction
MAILS = 3  # confirmations to one address
MAILS_WITHIN = timedelta(hours=6)
QUESTION_LIMIT = 2000
HELD = ("honeypot", "fast", "flood")


class Intake:
    """Takes submissions, has their addresses confirmed, and lets editors decide on them."""

    def __init__(
        self,
        contacts: Contacts,
        register: Register,
        links: Links,
        terms: TermsBook,
        invitations: Invitations,
        identities: Identities,
        acceptance: Acceptance,
    ) -> None:
        """Work on the contacts database and the register."""
        self.contacts, self.register, self.links, self.terms = contacts, register, links, terms
        self.invitations, self.identities, self.acceptance = invitations, identities, acceptance

    # -- what may be signed --------------------------------------------------------------------------------------

    def public(self, reference: str) -> Statement:
        """Get a statement that the public sees; NotFound for any other."""
        statement = self.register.statement(reference)
        if statement.discarded or not statement.edition:
            raise NotFound(said("There is no statement %(reference)s.", reference=repr(reference)))
        return statement

    def signable(self, reference: str, invitation_token: str | None = None) -> Statement:
        """Get a statement that may be signed through the form now; a draft only with an invitation to it.

        Raises NotFound where the public sees none, StatementClosed (with `ended_on`, and `ended_at` where there was a
        deadline) where signing has ended, InvitationNeeded where only those invited sign.
        """
        invitation = self._invitation(reference, invitation_token)
        statement = self.register.statement(reference) if invitation else self.public(reference)
        if statement.discarded:
            raise NotFound(said("There is no statement %(reference)s.", reference=repr(reference)))
        self._refuse_closed(statement)
        if self.terms.of(statement.reference).acceptance == "invited" and invitation is None:
            raise InvitationNeeded(
                said(
                    "Only organisations that were invited sign this statement. Use the link in your invitation, or ask the secretariat for one."
                )
            )
        return statement

    # -- receiving -----------------------------------------------------------------------------------------------

    def receive(
        self,
        reference: str,
        parts: NameParts,
        contact: Contact,
        *,
        text_sha256: str | None,
        form_id: str | None = None,
        language: str = "en",
        chosen: str | None = None,
        invitation_token: str | None = None,
        held: str | None = None,
    ) -> Submission:
        """Take a submission; the same one again, by its form or its content, is one.

        `text_sha256` is the version of the text that the organisation saw; `form_id` is the form's own id; `chosen` is
        the registered organisation that it says it is; one that is `held` waits until an editor releases it.
        """
        now = self.contacts.clock()
        statement = self.signable(reference, invitation_token)
        if text_sha256 != current_text(statement):
            raise InvalidInput(
                said("The text was changed while you were reading it. Read it again, then tick the box."),
                field="text_sha256",
            )
        invitation = self._invitation(reference, invitation_token)
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
            language=language,
            assurance="claimed",
            held=held,
            chosen=str(self.register.organisation(chosen).id) if chosen else None,
            invitation=invitation.id if invitation else None,
        )
        identity = self.identities.of(fresh, statement)
        with self.contacts.database.writing("submission") as transaction:
            known = sent_before(transaction, fresh, now)
            if known is not None:
                return known
            insert(transaction, fresh)
            if invitation is not None:
                self.invitations.answered(transaction, invitation.id, fresh.id)
            if held is None:
                self._ask_to_confirm(transaction, fresh, identity, now)
        return fresh

    def release(self, id_: str, actor: Actor) -> Submission:
        """Let go what was held back: the message to its contact goes out now."""
        submission = self.show(id_)
        identity = self.identities.of(submission, self.register.statement(submission.reference))
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if found.state != "received" or not found.held:
                raise Refused(said("Submission %(id)s is not held back.", id=found.id))
            released = change(transaction, found.id, held=None, decided_by=ref(actor))
            self._ask_to_confirm(transaction, released, identity, self.contacts.clock())
            return released

    # -- confirming ----------------------------------------------------------------------------------------------

    def to_confirm(self, token: str) -> Submission:
        """Get what a link would confirm, changing nothing; LinkDead if it is wrong, was used or has expired."""
        with self.contacts.database.reading() as transaction:
            link = self.links.find(transaction, "confirmation", token)
            if link is None or link.used_at:
                raise LinkDead
            found = one(transaction, link.about)
        if found.overtaken:
            raise LinkDead
        return found

    def confirm(self, token: str, code: str) -> Submission:
        """Confirm an address by the link and its code; the same again is answered alike.

        Where the statement's terms list what is confirmed, the submission is accepted at once, unless it bears the name
        of an organisation that is registered already and not known to be the one that sends it: then an editor decides.
        """
        submission = self._answer(token, code, self._say_confirmed)
        if submission.state == "accepting" and submission.decided_by == ref(POLICY):
            self._accept_by_policy(submission)
        return self.show(submission.id)

    def deny(self, token: str, code: str) -> Submission:
        """Say by the link and its code that this was not us: the submission is refused."""
        return self._answer(token, code, self._say_denied)

    def again(self, token: str) -> None:
        """Send a new message for a link, also an expired one; says nothing of whether there was anything to send."""
        now = self.contacts.clock()
        with self.contacts.database.writing("submission") as transaction:
            about = self.links.known(transaction, "confirmation", token)
            found = select(transaction, "id = ? AND state = 'received' AND held IS NULL", [about]) if about else []
            for submission in found:
                self._post_confirmation(transaction, submission, now)

    def to_object(self, token: str) -> Submission:
        """Get the submission that an organisation's known contact was told of."""
        with self.contacts.database.reading() as transaction:
            link = self.links.find(transaction, "objection", token)
            if link is None:
                raise LinkDead
            found = one(transaction, link.about)
        if not found.parts.name:  # erased: there is nothing left to object to
            raise LinkDead
        return found

    def object(self, token: str) -> Submission:
        """Note that an organisation's known contact says: this was not us. Nothing is listed by a policy then."""
        now = self.contacts.clock()
        with self.contacts.database.writing("submission") as transaction:
            link = self.links.find(transaction, "objection", token)
            found = one(transaction, link.about) if link else None
            if link is None or found is None or not found.parts.name:
                raise LinkDead
            if found.objected_at is None:
                change(transaction, link.about, objected_at=stamp(now))
            self.links.used(transaction, link)
            return one(transaction, link.about)

    # -- deciding ------------------------------------------------------------------------------------------------

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
        """Make a signature of a submission, as `Acceptance.accept` says."""
        return self.acceptance.accept(id_, actor, organisation_id=organisation_id, new=new, note=note, seen=seen)

    def refuse(self, id_: str, actor: Actor, code: str = "other", note: str | None = None) -> Submission:
        """Refuse a submission; code and note go to its contact and stay in the contacts database."""
        Reason(code, note).checked()
        submission = self.show(id_)
        organisation = self.acceptance.signed_by(submission)
        if organisation is not None:
            self.acceptance.conclude(submission, organisation)
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if found.state not in ("received", *CONFIRMED):
                raise Refused(decided_already(found))
            now = self.contacts.clock()
            decide(transaction, found.id, "refused", stamp(now), ref(actor), code, note)
            if found.state in CONFIRMED:  # to an address that nobody has confirmed nothing more is sent
                post(transaction, "refused", found.contact.email, found.locale, now, submission=found.id)
            self.links.end(transaction, found.id, "confirmation")
            return one(transaction, id_)

    def ask(self, id_: str, actor: Actor, question: str) -> Submission:
        """Ask the contact back; the submission waits for the answer, and may be decided on without one."""
        check_text("question", question)
        if not question.strip() or len(question) > QUESTION_LIMIT:
            raise InvalidInput(
                said("Write a question of at most %(most)s characters.", most=QUESTION_LIMIT), field="question"
            )
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, id_)
            if found.state not in CONFIRMED:
                raise Refused(_cannot_ask(found))
            asked = change(transaction, found.id, state="asked", question=question, decided_by=ref(actor))
            about = {"submission": found.id, "link": self.links.lasting(transaction, "entry", found.id)}
            post(transaction, "asked", found.contact.email, found.locale, self.contacts.clock(), **about)
            return asked

    # -- what is due ---------------------------------------------------------------------------------------------

    def settle(self, **patience: timedelta) -> int:
        """Settle what was cut off while it was accepted; return how many."""
        return self.acceptance.settle(**patience)

    def expire(self) -> int:
        """Erase contact and name of what nobody confirmed within seven days of the last message; return how many."""
        count = some = self._expire_some()
        while some == BATCH:  # after a flood: nobody waits long for the lock
            some = self._expire_some()
            count += some
        return count

    def _expire_some(self) -> int:
        now = self.contacts.clock()
        before, long_before = stamp(now - EXPIRY), stamp(now - HELD_EXPIRY)
        with self.contacts.database.writing("submission") as transaction:
            due = select(
                transaction,
                "state = 'received' AND (held IS NOT NULL AND received_at <= ? OR held IS NULL AND received_at <= ?"
                " AND NOT EXISTS (SELECT 1 FROM link WHERE link.about = submission.id AND link.issued_at > ?))",
                [long_before, before, before],
            )[:BATCH]
            for submission in due:
                change(transaction, submission.id, state="expired", decided_at=stamp(self.contacts.clock()), **ERASED)
                self.links.end(transaction, submission.id, "confirmation")
            forget_recipients(transaction, {submission.id for submission in due})
        return len(due)

    # -- asking --------------------------------------------------------------------------------------------------

    def show(self, id_: str) -> Submission:
        """Get a submission by its id."""
        with self.contacts.database.reading() as transaction:
            return one(transaction, id_)

    def list(self, states: Sequence[str] = WAITING, reference: str | None = None) -> Sequence[Submission]:
        """List submissions in the order of their receipt: those that wait, or those in these states."""
        where, values = f"state IN ({', '.join('?' for _ in states)})", list(states)
        if reference is not None:
            where, values = f"{where} AND reference = ?", [*values, reference]
        with self.contacts.database.reading() as transaction:
            return select(transaction, where, values)

    def counts(self, reference: str | None = None) -> dict[str, int]:
        """Count submissions by state, those held back as `held`."""
        where, values = ("WHERE reference = ?", [reference]) if reference is not None else ("", [])
        column = "CASE WHEN state = 'received' AND held IS NOT NULL THEN 'held' ELSE state END"
        with self.contacts.database.reading() as transaction:
            return dict(transaction.execute(f"SELECT {column}, count(*) FROM submission {where} GROUP BY 1", values))

    def by_signature(self, signature_id: str) -> Submission | None:
        """Find the submission that became a signature, if it came through the form."""
        signature = self.register.signature(signature_id)
        entry = self.register.store.entry(signature.position)
        actor = entry.data()["actor"] if entry else {"kind": "", "ref": ""}
        try:
            return self.show(actor["ref"]) if actor["kind"] == "organisation" else None
        except NotFound:
            return None

    def known_contacts(self, organisation_id: str) -> Sequence[tuple[str, str]]:
        """List the addresses, each with its language, that answered for signatures of an organisation."""
        return self.identities.contacts_of(organisation_id)

    # -- inside --------------------------------------------------------------------------------------------------

    def _invitation(self, reference: str, token: str | None) -> Invitation | None:
        """Read the invitation to this statement; a token of another one, or a dead one, is none."""
        if not token:
            return None
        try:
            found = self.invitations.by_token(token)
        except LinkDead:
            return None
        return found if found.reference.lower() == reference.lower() else None

    def _refuse_closed(self, statement: Statement) -> None:
        now = self.contacts.clock()
        if statement.retractions:
            day = statement.retractions[-1]["effective_on"]
            raise StatementClosed(said("This statement was taken back on %(day)s. The list stays readable.", day=day))
        if not statement.open_on(self.register.today(statement).isoformat()):
            day = closed_on(statement, self.register.today(statement).isoformat())
            raise StatementClosed(said("Signing ended on %(day)s. The list stays readable.", day=day), ended_on=day)
        terms = self.terms.of(statement.reference)
        if terms.deadline is not None and terms.over(now):
            day = civil_date(datetime.fromisoformat(terms.deadline), statement.time_zone).isoformat()
            raise StatementClosed(
                said("Signing ended on %(day)s. The list stays readable.", day=day),
                ended_on=day,
                ended_at=terms.deadline,
            )

    def _ask_to_confirm(self, transaction: Transaction, fresh: Submission, identity: Identity, now: datetime) -> None:
        """Write to the contact; one that already stands is told by mail to its owner, and nowhere else."""
        for owner in identity.owners:
            if recent(transaction, "standing", owner.email, now - MAILS_WITHIN) < MAILS:
                link = self.links.lasting(transaction, "entry", owner.submission)
                post(transaction, "standing", owner.email, owner.language, now, submission=owner.submission, link=link)
        if not identity.sent_by_owner:
            self._post_confirmation(transaction, fresh, now)

    def _post_confirmation(self, transaction: Transaction, submission: Submission, now: datetime) -> None:
        """Send link and code, at most three times within six hours to one address."""
        if recent(transaction, "confirmation", submission.contact.email, now - MAILS_WITHIN) < MAILS:
            link = self.links.issue(transaction, "confirmation", submission.id, code=True)
            about = {"submission": submission.id, "link": link}
            post(transaction, "confirmation", submission.contact.email, submission.locale, now, **about)

    def _answer(self, token: str, code: str, say: Any) -> Submission:
        """Act on a link once, if the code is right; count it if it is wrong."""
        with self.contacts.database.writing("submission") as transaction:
            link = self.links.find(transaction, "confirmation", token)
            right = link is not None and self.links.matches(link, code)
            if link is not None and not right:
                self.links.failed(transaction, link, code)
            elif link is not None:
                submission = one(transaction, link.about)
                if submission.overtaken:
                    raise LinkDead
                if link.used_at or submission.state != "received":
                    return submission
                self.links.used(transaction, link)
                return say(transaction, submission)  # type: ignore[no-any-return]
        raise LinkDead

    def _say_confirmed(self, transaction: Transaction, submission: Submission) -> Submission:
        now = self.contacts.clock()
        identity = self.identities.of(submission, self.register.statement(submission.reference))
        # Whoever was asked may have objected before: then an editor decides.
        automatic = submission.objected_at is None and self._listed_when_confirmed(submission, identity)
        tell_others(transaction, self.links, submission, identity, now)
        values = {"confirmed_at": stamp(now), "assurance": identity.level, "held": None}
        if automatic:  # as the organisation that it was found to be, should another one take that name meanwhile
            values |= {"decided_at": stamp(now), "decided_by": ref(POLICY), "organisation": identity.organisation}
            return change(transaction, submission.id, state="accepting", **values)
        return change(transaction, submission.id, state="confirmed", **values)

    def _say_denied(self, transaction: Transaction, submission: Submission) -> Submission:
        at = stamp(self.contacts.clock())
        decide(transaction, submission.id, "refused", at, ref(Actor("organisation", submission.id)), "not-authorised")
        return one(transaction, submission.id)

    def _listed_when_confirmed(self, submission: Submission, identity: Identity) -> bool:
        """Tell whether the terms need no editor for this one."""
        match self.terms.of(submission.reference).acceptance:
            case "confirmed":
                return self.identities.unmistakable(submission, identity)
            case "invited":
                return self._invited(submission, identity)
            case _:
                return False

    def _invited(self, submission: Submission, identity: Identity) -> bool:
        """Tell whether it comes from whom an invitation names, under that name alone; each lists one entry."""
        invitation = self.invitations.get(submission.invitation) if submission.invitation else None
        if invitation is None or invitation.cancelled_at or not invitation.is_of(submission, identity.organisation):
            return False
        with self.contacts.database.reading() as transaction:
            used = select(
                transaction,
                "invitation = ? AND id <> ? AND state IN ('accepting', 'accepted')",
                [invitation.id, submission.id],
            )
        return not used and self.identities.names_nobody_else(submission, identity)

    def _accept_by_policy(self, submission: Submission) -> None:
        """List it now; what the register refuses waits for an editor, or was refused as late."""
        try:
            self.accept(submission.id, POLICY)
        except (Refused, NotFound, InvalidInput):
            return


ERASED: dict[str, str | None] = {
    "contact_name": "",
    "contact_role": None,
    "contact_email": "",
    "parts": '{"name": ""}',
    "form_id": None,
    "content_sha256": "",
}
"""What stays of an erased contact and name."""


def closed_on(statement: Statement, today: str) -> str:
    """Tell from which date signing has ended."""
    known = [act for act in statement.closings if act["effective_on"] <= today]
    return str(max(known, key=lambda act: (act["effective_on"], act["version"]))["effective_on"])


def _cannot_ask(submission: Submission) -> Sentence:
    if submission.state == "received":
        return said(
            "Nobody has confirmed the address of submission %(id)s yet, so nobody can be asked.", id=submission.id
        )
    return decided_already(submission)

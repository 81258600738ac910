"""Invitations: who was asked to sign a statement, who has answered, and who is reminded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from signatures.characters import fold
from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import InvalidInput, LinkDead, NotFound, Refused, StatementClosed
from signatures.intake.contacts import Contacts
from signatures.intake.invitees import Invitee, check_invitee, read_invitees
from signatures.intake.links import Links
from signatures.intake.submission import Submission
from signatures.intake.terms import TermsBook
from signatures.mail.outbox import one_spelling, post
from signatures.register import Register
from signatures.sentences import said
from signatures.statement import Statement

STATES = ("waiting", "signed", "declined", "cancelled")
REMINDERS = 3  # at most so many to each
REST = timedelta(days=3)  # between two mails to one
LOCK = "submission"  # the one that everybody holds who writes mails, so that their numbers never meet
OVER = ("refused", "expired", "withdrawn")  # submissions after which an invitation waits again
COLUMNS = (
    "i.id, i.reference, i.organisation, i.name, i.email, i.language, i.invited_at, i.invited_by, i.reminders,"
    " i.reminded_at, i.declined_at, i.submission, i.cancelled_at, s.state"
)


class Invitation(NamedTuple):
    """One invitation; `submission_state` is that of the submission that came through it."""

    id: str
    reference: str
    organisation_id: str | None
    name: str
    email: str
    language: str
    invited_at: str
    invited_by: str
    reminders: int
    reminded_at: str | None
    declined_at: str | None
    submission: str | None
    cancelled_at: str | None
    submission_state: str | None

    @property
    def state(self) -> str:
        """Tell how it stands: an entry that was sent counts as signed until it is refused, expired or taken back."""
        if self.cancelled_at:
            return "cancelled"
        if self.submission and self.submission_state and self.submission_state not in OVER:
            return "signed"
        return "declined" if self.declined_at else "waiting"

    @property
    def listed(self) -> bool:
        """Whether the entry that was sent was accepted."""
        return self.state == "signed" and self.submission_state == "accepted"

    def is_of(self, submission: Submission, organisation: str | None) -> bool:
        """Tell whether a submission comes from whom this invites: the registration it names, or one of that very name.

        A short name that neither the invitation nor the register knows could be anybody's; so could a name of which the
        invited one is a translation. An editor looks at those.
        """
        if self.organisation_id is not None:
            return self.organisation_id == organisation
        parts = submission.parts
        spelled = {f"{parts.acronym or ''} {parts.name}"} | ({parts.name} if organisation else set())
        return fold(self.name) in map(fold, spelled)

    def __repr__(self) -> str:
        """Tell nothing personal: a traceback may show it."""
        return f"Invitation({self.id}, …)"


class Reminders(NamedTuple):
    """Whom a round of reminders reaches: those written to, those written to lately, and those reminded often enough."""

    sent: list[Invitation]
    too_soon: list[Invitation]
    enough: list[Invitation]


class Invitations:
    """The invitations in the contacts database."""

    def __init__(self, contacts: Contacts, links: Links, register: Register, terms: TermsBook) -> None:
        """Work on the contacts database; ask the register what can still be signed."""
        self.contacts, self.links, self.register, self.terms = contacts, links, register, terms

    def invite(
        self, reference: str, name: str, email: str, language: str, organisation: str | None = None, *, by: str
    ) -> Invitation:
        """Invite one, with a mail; InvalidInput names the field that cannot be taken."""
        check_invitee(name, email, language)
        if organisation is not None:
            organisation = str(self.register.organisation(organisation).id)
        statement = self.signable(reference)
        with self.contacts.database.writing(LOCK) as transaction:
            if one_spelling(email) in _addresses(transaction, statement.reference):
                raise InvalidInput(said("This address was invited before. Remind it instead."), field="email")
            return self._write(transaction, statement.reference, (name, email, language), organisation, by)

    def weigh(self, reference: str, text: str, language: str) -> list[Invitee]:
        """Read pasted lines and mark who was invited before; nothing is written."""
        statement = self.signable(reference)
        with self.contacts.database.reading() as transaction:
            return read_invitees(text, language, _addresses(transaction, statement.reference))

    def invite_all(self, reference: str, text: str, language: str, *, by: str) -> list[Invitation]:
        """Invite everybody whom the lines name and who can be; all in one transaction."""
        statement = self.signable(reference)
        with self.contacts.database.writing(LOCK) as transaction:
            invitees = read_invitees(text, language, _addresses(transaction, statement.reference))
            return [self._write(transaction, statement.reference, one[1:4], None, by) for one in invitees if one.taken]

    def list(self, reference: str) -> Sequence[Invitation]:
        """List a statement's invitations, the newest first."""
        with self.contacts.database.reading() as transaction:
            return _select(transaction, "i.reference = ? ORDER BY i.number DESC", self._named(reference))

    def get(self, id_: str) -> Invitation:
        """Get an invitation by its id."""
        with self.contacts.database.reading() as transaction:
            return _one(transaction, id_)

    def unanswered(self, reference: str) -> Sequence[Invitation]:
        """List who has not answered, those invited longest ago first."""
        return [one for one in reversed(self.list(reference)) if one.state == "waiting"]

    def counts(self, reference: str) -> dict[str, int]:
        """Count a statement's invitations by state."""
        found = [one.state for one in self.list(reference)]
        return {state: found.count(state) for state in STATES}

    def remind(self, reference: str, *, dry_run: bool = False) -> Reminders:
        """Remind those who have not answered, at most three times and with three days between; a dry run only tells."""
        statement = self.signable(reference)
        now = self.contacts.clock()
        if dry_run:
            return _round(self.unanswered(statement.reference), now)
        with self.contacts.database.writing(LOCK) as transaction:
            waiting = _select(transaction, "i.reference = ? ORDER BY i.number", (statement.reference,))
            found = _round([one for one in waiting if one.state == "waiting"], now)
            for one in found.sent:
                self._remind(transaction, one, now)
        return found

    def cancel(self, id_: str) -> Invitation:
        """Take an invitation back: its link is dead from now on. What was sent through it stays."""
        with self.contacts.database.writing(LOCK) as transaction:
            found = _one(transaction, id_)
            if found.state == "signed":
                raise Refused(said("An entry was sent through this invitation already. Decide on that instead."))
            _set(transaction, found.id, "cancelled_at", stamp(self.contacts.clock()))
            self.links.end(transaction, found.id, "invitation")
            return _one(transaction, found.id)

    def by_token(self, token: str) -> Invitation:
        """Get the invitation that a link opens; LinkDead for one that is wrong or was taken back."""
        with self.contacts.database.reading() as transaction:
            return self._of_link(transaction, token)

    def decline(self, token: str) -> Invitation:
        """Take the answer that an organisation does not sign; it may still change its mind."""
        with self.contacts.database.writing(LOCK) as transaction:
            found = self._of_link(transaction, token)
            if found.state == "signed":
                raise Refused(
                    said("An entry was sent through this invitation already. Use the link in its mail instead.")
                )
            if found.state == "waiting":
                _set(transaction, found.id, "declined_at", stamp(self.contacts.clock()))
            return _one(transaction, found.id)

    def answered(self, transaction: Transaction, id_: str, submission: str) -> None:
        """Say that a submission came through an invitation, in the transaction that writes it."""
        transaction.execute("UPDATE invitation SET submission = ?, declined_at = NULL WHERE id = ?", (submission, id_))

    def signable(self, reference: str) -> Statement:
        """Get a statement that can still be signed, a draft too; Refused for any other."""
        statement = self.register.statement(reference)
        today = self.register.today(statement).isoformat()
        if statement.discarded or statement.retractions:
            raise Refused(
                said(
                    "%(reference)s was taken back or discarded; nobody can be invited to sign it.",
                    reference=statement.reference,
                )
            )
        over = self.terms.of(statement.reference).over(self.contacts.clock())
        if over or not statement.open_on(today):
            raise StatementClosed(
                said("Signing of %(reference)s has ended. Reopen it first.", reference=statement.reference)
            )
        return statement

    # -- inside --------------------------------------------------------------------------------------------------

    def _named(self, reference: str) -> tuple[str]:
        return (self.register.statement(reference).reference,)

    def _write(
        self, transaction: Transaction, reference: str, invitee: Sequence[str], organisation: str | None, by: str
    ) -> Invitation:
        id_, now = str(uuid4()), self.contacts.clock()
        transaction.execute(
            "INSERT INTO invitation (number, id, reference, organisation, name, email, language, invited_at, invited_by,"
            " reminders) VALUES ((SELECT coalesce(max(number), 0) + 1 FROM invitation), ?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (id_, reference, organisation, *invitee, stamp(now), by),
        )
        link = self.links.lasting(transaction, "invitation", id_)
        post(transaction, "invitation", invitee[1], invitee[2], now, invitation=id_, link=link)
        return _one(transaction, id_)

    def _remind(self, transaction: Transaction, one: Invitation, now: datetime) -> None:
        transaction.execute(
            "UPDATE invitation SET reminders = reminders + 1, reminded_at = ? WHERE id = ?", (stamp(now), one.id)
        )
        link = self.links.lasting(transaction, "invitation", one.id)
        post(transaction, "reminder", one.email, one.language, now, invitation=one.id, link=link)

    def _of_link(self, transaction: Transaction, token: str) -> Invitation:
        link = self.links.find(transaction, "invitation", token)
        found = _select(transaction, "i.id = ?", (link.about,)) if link else []
        if not found or found[0].cancelled_at:
            raise LinkDead
        return found[0]


def _round(waiting: Sequence[Invitation], now: datetime) -> Reminders:
    """Sort those who have not answered by whether they are written to now."""
    rested = stamp(now - REST)
    enough = [one for one in waiting if one.reminders >= REMINDERS or not one.email]
    others = [one for one in waiting if one not in enough]
    sent = [one for one in others if (one.reminded_at or one.invited_at) <= rested]
    return Reminders(sent, [one for one in others if one not in sent], enough)


def _addresses(transaction: Transaction, reference: str) -> set[str]:
    """Fold the addresses to which an invitation to a statement went and was not taken back."""
    rows = transaction.execute(
        "SELECT email FROM invitation WHERE reference = ? AND cancelled_at IS NULL", (reference,)
    )
    return {one_spelling(email) for (email,) in rows}


def _select(transaction: Transaction, where: str, values: Sequence[Any]) -> list[Invitation]:
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM invitation i LEFT JOIN submission s ON s.id = i.submission WHERE {where}", values
    )
    return [Invitation(*row) for row in rows]


def _one(transaction: Transaction, id_: str) -> Invitation:
    try:
        found = _select(transaction, "i.id = ?", (str(UUID(id_)),))
    except ValueError:
        found = []
    if not found:
        raise NotFound(said("There is no invitation %(id)s.", id=repr(id_)))
    return found[0]


def _set(transaction: Transaction, id_: str, column: str, value: str) -> None:
    transaction.execute(f"UPDATE invitation SET {column} = ? WHERE id = ?", (value, id_))

"""Identity: which registered organisation a submission comes from, who answers for that, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from signatures.characters import fold
from signatures.database import Transaction
from signatures.intake.alike import candidates
from signatures.intake.assurance import confirmed_level
from signatures.intake.contacts import Contacts
from signatures.intake.disguise import TOO_ALIKE, bearers, beside_the_name, in_twin_script, lines_of
from signatures.intake.links import Links
from signatures.intake.submission import Submission, select
from signatures.log import heads
from signatures.mail.outbox import one_spelling, post
from signatures.organisation import NameParts, agrees
from signatures.register import Register, matching_organisations
from signatures.statement import Statement


class Known(NamedTuple):
    """A contact that answered for a signature of an organisation."""

    email: str
    language: str
    submission: str


class Identity(NamedTuple):
    """What the register and earlier submissions say of the one that sends a submission.

    `organisation` is the registration that it names, `owners` are the contacts of that organisation's signature if it
    stands on the statement already, `others` are its known contacts at other addresses, `level` is what a confirmed
    address would show, and `is_known` says that the sender's is one of the addresses known.
    """

    organisation: str | None
    owners: list[Known]
    others: list[Known]
    level: str
    is_known: bool
    sent_by_owner: bool


class Identities:
    """Asks the register and the contacts who somebody is."""

    def __init__(self, contacts: Contacts, register: Register) -> None:
        """Read both databases."""
        self.contacts, self.register = contacts, register

    def of(self, submission: Submission, statement: Statement) -> Identity:
        """Tell who sends a submission."""
        named = self.named(submission)
        organisation = named[0] if len(named) == 1 else None
        known = [one for id_ in named for one in self._known(id_)]
        email = submission.contact.email.lower()
        owners = [one for id_ in named for one in self._owners(id_, statement)]
        site = self.register.organisation(organisation).spellings()[-1]["url"] if organisation else submission.parts.url
        level = confirmed_level(email, site)
        return Identity(
            organisation=organisation,
            owners=owners,
            others=_once(one for one in self._claimed(submission, named) if one.email.lower() != email),
            level=level,
            is_known=any(one.email.lower() == email for one in known),
            sent_by_owner=any(one.email.lower() == email for one in owners),
        )

    def unmistakable(self, submission: Submission, identity: Identity) -> bool:
        """Tell whether nobody else can be meant: the organisation itself sends it, or it is like no registered one."""
        if identity.organisation is None:
            return not self.named(submission) and not self._alike(submission)
        return (identity.is_known or identity.level == "domain") and self.names_nobody_else(submission, identity)

    def names_nobody_else(self, submission: Submission, identity: Identity) -> bool:
        """Tell whether a submission bears the very name of the organisation that it names, if any, and no other's."""
        own: list[str] = []
        if identity.organisation is not None:
            with self.register.store.reading() as transaction:
                own = heads.group(transaction, identity.organisation)
            if not any(self._bears(id_, submission.parts) for id_ in own):
                return False
        return not bearers(self.register, beside_the_name(submission.parts), own)

    def contacts_of(self, organisation: str) -> list[tuple[str, str]]:
        """List the addresses, each with its language, that answered for signatures of an organisation."""
        return [(one.email, one.language) for one in self._known(organisation)]

    def named(self, submission: Submission) -> list[str]:
        """List the registrations that a submission names: the one chosen, or all that bear its name parts."""
        if submission.chosen:
            return [submission.chosen]
        return self.by_name(submission)

    def by_name(self, submission: Submission) -> list[str]:
        """List the registrations that bear the name parts of a submission, whatever was chosen in the form."""
        if not submission.parts.name:  # it was erased
            return []
        with self.register.store.reading() as transaction:
            return matching_organisations(transaction, submission.parts)

    def _claimed(self, submission: Submission, named: list[str]) -> list[Known]:
        """List the contacts of all whose name or registration a submission claims."""
        return [one for id_ in dict.fromkeys((*named, *self.by_name(submission))) for one in self._known(id_)]

    def _bears(self, organisation: str, parts: NameParts) -> bool:
        """Tell whether these parts are a name of a registration; its acronym may be left away."""
        return any(
            fold(known["name"]) == fold(parts.name)
            and fold(parts.acronym or "") in ("", fold(known["acronym"] or ""))
            and agrees(known, parts.payload())
            for known in self.register.organisation(organisation).spellings()
        )

    def _known(self, organisation: str) -> list[Known]:
        with self.register.store.reading() as transaction:
            group = heads.group(transaction, organisation)
        marks = ", ".join("?" for _ in group)
        with self.contacts.database.reading() as transaction:
            found = select(
                transaction, f"state = 'accepted' AND contact_email <> '' AND organisation IN ({marks})", group
            )
        return self._answering(found, group)

    def _owners(self, organisation: str, statement: Statement) -> list[Known]:
        """List the contacts that answer for the organisation's standing signature on a statement."""
        with self.register.store.reading() as transaction:
            group = heads.group(transaction, organisation)
            standing = any(row.stands for row in heads.signatures_of(transaction, str(statement.id), group))
        if not standing:
            return []
        with self.contacts.database.reading() as transaction:
            found = select(
                transaction,
                "state = 'accepted' AND contact_email <> '' AND reference = ? AND organisation IN"
                f" ({', '.join('?' for _ in group)})",
                [statement.reference, *group],
            )
        return self._answering(reversed(found), group)

    def _answering(self, submissions: Iterable[Submission], group: Sequence[str]) -> list[Known]:
        """List the contacts of submissions that became signatures of a body; who was voided answers for nobody."""
        with self.register.store.reading() as transaction:
            rows = [(one, heads.signature(transaction, one.signature_id)) for one in submissions]
        return _once(
            _known_of(one) for one, row in rows if row is not None and not row.voided and row.organisation in group
        )

    def _alike(self, submission: Submission) -> bool:
        found = candidates(self.register, submission.parts, limit=1)
        nearest = found[0].score if found else 0
        lines = list(lines_of(submission.parts))
        return nearest >= TOO_ALIKE or in_twin_script(lines) or bool(bearers(self.register, lines))


def tell_others(
    transaction: Transaction, links: Links, submission: Submission, identity: Identity, now: datetime
) -> None:
    """Tell an organisation's known contacts, each once, that somebody else signs in its name."""
    rows = transaction.execute(
        "SELECT recipient FROM outbox WHERE kind = 'objection' AND about LIKE ?",
        (f'%"submission": "{submission.id}"%',),
    )
    told = {one_spelling(recipient) for (recipient,) in rows}
    for known in identity.others:
        if one_spelling(known.email) not in told:
            link = links.issue(transaction, "objection", submission.id)
            post(transaction, "objection", known.email, known.language, now, submission=submission.id, link=link)


def _known_of(submission: Submission) -> Known:
    return Known(submission.contact.email, submission.language or "en", submission.id)


def _once(known: Iterable[Known]) -> list[Known]:
    """Keep the first of each address."""
    by_address: dict[str, Known] = {}
    for one in known:
        by_address.setdefault(one.email.lower(), one)
    return list(by_address.values())

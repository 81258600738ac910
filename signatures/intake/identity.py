"""Identity: which registered organisation a submission comes from, who answers for that, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from signatures.intake.alike import candidates
from signatures.intake.assurance import confirmed_level
from signatures.intake.contacts import Contacts
from signatures.intake.submission import Submission
from signatures.log import heads
from signatures.register import Register, matching_organisations
from signatures.statement import Statement

TOO_ALIKE = 85  # of 100: from here on an editor looks first; the pairs of different bodies in real lists score 82 to 88


class Known(NamedTuple):
    """A contact that answered for a signature of an organisation."""

    email: str
    language: str
    submission: str


class Identity(NamedTuple):
    """What the register and earlier submissions say of the one that sends a submission.

    `organisation` is the registration that it names, `owners` are the contacts of that organisation's signature if it
    stands on the statement already, `others` are its known contacts at other addresses, `level` is what a confirmed
    address would show, and `unmistakable` says that nobody else can be meant.
    """

    organisation: str | None
    owners: list[Known]
    others: list[Known]
    level: str
    unmistakable: bool
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
        site = self.register.organisation(organisation).parts["url"] if organisation else submission.parts.url
        level = confirmed_level(email, site)
        is_known = any(one.email.lower() == email for one in known)
        return Identity(
            organisation=organisation,
            owners=owners,
            others=_once(one for one in known if one.email.lower() != email),
            level=level,
            unmistakable=(is_known or level == "domain") if named else not self._alike(submission),
            sent_by_owner=any(one.email.lower() == email for one in owners),
        )

    def contacts_of(self, organisation: str) -> list[tuple[str, str]]:
        """List the addresses, each with its language, that answered for signatures of an organisation."""
        return [(one.email, one.language) for one in self._known(organisation)]

    def named(self, submission: Submission) -> list[str]:
        """List the registrations that a submission names: the one chosen, or all that bear its name parts."""
        if submission.chosen:
            return [submission.chosen]
        with self.register.store.reading() as transaction:
            return matching_organisations(transaction, submission.parts)

    def _known(self, organisation: str) -> list[Known]:
        with self.register.store.reading() as transaction:
            group = heads.group(transaction, organisation)
        marks = ", ".join("?" for _ in group)
        with self.contacts.database.reading() as transaction:
            rows = transaction.execute(
                "SELECT contact_email, coalesce(language, 'en'), id FROM submission WHERE state = 'accepted'"
                f" AND contact_email <> '' AND organisation IN ({marks}) ORDER BY number",
                group,
            )
        return _once(Known(*row) for row in rows)

    def _owners(self, organisation: str, statement: Statement) -> list[Known]:
        """List the contacts that answer for the organisation's standing signature on a statement."""
        with self.register.store.reading() as transaction:
            group = heads.group(transaction, organisation)
            stands = any(row.stands for row in heads.signatures_of(transaction, str(statement.id), group))
        if not stands:
            return []
        with self.contacts.database.reading() as transaction:
            rows = transaction.execute(
                "SELECT contact_email, coalesce(language, 'en'), id FROM submission WHERE state = 'accepted'"
                " AND contact_email <> '' AND reference = ? AND organisation IN"
                f" ({', '.join('?' for _ in group)}) ORDER BY number DESC",
                [statement.reference, *group],
            )
        return _once(Known(*row) for row in rows)

    def _alike(self, submission: Submission) -> bool:
        found = candidates(self.register, submission.parts, limit=1)
        return bool(found) and found[0].score >= TOO_ALIKE


def _once(known: Iterable[Known]) -> list[Known]:
    """Keep the first of each address."""
    by_address: dict[str, Known] = {}
    for one in known:
        by_address.setdefault(one.email.lower(), one)
    return list(by_address.values())

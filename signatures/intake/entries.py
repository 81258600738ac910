"""What a contact may do with its organisation's entry, by the link that the receipt carried.

Before it is accepted: answer, change it, take it back. Afterwards: correct it or withdraw; the list shows that at once. A
correction that leads to another name waits for an editor, for nobody may put another organisation's name on a statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rapidfuzz import fuzz

from signatures.aggregate import Actor, Reason
from signatures.characters import fold
from signatures.clock import stamp
from signatures.editors.acts import Acts
from signatures.editors.proposals import Proposals
from signatures.errors import InvalidInput, LinkDead, Refused
from signatures.intake.alike import candidates
from signatures.intake.contacts import Contacts
from signatures.intake.disguise import TOO_ALIKE, bearers, lines_of
from signatures.intake.identity import Identities, tell_others
from signatures.intake.links import Links
from signatures.intake.submission import CONFIRMED, Submission, change, one, parts_json
from signatures.intake.territories import territory_codes
from signatures.log import heads
from signatures.mail.outbox import post
from signatures.organisation import PART_FIELDS, NameParts
from signatures.register import Recorded, Register
from signatures.sentences import said

STILL_ITSELF = 80  # of 100: a correction that leaves less of the name than this is another name
CODES = ("own-request", "typo", "renamed", "other")
"""The reasons that a contact may give."""


class Entries:
    """Acts of contacts on their own entries; every token that opens none raises LinkDead."""

    def __init__(self, contacts: Contacts, register: Register, links: Links, proposals: Proposals, acts: Acts) -> None:
        """Work on the contacts database and the register."""
        self.contacts, self.register, self.links = contacts, register, links
        self.proposals, self.acts = proposals, acts
        self.identities = Identities(contacts, register)

    def of(self, token: str) -> Submission:
        """Get the submission that a link is about."""
        with self.contacts.database.reading() as transaction:
            link = self.links.find(transaction, "entry", token)
            if link is None:
                raise LinkDead
            found = one(transaction, link.about)
        if found.state == "expired":
            raise LinkDead
        return found

    def parts(self, submission: Submission) -> NameParts:
        """Tell the name parts as they stand now: on the list if it is there, else as sent."""
        if submission.state != "accepted":
            return submission.parts
        fields = self.register.present_parts(submission.signature_id)
        return NameParts(**{field: fields[field] for field in PART_FIELDS})

    def answer(self, token: str, parts: NameParts) -> Submission:
        """Send the entry again with other parts, before anybody has decided; an answer to a question, too."""
        found, parts = self.of(token), parts.checked()
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, found.id)
            if found.state not in CONFIRMED:
                raise Refused(said("This entry can no longer be changed here. Look at what became of it."))
            changed = change(transaction, found.id, state="confirmed", parts=parts_json(parts))
            # Another name is another claim: its level is its own, and whoever is known to bear it is told.
            identity = self.identities.of(changed, self.register.statement(changed.reference))
            tell_others(transaction, self.links, changed, identity, self.contacts.clock())
            return change(transaction, found.id, assurance=identity.level)

    def take_back(self, token: str) -> Submission:
        """Take the entry back before it was accepted; nothing was listed, so nothing is recorded."""
        found = self.of(token)
        with self.contacts.database.writing("submission") as transaction:
            found = one(transaction, found.id)
            if found.state == "withdrawn":
                return found
            if found.state not in ("received", *CONFIRMED):
                raise Refused(said("This entry can no longer be taken back here. Look at what became of it."))
            self.links.end(transaction, found.id, "confirmation")
            now = stamp(self.contacts.clock())
            return change(transaction, found.id, state="withdrawn", decided_at=now, decided_by=_actor(found).ref)

    def correct(
        self, token: str, changes: dict[str, Any], *, code: str = "typo", on: str | None = None
    ) -> Recorded | None:
        """Set the listed entry right, for all dates or from a date on; None if an editor has to look first."""
        submission = self._listed(token)
        present = self.parts(submission)
        changes = {field: value for field, value in changes.items() if value != getattr(present, field)}
        if not changes:
            raise InvalidInput(
                said("Nothing is different from what stands on the list. Change what is wrong."), field="name"
            )
        self._check_code(code)
        after = present._replace(**changes).checked()
        if self._is_another(after, submission):
            detail = {"changes": changes, "on": on, "code": code, "reference": submission.reference}
            self.proposals.propose("correct", submission.signature_id, detail, None, f"organisation:{submission.id}")
            return None
        recorded = self.register.correct(
            _actor(submission),
            submission.signature_id,
            changes,
            on=on,
            reference=submission.reference,
            reason=Reason(code),
        )
        self._tell(submission, "correct", "corrected", recorded)
        return recorded

    def withdraw(self, token: str, *, on: str, code: str = "own-request", show: bool = True) -> Recorded:
        """End the signature on a date; `show` false where the organisation wishes not to be named as having left."""
        submission = self._listed(token)
        self._check_code(code)
        recorded = self.register.withdraw(
            _actor(submission),
            submission.signature_id,
            on=on,
            show=show,
            reference=submission.reference,
            reason=Reason(code),
        )
        self._tell(submission, "withdraw", "withdrawn", recorded)
        return recorded

    # -- inside --------------------------------------------------------------------------------------------------

    def _listed(self, token: str) -> Submission:
        found = self.of(token)
        if found.state != "accepted":
            raise Refused(said("This entry is not on the list. Look at what became of it."))
        return found

    @staticmethod
    def _check_code(code: str) -> None:
        if code not in CODES:
            raise InvalidInput(said("Choose one of the reasons."), field="code")

    def _is_another(self, after: NameParts, submission: Submission) -> bool:
        """Tell whether a reader might take the corrected line for another organisation's, wherever in it the name is."""
        before = self._let_in(submission)
        with self.register.store.reading() as transaction:
            own = heads.group(transaction, self.register.signature(submission.signature_id).organisation)
        alike = [found for found in candidates(self.register, after, limit=5) if found.organisation_id not in own]
        return (
            not all(_still_itself(was, now) for was, now in _pairs(before, after))
            or (_folded(before) != _folded(after) and any(found.score >= TOO_ALIKE for found in alike))
            or bool(
                bearers(self.register, lines_of(after), own) - bearers(self.register, lines_of(before), own),
            )
        )

    def _let_in(self, submission: Submission) -> NameParts:
        """Tell the name parts that somebody else has let in: as listed, with what editors have corrected since.

        What the contact itself has corrected does not count, or small steps would lead anywhere.
        """
        row = self.register.signature(submission.signature_id)
        parts: dict[str, Any] = {}
        for act in row.acts:
            (entry,) = self.register.store.stream_entries(f"statement/{row.statement}", act["version"] - 1, 1)
            data = entry.data()
            if not parts:
                parts = {field: data[field] for field in PART_FIELDS}
            elif "changes" in data and data["actor"]["kind"] != "organisation":
                parts |= {field: value for field, value in data["changes"].items() if field in PART_FIELDS}
        return NameParts(**parts)

    def _tell(self, submission: Submission, act: str, kind: str, recorded: Recorded) -> None:
        """Note it for the editors, and send word to the contact: whoever else reads that mailbox learns of it, too."""
        thing = f"signature:{submission.signature_id}"
        self.acts.note(f"organisation:{submission.id}", act, thing, position=recorded.position)
        if not submission.contact.email:
            return
        with self.contacts.database.writing("submission") as transaction:
            about = {"submission": submission.id, "link": self.links.lasting(transaction, "entry", submission.id)}
            post(transaction, kind, submission.contact.email, submission.locale, self.contacts.clock(), **about)


def _actor(submission: Submission) -> Actor:
    return Actor("organisation", submission.id)


def _pairs(before: NameParts, after: NameParts) -> Iterator[tuple[str, str]]:
    """Give what the line said and says, part by part; a country is none's name."""
    yield _folded(before), _folded(after)
    yield before.acronym or "", after.acronym or ""
    yield before.transliteration or "", after.transliteration or ""
    for language, text in after.translations.items():
        yield before.translations.get(language, ""), text
    for language, text in after.country_printed.items():
        if territory_codes(text, (language, "en"))[1]:
            yield before.country_printed.get(language, ""), text


def _still_itself(before: str, after: str) -> bool:
    """Tell whether a part is still what it was; one that is left away names nobody."""
    return not after or fuzz.ratio(fold(before), fold(after)) >= STILL_ITSELF


def _folded(parts: NameParts) -> str:
    return fold(f"{parts.acronym or ''} {parts.name}".strip())

"""One submission as an editor looks at it: how sure it is who sends it, whom it may be, what was done, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from babel.dates import format_timedelta
from flask_babel import gettext as _

from signatures.editors.accounts import Account
from signatures.editors.acts import Act
from signatures.editors.console.comparing import Row, compare
from signatures.errors import NotFound
from signatures.intake.acceptance import current_text
from signatures.intake.alike import Candidate, candidates, score
from signatures.intake.assurance import LEVELS
from signatures.intake.lookalikes import Lookalike, lookalikes
from signatures.intake.submission import CONFIRMED, Submission
from signatures.log import heads
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.statement import Statement
from signatures.web.words import locale_of

DECIDED = ("accepted", "refused", "expired", "withdrawn")


class Line(NamedTuple):
    """A submission as one line of the queue."""

    submission: Submission
    age: str
    level: str
    alike: int
    mixed: bool


class Side(NamedTuple):
    """A registered organisation beside a submission: `stands` tells since when it stands on this list already."""

    candidate: Candidate
    rows: Sequence[Row]
    stands: str | None
    contact: str
    chosen: bool

    @property
    def called(self) -> str:
        """What a button calls it."""
        return self.candidate.parts.acronym or self.candidate.parts.name


class Case(NamedTuple):
    """All that a page says of a submission."""

    submission: Submission
    statement: Statement
    title: tuple[str, str]
    ladder: Sequence[tuple[str, bool]]
    contact: dict[str, str]
    found: Sequence[Candidate]
    side: Side | None
    letters: Sequence[Lookalike]
    text_changed: bool
    over: str | None
    acts: Sequence[tuple[Act, str]]
    decided_by: str

    @property
    def can_be_accepted(self) -> bool:
        """Whether an editor may accept it now."""
        return self.submission.state in CONFIRMED and not self.submission.held

    @property
    def can_be_refused(self) -> bool:
        """Whether an editor may refuse it now."""
        return self.submission.state in ("received", *CONFIRMED)

    @property
    def likely_same(self) -> bool:
        """Whether accepting it under the organisation beside it is what suggests itself."""
        return self.side is not None and (self.side.candidate.same or self.side.chosen)


def case_of(room: Room, submission: Submission, account: Account, language: str, beside: str | None = None) -> Case:
    """Gather what an editor needs to decide; `beside` names the organisation to compare with."""
    statement = room.register.statement(submission.reference)
    found = _candidates(room, submission)
    chosen = next((one for one in found if one.organisation_id == beside), found[0] if found else None)
    names = {one.ref: one.name for one in room.accounts.list()}
    return Case(
        submission=submission,
        statement=statement,
        title=title_of(room, statement),
        ladder=_ladder(submission),
        contact=_contact(submission, account),
        found=found,
        side=_side(room, submission, chosen, language) if chosen else None,
        letters=lookalikes(submission.printed),
        text_changed=submission.state not in DECIDED and current_text(statement) != submission.text_sha256,
        over=_over(room, statement),
        acts=[
            (act, actor_name(act.actor, names)) for act in reversed(room.acts.list(about=f"submission:{submission.id}"))
        ],
        decided_by=actor_name(submission.decided_by, names) if submission.decided_by else "",
    )


def lines_of(room: Room, submissions: Sequence[Submission], language: str) -> list[Line]:
    """Tell of each submission what helps to choose one."""
    now = room.clock()
    return [
        Line(
            one,
            _age(one, now, language),
            "editor" if one.state == "accepted" else one.assurance or "claimed",
            0 if one.state in DECIDED else len(candidates(room.register, one.parts)),
            bool(lookalikes(one.printed)),
        )
        for one in submissions
    ]


def title_of(room: Room, statement: Statement) -> tuple[str, str]:
    """Choose the title by which a statement goes here, and its language."""
    language = statement.default_language
    if language not in statement.texts:
        language = next(iter(statement.texts), "")
    if not language:
        return statement.reference, ""
    version = statement.texts[language]["version"]
    (entry,) = room.store.stream_entries(f"statement/{statement.id}", version - 1, 1)
    return entry.data()["title"], language


def actor_name(ref: str, names: dict[str, str]) -> str:
    """Name who acted."""
    if ref in names:
        return names[ref]
    kind = ref.partition(":")[0]
    return str({"system": _("the statement's terms"), "organisation": _("the organisation")}.get(kind, ref))


def what_stands(room: Room, submission: Submission, organisation_id: str) -> str | None:
    """Tell since when an organisation stands on the submission's statement, if it does."""
    statement = room.register.statement(submission.reference)
    with room.store.reading() as transaction:
        rows = heads.signatures_of(transaction, str(statement.id), heads.group(transaction, organisation_id))
    standing = [row for row in rows if row.stands and row.id != submission.signature_id]
    return standing[0].signed_on if standing else None


def _candidates(room: Room, submission: Submission) -> list[Candidate]:
    """List whom it may be, the one that the organisation itself chose first; what it became is no candidate."""
    if submission.state in DECIDED:
        return []
    found = candidates(room.register, submission.parts)
    if submission.chosen is None:
        return found
    chosen = [one for one in found if one.organisation_id == submission.chosen] or _unlike(room, submission)
    return [*chosen, *(one for one in found if one.organisation_id != submission.chosen)]


def _unlike(room: Room, submission: Submission) -> list[Candidate]:
    """Make a candidate of the organisation that was chosen in the form though its name is another."""
    try:
        organisation = room.register.organisation(submission.chosen or "")
    except NotFound:
        return []
    parts = NameParts(**organisation.spellings()[-1])
    with room.store.reading() as transaction:
        statements = heads.statements_of(transaction, [str(organisation.id)])
        begun = room.store.stream_entries(f"organisation/{organisation.id}", 0, 1)[0].recorded_at
    near = score(submission.parts.payload(), parts.payload())
    return [Candidate(str(organisation.id), near, parts, statements, begun, same=False)]


def _side(room: Room, submission: Submission, candidate: Candidate, language: str) -> Side:
    return Side(
        candidate,
        compare(submission.parts, candidate.parts, language),
        what_stands(room, submission, candidate.organisation_id),
        _same_contact(room, submission, candidate.organisation_id),
        candidate.organisation_id == submission.chosen,
    )


def _same_contact(room: Room, submission: Submission, organisation_id: str) -> str:
    known = [email.casefold() for email, _language in room.intake.identities.contacts_of(organisation_id)]
    if not known:
        return str(_("no address known"))
    return str(_("the same address") if submission.contact.email.casefold() in known else _("another address"))


def _ladder(submission: Submission) -> list[tuple[str, bool]]:
    reached = LEVELS.index(submission.assurance) if submission.assurance in LEVELS else 0
    words = (_("Claimed"), _("Address confirmed"), _("Domain confirmed"), _("Accepted by an editor"))
    accepted = submission.state == "accepted" and (submission.decided_by or "").startswith("editor:")
    return [(word, accepted if place == 3 else place <= reached) for place, word in enumerate(words)]


def _contact(submission: Submission, account: Account) -> dict[str, str]:
    """Show the contact to who may write to it; others see that there is one."""
    name, role, email = submission.contact
    if not email:
        return {}
    if not account.may_act:
        return {"masked": "yes", "name": "•••", "role": "", "email": f"•••@{email.rpartition('@')[2]}"}
    return {"masked": "", "name": name, "role": role or "", "email": email}


def _over(room: Room, statement: Statement) -> str | None:
    """Say that nobody can sign the statement any more, where that is so."""
    if statement.retractions:
        return str(_("This statement was taken back."))
    if room.terms.of(statement.reference).over(room.clock()) or not statement.open_on(
        room.register.today(statement).isoformat()
    ):
        return str(_("Signing has ended. What was received before counts and can still be accepted."))
    return None


def _age(submission: Submission, now: datetime, language: str) -> str:
    since = now - datetime.fromisoformat(submission.received_at)
    return str(format_timedelta(since, locale=locale_of(language), threshold=1.2))

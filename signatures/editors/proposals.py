"""Proposals: what cannot be taken back quietly is proposed by one editor and done by a second who confirms it.

Confirming writes to two databases, so its intent is stored first: (1) contacts: `performing`; (2) register: the command,
at most once for this proposal's id; (3) contacts: `performed`, or `refused` with the register's sentence. What was cut
off in between is settled by doing (2) again, which answers by what was done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _

from signatures.aggregate import Actor, Reason
from signatures.clock import Clock, stamp
from signatures.database import Database, Transaction
from signatures.editors.accounts import Account
from signatures.editors.acts import Acts
from signatures.editors.proposal import KINDS, Proposal, checked, decide, insert, one, select
from signatures.errors import Forbidden, Refused, RegisterError, StorageUnavailable
from signatures.mail.outbox import post
from signatures.register import Recorded, Register

PATIENCE = timedelta(minutes=1)  # longer than a confirmation under way can wait for the log lock


class Proposals:
    """The proposals in the contacts database."""

    def __init__(self, database: Database, clock: Clock, register: Register, acts: Acts) -> None:
        """Use the contacts database, which `Contacts.create` has made, and the register that they are about."""
        self.database, self.clock, self.register, self.acts = database, clock, register, acts

    def propose(self, act: str, about: str, detail: Mapping[str, Any], note: str | None, by: Account | str) -> str:
        """Propose an act and return the proposal's id; what the register would refuse is refused at once.

        `by` is the editor, or as acts name who asks: `organisation:ID` is the contact of that submission. The same
        proposal again is one; a newer one of the same kind takes the place of one's own older one.
        """
        fresh = self._fresh(act, about, detail, note, by)
        self._try(fresh)
        with self.database.writing("proposal") as transaction:
            waiting = select(transaction, "state = 'waiting' AND act = ? AND about = ?", fresh.act, fresh.about)
            for other in waiting:
                if other.proposed_by != fresh.proposed_by:
                    continue
                if (other.detail, other.note) == (fresh.detail, fresh.note):
                    return other.id
                decide(transaction, other.id, "replaced", fresh.proposed_at, fresh.proposed_by)
            insert(transaction, fresh)
        self.acts.note(fresh.proposed_by, f"propose-{fresh.act}", fresh.thing, proposal=fresh.id)
        return fresh.id

    def confirm(self, id_: str, account: Account) -> Proposal:
        """Do what was proposed; refused to who proposed it. Confirming again answers as the first time.

        If the register refuses, the proposal that is returned says so in its `outcome`.
        """
        return self._perform(self._intend(id_, account))

    def reject(self, id_: str, account: Account) -> Proposal:
        """Put a proposal away; who made it may take it back."""
        _check_may_act(account)
        with self.database.writing("proposal") as transaction:
            found = one(transaction, id_)
            if (found.state, found.decided_by) == ("rejected", account.ref):
                return found
            if found.state != "waiting":
                raise Refused(_decided_already(found))
            decide(transaction, found.id, "rejected", stamp(self.clock()), account.ref)
            found = one(transaction, id_)
        self.acts.note(account.ref, f"reject-{found.act}", found.thing, proposal=found.id)
        return found

    def get(self, id_: str) -> Proposal:
        """Get a proposal by its id."""
        with self.database.reading() as transaction:
            return one(transaction, id_)

    def waiting(self) -> Sequence[Proposal]:
        """List the proposals on which nobody has decided, the oldest first."""
        with self.database.reading() as transaction:
            return select(transaction, "state IN ('waiting', 'performing')")

    def decided(self, limit: int = 20) -> Sequence[Proposal]:
        """List the proposals on which somebody has decided, the newest first."""
        with self.database.reading() as transaction:
            return select(transaction, "state NOT IN ('waiting', 'performing')", limit=limit)

    def settle(self, patience: timedelta = PATIENCE) -> int:
        """Settle what was cut off while it was done; return how many."""
        before = stamp(self.clock() - patience)
        with self.database.reading() as transaction:
            cut_off = select(transaction, "state = 'performing' AND decided_at <= ?", before)
        for proposal in cut_off:
            self._perform(proposal)
        return len(cut_off)

    # -- inside --------------------------------------------------------------------------------------------------

    def _fresh(self, act: str, about: str, detail: Mapping[str, Any], note: str | None, by: Account | str) -> Proposal:
        if isinstance(by, Account):
            _check_may_act(by)
        given, thing = checked(act, detail), KINDS[act].thing
        about = about.removeprefix(f"{thing}:")
        Reason(given.get("code"), note or None).checked()
        return Proposal(
            id=str(uuid4()),
            act=act,
            about=about if thing == "statement" else about.lower(),
            detail=given,
            note=note or None,
            proposed_at=stamp(self.clock()),
            proposed_by=by if isinstance(by, str) else by.ref,
            state="waiting",
            decided_at=None,
            decided_by=None,
            outcome=None,
            number=0,
        )

    def _try(self, proposal: Proposal) -> None:
        """Ask the register whether it would do this, and take it back."""
        try:
            with self.register.store.writing():
                self._command(proposal, _actor(proposal.proposed_by))()
                raise _Tried
        except _Tried:
            return

    def _intend(self, id_: str, account: Account) -> Proposal:
        """Store the intent (1)."""
        _check_may_act(account)
        with self.database.writing("proposal") as transaction:
            found = one(transaction, id_)
            if found.proposed_by == account.ref:
                raise Refused(_("You proposed this yourself. A second editor confirms it."))
            if found.state == "waiting":
                decide(transaction, found.id, "performing", stamp(self.clock()), account.ref)
                return one(transaction, id_)
            if found.decided_by == account.ref and found.state in ("performing", "performed", "refused"):
                return found
            raise Refused(_decided_already(found))

    def _perform(self, proposal: Proposal) -> Proposal:
        """Have the register do it (2), once whoever asks how often, and say what came of it (3)."""
        if proposal.state != "performing":
            return proposal
        command = self._command(proposal, _actor(proposal.decided_by or ""))
        request = [proposal.act, proposal.about, proposal.detail, proposal.note]
        try:
            told = self.register.once("proposal", proposal.id, request, lambda: command()._asdict())
        except StorageUnavailable:
            raise  # whether it was recorded is not known now: `settle` asks again
        except RegisterError as error:
            return self._conclude(proposal, "refused", error.sentence)
        return self._conclude(proposal, "performed", str(told["position"]))

    def _conclude(self, proposal: Proposal, state: str, outcome: str) -> Proposal:
        """Say what came of it (3); who says it first notes the act."""
        with self.database.writing("submission") as transaction:  # the lock of whoever writes mails
            first = one(transaction, proposal.id).state == "performing"
            if first:
                decide(transaction, proposal.id, state, proposal.decided_at, proposal.decided_by, outcome)
                if state == "performed":
                    tell_who_asked(transaction, proposal, self.clock())
            concluded = one(transaction, proposal.id)
        if first:
            position = int(outcome) if state == "performed" else None
            self.acts.note(
                str(proposal.decided_by),
                f"confirm-{proposal.act}",
                proposal.thing,
                proposal=proposal.id,
                position=position,
            )
        return concluded

    def _command(self, proposal: Proposal, actor: Actor) -> Callable[[], Recorded]:
        """Find the register's command for a proposal."""
        register, about, detail, reason = self.register, proposal.about, proposal.detail, proposal.reason
        under: dict[str, Any] = {"reference": detail.get("reference"), "reason": reason}
        commands: dict[str, Callable[[], Recorded]] = {
            "void": lambda: register.void(actor, about, **under),
            "withdraw": lambda: register.withdraw(
                actor, about, on=detail["on"], show=detail.get("show", True), **under
            ),
            "correct": lambda: register.correct(actor, about, detail["changes"], on=detail.get("on"), **under),
            "retract": lambda: register.retract(actor, about, on=detail["on"], reason=reason),
            "annul": lambda: register.annul(actor, about, detail["position"], reason),
            "merge": lambda: register.merge(actor, about, detail["into"], reason),
            "unmerge": lambda: register.annul_merger(actor, about, detail["position"], reason),
        }
        return commands[proposal.act]


def tell_who_asked(transaction: Transaction, proposal: Proposal, now: datetime) -> None:
    """Tell a contact that the correction it asked for is recorded; nobody where its address was erased."""
    kind, _colon, submission = proposal.proposed_by.partition(":")
    if (kind, proposal.act) != ("organisation", "correct"):
        return
    rows = transaction.execute(
        "SELECT s.contact_email, coalesce(s.language, 'en'), l.id FROM submission s JOIN link l ON l.about = s.id"
        " WHERE s.id = ? AND l.purpose = 'entry' AND s.contact_email <> ''",
        (submission,),
    )
    for email, language, link in rows[:1]:
        post(transaction, "corrected", email, language, now, submission=submission, link=link)


class _Tried(Exception):
    """Takes back what was only tried."""


def _check_may_act(account: Account) -> None:
    if not account.may_act:
        raise Forbidden(_("Your account may read everything here and change nothing."))


def _actor(ref: str) -> Actor:
    kind, _colon, id_ = ref.partition(":")
    return Actor(kind, id_)


def _decided_already(proposal: Proposal) -> str:
    match proposal.state:
        case "performing" | "performed":
            return str(_("Another editor has confirmed this already."))
        case "rejected":
            return str(_("This proposal was put away already. Propose it again if it is still right."))
        case "replaced":
            return str(_("A newer proposal took the place of this one. Look at that."))
        case _:
            return str(_("The register refused this: %(sentence)s", sentence=proposal.outcome or ""))

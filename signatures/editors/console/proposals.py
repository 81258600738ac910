"""The page of proposals: what waits for a second editor, in words, with two buttons."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _

from signatures.editors.console.changes import Changes
from signatures.editors.console.wording import Words
from signatures.editors.proposal import Proposal
from signatures.editors.signing_in import present, signed_in
from signatures.errors import UnknownParameter
from signatures.room import Room


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `proposals`."""
    proposals = Blueprint("proposals", __name__)

    @proposals.get("/editors/proposals")
    @signed_in()
    def list_proposals() -> Any:
        """List what waits and what was decided."""
        _known_parameters()
        words = Words(room)
        changes = Changes(room.register, words)
        return render_template(
            "editors/proposals.html",
            waiting=[_shown(one, words, changes) for one in room.proposals.waiting()],
            decided=[_shown(one, words, changes) for one in room.proposals.decided()],
            alone=len(room.accounts.deciding()) < 2,
            done=_done(request.args.get("done")),
        )

    @proposals.post("/editors/proposals/<proposal_id>/confirmation")
    @signed_in()
    def confirm(proposal_id: str) -> Any:
        """Do what was proposed."""
        return _after(room.proposals.confirm(proposal_id, present()).state)

    @proposals.post("/editors/proposals/<proposal_id>/rejection")
    @signed_in()
    def reject(proposal_id: str) -> Any:
        """Put a proposal away."""
        return _after(room.proposals.reject(proposal_id, present()).state)

    return proposals


def _after(state: str) -> Any:
    return redirect(url_for("proposals.list_proposals", done=state), 303)


def _done(state: str | None) -> str:
    """Say what was just decided."""
    sentences: dict[str, str] = {
        "performed": _("It is done and recorded."),
        "refused": _("The register refused it: see below why. Nothing was recorded."),
        "rejected": _("The proposal is put away. Nothing was recorded."),
    }
    return sentences.get(state or "", "")


def _shown(proposal: Proposal, words: Words, changes: Changes) -> dict[str, Any]:
    return {
        "proposal": proposal,
        "told": changes.of(proposal),
        "by": words.who(proposal.proposed_by),
        "decider": words.who(proposal.decided_by),
        "own": proposal.proposed_by == present().ref,
        "outcome": _outcome(proposal),
    }


def _outcome(proposal: Proposal) -> str:
    match proposal.state:
        case "performed":
            return str(_("recorded at position %(position)s", position=proposal.outcome))
        case "rejected":
            return str(_("put away"))
        case "replaced":
            return str(_("a newer proposal took its place"))
        case _:
            return proposal.outcome or ""


def _known_parameters() -> None:
    for name in request.args:
        if name not in ("lang", "done"):
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))

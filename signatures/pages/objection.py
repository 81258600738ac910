"""The objection: an organisation's known contact says in one click that an entry in its name was not them."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, redirect, render_template, url_for

from signatures.errors import LinkDead, Refused
from signatures.intake.submission import Submission
from signatures.pages.formdesk import here
from signatures.pages.links import answer, dead_link_page
from signatures.pages.signable import StatementOf, shown
from signatures.printed import printed
from signatures.room import Room
from signatures.web.frame import language_of_reader


def blueprint(room: Room, statement_of: StatementOf) -> Blueprint:
    """Make the blueprint `objection`: /objections/TOKEN and /objections/noted."""
    objection = Blueprint("objection", __name__)

    @objection.get("/objections/<token>")
    def look(token: str) -> Response:
        """Tell which entry it is about: under the registered name, in none of the sender's words."""
        submission = room.intake.to_object(token)
        told = shown(statement_of(submission.reference), language_of_reader())
        names = [_line(room, id_) for id_ in _claimed(room, submission)]
        return answer(
            render_template(
                "objection.html",
                token=token,
                statement=told,
                names=names,
                received_at=submission.received_at,
                here=here(),
            )
        )

    @objection.post("/objections/<token>")
    def object_(token: str) -> Response:
        """Note the objection; editors see it at once."""
        _lay_before_editors(room, room.intake.object(token))
        return answer(redirect(url_for("objection.noted", **here()), 303))

    @objection.get("/objections/noted")
    def noted() -> Response:
        """Say that it was noted."""
        return answer(render_template("objection.html", token=None, here=here()))

    @objection.errorhandler(LinkDead)
    def dead(_error: LinkDead) -> Response:
        """Say the same of every dead link."""
        return dead_link_page()

    return objection


def _lay_before_editors(room: Room, submission: Submission) -> None:
    """Propose to void what is listed already, for editors look for what waits; one that is not is in their queue."""
    if submission.state != "accepted":
        return
    detail = {"reference": submission.reference, "code": "not-authorised"}
    with suppress(Refused):  # it was voided meanwhile
        room.proposals.propose("void", submission.signature_id, detail, None, f"organisation:{submission.id}")


def _claimed(room: Room, submission: Submission) -> list[str]:
    """List the registrations that it claims; none where it names one and chose another, for each is asked apart."""
    identities = room.intake.identities
    named, by_name = identities.named(submission), identities.by_name(submission)
    return named if set(by_name) <= set(named) else []


def _line(room: Room, organisation_id: str) -> str:
    parts = room.register.organisation(organisation_id).parts
    return printed(parts["acronym"], parts["name"], parts["transliteration"], None, None)

"""The confirmation: a link and six digits say whether an organisation signs. Only a POST with the right digits acts."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, redirect, render_template, request, session, url_for

from signatures.errors import LinkDead, NotFound
from signatures.intake.submission import Submission
from signatures.pages.formdesk import here
from signatures.pages.links import answer, dead_link_page
from signatures.pages.signable import StatementOf, shown
from signatures.room import Room
from signatures.web.frame import language_of_reader


def blueprint(room: Room, statement_of: StatementOf) -> Blueprint:
    """Make the blueprint `confirmation`: /confirmations/TOKEN, /confirmations/TOKEN/again, /confirmations/done and /sent."""
    confirmation = Blueprint("confirmation", __name__)
    acts = {"sign": room.intake.confirm, "not-us": room.intake.deny}

    @confirmation.get("/confirmations/<token>")
    def look(token: str) -> Response:
        """Ask whether the organisation signs."""
        submission = room.intake.to_confirm(token)
        told = shown(statement_of(submission.reference), language_of_reader())
        published = bool(room.register.statement(submission.reference).edition)
        return _page("confirmation.html", submission=submission, statement=told, published=published, token=token)

    @confirmation.post("/confirmations/<token>")
    def say(token: str) -> Response:
        """Take the answer, once; the same answer again leads to the same place."""
        act = acts.get(request.form.get("answer", ""))
        if act is None:
            raise LinkDead
        submission = act(token, request.form.get("code", ""))
        session["confirmed"] = submission.id
        return answer(redirect(_whereto(submission), 303))

    @confirmation.post("/confirmations/<token>/again")
    def again(token: str) -> Response:
        """Send a new message if there is something to confirm; the answer is the same if not."""
        room.intake.again(token)
        return answer(redirect(url_for("confirmation.sent", **here()), 303))

    @confirmation.get("/confirmations/sent")
    def sent() -> Response:
        """Say what happens if there was something to confirm."""
        return _page("confirmed.html", submission=None)

    @confirmation.get("/confirmations/done")
    def done() -> Response:
        """Say to the browser that answered what became of it."""
        submission = _remembered(room)
        told = shown(statement_of(submission.reference), language_of_reader()) if submission else None
        return _page("confirmed.html", submission=submission, statement=told, done=True)

    @confirmation.errorhandler(LinkDead)
    def dead(_error: LinkDead) -> Response:
        """Say the same of every link or code that does nothing."""
        return dead_link_page(again=url_for("confirmation.again", **(request.view_args or {}), **here()))

    return confirmation


def _whereto(submission: Submission) -> str:
    if submission.state == "accepted":
        return url_for("receipt.receipt", signature_id=submission.signature_id, **here())
    return url_for("confirmation.done", **here())


def _remembered(room: Room) -> Submission | None:
    """Get what this browser answered for, unless it was erased since."""
    with suppress(NotFound):
        found = room.intake.show(session.get("confirmed", ""))
        return found if found.parts.name else None
    return None


def _page(template: str, **context: object) -> Response:
    return answer(render_template(template, here=here(), **context))

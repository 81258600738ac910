"""The invitation as who was invited meets it: the text, the way to the form, and a way to say no."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, url_for

from signatures.errors import LinkDead
from signatures.pages.conditions import conditions_of
from signatures.pages.formdesk import here
from signatures.pages.links import answer, dead_link_page
from signatures.pages.signable import StatementOf, shown
from signatures.room import Room
from signatures.web.frame import language_of_reader


def blueprint(room: Room, statement_of: StatementOf) -> Blueprint:
    """Make the blueprint `invited`: /invitations/TOKEN."""
    invited = Blueprint("invited", __name__)

    @invited.get("/invitations/<token>")
    def look(token: str) -> Response:
        """Show what there is to sign, also while it is a draft."""
        invitation = room.invitations.by_token(token)
        reader = language_of_reader()
        return answer(
            render_template(
                "invited.html",
                token=token,
                invitation=invitation,
                statement=shown(statement_of(invitation.reference), reader),
                conditions=conditions_of(room, invitation.reference, reader),
                published=bool(room.register.statement(invitation.reference).edition),
                here=here(),
            )
        )

    @invited.post("/invitations/<token>")
    def decline(token: str) -> Response:
        """Note that the organisation will not sign; the link stays, for it may think again."""
        room.invitations.decline(token)
        return answer(redirect(url_for("invited.look", token=token, **here()), 303))

    @invited.errorhandler(LinkDead)
    def dead(_error: LinkDead) -> Response:
        """Say the same of every dead link."""
        return dead_link_page()

    return invited

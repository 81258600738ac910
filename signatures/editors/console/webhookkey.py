"""The console's page on which the key of messages to webhooks gives way to another."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.editors.console.keeping import Question, after, attempt, noted
from signatures.editors.signing_in import signed_in
from signatures.errors import Refused
from signatures.room import Room
from signatures.webhooks.signing import OVERLAP_DAYS


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `webhookkey`: /editors/webhooks/key."""
    routes = Blueprint("webhookkey", __name__)

    @routes.route("/editors/webhooks/key", methods=["GET", "POST"])
    @signed_in("editor", "admin")
    def change() -> Response:
        """Say what another key means for receivers, then make it."""
        return attempt(_rotating(), lambda _values: _rotate(room))

    return routes


def _rotating() -> Question:
    what = [
        _("From now on every message is signed with a new key."),
        ngettext(
            "For %(num)s day it is signed with the present key, too, so that receivers have time to learn the new one.",
            "For %(num)s days it is signed with the present key, too, so that receivers have time to learn the new one.",
            OVERLAP_DAYS,
        ),
        _(
            "If somebody else may have the present key, let the operator throw it away: signatures webhook rotate --at-once."
        ),
    ]
    return Question(_("Change the key"), what, _("Make a new key"), url_for("webhooks.listing"), place="acts")


def _rotate(room: Room) -> Response:
    today = room.clock().date()
    try:
        room.signer.rotate(today, today + timedelta(days=OVERLAP_DAYS))
    except Refused as refused:
        raise Refused(_("The key before this one still signs. Let its time pass first.")) from refused
    noted(room, "webhook-rotate", "webhooks")
    return after(url_for("webhooks.listing"), "webhook-rotate")

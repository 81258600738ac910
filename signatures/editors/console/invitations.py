"""The console's pages of invitations: who was asked, who has not answered, and who is reminded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.editors.console.keeping import (
    Lists,
    Question,
    after,
    attempt,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    typed,
)
from signatures.editors.signing_in import signed_in
from signatures.errors import BadQuery, InvalidInput, RegisterError
from signatures.intake.invitations import REMINDERS, REST, STATES, Invitation
from signatures.intake.invitees import Invitee
from signatures.room import Room
from signatures.web import catalogues
from signatures.web.catalogues import LANGUAGES
from signatures.web.words import language_name

PAGE = 50
OF = "/editors/statements/<reference>/invitations"


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `inviting`: /editors/invitations and those of each statement."""
    inviting = Blueprint("inviting", __name__)

    @inviting.get("/editors/invitations")
    @signed_in()
    def everywhere() -> Response:
        """List the statements with how many were invited and have not answered."""
        known_parameters("cursor")
        answer = lists.statements(limit=PAGE, cursor=request.args.get("cursor"), drafts=True)
        rows = [(told, room.invitations.counts(told["reference"])) for told in answer["statements"]]
        return page("invitations.html", statements=rows, told=None, older=answer.next)

    @inviting.get(OF)
    @signed_in()
    def invitations(reference: str) -> Response:
        """List a statement's invitations, or those that wait."""
        known_parameters("state")
        state = request.args.get("state", "")
        if state not in ("", *STATES):
            raise BadQuery(_("%(name)s is one of %(choices)s.", name="state", choices=", ".join(STATES)))
        return _list_page(room, lists, reference, state)

    @inviting.get(f"{OF}/new")
    @signed_in("editor", "admin")
    def form(reference: str) -> Response:
        """Show the empty form."""
        known_parameters()
        told = lists.statement(reference, drafts=True)
        return _form_page(told, {"language": told["default_language"]}, {})

    @inviting.post(f"{OF}/new")
    @signed_in("editor", "admin")
    def invite(reference: str) -> Response:
        """Read the lines and show what they would do, or invite those that were shown."""
        told, values = lists.statement(reference, drafts=True), _typed_lines()
        try:
            return _invite(room, told, values)
        except RegisterError as refused:
            return _form_page(told, values, beside(refused, "lines"))

    _rounds(inviting, room, lists)
    return inviting


def _rounds(inviting: Blueprint, room: Room, lists: Lists) -> None:
    @inviting.route(f"{OF}/reminders", methods=["GET", "POST"])
    @signed_in()
    def remind(reference: str) -> Response:
        """Say who would be reminded, then remind them."""
        told = lists.statement(reference, drafts=True)
        return attempt(_reminding(room, told), lambda _values: _remind(room, told["reference"]))

    @inviting.route("/editors/invitations/<invitation_id>/cancellation", methods=["GET", "POST"])
    @signed_in()
    def cancel(invitation_id: str) -> Response:
        """Take an invitation back."""
        invitation = room.invitations.get(invitation_id)
        return attempt(_cancelling(invitation), lambda _values: _cancel(room, invitation))


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _list_page(room: Room, lists: Lists, reference: str, state: str) -> Response:
    told = lists.statement(reference, drafts=True)
    found = room.invitations.list(told["reference"])
    return page(
        "invitations.html",
        statements=None,
        told=told,
        terms=room.terms.of(told["reference"]),
        counts=room.invitations.counts(told["reference"]),
        state=state,
        invitations=[one for one in found if state in ("", one.state)],
        reminders=REMINDERS,
        ended=_why_not(room, told["reference"]),
        older=None,
    )


def _why_not(room: Room, reference: str) -> str:
    """Say why nobody can be invited or reminded any more; nothing while somebody can."""
    try:
        room.invitations.signable(reference)
    except RegisterError as refused:
        return beside(refused)["form"]  # type: ignore[no-any-return]
    return ""


def _form_page(
    told: Any, values: Mapping[str, str], errors: Mapping[str, str], weighed: list[Invitee] | None = None
) -> Response:
    return page(
        "invitation_form.html",
        422 if errors else 200,
        told=told,
        values=values,
        errors=errors,
        weighed=weighed,
        taken=[one for one in weighed or [] if one.taken],
        tongues=[(code, language_name(code)) for code in LANGUAGES],
    )


# ── inviting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _typed_lines() -> dict[str, str]:
    """Read the form; one organisation typed into its own fields is a line like the others."""
    values = typed()
    return {**values, "lines": values.get("lines", "").replace("\r\n", "\n").replace("\0", "")}


def _invite(room: Room, told: Any, values: dict[str, str]) -> Response:
    reference, language = told["reference"], values.get("language") or told["default_language"]
    if not values["lines"]:
        raise InvalidInput(_("Write a line for each organisation that is invited."), field="lines")
    weighed = room.invitations.weigh(reference, values["lines"], language)
    count = sum(one.taken for one in weighed)
    if values.get("do") != "send" or values.get("count") != str(count) or not count:
        return _form_page(told, values, {}, weighed)
    sent = room.invitations.invite_all(reference, values["lines"], language, by=editor().ref)
    noted(room, "invite", f"statement:{reference}", count=len(sent))
    return after(url_for("inviting.invitations", reference=reference), "invited")


# ── reminding and taking back ────────────────────────────────────────────────────────────────────────────────────────


def _reminding(room: Room, told: Any) -> Question:
    try:
        found = room.invitations.remind(told["reference"], dry_run=True)
    except RegisterError as refused:
        return _round(told, [catalogues.told(refused.said)], possible=False)
    sent, soon, enough = (len(group) for group in found)
    what = [
        ngettext("%(num)s invited organisation gets a reminder.", "%(num)s invited organisations get a reminder.", sent)
    ]
    if soon:
        what.append(
            ngettext(
                "%(num)s was written to less than %(days)s days ago and is left in peace.",
                "%(num)s were written to less than %(days)s days ago and are left in peace.",
                soon,
                days=REST.days,
            )
        )
    if enough:
        what.append(
            ngettext(
                "%(num)s has had %(most)s reminders and gets no more.",
                "%(num)s have had %(most)s reminders and get no more.",
                enough,
                most=REMINDERS,
            )
        )
    return _round(told, what, possible=sent > 0)


def _round(told: Any, what: list[str], *, possible: bool) -> Question:
    return Question(
        _("Remind those who have not answered"),
        what,
        _("Send the reminders") if possible else "",
        back=url_for("inviting.invitations", reference=told["reference"]),
        about=told["title"] or told["reference"],
        about_language=told["default_language"],
        kicker=told["reference"],
        place="invitations",
    )


def _remind(room: Room, reference: str) -> Response:
    found = room.invitations.remind(reference)
    noted(room, "remind", f"statement:{reference}", count=len(found.sent))
    return after(url_for("inviting.invitations", reference=reference), "reminded")


def _cancelling(invitation: Invitation) -> Question:
    what = [
        _("The link in its mail opens nothing any more. Nobody is told."),
        _("It is not counted among those invited. You can invite the same address again."),
    ]
    return Question(
        _("Take the invitation back"),
        what,
        _("Take it back"),
        back=url_for("inviting.invitations", reference=invitation.reference),
        about=invitation.name,
        kicker=invitation.reference,
        place="invitations",
    )


def _cancel(room: Room, invitation: Invitation) -> Response:
    room.invitations.cancel(invitation.id)
    noted(room, "cancel-invitation", f"invitation:{invitation.id}", statement=invitation.reference)
    return after(url_for("inviting.invitations", reference=invitation.reference), "cancelled")

"""The signing form: empty, as a preview, and what it takes as a submission, which waits until its address is confirmed.

Nothing that a person wrote reaches a log record, an address or an event.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from signatures.errors import BodyTooLarge, InvitationNeeded, StatementClosed, UnknownParameter
from signatures.pages.conditions import moment_in_words
from signatures.pages.formdesk import Desk, list_links
from signatures.pages.signable import StatementOf
from signatures.pages.suggesting import OrganisationsLike
from signatures.room import Room
from signatures.web.frame import language_of_reader
from signatures.web.words import day_words

BODY_LIMIT = 64 * 1024
EXPIRED = "The CSRF token has expired."
"""How the library says it."""


def blueprint(room: Room, statement_of: StatementOf, organisations_like: OrganisationsLike) -> Blueprint:
    """Make the blueprint `form`: /statements/REF/sign, /statements/REF/sign/suggestions, /statements/REF/sign/received."""
    form = Blueprint("form", __name__)
    desk = Desk(room, statement_of, organisations_like)

    @form.get("/statements/<reference>/sign")
    def sign(reference: str) -> Response:
        """Show the empty form."""
        _known_parameters("lang", "invitation")
        asked = desk.asked(reference, request.args.get("invitation", ""))
        typed = {"name": asked.invitation.name} if asked.invitation else {}
        return _cached(desk.page(asked, typed, {}), "private, no-cache")  # no-store would make the back button forget

    @form.post("/statements/<reference>/sign")
    def send(reference: str) -> Response:
        """Take a submission, or show the form again with what needs another look."""
        _known_parameters("lang")
        typed = _typed()
        return _cached(desk.take(desk.asked(reference, typed.get("invitation", "")), typed), "no-store")

    @form.get("/statements/<reference>/sign/suggestions")
    def suggestions(reference: str) -> Response:
        """List registered organisations that a name being typed may mean."""
        _known_parameters("lang", "q", "invitation")
        asked = desk.asked(reference, request.args.get("invitation", ""))
        found = desk.suggesting.of(request.args.get("q", ""), asked.language)
        return _cached(jsonify(organisations=[one.as_json(language_of_reader()) for one in found]), "no-store")

    @form.get("/statements/<reference>/sign/received")
    def received(reference: str) -> Response:
        """Show the browser that sent a submission what arrived."""
        _known_parameters("lang")
        return _cached(desk.receipt(reference, session.get("submission") or {}), "no-store")

    _say_what_is_refused(form, desk)
    return form


def _say_what_is_refused(form: Blueprint, desk: Desk) -> None:
    @form.errorhandler(StatementClosed)
    def closed(refused: StatementClosed) -> Response:
        """Say when signing ended, and where the list stands."""
        return _refusal(refused.status, _("Signing has ended"), _ended(desk.room, refused))

    @form.errorhandler(InvitationNeeded)
    def uninvited(refused: InvitationNeeded) -> Response:
        """Say that only those who were invited sign."""
        return _refusal(
            refused.status,
            _("By invitation only"),
            _("Only organisations that were invited sign this statement."),
            _("Open the link in your invitation, or ask the secretariat for one. Nothing was recorded."),
        )

    @form.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Response:
        """Say that the form did not come from here; one of ours that lay open for too long is shown again."""
        if error.description == EXPIRED:
            reference = (request.view_args or {})["reference"]
            return _cached(desk.too_old(reference, _typed()), "no-store")
        return _refusal(
            400,
            _("This form cannot be taken"),
            _("It did not come from our page, or cookies are switched off. Nothing was recorded."),
            _("Open the form again; your browser's back button may still have what you typed."),
        )


def _refusal(status: int, title: str, sentence: str, advice: str = "") -> Response:
    links = list_links((request.view_args or {}).get("reference", ""))
    page = render_template("error.html", title=title, sentence=sentence, advice=advice, links=links)
    return _cached(make_response(page, status), "no-store")


def _ended(room: Room, refused: StatementClosed) -> str:
    """Say when signing ended: the hour where there was one, else the day; or when the statement was taken back."""
    statement = room.register.statement((request.view_args or {})["reference"])
    at, on, language = refused.details.get("ended_at"), refused.details.get("ended_on"), language_of_reader()
    if isinstance(at, str):
        day = moment_in_words(at, statement.time_zone, language)
    elif isinstance(on, str):
        day = day_words(on, language)
    else:
        day = day_words(statement.retractions[-1]["effective_on"], language)
        return str(_("This statement was taken back on %(day)s. The list stays readable.", day=day))
    return str(_("Signing ended on %(day)s. The list stays readable.", day=day))


def _typed() -> dict[str, str]:
    """Read what was typed; the server's own limit may lie higher."""
    typed = request.form.to_dict()
    if (request.content_length or 0) > BODY_LIMIT or sum(len(k) + len(v) for k, v in typed.items()) > BODY_LIMIT:
        raise BodyTooLarge(_("Together this is more than a form can hold. Nothing was recorded. Shorten it."))
    return typed


def _known_parameters(*known: str) -> None:
    for name in request.args:
        if name not in known:
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))


def _cached(response: Response, how: str) -> Response:
    response.headers["Cache-Control"] = how
    return response

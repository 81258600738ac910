"""The pages where editors sign in and out: by a password or through the identity provider; and their own account."""

from __future__ import annotations

from math import ceil
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.editors import signing_in
from signatures.editors.accounts import Account, folded_login
from signatures.editors.oidc import IdentityProvider, NotIdentified, ProviderDown
from signatures.editors.signing_in import local, present, signed_in
from signatures.errors import InvalidInput, QuotaExceeded, RegisterError
from signatures.room import Room
from signatures.web import catalogues
from signatures.web.frame import error_page


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `signin`, which also guards everything under /editors."""
    signin = Blueprint("signin", __name__)
    signing_in.guard(signin)
    signin.register_error_handler(QuotaExceeded, _too_often)
    _passwords(signin, room)
    _own_account(signin, room)
    if room.settings.oidc is not None:
        _provider(signin, room, IdentityProvider(room.settings.oidc))
    return signin


def _passwords(signin: Blueprint, room: Room) -> None:
    @signin.get("/editors/sign-in")
    def sign_in() -> Any:
        """Ask who is there; who is signed in goes on."""
        goes_to = local(request.args.get("next"))
        return redirect(goes_to, 303) if signing_in.visitor() else _form(room, goes_to)

    @signin.post("/editors/sign-in")
    def sign_in_with_password() -> Any:
        """Take login and password; what is wrong with them is not told."""
        login, goes_to = request.form.get("login", ""), local(request.form.get("next"))
        _count(room, login)
        account = room.accounts.verify(login, request.form.get("password", ""))
        if account is None:
            return _form(room, goes_to, login, _("Login and password do not belong together."))
        return signing_in.begin(account, "password", goes_to)

    @signin.post("/editors/sign-out")
    def sign_out() -> Response:
        """End the session."""
        room.acts.note(present().ref, "sign-out", f"account:{present().id}")
        return signing_in.end()


def _own_account(signin: Blueprint, room: Room) -> None:
    @signin.get("/editors/account")
    @signed_in()
    def account() -> Response:
        """Show one's own account."""
        return _account_page(room, {}, changed="changed" in request.args)

    @signin.post("/editors/account")
    @signed_in()
    def change_password() -> Response:
        """Change one's own password, which ends every other session."""
        mine = present()
        _count(room, mine.login)
        errors = _change(room, mine)
        if errors:
            return _account_page(room, errors, status=422)
        room.acts.note(mine.ref, "password", f"account:{mine.id}")
        return signing_in.begin(mine, "password", url_for("signin.account", changed="yes"))


def _provider(signin: Blueprint, room: Room, provider: IdentityProvider) -> None:
    @signin.get("/editors/oidc")
    def leave() -> Any:
        """Go to the identity provider."""
        session["next"] = local(request.args.get("next"))
        return provider.leave(_public(room, url_for("signin.come_back")))

    @signin.get("/editors/oidc/return")
    def come_back() -> Any:
        """Come back from it: who is known there needs an account here as well."""
        goes_to = local(session.get("next"))
        subject = provider.identity()
        account = room.accounts.by_subject(subject)
        if account is None or not account.enabled:
            return _nobody_here(subject)
        return signing_in.begin(account, "oidc", goes_to)

    @signin.errorhandler(NotIdentified)
    @signin.errorhandler(ProviderDown)
    def not_signed_in(error: RegisterError) -> Any:
        """Say what the provider's answer lacks, and lead back to the form."""
        title, links = _("You are not signed in"), [_sign_in_link()]
        # In no other language: such an address would repeat what the provider's answer carried.
        return error_page(error.status, title, catalogues.told(error.said), links=links, languages=[])


def _change(room: Room, mine: Account) -> dict[str, str]:
    """Change the password of who is signed in; return what is wrong by field."""
    given = request.form
    if room.accounts.verify(mine.login, given.get("password", "")) is None:
        return {"password": _("This is not your present password.")}
    if given.get("new_password") != given.get("again"):
        return {"again": _("The two are not the same. Write the new password twice.")}
    try:
        room.accounts.set_password(mine.id, given.get("new_password", ""))
    except InvalidInput as refused:
        return {"new_password": catalogues.told(refused.said)}
    return {}


def _count(room: Room, login: str) -> None:
    """Count an attempt for a login, whether or not there is such an account; the network's are counted by its quota."""
    room.limits.check_sign_in(folded_login(login) or login[:500], request.remote_addr)


def _too_often(error: QuotaExceeded) -> Any:
    """Say when to try again, the same for every login."""
    seconds = int(str(error.details.get("retry_after", 60)))
    minutes = ceil(seconds / 60)
    return error_page(
        429,
        _("That was too often"),
        _("Too many attempts to sign in came from here or with this login."),
        {"Retry-After": str(seconds)},
        advice=ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", minutes),
        links=[_sign_in_link()],
    )


def _form(room: Room, goes_to: str, login: str = "", error: str = "") -> Response:
    page = render_template(
        "editors/sign_in.html",
        provider=room.settings.oidc,
        goes_to=goes_to,
        values={"login": login},
        errors={"login": error} if error else {},
    )
    return make_response(page, 422 if error else 200)


def _account_page(room: Room, errors: dict[str, str], *, changed: bool = False, status: int = 200) -> Response:
    page = render_template(
        "editors/account.html", account=present(), provider=room.settings.oidc, errors=errors, changed=changed
    )
    return make_response(page, status)


def _nobody_here(subject: str) -> Any:
    return error_page(
        403,
        _("There is no account for you here"),
        _("The identity provider knows you, the register does not. It makes no account by itself."),
        advice=_(
            "Ask the operator of the register to run: signatures user link LOGIN %(subject)s",
            subject=subject.rpartition("#")[2],
        ),
        links=[_sign_in_link()],
        languages=[],
    )


def _sign_in_link() -> dict[str, str]:
    return {"href": url_for("signin.sign_in"), "words": _("Sign in")}


def _public(room: Room, path: str) -> str:
    """Write a path's whole address as browsers outside know it."""
    return (room.settings.base_url or request.host_url.rstrip("/")) + path

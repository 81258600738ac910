"""Who is signed in: the session's cookie, what each role may do, and that nothing under /editors is open by mistake."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Blueprint, Response, current_app, g, redirect, request, session, url_for
from flask_babel import gettext as _

from signatures.aggregate import Actor
from signatures.editors.accounts import DECIDING, ROLES, Account
from signatures.room import Room
from signatures.web.frame import error_page

HOME = "/editors/submissions"
LOCAL = re.compile(
    r"/editors(?:[/?][!-\[\]-~]*)?\Z"
)  # printable ASCII but the backslash, which browsers take for a slash
OPEN = frozenset({"signin.sign_in", "signin.sign_in_with_password", "signin.leave", "signin.come_back"})
"""The pages under /editors that need no session."""

OWN = frozenset({"signin.sign_out", "signin.account", "signin.change_password"})
"""What every role may do: it concerns nobody but oneself."""

Route = TypeVar("Route", bound=Callable[..., Any])


# ── who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def visitor() -> Account | None:
    """Tell who is signed in, if anybody is."""
    if "editor" not in g:
        token = request.cookies.get(cookie_name(_room()), "")
        g.editor = _room().sessions.account(token) if token else None
    return cast("Account | None", g.editor)


def present() -> Account:
    """Tell who is signed in, in a route that nobody else reaches."""
    account = visitor()
    if account is None:
        raise RuntimeError("present() was asked in a route without @signed_in.")
    return account


def actor_of(account: Account) -> Actor:
    """Tell how events name an editor."""
    return account.actor


def signed_in(*roles: str) -> Callable[[Route], Route]:
    """Let only these roles into a route, by default all; whatever changes something is never an auditor's."""

    def guarded(route: Route) -> Route:
        @wraps(route)
        def checked(*args: Any, **kwargs: Any) -> Any:
            refused = refusal(roles or ROLES)
            return route(*args, **kwargs) if refused is None else refused

        return cast(Route, checked)

    return guarded


def refusal(roles: Sequence[str] = ROLES) -> Any:
    """Tell why the present request cannot be let in, as an answer; None if it can."""
    account, reads = visitor(), request.method in ("GET", "HEAD")
    if account is None:
        return _to_sign_in() if reads else _not_any_more()
    if account.role not in roles or not (reads or account.role in DECIDING or request.endpoint in OWN):
        return _not_with_this_role(account)
    return None


# ── sessions and their cookie ────────────────────────────────────────────────────────────────────────────────────────


def begin(account: Account, how: str, goes_to: str) -> Response:
    """Open a session for who has just shown who they are, in place of any earlier one, and go on."""
    _forget()
    token = _room().sessions.open(account.id)
    _room().acts.note(account.ref, "sign-in", f"account:{account.id}", how=how)
    answer = cast(Response, redirect(local(goes_to), 303))
    answer.set_cookie(
        cookie_name(_room()),
        token,
        secure=_room().settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


def end() -> Response:
    """Close the session and forget its cookie."""
    _forget()
    answer = cast(Response, redirect(url_for("signin.sign_in"), 303))
    secure = _room().settings.secure
    answer.delete_cookie(cookie_name(_room()), path="/", secure=secure, httponly=True, samesite="Lax")
    return answer


def cookie_name(room: Room) -> str:
    """Name the cookie; over HTTPS so that no other host and no plain connection can set it."""
    return "__Host-editor" if room.settings.secure else "editor"


def local(path: str | None) -> str:
    """Return a page of the console to which one may go on; anything else is the first one."""
    return path if path and LOCAL.match(path) else HOME


def _forget() -> None:
    """End the session that this browser has, and with it the mark of every form that it has open."""
    token = request.cookies.get(cookie_name(_room()))
    if token:
        _room().sessions.close(token)
    for name in [name for name in session if name == "csrf_token" or name.startswith(("_state_", "next"))]:
        session.pop(name)
    g.pop("editor", None)


# ── nothing is open by mistake ───────────────────────────────────────────────────────────────────────────────────────


def guard(blueprint: Blueprint) -> None:
    """Watch over everything under /editors, whichever blueprint answers: deny by default, and keep nothing."""

    @blueprint.before_app_request
    def watched() -> Any:
        if not _is_ours() or request.endpoint is None or request.endpoint in OPEN:
            return None
        return refusal()

    @blueprint.after_app_request
    def kept_nowhere(response: Response) -> Response:
        if _is_ours():
            response.headers["Cache-Control"] = "no-store"
            response.vary.add("Cookie")
        return response

    @blueprint.app_context_processor
    def who() -> dict[str, Any]:
        return {"editor": g.get("editor")}  # whom the guard has found: an error page must not ask the store again


def _is_ours() -> bool:
    return request.path == "/editors" or request.path.startswith("/editors/")


def _room() -> Room:
    return cast(Room, current_app.extensions["room"])


def _to_sign_in() -> Any:
    here = request.full_path.removesuffix("?")
    return redirect(url_for("signin.sign_in", next=here) if local(here) == here else url_for("signin.sign_in"), 303)


def _not_any_more() -> Any:
    return error_page(
        403,
        _("You are not signed in any more"),
        _("Nothing was recorded."),
        advice=_("Sign in, then send it again; your browser's back button may still have what you typed."),
        links=[{"href": url_for("signin.sign_in"), "words": _("Sign in")}],
    )


def _not_with_this_role(account: Account) -> Any:
    sentence = (
        _("Your account may read everything here and change nothing.")
        if account.role not in DECIDING
        else _("This needs an account with another role.")
    )
    return error_page(
        403,
        _("Your account cannot do that"),
        sentence,
        advice=_("Nothing was recorded. The operator of the register gives roles."),
        links=[{"href": HOME, "words": _("Back to the submissions")}],
    )

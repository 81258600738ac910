"""What a request need not do: the libraries prepare for things that most requests of a register never ask for."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface


class Sessions(SecureCookieSessionInterface):
    """Sessions in a signed cookie, as the library has them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Give whoever brings no cookie an empty session, without making ready to check a signature first."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def lighten(app: Flask) -> None:
    """Spare each request what it does not need; no function of this app is a coroutine, so none is asked whether it is."""
    app.session_interface = Sessions()
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]

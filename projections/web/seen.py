"""The position token of HTTP: an answer says in `Register-Position` what it knows, a reader in `Min-Position` what was seen.

No cookie: programs keep the number, also the `position` that a write was answered with.
"""

from __future__ import annotations

from flask import Flask, Response, request

from projections import moments, seen

KNOWN, FLOOR = "Register-Position", "Min-Position"


def install_seen(app: Flask) -> None:
    """Let an app answer with what it knows, and never with less than was seen."""
    app.before_request(begin)
    app.after_request(told)
    app.teardown_request(end)


def begin() -> None:
    """Read what the reader has seen."""
    given = request.headers.get(FLOOR, "").strip()
    seen.begin(0 if given in ("", "0") else moments.whole_number(FLOOR, given))


def end(_: BaseException | None) -> None:
    """Forget the reader."""
    seen.end()


def told(response: Response) -> Response:
    """Say which position the answer knows, if it asked the views."""
    known = seen.known()
    if known is not None:
        response.headers[KNOWN] = str(known)
    return response

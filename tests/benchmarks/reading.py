"""Reading: a list against Flask's hello, a rebuild against reading and decoding alone, a page of a million against one of a thousand."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
from werkzeug.test import create_environ, run_wsgi_app

import wsgi
from projections.answers import Kept
from projections.web.dated import Stretches
from projections.web.doorkeeper import Doorkeeper
from signatures import samples
from tests.benchmarks.timing import Figure, ratio

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

SECRET = "only-for-the-bench-" + "k" * 40
MIDDLE = "2019-06-01"
PAGE = 100


def asking(
    app: WSGIApplication, path: str, queries: Iterator[str] | None = None, status: str = "200", **headers: str
) -> Callable[[], object]:
    """Make a call that asks an app for a path, each time with the next query, and reads the answer."""
    environ, queries = create_environ(path, "http://localhost", headers=headers), queries or itertools.repeat("")

    def ask() -> bytes:
        body, told, _ = run_wsgi_app(app, {**environ, "QUERY_STRING": next(queries), "wsgi.input": io.BytesIO()})
        assert told.startswith(status), told
        return b"".join(body)

    return ask


def hello() -> flask.Flask:
    """Make the yardstick: an app that says a word."""
    app = flask.Flask("hello")
    app.add_url_rule("/", view_func=lambda: "hello")
    return app


def list_against_hello(folder: Path) -> list[Figure]:
    """Ask for the 34-row list as JSON, and for a word of Flask's, both in this process."""
    environ = {
        "SIGNATURES_DATABASE": f"sqlite:///{folder}/list",
        "SIGNATURES_SECRET_KEY": SECRET,
        "SIGNATURES_STATE_DIR": str(folder / "state"),
    }
    wsgi.initialise(environ)
    app = wsgi.create_app(environ)
    samples.load(app.extensions["room"].register, "myanmar-2021")
    root, theirs = "/api/v1/statements/myanmar-2021/signatories", asking(hello(), "/")
    one = "as_of=2021-06-07"
    held = app.test_client().get(f"{root}?{one}").headers["ETag"]
    days = (f"as_of={date(2022, 1, 1) + timedelta(days=number)}" for number in itertools.count())
    kept = asking(app, root, itertools.repeat(one))
    unchanged = asking(app, root, itertools.repeat(one), "304", If_None_Match=held)
    keeper = keeper_of(app)
    dated, routed = asking(app, root, days), asking(keeper.inner, root, days)
    figures = [
        ratio("GET of the 34-row list (kept answer, before routing) against Flask hello", 1.1, kept, theirs, 800),
        ratio("the same to a client that holds it (304) against Flask hello", 1.1, unchanged, theirs, 800),
        ratio("GET of the 36-row list (a date not asked before) against Flask hello", 0.7, dated, theirs, 800),
        ratio(
            "the same list composed anew by the app, past the doorkeeper, against Flask hello", 0.7, routed, theirs, 800
        ),
    ]
    keeper._stretches = Stretches(Kept(0))  # so that no date is answered by another one
    composed = asking(app, root, days)
    name = "the same list composed anew at the hatch, nothing of it kept, against Flask hello"
    figures.append(ratio(name, 0.7, composed, theirs, 800))
    app.extensions["room"].close()
    return figures


def keeper_of(app: flask.Flask) -> Doorkeeper:
    """Find the keeper among what stands around an app."""
    around: Any = app.wsgi_app
    while not isinstance(around, Doorkeeper):
        around = around.inner
    return around

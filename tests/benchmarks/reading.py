"""Reading: a list against Flask's hello, a rebuild against reading and decoding alone, a page of a million against one of a thousand."""

from __future__ import annotations

import io
import itertools
import json
import statistics
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
from werkzeug.test import create_environ, run_wsgi_app

import wsgi
from projections.lists import Lists
from projections.paging import read_cursor
from projections.web.doorkeeper import Doorkeeper
from signatures import samples
from signatures.database import open_database
from signatures.organisation import NameParts
from signatures.register import Register
from tests.benchmarks.filling import sized
from tests.benchmarks.timing import Figure, ratio, seconds
from tests.benchmarks.writing import EDITOR, NOW
from tests.clock import FixedClock

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
    dated, composed = asking(app, root, days), asking(keeper_of(app).inner, root, days)
    figures = [
        ratio("GET of the 34-row list (kept answer, before routing) against Flask hello", 1.1, kept, theirs, 800),
        ratio("the same to a client that holds it (304) against Flask hello", 1.1, unchanged, theirs, 800),
        ratio("GET of the 36-row list (a date not asked before) against Flask hello", 0.7, dated, theirs, 800),
        ratio("the same list composed anew, past the doorkeeper, against Flask hello", 0.7, composed, theirs, 800),
    ]
    app.extensions["room"].close()
    return figures


def keeper_of(app: flask.Flask) -> Doorkeeper:
    """Find the keeper among what stands around an app."""
    around: Any = app.wsgi_app
    while not isinstance(around, Doorkeeper):
        around = around.inner
    return around


def large_against_small(folder: Path, large: int) -> list[Figure]:
    """Compare a register of many signatures with one of a thousand."""
    figures: list[Figure] = []
    pages: dict[int, list[float]] = {}
    signs: dict[int, list[float]] = {}
    for size in (1_000, large):
        register = sized(f"sqlite:///{folder}/size{size}", "bench", size, FixedClock(NOW))
        lists = Lists(register.store, open_database(f"sqlite:///{folder}/size{size}", "views"), FixedClock(NOW))
        lists.create()
        if size == large:
            figures.append(rebuild_against_decode(register, lists))
        lists.replay.catch_up()
        pages[size] = page_seconds(lists)
        signs[size] = sign_seconds(register)
        register.store.database.close()
        lists.replay.views.close()
    page, sign = (statistics.median(by[large]) / statistics.median(by[1_000]) for by in (pages, signs))
    return [
        *figures,
        Figure(
            f"as-of page of {PAGE} in the middle of {large:,}, SQLite",
            statistics.median(pages[large]) * 1000,
            0.5,
            "ms",
            at_most=True,
            spread=spread(pages[large]),
        ),
        Figure("the same page against one of 1,000", page, 2.0, "times the cost", at_most=True),
        Figure(f"one sign at {large:,} against 1,000", sign, 1.25, "times the cost", at_most=True),
    ]


def spread(values: list[float]) -> str:
    """Say between which milliseconds eight of ten lie."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 10] * 1000:.2f} to {ordered[-1 - len(ordered) // 10] * 1000:.2f} ms"


def rebuild_against_decode(register: Register, lists: Lists) -> Figure:
    """Rebuild the views, against reading every event and decoding it."""

    def decode() -> None:
        after, found = 0, register.store.entries(0, 5_000)
        while found:
            for entry in found:
                json.loads(entry.state)
            after = found[-1].position
            found = register.store.entries(after, 5_000)

    decoding, rebuilding = seconds(decode), seconds(lists.replay.rebuild)
    events = register.store.max_notification_id() or 0
    return Figure(
        f"rebuild of {events:,} events against reading the log through the store and json.loads",
        decoding / rebuilding,
        0.4,
        "times the speed",
        spread=f"{rebuilding:.1f} s against {decoding:.1f} s",
    )


def page_seconds(lists: Lists) -> list[float]:
    """Time pages in the middle of the list, each of another date so that none is kept."""
    first = lists.signatories("bench", as_of="2020-11-01", limit=PAGE)
    cursor = first.next
    middle = first["counts"]["places"] // 2
    return [seconds(partial(page_at, lists, cursor, middle + number)) for number in range(200)]


def page_at(lists: Lists, cursor: Any, number: int) -> Any:
    """Ask for the page after a number."""
    asked = read_cursor(cursor)
    return lists.signatories("bench", cursor=str(asked._replace(mark=asked.mark._replace(number=number))), limit=PAGE)


def sign_seconds(register: Register) -> list[float]:
    """Time single signings."""

    def sign(number: int) -> None:
        register.sign(EDITOR, "bench", NameParts(f"Signing body {number}"), signed_on="2026-11-22", method="api")

    return [seconds(partial(sign, number)) for number in range(300)]

"""Reading over HTTP: the list from one process of ours, against one of datasette's with the same rows and one of Flask's with a word."""

from __future__ import annotations

import itertools
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import wsgi
from projections.room import ReadingRoom
from signatures import samples
from tests.benchmarks.posting import serving
from tests.benchmarks.timing import Figure, ratio

LIST = "/api/v1/statements/myanmar-2021/signatories?as_of="
COLUMNS = ("number", "signature_id", "organisation_id", "acronym", "name", "name_language", "transliteration", "translation",
           "country", "url", "signed_on", "signed_on_means", "printed", "status", "late", "corrected", "position", "recorded_at")  # fmt: skip
QUICKEST = ("--setting", "suggest_facets", "off", "--setting", "default_cache_ttl", "0")
ROWS = "/rows/entry.json?_shape=array&_nocount=1&_nofacet=1&_size=100&_sort=number&signed_on__lte="
STARTING = 30.0


def list_over_http(folder: Path) -> list[Figure]:
    """Ask by one kept connection, each time about another date: nobody has that answer ready."""
    environ = {
        "SIGNATURES_DATABASE": f"sqlite:///{folder}/served",
        "SIGNATURES_SECRET_KEY": "only-for-the-bench-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(folder / "served-state"),
    }
    wsgi.initialise(environ)
    app = wsgi.create_app(environ)
    room = app.extensions["room"]
    samples.load(room.register, "myanmar-2021")
    answer = ReadingRoom(room).lists.signatories("myanmar-2021", as_of="2022-01-01")
    write_rows(folder / "rows.db", [*answer["numbered"], *answer["subsequent"]])
    room.close()
    with ExitStack() as stack:
        ours = stack.enter_context(serving("wsgi:create_app()", {**os.environ, **environ}, workers=1, threads=4))
        hello = stack.enter_context(serving("tests.benchmarks.reading:hello()", os.environ, workers=1, threads=4))
        theirs = stack.enter_context(datasette(folder / "rows.db"))
        lists, words, rows = (stack.enter_context(connected(port)) for port in (ours, hello, theirs))
        days = every_day()
        kept = asking(lists, lambda: LIST + "2021-06-07")
        dated, their_rows = asking(lists, lambda: LIST + next(days)), asking(rows, lambda: ROWS + next(days))
        word = asking(words, lambda: "/")
        served = "under gunicorn, one worker"
        return [
            ratio(f"GET of the 34-row list (kept answer) {served}, against Flask hello", 0.9, kept, word, 600),
            ratio(
                f"GET of the 36-row list (a date not asked before) {served}, against Flask hello", 0.7, dated, word, 600
            ),
            ratio("the same against datasette with the same rows, one process each", 4.0, dated, their_rows, 300),
        ]


def write_rows(path: Path, entries: list[dict[str, Any]]) -> None:
    """Write entries as a table for datasette."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE entry ({', '.join(COLUMNS)})")
        rows = [[entry.get(name) for name in COLUMNS] for entry in entries]
        connection.executemany(f"INSERT INTO entry VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        connection.execute("CREATE INDEX entry_signed_on ON entry (signed_on)")


def every_day() -> Iterator[str]:
    """Name days after the last signature, each once."""
    return (str(date(2022, 1, 2) + timedelta(days=number)) for number in itertools.count())


def asking(connection: HTTPConnection, address: Callable[[], str]) -> Callable[[], object]:
    """Make a call that asks for an address and reads the answer."""

    def ask() -> bytes:
        connection.request("GET", address())
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, body
        return body

    return ask


@contextmanager
def connected(port: int) -> Iterator[HTTPConnection]:
    """Keep a connection to a server."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        yield connection


@contextmanager
def datasette(path: Path) -> Iterator[int]:
    """Serve a file of SQLite with datasette, as quick as its settings make it; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "serve", str(path), "-h", "127.0.0.1", "-p", str(port), *QUICKEST]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + STARTING
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                break
        yield port
    finally:
        server.terminate()
        server.wait(30)

"""What every test may ask for: places (databases), time (a clock), the app and its three ways in, a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import quote

import click.testing
import flask.testing
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests import browser as chromium
from tests import postgresql
from tests.clock import FixedClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

pytest_plugins = ["tests.begun", "tests.losing"]
NOW = datetime(2021, 7, 1, 12, tzinfo=UTC)


def cannot(reason: Exception, requirement: str) -> NoReturn:
    """Skip with the reason, or fail where this machine promised to have it (CI)."""
    if os.environ.get(requirement) == "1":
        pytest.fail(f"{requirement}=1, but: {reason}", pytrace=False)
    pytest.skip(str(reason))


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def clock() -> FixedClock:
    """Stand at noon (UTC) on 1 July 2021 until the test moves it."""
    return FixedClock(NOW)


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_names = (f"test_{number}" for number in count(1))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """Run one real PostgreSQL server while the tests run."""
    with ExitStack() as stack:
        try:
            running = stack.enter_context(postgresql.server())
        except postgresql.NoServer as reason:
            cannot(reason, "REQUIRE_POSTGRES")
        yield running


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """Address a fresh, empty PostgreSQL database; it is dropped after the test."""
    with postgresql_server.fresh_database(next(_names)) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address a folder for SQLite files that does not exist yet."""
    return f"sqlite:///{quote(str(tmp_path))}/var"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address a fresh place for a register: the test runs once on each engine."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="module")
def shared_url(request: pytest.FixtureRequest, postgresql_server: postgresql.Server) -> Iterator[str]:
    """Address one PostgreSQL database for all tests of a file that empties it after each; a fresh one takes longer."""
    with postgresql_server.fresh_database(f"of_{request.module.__name__.rpartition('.')[2]}") as url:
        yield url


@pytest.fixture(params=["sqlite_url", pytest.param("shared_url", marks=pytest.mark.postgresql)])
def url(request: pytest.FixtureRequest) -> str:
    """Address a place for a register on each engine; on PostgreSQL the one that the file's tests share."""
    place: str = request.getfixturevalue(request.param)
    return place


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """Set what a register needs to start, as an installation would in its environment."""
    return {
        "SIGNATURES_DATABASE": database_url,
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(tmp_path / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }


# ── the app and its ways in (the lead adapts these to wsgi.py) ───────────────────────────────────────────────────────


@pytest.fixture
def app(environ: dict[str, str]) -> Flask:
    """Build the app of an initialised, empty register."""
    import wsgi  # noqa: PLC0415 - tests of one module do not need the whole app

    wsgi.initialise(environ)
    built: Flask = wsgi.create_app(environ)
    return built


@pytest.fixture
def client(app: Flask) -> flask.testing.FlaskClient:
    """Ask the app over HTTP, without a server."""
    return app.test_client()


@pytest.fixture
def runner(environ: dict[str, str]) -> click.testing.CliRunner:
    """Run commands of `signatures` as an operator does: `runner.invoke(wsgi.main, ["list", "REF"])`."""
    return click.testing.CliRunner(env=environ)


# ── the browser ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Run one chromium while the tests run; ask it for contexts (`java_script_enabled=False`, `color_scheme="dark"` …)."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(chromium.chromium())
        except chromium.NoBrowser as reason:
            cannot(reason, "REQUIRE_BROWSER")
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty page with an empty profile, in British English."""
    context = browser.new_context(locale="en-GB")
    yield context.new_page()
    context.close()


def _read_at_once(app: WSGIApplication) -> WSGIApplication:
    """Read answers whole: of one whose browser goes away meanwhile, werkzeug leaves the file open."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        chunks = app(environ, start_response)
        try:
            return [b"".join(chunks)]
        finally:
            getattr(chunks, "close", lambda: None)()

    return answer


@pytest.fixture
def live_url(app: Flask) -> Iterator[str]:
    """Serve the app on a free loopback port, for what needs a real server."""
    server = make_server("127.0.0.1", 0, _read_at_once(app), threaded=True)
    thread = Thread(target=server.serve_forever, name="live server")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()

"""The tools that other tests stand on: servers, databases, clock, browser; and what the lock and Makefile promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from tests import conftest, postgresql
from tests.browser import NoBrowser
from tests.clock import FixedClock

ROOT = Path(__file__).parent.parent


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgresql
@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_has_an_empty_database(postgresql_url: str, time: str) -> None:
    """Two tests get two databases of one server: what the first wrote is not in the second."""
    with psycopg.connect(postgresql_url) as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()
        assert [] == connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        connection.execute("CREATE TABLE left_behind (word text)")


@pytest.mark.postgresql
def test_a_database_is_dropped_although_someone_is_connected(postgresql_server: postgresql.Server) -> None:
    """A test that forgets a connection does not keep its database alive."""
    with postgresql_server.fresh_database("forgotten") as url:
        forgotten = psycopg.connect(url)
    with psycopg.connect(postgresql_server.url()) as connection:
        assert [] == connection.execute("SELECT 1 FROM pg_database WHERE datname = 'forgotten'").fetchall()
    with pytest.raises(psycopg.OperationalError):
        forgotten.execute("SELECT 1")
    forgotten.close()


@pytest.mark.postgresql
@pytest.mark.parametrize("setting", ["fsync", "synchronous_commit", "full_page_writes"])
def test_the_test_server_keeps_what_it_committed(postgresql_url: str, setting: str) -> None:
    """Tests meet the durability that a register insists on, not a faster one."""
    with psycopg.connect(postgresql_url) as connection:
        assert ("on",) == connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()


@pytest.mark.postgresql
def test_a_server_is_gone_even_after_a_failure() -> None:
    """Whatever happens while it runs, the server's process and folder do not outlive the block."""
    with suppress(RuntimeError), postgresql.server() as server:
        os.kill(server.pid, 0)
        raise RuntimeError("of the test")
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)
    assert not server.folder.exists()


def test_an_sqlite_place_is_absolute_and_not_there_yet(sqlite_url: str, tmp_path: Path) -> None:
    """An address has four slashes, as an installation writes it, and names a folder that `init` has to make."""
    assert sqlite_url.startswith("sqlite:////")
    assert tmp_path / "var" == Path(urlsplit(sqlite_url).path[1:])
    assert not (tmp_path / "var").exists()


def test_a_test_of_a_database_runs_on_both_engines(database_url: str, request: pytest.FixtureRequest) -> None:
    """`database_url` gives each engine in turn."""
    assert request.node.callspec.params["database_url"] == urlsplit(database_url).scheme


# ── clock ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_clock_stands_until_it_is_moved(clock: FixedClock) -> None:
    """The clock tells one instant, goes on when told, and `now` is the same clock."""
    before = clock()
    assert before == clock()
    clock.advance(hours=36)
    assert before + timedelta(hours=36) == clock() == clock.now()


def test_the_clock_tells_utc(clock: FixedClock) -> None:
    """An instant set in another zone is told in UTC; one without zone is refused."""
    clock.set(datetime(2021, 6, 7, 1, tzinfo=timezone(timedelta(hours=2))))
    assert (datetime(2021, 6, 6, 23, tzinfo=UTC), UTC) == (clock(), clock().tzinfo)
    with pytest.raises(ValueError, match="no time zone"):
        clock.set(datetime(2021, 6, 7, 1))  # noqa: DTZ001 - the naive instant is the test


# ── browser ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.browser
def test_the_browser_renders_a_page(page: Page) -> None:
    """Chromium is really there and runs a page."""
    page.set_content("<title>A list</title><ol start=3><li>one<li>two</ol>")
    assert ("A list", 2) == (page.title(), page.locator("li").count())


@pytest.mark.browser
def test_the_browser_can_go_without_javascript(browser: Browser) -> None:
    """A test can meet a page as someone without JavaScript does."""
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.set_content("<p>as served</p><script>document.querySelector('p').textContent = 'changed'</script>")
        assert "as served" == page.locator("p").text_content()


@pytest.mark.parametrize(
    ("requirement", "outcome"), [("1", pytest.fail.Exception), ("0", pytest.skip.Exception)], ids=["CI", "elsewhere"]
)
def test_what_is_missing_is_skipped_unless_required(
    monkeypatch: pytest.MonkeyPatch, requirement: str, outcome: type[BaseException]
) -> None:
    """A machine without a browser skips with a reason; one that promised to have it fails."""
    monkeypatch.setenv("REQUIRE_BROWSER", requirement)
    with pytest.raises(outcome, match="no chromium"):
        conftest.cannot(NoBrowser("There is no chromium."), "REQUIRE_BROWSER")


# ── the project's own files ──────────────────────────────────────────────────────────────────────────────────────────

LOCKS = [ROOT / "requirements.lock", ROOT / "deploy" / "requirements.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_names_packages_and_hashes_alone(lock: Path) -> None:
    """A lock holds no registry's address and no path of the machine that made it, and every package has a hash."""
    text = lock.read_text()
    assert [] == re.findall(r".*(?:://|^-|\s/).*", text, re.MULTILINE)
    packages = re.findall(r"^[a-z][^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(re.findall(r"^[a-z]", text, re.MULTILINE)) == len(packages)


def test_what_is_deployed_is_what_was_tested() -> None:
    """The deployment's lock is a part of the tests' lock, version by version."""
    whole, deployed = (_pins(lock) for lock in LOCKS)
    assert {} == {name: pin for name, pin in deployed.items() if whole.get(name) != pin}
    assert not {"pytest", "ruff", "playwright"} & deployed.keys()


def test_everything_the_project_names_is_pinned() -> None:
    """A dependency added to pyproject.toml without `make lock` is found here, not on another machine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    named = {_name(line) for line in [*project["dependencies"], *(line for extra in extras for line in extra)]}
    assert set() == named - {"signatures"} - _pins(LOCKS[0]).keys()


BARE = [
    "signatures/log/eventlog.py",
    "signatures/printed.py",
    "projections/signatory_list.py",
    "projections/receipts.py",
]


@pytest.mark.parametrize("path", BARE)
def test_what_an_auditor_runs_imports_on_a_bare_python(path: str) -> None:
    """The log's format and the rule need nothing but Python: no installed package can be seen here."""
    module = path.removesuffix(".py").replace("/", ".")
    program = f"import sys; sys.path.append({str(ROOT)!r}); import {module}"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], check=False, capture_output=True, text=True)
    assert (0, "") == (done.returncode, done.stderr)


def test_gunicorn_opens_nothing_but_http() -> None:
    """The deployment's settings are ones gunicorn knows: no control socket, no fork after opening, no access log."""
    options = ["--config", str(ROOT / "deploy" / "gunicorn.conf.py"), "--print-config"]
    command = [sys.executable, "-m", "gunicorn", *options, "wsgiref.simple_server:demo_app"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    settings = dict(re.findall(r"^(\w+) += (.*)$", shown.stdout, re.MULTILINE))
    expected = {
        "accesslog": "None",
        "control_socket_disable": "True",
        "forwarded_allow_ips": "[]",
        "preload_app": "False",
        "worker_class": "signatures.web.worker.Worker",
    }
    assert expected == {name: settings[name] for name in expected}


def test_make_explains_every_target() -> None:
    """Each target a person may call says in the help what it does."""
    makefile = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (help .*)$", makefile, re.MULTILINE)
    assert phony
    explained = re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE)
    assert sorted(phony[1].split()) == sorted(explained)


def _pins(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock.read_text(), re.MULTILINE))


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=~;! ]", requirement, maxsplit=1)[0].lower()

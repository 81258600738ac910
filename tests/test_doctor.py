"""What makes a service unsafe to start is named, each with its own sentence; `serve` refuses on the same findings."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import wsgi
from signatures.clock import system_clock
from signatures.database import open_database
from signatures.doctor import diagnose
from signatures.errors import Misconfigured
from signatures.room import IDENTITY_FILE
from tests import postgresql
from tests.api import small_environ
from tests.clock import FixedClock
from tests.commands import Commands

OTHER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def made(tmp_path: Path) -> dict[str, str]:
    """Name a register that `init` has made, on SQLite."""
    environ = small_environ(tmp_path)
    wsgi.initialise(environ)
    return environ


def test_a_register_as_init_makes_it_is_fit(environ: dict[str, str]) -> None:
    """On both engines there is nothing to find, and asking changes nothing."""
    wsgi.initialise(environ)
    assert [] == diagnose(environ, system_clock)
    assert "Nothing is wrong: the service would start.\n" == Commands(environ).said("doctor")


def test_what_init_did_not_make_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    """On both engines, with what to do; and looking makes nothing."""
    findings = diagnose(environ, system_clock)
    assert findings
    assert [] == [finding for finding in findings if "Run `signatures init` once" not in finding]
    assert [] == list(tmp_path.iterdir())
    assert findings == diagnose(environ, system_clock)


ENVIRONMENTS = {
    "no secret": ({"SIGNATURES_SECRET_KEY": ""}, "SIGNATURES_SECRET_KEY is not set"),
    "a short secret": ({"SIGNATURES_SECRET_KEY": "secret"}, "SIGNATURES_SECRET_KEY is too short"),
    "a secret from an example": ({"SIGNATURES_SECRET_KEY": "changeme" * 8}, "SIGNATURES_SECRET_KEY is too short"),
    "a secret's file that is not there": (
        {"SIGNATURES_SECRET_KEY_FILE": "/nowhere/key"},
        "/nowhere/key cannot be read",
    ),
    "no database": ({"SIGNATURES_DATABASE": ""}, "SIGNATURES_DATABASE is not set"),
    "a relative path": ({"SIGNATURES_DATABASE": "sqlite:///var"}, "relative path"),
    "a store in memory": ({"SIGNATURES_DATABASE": "sqlite:///:memory:"}, "memory"),
    "an unknown scheme": ({"SIGNATURES_DATABASE": "mysql://x"}, "is not known. Use sqlite:"),
    "another folder": (
        {"SIGNATURES_DATABASE": "sqlite:////nowhere/at/all"},
        "/nowhere/at/all/register.db does not exist",
    ),
    "a server that is not there": ({"SIGNATURES_DATABASE": "postgresql://nobody@127.0.0.1:1/x"}, "does not answer"),
    "a relative state folder": ({"SIGNATURES_STATE_DIR": "state"}, "SIGNATURES_STATE_DIR: 'state' is a relative path"),
    "another state folder": (
        {"SIGNATURES_STATE_DIR": "/nowhere/at/all"},
        "SIGNATURES_STATE_DIR: /nowhere/at/all/register-id",
    ),
    "no web address": ({"SIGNATURES_BASE_URL": "register"}, "SIGNATURES_BASE_URL: 'register' is no web address"),
    "workers without number": ({"SIGNATURES_WORKERS": "many"}, "SIGNATURES_WORKERS: 'many' is not a number"),
    "debug": ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG is set"),
    "another store": ({"PERSISTENCE_MODULE": "eventsourcing.popo"}, "PERSISTENCE_MODULE is set"),
    "a library's cache": ({"AGGREGATE_CACHE_MAXSIZE": "100"}, "AGGREGATE_CACHE_MAXSIZE is set"),
    "functions in the database": ({"POSTGRES_ENABLE_DB_FUNCTIONS": "y"}, "POSTGRES_ENABLE_DB_FUNCTIONS is set"),
}


@pytest.mark.parametrize(("wrong", "told"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_a_wrong_setting_stops_the_start(wrong: dict[str, str], told: str, made: dict[str, str]) -> None:
    """`doctor` and `serve` name it alike with status 3, and no app is made of it."""
    environ = {**made, **wrong}
    assert [told in finding for finding in diagnose(environ, system_clock)].count(True) == 1
    commands = Commands(environ)
    assert told in commands.refused("doctor", status=3)
    assert told in commands.refused("serve", "--bind", "127.0.0.1:0", status=3)
    with pytest.raises(Misconfigured):
        wsgi.create_app(environ)


def test_everything_wrong_is_named_at_once(made: dict[str, str]) -> None:
    """Nobody has to start seven times to find seven mistakes."""
    environ = {
        **made,
        "SIGNATURES_SECRET_KEY": "x",
        "FLASK_DEBUG": "1",
        "SIGNATURES_BASE_URL": "x",
        "SIGNATURES_THREADS": "-",
    }
    assert 4 == len(diagnose(environ, system_clock))


def test_a_clock_before_the_software_stops_the_start(made: dict[str, str]) -> None:
    """Such a clock was never set."""
    (finding,) = diagnose(made, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    assert finding.startswith("The clock shows 2026-01-01")


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def overwrite(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def execute(name: str, sql: str) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        connection = sqlite3.connect(folder / "var" / name)
        connection.executescript(sql)
        connection.close()

    return spoil


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "no log": (remove("var/register.db"), "register.db does not exist"),
    "no contacts": (remove("var/contacts.db"), "contacts.db does not exist"),
    "no views": (remove("var/views.db"), "views.db does not exist"),
    "no database": (
        overwrite("var/register.db", b"not a database, but text that is long enough" * 99),
        "register.db cannot be opened: A file of the store is damaged",
    ),
    "a checkpoint that is none": (overwrite("state/checkpoint", b""), "Where the file alone is damaged, move it away"),
    "an empty file": (overwrite("var/register.db", b""), "journal mode"),
    "no write-ahead log": (execute("register.db", "PRAGMA journal_mode=DELETE"), "'delete', not WAL"),
    "no identity": (execute("register.db", "DELETE FROM identity"), "holds no register yet"),
    "newer tables": (execute("register.db", "UPDATE identity SET value='99' WHERE name='schema'"), "of version 99"),
    "half a restore": (execute("register.db", "INSERT INTO identity VALUES ('restoring', 'x')"), "was cut off"),
    "contacts of another register": (
        execute("contacts.db", f"UPDATE identity SET value='{OTHER}' WHERE name='register'"),
        f"The contacts belong to register {OTHER}",
    ),
    "no register id": (remove(f"state/{IDENTITY_FILE}"), f"{IDENTITY_FILE} does not exist"),
    "another register's state": (overwrite(f"state/{IDENTITY_FILE}", OTHER.encode()), f"belongs to register {OTHER}"),
    "a register id that is none": (overwrite(f"state/{IDENTITY_FILE}", b"\xff\xfe\x00"), "cannot be read"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILT.values(), ids=SPOILT)
def test_a_spoilt_store_stops_the_start(
    spoil: Callable[[Path], object], told: str, made: dict[str, str], tmp_path: Path
) -> None:
    """Each with a sentence that names the file or the register."""
    spoil(tmp_path)
    assert told in "\n".join(diagnose(made, system_clock))
    with pytest.raises(Misconfigured):
        wsgi.create_app(made)


def test_init_makes_what_is_missing_and_nothing_else_anew(made: dict[str, str], tmp_path: Path) -> None:
    """Views that were deleted are made again; the register stays the one it was."""
    before = wsgi.initialise(made)
    (tmp_path / "var" / "views.db").unlink()
    (tmp_path / "state" / IDENTITY_FILE).unlink()
    assert before == wsgi.initialise(made)
    assert [] == diagnose(made, system_clock)


def test_init_refuses_another_registers_state(made: dict[str, str], tmp_path: Path) -> None:
    """Two settings that point at two registers are never mixed."""
    (tmp_path / "state" / IDENTITY_FILE).write_text(OTHER)
    assert OTHER in Commands(made).refused("init", status=3)


@pytest.mark.postgresql
def test_a_server_that_may_lose_commits_stops_the_start(
    postgresql_server: postgresql.Server, postgresql_url: str, tmp_path: Path
) -> None:
    """synchronous_commit = off is named and refused."""
    environ = {**small_environ(tmp_path), "SIGNATURES_DATABASE": postgresql_url}
    wsgi.initialise(environ)
    database = open_database(postgresql_url, "register")
    name = postgresql_url.rpartition("/")[2].partition("?")[0]
    connection = database.connect()
    connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    connection.close()
    (finding,) = diagnose(environ, system_clock)
    assert "synchronous_commit = off" in finding

"""What a COMMIT's answer is worth where a standby is waited for: no answer in time, a warning or a crash acknowledge nothing."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from signatures import connection
from signatures.clock import system_clock
from signatures.database import open_database
from signatures.doctor import diagnose
from signatures.errors import Misconfigured, StorageUnavailable
from signatures.postgresql import PostgreSQLDatabase
from signatures.servers import names_several
from signatures.settings import read_settings
from tests.api import small_environ
from tests.cluster.cluster import until
from tests.postgresql import Server, server

pytestmark = pytest.mark.postgresql
SAFE = "?target_session_attrs=read-write"


@pytest.fixture(scope="module")
def alone() -> Iterator[Server]:
    """Run a server of this file's own, which is told to wait for standbys that are not there."""
    with server() as running:
        yield running


@pytest.fixture
def store(
    alone: Server, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PostgreSQLDatabase]:
    """Keep a table in a database of its own; nobody is patient here."""
    monkeypatch.setattr(connection, "COMMIT_SECONDS", 0.5)
    monkeypatch.setattr(connection, "SETTLE_SECONDS", 0.5)
    with alone.fresh_database(f"of_{abs(hash(request.node.name))}") as url:
        made = open_database(url, "register")
        assert isinstance(made, PostgreSQLDatabase)
        made.create("CREATE TABLE word (it TEXT PRIMARY KEY)")
        try:
            yield made
        finally:
            wait_for(alone, "")
            made.close()


def wait_for(alone: Server, standbys: str) -> None:
    """Tell the server whom its commits wait for."""
    with psycopg.connect(alone.url(), autocommit=True) as link:
        link.execute("SET synchronous_commit = local")
        link.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        link.execute("SELECT pg_reload_conf()")
    until(lambda: asked(alone.url(), "SHOW synchronous_standby_names") == [(standbys,)])


def asked(url: str, query: str) -> list[tuple[object, ...]]:
    """Ask as anybody would, without waiting for standbys."""
    with psycopg.connect(url, autocommit=True) as link:
        return link.execute(query).fetchall()


def waiting(alone: Server) -> list[int]:
    """List the server's processes that wait for a standby."""
    rows = asked(alone.url(), "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
    return [int(str(pid)) for (pid,) in rows]


def write(store: PostgreSQLDatabase, word: str) -> None:
    """Write a word."""
    with store.writing("word") as transaction:
        transaction.execute("INSERT INTO word VALUES (?)", (word,))


def test_a_commit_that_is_not_answered_is_unknown(alone: Server, store: PostgreSQLDatabase) -> None:
    """The thread is free in time; nothing is acknowledged, also not by asking again; afterwards all is well."""
    write(store, "before")
    wait_for(alone, "nobody")
    with pytest.raises(StorageUnavailable):
        write(store, "unknown")
    with pytest.raises(StorageUnavailable):
        write(store, "refused")
    until(lambda: len(waiting(alone)) == 1)  # what only looked waits no more
    wait_for(alone, "")
    until(lambda: not waiting(alone))
    write(store, "after")
    assert [("after",), ("before",), ("unknown",)] == asked(store.url, "SELECT it FROM register.word ORDER BY it")


def test_a_commit_that_stopped_waiting_is_unknown(
    alone: Server, store: PostgreSQLDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is told to stop waiting says COMMIT and warns: that is no yes."""
    monkeypatch.setattr(connection, "COMMIT_SECONDS", 30.0)
    write(store, "before")
    wait_for(alone, "nobody")
    said: list[str] = []

    def writing() -> None:
        try:
            write(store, "doubtful")
        except StorageUnavailable as error:
            said.append(error.sentence)

    thread = threading.Thread(target=writing)
    thread.start()
    (pid,) = until(lambda: waiting(alone))
    asked(alone.url(), f"SELECT pg_cancel_backend({pid})")
    thread.join(20)
    assert ["stopped waiting" in sentence for sentence in said] == [True]


def test_what_a_crash_made_visible_is_not_acknowledged(alone: Server, store: PostgreSQLDatabase) -> None:
    """After a crash the server shows what no standby has. Anybody sees it; a new connection of ours waits for a standby."""
    wait_for(alone, "nobody")
    with pytest.raises(StorageUnavailable):
        write(store, "seen by nobody else")
    os.kill(waiting(alone)[0], signal.SIGKILL)

    def visible() -> bool:
        try:
            return asked(store.url, "SELECT it FROM register.word") == [("seen by nobody else",)]
        except psycopg.OperationalError:
            return False

    until(visible)
    with pytest.raises(StorageUnavailable), store.reading() as transaction:
        transaction.execute("SELECT it FROM word")
    wait_for(alone, "")
    with store.reading() as transaction:
        assert [("seen by nobody else",)] == transaction.execute("SELECT it FROM word")


def test_several_servers_without_a_standby_are_refused(alone: Server, tmp_path: Path) -> None:
    """`doctor` says it, and which setting; one server alone is no fault, nor are several that wait for one another."""
    several = f"postgresql://postgres@127.0.0.1:1,127.0.0.1:{alone.port}/postgres{SAFE}"
    wait_for(alone, "")
    findings = diagnose({**small_environ(tmp_path), "SIGNATURES_DATABASE": several}, system_clock)
    assert ["SIGNATURES_DATABASE names several servers" in told for told in findings if "schema" not in told] == [True]
    one = diagnose({**small_environ(tmp_path), "SIGNATURES_DATABASE": alone.url()}, system_clock)
    assert [] == [told for told in one if "schema" not in told]


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("postgresql://a@one,two/x", "target_session_attrs=read-write"),
        ("postgresql://a@one,two/x?target_session_attrs=any", "target_session_attrs=read-write"),
        ("postgresql://a@one:1,two:2,three:3/x?target_session_attrs=read-write", None),
        ("postgresql://a@one,two/x?target_session_attrs=primary", None),
        ("postgresql://a@one:0/x", "a port is a number"),
        ("postgresql://a@one:x/x", "a port is a number"),
        ("postgresql://a:SECRET@[one/x", "cannot be read"),
        ("postgresql://a@[::1]:5432/x", None),
        ("postgresql:///x?host=/run/postgresql", None),
        ("postgres://a@one/x", None),
    ],
)
def test_addresses_of_servers(address: str, sentence: str | None, tmp_path: Path) -> None:
    """Those that name several say which is meant; what is refused is never repeated."""
    environ = {**small_environ(tmp_path), "SIGNATURES_DATABASE": address}
    if sentence is None:
        assert address == read_settings(environ).database
        return
    with pytest.raises(Misconfigured) as refused:
        read_settings(environ)
    (told,) = refused.value.findings
    assert sentence in told
    assert "SECRET" not in told
    assert not names_several("postgresql://a@one/x")


@pytest.mark.parametrize(
    ("primary", "near"),
    [
        ("sqlite:////srv/register", "postgresql://a@one/x"),
        ("postgresql://a@one/x", "sqlite:////srv/register"),
        ("postgresql://a@one/x", "postgresql://a@two,three/x?target_session_attrs=standby"),
        ("postgresql://a@one/x", "postgresql://a@two:0/x"),
    ],
)
def test_standbys_that_are_none(primary: str, near: str, tmp_path: Path) -> None:
    """A standby is one server of PostgreSQL beside another one."""
    environ = {**small_environ(tmp_path), "SIGNATURES_DATABASE": primary, "SIGNATURES_READ_DATABASE": near}
    with pytest.raises(Misconfigured) as refused:
        read_settings(environ)
    assert ["SIGNATURES_READ_DATABASE" in told for told in refused.value.findings] == [True]

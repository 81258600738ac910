"""Reading beside writing: whoever writes may take as long as they like, readers answer from what was there before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask

from signatures import samples
from signatures.aggregate import Actor
from signatures.database import Database, open_database
from signatures.errors import StorageUnavailable
from signatures.log.store import Store
from signatures.organisation import NameParts
from signatures.register import Register
from signatures.room import Room
from tests.clock import FixedClock

LIST = "/api/v1/statements/myanmar-2021/signatories"
READ = (LIST, f"{LIST}?as_of=2021-06-07", f"{LIST}?as_of=2022-01-01&show=annotated", "/statements/myanmar-2021", "/")
EDITOR = Actor("editor", "test")
WAITING = 8.0  # seconds; whoever waited for the lock would wait for as long as the test holds it


@pytest.fixture
def filled(app: Flask) -> Iterator[Flask]:
    """Serve a sample statement, whose list was read once."""
    samples.load(app.extensions["room"].register, "myanmar-2021")
    assert 200 == app.test_client().get(LIST).status_code
    yield app
    app.extensions["room"].close()


def beside(work: Callable[[], list[int]]) -> list[int]:
    """Let another thread do something meanwhile; what it cannot finish is not told."""
    told: list[int] = []
    reader = threading.Thread(target=lambda: told.extend(work()))
    reader.start()
    reader.join(WAITING)
    return told


def test_readers_answer_while_a_writer_holds_the_locks(filled: Flask) -> None:
    """Log, contacts and views are locked by one who has written and not yet committed: every list and page is there."""
    room: Room = filled.extensions["room"]

    def read() -> list[int]:
        return [filled.test_client().get(address).status_code for address in READ]

    with (
        room.databases["views"].writing("tracking"),
        room.databases["contacts"].writing("submission"),
        room.store.writing(),
    ):
        room.register.sign(EDITOR, "myanmar-2021", NameParts("New Union"), signed_on="2021-12-30", method="api")
        seen = beside(read)
        standing = beside(lambda: [(filled.test_client().get(LIST).json or {})["counts"]["standing"]])
    assert ([200] * len(READ), [36]) == (seen, standing)
    assert 37 == (filled.test_client().get(LIST).json or {})["counts"]["standing"]


# ── glances ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def database(database_url: str, clock: FixedClock) -> Iterator[Database]:
    """Open a log that holds a statement."""
    opened = open_database(database_url, "register")
    store = Store(opened, clock)
    store.create()
    Register(store).draft(EDITOR, reference="a-2021", kind="statement", time_zone="UTC", default_language="en")
    yield opened
    opened.close()


def test_a_glance_cannot_write(database: Database) -> None:
    """Its connection is read-only for the engine itself; the next glance works."""
    with pytest.raises(StorageUnavailable):
        database.glance("DELETE FROM log WHERE position = ?", (1,))
    assert [(1,)] == database.glance("SELECT COUNT(*) FROM log")


def test_a_glance_sees_what_was_committed_last(database: Database) -> None:
    """The connection is kept open, the state of the store is not."""
    before = database.glance("SELECT COUNT(*) FROM text")
    with database.writing("stored_events") as transaction:
        transaction.execute("INSERT INTO text VALUES (?, ?)", ("0" * 64, b"words"))
        assert before == database.glance("SELECT COUNT(*) FROM text")
    assert [(before[0][0] + 1,)] == database.glance("SELECT COUNT(*) FROM text")


@pytest.mark.postgresql
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_glance_after_the_server_has_ended_its_connections(database: Database, database_url: str) -> None:
    """Those that died are thrown away, and one is opened anew."""
    database.glance("SELECT 1")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert [(1,)] == database.glance("SELECT COUNT(*) FROM log")

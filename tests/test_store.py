"""The event store: positions, stamps and rows in one transaction, on both databases."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from signatures.clock import stamp
from signatures.database import open_database
from signatures.errors import Refused, StorageUnavailable
from signatures.log import heads
from signatures.log.derive import check
from signatures.log.eventlog import leaf_hash
from signatures.log.store import Store
from signatures.register import Register
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, draft, forget, sign


@pytest.fixture
def store(url: str, clock: FixedClock) -> Iterator[Store]:
    """Open a new store; after the test its derived rows must be what its log says."""
    opened = Store(open_database(url, "register"), clock)
    opened.create()
    yield opened
    differences = check(opened)
    forget(opened)
    assert [] == differences


@pytest.fixture
def register(store: Store) -> Register:
    """Work on it, with one statement."""
    register = Register(store)
    draft(register)
    return register


def test_an_empty_log_has_nothing_newest(store: Store) -> None:
    """And nothing else either."""
    assert (None, [], None, 0, None) == (
        store.newest(),
        store.entries(0, 10),
        store.entry(1),
        store.position_at("9"),
        store.text("0" * 64),
    )


def test_a_register_has_one_identity(store: Store, url: str, clock: FixedClock) -> None:
    """Creating twice is fine and changes nothing."""
    other = Store(open_database(url, "register"), clock)
    assert store.identity() == other.create() == other.identity()
    other.database.close()


def test_positions_run_without_gaps_and_stamps_come_from_the_clock(register: Register, clock: FixedClock) -> None:
    """What is written in one transaction has one stamp and consecutive positions; a refusal leaves no gap."""
    sign(register, "Alpha")
    with pytest.raises(Refused):
        sign(register, "Alpha")
    clock.advance(seconds=5)
    sign(register, "Beta")
    entries = register.store.entries(0, 100)
    assert [1, 2, 3, 4, 5, 6] == [entry.position for entry in entries]
    assert ["2021-07-01T12:00:00.000000Z"] * 4 + ["2021-07-01T12:00:05.000000Z"] * 2 == [
        entry.recorded_at for entry in entries
    ]


def test_versions_run_without_gaps_in_each_stream(register: Register) -> None:
    """From 1, whatever else is written between."""
    for name in ("Alpha", "Beta", "Gamma"):
        sign(register, name)
    stream = f"statement/{register.statement(OPEN).id}"
    entries = register.store.stream_entries(stream)
    assert [1, 2, 3, 4, 5] == [entry.version for entry in entries]
    assert entries[2:4] == register.store.stream_entries(stream, 2, 2)
    assert [1, 2, 4, 6, 8] == [entry.position for entry in entries]


def test_reading_by_position(register: Register) -> None:
    """`after` is excluded, the limit is kept, and one entry can be asked for."""
    sign(register, "Alpha")
    store = register.store
    entries = store.entries(0, 100)
    assert entries[1:3] == store.entries(1, 2)
    assert [] == store.entries(4, 10)
    assert entries[2] == store.entry(3)
    assert [None] * 4 == [store.entry(position) for position in (0, -1, 5, 2**80)]


def test_a_leafs_hash_is_rfc_6962(register: Register) -> None:
    """SHA-256 over a zero byte and the leaf, stored with the position."""
    for entry in register.store.entries(0, 10):
        assert leaf_hash(entry.leaf()) == entry.leaf_hash
    newest = register.store.newest()
    assert newest is not None
    assert register.store.entries(0, 10)[-1].leaf_hash == newest.leaf_hash


def test_the_position_at_an_instant(register: Register, clock: FixedClock) -> None:
    """Inclusive; 0 before the first entry; the newest after the last."""
    drafted = clock()
    clock.advance(seconds=10)
    sign(register, "Alpha")
    instants = [
        drafted + timedelta(microseconds=microseconds) for microseconds in (-1, 0, 9_999_999, 10_000_000, 10**12)
    ]
    assert [0, 2, 2, 4, 4] == [register.store.position_at(stamp(instant)) for instant in instants]


def test_stamps_never_fall(register: Register, clock: FixedClock) -> None:
    """A clock that goes back keeps the last stamp until it has caught up."""
    clock.advance(hours=-3)
    sign(register, "Alpha")
    clock.advance(hours=4)
    sign(register, "Beta")
    stamps = [entry.recorded_at for entry in register.store.entries(0, 10)]
    assert ["2021-07-01T12:00:00.000000Z"] * 4 + ["2021-07-01T13:00:00.000000Z"] * 2 == stamps


def test_a_transaction_is_whole_or_nothing(register: Register) -> None:
    """Entries, rows and texts of what fails later are not there."""

    def fail_late() -> None:
        with register.store.writing():
            sign(register, "Alpha")
            register.set_text(EDITOR, OPEN, language="de", title="T", text="Nie")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_late()
    assert 2 == len(register.store.entries(0, 10))
    with register.store.reading() as transaction:
        assert [(1,)] == transaction.execute("SELECT count(*) FROM text")
        assert [(0,)] == transaction.execute("SELECT count(*) FROM signature")
    sign(register, "Alpha")


def test_nothing_of_a_part_that_failed_is_kept(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever catches the error of one command among several cannot commit half of it."""
    write = heads.write

    def fail(*given: object) -> None:
        raise StorageUnavailable("the disk is gone")

    def catch() -> None:
        with register.store.writing():
            sign(register, "Alpha")
            monkeypatch.setattr(heads, "write", fail)
            with suppress(StorageUnavailable):
                sign(register, "Beta")
            monkeypatch.setattr(heads, "write", write)

    with pytest.raises(StorageUnavailable, match="nothing was"):
        catch()
    assert 2 == len(register.store.entries(0, 10))


def test_an_organisation_cannot_stand_twice_even_if_a_command_errs(register: Register) -> None:
    """The index refuses what the aggregate should have, and the refusal is one that a user may see."""
    signed = sign(register, "Alpha")
    row = register.signature(signed.signature_id)
    with pytest.raises(Refused, match="quicker"), register.store.writing() as transaction:
        heads.write(transaction, heads.Rows(signatures=[row._replace(id="another", ordinal=2)]))


def test_a_text_is_stored_once(register: Register) -> None:
    """Two languages, or two statements, with one text share its row."""
    for language in ("de", "fr"):
        register.set_text(EDITOR, OPEN, language=language, title="T", text="We want peace.\n")
    with register.store.reading() as transaction:
        assert [(1,)] == transaction.execute("SELECT count(*) FROM text")


def test_a_reader_sees_one_state(register: Register) -> None:
    """From its first question to its last, whatever is written meanwhile; nested questions share it."""
    with register.store.reading():
        before = register.store.newest()
        writer = threading.Thread(target=sign, args=(register, "Alpha"))
        writer.start()
        writer.join(20)
        assert not writer.is_alive()
        assert (before, 2) == (register.store.newest(), len(register.store.entries(0, 10)))
    assert 4 == len(register.store.entries(0, 10))


def test_a_lock_is_not_held_for_long(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who held it longer than others can wait is rolled back, and told so."""
    monkeypatch.setattr(register.store.database, "hold_seconds", 0.0)
    with pytest.raises(StorageUnavailable, match="took longer than 0 s"):
        sign(register, "Alpha")
    monkeypatch.undo()
    assert 2 == len(register.store.entries(0, 10))


def test_nothing_is_opened_across_a_fork(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store opened before the fork says how to start workers."""
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(StorageUnavailable, match="--preload"):
        register.store.newest()
    monkeypatch.undo()


def test_serving_never_creates(tmp_path: Path, clock: FixedClock) -> None:
    """Asking a store that was not made fails and leaves no file."""
    store = Store(SQLiteDatabase(tmp_path, "register"), clock)
    for ask in (store.identity, store.newest):
        with pytest.raises(StorageUnavailable):
            ask()
    assert [] == list(tmp_path.iterdir())


def test_the_librarys_notifications_are_the_log(register: Register) -> None:
    """Their ids are positions."""
    sign(register, "Alpha")
    store = register.store
    assert [1, 2, 3, 4] == [notification.id for notification in store.select_notifications(1, 10)]
    assert [3] == [notification.id for notification in store.select_notifications(2, 1, inclusive_of_start=False)]
    assert [4] == [notification.id for notification in store.select_notifications(1, 10, topics=["Statement.Signed"])]
    assert [2, 3] == [notification.id for notification in store.select_notifications(2, 10, stop=3)]
    assert 4 == store.max_notification_id()


@pytest.mark.faults
def test_a_full_disk_loses_nothing(sqlite_url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write that does not fit is refused whole; what was acknowledged stays; with room again it goes on."""
    store = Store(open_database(sqlite_url, "register"), clock)
    store.create()
    register = Register(store)
    draft(register)
    acknowledged: list[str] = []
    with monkeypatch.context() as patch:
        fill_up(store, patch)
        with pytest.raises(StorageUnavailable, match="disk is full"):
            acknowledged.extend(sign(register, f"Union {number}").signature_id for number in range(500))
        with pytest.raises(StorageUnavailable, match="disk is full"):
            register.set_text(EDITOR, OPEN, language="de", title="T", text="x" * 100_000)
        told = [entry.data()["signature_id"] for entry in store.entries(0, 10_000) if entry.type == "Signed"]
    assert acknowledged == told
    assert 0 < len(told) < 500
    store.database.close()
    sign(register, "After")
    assert ([], 2 + 2 * len(told) + 2) == (check(store), len(store.entries(0, 10_000)))
    store.database.close()


def fill_up(store: Store, patch: pytest.MonkeyPatch) -> None:
    """Let the database file grow by three pages at most, as a full disk would."""
    database = store.database
    assert isinstance(database, SQLiteDatabase)
    database.close()
    connect = database.connect

    def with_limit() -> sqlite3.Connection:
        connection = connect()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return connection

    with database.reading() as transaction:
        pages = transaction.execute("PRAGMA page_count")[0][0] + 3
    database.close()
    patch.setattr(database, "connect", with_limit)

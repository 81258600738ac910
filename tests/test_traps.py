"""The nine traps of the event sourcing library and around it: one test and more for each, that we are not in it."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from signatures import database
from signatures import postgresql as postgresql_database
from signatures.aggregate import Headed, Initial
from signatures.batch import Batch, Turn
from signatures.clock import system_clock
from signatures.database import open_database
from signatures.doctor import diagnose
from signatures.errors import InvalidInput, InvalidTime, StorageUnavailable
from signatures.log import heads
from signatures.log.derive import check
from signatures.log.mapping import AGGREGATES, TOPICS, EventMapper
from signatures.log.store import Store
from signatures.organisation import NameParts, Organisation
from signatures.postgresql import PostgreSQLDatabase
from signatures.register import Register
from signatures.room import Room
from signatures.settings import LIBRARY_SWITCHES
from signatures.sqlite import SQLiteDatabase, sqlite_folder
from signatures.statement import Statement
from signatures.turns import Turns
from tests import postgresql, swarm
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, draft, eventful, forget, sign

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
SECRET = "x7Qp-2mK9_vTz4LwRb8NcYd1HsGfJ6aE"


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


def signatures_in(store: Store) -> int:
    """Count the signatures of the log."""
    return sum(entry.type == "Signed" for entry in store.entries(0, 10_000))


# ── 1: a store that forgets, and everything else that must not be served ─────────────────────────────────────────────


@pytest.fixture
def good(tmp_path: Path) -> dict[str, str]:
    """Set up an installation that would start."""
    environ = {"SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/var", "SIGNATURES_SECRET_KEY": SECRET}
    room = Room(environ, FixedClock(NOW))
    room.create()
    room.databases["views"].create("CREATE TABLE IF NOT EXISTS anything (n {bigint});\n")
    room.close()
    assert [] == diagnose(environ, FixedClock(NOW))
    return environ


@pytest.mark.parametrize("module", ["eventsourcing.popo", "eventsourcing.sqlite", "misspelt.module", ""])
def test_1_no_setting_of_the_library_replaces_the_store(
    module: str, store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 1: with PERSISTENCE_MODULE missing, misspelt or naming another store, saves still go into ours."""
    for name in LIBRARY_SWITCHES:
        monkeypatch.setenv(name, module)
        monkeypatch.setenv(f"REGISTER_{name}", module)
    register = Register(store)
    draft(register)
    assert (store, 2, None) == (register.recorder, len(store.entries(0, 10)), register.snapshots)
    assert register.repository.cache is None


def connected_with(pragma: str) -> Callable[[SQLiteDatabase], sqlite3.Connection]:
    """Connect as a build of SQLite would that had other defaults."""
    connect = SQLiteDatabase.connect

    def with_pragma(self: SQLiteDatabase) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute(pragma)
        return connection

    return with_pragma


def without_wal(environ: dict[str, str], _: pytest.MonkeyPatch) -> None:
    """Put the register on what has no shared memory, as a network disk."""
    connection = sqlite3.connect(sqlite_folder(environ["SIGNATURES_DATABASE"]) / "register.db")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.close()


def another_register(environ: dict[str, str], _: pytest.MonkeyPatch) -> None:
    """Put the log of another register in its place."""
    folder = sqlite_folder(environ["SIGNATURES_DATABASE"])
    other = Store(SQLiteDatabase(folder / "other", "register"), FixedClock(NOW))
    other.create()
    other.database.close()
    shutil.copy(folder / "other" / "register.db", folder / "register.db")


def missing_file(environ: dict[str, str], _: pytest.MonkeyPatch) -> None:
    """Lose the log."""
    (sqlite_folder(environ["SIGNATURES_DATABASE"]) / "register.db").unlink()


def no_database(environ: dict[str, str], _: pytest.MonkeyPatch) -> None:
    """Overwrite the log."""
    (sqlite_folder(environ["SIGNATURES_DATABASE"]) / "register.db").write_bytes(b"no database at all" * 100)


def identity(name: str, value: str) -> Callable[[dict[str, str], pytest.MonkeyPatch], None]:
    """Write a row into the register's identity."""

    def change(environ: dict[str, str], _: pytest.MonkeyPatch) -> None:
        opened = open_database(environ["SIGNATURES_DATABASE"], "register")
        with opened.writing() as transaction:
            transaction.execute("DELETE FROM identity WHERE name = ?", (name,))
            transaction.execute("INSERT INTO identity VALUES (?, ?)", (name, value))
        opened.close()

    return change


def setting(**environ: str) -> Callable[[dict[str, str], pytest.MonkeyPatch], None]:
    """Set variables."""

    def change(good: dict[str, str], _: pytest.MonkeyPatch) -> None:
        good.update(environ)

    return change


MISCONFIGURATIONS: dict[str, tuple[Callable[[dict[str, str], pytest.MonkeyPatch], None], str]] = {
    "another persistence module": (setting(PERSISTENCE_MODULE="eventsourcing.popo"), "PERSISTENCE_MODULE is set"),
    "database functions": (setting(POSTGRES_ENABLE_DB_FUNCTIONS="y"), "POSTGRES_ENABLE_DB_FUNCTIONS is set"),
    "aggregate cache": (setting(AGGREGATE_CACHE_MAXSIZE="100"), "AGGREGATE_CACHE_MAXSIZE is set"),
    "a relative path": (setting(SIGNATURES_DATABASE="sqlite:///var"), "is a relative path"),
    "a store in memory": (setting(SIGNATURES_DATABASE="sqlite:////:memory:"), "forgets everything"),
    "a missing folder": (
        setting(SIGNATURES_DATABASE="sqlite:////nowhere/at/all"),
        "does not exist. Run `signatures init` once",
    ),
    "a missing file": (missing_file, "register.db does not exist"),
    "a file that is none": (no_database, "cannot be"),
    "another register": (another_register, "belong"),
    "no write-ahead log": (without_wal, "journal mode"),
    "commits that may be lost": (
        lambda _, patch: patch.setattr(SQLiteDatabase, "connect", connected_with("PRAGMA synchronous=NORMAL")),
        "synchronous=1: commits could be lost",
    ),
    "a half restored register": (identity("restoring", "x"), "A restore into this register was cut off"),
    "tables of another version": (identity("schema", "999"), "tables are of version 999"),
    "a debugger": (setting(FLASK_DEBUG="1"), "FLASK_DEBUG is set"),
    "no secret": (setting(SIGNATURES_SECRET_KEY=""), "SIGNATURES_SECRET_KEY is not set"),
    "a short secret": (setting(SIGNATURES_SECRET_KEY=SECRET[:20]), "SIGNATURES_SECRET_KEY is too short"),
    "a default secret": (
        setting(SIGNATURES_SECRET_KEY="changeme-changeme-changeme-changeme"),
        "a word from an example",
    ),
    "another's state": (setting(SIGNATURES_STATE_DIR="/nowhere/state"), "SIGNATURES_STATE_DIR: /nowhere/state"),
}


@pytest.mark.parametrize("name", MISCONFIGURATIONS)
def test_1_misconfigurations_are_refused(name: str, good: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 1: each is named by a sentence of its own, and nothing is created by asking."""
    change, told = MISCONFIGURATIONS[name]
    change(good, monkeypatch)
    found = diagnose(good, FixedClock(NOW))
    assert [True] * len(found) == [told in finding for finding in found] != []


def test_1_a_clock_before_the_build(good: dict[str, str]) -> None:
    """Trap 1: a machine that came up in 1970 does not serve."""
    found = diagnose(good, FixedClock(datetime(1970, 1, 1, tzinfo=UTC)))
    assert ["The clock shows 1970-01-01, which is before this software was built. Set it right."] == found


def test_1_a_fork_after_opening(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 1: a worker that inherited an opened store refuses to use it."""
    monkeypatch.setattr(os, "getpid", lambda: -1)
    with pytest.raises(StorageUnavailable, match="opened before this process was forked"):
        sign(register, "Alpha")
    monkeypatch.undo()


@pytest.mark.postgresql
@pytest.mark.parametrize("name", ["synchronous_commit"])
def test_1_a_postgresql_that_may_lose_commits(name: str, shared_url: str) -> None:
    """Trap 1: the server's settings are asked, not trusted."""
    opened = PostgreSQLDatabase(shared_url, "register")
    opened.create("CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL);\n")
    assert [] == opened.faults()
    database_name = shared_url.rpartition("/")[2]
    for value, expected in (
        ("off", [f"The PostgreSQL server has {name} = off: commits could be lost. Set it to on."]),
        ("on", []),
    ):
        with opened.writing() as transaction:
            transaction.execute(f"ALTER DATABASE {database_name} SET {name} = {value}")
        opened.close()
        assert expected == opened.faults()
    with opened.writing() as transaction:
        transaction.execute("DROP SCHEMA register CASCADE")
    opened.close()
    assert [
        "SIGNATURES_DATABASE: there is no schema 'register'. Run `signatures init` once; serving never creates."
    ] == opened.faults()


# ── 2: locks that wait for ever, replies that are lost ───────────────────────────────────────────────────────────────


def test_2_a_lock_is_not_waited_for_for_ever(register: Register, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 2: who cannot have the log gives up in time, says so, and has written nothing."""
    for module in (database, postgresql_database):
        monkeypatch.setattr(module, "LOCK_ATTEMPTS", 1)
    register.store.database.close()
    other = open_database(url, "register")
    with other.writing("stored_events"):
        began = time.monotonic()
        with pytest.raises(StorageUnavailable, match="Try again"):
            sign(register, "Alpha")
        assert time.monotonic() - began < 20
    other.close()
    assert 0 == signatures_in(register.store)
    sign(register, "Alpha")


def lost_reply(store: Store, monkeypatch: pytest.MonkeyPatch, *, before: bool) -> list[str]:
    """Lose the connection at the next COMMIT of a write, before it arrives or after it was done."""
    run, end = store.database._run, Turns._end
    lost: list[str] = []
    written: list[Any] = []

    def ending(self: Turns, batch: Batch, last: Turn | None = None) -> None:
        written.append(batch.connection)
        end(self, batch, last)

    monkeypatch.setattr(Turns, "_end", ending)

    def losing(connection: Any, sql: str) -> None:
        if sql == "COMMIT" and not lost and connection in written:
            lost.append(sql)
            if not before:
                run(connection, sql)
            connection.close()
            raise StorageUnavailable("The connection is gone.")
        run(connection, sql)

    monkeypatch.setattr(store.database, "_run", losing)
    return lost


def test_2_a_lost_reply_to_a_commit_is_no_failure(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 2: what the log holds was done: the command returns as always, and it was done once."""
    lost = lost_reply(register.store, monkeypatch, before=False)
    receipt = sign(register, "Alpha")
    newest = register.store.newest()
    assert newest is not None
    assert (["COMMIT"], 1, newest.position, newest.recorded_at) == (
        lost,
        signatures_in(register.store),
        receipt.position,
        receipt.recorded_at,
    )


def test_2_a_commit_that_never_came_is_a_failure(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 2: what the log does not hold was not done; the same id again does it once."""
    lost, id_ = lost_reply(register.store, monkeypatch, before=True), str(uuid4())
    with pytest.raises(StorageUnavailable, match="connection is gone"):
        sign(register, "Alpha", signature_id=id_)
    assert (["COMMIT"], 0) == (lost, signatures_in(register.store))
    assert sign(register, "Alpha", signature_id=id_) == sign(register, "Alpha", signature_id=id_)
    assert 1 == signatures_in(register.store)


def test_2_a_key_whose_answer_was_lost(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 2: asked again with the same key, the client gets the receipt of what was done."""
    lost_reply(register.store, monkeypatch, before=False)
    answers = [register.once("token", "key", {}, lambda: sign(register, "Alpha")._asdict()) for _ in range(2)]
    assert answers[0] == answers[1]
    assert 1 == signatures_in(register.store)


@pytest.mark.postgresql
def test_2_a_failed_transaction_is_not_taken_for_committed(shared_url: str) -> None:
    """Trap 2: PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK and no error; we look."""
    opened = PostgreSQLDatabase(shared_url, "register")
    opened.create("CREATE TABLE IF NOT EXISTS number (n BIGINT PRIMARY KEY);\n")

    def twice() -> None:
        with opened.writing() as transaction:
            transaction.execute("INSERT INTO number VALUES (1)")
            with suppress(database.Conflict):
                transaction.execute("INSERT INTO number VALUES (1)")

    with pytest.raises(StorageUnavailable, match="nothing was"):
        twice()
    with opened.writing() as transaction:
        assert [(0,)] == transaction.execute("SELECT count(*) FROM number")
        transaction.execute("DROP SCHEMA register CASCADE")
    opened.close()


@pytest.mark.postgresql
def test_2_the_lock_timeout_is_set(shared_url: str) -> None:
    """Trap 2: on every connection, not by an environment variable that may be missing."""
    connection = PostgreSQLDatabase(shared_url, "register").connect()
    assert ("1s",) == connection.execute("SHOW lock_timeout").fetchone()
    connection.close()


# ── 3: everybody starts at once ──────────────────────────────────────────────────────────────────────────────────────


def test_3_sixty_four_processes_make_the_register_at_once(url: str) -> None:
    """Trap 3: all of them find one register, the same, and none fails."""
    identities = swarm.run("create", 64, url)
    store = Store(open_database(url, "register"), system_clock)
    assert {store.identity()} == set(identities)
    assert [] == check(store)
    assert identities == swarm.run("create", 64, url)
    forget(store)


# ── 4: payloads that cannot be read again ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "parts",
    [
        NameParts("Alpha", translations={"_type_": "datetime", "_data_": "2021-06-07"}),
        NameParts("Alpha", country_printed={"_type_": "x", "_data_": "y"}),
        NameParts("Alpha \ud800"),
        NameParts("Alpha", acronym="\udfff"),
        NameParts("Alpha", territories=[date(2021, 6, 7)]),  # type: ignore[list-item]
        NameParts("Alpha", url=5),  # type: ignore[arg-type]
        NameParts(b"Alpha"),  # type: ignore[arg-type]
    ],
)
def test_4_payloads_that_would_poison_a_stream(parts: NameParts, register: Register) -> None:
    """Trap 4: reserved keys, lone surrogates and objects are refused, and the statement stays readable."""
    with pytest.raises(InvalidInput):
        register.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")
    assert register.statement(OPEN).state() == register.repository.get(register.statement(OPEN).id).state()


def test_4_dates_are_texts(register: Register) -> None:
    """Trap 4: a date object is refused where an event would hold it."""
    day: Any = date(2021, 6, 7)
    signed = sign(register, "Alpha")
    for command in (
        lambda: sign(register, "Beta", on=day),
        lambda: register.withdraw(EDITOR, signed.signature_id, on=day),
        lambda: register.close_signing(EDITOR, OPEN, on=day),
        lambda: register.publish(EDITOR, OPEN, as_of=day),
        lambda: register.amend(EDITOR, OPEN, {"issued_on": day}),
    ):
        with pytest.raises(InvalidTime):
            command()


# ── 5: history that a later rule cannot read ─────────────────────────────────────────────────────────────────────────

ODD: dict[str, Any] = {  # what no rule of today would take
    "reference": "", "kind": "", "time_zone": "Nowhere", "default_language": "", "name": "", "language": "?", "signed_on": "9999",
    "withdrawn_on": "", "effective_on": "never", "as_of": "", "changes": {"name": "", "colour": "red"}, "ordinal": -1, "edition": -1,
    "text_sha256": "", "signature_id": "", "organisation_id": "", "position": -1, "annulled_version": -1, "into": "", "territories": ["?"],
    "translations": {}, "actor": {}, "salt": "",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["Statement", "Organisation"])
def test_5_applying_never_refuses(kind: str) -> None:
    """Trap 5: whatever was recorded once is read again, also what today's commands would refuse."""
    mapper, aggregate = EventMapper(), None
    topics = sorted(
        (topic for topic in TOPICS if topic.startswith(f"{kind}.")),
        key=lambda topic: not issubclass(TOPICS[topic], Initial),
    )
    for version, topic in enumerate(topics, 1):
        names = {field.name for field in dataclasses.fields(TOPICS[topic])}  # type: ignore[arg-type]
        state = json.dumps({name: ODD.get(name) for name in names}).encode()
        aggregate = mapper.to_domain_event(StoredEvent(UUID(int=1), version, topic, state)).mutate(aggregate)
    assert isinstance(aggregate, Headed)
    assert len(topics) == aggregate.version


def test_5_events_have_topics_of_their_own() -> None:
    """Trap 5: a class that is moved or renamed keeps its stored name; no stored name is a module's path."""
    for topic, event_class in TOPICS.items():
        assert topic == event_class.TOPIC  # type: ignore[attr-defined]
        assert ":" not in topic
    assert (Statement, Organisation) == AGGREGATES


def test_5_a_topic_is_never_imported(register: Register) -> None:
    """Trap 5: a module that somebody wrote into the table is not run."""
    id_ = register.statement(OPEN).id
    with register.store.database.writing() as transaction:
        transaction.execute("UPDATE stored_events SET topic = 'antigravity:geohash' WHERE notification_id = 2")
    with pytest.raises(LookupError, match="no event of this version"):
        register.repository.get(id_)
    assert "antigravity" not in sys.modules
    with register.store.database.writing() as transaction:
        transaction.execute("UPDATE stored_events SET topic = 'Statement.TextSet' WHERE notification_id = 2")


# ── 6: locks of SQLite and of pools ──────────────────────────────────────────────────────────────────────────────────


def in_thread(work: Callable[[], object]) -> Callable[[], list[BaseException]]:
    """Start work in another thread; return what waits for its end and tells its errors."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def end() -> list[BaseException]:
        thread.join(30)
        assert not thread.is_alive()
        return errors

    return end


def test_6_who_reads_and_then_writes_waits_for_the_other(register: Register) -> None:
    """Trap 6: no "database is locked" half way: the lock is taken before the first look, and the second sees the first's work."""
    with register.store.writing():
        assert 2 == len(register.store.entries(0, 10))
        end = in_thread(lambda: sign(register, "Beta"))
        time.sleep(0.2)
        sign(register, "Alpha")
    assert [] == end()
    assert ["Alpha", "Beta"] == [
        entry.data()["name"] for entry in register.store.entries(0, 10) if entry.type == "Signed"
    ]


def test_6_a_failed_write_leaves_no_lock(register: Register, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 6: after an error in a transaction, in its BEGIN, COMMIT or ROLLBACK, others write at once."""
    other = Register(Store(open_database(url, "register"), register.store.clock))
    kept = register.store.database
    run: Callable[[Any, str], None] = kept._run
    for number, failing in enumerate((None, "BEGIN", "COMMIT", "ROLLBACK")):

        def fail(connection: Any, sql: str, failing: str | None = failing) -> None:
            run(connection, sql)
            if failing and sql.startswith(failing):
                raise StorageUnavailable(f"{sql} failed")

        def err(number: int = number) -> None:
            with register.store.writing() as transaction:
                transaction.execute("SELECT 1")
                if number != 2:  # the third one is to come to its COMMIT
                    raise ZeroDivisionError

        monkeypatch.setattr(kept, "_run", fail)
        with pytest.raises((ZeroDivisionError, StorageUnavailable)):
            err()
        monkeypatch.setattr(kept, "_run", run)
        assert [] == in_thread(lambda n=number: sign(other, f"Union {n}"))()  # type: ignore[misc]
        sign(register, f"After {number}")
    other.store.database.close()


def test_6_readers_do_not_wait_for_a_writer(register: Register, url: str) -> None:
    """Trap 6: while one holds the log, lists are read, by this process and by others."""
    other = Store(open_database(url, "register"), register.store.clock)
    seen: list[int] = []
    with register.store.writing():
        sign(register, "Alpha")
        for store in (register.store, other):
            assert [] == in_thread(lambda store=store: seen.append(len(store.entries(0, 10))))()  # type: ignore[misc]
    assert [2, 2] == seen
    other.database.close()


def test_6_threads_do_not_share_a_transaction(register: Register) -> None:
    """Trap 6: eight threads on one register write one after the other and lose nothing."""
    ends = [in_thread(lambda n=n: [sign(register, f"Union {n} {m}") for m in range(5)]) for n in range(8)]  # type: ignore[misc]
    assert [[]] * 8 == [end() for end in ends]
    assert 40 == signatures_in(register.store)


# ── 7: clocks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_7_a_clock_a_year_ahead_wedges_nothing(register: Register, clock: FixedClock) -> None:
    """Trap 7: stamps are the log's, not the events'; set right again, it goes on with the last stamp until time catches up."""
    clock.advance(days=365)
    ahead = sign(register, "Ahead", on="2022-06-30")
    clock.advance(days=-365)
    behind = sign(register, "Behind")
    with pytest.raises(InvalidTime, match="date to come"):
        sign(register, "Tomorrow", on="2021-07-02")
    clock.advance(days=366)
    after = sign(register, "After", on="2022-07-01")
    stamps = [receipt.recorded_at[:10] for receipt in (ahead, behind, after)]
    assert ["2022-07-01", "2022-07-01", "2022-07-02"] == stamps
    assert [1, 2, 3, 4, 5, 6, 7, 8] == [entry.position for entry in register.store.entries(0, 100)]


def test_7_no_event_has_a_time_of_its_own(register: Register, clock: FixedClock) -> None:
    """Trap 7: what an event class calls its timestamp is nowhere in what is stored."""
    sign(register, "Alpha")
    for entry in register.store.entries(0, 100):
        assert "timestamp" not in entry.data()
    assert timedelta(0) == register.repository.get(register.statement(OPEN).id).modified_on - datetime(
        1, 1, 1, tzinfo=UTC
    )


# ── 8: what a dump renumbers, what a socket swallows ─────────────────────────────────────────────────────────────────


def test_8_a_dump_keeps_positions_and_hashes(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> None:
    """Trap 8: positions are stored, not rowids of the moment; a reloaded `.dump` is the same register."""
    store = Store(open_database(sqlite_url, "register"), clock)
    store.create()
    eventful(Register(store))
    source = sqlite3.connect(sqlite_folder(sqlite_url) / "register.db")
    reloaded = Store(SQLiteDatabase(tmp_path / "reloaded", "register"), clock)
    reloaded.database.make()
    target = sqlite3.connect(tmp_path / "reloaded" / "register.db")
    target.executescript("\n".join(source.iterdump()))
    for connection in (source, target):
        connection.close()
    assert store.entries(0, 1000) == reloaded.entries(0, 1000)
    assert (store.identity(), []) == (reloaded.identity(), check(reloaded))
    assert store.entries(0, 1000)[-1].position + 2 == sign(Register(reloaded), "After", "secret-2021").position
    for one in (store, reloaded):
        one.database.close()


@pytest.fixture
def socket_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address a PostgreSQL server of its own over a Unix socket."""
    folder = Path(tempfile.mkdtemp(prefix="sig-"))  # a socket's path is at most 107 bytes long
    folder.chmod(0o777)
    monkeypatch.setattr(postgresql, "SETTINGS", [*postgresql.SETTINGS, "-c", f"unix_socket_directories={folder}"])
    try:
        with postgresql.server() as server:
            yield f"postgresql://postgres@/postgres?host={folder}&port={server.port}"
    except postgresql.NoServer as reason:
        pytest.skip(str(reason))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.postgresql
def test_8_a_large_batch_over_a_unix_socket(socket_url: str) -> None:
    """Trap 8: one transaction, and one insert, of far more than 390 kB end in time."""
    store = Store(open_database(socket_url, "register"), system_clock)
    store.create()
    draft(Register(store))
    assert [True] == [stored >= 1_500_000 for stored in swarm.run("bulk", 1, socket_url, 1_500_000)]
    assert 8 <= signatures_in(store)
    store.database.close()


# ── 9: replays ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_9_commands_do_not_replay(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 9: no command reads a stream; head and signature rows are enough, at any number of signatures."""

    def refuse(*given: object, **more: object) -> list[StoredEvent]:
        raise AssertionError("a command replayed a stream")

    monkeypatch.setattr(register.store, "select_events", refuse)
    register.discard(EDITOR, OPEN)
    draft(register, "another")
    signed = sign(register, "Alpha", "another")
    withdrawn = register.withdraw(EDITOR, signed.signature_id, on="2021-06-08")
    register.annul(EDITOR, "another", withdrawn.position)
    register.correct(EDITOR, signed.signature_id, {"translation": "A"})
    register.publish(EDITOR, "another", as_of="2021-06-30")
    register.close_signing(EDITOR, "another", on="2021-06-30")
    register.void(EDITOR, signed.signature_id)


def test_9_a_command_asks_as_much_at_any_size(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 9: the number of questions of one signature does not grow with the signatures there are."""
    counted: list[int] = []
    transaction_on = register.store.database.transaction_on

    def count(connection: Any) -> Any:
        transaction: Any = transaction_on(connection)
        execute = transaction.execute

        def counting(*given: Any) -> Any:
            counted.append(1)
            return execute(*given)

        transaction.execute = counting
        return transaction

    monkeypatch.setattr(register.store.database, "transaction_on", count)
    sizes = []
    for number in range(30):
        counted.clear()
        sign(register, f"Union {number}")
        sizes.append(len(counted))
    assert [sizes[1]] * 29 == sizes[1:]


def test_9_heads_stay_small(register: Register) -> None:
    """Trap 9: a head does not grow with the signatures."""
    with register.store.writing():
        for number in range(99):
            sign(register, f"Union {number}")
    with register.store.reading() as transaction:
        head = heads.head(transaction, str(register.statement(OPEN).id))
    assert head is not None
    assert (99, True) == (head.state["signings"], len(str(head.state)) < 1000)

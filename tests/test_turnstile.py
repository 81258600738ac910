"""The turnstile before SQLite's lock, which locks what is durable and what is not, and who waits where."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from signatures import database as database_module
from signatures import turnstile as module
from signatures.clock import system_clock
from signatures.database import open_database
from signatures.errors import StorageUnavailable
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from signatures.turnstile import Turnstile, until
from tests.together import until as until_true

HOLDING = "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"


@pytest.fixture
def database(tmp_path: Path) -> SQLiteDatabase:
    """Make a file with one table."""
    made = SQLiteDatabase(tmp_path, "register")
    made.create("CREATE TABLE IF NOT EXISTS row (number INTEGER)")
    return made


def test_one_process_at_a_time_waits_for_the_lock(tmp_path: Path) -> None:
    """The second passes when the first has its lock, not before."""
    first, second, passed = Turnstile(tmp_path / "turn"), Turnstile(tmp_path / "turn"), threading.Event()

    def follow() -> None:
        with second.queueing():
            passed.set()

    with first.queueing():
        follower = threading.Thread(target=follow)
        follower.start()
        assert not passed.wait(0.1)
    assert passed.wait(10)
    follower.join(10)


def test_who_has_just_written_comes_last(database: SQLiteDatabase, tmp_path: Path) -> None:
    """A process that writes without a pause lets one that waits go before it, every time."""
    other, order, go = SQLiteDatabase(tmp_path, "register"), list[str](), threading.Event()

    def write(mine: SQLiteDatabase, name: str) -> None:
        go.wait(10)
        for _ in range(20):
            with mine.writing() as transaction:
                transaction.execute("INSERT INTO row VALUES (1)")
                time.sleep(0.003)
                order.append(name)

    threads = [threading.Thread(target=write, args=given) for given in ((database, "a"), (other, "b"))]
    for thread in threads:
        thread.start()
    go.set()
    for thread in threads:
        thread.join(30)
    both = order[: max(order.index("a"), order.index("b")) + 20]
    longest = max(len(run) for run in "".join(both).replace("ab", "a b").replace("ba", "b a").split())
    assert (40, True) == (len(order), longest <= 5)
    for one in (database, other):
        one.close()


def test_a_stopped_process_in_the_turnstile_keeps_nobody(
    database: SQLiteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is fairness that is lost then, and no signature."""
    monkeypatch.setattr(module, "QUEUEING", 0.05)
    command = [sys.executable, "-c", HOLDING, str(database.path.with_name("register.db-turn"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with database.writing() as transaction:
            transaction.execute("INSERT INTO row VALUES (1)")
        assert holder.stdin is not None
        holder.stdin.close()
    database.close()


def test_without_a_turnstile_the_files_own_lock_is_enough(database: SQLiteDatabase, tmp_path: Path) -> None:
    """Where its file cannot be opened, writing goes on."""
    database.close()
    (tmp_path / "register.db-turn").unlink()
    (tmp_path / "register.db-turn").mkdir()
    with database.writing() as transaction:
        transaction.execute("INSERT INTO row VALUES (1)")
    database.close()


def test_a_foreign_lock_is_waited_for_and_not_for_ever(
    database: SQLiteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody in an SQLite shell holds the file: who waits gives up in time, and the next one writes when it is free."""
    monkeypatch.setattr(database_module, "LOCK_ATTEMPTS", 0.2)
    foreign = database.connect()
    foreign.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StorageUnavailable, match="locked"), database.writing():
        pass
    assert 0.2 <= time.monotonic() - began < 5
    monkeypatch.undo()
    freeing = threading.Timer(0.2, foreign.execute, ["COMMIT"])
    freeing.start()
    with database.writing() as transaction:
        transaction.execute("INSERT INTO row VALUES (1)")
    freeing.join(10)
    foreign.close()
    database.close()


def test_all_give_up_together(database: SQLiteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten that wait for a lock nobody frees have their answer when the first has it, not one after another."""
    monkeypatch.setattr(database_module, "LOCK_ATTEMPTS", 0.5)
    foreign, faults = database.connect(), list[str]()
    foreign.execute("BEGIN IMMEDIATE")

    def write() -> None:
        try:
            with database.writing():
                pass
        except StorageUnavailable as error:
            faults.append(error.sentence)

    threads = [threading.Thread(target=write) for _ in range(10)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 10 == len(faults)
    assert time.monotonic() - began < 3  # one after another it would be five
    foreign.close()
    database.close()


def test_trying_ends() -> None:
    """At its deadline, and at once when it works."""
    tried: list[int] = []

    def third_time() -> bool:
        tried.append(1)
        return len(tried) == 3

    assert until(time.monotonic() + 10, third_time)
    assert 3 == len(tried)
    assert not until(time.monotonic() - 1, lambda: False)


def test_only_counts_may_be_lost_with_the_power(environ: dict[str, str]) -> None:
    """What is signed and what is sent in reaches the disk before it is acknowledged; how much came from where need not."""
    room = Room(environ, system_clock)
    room.create()
    found = {}
    for name, database in {**room.databases, "tallies": room.limits.tally.database}.items():
        if name == "views":
            continue
        if isinstance(database, SQLiteDatabase):
            with database.writing() as transaction:
                found[name] = transaction.execute("PRAGMA synchronous")[0][0]
        else:
            with database.writing("tally" if name == "tallies" else None) as transaction:
                found[name] = {"on": 2, "off": 1}[transaction.execute("SHOW synchronous_commit")[0][0]]
    assert {"register": 2, "contacts": 2, "tallies": 1} == found
    room.close()


def test_the_turnstile_is_not_inherited(database: SQLiteDatabase) -> None:
    """A program that a worker starts holds nothing of it."""
    with database.writing():
        pass
    descriptor = database._turnstile._descriptor
    assert descriptor is not None
    assert not os.get_inheritable(descriptor)
    database.close()


def test_a_lock_of_another_name_is_not_waited_for(url: str) -> None:
    """On PostgreSQL who writes other tables goes on; on SQLite one file has one writer, whatever the name."""
    database = open_database(url, "register")
    database.create(
        "CREATE TABLE IF NOT EXISTS stored_events (n {bigint});\nCREATE TABLE IF NOT EXISTS token (n {bigint})"
    )
    done = threading.Event()

    def write() -> None:
        with database.writing("token"):
            done.set()

    with database.writing("stored_events"):
        other = threading.Thread(target=write)
        other.start()
        if database.one_writer:
            until_true(lambda: len(database._turns_of(None)._waiting) == 1)
        assert database.one_writer != done.wait(0.1 if database.one_writer else 10)
    other.join(10)
    database.close()

"""Whatever is edited in a copy of the database, `check` finds it, and names the first position where something is wrong."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import wsgi
from signatures.log.derive import check
from signatures.log.store import Store
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests.api import small_environ
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import eventful

pytestmark = pytest.mark.faults
Edit = Callable[[random.Random, sqlite3.Connection, int], int]
EDITS = int(os.environ.get("TAMPERING_EDITS", "250"))  # of each kind; `make faults` makes 10,000 in all


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Make a register in which everything happened and was signed; return its folder and last position."""
    folder = tmp_path_factory.mktemp("signed")
    environ = small_environ(folder)
    wsgi.initialise(environ)
    with closing(Room(environ, FixedClock(NOW))) as room:
        eventful(room.register)
        room.checkpoints.make()
        newest = room.store.newest()
        assert newest is not None
    return folder / "var", newest.position


@pytest.fixture
def copies(signed: tuple[Path, int], tmp_path: Path) -> Callable[[], Path]:
    """Copy it afresh."""

    def copy() -> Path:
        target = tmp_path / "copy"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(signed[0], target)
        return target

    return copy


def flip(table: str, key: str, column: str) -> Edit:
    """Change one bit of one value."""

    def edit(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
        while True:
            position = draw.randint(1, last)
            ((value,),) = connection.execute(f"SELECT {column} FROM {table} WHERE {key} = ?", (position,))
            if value:
                break
        changed = bytearray(value.encode() if isinstance(value, str) else value)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(7)
        new = changed.decode() if isinstance(value, str) else bytes(changed)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (new, position))
        return position

    return edit


def delete(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Take an entry out."""
    position = draw.randint(1, last)
    remove(connection, position)
    return position


def remove(connection: sqlite3.Connection, position: int) -> None:
    connection.execute("DELETE FROM log WHERE position = ?", (position,))
    connection.execute("DELETE FROM stored_events WHERE notification_id = ?", (position,))


def renumber(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Take an entry out and move all later ones up."""
    position = draw.randint(1, last - 1)
    remove(connection, position)
    for later in range(position + 1, last + 1):
        connection.execute("UPDATE log SET position = ? WHERE position = ?", (later - 1, later))
        connection.execute("UPDATE stored_events SET notification_id = ? WHERE notification_id = ?", (later - 1, later))
    return position


def swap_payloads(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Exchange what two entries say."""
    one, two = sorted(draw.sample(range(1, last + 1), 2))
    states = dict(connection.execute("SELECT notification_id, state FROM stored_events"))
    connection.execute("UPDATE stored_events SET state = ? WHERE notification_id = ?", (states[two], one))
    connection.execute("UPDATE stored_events SET state = ? WHERE notification_id = ?", (states[one], two))
    return one


def swap_hashes(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Exchange the hashes of two entries."""
    one, two = sorted(draw.sample(range(1, last + 1), 2))
    hashes = dict(connection.execute("SELECT position, leaf_hash FROM log"))
    connection.execute("UPDATE log SET leaf_hash = ? WHERE position = ?", (hashes[two], one))
    connection.execute("UPDATE log SET leaf_hash = ? WHERE position = ?", (hashes[one], two))
    return one


def insert(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Put a copy of an entry at the end."""
    position = draw.randint(1, last)
    connection.execute(
        "INSERT INTO log SELECT ?, recorded_at, leaf_hash, nodes FROM log WHERE position = ?", (last + 1, position)
    )
    connection.execute(
        "INSERT INTO stored_events SELECT ?, originator_id, originator_version + 1000, topic, state FROM stored_events"
        " WHERE notification_id = ?",
        (last + 1, position),
    )
    return last + 1


def truncate(draw: random.Random, connection: sqlite3.Connection, last: int) -> int:
    """Cut the log off behind its checkpoint."""
    position = draw.randint(1, last)
    for later in range(position, last + 1):
        remove(connection, later)
    return position


KINDS: dict[str, Edit] = {
    "what an entry says": flip("stored_events", "notification_id", "state"),
    "an entry's type": flip("stored_events", "notification_id", "topic"),
    "an entry's stream": flip("stored_events", "notification_id", "originator_id"),
    "an entry's stamp": flip("log", "position", "recorded_at"),
    "an entry's hash": flip("log", "position", "leaf_hash"),
    "the tree": flip("log", "position", "nodes"),
    "an entry taken out": delete,
    "entries renumbered": renumber,
    "payloads exchanged": swap_payloads,
    "hashes exchanged": swap_hashes,
    "an entry put in": insert,
    "the end cut off": truncate,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_found_where_it_is(kind: str, signed: tuple[Path, int], copies: Callable[[], Path]) -> None:
    """The untouched copy passes; of an edited one the first finding names the position, or that the end is missing."""
    assert [] == found_in(copies())
    draw = random.Random(kind)
    for _ in range(EDITS):
        folder = copies()
        with closing(sqlite3.connect(folder / "register.db")) as connection:
            before = list(connection.iterdump())
            position = KINDS[kind](draw, connection, signed[1])
            connection.commit()
            if before == list(connection.iterdump()):
                continue  # two entries may say the same
        found = found_in(folder)
        assert found, f"{kind} at {position} was not found"
        named = [f"Position {position}:", f"last position is {position - 1}."]
        assert any(name in found[0] for name in named), f"{kind} at {position}: {found[0]}"


def found_in(folder: Path) -> list[str]:
    store = Store(SQLiteDatabase(folder, "register"), FixedClock(NOW))
    try:
        return check(store)
    finally:
        store.database.close()

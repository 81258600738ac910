"""How many bytes a signature takes, register and views, on each engine: for the table of sizes in the run-book.

Each signature is of a new organisation, in the proportions of real lists: 5 % withdraw, 5 % are corrected.
"""

from __future__ import annotations

import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from projections.room import ReadingRoom
from signatures.aggregate import Actor
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests import postgresql
from tests.benchmarks.timing import Figure
from tests.clock import FixedClock

FEW, MANY = 2_000, 12_000
BATCH = 20
EDITOR = Actor("editor", "bench")
STORES = ("register", "views")
AT_MOST = {
    ("sqlite", "register"): 4_500,
    ("sqlite", "views"): 1_500,
    ("postgresql", "register"): 5_500,
    ("postgresql", "views"): 2_000,
}
WORDS = (
    "Union",
    "Workers",
    "Solidarity",
    "Движение",
    "Association",
    "Frauen",
    "Jeunesse",
    "اتحاد",
    "Science",
    "Health",
)


def sizes(folder: Path, few: int = FEW, many: int = MANY) -> list[Figure]:
    """Measure both engines."""
    with postgresql.server() as server, server.fresh_database("sizes") as url:
        places = {"sqlite": f"sqlite:///{folder}/sizes", "postgresql": url}
        return [
            Figure(f"bytes of one signature, {engine} {store}", value, AT_MOST[engine, store], "bytes", at_most=True)
            for engine, place in places.items()
            for store, value in _grown(folder / engine, place, few, many).items()
        ]


def _grown(state: Path, url: str, few: int, many: int) -> dict[str, float]:
    environ = {"SIGNATURES_DATABASE": url, "SIGNATURES_STATE_DIR": str(state)}
    clock = FixedClock(datetime(2027, 1, 1, tzinfo=UTC))
    with closing(Room(environ, clock, need_secret=False)) as room:
        room.create()
        lists = ReadingRoom(room).lists
        lists.create()
        room.register.draft(EDITOR, reference="letter", kind="statement", time_zone="UTC", default_language="en")
        room.register.set_text(EDITOR, "letter", language="en", title="A letter", text="Its text.")
        room.register.publish(EDITOR, "letter", as_of="2026-01-01")
        measured = []
        for begin, end in ((0, few), (few, many)):
            _sign(room, begin, end)
            lists.replay.catch_up()
            measured.append([_bytes(room, store) for store in STORES])
    return {store: (measured[1][at] - measured[0][at]) / (many - few) for at, store in enumerate(STORES)}


def _sign(room: Room, begin: int, end: int) -> None:
    for start in range(begin, end, BATCH):
        with room.store.writing():
            for number in range(start, start + BATCH):
                _one(room, number)


def _one(room: Room, number: int) -> None:
    words = " ".join(WORDS[(number // 10**digit + digit) % 10] for digit in range(4))
    parts = NameParts(
        f"{words} {number}", acronym=f"U{number}", translations={"en": f"Union of {words}"}, territories=["FR"]
    )
    id_ = room.register.sign(EDITOR, "letter", parts, signed_on="2026-06-01", method="form").signature_id
    if number % 20 == 7:
        room.register.withdraw(EDITOR, id_, on="2026-07-01")
    if number % 20 == 9:
        room.register.correct(EDITOR, id_, {"acronym": f"V{number}"})


def _bytes(room: Room, store: str) -> int:
    """Tell what a store takes on the disk, with all indexes."""
    database = room.databases[store]
    if isinstance(database, SQLiteDatabase):
        with closing(database.connect()) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return database.path.stat().st_size
    with database.reading() as transaction:
        rows = transaction.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = ? AND c.relkind = 'r'",
            (store,),
        )
    return int(rows[0][0])


if __name__ == "__main__":
    for figure in sizes(Path(sys.argv[1]), *map(int, sys.argv[2:])):
        print(f"{figure.name:50} {figure.value:8.0f}")

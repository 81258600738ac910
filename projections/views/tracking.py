"""Which generations of the view there are and how far each has come: made, found, moved on and dropped."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from projections.views import view
from signatures.database import Database, Row, Transaction
from signatures.errors import StorageUnavailable

FILLING, SERVING, SCRATCH, DROPPED = 0, 1, 2, 3
COLUMNS = "generation, schema_version, complete, register, position, leaf_hash"


class Tracking(NamedTuple):
    """How far a generation is; `complete` is FILLING, SERVING, SCRATCH or DROPPED."""

    generation: int
    schema_version: int
    complete: int
    register: str
    position: int
    leaf_hash: bytes


def newest(transaction: Transaction, complete: int) -> Tracking | None:
    """Find the newest generation of this schema in a state."""
    rows = transaction.execute(
        f"SELECT {COLUMNS} FROM tracking WHERE schema_version = ? AND complete = ? ORDER BY generation DESC LIMIT 1",
        (view.SCHEMA_VERSION, complete),
    )
    return _tracking(rows)


def of(transaction: Transaction, generation: int) -> Tracking | None:
    """Find a generation, unless it was dropped."""
    return _tracking(
        transaction.execute(
            f"SELECT {COLUMNS} FROM tracking WHERE generation = ? AND complete <> ?", (generation, DROPPED)
        )
    )


def begin(views: Database, register: str, *, join: bool, complete: int = FILLING) -> int:
    """Make the tables of a new generation, or join another process that fills one."""
    with views.writing(lock="tracking") as transaction:
        unfinished = newest(transaction, FILLING)
        if unfinished is not None and join:
            return unfinished.generation
        if unfinished is not None and complete == FILLING:
            mark(transaction, unfinished.generation, DROPPED)
        ((last,),) = transaction.execute("SELECT COALESCE(MAX(generation), 0) FROM tracking")
        view.tables(transaction, last + 1, views.words, views.engine)
        transaction.execute(
            "INSERT INTO tracking VALUES (?, ?, ?, ?, ?, ?)",
            (last + 1, view.SCHEMA_VERSION, complete, register, 0, b""),
        )
        return int(last) + 1


def mark(transaction: Transaction, generation: int, complete: int) -> None:
    """Say what becomes of a generation."""
    transaction.execute("UPDATE tracking SET complete = ? WHERE generation = ?", (complete, generation))


def move(transaction: Transaction, generation: int, position: int, leaf_hash: bytes) -> None:
    """Say how far a generation has come."""
    transaction.execute(
        "UPDATE tracking SET position = ?, leaf_hash = ? WHERE generation = ?", (position, leaf_hash, generation)
    )


def drop_older(views: Database, generation: int, *, other_schemas: bool) -> None:
    """Drop what a new generation replaces, and what is left of others; what cannot go now goes with the next one.

    Another release may still serve a generation of its own schema, so that stays until a rebuild is asked for.
    """
    with views.reading() as transaction:
        rows = transaction.execute(
            "SELECT generation FROM tracking WHERE generation < ? AND (schema_version = ? OR schema_version < ?)"
            " ORDER BY generation",
            (generation, view.SCHEMA_VERSION, view.SCHEMA_VERSION if other_schemas else 0),
        )
    for (older,) in rows:
        with suppress(StorageUnavailable):
            drop(views, older)


def drop(views: Database, generation: int) -> None:
    """Drop a generation, table by table: no transaction is to take long."""
    with views.writing(lock="tracking") as transaction:
        if views.engine == "postgresql":  # wait until those have gone who read the tracking row before
            transaction.execute("LOCK TABLE tracking IN ACCESS EXCLUSIVE MODE")
        mark(transaction, generation, DROPPED)
    for table in view.TABLES:
        with views.writing() as transaction:
            view.drop(transaction, generation, table, views.engine)
    with views.writing(lock="tracking") as transaction:  # the last row stays: answers are kept by its number
        transaction.execute(
            "DELETE FROM tracking WHERE generation = ? AND generation < (SELECT MAX(generation) FROM tracking)",
            (generation,),
        )


def _tracking(rows: list[Row]) -> Tracking | None:
    return Tracking(*rows[0])._replace(leaf_hash=bytes(rows[0][5])) if rows else None

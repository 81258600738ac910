"""Scrubbing: what was erased from tables is also gone from the files that they lie in."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from signatures.database import LOCK_ATTEMPTS, Database
from signatures.errors import StorageUnavailable
from signatures.sqlite import SQLiteDatabase

BUSY = (
    "The rows are erased, but the files could not be rewritten because somebody reads them all the time ({}). "
    "Run the same command again; it goes on where it ended."
)
PATIENCE = 10.0  # seconds


def scrub(database: Database, tables: Sequence[str]) -> None:
    """Rewrite the files of these tables without what was erased; raises StorageUnavailable if others are in the way.

    It waits for those who read or write just now, and they for it. Copies made before, and a PostgreSQL server's own
    archive of changes, hold what they hold.
    """
    if isinstance(database, SQLiteDatabase):
        _rewrite_file(database)
    else:
        _rewrite_tables(database, tables)


def truncate_log(database: Database) -> bool:
    """Empty SQLite's log of changes, in which erased rows stay until it is written over; tell whether it could be."""
    if not isinstance(database, SQLiteDatabase):
        return True
    with closing(database.connect()) as connection:
        return _truncated(connection)


def _rewrite_file(database: SQLiteDatabase) -> None:
    with closing(database.connect()) as connection:
        try:
            connection.execute("VACUUM")  # secure_delete has zeroed what was erased; this leaves no free space at all
            deadline = time.monotonic() + PATIENCE
            while not _truncated(connection):
                if time.monotonic() > deadline:
                    raise StorageUnavailable(BUSY.format("the log of changes is in use"))
                time.sleep(0.05)
        except sqlite3.Error as error:
            raise StorageUnavailable(BUSY.format(error)) from error


def _truncated(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("PRAGMA busy_timeout=100")  # milliseconds: new readers wait while this does
        ((busy, _, _),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.OperationalError:  # "database table is locked": somebody else does the same
        return False
    return not busy


def _rewrite_tables(database: Database, tables: Sequence[str]) -> None:
    """Rewrite tables without what is dead, and forget the statistics, which quote the commonest values of a column."""
    import psycopg  # noqa: PLC0415 - an extra

    connection: Any
    with closing(database.connect()) as connection:
        connection.execute(f"SET lock_timeout = '{LOCK_ATTEMPTS}s'")
        try:
            for table in tables:
                _forget_statistics(connection, database.name, table)
                connection.execute(f"VACUUM FULL {database.name}.{table}")
                connection.execute(f"ANALYZE {database.name}.{table}")  # of what is left
            connection.execute(
                "VACUUM FULL pg_catalog.pg_statistic"
            )  # who does not own the database gets a warning only
        except psycopg.Error as error:
            raise StorageUnavailable(BUSY.format(str(error).strip().split("\n")[0])) from error


def _forget_statistics(connection: Any, schema: str, table: str) -> None:
    """Give columns the type that they have: that drops their statistics, which ANALYZE of an empty table would not."""
    columns = connection.execute(
        "SELECT column_name, data_type || coalesce(' COLLATE \"' || collation_name || '\"', '')"
        " FROM information_schema.columns"
        " WHERE table_schema = %s AND table_name = %s AND data_type IN ('text', 'bytea')",
        (schema, table),
    ).fetchall()
    changes = ", ".join(f"ALTER COLUMN {column} TYPE {type_}" for column, type_ in columns)
    if not changes:
        return
    connection.execute(f"ALTER TABLE {schema}.{table} {changes}")

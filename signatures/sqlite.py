"""The stores as SQLite files: write-ahead logging, nothing acknowledged before it is on the disk, one writer at a time."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from signatures.database import LOCK_ATTEMPTS, Conflict, Database, Row, Transaction
from signatures.errors import StorageUnavailable
from signatures.folders import make_folder
from signatures.turnstile import Turnstile, until

TOGETHER = 40  # rows inserted by one statement
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class SQLiteTransaction(Transaction):
    """A transaction on an SQLite connection."""

    connection: sqlite3.Connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _sqlite_error(error) from error

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        try:
            self.connection.executemany(sql, rows)
        except sqlite3.Error as error:
            raise _sqlite_error(error) from error

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, some in each statement, which is a third quicker."""
        end = len(rows) - len(rows) % TOGETHER
        if end:
            marks = f"({', '.join('?' * len(rows[0]))})"
            some = (list(chain.from_iterable(rows[at : at + TOGETHER])) for at in range(0, end, TOGETHER))
            self.executemany(f"INSERT INTO {table} VALUES {', '.join([marks] * TOGETHER)}", some)
        if end < len(rows):
            super().insert(table, rows[end:])


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _sqlite_error(error) from error


def _sqlite_error(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(str(error))
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_READONLY:
        return StorageUnavailable(
            f"The store cannot be written ({error}). Give its files and their folder to the user who serves."
        )
    if code in DAMAGED:
        return StorageUnavailable(
            f"A file of the store is damaged ({error}), and waiting does not mend it. deploy/README.md tells how, under "
            "“storage-unavailable”."
        )
    return StorageUnavailable(f"The store cannot be used just now ({error}). Try again in a moment.")


class SQLiteDatabase(Database):
    """A file `NAME.db` in the folder of the setting: WAL, synchronous FULL, opened with mode=rw."""

    engine, one_writer = "sqlite", True
    words = {"bytes": "BLOB", "key": "INTEGER PRIMARY KEY", "bigint": "INTEGER"}
    read_only = "PRAGMA query_only=ON"

    def __init__(self, folder: Path, name: str, *, durable: bool = True) -> None:
        """Point at the file; nothing is opened yet."""
        super().__init__(name, durable=durable)
        self.path = folder / f"{name}.db"
        self._turnstile = Turnstile(folder / f"{name}.db-turn")

    def make(self) -> None:
        """Make the folder (0700) and the file with write-ahead logging."""
        make_folder(self.path.parent)  # what is synced in a folder that is not would be lost with it
        with _sqlite_errors(), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            self._write_ahead(connection)

    def close(self) -> None:
        """Close the idle connections and the turnstile."""
        super().close()
        self._turnstile.close()

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch to write-ahead logging; while others do the same, SQLite says "locked" at once instead of waiting."""
        deadline = time.monotonic() + LOCK_ATTEMPTS
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def connect(self) -> sqlite3.Connection:
        """Open the file, which must exist."""
        with _sqlite_errors():
            connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode=rw",
                uri=True,
                timeout=LOCK_ATTEMPTS,
                isolation_level=None,
                check_same_thread=False,
            )
            connection.execute(f"PRAGMA synchronous={'FULL' if self.durable else 'NORMAL'}")
            connection.execute("PRAGMA foreign_keys=ON")
            if (
                self.name == "views"
            ):  # where a sorted index may be large, and whole tables go; a purge rewrites the file
                connection.execute("PRAGMA secure_delete=OFF")
            else:  # what a savepoint puts back stays out of files
                connection.execute("PRAGMA temp_store=MEMORY")
            if self.name == "contacts":
                connection.execute("PRAGMA secure_delete=ON")
        return connection

    def faults(self) -> list[str]:
        """Check the file, write-ahead logging and synchronous."""
        if not self.path.exists():
            return [
                f"SIGNATURES_DATABASE: {self.path} does not exist. Run `signatures init` once; serving never creates."
            ]
        if not os.access(self.path, os.W_OK):
            return [f"SIGNATURES_DATABASE: {self.path} cannot be written. Give it to the user who serves."]
        try:
            connection = self.connect()
        except StorageUnavailable as error:
            return [f"SIGNATURES_DATABASE: {self.path} cannot be opened: {error.sentence}"]
        try:
            return self._pragma_faults(connection)
        finally:
            connection.close()

    def _pragma_faults(self, connection: sqlite3.Connection) -> list[str]:
        try:
            (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
            (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
        except sqlite3.Error as error:
            return [f"SIGNATURES_DATABASE: {self.path} is not a database that can be read ({error})."]
        found = []
        if mode != "wal":
            found.append(
                f"{self.path} is in journal mode {mode!r}, not WAL: this file system may not support it. Use a local disk."
            )
        if synchronous < 2:
            found.append(
                f"{self.path} is opened with synchronous={synchronous}: commits could be lost. It must be FULL."
            )
        return found

    def has_table(self, transaction: Transaction, table: str) -> bool:
        """Look into the file's own catalogue."""
        return bool(transaction.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)))

    def _begin(self, connection: sqlite3.Connection, lock: str | None, *, write: bool, seconds: float) -> None:  # noqa: ARG002 - one lock for all
        if not write or self.name == "views":
            self._run(connection, "BEGIN IMMEDIATE" if write else "BEGIN")
            return
        deadline = time.monotonic() + seconds
        with self._turnstile.queueing():
            self._run(connection, "PRAGMA busy_timeout = 0")
            until(deadline, lambda: self._has_begun(connection, patient=time.monotonic() < deadline))
            self._run(connection, f"PRAGMA busy_timeout = {LOCK_ATTEMPTS * 1000}")

    @staticmethod
    def _has_begun(connection: sqlite3.Connection, *, patient: bool) -> bool:
        try:
            with _sqlite_errors():
                connection.execute("BEGIN IMMEDIATE")
        except StorageUnavailable as error:
            if patient and getattr(error.__cause__, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
                return False
            raise
        return True

    def _failed(self, connection: sqlite3.Connection) -> bool:
        return not connection.in_transaction  # SQLite itself rolls back where the disk is full

    def _lost(self, connection: sqlite3.Connection) -> bool:  # noqa: ARG002 - a file does not go away
        return False

    def transaction_on(self, connection: sqlite3.Connection) -> Transaction:
        """Talk SQLite."""
        return SQLiteTransaction(connection)


def sqlite_folder(url: str) -> Path:
    """Return the folder that an address `sqlite:////folder` names."""
    return Path("/" + unquote(urlsplit(url).path).lstrip("/"))

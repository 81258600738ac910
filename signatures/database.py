"""SQL on SQLite or PostgreSQL: connections, transactions and the few words in which the two differ."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from signatures.errors import StorageUnavailable

Row = tuple[Any, ...]
HOLD_SECONDS = 5.0  # a transaction that held the lock longer rolls back: others wait for it
VIEW_SECONDS = 600.0
MAKING = "making"  # the lock under which schema and tables are made, before there is a table to lock
LOCK_ATTEMPTS = 10  # of one second each on PostgreSQL, as long as SQLite waits in one go


class Conflict(Exception):
    """A uniqueness or other constraint was hit; the transaction is to be rolled back."""


class Transaction(ABC):
    """A running transaction; `?` marks a parameter on both engines."""

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""

    @abstractmethod
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""


class Database(ABC):
    """One of the three stores (`register`, `views`, `contacts`) with a pool of idle connections.

    Connections are made where they are first needed and never cross a fork.
    """

    engine: str
    words: dict[str, str]

    def __init__(self, name: str) -> None:
        """Remember the process that opened it."""
        self.name = name
        # Nobody waits for a view's lock longer than two seconds; a large edition is one batch and must not be taken back.
        self.hold_seconds = VIEW_SECONDS if name == "views" else HOLD_SECONDS
        self._idle: list[Any] = []
        self._lock = threading.Lock()
        self._pid = os.getpid()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Run a read-only transaction that sees one state of the store from its first to its last query."""
        with self._transaction(None, write=False) as transaction:
            yield transaction

    @contextmanager
    def writing(self, lock: str | None = None) -> Iterator[Transaction]:
        """Run a writing transaction; `lock` names the table whose lock is taken first."""
        with self._transaction(lock, write=True) as transaction:
            yield transaction

    def create(self, script: str) -> None:
        """Make the place and run a script of DDL, each statement if it is not there yet."""
        self.make()
        with self.writing(MAKING) as transaction:
            for statement in script.format(**self.words).split(";\n"):
                if statement.strip():
                    transaction.execute(statement)

    @abstractmethod
    def has_table(self, transaction: Transaction, table: str) -> bool:
        """Tell whether this store has a table of that name."""

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _transaction(self, lock: str | None, *, write: bool) -> Iterator[Transaction]:
        connection = self._begin_somewhere(lock, write=write)
        started = time.monotonic()
        try:
            yield self._transaction_on(connection)
            if write and time.monotonic() - started > self.hold_seconds:
                raise StorageUnavailable(
                    f"The write took longer than {self.hold_seconds:.0f} s and was taken back. Try again with less at once."
                )
            self._run(connection, "COMMIT")
        except BaseException:
            self._abandon(connection)
            raise
        with self._lock:
            self._idle.append(connection)

    def _begin_somewhere(self, lock: str | None, *, write: bool) -> Any:
        if os.getpid() != self._pid:
            raise StorageUnavailable(
                f"The store {self.name!r} was opened before this process was forked. Open it in each worker (no --preload)."
            )
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            fresh = connection is None
            if fresh:
                connection = self.connect()
            try:
                self._begin(connection, lock, write=write)
            except StorageUnavailable:
                gone = self._lost(connection)  # an idle one may have died with a restart of the server
                self._discard(connection)
                if fresh or not gone:
                    raise
            except BaseException:
                self._discard(connection)
                raise
            else:
                return connection

    def _abandon(self, connection: Any) -> None:
        """Roll back and keep the connection if it still works; never hide the error that led here."""
        try:
            self._run(connection, "ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it was, the first error tells more
            self._discard(connection)
        else:
            with self._lock:
                self._idle.append(connection)

    @staticmethod
    def _discard(connection: Any) -> None:
        with suppress(Exception):
            connection.close()

    def _run(self, connection: Any, sql: str) -> None:
        self._transaction_on(connection).execute(sql)

    @abstractmethod
    def make(self) -> None:
        """Make the folder and file, or the schema, where they are missing."""

    @abstractmethod
    def connect(self) -> Any:
        """Open a new connection; never creates anything."""

    @abstractmethod
    def faults(self) -> list[str]:
        """Name what makes this store unfit to serve, a sentence each."""

    @abstractmethod
    def _begin(self, connection: Any, lock: str | None, *, write: bool) -> None: ...

    @abstractmethod
    def _lost(self, connection: Any) -> bool: ...

    @abstractmethod
    def _transaction_on(self, connection: Any) -> Transaction: ...


class SQLiteTransaction(Transaction):
    """A transaction on an SQLite connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use the connection as it is."""
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""
        with _sqlite_errors():
            return self.connection.execute(sql, parameters).fetchall()

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with _sqlite_errors():
            self.connection.executemany(sql, rows)


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict(str(error)) from error
    except sqlite3.Error as error:
        raise StorageUnavailable(f"The store cannot be used just now ({error}). Try again in a moment.") from error


class SQLiteDatabase(Database):
    """A file `NAME.db` in the folder of the setting: WAL, synchronous FULL, opened with mode=rw."""

    engine = "sqlite"
    words = {"bytes": "BLOB", "key": "INTEGER PRIMARY KEY", "bigint": "INTEGER"}

    def __init__(self, folder: Path, name: str) -> None:
        """Point at the file; nothing is opened yet."""
        super().__init__(name)
        self.path = folder / f"{name}.db"

    def make(self) -> None:
        """Make the folder (0700) and the file with write-ahead logging."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _sqlite_errors(), closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            self._write_ahead(connection)

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
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            if self.name == "contacts":
                connection.execute("PRAGMA secure_delete=ON")
        return connection

    def faults(self) -> list[str]:
        """Check the file, write-ahead logging and synchronous."""
        if not self.path.exists():
            return [
                f"SIGNATURES_DATABASE: {self.path} does not exist. Run `signatures init` once; serving never creates."
            ]
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

    def _begin(self, connection: sqlite3.Connection, lock: str | None, *, write: bool) -> None:  # noqa: ARG002 - one lock for all
        self._run(connection, "BEGIN IMMEDIATE" if write else "BEGIN")

    def _lost(self, connection: sqlite3.Connection) -> bool:  # noqa: ARG002 - a file does not go away
        return False

    def _transaction_on(self, connection: sqlite3.Connection) -> Transaction:
        return SQLiteTransaction(connection)


def sqlite_folder(url: str) -> Path:
    """Return the folder that an address `sqlite:////folder` names."""
    return Path("/" + unquote(urlsplit(url).path).lstrip("/"))


def open_database(url: str, name: str) -> Database:
    """Point at one of the stores under a SIGNATURES_DATABASE address that settings have checked."""
    if url.startswith("sqlite:"):
        return SQLiteDatabase(sqlite_folder(url), name)
    from signatures.postgresql import PostgreSQLDatabase  # noqa: PLC0415 - psycopg is an extra

    return PostgreSQLDatabase(url, name)


@cache
def with_percent_marks(sql: str) -> str:
    """Turn `?` marks into psycopg's; no statement of ours has a question mark in a literal."""
    return sql.replace("%", "%%").replace("?", "%s")

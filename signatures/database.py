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
from signatures.folders import make_folder
from signatures.turns import Turns
from signatures.turnstile import Turnstile, until

Row = tuple[Any, ...]
HOLD_SECONDS = 5.0  # a transaction that held the lock longer rolls back: others wait for it
VIEW_SECONDS = 600.0
SHARED = ("stored_events", "submission")  # locks whose holders may share a commit on PostgreSQL, too
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

    def send(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Run statements that give no rows, in one go where the engine can; together they have less than 256 kB."""
        for sql, parameters in statements:
            self.execute(sql, parameters)


class Database(ABC):
    """One of the three stores (`register`, `views`, `contacts`) with a pool of idle connections.

    Connections are made where they are first needed and never cross a fork.
    """

    engine: str
    one_writer: bool  # whatever the lock's name: then all wait for one another
    words: dict[str, str]
    read_only: str

    def __init__(self, name: str, *, durable: bool = True) -> None:
        """Remember the process that opened it; what is not durable may be lost with the machine's power, and only that."""
        self.name, self.durable = name, durable
        # Nobody waits for a view's lock longer than two seconds; a large edition is one batch and must not be taken back.
        self.hold_seconds = VIEW_SECONDS if name == "views" else HOLD_SECONDS
        self._idle: list[Any] = []
        self._readers: list[Any] = []
        self._lock = threading.Lock()
        self._turns: dict[str | None, Turns] = {}
        self._pid = os.getpid()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Run a read-only transaction that sees one state of the store from its first to its last query."""
        connection = self.begin(None, write=False)
        try:
            yield self._transaction_on(connection)
        except BaseException:
            self.abandon(connection)
            raise
        self.commit(connection)

    @contextmanager
    def writing(self, lock: str | None = None) -> Iterator[Transaction]:
        """Run a writing transaction, alone or in turn with others; `lock` names the table whose lock is taken first."""
        self._refuse_forked()
        turns = self._turns_of(lock)
        shared = self.name != "views" and (self.one_writer or lock in SHARED)
        with turns.take(lock) if shared else turns.alone(lock) as connection:
            yield self._transaction_on(connection)

    def _turns_of(self, lock: str | None) -> Turns:
        """Find those who wait for one another."""
        key = None if self.one_writer else lock
        return self._turns.get(key) or self._turns.setdefault(key, Turns(self, lambda: LOCK_ATTEMPTS))

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
            idle, self._idle, self._readers = self._idle + self._readers, [], []
        for connection in idle:
            connection.close()

    def glance(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one query on a connection that is kept open and cannot write; alone, it needs no words of a transaction."""
        while True:
            connection, fresh = self._reader()
            try:
                rows = self._transaction_on(connection).execute(sql, parameters)
            except BaseException:
                gone = self._lost(connection)  # an idle one may have died with a restart of the server
                self._discard(connection)
                if fresh or not gone:
                    raise
            else:
                self._readers.append(connection)
                return rows

    def _reader(self) -> tuple[Any, bool]:
        self._refuse_forked()
        with suppress(IndexError):
            return self._readers.pop(), False
        connection = self.connect()
        self._run(connection, self.read_only)
        return connection, True

    def begin(self, lock: str | None, *, write: bool, seconds: float = LOCK_ATTEMPTS) -> Any:
        """Begin a transaction on an idle connection or a new one; a lock is waited for so many seconds."""
        self._refuse_forked()
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            fresh = connection is None
            if fresh:
                connection = self.connect()
            try:
                self._begin(connection, lock, write=write, seconds=seconds)
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

    def commit(self, connection: Any) -> None:
        """Commit and keep the connection; if that fails, nobody can tell from here whether it was done."""
        try:
            self._run(connection, "COMMIT")
        except BaseException:
            self.abandon(connection)
            raise
        with self._lock:
            self._idle.append(connection)

    def abandon(self, connection: Any) -> None:
        """Roll back and keep the connection if it still works; never hide the error that led here."""
        try:
            self._run(connection, "ROLLBACK")
        except Exception:  # noqa: BLE001 - whatever it was, the first error tells more
            self._discard(connection)
        else:
            with self._lock:
                self._idle.append(connection)

    def refuse_broken(self, connection: Any) -> None:
        """Raise StorageUnavailable if the transaction has failed, whoever passed over that."""
        if self._failed(connection):
            raise StorageUnavailable("A part of this could not be written, so nothing was. Try again in a moment.")

    def execute(self, connection: Any, sql: str) -> None:
        """Run a statement of a transaction's frame."""
        self._run(connection, sql)

    def _refuse_forked(self) -> None:
        if os.getpid() != self._pid:
            raise StorageUnavailable(
                f"The store {self.name!r} was opened before this process was forked. Open it in each worker (no --preload)."
            )

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
    def _begin(self, connection: Any, lock: str | None, *, write: bool, seconds: float) -> None: ...

    @abstractmethod
    def _failed(self, connection: Any) -> bool: ...

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


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _sqlite_error(error) from error


def _sqlite_error(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(str(error))
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
            if self.name != "views":  # where a sorted index may be large: what a savepoint puts back stays out of files
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

    def _transaction_on(self, connection: sqlite3.Connection) -> Transaction:
        return SQLiteTransaction(connection)


def sqlite_folder(url: str) -> Path:
    """Return the folder that an address `sqlite:////folder` names."""
    return Path("/" + unquote(urlsplit(url).path).lstrip("/"))


def open_database(url: str, name: str, *, durable: bool = True) -> Database:
    """Point at one of the stores under a SIGNATURES_DATABASE address that settings have checked."""
    if url.startswith("sqlite:"):
        return SQLiteDatabase(sqlite_folder(url), name, durable=durable)
    from signatures.postgresql import PostgreSQLDatabase  # noqa: PLC0415 - psycopg is an extra

    return PostgreSQLDatabase(url, name, durable=durable)


@cache
def with_percent_marks(sql: str) -> str:
    """Turn `?` marks into psycopg's; no statement of ours has a question mark in a literal."""
    return sql.replace("%", "%%").replace("?", "%s")

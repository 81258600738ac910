"""SQL on SQLite or PostgreSQL: what the two have in common, connections and transactions."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from signatures.errors import StorageUnavailable
from signatures.sentences import said
from signatures.turns import Turns

Row = tuple[Any, ...]
Answer = TypeVar("Answer")
HOLD_SECONDS = 5.0  # a transaction that held the lock longer rolls back: others wait for it
VIEW_SECONDS = 600.0
SHARED = ("stored_events", "submission")  # locks whose holders may share a commit on PostgreSQL, too
MAKING = "making"  # the lock under which schema and tables are made, before there is a table to lock
LOCK_ATTEMPTS = 10  # of one second each on PostgreSQL, as long as SQLite waits in one go


class Conflict(Exception):
    """A uniqueness or other constraint was hit; the transaction is to be rolled back."""


class Transaction(ABC):
    """A running transaction; `?` marks a parameter on both engines."""

    def __init__(self, connection: Any) -> None:
        """Use the connection as it is."""
        self.connection = connection
        self.known: dict[Any, Any] = {}
        """What commands have written and need not read again, for as long as nothing of it is taken back."""

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""

    @abstractmethod
    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table, of which there is at least one."""
        self.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)

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
            yield self.transaction_on(connection)
        except BaseException:
            self.abandon(connection)
            raise
        self.commit(connection)

    @contextmanager
    def writing(self, lock: str | None = None) -> Iterator[Transaction]:
        """Run a writing transaction, alone or in turn with others; `lock` names the table whose lock is taken first."""
        self._refuse_forked()
        turns = self._turns_of(lock)
        with turns.take(lock) if self._is_shared(lock) else turns.alone(lock) as transaction:
            yield transaction

    def do(self, lock: str | None, work: Callable[[Transaction], Answer]) -> Answer:
        """Run a command in a writing transaction; where many wait it costs less than `writing`, for no thread is woken.

        It may run in another thread, in the context of the one that called: nothing of it may be a thread's own.
        """
        if not self._is_shared(lock):
            with self.writing(lock) as transaction:
                return work(transaction)
        self._refuse_forked()
        answer: Answer = self._turns_of(lock).do(lock, work)
        return answer

    def _is_shared(self, lock: str | None) -> bool:
        return self.name != "views" and (self.one_writer or lock in SHARED)

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
                rows = self.transaction_on(connection).execute(sql, parameters)
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
            raise StorageUnavailable(
                said("A part of this could not be written, so nothing was. Try again in a moment.")
            )

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
        self.transaction_on(connection).execute(sql)

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
    def transaction_on(self, connection: Any) -> Transaction:
        """Give the words in which a transaction on a connection is talked to."""


def open_database(url: str, name: str, *, durable: bool = True) -> Database:
    """Point at one of the stores under a SIGNATURES_DATABASE address that settings have checked."""
    if url.startswith("sqlite:"):
        from signatures.sqlite import SQLiteDatabase, sqlite_folder  # noqa: PLC0415 - an engine stands on this module

        return SQLiteDatabase(sqlite_folder(url), name, durable=durable)
    from signatures.postgresql import PostgreSQLDatabase  # noqa: PLC0415 - and psycopg is an extra

    return PostgreSQLDatabase(url, name, durable=durable)

"""The stores as schemas of a PostgreSQL database, through psycopg 3 (an extra)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any

import psycopg

from signatures.connection import Connection, connected
from signatures.database import LOCK_ATTEMPTS, MAKING, Conflict, Database, Row, Transaction
from signatures.errors import StorageUnavailable
from signatures.servers import names_several

NO_STANDBY = (
    "SIGNATURES_DATABASE names several servers, but the primary waits for none of the others: what is acknowledged would "
    "be lost with it. Replicate synchronously; deploy/cluster/README.md tells how."
)
MAKING_LOCK = 5714020260607
MAKING_MILLISECONDS = 60_000
JOINED = 16  # insertions in a statement: a sign has 8 or 5
MANY = 20  # rows, from which on a COPY costs less than as many statements


@contextmanager
def _psycopg_errors() -> Iterator[None]:
    try:
        yield
    except psycopg.IntegrityError as error:
        # The server's detail quotes the row, which may be a person's; an unexpected error is logged with its causes.
        raise Conflict(str(error).strip().split("\n")[0]) from None
    except psycopg.Error as error:
        told = str(error).strip().split("\n")[0]
        raise StorageUnavailable(f"The store cannot be used just now ({told}). Try again in a moment.") from error


class PostgreSQLTransaction(Transaction):
    """A transaction on a psycopg connection."""

    connection: Connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""
        with _psycopg_errors():
            cursor = self.connection.execute(_with_percent_marks(sql), parameters)
            result = cursor.pgresult  # `description` would make an object of each column
            return cursor.fetchall() if result is not None and result.nfields else []

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with _psycopg_errors(), self.connection.cursor() as cursor:
            cursor.executemany(_with_percent_marks(sql), rows)

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Add rows to a table; many are copied into it."""
        if len(rows) < MANY:
            super().insert(table, rows)
            return
        with _psycopg_errors(), self.connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def send(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Run statements that give no rows: mere insertions as one statement, for each has its price, others in one trip."""
        listed = list(statements)
        while listed and all(sql.startswith("INSERT") for sql, _ in listed):
            some, listed = listed[:JOINED], listed[JOINED:]
            self.execute(_joined(tuple(sql for sql, _ in some)), [value for _, values in some for value in values])
        if listed:
            with _psycopg_errors(), self.connection.pipeline():
                for sql, parameters in listed:
                    self.connection.execute(_with_percent_marks(sql), parameters)


@cache
def _with_percent_marks(sql: str) -> str:
    """Turn `?` marks into psycopg's; no statement of ours has a question mark in a literal."""
    return sql.replace("%", "%%").replace("?", "%s")


@lru_cache
def _joined(insertions: tuple[str, ...]) -> str:
    """Make one statement of insertions none of which meets a row of another."""
    *before, last = insertions
    named = ", ".join(f"i{number} AS ({sql})" for number, sql in enumerate(before))
    return f"WITH {named} {last}" if before else last


class PostgreSQLDatabase(Database):
    """A schema of a PostgreSQL database; locks wait one second at a time."""

    engine, one_writer = "postgresql", False
    words = {"bytes": "BYTEA", "key": "BIGINT PRIMARY KEY", "bigint": "BIGINT"}
    read_only = "SET default_transaction_read_only = on"

    def __init__(self, url: str, name: str, *, durable: bool = True) -> None:
        """Point at the schema; nothing is opened yet."""
        super().__init__(name, durable=durable)
        self.url = url

    def make(self) -> None:
        """Make the schema."""
        with self.writing(MAKING) as transaction:
            transaction.execute(f"CREATE SCHEMA IF NOT EXISTS {self.name}")

    def connect(self) -> Connection:
        """Open a connection whose search path is the schema."""
        with _psycopg_errors():
            return connected(self.url, self.name)

    def faults(self) -> list[str]:
        """Check that the server answers, has the schema, and does not lose commits."""
        try:
            connection = self.connect()
        except StorageUnavailable as error:
            return [f"SIGNATURES_DATABASE: the PostgreSQL server does not answer: {error.sentence}"]
        with connection:
            found = []
            if not connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (self.name,)).fetchone():
                found.append(
                    f"SIGNATURES_DATABASE: there is no schema {self.name!r}. Run `signatures init` once; serving never creates."
                )
            for name, wrong in (
                ("fsync", "off"),
                ("synchronous_commit", "off"),
                ("synchronous_commit", "local"),
                ("full_page_writes", "off"),
            ):
                row = connection.execute(f"SHOW {name}").fetchone()
                if row and row[0] == wrong:
                    found.append(f"The PostgreSQL server has {name} = {wrong}: commits could be lost. Set it to on.")
            if names_several(self.url) and connection.execute("SHOW synchronous_standby_names").fetchone() == ("",):
                found.append(NO_STANDBY)
            return found

    def has_table(self, transaction: Transaction, table: str) -> bool:
        """Ask the server's catalogue."""
        return bool(transaction.execute("SELECT 1 WHERE to_regclass(?) IS NOT NULL", (f"{self.name}.{table}",)))

    def _begin(self, connection: Connection, lock: str | None, *, write: bool, seconds: float) -> None:
        if not write:
            self._run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return
        begin = "BEGIN" if self.durable else "BEGIN; SET LOCAL synchronous_commit = off"
        attempts = max(1, min(LOCK_ATTEMPTS, round(seconds)))
        for attempt in range(1, attempts + 1):
            if lock is None:
                self._run(connection, begin)
                return
            if lock == MAKING:  # two makers at once would fail with "tuple concurrently updated"
                self._run(connection, "BEGIN")
                self._run(connection, f"SET LOCAL lock_timeout = {MAKING_MILLISECONDS}")
                self._run(connection, f"SELECT pg_advisory_xact_lock({MAKING_LOCK})")
                return
            try:
                self._run(connection, f"{begin}; LOCK TABLE {lock} IN EXCLUSIVE MODE")
            except StorageUnavailable as error:
                if attempt == attempts or not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                self._run(connection, "ROLLBACK")
            else:
                return

    def _run(self, connection: Connection, sql: str) -> None:
        with _psycopg_errors():
            connection.execute(sql, prepare=False)  # several words in one message cannot be prepared

    def _failed(self, connection: Connection) -> bool:
        """Look before the COMMIT of a failed transaction, which the server answers with ROLLBACK and no error."""
        return connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS

    def _lost(self, connection: Connection) -> bool:
        return bool(connection.closed or connection.broken)

    def transaction_on(self, connection: Connection) -> Transaction:
        """Talk PostgreSQL."""
        return PostgreSQLTransaction(connection)

"""The stores as schemas of a PostgreSQL database, through psycopg 3 (an extra)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from signatures.database import LOCK_ATTEMPTS, MAKING, Conflict, Database, Row, Transaction, with_percent_marks
from signatures.errors import StorageUnavailable

Connection = psycopg.Connection[Row]
MAKING_LOCK = 5714020260607
MAKING_MILLISECONDS = 60_000


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

    def __init__(self, connection: Connection) -> None:
        """Use the connection as it is."""
        self.connection = connection

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and fetch all its rows."""
        with _psycopg_errors():
            cursor = self.connection.execute(with_percent_marks(sql), parameters)
            return cursor.fetchall() if cursor.description else []

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows."""
        with _psycopg_errors(), self.connection.cursor() as cursor:
            cursor.executemany(with_percent_marks(sql), rows)


class PostgreSQLDatabase(Database):
    """A schema of a PostgreSQL database; locks wait one second at a time."""

    engine = "postgresql"
    words = {"bytes": "BYTEA", "key": "BIGINT PRIMARY KEY", "bigint": "BIGINT"}

    def __init__(self, url: str, name: str) -> None:
        """Point at the schema; nothing is opened yet."""
        super().__init__(name)
        self.url = url

    def make(self) -> None:
        """Make the schema."""
        with self.writing(MAKING) as transaction:
            transaction.execute(f"CREATE SCHEMA IF NOT EXISTS {self.name}")

    def connect(self) -> Connection:
        """Open a connection whose search path is the schema."""
        with _psycopg_errors():
            return psycopg.connect(
                self.url,
                autocommit=True,
                connect_timeout=5,
                application_name=f"signatures {self.name}",
                options=f"-c search_path={self.name} -c lock_timeout=1s -c idle_in_transaction_session_timeout=30s",
            )

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
            for name, wrong in (("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")):
                row = connection.execute(f"SHOW {name}").fetchone()
                if row and row[0] == wrong:
                    found.append(f"The PostgreSQL server has {name} = {wrong}: commits could be lost. Set it to on.")
            return found

    def has_table(self, transaction: Transaction, table: str) -> bool:
        """Ask the server's catalogue."""
        return bool(transaction.execute("SELECT 1 WHERE to_regclass(?) IS NOT NULL", (f"{self.name}.{table}",)))

    def _begin(self, connection: Connection, lock: str | None, *, write: bool) -> None:
        if not write:
            self._run(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            return
        for attempt in range(1, LOCK_ATTEMPTS + 1):
            self._run(connection, "BEGIN")
            if lock is None:
                return
            if lock == MAKING:  # two makers at once would fail with "tuple concurrently updated"
                self._run(connection, f"SET LOCAL lock_timeout = {MAKING_MILLISECONDS}")
                self._run(connection, f"SELECT pg_advisory_xact_lock({MAKING_LOCK})")
                return
            try:
                self._run(connection, f"LOCK TABLE {lock} IN EXCLUSIVE MODE")
            except StorageUnavailable as error:
                if attempt == LOCK_ATTEMPTS or not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
                self._run(connection, "ROLLBACK")
            else:
                return

    def _run(self, connection: Connection, sql: str) -> None:
        """Run a word of a transaction's frame; the server answers COMMIT of a failed one with ROLLBACK and no error."""
        if sql == "COMMIT" and connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            raise StorageUnavailable("A part of this could not be written, so nothing was. Try again in a moment.")
        super()._run(connection, sql)

    def _lost(self, connection: Connection) -> bool:
        return bool(connection.closed or connection.broken)

    def _transaction_on(self, connection: Connection) -> Transaction:
        return PostgreSQLTransaction(connection)

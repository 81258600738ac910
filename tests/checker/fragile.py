"""Stores of which the n-th operation fails: before it was done, after it was done, or with the connection gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from signatures.database import Database, Row, Transaction
from signatures.errors import StorageUnavailable
from signatures.postgresql import PostgreSQLDatabase
from signatures.sqlite import SQLiteDatabase

BEFORE, AFTER, GONE = "before", "after", "gone"
WAYS = (BEFORE, AFTER, GONE)


class Fragile(Transaction):
    """A transaction that asks before and after each operation whether it is to fail."""

    def __init__(self, real: Transaction, connection: Any, faults: Faults) -> None:
        """Stand before a real one."""
        super().__init__(connection)
        self.real, self.faults = real, faults

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run one statement, unless it is the one."""
        rows: list[Row] = self.faults.run(sql, self.connection, lambda: self.real.execute(sql, parameters))
        return rows

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for many rows, unless it is the one."""
        self.faults.run(sql, self.connection, lambda: self.real.executemany(sql, rows))


class Faults:
    """Counts the operations of all stores of a process, and lets one of them fail."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        """Stand before every transaction, on either engine; nothing fails yet."""
        self.count, self.at, self.way = 0, 0, BEFORE  # how many there were when something was to fail last
        self.seen: set[str] = set()
        self._counted, self._lock = 0, threading.Lock()
        for engine in (SQLiteDatabase, PostgreSQLDatabase):
            patch.setattr(engine, "transaction_on", self._fragile(engine.transaction_on))
        patch.setattr(PostgreSQLDatabase, "_run", self._frame(PostgreSQLDatabase._run))

    def _fragile(self, make: Callable[[Any, Any], Transaction]) -> Callable[[Database, Any], Transaction]:
        return lambda database, connection: Fragile(make(database, connection), connection, self)

    def _frame(self, run: Callable[[Any, Any, str], None]) -> Callable[[Database, Any, str], None]:
        return lambda database, connection, sql: self.run(sql, connection, lambda: run(database, connection, sql))

    @contextmanager
    def failing(self, at: int, way: str = BEFORE) -> Iterator[None]:
        """Let the operation of that number fail, counted from now on; 0 for none."""
        self._counted, self.at, self.way = 0, at, way
        try:
            yield
        finally:
            self.count, self.at = self._counted, 0

    def run(self, sql: str, connection: Any, do: Callable[[], Any]) -> Any:
        """Do an operation, or fail."""
        with self._lock:
            self._counted += 1
            fails = self._counted == self.at
            self.seen.add(sql)
        if not fails:
            return do()
        if self.way == AFTER:
            do()
        if self.way == GONE:
            connection.close()
        raise StorageUnavailable(f"Operation {self.at} failed. Try again.")

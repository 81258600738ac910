"""A connection to PostgreSQL on which a COMMIT that was answered is one that a failover keeps.

Two things would break that. A server that is told to stop waiting for its standby answers COMMIT with a warning, and a
server that restarts after a crash shows what no standby has yet. So a warning is taken for a lost answer, and a new
connection first waits until everything that can be seen on it is on a standby.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg

from signatures.servers import each_server

COMMIT_SECONDS = 10.0  # as long as for a lock; a primary without standbys would keep every thread waiting for ever
SETTLE_SECONDS = 3.0
ANSWER_SECONDS = 60.0  # a host that stands still answers nothing, and its connections stay open
VIEW_SECONDS = 600.0  # one question may be about all rows
FRAME = ("BEGIN", "COMMI", "ROLLB", "LOCK ")
LONG = (
    "VACUU",
    "CREAT",
    "ALTER",
    "DROP ",
    "ANALY",
    "UPDAT",
    "SELECT pg_advisory",
)  # what grows with a table: an upgrade, an erasure
REPLICATED = (
    "SELECT CASE WHEN current_setting('synchronous_standby_names') <> '' AND NOT pg_is_in_recovery()"
    " THEN pg_logical_emit_message(true, 'signatures', '') END"
)
WARNED = "01000"  # also what a server says that gives up waiting for its standby
# The other end of a connection may be gone without a word: then a request ends within seconds, not hours.
WATCHFUL = {"keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3", "tcp_user_timeout": "10000"}

_found: dict[str, int] = {}  # which of an address's servers was the primary last


class Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose COMMIT means what it says, and on which nobody waits for ever."""

    _committing = False
    _doubtful = False
    answer_seconds = ANSWER_SECONDS
    _seconds: float | None = ANSWER_SECONDS  # also for what is sent in many rows or in one round trip

    def execute(self, query: Any, *parameters: Any, **more: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement; wait for it only so long, and take a COMMIT with a doubt for none."""
        seconds = COMMIT_SECONDS if query.startswith(FRAME) else None if query.startswith(LONG) else self.answer_seconds
        return self._within(seconds, query, *parameters, **more)

    def settle(self) -> None:
        """Wait until all that can be seen on this server is on a standby, too; where it has none, do nothing."""
        self._within(SETTLE_SECONDS, REPLICATED)

    def _within(
        self, seconds: float | None, query: Any, *parameters: Any, **more: Any
    ) -> psycopg.Cursor[tuple[Any, ...]]:
        committing = query == "COMMIT"
        self._seconds, self._committing, self._doubtful = seconds, committing or query == REPLICATED, False
        try:
            cursor = super().execute(query, *parameters, **more)
        except psycopg.OperationalError:
            if committing or self.info.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self._leave(harmless=not committing)
            raise
        finally:
            self._seconds, self._committing = self.answer_seconds, False
        if self._doubtful:
            self.close()
            raise psycopg.OperationalError("the primary stopped waiting for its standby")
        return cursor

    def _leave(self, *, harmless: bool) -> None:
        """Ask nothing else on this connection, on which the server may still be waiting for its standby.

        It would for ever, and have no connection left one day. But only what is not a COMMIT may be told to stop.
        """
        if harmless:
            with suppress(psycopg.Error):
                self.cancel_safe(timeout=1.0)
        self.close()

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait as the library does, but only so long."""
        return super().wait(gen, interval, self._seconds if timeout is None else timeout)

    def note(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        """Hear a notice of the server."""
        self._doubtful = self._doubtful or (self._committing and diagnostic.sqlstate == WARNED)


def connected(url: str, schema: str) -> Connection:
    """Open a connection to the server that an address names, or to the one of several that takes writes and has a standby.

    The one that was found last comes first. A primary that was cut off takes writes as long as it does not know that it was
    replaced; so each is tried, which the library alone would not do.
    """
    servers = each_server(url)
    found = _found.get(url, 0)
    fault = psycopg.OperationalError("no server is named")
    for number in (found, *(other for other in range(len(servers)) if other != found)):
        try:
            connection = _opened(servers[number], schema, 2 if len(servers) > 1 else 5)
        except psycopg.OperationalError as error:
            fault = error
        else:
            _found[url] = number
            return connection
    raise fault


def _opened(server: dict[str, Any], schema: str, patience: int) -> Connection:
    """Open a connection to one server, on which everything that is seen is on its standby, too."""
    connection = Connection.connect(
        **{"connect_timeout": patience, **WATCHFUL, **server},
        autocommit=True,
        application_name=f"signatures {schema}",
        options=f"-c search_path={schema} -c lock_timeout=1s -c idle_in_transaction_session_timeout=30s",
    )
    connection.add_notice_handler(connection.note)
    connection.answer_seconds = VIEW_SECONDS if schema == "views" else ANSWER_SECONDS
    try:
        connection.settle()
    except BaseException:
        connection.close()
        raise
    return connection

"""The tally: how often something came in a while, in SQL, as the storage of the `limits` library.

It counts exactly across processes and restarts, and keeps no key in clear: a row is named by a keyed hash, and is gone
soon after the while is over.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from limits.storage.base import MovingWindowSupport, Storage

from signatures.clock import Clock
from signatures.database import Database, Transaction
from signatures.errors import StorageUnavailable

SCHEME = "tally"
SLICES = 12  # of a window: each is counted until its last instant is as old as the window is long
COUNTED = "FROM tally WHERE key IN ({}) AND expires_at > ?"
SUM = f"SELECT coalesce(sum(count), 0) {COUNTED}"
ADDED = (
    f"INSERT INTO tally (key, count, expires_at) SELECT ?, ?, ? WHERE ({SUM}) <= ?"
    " ON CONFLICT (key) DO UPDATE SET count = tally.count + excluded.count RETURNING count"
)
BEGUN = (
    "INSERT INTO tally (key, count, expires_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
    " count = excluded.count + CASE WHEN tally.expires_at > ? THEN tally.count ELSE 0 END,"
    " expires_at = CASE WHEN tally.expires_at > ? THEN tally.expires_at ELSE excluded.expires_at END RETURNING count"
)


class Tally(Storage, MovingWindowSupport):
    """Counts in the table `tally` of the contacts database; raises StorageUnavailable where it cannot.

    A moving window is counted in slices, so that it takes a dozen rows however much is allowed in it. No window of its
    length, wherever it begins, ever holds more than its limit; what is refused is not counted and writes nothing.
    Never call it inside a transaction on the contacts: on SQLite it would wait for itself.
    """

    STORAGE_SCHEME = [SCHEME]

    def __init__(
        self,
        uri: str | None = None,
        wrap_exceptions: bool = False,  # noqa: FBT001, FBT002 - the library's signature
        *,
        database: Database,
        secret: str,
        clock: Clock,
        **options: Any,
    ) -> None:
        """Count in the contacts database, under names that only the installation's secret can make."""
        super().__init__(uri, wrap_exceptions, **options)
        self.database = database
        self.clock = clock
        self._key = hashlib.sha256(b"signatures tally\0" + secret.encode()).digest()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the store may raise."""
        return StorageUnavailable

    def mark(self, text: str) -> str:
        """Name something by a keyed hash."""
        return hmac.digest(self._key, text.encode("utf-8", "surrogatepass"), "sha256").hex()

    # ── a moving window ──────────────────────────────────────────────────────────────────────────────────────────────

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count once more, unless that would be more than the limit in the window that ends now."""
        now = self.clock().timestamp()
        rows, until = self._slices(key, expiry, now)
        # A flood is refused without a write, and waits for nobody.
        if self.database.glance(_for(SUM, rows), (*rows, now))[0][0] + amount > limit:
            return False

        def add(transaction: Transaction) -> bool:
            told = transaction.execute(_for(ADDED, rows), (rows[-1], amount, until, *rows, now, limit - amount))
            if told == [(amount,)]:
                _sweep(transaction, now)
            return bool(told)

        return self.database.do("tally", add)

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:  # noqa: ARG002 - the library's
        """Tell when the window began, so that room comes back when it ends, and how much was counted in it."""
        now = self.clock().timestamp()
        rows, _ = self._slices(key, expiry, now)
        asked = _for(f"SELECT min(expires_at), coalesce(sum(count), 0) {COUNTED}", rows)
        ends, count = self.database.glance(asked, (*rows, now))[0]
        return (now if ends is None else ends - expiry), int(count)

    def _slices(self, key: str, expiry: int, now: float) -> tuple[list[str], float]:
        """Name the rows of a window that ends now, of which the last counts now, and until when that does."""
        width, mark = expiry / SLICES, self.mark(key)
        number = int(now // width)
        return [f"{mark}/{slice_}" for slice_ in range(number - SLICES, number + 1)], (number + 1) * width + expiry

    # ── a fixed window ───────────────────────────────────────────────────────────────────────────────────────────────

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count in a window that begins with the first count; return how many there are."""
        now = self.clock().timestamp()
        with self.database.writing("tally") as transaction:
            rows = transaction.execute(BEGUN, (self.mark(key), amount, now + expiry, now, now))
        return int(rows[0][0])

    def get(self, key: str) -> int:
        """Tell how many were counted."""
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        """Tell when the window ends."""
        return float(self._row(key)[1])

    def clear(self, key: str) -> None:
        """Forget what was counted in a fixed window."""
        with self.database.writing("tally") as transaction:
            transaction.execute("DELETE FROM tally WHERE key = ?", (self.mark(key),))

    def _row(self, key: str) -> tuple[int, float]:
        now = self.clock().timestamp()
        with self.database.reading() as transaction:
            rows = transaction.execute(
                "SELECT count, expires_at FROM tally WHERE key = ? AND expires_at > ?", (self.mark(key), now)
            )
        return (rows[0][0], rows[0][1]) if rows else (0, now)

    # ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> bool:
        """Tell whether the store can be read."""
        try:
            with self.database.reading() as transaction:
                transaction.execute("SELECT 1 FROM tally LIMIT 1")
        except StorageUnavailable:
            return False
        return True

    def reset(self) -> int:
        """Forget everything; return how many rows there were."""
        with self.database.writing("tally") as transaction:
            return len(transaction.execute("DELETE FROM tally RETURNING key"))

    def expired(self, *, remove: bool = False) -> int:
        """Tell how many rows count no more, and remove them if that is wished."""
        now = self.clock().timestamp()
        with self.database.writing("tally") if remove else self.database.reading() as transaction:
            ((rows,),) = transaction.execute("SELECT count(*) FROM tally WHERE expires_at <= ?", (now,))
            if remove:
                _sweep(transaction, now)
        return int(rows)


def _for(sql: str, rows: list[str]) -> str:
    return sql.format(", ".join("?" * len(rows)))


def _sweep(transaction: Transaction, now: float) -> None:
    transaction.execute("DELETE FROM tally WHERE expires_at <= ?", (now,))

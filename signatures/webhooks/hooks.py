"""The webhooks themselves: who is told what, up to which position of the log, and which were switched off and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from signatures.clock import Clock, stamp
from signatures.database import Database, Transaction
from signatures.errors import NotFound
from signatures.webhooks.addresses import Network, parse_target
from signatures.webhooks.keepers import Keeper, keeper_of, set_keeper

LOCK = "delivery"  # one lock for both tables, so that nobody waits for the other's
COLUMNS = "id, url, statement, position, created_at, created_by, tried_at, failing_since, disabled_at, why"


class Hook(NamedTuple):
    """A webhook; `position` is the last one that was looked at for it, `statement` the only one that it is told of."""

    id: str
    url: str
    statement: str | None
    position: int
    created_at: str
    created_by: str
    tried_at: str | None
    failing_since: str | None
    disabled_at: str | None
    why: str | None

    def __repr__(self) -> str:
        """Leave the address out: it may hold what only its receiver should know."""
        return f"Hook({self.id})"

    @property
    def host(self) -> str:
        """Name the receiver, without the path."""
        return urlsplit(self.url).netloc

    @property
    def masked(self) -> str:
        """Name the receiver for who need not know what the path may hold."""
        return f"{self.host}/…"

    @property
    def state(self) -> str:
        """Tell whether it is off, or failing, or on."""
        return "off" if self.disabled_at else "failing" if self.failing_since else "on"


class Hooks:
    """The webhooks in the contacts database."""

    def __init__(self, database: Database, clock: Clock, allowed: Sequence[Network] = ()) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database, self.clock, self.allowed = database, clock, allowed

    def add(self, url: str, by: str, position: int, statement: str | None = None, keeper: Keeper | None = None) -> Hook:
        """Tell an address from now on what is recorded after a position, of one statement or of all.

        Adding it again, by a form that is sent twice, gives the one that there is: nothing is told doubly.
        """
        parse_target(url, self.allowed)
        made = Hook(str(uuid4()), url, statement, position, stamp(self.clock()), by, None, None, None, None)
        with self.database.writing(LOCK) as transaction:
            for row in transaction.execute(
                f"SELECT {COLUMNS} FROM webhook WHERE url = ? AND coalesce(statement, '') = ?", (url, statement or "")
            ):
                return Hook(*row)
            transaction.execute(f"INSERT INTO webhook ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", made)
            set_keeper(transaction, made.id, keeper)
        return made

    def list(self) -> Sequence[Hook]:
        """List all, the oldest first."""
        with self.database.reading() as transaction:
            return [Hook(*row) for row in transaction.execute(f"SELECT {COLUMNS} FROM webhook ORDER BY created_at, id")]

    def of(self, id_: str) -> Hook:
        """Find one."""
        with self.database.reading() as transaction:
            return found(transaction, id_)

    def remove(self, id_: str) -> Hook:
        """Tell an address nothing any more, and forget what was sent to it."""
        with self.database.writing(LOCK) as transaction:
            hook = found(transaction, id_)
            transaction.execute("DELETE FROM delivery WHERE webhook = ?", (hook.id,))
            set_keeper(transaction, hook.id, None)
            transaction.execute("DELETE FROM webhook WHERE id = ?", (hook.id,))
        return hook

    def keeper(self, id_: str) -> Keeper | None:
        """Tell who is written to when it is switched off by its failures."""
        with self.database.reading() as transaction:
            return keeper_of(transaction, id_)

    def keep(self, id_: str, keeper: Keeper | None) -> None:
        """Write to somebody else from now on, or to nobody."""
        with self.database.writing(LOCK) as transaction:
            set_keeper(transaction, found(transaction, id_).id, keeper)

    def switch_off(self, id_: str, why: str) -> None:
        """Send nothing until it is switched on again; what is recorded meanwhile is sent then."""
        with self.database.writing(LOCK) as transaction:
            off(transaction, found(transaction, id_).id, self.clock(), why)

    def switch_on(self, id_: str) -> None:
        """Go on where it stopped; what waited is due at once."""
        now = stamp(self.clock())
        with self.database.writing(LOCK) as transaction:
            hook = found(transaction, id_)
            transaction.execute(
                "UPDATE webhook SET disabled_at = NULL, why = NULL, failing_since = NULL, rests_until = NULL WHERE id = ?",
                (hook.id,),
            )
            transaction.execute(
                "UPDATE delivery SET due_at = ?, attempts = 0 WHERE webhook = ? AND due_at IS NOT NULL", (now, hook.id)
            )


def found(transaction: Transaction, id_: str) -> Hook:
    """Read a webhook; raise NotFound if there is none of this id."""
    rows = transaction.execute(f"SELECT {COLUMNS} FROM webhook WHERE id = ?", (id_.replace("\0", ""),))
    if not rows:
        raise NotFound("There is no such webhook. `signatures webhook list` prints all.")
    return Hook(*rows[0])


def off(transaction: Transaction, id_: str, now: datetime, why: str) -> None:
    """Switch one off, unless it is off."""
    transaction.execute(
        "UPDATE webhook SET disabled_at = ?, why = ? WHERE id = ? AND disabled_at IS NULL", (stamp(now), why, id_)
    )

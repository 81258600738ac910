"""Acts: who did what when. Every act of an editor is here; what it says of contacts is their submission's id at most."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from signatures.clock import Clock, stamp
from signatures.database import Database

COLUMNS = "number, at, actor, act, about, detail"
LIMIT = 100


class Act(NamedTuple):
    """One act: `actor` is kind:id as in the log, `about` kind:id of what it was done to."""

    number: int
    at: str
    actor: str
    act: str
    about: str
    detail: dict[str, str | int | None]


class Acts:
    """The acts in the contacts database; they are only ever added."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database = database
        self.clock = clock

    def note(self, actor: str, act: str, about: str, /, **detail: str | int | None) -> None:
        """Record an act; `detail` holds ids, codes and numbers, never a contact's data."""
        written = json.dumps(detail, ensure_ascii=False, sort_keys=True)
        with self.database.writing("act") as transaction:
            transaction.execute(
                "INSERT INTO act (number, at, actor, act, about, detail)"
                " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM act), ?, ?, ?, ?, ?)",
                (stamp(self.clock()), actor, act, about, written),
            )

    def list(self, about: str | None = None, limit: int = LIMIT, before: int | None = None) -> Sequence[Act]:
        """List acts, the newest first: all or those about one thing, those before a number."""
        where, values = ["1 = 1"], list[str | int]()
        if about is not None:
            where.append("about = ?")
            values.append(about)
        if before is not None:
            where.append("number < ?")
            values.append(before)
        with self.database.reading() as transaction:
            rows = transaction.execute(
                f"SELECT {COLUMNS} FROM act WHERE {' AND '.join(where)} ORDER BY number DESC LIMIT ?", (*values, limit)
            )
        return [Act._make([*row[:5], json.loads(row[5])]) for row in rows]

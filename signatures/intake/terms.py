"""Terms: how a statement takes signatures: who accepts them, until which instant, and how many are hoped for."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from signatures.clock import Clock, stamp
from signatures.database import Database
from signatures.errors import InvalidInput
from signatures.sentences import said

ACCEPTANCES = ("editor", "confirmed", "invited")
"""`editor` decides on each · `confirmed`: listed once the address is confirmed · `invited`: only through an invitation."""

COLUMNS = "reference, acceptance, deadline, threshold, threshold_share, answer_days, changed_at, changed_by"


class Terms(NamedTuple):
    """The terms of one statement; `deadline` is an instant in UTC, `threshold_share` a percentage of those invited."""

    reference: str
    acceptance: str = "editor"
    deadline: str | None = None
    threshold: int | None = None
    threshold_share: int | None = None
    answer_days: int | None = None
    changed_at: str | None = None
    changed_by: str | None = None

    def over(self, now: datetime) -> bool:
        """Tell whether the deadline has passed; what was received in that very instant is late."""
        return self.deadline is not None and self.deadline <= stamp(now)


class TermsBook:
    """The terms of all statements, in the contacts database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database = database
        self.clock = clock

    def of(self, reference: str) -> Terms:
        """Get a statement's terms; those that nobody has changed are the default ones."""
        with self.database.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM terms WHERE reference = ?", (reference.lower(),))
        return Terms(*rows[0])._replace(reference=reference) if rows else Terms(reference)

    def with_deadline(self) -> list[Terms]:
        """List the terms that have a deadline, the earliest first."""
        with self.database.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM terms WHERE deadline IS NOT NULL ORDER BY deadline")
        return [Terms(*row) for row in rows]

    def changed_at(self) -> str:
        """Tell when any terms were changed last; an empty text if never."""
        return str(self.database.glance("SELECT coalesce(max(changed_at), '') FROM terms")[0][0])

    def change(self, reference: str, by: str, **changes: Any) -> Terms:
        """Change some of a statement's terms; raises InvalidInput naming the field that cannot be so."""
        with self.database.writing("terms") as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM terms WHERE reference = ?", (reference.lower(),))
            before = Terms(*rows[0]) if rows else Terms(reference.lower())
            after = _checked(before._replace(**changes, changed_at=stamp(self.clock()), changed_by=by))
            transaction.execute("DELETE FROM terms WHERE reference = ?", (after.reference,))
            transaction.execute(f"INSERT INTO terms ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", after)
        return after._replace(reference=reference)


def _checked(terms: Terms) -> Terms:
    if terms.acceptance not in ACCEPTANCES:
        raise InvalidInput(
            f"{terms.acceptance!r} is no way to accept. Use one of {', '.join(ACCEPTANCES)}.", field="acceptance"
        )
    for field, most in (("threshold", 10_000_000), ("threshold_share", 100), ("answer_days", 365)):
        value = getattr(terms, field)
        if value is not None and not 1 <= value <= most:
            raise InvalidInput(
                said("%(field)s: write a whole number from 1 to %(most)s, or nothing.", field=field, most=most),
                field=field,
            )
    if terms.threshold is not None and terms.threshold_share is not None:
        raise InvalidInput(said("A threshold is a number or a share of those invited, not both."), field="threshold")
    return terms

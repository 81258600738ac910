"""What there is to tell: entries of the log that are about published statements. Names and notes are left to the API."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from signatures.log.eventlog import Entry, canonical
from signatures.log.store import Store

TYPES = {
    "TextSet": "statement.text_set",
    "Published": "statement.published",
    "Amended": "statement.amended",
    "Closed": "statement.closed",
    "Reopened": "statement.reopened",
    "Retracted": "statement.retracted",
    "Annulled": "statement.annulled",
    "Withheld": "statement.withheld",
    "Signed": "signature.signed",
    "Withdrawn": "signature.withdrawn",
    "Corrected": "signature.corrected",
    "Voided": "signature.voided",
}
"""How a message names each type of event; nothing is told of drafts, so that those of a draft alone are not here."""

TEST = "webhook.test"
PUBLISHED = (
    "SELECT originator_version FROM stored_events WHERE originator_id = ? AND originator_version <= ?"
    " AND topic LIKE 'Statement.Published%' ORDER BY originator_version LIMIT 1"
)


class News(NamedTuple):
    """Something that was recorded: what, of which statement, where in the log and when."""

    type: str
    statement: str | None
    position: int | None
    happened_at: str

    def body(self, base_url: str) -> bytes:
        """Write the message: thin, so that whoever wants to know more asks the API, which always tells the latest."""
        data: dict[str, object] = {}
        if self.statement is not None and self.position is not None:
            where = f"{base_url}/api/v1/statements/{self.statement}/events?after={self.position - 1}&limit=1"
            data = {"statement": self.statement, "position": self.position, "url": where}
        return canonical({"type": self.type, "timestamp": self.happened_at, "data": data})


def recorded(store: Store, after: int, limit: int) -> tuple[list[News], int]:
    """List what may be told among the next entries of the log, and the position up to which was looked."""
    entries = store.entries(after, limit)
    reference = cache(lambda stream: _reference(store, stream))
    told = [news for entry in entries if (news := _news(store, entry, reference)) is not None]
    return told, entries[-1].position if entries else after


def _news(store: Store, entry: Entry, reference: Callable[[str], str]) -> News | None:
    if entry.type not in TYPES or not entry.stream.startswith("statement/") or not _public(store, entry):
        return None
    return News(TYPES[entry.type], reference(entry.stream), entry.position, entry.recorded_at)


def _public(store: Store, entry: Entry) -> bool:
    """Tell whether the statement was published by this very entry or an earlier one."""
    with store.reading() as transaction:
        return bool(transaction.execute(PUBLISHED, (entry.stream.partition("/")[2], entry.version)))


def _reference(store: Store, stream: str) -> str:
    (drafted,) = store.stream_entries(stream, 0, 1)
    return str(drafted.data()["reference"])

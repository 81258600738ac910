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
    "SELECT min(originator_version) FROM stored_events WHERE originator_id = ? AND topic LIKE 'Statement.Published%'"
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
    statement = cache(lambda stream: _statement(store, stream))
    told = [news for entry in entries if (news := _news(entry, statement)) is not None]
    return told, entries[-1].position if entries else after


def _news(entry: Entry, statement: Callable[[str], tuple[str, int | None]]) -> News | None:
    if entry.type not in TYPES or not entry.stream.startswith("statement/"):
        return None
    reference, published = statement(entry.stream)
    if published is None or entry.version < published:  # of a draft, then
        return None
    return News(TYPES[entry.type], reference, entry.position, entry.recorded_at)


def _statement(store: Store, stream: str) -> tuple[str, int | None]:
    """Tell a statement's reference, and by which of its entries it was published first."""
    (drafted,) = store.stream_entries(stream, 0, 1)
    with store.reading() as transaction:
        rows = transaction.execute(PUBLISHED, (stream.partition("/")[2],))
    return str(drafted.data()["reference"]), rows[0][0]

"""An order of erasure beyond the entry itself: where else its names stand, and how their bytes leave the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from signatures.database import Database
from signatures.intake.submission import Submission, select
from signatures.log.eventlog import Entry
from signatures.log.redaction import WITHHOLDABLE, removed
from signatures.log.store import Store
from signatures.privacy.forgetting import NAMELESS
from signatures.privacy.scrubbing import scrub
from signatures.room import Room

REGISTER = ("stored_events", "head", "signature", "organisation_name", "idempotency")
PAGE = 1_000
TELLING = 4  # letters: a shorter name is looked for as a whole value only, for it stands in many words
COPIES = {
    "submission": ("submissions", "parts"),
    "invitation": ("invitations", "name"),
    "proposal": ("proposals", "detail"),
}
Progress = Callable[[int], object]


class Mention(NamedTuple):
    """Another entry in which the names still stand, or one of the same organisation."""

    position: int
    type: str
    stream: str
    says: bool


class Names:
    """The names that an entry says, looked for in stored JSON whatever their case."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Take the names of an event's data."""
        gone = removed(data)
        whole = [gone.get(field) for field in ("name", "transliteration")] + [*gone.get("translations", {}).values()]
        texts = [_quoted(text) for text in whole if text]
        self.texts = [text if len(text) < TELLING + 2 else text[1:-1] for text in texts]
        if gone.get("acronym"):
            self.texts.append(f'"acronym":{_quoted(gone["acronym"])}')

    def stand_in(self, text: str) -> bool:
        """Tell whether any of them stands in a text."""
        folded = text.casefold().replace('": ', '":')
        return any(name in folded for name in self.texts)


def mentions(store: Store, entry: Entry, progress: Progress) -> Iterator[Mention]:
    """Find the other entries that say the names of an entry, or are of its organisation; the whole log is read."""
    names, organisation = Names(entry.data()), organisation_of(entry)
    for page in _pages(store):
        for other in page:
            if other.position == entry.position or other.withheld:
                continue
            text = other.state.decode()
            says = names.stand_in(text)
            named = other.stream == f"organisation/{organisation}" or (organisation or "\0") in text
            if says or (named and other.type in WITHHOLDABLE and removed(other.data())):
                yield Mention(other.position, other.type, other.stream, says)
        progress(len(page))


def texts_saying(store: Store, entry: Entry) -> list[str]:
    """List the stored texts and order documents that say the names of an entry, by SHA-256."""
    names = Names(entry.data())
    with store.reading() as transaction:
        digests = [digest for (digest,) in transaction.execute("SELECT sha256 FROM text ORDER BY sha256")]
    return [digest for digest in digests if names.stand_in((store.text(digest) or b"").decode(errors="replace"))]


def copies(contacts: Database, entry: Entry) -> dict[str, int]:
    """Count, by kind, the rows of the contacts database that say the names of an entry."""
    names = Names(entry.data())
    with contacts.reading() as transaction:
        rows = {kind: transaction.execute(f"SELECT {column} FROM {table}") for table, (kind, column) in COPIES.items()}
    counts = {kind: sum(names.stand_in(text) for (text,) in found) for kind, found in rows.items()}
    return {kind: count for kind, count in counts.items() if count}


def organisation_of(entry: Entry) -> str | None:
    """Tell whose name an entry says, where it says that."""
    kind, _, id_ = entry.stream.partition("/")
    return id_ if kind == "organisation" else entry.data().get("organisation_id")


def erase_submission(room: Room, entry: Entry) -> bool:
    """Erase the name parts of the submission that became a signature; tell whether there was one."""
    with room.contacts.database.writing("submission") as transaction:
        named = select(transaction, "state = 'accepted' AND parts <> ?", (NAMELESS,))
        found = next((one for one in named if _became(one, entry)), None)
        if found is None:
            return False
        transaction.execute("UPDATE submission SET parts = ?, content_sha256 = '' WHERE id = ?", (NAMELESS, found.id))
    scrub(room.contacts.database, ("submission",))
    return True


def scrub_register(room: Room) -> None:
    """Rewrite the register's files without what was erased; StorageUnavailable if others are in the way."""
    scrub(room.databases["register"], REGISTER)


def _became(submission: Submission, entry: Entry) -> bool:
    return submission.signature_id == entry.data().get("signature_id")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).casefold()


def _pages(store: Store) -> Iterable[Sequence[Entry]]:
    page = store.entries(0, PAGE)
    while page:
        yield page
        page = store.entries(page[-1].position, PAGE)

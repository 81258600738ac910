"""Which leaves are withheld: those of statements that nobody has published, and of organisations known only from these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from signatures.log.eventlog import Entry
from signatures.log.store import Store

PAGE = 1_000


def withheld_streams(store: Store, position: int) -> frozenset[str]:
    """List the streams whose leaves are withheld by one who knows the log up to a position.

    An organisation that was registered by signing an unpublished statement would tell who signs it. So its leaves are
    withheld too, until one of the statements that it signed is published. What was given out once stays given out.
    """
    with store.reading():
        drafts, published = _statements(store, position)
        unknown = {f"organisation/{id_}" for draft in drafts for id_ in _signing(store, draft, position)}
        last = store.entry(position)
        if last is not None and last.type == "Registered":  # the signing, in the same transaction, comes after the cut
            unknown.add(last.stream)
        for statement in published if unknown else ():
            unknown -= {f"organisation/{id_}" for id_ in _signing(store, statement, position)}
    return frozenset(drafts) | unknown


def _statements(store: Store, position: int) -> tuple[list[str], list[str]]:
    """Part the statements drafted up to a position into unpublished and published ones."""
    parted: tuple[list[str], list[str]] = ([], [])
    with store.reading() as transaction:
        ids = transaction.execute(
            "SELECT h.id FROM head h JOIN stored_events e ON e.originator_id = h.id AND e.originator_version = 1"
            " WHERE h.kind = 'statement' AND e.notification_id <= ? ORDER BY e.notification_id",
            (position,),
        )
        for (id_,) in ids:
            published = transaction.execute(
                "SELECT 1 FROM stored_events WHERE originator_id = ? AND notification_id <= ?"
                " AND topic LIKE 'Statement.Published%' LIMIT 1",
                (id_, position),
            )
            parted[bool(published)].append(f"statement/{id_}")
    return parted


def _signing(store: Store, statement: str, position: int) -> Iterator[str]:
    """List the organisations that a statement's leaves name."""
    for entry in _until(_stream(store, statement), position):
        data = entry.data() if entry.type in ("Signed", "Corrected") else {}
        named = data.get("organisation_id") or data.get("changes", {}).get("organisation_id")
        if named:
            yield named


def _stream(store: Store, stream: str) -> Iterator[Entry]:
    page = store.stream_entries(stream, 0, PAGE)
    while page:
        yield from page
        page = store.stream_entries(stream, page[-1].version, PAGE)


def _until(entries: Iterable[Entry], position: int) -> Iterator[Entry]:
    for entry in entries:
        if entry.position > position:
            return
        yield entry

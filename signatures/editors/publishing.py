"""Publishing the next edition in the order that editors have arranged: what it would be, and doing it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from signatures.aggregate import Actor
from signatures.errors import StaleVersion
from signatures.log import heads
from signatures.log.eventlog import canonical, sha256
from signatures.order import OrderLine, order_document
from signatures.register import Recorded
from signatures.sentences import said

if TYPE_CHECKING:
    from signatures.room import Room

Orders = Mapping[str, Sequence[OrderLine]]
Told = Mapping[str, Any]


class Listed(Protocol):
    """The list of a date, told with all its places."""

    def __getitem__(self, name: str, /) -> Any:
        """Give what it says under a name."""


class Line(NamedTuple):
    """A line of the next edition: a heading, or a number with who would have it and the number it `was`.

    `entry` is None where no entry has the number; `value` is the heading, or the reason of the gap.
    """

    kind: str
    number: int | None = None
    was: int | None = None
    entry: Told | None = None
    value: str = ""


class Preview(NamedTuple):
    """What publishing would do to the list in one language."""

    lines: list[Line]
    absorbed: list[Line]
    dropped: list[Line]
    moved: list[Line]

    @property
    def places(self) -> int:
        """How many numbers there would be."""
        return sum(line.number is not None for line in self.lines)


def preview(now: Listed, order: Sequence[OrderLine] | None) -> Preview:
    """Compare the list of a date with the edition that would be published of it.

    `order` is None where it would be as received.
    """
    places = now["numbered"] if now["edition"] else []
    standing = [entry for entry in (*now["numbered"], *now["subsequent"]) if entry["status"] == "standing"]
    entries = {entry["signature_id"]: entry for entry in standing}
    was: dict[str, int] = {}
    for place in places:
        was.setdefault(place["signature_id"], place["number"])
    lines = _numbered(order or as_received(standing), entries, was)
    numbered = [line for line in lines if line.entry]
    kept = {line.entry["signature_id"] for line in numbered if line.entry}
    return Preview(
        lines,
        absorbed=[line for line in numbered if line.was is None],
        dropped=[Line("place", was=place["number"], entry=place) for place in places if _drops(place, kept, was)],
        moved=[line for line in numbered if line.was is not None and line.was != line.number],
    )


def as_received(entries: Iterable[Told]) -> list[OrderLine]:
    """Order entries as they were received, each once."""
    ids = (entry["signature_id"] for entry in sorted(entries, key=lambda entry: int(entry["position"])))
    return [OrderLine("signature", id_) for id_ in dict.fromkeys(ids)]


def _drops(place: Told, kept: set[str], was: Mapping[str, int]) -> bool:
    """Tell whether a number ends: of one that left, of a gap, or of one printed a second time."""
    return place["signature_id"] not in kept or was[place["signature_id"]] != place["number"]


def _numbered(order: Iterable[OrderLine], entries: Mapping[str, Told], was: Mapping[str, int]) -> list[Line]:
    lines: list[Line] = []
    number = 0
    for kind, value in order:
        if kind == "section":
            lines.append(Line(kind, value=value))
            continue
        number += 1
        entry = entries.get(value) if kind == "signature" else None
        lines.append(Line(kind, number, was.get(value) if entry else None, entry, "" if entry else value))
    return lines


# ── doing it ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def arranged(room: Room, reference: str, standing: Sequence[str]) -> Orders | None:
    """Tell the orders that editors have arranged, completed by who came since; None: as received."""
    return room.arrangements.orders(reference, standing)


def orders_seen(orders: Orders | None) -> str:
    """Name orders, so that what was looked at can be told from what somebody arranged since."""
    return sha256(canonical({language: sha256(order_document(lines)) for language, lines in (orders or {}).items()}))


def publish(
    room: Room,
    actor: Actor,
    reference: str,
    *,
    as_of: str,
    version_label: str | None = None,
    version: int | None = None,
    seen: str | None = None,
) -> Recorded:
    """Publish the next edition as it is arranged.

    `version` and `seen` are the statement's version and the orders that were looked at; changed ones are refused.
    """
    with room.store.writing() as transaction:
        statement = room.register.statement(reference)
        standing = heads.standing_on(transaction, str(statement.id), as_of)
        orders = arranged(room, statement.reference, standing)
        if seen is not None and seen != orders_seen(orders):
            raise StaleVersion(said("The order was arranged anew meanwhile. Look at it again first."))
        return room.register.publish(
            actor, reference, as_of=as_of, orders=orders, version_label=version_label, expected_version=version
        )

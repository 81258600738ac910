"""Which statement, date and position a question asks about, as its words on the command line say; refused where they say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

from projections import moments
from projections.auditing.book import Book, NoSuchList
from projections.auditing.found import CannotRead
from projections.auditing.index import Index
from projections.signatory_list import Leaf, UnknownThen
from signatures.clock import civil_date, stamp
from signatures.errors import ConflictingTimeParameters


class Asked(NamedTuple):
    """A moment as it was asked about."""

    as_of: str | None = None
    known_at: str | None = None
    position: str | None = None
    edition: str | None = None

    @property
    def whole(self) -> bool:
        """Tell whether nothing was said about it."""
        return not any(self)


class Moment(NamedTuple):
    """A statement as known at a position, and a date."""

    book: Book
    as_of: str


def stream_of(index: Index, reference: str) -> bytes:
    """Find a statement by its reference, whatever its case."""
    row = index.one("SELECT stream FROM statement WHERE lower(reference) = lower(?)", (reference,))
    if row is None:
        known = [told for (told,) in index.ask("SELECT reference FROM statement ORDER BY position LIMIT 10")]
        raise NoSuchList(f"There is no statement {reference!r} in this bundle. There is: {', '.join(known) or 'none'}.")
    stream: bytes = row[0]
    return stream


def find(index: Index, stream: bytes, asked: Asked, end: int, now: Callable[[], datetime]) -> Moment:
    """Find a statement at a moment; `end` is the last position of the bundle."""
    if asked.known_at and asked.position:
        raise ConflictingTimeParameters("--known-at and --position both say how much is known. Give one of them.")
    if asked.edition:
        if asked.as_of or asked.known_at or asked.position:
            raise ConflictingTimeParameters(
                "--edition asks for that edition's own date and position. Leave the others away."
            )
        return _edition(index, stream, moments.whole_number("edition", asked.edition))
    position, at = end, None
    if asked.position:
        position = moments.position(asked.position, end)
        _refuse_lost(index, position)
    elif asked.known_at:
        at = moments.instant("known_at", asked.known_at)
        position = position_at(index, stamp(at))
        _refuse_gap(index, position, stamp(at))
    book = book_at(index, stream, position)
    with _zone_known(book):
        zone = book.folded.time_zone
        if asked.as_of:
            return Moment(book, moments.day("as_of", asked.as_of, zone))
        if asked.position:
            return Moment(book, _day_at(index, position, zone))
        return Moment(book, civil_date(at or now(), zone).isoformat())


@contextmanager
def _zone_known(book: Book) -> Iterator[None]:
    """Say what is to be done where a machine does not know the statement's time zone."""
    try:
        yield
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CannotRead(
            f"This machine does not know the time zone {book.folded.time_zone!r}. Give plain dates, such as 2021-06-07."
        ) from error


def book_at(index: Index, stream: bytes, position: int) -> Book:
    """Open a statement as known at a position."""
    try:
        return Book(index, stream, position)
    except UnknownThen as error:
        raise NoSuchList(f"At position {position} there was nothing yet: {error}") from error


def end_of(index: Index, stream: bytes, text: str, end: int, now: Callable[[], datetime]) -> Moment:
    """Find one end of a comparison: a date, perhaps as known at a position or an instant, `2021-06-07@57`."""
    day, _, position = text.partition("@")
    known = end
    if "T" in position.upper():
        known = position_at(index, stamp(moments.instant("known_at", position)))
    elif position:
        known = moments.position(position, end)
    _refuse_lost(index, known)
    book = book_at(index, stream, known)
    with _zone_known(book):
        zone = book.folded.time_zone
        return Moment(book, moments.day("as_of", day, zone) if day else civil_date(now(), zone).isoformat())


def position_at(index: Index, recorded_at: str) -> int:
    """Find the last position recorded at or before an instant, among those whose stamps are known."""
    (newest,) = index.one("SELECT coalesce(max(position), 0) FROM entry") or (0,)
    low, high = 0, newest
    while low < high:
        middle = (low + high + 1) // 2
        row = index.one(
            "SELECT position, place FROM entry WHERE position <= ? ORDER BY position DESC LIMIT 1", (middle,)
        )
        if row is None or index.leaf(row[1])["recorded_at"] <= recorded_at:
            low = middle
        else:
            high = row[0] - 1
    return low


def _edition(index: Index, stream: bytes, number: int) -> Moment:
    row = index.one("SELECT position FROM edition WHERE stream = ? AND number = ?", (stream, number))
    if row is None:
        raise NoSuchList(f"This statement has no edition {number} in this bundle.")
    book = Book(index, stream, row[0])
    return Moment(book, str(book.folded.numbered(number)["data"]["as_of"]))


def _day_at(index: Index, position: int, zone: str) -> str:
    """Tell on which day the entry at a position was recorded; of a withheld one, where its neighbours leave no doubt."""
    before = "SELECT place FROM entry WHERE position <= ? ORDER BY position DESC LIMIT 1"
    after = "SELECT place FROM entry WHERE position >= ? ORDER BY position LIMIT 1"
    found = [row for row in (index.one(sql, (position,)) for sql in (before, after)) if row]
    days = {
        civil_date(datetime.fromisoformat(index.leaf(place)["recorded_at"]), zone).isoformat() for (place,) in found
    }
    if len(days) != 1 or len(found) != 2:
        raise NoSuchList(f"Position {position} is withheld, so nobody here knows its day. Give the date with --as-of.")
    return days.pop()


def _refuse_lost(index: Index, position: int) -> None:
    leaf = index.at(position)
    if leaf is not None and leaf["type"] == "Lost":
        raise _lost(leaf, f"Position {position}")


def _refuse_gap(index: Index, position: int, recorded_at: str) -> None:
    following, last = index.at(position + 1), index.at(position)
    if following and following["type"] == "Lost" and (last is None or last["recorded_at"] < recorded_at):
        raise _lost(following, f"What was known at {recorded_at}")


def _lost(leaf: Leaf, what: str) -> NoSuchList:
    return NoSuchList(
        f"{what} is lost: the register was restored from a copy that ended at position {leaf['position'] - leaf['version']},"
        f" and positions up to {leaf['data']['size']} are never used again."
    )

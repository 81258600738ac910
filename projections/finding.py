"""Finding a statement at a moment: which date and which position a question asks about, and what was known then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from projections import lost, moments
from projections.answers import Kept
from projections.log import Log
from projections.paging import Cursor
from projections.signatory_list import Leaf, Statement, UnknownThen, statement
from projections.views.generation import Generation
from projections.views.replay import Replay
from projections.views.view import StatementRow
from signatures.characters import REFERENCE
from signatures.clock import Clock, civil_date
from signatures.errors import ConflictingTimeParameters, NotFound, ViewBehind
from signatures.sentences import said

SETTLED = timedelta(seconds=10)  # after that long no entry can be recorded before a moment any more


@dataclass(frozen=True, slots=True)
class When:
    """The moment as it stands in a query; a field that a form left empty was not given, but an empty date is today.

    `lost_too` is for the lists of a bundle, which may end with entries that were lost: those add nothing to a list.
    """

    as_of: str | None = None
    known_at: str | None = None
    position: str | int | None = None
    edition: str | int | None = None
    cursor: Cursor | None = None
    lost_too: bool = False

    def check(self) -> When:
        """Refuse what excludes each other."""
        if self.known_at is not None and self.position is not None:
            raise ConflictingTimeParameters(said("known_at and position both say how much is known. Give one of them."))
        others = (self.as_of, self.known_at, self.position)
        if self.edition is not None and others != (None, None, None):
            raise ConflictingTimeParameters(
                said("edition asks for that edition's own date and position. Leave the others away.")
            )
        return self

    @property
    def exact(self) -> bool:
        """Tell whether the position is fixed."""
        return not (self.position is None and self.edition is None and self.cursor is None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A statement on a date as known at a position; `last` is its last entry among those known.

    `newest` is the view's position, `settled` tells whether nothing can be recorded any more at or before the moment.
    """

    view: Generation
    row: StatementRow
    folded: Statement
    last: Leaf
    newest: int
    as_of: str
    settled: bool

    @property
    def position(self) -> int:
        """Tell the position of the statement's last entry."""
        return int(self.last["position"])


@dataclass(frozen=True, slots=True)
class _Instant:
    moment: datetime
    position: int
    settled: bool


class Finder:
    """Finds statements at moments, once the view has caught up."""

    def __init__(self, log: Log, replay: Replay, clock: Clock, kept: Kept) -> None:
        """Look in a log's views, at a clock's time; what was folded is kept."""
        self.log = log
        self.replay = replay
        self.clock = clock
        self._kept = kept

    @contextmanager
    def at(self, reference: str, when: When | None = None, *, drafts: bool = False) -> Iterator[Moment]:
        """Find a statement at a moment, or now; a draft is not there unless drafts are asked for."""
        when = (when or When()).check()
        instant = self._instant(when.known_at) if when.known_at else None
        with self.replay.reading() as (view, newest):
            row = self.find(view, reference, drafts=drafts)
            known = self._known(view, row, when, instant, newest)
            if when.edition is not None:
                yield self._edition(view, row, known, newest, moments.whole_number("edition", when.edition))
                return
            folded, last = self._fold(view, row, known)
            settled = when.exact or (instant is not None and instant.settled and instant.position <= newest)
            yield Moment(view, row, folded, last, newest, self._day(folded, when, instant), settled)

    def find(self, view: Generation, reference: str, *, drafts: bool) -> StatementRow:
        """Find a statement by its reference, whatever its case."""
        row = view.statement(reference) if REFERENCE.match(reference) else None
        if row is None or not (row.published or drafts):
            raise NotFound(
                said(
                    "There is no statement %(reference)s here. The list of statements names those that are.",
                    reference=repr(reference),
                )
            )
        return row

    def end(self, moment: Moment, text: str) -> Moment:
        """Find the same statement at one end of a comparison: a date, perhaps as known at a position or an instant.

        `2021-06-07`, `2021-06-07@57` or `2021-06-07@2021-07-01T12:00:00Z`.
        """
        day, _, known_then = text.partition("@")
        known = self._known_then(known_then, moment.newest)
        folded, last = self._fold(moment.view, moment.row, known)
        as_of = self._day(folded, When(as_of=day), None)
        return Moment(moment.view, moment.row, folded, last, moment.newest, as_of, settled=True)

    def _known_then(self, text: str, newest: int) -> int:
        """Read how much an end of a comparison knows: all, up to a position, or what was recorded at an instant."""
        if "T" in text.upper():
            return min(self._instant(text).position, newest)
        return self._pinned(text, newest) if text else newest

    def now(self, view: Generation, row: StatementRow, newest: int) -> Moment:
        """Tell a statement today, as all that is known."""
        folded, last = self._fold(view, row, newest)
        return Moment(view, row, folded, last, newest, self.today(folded.time_zone), settled=False)

    def today(self, time_zone: str) -> str:
        """Tell the civil date in a zone."""
        return civil_date(self.clock(), time_zone).isoformat()

    def _instant(self, text: str) -> _Instant:
        """Resolve known_at; asked in this order, a settled one can miss nothing that is recorded meanwhile."""
        moment, stamp = moments.known_at(text, self.clock)
        newest = self.log.newest()
        recorded_later = newest is not None and datetime.fromisoformat(newest.recorded_at) > moment
        settled = recorded_later or (self.clock() - moment >= SETTLED and not self.replay.behind)
        return _Instant(moment, lost.check_moment(self.log, self.log.position_at(stamp), stamp), settled)

    def _pinned(self, position: str | int, newest: int) -> int:
        if self.replay.behind and moments.whole_number("position", position) > newest:
            raise ViewBehind(
                said(
                    "Nobody here has heard of position %(position)s yet. Ask again in a few seconds.", position=position
                )
            )
        return lost.check_position(self.log, moments.position(position, newest))

    def _known(self, view: Generation, row: StatementRow, when: When, instant: _Instant | None, newest: int) -> int:
        known = newest
        if when.position is not None:
            known = moments.position(when.position, newest) if when.lost_too else self._pinned(when.position, newest)
        elif instant is not None:
            known = min(instant.position, newest)
        if when.cursor is None:
            return known
        if (when.position is not None or instant) and (view.last(row.key, known) or (0,))[0] != when.cursor.position:
            raise ConflictingTimeParameters(
                said("The cursor belongs to another position. Ask for the first page again.")
            )
        if when.cursor.position == row.last_position:  # the view has come that far, by an entry of the statement's own
            return row.last_position
        return self._pinned(when.cursor.position, newest)

    def _fold(self, view: Generation, row: StatementRow, known: int) -> tuple[Statement, Leaf]:
        if row.stopped is not None and known >= row.stopped:
            raise _stopped(view, row, row.stopped - 1)
        if known < row.key:
            raise NotFound(
                said(
                    "%(reference)s was drafted at position %(first)s; at position %(position)s there was nothing yet.",
                    reference=row.reference,
                    first=row.key,
                    position=known,
                )
            )
        newest = (row.last_position, row.last_recorded_at, row.last_version)
        position, recorded_at, version = newest if known >= row.last_position else (view.last(row.key, known) or newest)
        folded = self._kept.get(
            ("statement", view.generation, row.key, position),
            lambda: statement(view.acts(row.key, position)),
            lambda made: 1 + len(made.texts) + len(made.editions) + len(made.closings),
        )
        return folded, {"position": position, "recorded_at": recorded_at, "version": version}

    def _edition(self, view: Generation, row: StatementRow, known: int, newest: int, number: int) -> Moment:
        folded, _ = self._fold(view, row, known)
        try:
            published = folded.numbered(number)
        except UnknownThen:
            raise NotFound(
                said(
                    "%(reference)s has no edition %(edition)s. There are %(count)s.",
                    reference=folded.reference,
                    edition=number,
                    count=len(folded.editions),
                )
            ) from None
        folded, last = self._fold(view, row, published["position"])
        return Moment(view, row, folded, last, newest, published["data"]["as_of"], settled=True)

    def _day(self, folded: Statement, when: When, instant: _Instant | None) -> str:
        """Tell the civil date asked about: given, the cursor's, or that of the moment whose knowledge is asked for."""
        zone = folded.time_zone
        if when.cursor is not None:
            if when.as_of and moments.day("as_of", when.as_of, zone) != when.cursor.as_of:
                raise ConflictingTimeParameters(
                    said("The cursor belongs to another date. Ask for the first page again.")
                )
            return moments.day("cursor", when.cursor.as_of, zone)
        if when.as_of:
            return moments.day("as_of", when.as_of, zone)
        if when.as_of is None and instant is not None:
            return civil_date(instant.moment, zone).isoformat()
        if when.as_of is None and when.position is not None:
            entry = self.log.entry(int(when.position))
            if entry is not None:
                return civil_date(datetime.fromisoformat(entry.recorded_at), zone).isoformat()
        return self.today(zone)


def _stopped(view: Generation, row: StatementRow, last_good: int) -> ViewBehind:
    why = next((one["sentence"] for one in view.quarantine() if one["stream"] == row.stream), "")
    return ViewBehind(
        said(
            "The list of %(reference)s cannot be told beyond position %(position)s (%(why)s). Nothing is lost:"
            " ask with position=%(position)s, or again when this is repaired.",
            reference=row.reference,
            position=last_good,
            why=why,
        ),
        statement=row.reference,
        last_good_position=last_good,
    )

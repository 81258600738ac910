"""What every question stands on: the log, its views brought up to date, and what was composed before."""

from __future__ import annotations

from projections.answers import Kept
from projections.finding import Finder, Moment
from projections.log import Log
from projections.signatory_list import counted
from projections.views import counting, lookups
from projections.views.replay import Replay
from projections.views.view import EditionRow
from signatures.clock import Clock
from signatures.database import Database

PAGE = 100  # statements or organisations, where no limit is given


class Desk:
    """A log and its views, at a clock's time."""

    def __init__(self, log: Log, views: Database, clock: Clock, replay: Replay | None = None) -> None:
        """Ask a log and its views, at a clock's time."""
        self.log = log
        self.clock = clock
        self.replay = replay or Replay(log, views)
        self._kept = Kept()

    @property
    def _finder(self) -> Finder:
        return Finder(self.log, self.replay, self.clock, self._kept)

    def _counts(self, moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
        where = edition[:2] if edition else counting.EVERYBODY
        key = ("counts", moment.view.generation, moment.row.key, moment.position, where, as_of)
        return self._kept.get(key, lambda: _count(moment, edition, as_of))

    def _root(self, size: int) -> bytes:
        return self._kept.get(("root", size), lambda: self.log.root(size))

    def _edition(self, moment: Moment, as_of: str, languages: tuple[str, str]) -> EditionRow | None:
        published = moment.folded.edition(as_of)
        if published is None:
            return None
        key = ("edition", moment.view.generation, published["position"], languages)
        return self._kept.get(
            key, lambda: lookups.edition_in_force(moment.view, moment.row.key, moment.folded, as_of, languages)
        )


def _count(moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
    row, position = moment.row, moment.position
    if edition is None:
        ((began, ended, _),) = counting.sums(moment.view, row, [counting.EVERYBODY], as_of, position)
        return counted(began - ended, 0, ended, began - ended)
    both = [counting.EVERYBODY, edition[:2]]
    (began, ended, _), (placed, left, again) = counting.sums(moment.view, row, both, as_of, position)
    distinct = placed - left
    return counted(distinct + again, began - ended - distinct, ended, edition.places)


def given(value: str | int | None) -> str | int | None:
    """Take an empty field of a form as not given."""
    return None if value == "" else value

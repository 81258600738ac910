"""Statements: which there are, and what is known of each beside its list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from projections import moments, paging, streaming, told
from projections.answers import Answer
from projections.finding import Moment, When
from projections.questions import desk
from projections.questions.desk import Desk, given
from projections.shelf import Shelved, shelved
from projections.streaming import Published
from projections.views import counting, lookups
from projections.views.generation import Generation
from projections.views.projector import OPEN
from projections.views.view import StatementRow


class Statements(Desk):
    """Questions about statements."""

    def shelf(self) -> list[Shelved]:
        """List what each published statement is found by, the newest first."""
        with self.replay.reading() as (view, newest):
            rows = lookups.statements(view, OPEN, OPEN, drafts=False)
            return [self._shelved(view, row, newest) for row in rows if row.stopped is None]

    def _shelved(self, view: Generation, row: StatementRow, newest: int) -> Shelved:
        moment = self._finder.now(view, row, newest)
        key = ("shelved", view.generation, row.key, row.last_position, moment.as_of)
        return self._kept.get(key, lambda: shelved(row.key, moment.folded, moment.as_of))

    def statements(
        self,
        *,
        limit: str | int | None = None,
        cursor: str | None = None,
        among: Sequence[int] | None = None,
        drafts: bool = False,
    ) -> Answer:
        """List the statements that may be seen, or those `among` keys of the shelf, the newest first."""
        most = moments.whole_number("limit", limit, paging.MOST) if limit else desk.PAGE
        before = moments.whole_number("cursor", cursor) if cursor else OPEN
        with self.replay.reading() as (view, newest):
            rows = lookups.statements(view, before, most + 1, drafts=drafts, among=among)
            finder = self._finder
            told_ones = [self._told(finder.now(view, row, newest)) for row in rows[:most] if row.stopped is None]
        answer = Answer(statements=told_ones)
        answer.next = str(rows[most - 1].key) if len(rows) > most else None
        return answer

    def statement(
        self,
        reference: str,
        *,
        known_at: str | None = None,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell a statement's own data, texts and editions as known at a moment, and today's counts."""
        when = When(known_at=known_at or None, position=given(position))
        with self._finder.at(reference, when, drafts=drafts) as moment:
            return self._told(moment)

    def published(self, position: int) -> Iterator[Published]:
        """List the statements that were published up to a position, as known then, or as far as they can be told."""
        before = OPEN
        while before:
            with self.replay.reading() as (view, _):
                rows = lookups.statements(view, before, desk.PAGE, drafts=False)
                known = [(row, min(position, (row.stopped or OPEN) - 1)) for row in rows]
                found = [
                    streaming.published(self._finder.now(view, row, newest))
                    for row, newest in known
                    if 0 < row.published <= newest
                ]
            yield from found
            before = rows[-1].key if len(rows) == desk.PAGE else 0

    def editions(self, reference: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List the editions of a statement."""
        with self._finder.at(reference, drafts=drafts) as moment:
            return [told.edition_of(leaf, self._root) for leaf in moment.folded.editions]

    def edition(self, reference: str, number: str | int, *, drafts: bool = False) -> dict[str, Any]:
        """Tell of one edition; its list is `signatories(edition=…)`."""
        with self._finder.at(reference, When(edition=number), drafts=drafts) as moment:
            return told.edition_of(moment.folded.editions[-1], self._root)

    def timeline(
        self, reference: str, *, position: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the days on which anything changes: how many signed, withdrew, were corrected, and stand from then on."""
        with self._finder.at(reference, When(position=given(position)), drafts=drafts) as moment:
            key = ("days", moment.view.generation, moment.row.key, moment.position)
            return self._kept.get(key, lambda: told.days_of(moment.view, moment.row, moment.position), len)

    def _told(self, moment: Moment) -> Answer:
        today = self._finder.today(moment.folded.time_zone)
        edition = self._edition(moment, today, moment.folded.languages(None))
        bounds = counting.bounds(moment.view, moment.row)
        return Answer(
            **told.told_of(moment.folded, today, self._root),
            counts=self._counts(moment, edition, today),
            first_on=bounds[0],
            last_on=bounds[1],
            position=moment.position,
            recorded_through=moment.last["recorded_at"],
        )

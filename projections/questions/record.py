"""What happened to a statement: its history, its events, and what changed between two lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from projections import hindsight, history, moments, paging
from projections.answers import Answer
from projections.diff import KINDS, Cursor, End, page, read_cursor
from projections.finding import Moment
from projections.questions.desk import Desk
from signatures.errors import ConflictingTimeParameters
from signatures.sentences import said


class Record(Desk):
    """Questions about what was recorded."""

    def history(
        self,
        reference: str,
        *,
        after: str | int | None = None,
        limit: str | int | None = None,
        newest_first: bool = False,
        language: str | None = None,
        drafts: bool = False,
    ) -> list[dict[str, Any]]:
        """List what was recorded about a statement after a position, or before it and the newest first."""
        with self._finder.at(reference, drafts=drafts) as moment:
            entries = history.stream_after(
                self.log,
                moment.view,
                moment.row,
                _after(after),
                _limit(limit),
                moment.position,
                newest_first=newest_first,
            )
            languages = moment.folded.languages(language or None)
            rows = history.history_rows(moment.view, entries, languages)
            edition = self._edition(moment, moment.as_of, languages)
            return history.with_marks(moment.view, rows, moment.folded.editions, edition, moment.position)

    def events(
        self, reference: str, *, after: str | int | None = None, limit: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the leaves of a statement after a position. They never wait for a view that cannot go on."""
        with self.replay.reading() as (view, newest):
            row = self._finder.find(view, reference, drafts=drafts)
            entries = history.stream_after(self.log, view, row, _after(after), _limit(limit), newest)
        return [entry.document() for entry in entries]

    def diff(
        self,
        reference: str,
        from_: str,
        to: str | None = None,
        *,
        limit: str | int | None = None,
        cursor: str | None = None,
        language: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Compare two lists, a page of signatures at a time; each end is a date, or a date and a position: `2021-06-07@57`."""
        most, place = _limit(limit), read_cursor(cursor) if cursor else None
        with self._finder.at(reference, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            texts = from_, to or ""
            ends = [self._end(moment, text, languages) for text in texts]
            if place is not None:
                pins = [f"{as_of}@{position}" for as_of, position in _pinned(place, texts, ends)]
                ends = [self._end(moment, pin, languages) for pin in pins]
            after = 0 if place is None else place.key
            return page(moment.view, moment.row.key, ends, languages, after, most)

    def whole_diff(self, reference: str, from_: str, to: str | None = None, *, drafts: bool = False) -> Answer:
        """Compare two lists wholly, however much changed."""
        found = part = self.diff(reference, from_, to, drafts=drafts)
        while part.next:
            part = self.diff(reference, from_, to, cursor=part.next, drafts=drafts)
            for kind in KINDS:
                found[kind] += part[kind]
        return found

    def since(
        self, reference: str, as_of: str, position: int, *, language: str | None = None, drafts: bool = False
    ) -> dict[str, Any]:
        """Tell what became known since a position about the list of a date: entered late, corrected, struck, withdrawn."""
        with self._finder.at(reference, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            start, end = (self._end(moment, text, languages) for text in (f"{as_of}@{position}", as_of))
            return hindsight.since(self.log, moment.view, moment.row.key, start, end, languages)

    def _end(self, moment: Moment, text: str, languages: tuple[str, str]) -> End:
        at = self._finder.end(moment, text)
        edition = self._edition(at, at.as_of, languages)
        return End(at.as_of, at.position, edition, self._counts(at, edition, at.as_of)["standing"])


def _pinned(place: Cursor, texts: Sequence[str], ends: Sequence[End]) -> Iterator[tuple[str, int]]:
    """Pin both ends where the first page had them; refuse a cursor of other ends than those that are asked for."""
    for at, text, asked in zip((place.start, place.end), texts, ends, strict=True):
        if (text and asked.as_of != at[0]) or ("@" in text and asked.position != at[1]):
            raise ConflictingTimeParameters(
                said("The cursor belongs to another comparison. Ask for its first page again.")
            )
        yield at


def _after(value: str | int | None) -> int:
    return 0 if value in (None, "", 0, "0") else moments.whole_number("after", value or 0)


def _limit(value: str | int | None) -> int:
    return moments.whole_number("limit", value, paging.MOST) if value else paging.MOST

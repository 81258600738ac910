"""Feeds: what was recorded about a statement, newest first, for programs that look again from time to time.

Entries go to the archive by whole pages (RFC 5005): archive 1 holds the first hundred, for ever. What is newer stands in
the feed itself, which always holds the newest hundred, so that readers who know nothing of archives miss little.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import orjson

from projections import told
from projections.answers import Kept
from projections.finding import Finder
from projections.history import history_rows
from projections.lists import Lists
from projections.views.generation import Generation
from projections.views.view import StatementRow
from signatures.errors import NotFound
from signatures.log.eventlog import Entry
from signatures.sentences import said

PAGE = 100  # entries of an archive


class Feed(NamedTuple):
    """One document of a feed: the newest entries, or an archive of older ones.

    `rows` are those of a history, the newest first; `ids` name them for ever, whatever the register's address becomes;
    `changed` tells when the names of some were erased.
    """

    id: str
    reference: str
    title: str
    language: str
    rows: list[dict[str, Any]]
    ids: dict[int, str]
    changed: dict[int, str]
    archive: int | None
    earlier: int | None
    later: int | None

    @property
    def updated(self) -> str:
        """Tell when the newest entry was recorded, or one of an archive was changed by an erasure."""
        return max(str(self.rows[0]["recorded_at"]), *self.changed.values(), "")


class Feeds:
    """The feeds of published statements."""

    def __init__(self, lists: Lists) -> None:
        """Look where the lists are looked up."""
        self._lists = lists
        self._finder = Finder(lists.log, lists.replay, lists.clock, Kept())

    def newest(self, reference: str, language: str | None = None) -> Feed:
        """Tell what was recorded last."""
        with self._lists.replay.reading() as (view, newest):
            row = self._finder.find(view, reference, drafts=False)
            archives = _archives(row)
            return self._feed(view, row, newest, archives * PAGE, None, language)

    def archive(self, reference: str, number: int, language: str | None = None) -> Feed:
        """Tell what an archive holds; there is none before it is full and a whole page of newer entries follows."""
        with self._lists.replay.reading() as (view, newest):
            row = self._finder.find(view, reference, drafts=False)
            if not 1 <= number <= _archives(row):
                raise NotFound(
                    said(
                        "The feed of %(reference)s has no archive %(number)s yet. It has %(count)s.",
                        reference=row.reference,
                        number=number,
                        count=_archives(row),
                    )
                )
            return self._feed(view, row, newest, (number - 1) * PAGE, number, language)

    def _feed(
        self, view: Generation, row: StatementRow, newest: int, after: int, archive: int | None, language: str | None
    ) -> Feed:
        folded = self._finder.now(view, row, newest).folded
        texts, archives = told.texts_of(folded), _archives(row)
        most = PAGE if archive else row.last_version - after
        entries = self._lists.log.stream_entries(row.stream, after, most)[::-1]
        if not archive:
            entries += self._erased_before(entries)
        rows = history_rows(view, entries, folded.languages(language))
        register = UUID(self._lists.log.identity())
        return Feed(
            id=uuid5(register, row.stream).urn,
            reference=row.reference,
            title=told.title_of(texts, language) or row.reference,
            language=folded.default_language,
            rows=rows,
            ids={entry.position: uuid5(register, f"entry/{entry.position}").urn for entry in entries},
            changed={row["position"]: self._recorded_at(row["withheld_at"]) for row in rows if row["withheld_at"]},
            archive=archive,
            earlier=(archive - 1 if archive else archives) or None,
            later=archive + 1 if archive and archive < archives else None,
        )

    def _erased_before(self, entries: Sequence[Entry]) -> list[Entry]:
        """Tell once more what an erasure among the newest entries has changed: who has read its archive does not look again."""
        told = {entry.position for entry in entries}
        erased = {orjson.loads(entry.state)["position"] for entry in entries if entry.type == "Withheld"}
        found = [self._lists.log.entry(position) for position in sorted(erased - told, reverse=True)]
        return [entry for entry in found if entry is not None]

    def _recorded_at(self, position: int) -> str:
        entry = self._lists.log.entry(position)
        return entry.recorded_at if entry else ""


def _archives(row: StatementRow) -> int:
    return max(0, row.last_version // PAGE - 1)

"""Organisations: by name, by id, and what they signed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projections import moments, organisations, paging
from projections.answers import Answer
from projections.questions import desk
from projections.questions.signatories import Signatories
from projections.shelf import words_of
from projections.views import lookups
from signatures.errors import NotFound
from signatures.sentences import said

LIKE = 20  # organisations that a name being typed may mean


class Registry(Signatories):
    """Questions about organisations."""

    def organisations(
        self,
        *,
        query: str | None = None,
        limit: str | int | None = None,
        cursor: str | None = None,
        language: str = "en",
        drafts: bool = False,
    ) -> Answer:
        """List organisations by name; without drafts, only those that a published statement's list names."""
        most = moments.whole_number("limit", limit, paging.MOST) if limit else desk.PAGE
        after = organisations.read_cursor(cursor) if cursor else ("", 0)
        with self.replay.reading() as (view, _):
            found = lookups.organisations(view, after, most + 1, words_of(query), drafts=drafts)
            ids = [id_ for *_, id_ in found[:most]]
            known = organisations.registered(view, ids)
            shown = ids if drafts else organisations.named_today(view, ids, self._finder.today)
            today = self._finder.today("UTC")
            answer = Answer(organisations=[known[id_].told(today, language) for id_ in shown if id_ in known])
        answer.next = organisations.cursor(*found[most - 1][:2]) if len(found) > most else None
        return answer

    def called(self, ids: Sequence[str], *, language: str = "en") -> dict[str, list[dict[str, Any]]]:
        """List by id all names that some organisations bore, as `organisation` tells those of one."""
        with self.replay.reading() as (view, _):
            return {id_: one.names(language) for id_, one in organisations.registered(view, ids).items()}

    def organisations_after(self, position: int, limit: int) -> list[str]:
        """List the ids of organisations that a published list names, registered after a position."""
        with self.replay.reading() as (view, _):
            return organisations.named_today(view, lookups.named_after(view, position, limit), self._finder.today)

    def organisations_like(self, text: str) -> Sequence[Mapping[str, Any]]:
        """List the first organisations that a published list names and whose names hold all words of a text."""
        found: Sequence[Mapping[str, Any]] = self.organisations(query=text, limit=LIKE)["organisations"]
        return found

    def organisation(self, id_: str, *, language: str = "en", drafts: bool = False) -> Answer:
        """Tell of an organisation: its names, the registrations that are one body with it, and what it signed."""
        today_in = self._finder.today
        with self.replay.reading() as (view, _):
            found = organisations.registered(view, [id_]).get(id_)
            signed = (
                organisations.signed_by(view, organisations.group_of(view, id_), today_in, drafts=drafts)
                if found
                else []
            )
            if found is None or not (signed or drafts):
                raise NotFound(
                    said("There is no organisation %(organisation)s on a published list.", organisation=repr(id_))
                )
            group = organisations.group_of(view, id_)
        return Answer(
            **found.told(today_in("UTC"), language),
            names=found.names(language),
            same_body=[one for one in group if one != id_],
            signatures=signed,
        )

    def signed_both(self, one: str, other: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List who stands under two statements today, mergers resolved: the entries of both, in the first one's order."""
        entries = [self._standing_by_body(reference, drafts=drafts) for reference in (one, other)]
        return [
            {"organisation_id": body, "entries": [entry, entries[1][body]]}
            for body, entry in entries[0].items()
            if body in entries[1]
        ]

    def _standing_by_body(self, reference: str, *, drafts: bool) -> dict[str, dict[str, Any]]:
        answer = self.whole(reference, drafts=drafts)
        with self.replay.reading() as (view, _):
            mergers = lookups.mergers(view)
        entries = answer["numbered"] + answer["subsequent"]
        return {organisations.body_of(entry["organisation_id"], mergers): entry for entry in entries}

"""Whose leaves anybody may see, decided for the few streams of an answer, whatever the length of the log."""

from __future__ import annotations

import json
from collections.abc import Iterable

from projections.views.generation import Generation
from projections.views.replay import Replay
from signatures.log.fold import chunks
from signatures.log.store import Store

NAMED = (
    "SELECT o.id FROM organisation{g} o WHERE o.id IN (%s) AND ("
    "EXISTS (SELECT 1 FROM signature{g} s JOIN statement{g} t ON t.statement = s.statement"
    " WHERE s.organisation = o.id AND t.published > 0)"
    " OR EXISTS (SELECT 1 FROM fact{g} f JOIN statement{g} t ON t.statement = f.statement"
    " WHERE f.organisation = o.id AND t.published > 0))"
)


class Openness:
    """Tells statements that are published, and organisations that these name, from what is still a secret."""

    def __init__(self, store: Store, replay: Replay) -> None:
        """Ask the heads of a log whether a statement is published, and a view who is named where."""
        self.store, self.replay = store, replay

    def withheld(self, streams: Iterable[str]) -> frozenset[str]:
        """Tell of which of these streams the leaves are withheld now.

        An organisation is registered by its first signature, so one that no published statement names would tell who
        signs a draft. What is not about a statement or an organisation is nobody's secret.
        """
        streams = frozenset(streams)
        open_ = {f"statement/{id_}" for id_ in self._published(_ids(streams, "statement"))}
        open_ |= {f"organisation/{id_}" for id_ in self._named(_ids(streams, "organisation"))}
        return frozenset(one for one in streams - open_ if one.startswith(("statement/", "organisation/")))

    def _published(self, statements: list[str]) -> list[str]:
        found: list[str] = []
        with self.store.reading() as transaction:
            for ids in chunks(statements):
                marks = ", ".join("?" * len(ids))
                rows = transaction.execute(f"SELECT id, state FROM head WHERE id IN ({marks})", ids)
                found += [id_ for id_, state in rows if json.loads(state)["edition"]]
        return found

    def _named(self, organisations: list[str]) -> list[str]:
        if not organisations:
            return []
        with self.replay.reading() as (view, _):
            return _named_in(view, organisations)


def _named_in(view: Generation, organisations: list[str]) -> list[str]:
    return [id_ for (id_,) in view.among(NAMED, organisations)]


def _ids(streams: Iterable[str], kind: str) -> list[str]:
    return [id_ for of, _, id_ in (stream.partition("/") for stream in streams) if of == kind]

"""A statement as known at a position, and its list on a date: the rule, fed from the index, so that no list is too long."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from projections.auditing.index import Index
from projections.signatory_list import (
    Leaf,
    Signature,
    known,
    statement,
)
from signatures.errors import RegisterError

ABOUT_THE_STATEMENT = "type NOT IN ('Signed', 'Withdrawn', 'Voided', 'Corrected')"


class NoSuchList(RegisterError):
    """A list that nobody can tell from this bundle."""

    code, title, exit_status = "no-such-list", "This list cannot be told", 2


class Book:
    """One statement, knowing the log up to a position."""

    def __init__(self, index: Index, stream: bytes, position: int) -> None:
        """Fold what is known of the statement itself."""
        self.index, self.stream, self.position = index, stream, position
        places = index.ask(
            f"SELECT place FROM entry WHERE stream = ? AND position <= ? AND {ABOUT_THE_STATEMENT} ORDER BY position",
            (stream, position),
        )
        leaves = [index.leaf(place) for (place,) in list(places)]
        self.annulled = {leaf["data"]["position"] for leaf in leaves if leaf["type"] == "Annulled"}
        self.folded = statement(known(leaves))

    def last(self) -> Leaf:
        """Read the last entry among those known."""
        row = self.index.one(
            "SELECT position, place FROM entry WHERE stream = ? AND position <= ? ORDER BY position DESC LIMIT 1",
            (self.stream, self.position),
        )
        assert row is not None  # noqa: S101 - its Drafted at least
        return self.index.leaf(row[1])

    def later(self, id_: str) -> list[Leaf]:
        """Read what was said about a signature and is known."""
        rows = self.index.ask(
            "SELECT position, place FROM act WHERE stream = ? AND signature = ? AND position <= ? ORDER BY position",
            (self.stream, id_, self.position),
        )
        return [self.index.leaf(place) for position, place in list(rows) if position not in self.annulled]

    def settle(self, question: int) -> None:
        """Fold the dates of the signatures about which anything was said."""
        self.index.write("INSERT INTO term VALUES (?, ?, ?, ?, ?)", self._terms(question))

    def _terms(self, question: int) -> Iterator[tuple[object, ...]]:
        acts = self.index.ask(
            "SELECT s.position, s.signed_on, a.position, a.place FROM act a JOIN signature s ON s.id = a.signature"
            " WHERE a.stream = ? AND a.position <= ? ORDER BY a.signature, a.position",
            (self.stream, self.position),
        )
        for (position, signed_on), rows in groupby(acts, key=lambda row: (row[0], row[1])):
            later = [self.index.leaf(place) for *_, at, place in rows if at not in self.annulled]
            if later:
                term = Signature({"data": {"signed_on": signed_on}}, later).term()
                yield question, position, term.signed_on, term.withdrawn_on, int(term.voided)

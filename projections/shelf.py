"""The shelf of statements: what each is found by, and which of them a reader asks for. No database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from projections.signatory_list import Statement
from projections.told import texts_of
from projections.views.names import folded

STATES = ("open", "closed", "retracted")
WORDS = 10  # of a query; more are not looked at


class Shelved(NamedTuple):
    """What a statement is found by; `key` is its place on the shelf, `words` holds all its names, folded."""

    key: int
    words: str
    state: str
    year: str
    languages: tuple[str, ...]


class Wanted(NamedTuple):
    """What a reader asks for; what is empty asks for nothing."""

    words: tuple[str, ...] = ()
    state: str | None = None
    year: str | None = None
    language: str | None = None

    def takes(self, one: Shelved) -> bool:
        """Tell whether a statement is one of those."""
        return (
            self.state in (None, one.state)
            and self.year in (None, one.year)
            and (self.language is None or self.language in one.languages)
            and all(word in one.words for word in self.words)
        )


def shelved(key: int, statement: Statement, today: str) -> Shelved:
    """Tell what a statement is found by today; one without a date of its own belongs to the year of its first edition."""
    texts, fields = texts_of(statement), statement.fields
    named = [fields[name] for name in ("reference", "printed_number", "kind", "issuer")] + [
        one["title"] for one in texts
    ]
    first = fields["issued_on"] or next((leaf["data"]["as_of"] for leaf in statement.editions), "")
    languages = tuple(one["language"] for one in texts)
    return Shelved(key, folded(" ".join(filter(None, named))), statement.status(today), first[:4], languages)


def choices(shelf: Iterable[Shelved]) -> dict[str, Sequence[str]]:
    """List by what the statements of a shelf can be told apart: their states, years (newest first) and languages."""
    all_of = list(shelf)
    there = {one.state for one in all_of}
    return {
        "state": [state for state in STATES if state in there],
        "year": sorted({one.year for one in all_of if one.year}, reverse=True),
        "language": sorted({code for one in all_of for code in one.languages if code != "und"}),
    }


def words_of(query: str | None) -> tuple[str, ...]:
    """Fold a query into the words that a name is to hold."""
    clean = (query or "").replace("\0", "").encode(errors="ignore").decode()
    return tuple(folded(clean).split()[:WORDS])

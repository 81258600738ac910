"""What the projector needs to know while it goes through a run of entries, and the rows that it makes of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from projections.signatory_list import Leaf, Signature
from signatures.log.eventlog import Entry

Row = tuple[Any, ...]


class EditionKey(NamedTuple):
    """One order of one edition: the position of its Published, and a language ("" as received)."""

    published: int
    language: str
    as_of: str


@dataclass(slots=True)
class StatementTrack:
    """What the projector needs to know of a statement; `key` is the position of its Drafted."""

    key: int
    editions: list[EditionKey] = field(default_factory=list)
    last: Entry | None = None
    began: list[str] = field(default_factory=list)  # the dates of those who signed in this run


@dataclass(slots=True)
class SignatureTrack:
    """What the projector needs to know of a signature that an entry speaks of."""

    key: int
    statement: int
    signature: Signature
    later: list[Leaf]
    changed: bool = False
    placed: dict[tuple[int, str], int] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What the view holds of all that a run of entries speaks of; the projector keeps it up to date."""

    statements: dict[str, StatementTrack] = field(default_factory=dict)
    signatures: dict[str, SignatureTrack] = field(default_factory=dict)
    fresh: dict[str, Entry] = field(default_factory=dict)
    facts: dict[int, SignatureTrack] = field(default_factory=dict)
    acts: dict[int, str] = field(default_factory=dict)


Tally = dict[tuple[int, int, str, str], list[int]]


def _zeros() -> list[int]:
    """Begin to count a day: began, ended, printed again, corrected."""
    return [0, 0, 0, 0]


@dataclass(slots=True)
class Rows:
    """Rows to insert by table, then changes to rows, each list in log order."""

    statement: list[Row] = field(default_factory=list)
    act: list[Row] = field(default_factory=list)
    signature: list[Row] = field(default_factory=list)
    name: list[Row] = field(default_factory=list)
    fact: list[Row] = field(default_factory=list)
    span: list[Row] = field(default_factory=list)
    late: list[Row] = field(default_factory=list)
    edition: list[Row] = field(default_factory=list)
    place: list[Row] = field(default_factory=list)
    section: list[Row] = field(default_factory=list)
    organisation: list[Row] = field(default_factory=list)
    organisation_act: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    closed_late: list[Row] = field(default_factory=list)
    annulled_fact: list[Row] = field(default_factory=list)
    annulled_act: list[Row] = field(default_factory=list)
    annulled_organisation_act: list[Row] = field(default_factory=list)
    published: list[Row] = field(default_factory=list)
    erasure: list[Row] = field(default_factory=list)
    erased_signature: list[Row] = field(default_factory=list)
    erased_name: list[Row] = field(default_factory=list)
    erased_fact: list[Row] = field(default_factory=list)
    erased_act: list[Row] = field(default_factory=list)
    erased_organisation: list[Row] = field(default_factory=list)
    erased_organisation_act: list[Row] = field(default_factory=list)
    tally: Tally = field(default_factory=lambda: defaultdict(_zeros))

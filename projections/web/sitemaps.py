"""The map of the site for those who index it: every public page once, in parts that never grow beyond the limit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import url_for

from projections.lists import Lists
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.projector import OPEN
from signatures.errors import NotFound
from signatures.sentences import said

PART = 10_000  # organisations of a part; the protocol allows 50,000 addresses
STATEMENTS = 500  # statements of a part, each with its history and all its editions


class Address(NamedTuple):
    """A page, and when what it shows changed last, where that is known."""

    path: str
    changed: str | None = None


class Sitemaps:
    """The parts of the map; each begins after a position of the log, so that it stays what it was when others come."""

    def __init__(self, lists: Lists) -> None:
        """Look where the lists are looked up."""
        self._lists = lists

    def parts(self) -> list[Address]:
        """List the parts."""
        with self._lists.replay.reading() as (view, _):
            starts = {kind: lookups.starts(view, kind, size) for kind, size in SIZES.items()}
        return [
            Address(url_for("site.part", kind=kind, after=start - 1)) for kind in SIZES for start in starts[kind] or [1]
        ]

    def part(self, kind: str, after: int) -> list[Address]:
        """List the pages of one part."""
        if kind not in SIZES or after >= OPEN:
            raise NotFound(
                said(
                    "There is no such part of the map: %(kind)s. /sitemap.xml lists those that there are.",
                    kind=repr(kind),
                )
            )
        if kind == "organisations":
            return [
                Address(url_for("site.organisation", id_=id_)) for id_ in self._lists.organisations_after(after, PART)
            ]
        with self._lists.replay.reading() as (view, _):
            return list(_statements(view, after))


SIZES = {"statements": STATEMENTS, "organisations": PART}


def _statements(view: Generation, after: int) -> Iterator[Address]:
    if after == 0:
        yield from (Address(url_for(name)) for name in ("pages.front", "site.organisations", "checking.check"))
    editions = lookups.editions_after(view, after, STATEMENTS)
    for reference, changed, numbers in editions:
        yield Address(url_for("pages.statement", reference=reference), changed)
        yield Address(url_for("pages.history", reference=reference), changed)
        yield from (Address(url_for("pages.edition", reference=reference, number=number)) for number in numbers)

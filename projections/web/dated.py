"""Replies that name a date: one serves for every date until the next day on which the list changes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable
from typing import NamedTuple

from projections import moments
from projections.answers import Kept
from projections.web.replies import rendered
from signatures.errors import InvalidTime

DAYS = "register.days"  # in the environment of a request: the days on which the list that was answered changes
AS_OF = re.compile(r"(?:\A|(?<=&))as_of=([0-9-]{10})(?=&|\Z)")
OVERHEAD = 1024  # bytes of what is kept beside a body
Days = tuple[str, ...]


class Asked(NamedTuple):
    """A query that asks about a date: what else it asks, and the date."""

    others: str
    day: str


class Reply(NamedTuple):
    """A whole reply, and the tag that names its bytes."""

    headers: list[tuple[str, str]]
    body: bytes
    tag: str


class Still(NamedTuple):
    """A reply whose date is left open: where in its body that stands, and the position that its tag names."""

    reply: Reply
    at: int
    position: int

    def on(self, day: str) -> Reply:
        """Give the reply of another date in the same stretch of days."""
        body = self.reply.body
        content = rendered(b"".join((body[: self.at], day.encode(), body[self.at + len(day) :])), self.position)
        tag = f'"{content.tag}"'
        return Reply([(name, tag if name == "ETag" else value) for name, value in self.reply.headers], *content)


class Stretches:
    """What is kept of lists by the stretches of days in which they stay the same."""

    def __init__(self, kept: Kept) -> None:
        """Keep beside other things."""
        self._kept = kept

    def find(self, place: Hashable, day: str) -> Reply | None:
        """Answer about a date what was answered about another one of the same stretch."""
        days: Days | None = self._kept.look((DAYS, place))
        still: Still | None = None if days is None else self._kept.look((place, bisect_right(days, day)))
        return None if still is None else still.on(day)

    def keep(self, place: Hashable, day: str, reply: Reply, days: Days) -> None:
        """Keep the reply of a date for its stretch; with a day of change the next one begins."""
        still = _opened(reply, day)
        if still is not None:
            self._kept.get((DAYS, place), lambda: days, lambda _: OVERHEAD + 64 * len(days))
            self._kept.get((place, bisect_right(days, day)), lambda: still, lambda _: OVERHEAD + len(reply.body))


def read(query: str) -> Asked | None:
    """Find the date that a query asks about, if it is written as a date and one of the calendar."""
    found = AS_OF.search(query)
    if found is None:
        return None
    try:
        day = moments.day("as_of", found[1], "UTC")
    except InvalidTime:
        return None
    return Asked(f"{query[: found.start()]}as_of{query[found.end() :]}", day)


def _opened(reply: Reply, day: str) -> Still | None:
    """Leave the date of a reply open, where it and the position are found; its tag is what `rendered` makes of the two."""
    mark, position = f'"as_of":"{day}"', reply.tag.partition("-")[0]
    at = reply.body.find(mark.encode())
    return Still(reply, at + mark.index(day), int(position)) if at >= 0 and position.isdecimal() else None

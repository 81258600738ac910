"""A whole list of any length, answered in bounded memory: what is short at once, the long parts as iterators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from projections.finding import Moment
from projections.paging import Pager
from projections.signatory_list import Entry, Root, compose, split


class Published(NamedTuple):
    """A published statement as known at a position.

    Its editions are told by number, date and position; where it is stopped, what came after `position` cannot be told.
    """

    reference: str
    editions: tuple[tuple[int, str, int], ...]
    position: int
    time_zone: str
    stopped: bool


def published(moment: Moment) -> Published:
    """Tell of a published statement which lists it has."""
    folded = moment.folded
    editions = tuple((leaf["data"]["edition"], leaf["data"]["as_of"], leaf["position"]) for leaf in folded.editions)
    return Published(folded.reference, editions, moment.position, folded.time_zone, moment.row.stopped is not None)


def answer(moment: Moment, pager: Pager, counts: dict[str, int], root: Root) -> Mapping[str, Any]:
    """Compose the answer at an exact moment; its long parts are taken in turn, while the moment's transaction is open."""
    short = compose(
        moment.folded,
        as_of=moment.as_of,
        last=moment.last,
        final=True,
        show="standing",
        counts=counts,
        sections=[dict(section) for section in pager.headings],
        numbered=(),
        subsequent=(),
        root=root,
    )
    long: dict[str, Iterator[Entry]] = {
        "numbered": _parted(pager, 0),
        "subsequent": pager.entries("subsequent"),
        "gaps": _parted(pager, 1) if counts["places"] > counts["numbered"] else iter(()),
    }
    return {**short, **long}


def _parted(pager: Pager, part: int) -> Iterator[Entry]:
    """Read every place, and give those that stand, or the gaps; reading twice costs less than keeping either."""
    for entry in pager.entries("numbered"):
        yield from split((entry,), "standing")[part]

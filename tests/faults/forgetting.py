"""The ways in which a disk forgets what it was not made to keep."""

from __future__ import annotations

import random
from collections.abc import Iterable

from tests.faults.disk import Change, Manner

SECTOR = 512


def _nothing(_draw: random.Random, _changes: list[Change]) -> list[Change]:
    return []


def _everything(_draw: random.Random, changes: list[Change]) -> list[Change]:
    return changes


def _beginning(draw: random.Random, changes: list[Change]) -> list[Change]:
    return changes[: draw.randint(0, len(changes))]


def _some(draw: random.Random, changes: list[Change]) -> list[Change]:
    kept = draw.random()
    return [change for change in changes if draw.random() < kept]


def _torn(draw: random.Random, changes: list[Change]) -> Iterable[Change]:
    """Keep some sectors of each write."""
    kept = draw.random()
    for change in changes:
        for part in _sectors(change):
            if draw.random() < kept:
                yield part


def _garbled(draw: random.Random, changes: list[Change]) -> Iterable[Change]:
    """Leave in some sectors what nobody wrote; only bytes that were being written suffer."""
    for change in changes:
        for part in _sectors(change):
            lot = draw.random()
            if lot < 0.4:
                yield part
            elif lot < 0.8 and part.data is not None:
                yield part._replace(data=draw.randbytes(len(part.data)))


def _sectors(change: Change) -> Iterable[Change]:
    if change.data is None:
        yield change
        return
    start = 0
    while start < len(change.data):
        end = min(len(change.data), start + SECTOR - (change.offset + start) % SECTOR)
        yield Change(change.ended, change.offset + start, change.data[start:end])
        start = end


NOTHING = Manner("nothing", lambda _draw, _many: 0, _nothing)
EVERYTHING = Manner("everything", lambda _draw, many: many, _everything)
MANNERS = (
    NOTHING,
    EVERYTHING,
    Manner("names only", lambda _draw, many: many, _nothing),
    Manner("beginning", lambda draw, many: draw.randint(0, many), _beginning),
    Manner("some", lambda draw, many: draw.randint(0, many), _some),
    Manner("torn", lambda draw, many: draw.randint(0, many), _torn),
    Manner("garbled", lambda draw, many: draw.randint(0, many), _garbled),
)

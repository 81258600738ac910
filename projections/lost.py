"""What was lost: positions and moments of which nobody can tell any more what was known then."""

from __future__ import annotations

from projections.log import Log
from signatures.errors import PositionLost
from signatures.log.eventlog import LOSS, Entry
from signatures.sentences import Sentence, said

POSITION = said(
    "Position %(lost)s is lost: the register was restored from a copy that ended before it, and positions %(first)s to"
    " %(last)s are never used again. %(advice)s"
)
MOMENT = said(
    "What was known at %(lost)s is lost: the register was restored from a copy that ended before it, and positions"
    " %(first)s to %(last)s are never used again. %(advice)s"
)


def check_position(log: Log, position: int) -> int:
    """Return a position of the log, or refuse one whose entry was lost."""
    entry = log.entry(position)
    if entry is not None and entry.stream.startswith(LOSS):
        raise _lost(entry, POSITION, position)
    return position


def check_moment(log: Log, position: int, stamp: str) -> int:
    """Return the last position recorded at a moment, or refuse a moment at which entries may have been known that were lost."""
    following = log.entry(position + 1)
    if following is None or not following.stream.startswith(LOSS):
        return position
    last = log.entry(position)
    if last is None or last.recorded_at < stamp:
        raise _lost(following, MOMENT, stamp)
    return position


def _lost(entry: Entry, what: Sentence, lost: int | str) -> PositionLost:
    """Say which positions one loss took; its leaves follow each other, and each names the last."""
    first, last = entry.position - entry.version + 1, int(entry.data()["size"])
    advice = said("Ask for a position after %(last)s.", last=last)
    if first > 1:
        advice = said("Ask for position %(before)s or a position after %(last)s.", before=first - 1, last=last)
    return PositionLost(what.of(lost=lost, first=first, last=last, advice=advice), first_lost=first, last_lost=last)

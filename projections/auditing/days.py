"""Which day it was for a statement when something was recorded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfoNotFoundError

from signatures.clock import civil_date

FARTHEST = timedelta(hours=14)  # no place on earth is farther ahead
MINUTE = len("2021-06-12T08:00")


def today(zone: str, stamp: str) -> str:
    """Tell the civil date of a stamp in a zone; where this machine does not know the zone, the latest there can have been."""
    return _day(zone, stamp[:MINUTE])


@lru_cache(10_000)
def _day(zone: str, minute: str) -> str:
    instant = datetime.fromisoformat(f"{minute}:00+00:00")
    try:
        return (civil_date(instant, zone) if known(zone) else (instant + FARTHEST).date()).isoformat()
    except OverflowError:  # there is no day before the first year, nor after the last
        return instant.date().isoformat()


@lru_cache(1_000)
def known(zone: str) -> bool:
    """Tell whether this machine knows a time zone."""
    try:
        civil_date(datetime.fromtimestamp(0, UTC), zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def ahead(day: str, days: int) -> str:
    """Tell the date so many days after a day, or the last that there is."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        return date.max.isoformat()

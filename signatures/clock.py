"""The one clock: aware instants in UTC, injectable, and their only written form."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Tell the present instant in UTC."""
    return datetime.now(UTC)


def stamp(instant: datetime) -> str:
    """Write an instant as the log does: RFC 3339 in UTC with six digits, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def civil_date(instant: datetime, time_zone: str) -> date:
    """Tell the calendar day of an instant in an IANA time zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()

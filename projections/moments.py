"""Which moment a question asks about: dates and instants as they stand in a query, read or refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from signatures.clock import Clock, civil_date, stamp
from signatures.errors import BadQuery, InvalidTime, KnownAtInFuture, PositionOutOfRange
from signatures.sentences import said

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])\Z"
)
WHOLE_NUMBER = re.compile(r"[0-9]{1,15}\Z")


def instant(name: str, text: str) -> datetime:
    """Read an RFC 3339 date-time with its offset; refuse any other."""
    try:
        if not INSTANT.match(text):
            raise ValueError(text)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidTime(
            said(
                "%(name)s: %(value)s is not a moment. Write date, time and offset, for example 2021-06-07T12:00:00+02:00.",
                name=name,
                value=repr(text),
            ),
            field=name,
        ) from None


def day(name: str, text: str, time_zone: str) -> str:
    """Read a date, or an instant as the civil date in the statement's zone."""
    if not DATE.match(text):
        if "T" not in text.upper():
            raise InvalidTime(
                said(
                    "%(name)s: %(value)s is not a date. Write year-month-day, for example 2021-06-07.",
                    name=name,
                    value=repr(text),
                ),
                field=name,
            )
        moment = instant(name, text)
        try:
            return civil_date(moment, time_zone).isoformat()
        except OverflowError:
            raise InvalidTime(
                said("%(name)s: %(value)s lies outside the calendar.", name=name, value=repr(text)), field=name
            ) from None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidTime(
            said("%(name)s: %(value)s is not a day of the calendar.", name=name, value=repr(text)), field=name
        ) from None


def end_of(on: str, time_zone: str) -> datetime:
    """Tell the last instant of a civil date in a zone."""
    following = date.fromisoformat(on) + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(time_zone))
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def known_at(text: str, clock: Clock) -> tuple[datetime, str]:
    """Read known_at, which is not to come; tell it and its stamp."""
    moment = instant("known_at", text)
    if moment > clock():
        raise KnownAtInFuture(
            said(
                "known_at %(value)s lies in the future. Nobody can say what will be known; ask about a moment that has been.",
                value=repr(text),
            ),
            field="known_at",
        )
    return moment, stamp(moment)


def position(text: str | int, newest: int) -> int:
    """Read a position of the log that there is."""
    if isinstance(text, str) and not WHOLE_NUMBER.match(text):
        raise PositionOutOfRange(
            said("position: %(value)s is not a whole number from 1 to %(newest)s.", value=repr(text), newest=newest),
            field="position",
        )
    number = int(text)
    if not 1 <= number <= newest:
        raise PositionOutOfRange(
            said(
                "There is no position %(position)s. The log goes from 1 to %(newest)s.", position=number, newest=newest
            ),
            field="position",
        )
    return number


def whole_number(name: str, value: str | int, most: int | None = None) -> int:
    """Read a whole number from 1 on; one that is over `most` counts as `most`."""
    if isinstance(value, str) and not WHOLE_NUMBER.match(value):
        raise BadQuery(said("%(name)s: %(value)s is not a whole number.", name=name, value=repr(value)), field=name)
    number = int(value)
    if number < 1:
        raise BadQuery(said("%(name)s: %(number)s is too small. It starts at 1.", name=name, number=number), field=name)
    return number if most is None else min(number, most)


def one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    """Read one of a few words."""
    if value not in allowed:
        raise BadQuery(
            said(
                "%(name)s: %(value)s is none of %(allowed)s.", name=name, value=repr(value), allowed=", ".join(allowed)
            ),
            field=name,
        )
    return value

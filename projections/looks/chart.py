"""A list through time: what happened day by day, and the axis on which days and dates are shown.

An axis counts in per cent of the width. On a page written from right to left, time runs from right to left.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton

Day = Mapping[str, Any]
"""A day of `told.days_of`: `on`, how many `signed`, `withdrew`, were `corrected`, and how many stood after it, `standing`."""

_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)
_TEN_WEEKS, _YEAR = 70, 12
_LETTERS = 10.0  # a label's room, of which there are as many as `room` says, holds so many letters


def standing_on(days: Sequence[Day], on: str) -> int:
    """Count how many stood on a date, from the days on which something happened."""
    found = bisect.bisect_right([day["on"] for day in days], on)
    return int(days[found - 1]["standing"]) if found else 0


@dataclass(frozen=True, slots=True)
class Axis:
    """Dates across: even from `first` to `last`, then, cut short, the quiet tail to `today`."""

    first: int
    last: int
    today: int
    tail: float = 0.0
    mirrored: bool = False

    def at(self, on: str | int) -> float:
        """Say where a date stands, in per cent."""
        day = on if isinstance(on, int) else date.fromisoformat(on).toordinal()
        body = 100.0 - self.tail
        if day <= self.last:
            across = (max(day, self.first) - self.first) / (self.last - self.first) * body
        else:
            across = body + (min(day, self.today) - self.last) / max(1, self.today - self.last) * self.tail
        return self.turned(across)

    def turned(self, across: float) -> float:
        """Count from the edge where reading begins."""
        return round(100.0 - across if self.mirrored else across, 2)


def axis(dates: Iterable[str], *, today: str, mirrored: bool = False, tail: float = 8.0) -> Axis:
    """Lay an axis that begins just before the first date and ends soon after the last, or today if that is near."""
    ordinals = sorted(date.fromisoformat(on).toordinal() for on in dates)
    now = date.fromisoformat(today).toordinal()
    span = max(ordinals[-1] - ordinals[0], 6)
    # A list of one day is shown with the week after it, so that its step stands near the beginning.
    first, last = ordinals[0] - max(1, span // 24), max(ordinals[-1] + max(2, span // 8), ordinals[0] + 7)
    if now <= last + span // 4:
        end = max(now, ordinals[-1] + 1)
        return Axis(first, end, end, 0.0, mirrored)
    return Axis(first, last, now, tail, mirrored)


def _begins(scale: Axis, room: int) -> tuple[list[date], str]:
    """Choose at most `room` dates that begin a day, a month or a year, and say which of these."""
    first, last = date.fromordinal(scale.first), date.fromordinal(scale.last)
    span = scale.last - scale.first
    for step in _DAY_STEPS:
        if span / step <= room and span <= _TEN_WEEKS:  # beyond, months tell more than days
            return [first + timedelta(days=n) for n in range(1, span, step)], "day"
    for step in _MONTH_STEPS:
        if span / (30.4 * step) <= room:
            months = range(first.year * _YEAR + first.month, last.year * _YEAR + last.month)
            begins = [date(n // _YEAR, n % _YEAR + 1, 1) for n in months if n % step == 0]
            return begins, "year" if step >= _YEAR else "month"
    return [], "year"


def _tick_words(on: date, unit: str, locale: str, *, with_year: bool) -> str:
    match unit:
        case "day" if with_year:
            return format_date(on, "medium", locale)
        case "day":
            return format_skeleton("MMMd", on, locale=locale)
        case "month":
            return format_skeleton("yMMM" if with_year else "MMM", on, locale=locale)
        case _:
            return format_skeleton("y", on, locale=locale)


def ticks(scale: Axis, *, room: int, locale: str) -> list[dict[str, Any]]:
    """Give the labels of an axis that has room for so many; the first one, and each new year, names the year."""
    begins, unit = _begins(scale, room)
    letter, free = _LETTERS / room, -100.0
    told, result = 0, []
    for on in begins:
        place = scale.at(on.toordinal())
        across = scale.turned(place)
        if across > 100.0 - scale.tail - 50.0 / room:  # its label would run into "today"
            continue
        words = _tick_words(on, unit, locale, with_year=told != on.year)
        anchor = "start" if across < 40.0 / room else "middle"
        begin = across - (0.0 if anchor == "start" else len(words) / 2 * letter)
        if begin < free:  # it would run into the one before
            continue
        told, free = on.year, begin + (len(words) + 1) * letter
        result.append({"x": place, "words": words, "anchor": anchor})
    return result

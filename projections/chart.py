"""Charts of a list through time: where each line, mark and label stands, in numbers that a template draws.

Everything across is in per cent of the width and everything down in pixels, so that a drawing stretches with its page
while its type stays at its size. A page of a language written from right to left has its time run from right to left.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton

Day = Mapping[str, Any]
"""What happened on one date: `on`, `signed`, `withdrew`, `corrected`, and `standing` after it."""

_DAY_STEPS = (1, 2, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200)


def standing_on(days: Sequence[Day], on: str) -> int:
    """Count how many stood on a date, from the days on which the number changed."""
    found = bisect.bisect_right([day["on"] for day in days], on)
    return int(days[found - 1]["standing"]) if found else 0


def tally(spans: Iterable[tuple[str, str | None]], corrected: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Turn spans of standing, closed-open, and dates of corrections into days in order."""
    days: dict[str, dict[str, Any]] = {}

    def day(on: str) -> dict[str, Any]:
        return days.setdefault(on, {"on": on, "signed": 0, "withdrew": 0, "corrected": 0, "standing": 0})

    for signed_on, ended_on in spans:
        if ended_on is not None and ended_on <= signed_on:
            continue  # it never stood
        day(signed_on)["signed"] += 1
        if ended_on is not None:
            day(ended_on)["withdrew"] += 1
    for on in corrected:
        day(on)["corrected"] += 1
    standing = 0
    for on in sorted(days):
        standing += days[on]["signed"] - days[on]["withdrew"]
        days[on]["standing"] = standing
    return [days[on] for on in sorted(days)]


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
        return round(100.0 - across if self.mirrored else across, 2)

    @property
    def end(self) -> float:
        """Where the even part ends."""
        return self.at(self.last)


def axis(dates: Iterable[str], *, today: str, mirrored: bool = False, tail: float = 8.0) -> Axis:
    """Lay an axis that begins just before the first date and ends soon after the last, or today if that is near."""
    ordinals = sorted(date.fromisoformat(on).toordinal() for on in dates)
    now = date.fromisoformat(today).toordinal()
    span = max(ordinals[-1] - ordinals[0], 6)
    first, last = ordinals[0] - max(1, span // 24), ordinals[-1] + max(2, span // 8)
    if now <= last + span // 4:
        return Axis(first, max(now, ordinals[-1] + 1), max(now, ordinals[-1] + 1), 0.0, mirrored)
    return Axis(first, last, now, tail, mirrored)


def _starts(scale: Axis, room: int) -> tuple[list[date], str]:
    """Choose at most `room` dates that begin a day, week, month or year, and say which."""
    first, last = date.fromordinal(scale.first), date.fromordinal(scale.last)
    span = scale.last - scale.first
    for step in _DAY_STEPS:
        if span / step <= room and span < 75:  # noqa: PLR2004 - beyond ten weeks months tell more than days
            begin = first + timedelta(days=1)
            return [begin + timedelta(days=n) for n in range(0, span, step)], "day"
    for step in _MONTH_STEPS:
        if span / (30.4 * step) <= room:
            months = range(first.year * 12 + first.month, last.year * 12 + last.month)
            begins = [date(n // 12, n % 12 + 1, 1) for n in months if n // 12 > 0 and n % step == 0]
            return begins, "year" if step >= 12 else "month"  # noqa: PLR2004 - twelve months
    return [], "year"


def _tick_words(on: date, unit: str, *, with_year: bool, locale: str) -> str:
    skeleton = {"day": "yMMMd" if with_year else "MMMd", "month": "yMMM" if with_year else "MMM", "year": "y"}[unit]
    return format_date(on, "medium", locale) if skeleton == "yMMMd" else format_skeleton(skeleton, on, locale=locale)


def ticks(scale: Axis, *, room: int, locale: str) -> list[dict[str, Any]]:
    """Give the ticks of an axis with room for so many labels; the first one, and each new year, names the year."""
    begins, unit = _starts(scale, room)
    told, result = 0, []
    for on in begins:
        across = scale.at(on.toordinal())
        away = across if not scale.mirrored else 100.0 - across
        if away > 100.0 - scale.tail - 45.0 / room or away < 25.0 / room:  # a label here would be cut or meet "today"
            continue
        words = _tick_words(on, unit, with_year=told != on.year, locale=locale)
        told = on.year
        result.append({"x": across, "words": words})
    return result


def _steps(days: Sequence[Day], scale: Axis, *, top: float, base: float, most: int) -> list[tuple[float, float]]:
    """Give the corners of the step line; of days that share a thousandth of the width, only the last is drawn."""
    height = (base - top) / max(1, most)
    corners = [(scale.at(scale.first), base)]
    columns = {scale.at(day["on"]): base - day["standing"] * height for day in days}
    for across, down in columns.items():
        corners += [(across, corners[-1][1]), (across, down)]
    corners.append((scale.end, corners[-1][1]))
    return [(across, round(down, 1)) for across, down in corners]


def _points(corners: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{across:g},{down:g}" for across, down in corners)


def _area(corners: Sequence[tuple[float, float]], base: float) -> str:
    return _points([*corners, (corners[-1][0], base), (corners[0][0], base)])


def _apart(places: Iterable[float], least: float) -> list[float]:
    """Leave out marks that would cover the one before."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] >= least:
            kept.append(place)
    return kept


def band(
    days: Sequence[Day], editions: Sequence[Mapping[str, Any]], *, as_of: str, today: str, locale: str, mirrored: bool
) -> dict[str, Any] | None:
    """Draw the rail above the date field: how many stood, the editions, withdrawals, and where the reader is."""
    if not days:
        return None
    scale = axis([*(d["on"] for d in days), *(e["as_of"] for e in editions)], today=today, mirrored=mirrored)
    top, base, height = 8.0, 68.0, 92
    most = max(day["standing"] for day in days)
    corners = _steps(days, scale, top=top, base=base, most=most)
    level = round(base - standing_on(days, as_of) * (base - top) / max(1, most), 1)
    return {
        "height": height,
        "top": top,
        "base": base,
        "line": _points(corners),
        "area": _area(corners, base),
        "tail": {"from": scale.end, "to": scale.at(scale.today), "y": corners[-1][1]} if scale.tail else None,
        "editions": sorted({scale.at(edition["as_of"]) for edition in editions}),
        "withdrew": _apart((scale.at(day["on"]) for day in days if day["withdrew"]), 1.2),
        "here": {"x": scale.at(as_of), "y": level, "today": as_of == today},
        "today": {"x": scale.at(scale.today), "anchor": "start" if mirrored else "end"},
        "wide": ticks(scale, room=10, locale=locale),
        "narrow": ticks(scale, room=3, locale=locale),
    }


def spark(days: Sequence[Day], *, mirrored: bool = False) -> dict[str, Any] | None:
    """Draw the small line of a statement in a list: how its number grew or fell."""
    if not days:
        return None
    scale = axis((day["on"] for day in days), today=days[-1]["on"], mirrored=mirrored)
    return {"line": _points(_steps(days, scale, top=3.0, base=27.0, most=max(d["standing"] for d in days)))}


def _bins(days: Sequence[Day], scale: Axis) -> tuple[str, list[tuple[float, int]]]:
    """Sum signatures by day, week or month, whichever gives bars that can be told apart."""
    span = scale.last - scale.first
    unit = "day" if span <= 150 else "week" if span <= 1000 else "month"  # noqa: PLR2004 - about as many bars as fit
    sums: dict[int, int] = {}
    for day in days:
        on = date.fromisoformat(day["on"])
        begin = {"day": on, "week": on - timedelta(days=on.weekday()), "month": on.replace(day=1)}[unit].toordinal()
        sums[begin] = sums.get(begin, 0) + day["signed"]
    width = {"day": 1, "week": 7, "month": 30}[unit]
    return unit, [(scale.at(max(begin, scale.first) + width // 2), n) for begin, n in sums.items() if n]


def _levels(most: int) -> list[int]:
    """Choose at most four round numbers for the lines across."""
    step = next(s * 10**n for n in range(9) for s in (1, 2, 5) if most / (s * 10**n) <= 4)  # noqa: PLR2004 - see above
    return list(range(0, most + 1, step))


def history(
    days: Sequence[Day], editions: Sequence[Mapping[str, Any]], *, today: str, locale: str, mirrored: bool
) -> dict[str, Any] | None:
    """Draw the history: above, who stood; below on the same axis, what happened."""
    if not days:
        return None
    scale = axis([*(d["on"] for d in days), *(e["as_of"] for e in editions)], today=today, mirrored=mirrored, tail=12.0)
    top, base, bars_top, floor = 40.0, 220.0, 236.0, 276.0
    most = max(1, *(day["standing"] for day in days))
    corners = _steps(days, scale, top=top, base=base, most=most)
    unit, sums = _bins(days, scale)
    tallest = max((n for _, n in sums), default=1)
    return {
        "height": 326,
        "base": base,
        "floor": floor,
        "line": _points(corners),
        "area": _area(corners, base),
        "tail": {"from": scale.end, "to": scale.at(scale.today), "y": corners[-1][1]} if scale.tail else None,
        "levels": [{"y": round(base - n * (base - top) / most, 1), "n": n} for n in _levels(most)],
        "unit": unit,
        "bars": [
            {"x": x, "y": round(floor - n / tallest * (floor - bars_top), 1), "height": round(n / tallest * 40.0, 1)}
            for x, n in sums
        ],
        "editions": _flags(editions, scale),
        "withdrew": _apart((scale.at(day["on"]) for day in days if day["withdrew"]), 1.2),
        "corrected": _apart((scale.at(day["on"]) for day in days if day["corrected"]), 1.2),
        "standing": {"n": days[-1]["standing"], "x": scale.at(scale.today), "y": corners[-1][1]},
        "side": {"edge": scale.at(scale.first), "start": "end" if mirrored else "start", "end": "start" if mirrored else "end"},
        "mirrored": mirrored,
        "wide": ticks(scale, room=9, locale=locale),
        "narrow": ticks(scale, room=3, locale=locale),
        "from": days[0]["on"],
        "to": days[-1]["on"],
    }


def _flags(editions: Sequence[Mapping[str, Any]], scale: Axis) -> list[dict[str, Any]]:
    """Place the editions; one whose words would run into the next keeps only its line."""
    flags = [{"x": scale.at(e["as_of"]), "number": e["number"], "as_of": e["as_of"]} for e in editions]
    flags.sort(key=lambda flag: -flag["x"] if scale.mirrored else flag["x"])
    for flag, following in zip(flags, [*flags[1:], None], strict=True):
        flag["told"] = following is None or abs(following["x"] - flag["x"]) > 18.0  # noqa: PLR2004 - "Edition 12, 7 Jun"
        flag["late"] = abs(flag["x"] - scale.at(scale.first)) > 70.0  # noqa: PLR2004 - words go before the line
    return flags

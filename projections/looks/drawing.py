"""Drawings of a list through time: where each line, mark and label stands, in numbers that a template puts into SVG.

Everything across is in per cent of the width and everything down in pixels, so that a drawing stretches with its page
while its type stays at its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from projections.looks import chart
from projections.looks.chart import Axis, Day

_WIDE, _NARROW = 10, 4  # labels that have room below a drawing, on a desk and on a phone
_MARK_APART = 1.2  # per cent: nearer marks cover one another
_WORDS_APART = 18.0  # per cent: nearer words run into one another
_LETTER = 0.95  # per cent: what a letter takes of the narrowest wide drawing
_SAID = {"withdrew": 22, "corrected": 12}  # letters beside the name
_HAIR = 0.005


def _steps(days: Sequence[Day], scale: Axis, *, top: float, base: float) -> list[tuple[float, float]]:
    """Give the corners of the step line; of days that fall on one hair of the width, the last is drawn."""
    height = (base - top) / max(1, *(day["standing"] for day in days))
    columns = {scale.at(day["on"]): base - day["standing"] * height for day in days if day["signed"] or day["withdrew"]}
    corners = [(scale.at(scale.first), base)]
    for across, down in columns.items():
        corners += [(across, corners[-1][1]), (across, down)]
    corners.append((scale.at(scale.last), corners[-1][1]))
    return [(across, round(down, 1)) for across, down in corners]


def _points(corners: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{across:g},{down:g}" for across, down in corners)


def _line_and_area(days: Sequence[Day], scale: Axis, *, top: float, base: float) -> dict[str, Any]:
    corners = _steps(days, scale, top=top, base=base)
    start, end = corners[0][0], corners[-1]
    rest = {"from": end[0], "to": scale.at(scale.today), "y": end[1]}
    return {
        "top": top,
        "base": base,
        "line": _points(corners),
        "area": _points([*corners, (end[0], base), (start, base)]),
        "end": end[1],
        "tail": rest if scale.tail else None,
        "withdrew": _apart(scale.at(day["on"]) for day in days if day["withdrew"]),
        "today": scale.at(scale.today),
        "turn": -1 if scale.mirrored else 1,
    }


def _apart(places: Iterable[float]) -> list[float]:
    """Leave out the marks that would cover the one before."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] >= _MARK_APART:
            kept.append(place)
    return kept


def _changes(days: Sequence[Day]) -> list[str]:
    """Name the dates on which the number changed; a correction recorded years later must not stretch the axis."""
    return [day["on"] for day in days if day["signed"] or day["withdrew"]] or [day["on"] for day in days]


def _axis_of(days: Sequence[Day], editions: Sequence[Mapping[str, Any]], **how: Any) -> Axis:
    return chart.axis([*_changes(days), *(edition["as_of"] for edition in editions)], **how)


def band(
    days: Sequence[Day], editions: Sequence[Mapping[str, Any]], *, as_of: str, today: str, locale: str, mirrored: bool
) -> dict[str, Any] | None:
    """Draw the rail above the date field: how many stood, the editions, withdrawals, and where the reader is."""
    if not days:
        return None
    scale = _axis_of(days, editions, today=today, mirrored=mirrored)
    top, base = 8.0, 68.0
    level = base - chart.standing_on(days, as_of) * (base - top) / max(1, *(day["standing"] for day in days))
    return _line_and_area(days, scale, top=top, base=base) | {
        "height": 92,
        "editions": sorted({scale.at(edition["as_of"]) for edition in editions}),
        "here": {"x": scale.at(as_of), "y": round(level, 1)},
        "wide": chart.ticks(scale, room=_WIDE, locale=locale),
        "narrow": chart.ticks(scale, room=_NARROW, locale=locale),
    }


def spark(days: Sequence[Day], *, mirrored: bool = False) -> dict[str, Any] | None:
    """Draw the small line of a statement among others: how its number grew or fell."""
    if not days:
        return None
    changes = _changes(days)
    scale = chart.axis(changes, today=changes[-1], mirrored=mirrored)
    return {"line": _points(_steps(days, scale, top=3.0, base=27.0))}


def _bars(days: Sequence[Day], scale: Axis, *, floor: float, height: float) -> tuple[str, list[dict[str, float]]]:
    """Sum signatures by day, week or month, whichever gives bars that can be told apart."""
    span = scale.last - scale.first
    unit, length = ("day", 1) if span <= 150 else ("week", 7) if span <= 1000 else ("month", 30)
    sums: dict[int, int] = {}
    for day in days:
        on = date.fromisoformat(day["on"])
        begin = on if unit == "day" else on - timedelta(days=on.weekday()) if unit == "week" else on.replace(day=1)
        sums[begin.toordinal()] = sums.get(begin.toordinal(), 0) + day["signed"]
    width = round(min(1.2, max(0.4, length / span * (100.0 - scale.tail) * 0.8)), 2)
    tallest = max(sums.values()) or 1
    return unit, [
        {
            "x": round(scale.at(begin + length // 2) - width / 2, 2),
            "y": round(floor - n / tallest * height, 1),
            "width": width,
            "height": round(n / tallest * height, 1),
        }
        for begin, n in sums.items()
        if n
    ]


def _levels(most: int) -> list[int]:
    """Choose round numbers, five at most, for the lines across."""
    step = next(s * 10**n for n in range(10) for s in (1, 2, 5) if most / (s * 10**n) < 5)
    return list(range(step, most + 1, step))


def _flags(editions: Sequence[Mapping[str, Any]], scale: Axis) -> list[dict[str, Any]]:
    """Place the editions; one whose words would run into the next keeps only its flag."""
    flags = [{"x": scale.at(e["as_of"]), "number": e["number"], "as_of": e["as_of"]} for e in editions]
    for flag, following in zip_longest(flags, flags[1:]):
        flag["told"] = following is None or abs(following["x"] - flag["x"]) > _WORDS_APART
        flag["anchor"] = _anchor(flag["x"], scale)
    return flags


def _anchor(place: float, scale: Axis) -> str:
    """Put words behind their mark, or, near the far end, before it."""
    return "end" if scale.turned(place) > 100.0 - 2 * _WORDS_APART else "start"


def _notes(happened: Sequence[Mapping[str, Any]], scale: Axis, marks: Iterable[float]) -> list[dict[str, Any]]:
    """Put words beside marks, where all of them have room, from each other and from the other marks; else beside none."""
    taken = [scale.turned(mark) for mark in marks] + [scale.turned(scale.at(each["on"])) for each in happened]
    notes: list[dict[str, Any]] = []
    spans: list[tuple[float, float]] = []
    for each in sorted(happened, key=lambda each: scale.turned(scale.at(each["on"]))):
        across = scale.turned(scale.at(each["on"]))
        width = (len(each["name"]) + _SAID[each["kind"]]) * _LETTER
        for anchor, span in (("start", (across, across + width)), ("end", (across - width, across))):
            if _has_room(span, across, taken, spans):
                notes.append({**each, "x": scale.at(each["on"]), "anchor": anchor})
                spans.append(span)
                break
        else:
            return []
    return notes


def _has_room(
    span: tuple[float, float], across: float, taken: Iterable[float], spans: Iterable[tuple[float, float]]
) -> bool:
    begin, end = span
    marks = any(begin - _MARK_APART < mark < end + _MARK_APART for mark in taken if abs(mark - across) > _HAIR)
    words = any(begin < other_end and other_begin < end for other_begin, other_end in spans)
    return begin >= 0.0 and end <= 100.0 and not marks and not words


def history(
    days: Sequence[Day],
    editions: Sequence[Mapping[str, Any]],
    *,
    today: str,
    locale: str,
    mirrored: bool,
    happened: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any] | None:
    """Draw the history: above, who stood; below on the same axis, what happened.

    `happened` are the few withdrawals and corrections to be told by name: {kind, name, on}.
    """
    if not days:
        return None
    scale = _axis_of(days, editions, today=today, mirrored=mirrored, tail=12.0)
    top, base, floor = 40.0, 220.0, 276.0
    most = max(day["standing"] for day in days)
    unit, bars = _bars(days, scale, floor=floor, height=40.0)
    marks = [scale.at(day["on"]) for day in days if day["withdrew"] or day["corrected"]]
    return _line_and_area(days, scale, top=top, base=base) | {
        "height": 326,
        "floor": floor,
        "levels": [{"y": round(base - n * (base - top) / most, 1), "n": n} for n in _levels(most)],
        "unit": unit,
        "bars": bars,
        "editions": _flags(editions, scale),
        "corrected": _apart(scale.at(day["on"]) for day in days if day["corrected"]),
        "notes": _notes(happened, scale, marks),
        "standing": days[-1]["standing"],
        "begin": scale.at(scale.first),
        "wide": chart.ticks(scale, room=_WIDE, locale=locale),
        "narrow": chart.ticks(scale, room=_NARROW, locale=locale),
        "from": _changes(days)[0],
        "to": _changes(days)[-1],
    }

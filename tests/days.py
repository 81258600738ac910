"""Days of a list, made from spans of standing the plain way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def days_of(spans: Iterable[tuple[str, str | None]], corrected: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Turn spans of standing, closed-open, and the dates of corrections into days in order."""
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

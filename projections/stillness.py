"""The days on which a list changes: between two of them it is the same list, but for the date that it names."""

from __future__ import annotations

from typing import Any

import orjson

from projections.finding import Moment
from projections.views.generation import Generation

MOST = 1_000  # signatures, and things that were said about them: a longer list is composed anew for each date


def days_of_change(moment: Moment) -> tuple[str, ...] | None:
    """List every day on which the list of a statement may change, as known at a moment; None where that is too much.

    What became known later, or counts no more, may be among them: between more days than needed it stands still, too.
    """
    signed = _signed_on(moment.view, moment.row.key)
    said = _said_of(moment.view, moment.row.key)
    if len(signed) > MOST or len(said) > MOST:
        return None
    folded = moment.folded
    editions = [leaf["data"]["as_of"] for leaf in folded.editions]
    closings = [leaf["data"]["effective_on"] for leaf in folded.closings]
    days = {*signed, *editions, *closings, *folded.retractions}.union(*map(_dates, said))
    return tuple(sorted(days))


def _signed_on(view: Generation, statement: int) -> list[str]:
    rows = view.rows("SELECT signed_on FROM signature{g} WHERE statement = ? LIMIT ?", (statement, MOST + 1))
    return [day for (day,) in rows]


def _said_of(view: Generation, statement: int) -> list[dict[str, Any]]:
    rows = view.rows("SELECT data FROM fact{g} WHERE statement = ? LIMIT ?", (statement, MOST + 1))
    return [orjson.loads(data) for (data,) in rows]


def _dates(said: dict[str, Any]) -> set[str]:
    """Tell on which days a withdrawal or a correction takes effect, and to which date it moves a signature."""
    dates = (said.get("withdrawn_on"), said.get("effective_on"), said.get("changes", {}).get("signed_on"))
    return {date for date in dates if date is not None}

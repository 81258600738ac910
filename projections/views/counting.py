"""What the view counts without looking at each signatory: sums up to a date, and days, as known now or at a position.

Days that are known now stand in `tally`, whole months of them in `monthly`. What was known earlier is the sums that were
kept at the nearest milestone, and what was recorded between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from projections.views.generation import Generation
from projections.views.projector import NEVER, OPEN
from projections.views.view import StatementRow

EVERYBODY = (0, "")  # all signatures, not only those that an edition's order places
Sums = tuple[int, int, int]  # how many began, ended, and are printed again
OF = "FROM {0}{{g}} WHERE statement = ? AND published = ? AND language = ?"
UPTO = (
    f"SELECT {{which}} AS which, began, ended, again {OF.format('monthly')} AND month < ? UNION ALL"
    f" SELECT {{which}}, began, ended, again {OF.format('tally')} AND day >= ? AND day <= ?"
)
PRINTED = (
    "(SELECT COUNT(*) FROM place{g} p WHERE p.signature = span{g}.signature AND p.published = ? AND p.language = ?)"
)

EARLIER = " AND signature < ?"  # an order prints only those who had signed before it was published


def sums(
    view: Generation, statement: StatementRow, editions: Sequence[tuple[int, str]], as_of: str, position: int
) -> list[Sums]:
    """Sum up to a date, of all signatures (0, "") or of an order's places."""
    if position < statement.last_position:
        return [_sums_at(view, statement.key, edition, as_of, position) for edition in editions]
    month = as_of[:7]
    parts = " UNION ALL ".join(UPTO.replace("{which}", str(which)) for which in range(len(editions)))
    rows = view.rows(
        f"SELECT which, SUM(began), SUM(ended), SUM(again) FROM ({parts}) AS parts GROUP BY which",
        [
            value
            for edition in editions
            for value in (statement.key, *edition, month, statement.key, *edition, month, as_of)
        ],
    )
    found = {which: _whole(counted) for which, *counted in rows}
    return [found.get(which, (0, 0, 0)) for which in range(len(editions))]


def days(view: Generation, row: StatementRow, position: int) -> list[tuple[str, int, int, int]]:
    """Count by day, in order, who begins and who ends to stand and what is corrected, as known at a position."""
    if position >= row.last_position:
        rows = view.rows(
            f"SELECT day, began, ended, corrected {OF.format('tally')}"
            " AND (began <> 0 OR ended <> 0 OR corrected <> 0) ORDER BY day",
            (row.key, *EVERYBODY),
        )
        return [(day, began, ended, corrected) for day, began, ended, corrected in rows]
    upto = _milestone(view, row.key, EVERYBODY, position)
    counts = _days_upto(view, row.key, upto)
    for number, day, times in _days_between(view, row.key, upto, position):
        if day != NEVER:
            counts.setdefault(day, [0, 0, 0])[number] += times
    return [(day, *counts[day]) for day in sorted(counts) if any(counts[day])]  # type: ignore[misc]


def bounds(view: Generation, row: StatementRow) -> tuple[str | None, str | None]:
    """Tell the first and the last day on which anything changes, as known now."""
    ((first, last),) = view.rows(
        f"SELECT MIN(day), MAX(day) {OF.format('tally')} AND (began <> 0 OR ended <> 0)", (row.key, *EVERYBODY)
    )
    return first, last


# ── as known earlier ─────────────────────────────────────────────────────────────────────────────────────────────────


def _milestone(view: Generation, statement: int, edition: tuple[int, str], position: int) -> int:
    """Find the position nearest to another one at which counts were kept; 0 if there is none before it that is nearer."""
    where = (statement, *edition, position)
    ((before, after),) = view.rows(
        f"SELECT (SELECT MAX(upto) {OF.format('milestone')} AND upto <= ?), (SELECT MIN(upto) {OF.format('milestone')} AND upto > ?)",
        where * 2,
    )
    before = before or 0
    return int(after if after is not None and after - position < position - before else before)


def _sums_at(view: Generation, statement: int, edition: tuple[int, str], as_of: str, position: int) -> Sums:
    """Sum as known at an earlier position: the counts kept at the nearest milestone, and what happened between."""
    upto = _milestone(view, statement, edition, position)
    rows = view.rows(
        f"SELECT began, ended, again {OF.format('milestone')} AND upto = ? AND day <= ? ORDER BY day DESC LIMIT 1",
        (statement, *edition, upto, as_of),
    )
    kept = _whole(rows[0] if rows else (0, 0, 0))
    between = _between(view, statement, edition, as_of, sorted((upto, position)))
    began, ended, again = map(sum, zip(*between, strict=True))
    sign = 1 if upto <= position else -1
    return kept[0] + sign * began, kept[1] + sign * ended, kept[2] + sign * again


def _between(
    view: Generation, statement: int, edition: tuple[int, str], as_of: str, positions: Sequence[int]
) -> Iterator[Sums]:
    """Count what the entries after one position up to another began and ended."""
    if edition == EVERYBODY:
        ((signed,),) = view.rows(
            "SELECT COUNT(*) FROM signature{g} WHERE statement = ? AND position > ? AND position <= ? AND signed_on <= ?",
            (statement, *positions, as_of),
        )
        yield signed, 0, 0
    times, printed, perhaps, published = (
        ("1", (), "", ()) if edition == EVERYBODY else (PRINTED, edition, EARLIER, edition[:1])
    )
    for sign, moment, mark in ((1, "known_from", "known_from > signature"), (-1, "known_to", f"known_to < {OPEN}")):
        ((began, ended, again),) = view.rows(
            "SELECT COUNT(CASE WHEN signed_on <= ? THEN 1 END), COUNT(CASE WHEN ended_on <= ? THEN 1 END),"
            " COALESCE(SUM(CASE WHEN signed_on <= ? AND ended_on > ? THEN times - 1 ELSE 0 END), 0)"
            f" FROM (SELECT signed_on, ended_on, {times} AS times FROM span{{g}} WHERE statement = ?"
            f" AND {moment} > ? AND {moment} <= ? AND {mark}{perhaps}) AS moved WHERE times > 0",  # SQLite takes the first bound
            (as_of, as_of, as_of, as_of, *printed, statement, *positions, *published),
        )
        yield sign * began, sign * ended, sign * int(again)


def _whole(counted: Sequence[Any]) -> Sums:
    began, ended, again = counted
    return int(began), int(ended), int(again)


def _days_upto(view: Generation, statement: int, upto: int) -> dict[str, list[int]]:
    """Take apart the sums that were kept at a milestone."""
    rows = view.rows(
        f"SELECT day, began, ended, corrected {OF.format('milestone')} AND upto = ? ORDER BY day",
        (statement, *EVERYBODY, upto),
    )
    kept = [(0, 0, 0), *((int(began), int(ended), int(corrected)) for _, began, ended, corrected in rows)]
    days = (day for day, *_ in rows)
    return {
        day: [a - b for a, b in zip(now, last, strict=True)]
        for day, (last, now) in zip(days, pairwise(kept), strict=True)
    }


def _days_between(view: Generation, statement: int, upto: int, position: int) -> Iterator[tuple[int, str, int]]:
    """Count by day what the entries between add to a milestone, or take: 0 who began, 1 who ended, 2 what was corrected.

    The days are grouped as expressions: SQLite would go through all of them by an index of days.
    """
    count, between = "|| '' AS day, COUNT(*) FROM", "WHERE statement = ? AND {0} > ? AND {0} <= ?"
    opened = f"span{{g}} {between.format('known_from')} AND known_from > signature GROUP BY 1"
    closed = f"span{{g}} {between.format('known_to')} AND known_to < {OPEN} GROUP BY 1"
    day = f"COALESCE(holds_from, SUBSTR(recorded_at, 1, 10)) {count} fact{{g}}"
    way, positions = (1 if upto <= position else -1), sorted((upto, position))
    for number, sign, sql in (
        (0, 1, f"signed_on {count} signature{{g}} {between.format('position')} GROUP BY 1"),
        (0, 1, f"signed_on {count} {opened}"),
        (1, 1, f"ended_on {count} {opened}"),
        (0, -1, f"signed_on {count} {closed}"),
        (1, -1, f"ended_on {count} {closed}"),
        (2, 1, f"{day} {between.format('position')} AND type = 'Corrected' GROUP BY 1"),
        (2, -1, f"{day} {between.format('known_to')} AND type = 'Corrected' GROUP BY 1"),
    ):
        for on, times in view.rows(f"SELECT {sql}", (statement, *positions)):
            yield number, on, way * sign * times

"""The record of a statement as its history page shows it: every entry, what the chart tells by name, two dates compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.looks import chart, drawing
from signatures.web.words import locale_of

_FEW = 4  # so many marks have room for their names


def record_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Order the rows of a history newest first; a run of imported signatures becomes one row that holds each in `run`."""
    ordered: list[dict[str, Any]] = []
    named: dict[int, Any] = {}
    for row in sorted(rows, key=lambda row: int(row["position"])):
        named[row["position"]] = row["name"]
        if row["type"] == "Annulled":
            # It may take back the withdrawal of one that does not wish to be named, and must not name it either.
            target = row["data"]["position"]
            told = {"name": row["name"] if named.get(target) else None, "target_here": target in named}
            ordered.append({**row, **told, "run": [row]})
        elif ordered and _is_import(row) and _is_import(ordered[-1]):
            ordered[-1]["run"].append(row)
        else:
            ordered.append({**row, "run": [row]})
    return ordered[::-1]


def _is_import(row: Mapping[str, Any]) -> bool:
    return (row["type"], row["actor"], row.get("annulled_at")) == ("Signed", "import", None)


def _told_by_name(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Choose what the chart tells by name: withdrawals and corrections, where they are few."""
    kinds = {"Withdrawn": "withdrew", "Corrected": "corrected"}
    told = [
        {
            "kind": kinds[row["type"]],
            "name": row["name"]["acronym"] or row["name"]["name"],
            "on": row["holds_from"] or row["recorded_at"][:10],
        }
        for row in rows
        if row["type"] in kinds and row["name"] and not row.get("annulled_at")
    ]
    return told if len(told) <= _FEW else []


def compare_rows(diff: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the rows of a comparison, in the order added, withdrawn, corrected, voided."""
    return [{"kind": kind, **entry} for kind in ("added", "withdrawn", "corrected", "voided") for entry in diff[kind]]


def history_page(
    rows: Iterable[Mapping[str, Any]],
    *,
    days: Sequence[chart.Day],
    editions: Sequence[Mapping[str, Any]],
    today: str,
    diff: Mapping[str, Any] | None = None,
    total: int | None = None,
    lang: str = "en",
    mirrored: bool = False,
) -> dict[str, Any]:
    """Make everything history.html needs: the chart, the comparison that was asked for, the record.

    `rows` are those of `history.history_rows`, all or a page of them; `total` says how many there are where not all.
    """
    ordered = record_rows(rows)
    shown = sum(len(row["run"]) for row in ordered)
    whole = total is None or total == shown
    return {
        "chart": drawing.history(
            days,
            editions,
            today=today,
            locale=locale_of(lang),
            mirrored=mirrored,
            happened=_told_by_name(ordered) if whole else (),
        ),
        "days": days,
        "today": today,
        "diff": diff,
        "compared": compare_rows(diff) if diff else [],
        "record": ordered,
        "total": shown if total is None else total,
        "first_recorded": ordered[-1]["recorded_at"] if ordered and whole else None,
        "last_recorded": ordered[0]["run"][-1]["recorded_at"] if ordered and whole else None,
    }

"""The record of a statement as its history page shows it: every entry, what the chart tells by name, two dates compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.looks import chart, drawing
from signatures.web.words import locale_of

_FEW = 4  # so many marks have room for their names
_COMPARED = 500  # changes between two lists on one page
_ROWS = 100  # days in the table beside the chart; of more, months are told


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


def _link_marks(ordered: Iterable[Mapping[str, Any]]) -> None:
    """Say of what was recorded of a signature later whether it stands on this page."""
    here = {each["position"] for row in ordered for each in row["run"]}
    for row in ordered:
        for later in row.get("later") or ():
            later["here"] = later["position"] in here


def _is_import(row: Mapping[str, Any]) -> bool:
    plain = not (row.get("late") or row.get("later") or row.get("withheld"))
    return plain and (row["type"], row["actor"], row.get("annulled_at")) == ("Signed", "import", None)


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
    """Make the rows of a comparison, in the order added, withdrawn, corrected, voided; late is what the first could have held."""
    start, end = diff["from"], diff["to"]
    added = [
        {
            "kind": "added",
            **entry,
            "late": start["position"] < entry["position"] and entry["signed_on"] <= start["as_of"],
        }
        if start["position"] < end["position"]
        else {"kind": "added", **entry, "late": False}
        for entry in diff["added"]
    ]
    return added + [{"kind": kind, **entry} for kind in ("withdrawn", "corrected", "voided") for entry in diff[kind]]


def _again(diff: Mapping[str, Any]) -> int:
    """Tell by how much the two counts differ beyond the organisations that came and left."""
    moved = len(diff["added"]) - len(diff["withdrawn"]) - len(diff["voided"])
    return int(diff["to"]["standing"] - diff["from"]["standing"]) - moved


def figures(days: Sequence[chart.Day], editions: Iterable[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Make the table beside the chart: by day, or by month where the days are many."""
    published: dict[str, list[int]] = {}
    for edition in editions:
        published.setdefault(edition["as_of"], []).append(edition["number"])
    dates = sorted({day["on"] for day in days} | published.keys())
    length = 10 if len(dates) <= _ROWS else 7
    by_day = {day["on"]: day for day in days}
    rows: dict[str, dict[str, Any]] = {}
    for on in dates:
        row = rows.setdefault(on[:length], {"on": on, "signed": 0, "withdrew": 0, "corrected": 0, "editions": []})
        for name in ("signed", "withdrew", "corrected"):
            row[name] += by_day.get(on, {}).get(name, 0)
        row["standing"] = chart.standing_on(days, on)
        row["editions"] += published.get(on, [])
    return ("day" if length > 7 else "month"), list(rows.values())


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
    unit, table = figures(days, editions)
    _link_marks(ordered)
    compared = compare_rows(diff) if diff else []
    return {
        "chart": drawing.history(
            days,
            editions,
            today=today,
            locale=locale_of(lang),
            mirrored=mirrored,
            happened=_told_by_name(ordered) if whole else (),
        ),
        "figures": table,
        "figures_unit": unit,
        "days": days,
        "today": today,
        "diff": diff,
        "compared": compared[:_COMPARED],
        "not_shown": max(0, len(compared) - _COMPARED),
        "again": _again(diff) if diff else 0,
        "record": ordered,
        "total": shown if total is None else total,
        "first_recorded": ordered[-1]["recorded_at"] if ordered and whole else None,
        "last_recorded": ordered[0]["run"][-1]["recorded_at"] if ordered and whole else None,
    }

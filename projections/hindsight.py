"""Hindsight: what became known about a list after a position, for the same date.

An entry may have been entered late, corrected, struck, withdrawn or restored since; the list as it was known stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from projections.diff import End, difference
from projections.history import history_rows
from projections.log import Log
from projections.signatory_list import Signature
from projections.views import lookups
from projections.views.generation import Generation

MOST = 200  # signatures; of more, only the sum is told
CAUSES = {"withdrawn": "Withdrawn", "voided": "Voided", "corrected": "Corrected", "redated": "Corrected"}
Row = dict[str, Any]


def since(
    log: Log, view: Generation, statement: int, start: End, end: End, languages: tuple[str, str]
) -> dict[str, Any]:
    """Tell what was recorded since about a list: each change with the entry of the log that made it.

    Both ends are of one date. `changes` is None where there are too many to be told one by one.
    """
    positions = start.position, end.position
    keys = lookups.learned(view, statement, start.as_of, positions, MOST + 1)
    told = {"as_of": start.as_of, "from": start.told(), "to": end.told()}
    if len(keys) > MOST:
        return {**told, "changes": None}
    changed = difference(view, start, end, languages, keys)
    rows = [*_added(changed["added"], start.position)]
    rows += [{**row, "kind": "withdrawn" if row.get("withdrawn_on") else "redated"} for row in changed["withdrawn"]]
    rows += [{**row, "kind": kind} for kind in ("voided", "corrected") for row in changed[kind]]
    return {**told, "changes": _with_causes(log, view, rows, positions, languages)}


def _added(rows: Sequence[Row], known: int) -> list[Row]:
    """Part those that were entered late from those that were known and only stand again."""
    return [{**row, "kind": "late" if row["position"] > known else "restored"} for row in rows]


def _with_causes(
    log: Log, view: Generation, rows: Sequence[Row], positions: tuple[int, int], languages: tuple[str, str]
) -> list[Row]:
    """Add to each change the entry of the log from which it is known, and put them in its order."""
    keys = lookups.keys_of(view, [row["signature_id"] for row in rows])
    now = view.signatures_at(list(keys.values()), positions[1])
    undone = lookups.taken_back_between(view, list(keys.values()), positions)
    causes = [_cause(row, now[keys[row["signature_id"]]], undone, positions[0]) for row in rows]
    entries = [entry for entry in map(log.entry, sorted(set(causes))) if entry is not None]
    told = {one["position"]: one for one in history_rows(view, entries, languages)}
    paired = sorted(zip(causes, rows, strict=True), key=lambda pair: pair[0])
    return [{**row, "cause": _told(told[position], row)} for position, row in paired]


def _cause(row: Mapping[str, Any], signature: Signature, undone: Mapping[int, int], known: int) -> int:
    """Find the position of the entry that changed a signature: its own, one about it, or one that took such back."""
    key = int(signature.signed["position"])
    if row["kind"] == "late":
        return key
    wanted = CAUSES.get(row["kind"])
    since = [int(leaf["position"]) for leaf in signature.later if leaf["type"] == wanted and leaf["position"] > known]
    other = [int(leaf["position"]) for leaf in signature.later if leaf["position"] > known]
    return max(since, default=None) or undone.get(key) or max(other, default=key)


def _told(cause: Row, row: Row) -> Row:
    """Tell of an entry what a reader needs; of one that is not named also no reason."""
    named = bool(row.get("printed") or row.get("printed_to"))
    silent = {} if named or row["kind"] == "voided" else {"reason_code": None, "note": None}
    parts = ("position", "recorded_at", "type", "actor", "holds_from", "reason_code", "note")
    return {**{part: cause[part] for part in parts}, **silent}

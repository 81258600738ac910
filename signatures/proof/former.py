"""The former origins of a log: for each its last checkpoint, and the positions that were lost when it ended."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from signatures.database import Transaction
from signatures.proof import notes

RECOVERING = "recovering"  # the identity's row that lasts from the first to the last step of a recovery
NUMBERED = re.compile(
    r"(.+)/([2-9]|[1-9][0-9]+)"
)  # the second and later origins of a log: no first one ends in a number
LOST = "Loss.Lost"
CUT_OFF = "A recovery of this register was cut off. Run `signatures recover --yes` again."


class Former(NamedTuple):
    """An origin that ended with a loss; its last checkpoint's note is signed by the origin after it, too."""

    number: int
    origin: str
    size: int
    root: bytes
    note: bytes
    first: int
    last: int
    recorded_at: str


def all_former(transaction: Transaction) -> list[Former]:
    """Read the former origins, the oldest first."""
    rows = transaction.execute(
        "SELECT number, origin, size, root, note, first, last, recorded_at FROM former ORDER BY number"
    )
    return [
        Former(number, origin, size, bytes(root), bytes(note), *rest)
        for number, origin, size, root, note, *rest in rows
    ]


def add(transaction: Transaction, row: Former) -> None:
    """Write one down."""
    transaction.execute("INSERT INTO former VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def recovering(transaction: Transaction) -> Former | None:
    """Tell the loss whose recovery was begun and not ended."""
    if not transaction.execute("SELECT 1 FROM identity WHERE name = ?", (RECOVERING,)):
        return None
    return all_former(transaction)[-1]


def speaks_of_lost(rows: Iterable[Former], origin: str, size: int, root: bytes) -> bool:
    """Tell whether a checkpoint of a former origin stands over positions that were lost, so that no tree has its root."""
    return any(
        row.origin == origin and row.first <= size <= row.size and (size < row.size or root == row.root) for row in rows
    )


def parted(origin: str) -> tuple[str, int]:
    """Part an origin into the first one of its log and its number among that one's successors."""
    numbered = NUMBERED.fullmatch(origin)
    return (numbered[1], int(numbered[2])) if numbered else (origin, 1)


def successor(origin: str) -> str:
    """Name the origin after another one."""
    first, number = parted(origin)
    return f"{first}/{number + 1}"


# ── what the log itself tells, where the table is empty: a register that was made from a bundle ──────────────────────


def losses(transaction: Transaction) -> Iterator[tuple[str, int, bytes, int, int, str]]:
    """Read from the log what was lost: origin, size and root of the checkpoint, first and last position, stamp."""
    streams = transaction.execute(
        "SELECT min(notification_id), max(notification_id) FROM stored_events WHERE topic = ?"
        " GROUP BY originator_id ORDER BY 1",
        (LOST,),
    )
    for first, last in streams:
        ((state, recorded_at),) = transaction.execute(
            "SELECT e.state, l.recorded_at FROM stored_events e JOIN log l ON l.position = e.notification_id"
            " WHERE e.notification_id = ?",
            (first,),
        )
        data = json.loads(state)
        yield data["origin"], data["size"], base64.b64decode(data["root"]), first, last, recorded_at


def faults(transaction: Transaction) -> Iterator[str]:
    """Name where the table and the log's own leaves say different things of what was lost."""
    if recovering(transaction):
        yield CUT_OFF
        return
    told = {(row.origin, row.size, row.root, row.first, row.last, row.recorded_at) for row in all_former(transaction)}
    left = set(losses(transaction))
    for *_, first, last, _at in sorted(told ^ left, key=lambda one: one[3:]):
        yield f"Positions {first} to {last}: the log and the table of former origins differ in whether, or how, they were lost."


def refill(transaction: Transaction, texts: Iterable[bytes]) -> None:
    """Write the table anew from the log's `Lost` leaves and the notes that a bundle encloses."""
    transaction.execute("DELETE FROM former")
    by_text = {notes.read_note(note).text: note for note in texts}
    for number, (origin, size, root, first, last, recorded_at) in enumerate(losses(transaction), 1):
        note = by_text.get(notes.Checkpoint(origin, size, root).text())
        if note is not None:
            add(transaction, Former(number, origin, size, root, note, first, last, recorded_at))

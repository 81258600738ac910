"""Questions about the log as a tree: its entries, tiles, proofs and checkpoints. Nothing here costs more as the log grows.

Whatever is told here is told to anybody: leaves that are withheld stand as their hashes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, NamedTuple

from projections.openness import Openness
from projections.views.replay import Replay
from signatures.errors import NotFound, PositionOutOfRange, StorageUnavailable
from signatures.log.eventlog import Entry, withheld_line
from signatures.log.store import Store
from signatures.proof import former, notes
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.notes import Checkpoint, Proof
from signatures.proof.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, tile_at
from signatures.proof.timestamps import Timestamps
from signatures.proof.tree import Tree
from signatures.proof.witnesses import Witnesses
from signatures.sentences import said

MOST = 1_000  # entries in an answer
ENOUGH = 2**20  # bytes of an answer, after which it ends early
STEP = 100


class Page(NamedTuple):
    """Some entries as JSON lines, and the position after which the next ones come; None where these are the last."""

    body: bytes
    next: int | None


class Proofs:
    """What anybody may ask about the log as a tree."""

    def __init__(self, store: Store, checkpoints: Checkpoints, replay: Replay) -> None:
        """Ask a log, what is signed of it, and a view for who is named where."""
        self.store, self.checkpoints, self.replay = store, checkpoints, replay
        self.timestamps = Timestamps(store)
        self.tree, self.witnesses, self.openness = Tree(store), Witnesses(store), Openness(store, replay)

    # ── checkpoints ──────────────────────────────────────────────────────────────────────────────────────────────────

    def newest(self) -> Checkpoint:
        """Tell what was signed last."""
        return notes.read_checkpoint(notes.read_note(self._newest()).text)

    def checkpoint(self, size: int | None = None) -> bytes:
        """Write the checkpoint of a size, else the newest one, as a note with what witnesses signed under it."""
        return self.witnesses.cosigned(self._newest() if size is None else self._at(size))

    def _newest(self) -> bytes:
        note = self.checkpoints.newest()
        if note is None:
            raise StorageUnavailable(said("Nothing of the log is signed yet. Run `signatures init` once."))
        return note

    def _at(self, size: int) -> bytes:
        newest = self.tree.size()
        if size > newest:
            raise PositionOutOfRange(
                said("There is no size %(size)s. The log has %(newest)s entries.", size=size, newest=newest),
                field="size",
            )
        return self.checkpoints.at(size)

    def witnessed(self) -> dict[str, Any]:
        """Tell who the witnesses are and what each has signed last."""
        told = [
            {"name": one.key.name, "vkey": one.key.vkey(), "added_at": one.added_at, "cosigned": one.cosigned()}
            for one in self.witnesses.all()
        ]
        return {"witnesses": told, "cosigned": self.witnesses.newest()}

    def former(self) -> list[dict[str, Any]]:
        """List the earlier names of this log, each with its last checkpoint and the positions that were lost after it."""
        with self.store.reading() as transaction:
            rows = former.all_former(transaction)
        return [
            {**row._asdict(), "root": base64.b64encode(row.root).decode(), "note": row.note.decode()} for row in rows
        ]

    def stamped(self) -> list[dict[str, Any]]:
        """List the newest checkpoints that an authority has stamped, each with the very bytes that it stamped."""
        return [
            {"size": one.size, "authority": one.authority, "stamped_at": one.stamped_at, "note": one.note.decode()}
            for one in self.timestamps.newest()
        ]

    # ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def proof(self, position: int, size: int | None = None) -> bytes:
        """Prove that the entry at a position is in the checkpoint of a size, else of the newest, as a `.tlog-proof`."""
        note = notes.read_note(self.checkpoint(size))
        signed = notes.read_checkpoint(note.text).size
        if not 0 < position <= signed:
            raise PositionOutOfRange(
                f"Position {position} is not in the checkpoint of size {signed}. It has positions 1 to {signed}.",
                field="position",
            )
        return Proof(position - 1, tuple(self.tree.inclusion(position, signed)), note).encode()

    def consistency(self, old: int, new: int | None = None) -> bytes:
        """Prove that one checkpoint continues another, in the words in which a witness is asked (c2sp.org/tlog-witness)."""
        note = self.checkpoint(new)
        signed = notes.read_checkpoint(notes.read_note(note).text).size
        if old > signed:
            raise PositionOutOfRange(f"A log of size {signed} does not continue one of size {old}.", field="old")
        hashes = "".join(f"{base64.b64encode(one).decode()}\n" for one in self.tree.consistency(old, signed))
        return f"old {old}\n{hashes}\n".encode() + note

    def tile(self, path: str) -> bytes:
        """Read a tile of the tree that is signed, whole or partial."""
        tile = tile_at(path)
        if tile is None or _end(tile) > self.newest().size:
            raise NotFound(f"There is no tile {path} in the newest checkpoint. Entries are served at log/entries.")
        return self.tree.tile(tile)

    # ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self, after: int, limit: int = MOST) -> Page:
        """Write entries after a position, one canonical JSON line each."""
        lines: list[bytes] = []
        size, last, more = 0, after, True
        while more and len(lines) < limit and size < ENOUGH:
            found = self.store.entries(last, min(STEP, limit - len(lines)))
            written = self.lines(found)
            lines += written
            size += sum(map(len, written))
            more = len(found) == STEP or len(lines) == limit
            last = found[-1].position if found else last
        return Page(b"".join(lines), last if more and self.tree.size() > last else None)

    def lines(self, entries: Iterable[Entry]) -> list[bytes]:
        """Write entries as anybody may see them."""
        entries = list(entries)
        withheld = self.openness.withheld({entry.stream for entry in entries})
        return [_line(entry, withheld=entry.stream in withheld) for entry in entries]


def _line(entry: Entry, *, withheld: bool) -> bytes:
    return (withheld_line(entry.position, entry.leaf_hash) if withheld else entry.line()) + b"\n"


def _end(tile: Tile) -> int:
    """Tell the size of the smallest tree that has a tile."""
    return (tile.number * TILE_WIDTH + tile.width) << (TILE_HEIGHT * tile.level)

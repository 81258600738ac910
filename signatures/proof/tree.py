"""The Merkle tree as it is stored: each entry's row in `log` holds the nodes that its leaf completes.

So entry and nodes are written by one statement, and a proof of any size is read by one. A node (level, index) lies in the
row of its last leaf, at position (index + 1) * 2^level, after the nodes of lower levels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from signatures.database import Transaction
from signatures.errors import PositionOutOfRange, StorageUnavailable
from signatures.log.fold import LogDamaged, chunks
from signatures.proof import merkle
from signatures.proof.merkle import EMPTY, HASH_BYTES, Frontier, NodeReader
from signatures.proof.tiles import TILE_HEIGHT, TILE_WIDTH, Tile

BATCH = 5_000  # leaves in a transaction that fills the tree of an older register
Answer = TypeVar("Answer")


class Log(Protocol):
    """What a tree needs of the store."""

    def reading(self) -> AbstractContextManager[Transaction]:
        """Read in the running transaction, or in one of its own."""


def positions_under(level: int, index: int) -> tuple[int, int]:
    """Tell the first and the last position that a node stands over."""
    return (index << level) + 1, (index + 1) << level


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def completed(transaction: Transaction, size: int, leaves: Sequence[bytes]) -> list[bytes]:
    """Compute the nodes that leaves after the first `size` ones complete, for each the bytes that its row holds.

    Of the tree's edge, only what a new node stands on is read; half of all single leaves complete none.
    """
    end = size + len(leaves)
    if end >> 1 == size >> 1:
        return [b""] * len(leaves)
    edge = list(merkle.peaks(0, size))
    known = nodes(transaction, [(level, index) for level, index in edge if end >> (level + 1) > index >> 1])
    frontier = Frontier(size, [known.get(peak, EMPTY) for peak in edge])  # what is not known is not joined either
    return [row_of(frontier, leaf) for leaf in leaves]


class Edge:
    """The right edge of the tree as it was when this process appended last, so that nothing is read to append again.

    The last leaf says whether it still is: where somebody else has appended, or what was appended was taken back, the log
    has another one. Whoever asks holds the log's lock.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._frontier, self._last = Frontier(), EMPTY

    def completed(self, transaction: Transaction, size: int, last: bytes, leaves: Sequence[bytes]) -> list[bytes]:
        """Compute as `completed` does, behind a log of a size with this last leaf."""
        if (self._frontier.size, self._last) != (size, last):
            peaks = list(merkle.peaks(0, size))
            known = nodes(transaction, peaks) if peaks else {}
            self._frontier = Frontier(size, [known[peak] for peak in peaks])
        rows = [row_of(self._frontier, leaf) for leaf in leaves]
        self._last = leaves[-1] if leaves else last
        return rows


def row_of(frontier: Frontier, leaf: bytes) -> bytes:
    """Add a leaf to a tree; return the nodes above it that it completes, from the lowest."""
    return b"".join(node.hash for node in frontier.append(leaf)[1:])


def fill(transaction: Transaction, after: int = 0) -> int | None:
    """Write the nodes of the first rows after a position that lack them; tell up to which, None where none lacked any."""
    lacking = transaction.execute(
        "SELECT position FROM log WHERE position > ? AND nodes IS NULL ORDER BY position LIMIT 1", (after,)
    )
    if not lacking:
        return None
    size = int(lacking[0][0]) - 1
    rows = transaction.execute(
        "SELECT leaf_hash, position FROM log WHERE position > ? ORDER BY position LIMIT ?", (size, BATCH)
    )
    above = completed(transaction, size, [bytes(leaf) for leaf, _ in rows])
    transaction.executemany(
        "UPDATE log SET nodes = ? WHERE position = ? AND nodes IS NULL",
        [(hashes, position) for hashes, (_, position) in zip(above, rows, strict=True)],
    )
    return size + len(rows)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def nodes(transaction: Transaction, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Read nodes, leaves too, by level and index; raise LogDamaged where one is missing."""
    wanted = list(wanted)
    rows: dict[int, tuple[bytes, bytes]] = {}
    for positions in chunks({positions_under(*node)[1] for node in wanted}):
        marks = ", ".join("?" * len(positions))
        sql = f"SELECT position, leaf_hash, nodes FROM log WHERE position IN ({marks})"
        for position, leaf, above in transaction.execute(sql, positions):
            if above is None:
                raise StorageUnavailable(
                    "The tree lacks entries that older software wrote. Stop it, then run `signatures init`."
                )
            rows[position] = (bytes(leaf), bytes(above))
    return {(level, index): _node(rows, level, index) for level, index in wanted}


def _node(rows: dict[int, tuple[bytes, bytes]], level: int, index: int) -> bytes:
    first, last = positions_under(level, index)
    leaf, above = rows.get(last, (b"", b""))
    hash_ = above[(level - 1) * HASH_BYTES : level * HASH_BYTES] if level else leaf
    if len(hash_) != HASH_BYTES:
        raise LogDamaged(f"The tree lacks its node over positions {first} to {last}. `signatures check` tells more.")
    return hash_


def size_of(transaction: Transaction) -> int:
    """Tell how many leaves there are."""
    ((last,),) = transaction.execute("SELECT max(position) FROM log")
    return last or 0


def answer(transaction: Transaction, size: int, question: Callable[[NodeReader], Answer]) -> Answer:
    """Ask about the tree of a size twice: first to learn which nodes it takes, then, when they are read at once."""
    _check_size(transaction, size)
    wanted: dict[tuple[int, int], bytes] = {}
    question(lambda level, index: wanted.setdefault((level, index), EMPTY))
    wanted = nodes(transaction, wanted)
    return question(lambda level, index: wanted[level, index])


def root(transaction: Transaction, size: int) -> bytes:
    """Tell the root over the first positions up to a size."""
    _check_size(transaction, size)
    found = nodes(transaction, merkle.peaks(0, size))
    return merkle.root(lambda level, index: found[level, index], size)


def _check_size(transaction: Transaction, size: int) -> None:
    newest = size_of(transaction)
    if not 0 <= size <= newest:
        raise PositionOutOfRange(f"The log has {newest} entries, not {size}.")


class Tree:
    """Roots, proofs and tiles of the log at any size up to the newest."""

    def __init__(self, log: Log) -> None:
        """Read what the store holds."""
        self.log = log

    def size(self) -> int:
        """Tell how many leaves there are."""
        with self.log.reading() as transaction:
            return size_of(transaction)

    def root(self, size: int) -> bytes:
        """Tell the root over the first positions up to a size."""
        return self._answer(size, lambda node: merkle.root(node, size))

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """Prove that the entry at a position is in the tree of a size."""
        if not 0 < position <= size:
            raise PositionOutOfRange(f"A log of size {size} has no position {position}.")
        return self._answer(size, lambda node: merkle.inclusion_proof(node, position - 1, size))

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Prove that the log of the old size is where the one of the new size began."""
        if not 0 <= old <= new:
            raise PositionOutOfRange(f"A log of size {new} did not begin as one of size {old}.")
        return self._answer(new, lambda node: merkle.consistency_proof(node, old, new))

    def tile(self, tile: Tile) -> bytes:
        """Read a tile, whole or partial, as it is served."""
        end = (tile.number * TILE_WIDTH + tile.width) << (TILE_HEIGHT * tile.level)
        return self._answer(end, lambda node: b"".join(node(*place) for place in tile.nodes()))

    def _answer(self, size: int, question: Callable[[NodeReader], Answer]) -> Answer:
        with self.log.reading() as transaction:
            return answer(transaction, size, question)

"""The tree of a log as its entries give it, compared with the bundle's tiles while it grows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from projections.auditing.folder import Folder, Missing
from projections.auditing.found import Report
from signatures.proof import merkle
from signatures.proof.merkle import HASH_BYTES, Frontier
from signatures.proof.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, nodes_from_tiles, tile_at, tiles, width_of

TILES = "tile"
KEPT = 64  # tiles held in memory when roots are asked for


class Wrong(NamedTuple):
    """The first node of a tile that is not what the entries give, and the positions that it stands over."""

    first: int
    last: int
    sentence: str


class Claim(NamedTuple):
    """What somebody said that the root over the first entries is, and where."""

    size: int
    root: bytes
    name: str
    sure: bool  # because it is signed, or was held by the auditor; what is printed on a list may have been changed with it


class Read(Protocol):
    """How far a log was read."""

    stopped: bool
    broken: int | None


class Grown:
    """Grows with each entry; knows the first place at which a tile has another hash."""

    def __init__(self, folder: Folder) -> None:
        """Compare with the tiles of a folder."""
        self.folder = folder
        self.wrong: Wrong | None = None
        self.roots: dict[int, bytes] = {0: merkle.EMPTY}  # by size, of those sizes that were asked for before
        self._claims: list[Claim] = []
        self._wanted: set[int] = set()
        self._frontier = Frontier()
        self._open: dict[int, bytearray] = {}
        self._kept: dict[Tile, bytes] = {}

    @property
    def size(self) -> int:
        """Tell how many entries there were."""
        return self._frontier.size

    def root(self) -> bytes:
        """Tell the root over all entries."""
        return self._frontier.root()

    def want(self, claims: Iterable[Claim]) -> None:
        """Compute the roots of which somebody has spoken, when their sizes are reached."""
        self._claims.extend(claims)
        self._wanted.update(claim.size for claim in self._claims)

    def between(self) -> tuple[Claim | None, Claim | None]:
        """Tell the largest sure claim that the entries fit, and the smallest one after it that they do not."""
        known = sorted(claim for claim in self._claims if claim.size in self.roots)
        unlike = [claim for claim in known if self.roots[claim.size] != claim.root]
        end = min((claim.size for claim in unlike if claim.sure), default=self.size)
        right = [claim for claim in known if claim.sure and claim not in unlike and claim.size < end]
        least = right[-1].size if right else 0
        return (right[-1] if right else None), next((claim for claim in unlike if claim.size > least), None)

    def add(self, hash_: bytes) -> None:
        """Add an entry's hash."""
        for level, place, node in self._frontier.append(hash_):
            if level % TILE_HEIGHT == 0:
                row = self._open.setdefault(level // TILE_HEIGHT, bytearray())
                row += node
                if len(row) == TILE_WIDTH * HASH_BYTES:
                    self._compare(Tile(level // TILE_HEIGHT, place // TILE_WIDTH), row)
                    row.clear()
        if self.size in self._wanted:
            self.roots[self.size] = self.root()

    def end(self, sizes: Iterable[int]) -> int:
        """Compare the tiles that are not full, too; of the sizes that the tree may have had, tell the one whose tiles are here.

        Where the log was cut off, or not read to its end, the beginning of a tile is compared.
        """
        size = next((size for size in sizes if self._has_tiles(size)), self.size)
        for level, row in self._open.items():
            if row:
                number = (self.size >> TILE_HEIGHT * level) // TILE_WIDTH
                width = max(width_of(level, number, size), len(row) // HASH_BYTES)
                self._compare(Tile(level, number, width), row)
        return size

    def _has_tiles(self, size: int) -> bool:
        number = max(size - 1, 0) // TILE_WIDTH
        return size > 0 and self.folder.has(f"{TILES}/{Tile(0, number, width_of(0, number, size)).path()}")

    def _compare(self, tile: Tile, content: bytes | bytearray) -> None:
        name, span = f"{TILES}/{tile.path()}", 1 << (TILE_HEIGHT * tile.level)
        first = tile.number * TILE_WIDTH * span
        try:
            found = self.folder.read(name, TILE_WIDTH * HASH_BYTES)
        except Missing:
            return self._add(Wrong(first + 1, first + tile.width * span, f"{name} is missing."))
        whole = len(found) == tile.width * HASH_BYTES
        if whole and found[: len(content)] == content:
            return None
        width = len(content) // HASH_BYTES
        place = next((n for n in range(width) if found[n * 32 : n * 32 + 32] != content[n * 32 : n * 32 + 32]), width)
        begin = first + min(place, tile.width - 1) * span
        if not whole:
            return self._add(Wrong(begin + 1, begin + span, f"{name} does not hold {tile.width} hashes."))
        return self._add(Wrong(begin + 1, begin + span, f"{name} has another hash there than the entry."))

    def _add(self, wrong: Wrong) -> None:
        if self.wrong is None or wrong[:2] < self.wrong[:2]:
            self.wrong = wrong

    # ── when everything agrees ───────────────────────────────────────────────────────────────────────────────────────

    def root_at(self, size: int) -> bytes:
        """Compute the root over the first entries, out of the tiles, which by now are known to be the entries' own."""
        return self.roots.get(size) or merkle.root(nodes_from_tiles(self._read, self.size), size)

    def leaf_at(self, position: int) -> bytes:
        """Tell the hash of the entry at a position."""
        return nodes_from_tiles(self._read, self.size)(0, position - 1)

    def _read(self, tile: Tile) -> bytes:
        content = self._kept.get(tile)
        if content is None:
            if len(self._kept) == KEPT:
                self._kept.clear()
            content = self._kept[tile] = self.folder.read(f"{TILES}/{tile.path()}", TILE_WIDTH * HASH_BYTES)
        return content

    def count(self) -> int:
        """Tell how many tiles a tree of this size has."""
        return sum(1 for _ in tiles(self.size))


def judge(grown: Grown, size: int, signed: bytes | None, entries: Read, report: Report) -> None:
    """Say of a difference between entries and tiles which of the two is what was signed, and report it; `size` is the tiles'.

    What follows from a line that is wrong in itself is not told as well.
    """
    root, wrong, broken = grown.root(), grown.wrong, entries.broken
    if wrong is not None:
        if broken is None or wrong.first < broken:
            report.differs(wrong.sentence + _which(wrong, signed, root), wrong.first)
    elif broken is None and size != grown.size:
        ends = "ends before it" if grown.size < size else "goes on after the end"
        report.differs(
            f"the log {ends}: there are {grown.size} entries, and the tiles of {size}.", min(size, grown.size) + 1
        )
    elif signed not in (None, root) and not entries.stopped:
        narrowed(
            grown,
            f"The {grown.size} entries and their tiles agree with each other, but lead to the root {root.hex()}, which"
            " is not the one that was signed: the log was written anew.",
            report,
        )


def _which(wrong: Wrong, signed: bytes | None, root: bytes) -> str:
    """Tell which of entry and tile was changed, where a signed root tells it."""
    over = f" It stands over positions {wrong.first} to {wrong.last}." if wrong.last > wrong.first else ""
    if signed == root:
        return f"{over} The entries are those that were signed, so the tile was changed."
    return over if signed is None else f"{over} The entries are not those that were signed: an entry was changed."


def narrowed(grown: Grown, sentence: str, report: Report) -> None:
    """Report that entries were rewritten, with the positions between which the first of them lies."""
    right, wrong = grown.between()
    first, last = right.size + 1 if right else 1, wrong.size if wrong else grown.size
    where = f"at position {first}" if first == last else f"at one of the positions {first} to {last}"
    fits = f" {right.name}, of size {right.size}, still fits." if right else ""
    unlike = f" {wrong.name} is of another root at size {wrong.size}." if wrong else ""
    report.differs(f"{sentence} It begins {where}.{fits}{unlike}", first)


def superfluous(folder: Folder, size: int) -> Iterator[str]:
    """List the tiles that a tree of a size has not."""
    for name in folder.names(TILES) if folder.has(TILES) else ():
        tile = tile_at(name.removeprefix(f"{TILES}/"))
        if tile is None or tile.width != width_of(tile.level, tile.number, size):
            yield name

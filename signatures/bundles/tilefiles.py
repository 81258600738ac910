"""The tiles of a bundle: the tree of its entries as files, cut while it grows, and read again. Standard library only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from signatures.errors import Refused
from signatures.proof.merkle import HASH_BYTES, Frontier
from signatures.proof.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, tiles

TILES = "tile"  # the folder; below it paths are as they are served


class Tiling:
    """Cuts the tiles of a tree out of its leaves' hashes, in their order; holds one open tile a level."""

    def __init__(self, take: Callable[[Tile, bytes], object]) -> None:
        """Hand over each tile as soon as it is full, and the others at the end."""
        self._take = take
        self._frontier = Frontier()
        self._open: dict[int, list[bytes]] = {}

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        for node in self._frontier.append(leaf):
            level, within = divmod(node.level, TILE_HEIGHT)
            if within == 0:
                row = self._open.setdefault(level, [])
                row.append(node.hash)
                if len(row) == TILE_WIDTH:
                    self._take(Tile(level, node.place // TILE_WIDTH), b"".join(row))
                    row.clear()

    def end(self) -> bytes:
        """Hand over the tiles that are not full; tell the root."""
        for level, row in self._open.items():
            if row:
                number = (self._frontier.size >> TILE_HEIGHT * level) // TILE_WIDTH
                self._take(Tile(level, number, len(row)), b"".join(row))
        return self._frontier.root()


class TileFiles:
    """The tiles of a tree of a size in a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        """Point at the bundle's folder; nothing is read yet."""
        self.folder = folder / TILES
        self.size = size

    def read(self, tile: Tile) -> bytes:
        """Read a tile; raise Refused where it is missing or not as long as it must be."""
        name = f"{TILES}/{tile.path()}"
        try:
            with (self.folder / tile.path()).open("rb") as file:
                content = file.read(tile.width * HASH_BYTES + 1)
        except OSError as error:
            raise Refused(f"{name} cannot be read ({error.strerror}).") from error
        if len(content) != tile.width * HASH_BYTES:
            raise Refused(f"{name} does not hold {tile.width} hashes.")
        return content

    def leaves(self) -> Iterator[tuple[str, bytes]]:
        """Read the leaves' hashes in log order, each with the tile that it is in."""
        for tile in tiles(self.size):
            if tile.level:
                return
            name, content = f"{TILES}/{tile.path()}", self.read(tile)
            for start in range(0, len(content), HASH_BYTES):
                yield name, content[start : start + HASH_BYTES]

    def root(self) -> bytes:
        """Compute the root from the leaves' hashes; raise Refused where a tile is not what they give, or none of them."""
        tiling = Tiling(self._compare)
        for _, leaf in self.leaves():
            tiling.append(leaf)
        root = tiling.end()
        names = {tile.path() for tile in tiles(self.size)}
        for path in self.folder.rglob("*"):
            if not path.is_dir() and path.relative_to(self.folder).as_posix() not in names:
                raise Refused(
                    f"{path.relative_to(self.folder.parent)}: a tree of {self.size} entries has no such tile."
                )
        return root

    def _compare(self, tile: Tile, content: bytes) -> None:
        if self.read(tile) != content:
            raise Refused(f"{TILES}/{tile.path()} is not what the tiles below it give.")

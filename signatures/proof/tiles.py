"""The tiles in which a tree is served (c2sp.org/tlog-tiles): their paths, and nodes out of them. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from signatures.proof.merkle import HASH_BYTES, NodeReader, root_of

TILE_HEIGHT = 8
TILE_WIDTH = 1 << TILE_HEIGHT
TILE_LEVELS = 64
TILE_PATH = re.compile(r"(0|[1-9]\d?)/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


class Tile(NamedTuple):
    """Neighbouring nodes of one level (c2sp.org/tlog-tiles): 256, or fewer at the tree's right edge.

    The tile's level counts tiles: its nodes are of eight times that level.
    """

    level: int
    number: int
    width: int = TILE_WIDTH

    def path(self) -> str:
        """Write the path as it is served, `0/x001/x234/067` or `0/000.p/7`."""
        path, rest = f"{self.number % 1000:03}", self.number // 1000
        while rest:
            path, rest = f"x{rest % 1000:03}/{path}", rest // 1000
        return f"{self.level}/{path}" + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    def nodes(self) -> Iterator[tuple[int, int]]:
        """Name the nodes, level and index."""
        first = self.number * TILE_WIDTH
        return ((self.level * TILE_HEIGHT, index) for index in range(first, first + self.width))


def tile_at(path: str) -> Tile | None:
    """Read a path as it is served; None for any other spelling."""
    found = TILE_PATH.fullmatch(path)
    if not found:
        return None
    tile = Tile(int(found[1]), int(re.sub("[x/]", "", found[2])), int(found[3] or TILE_WIDTH))
    return tile if tile.level < TILE_LEVELS and tile.width <= TILE_WIDTH and tile.path() == path else None


def width_of(level: int, number: int, size: int) -> int:
    """Tell how many nodes a tile has in a tree of a size; 0: there is no such tile."""
    return max(0, min(TILE_WIDTH, (size >> TILE_HEIGHT * level) - number * TILE_WIDTH))


def tiles(size: int, known: int = 0) -> Iterator[Tile]:
    """Name the tiles of a tree of a size, level by level, without those that were the same at a known size."""
    level = 0
    while nodes := size >> (TILE_HEIGHT * level):
        for number in range((known >> TILE_HEIGHT * level) // TILE_WIDTH, -(-nodes // TILE_WIDTH)):
            if width_of(level, number, known) < width_of(level, number, size):
                yield Tile(level, number, width_of(level, number, size))
        level += 1


def nodes_from_tiles(read: Callable[[Tile], bytes], size: int) -> NodeReader:
    """Read nodes out of the tiles of a tree of a size."""

    def node(level: int, index: int) -> bytes:
        below = level % TILE_HEIGHT
        first, tile_level = index << below, level // TILE_HEIGHT
        tile = Tile(tile_level, first // TILE_WIDTH, width_of(tile_level, first // TILE_WIDTH, size))
        content, begin = read(tile), first % TILE_WIDTH
        if len(content) != tile.width * HASH_BYTES or begin + (1 << below) > tile.width:
            raise ValueError(f"tile {tile.path()} does not hold what a tree of {size} leaves has there")
        return root_of(
            content[place * HASH_BYTES : (place + 1) * HASH_BYTES] for place in range(begin, begin + (1 << below))
        )

    return node

"""Tiles are named as c2sp.org/tlog-tiles says, and hold the whole tree."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.log.eventlog import leaf_hash
from signatures.proof import merkle, tiles
from signatures.proof.tiles import Tile, tile_at

LEAVES = tuple(leaf_hash(b"leaf %d" % number) for number in range(3_000))


@cache
def node(level: int, index: int) -> bytes:
    """Read a node of the whole tree."""
    return merkle.root_of(LEAVES[index << level : (index + 1) << level])


@pytest.mark.parametrize(
    ("tile", "written"),
    [
        (Tile(0, 0, 256), "0/000"),
        (Tile(0, 1234067, 256), "0/x001/x234/067"),
        (Tile(3, 1234067, 7), "3/x001/x234/067.p/7"),
        (Tile(1, 999, 255), "1/999.p/255"),
        (Tile(63, 1000, 1), "63/x001/000.p/1"),
    ],
)
def test_a_tiles_path(tile: Tile, written: str) -> None:
    """As c2sp.org/tlog-tiles spells it, there and back."""
    assert written == tile.path()
    assert tile == tile_at(written)


@pytest.mark.parametrize(
    "path",
    ["", "0", "0/", "0/0", "0/00", "0/0000", "00/000", "64/000", "-1/000", "0/x000/001", "0/001/002", "0/x001", "0/000.p/0",
     "0/000.p/256", "0/000.p/999", "0/000.p/01", "0/000.p/", "0/000.p/1/", "0/000\n", "0/٠٠٠", "+0/000", "0/x001/x000", "0/" + "x111/" * 9999 + "111"],
)  # fmt: skip
def test_any_other_spelling_of_a_tile_is_none(path: str) -> None:
    """So that one tile has one address."""
    assert tile_at(path) is None


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_has_its_own_path(level: int, index: int, width: int) -> None:
    """Reading what was written gives the tile again."""
    assert Tile(level, index, width) == tile_at(Tile(level, index, width).path())


def test_the_tiles_of_a_tree() -> None:
    """The two examples of the specification: 70,000 leaves, and 256."""
    named = list(tiles.tiles(70_000))
    assert [273, 1, 1, 1, 1] == [
        len([tile for tile in named if tile.level == 0 and tile.width == 256]),
        len([tile for tile in named if (tile.level, tile.width) == (0, 112)]),
        len([tile for tile in named if (tile.level, tile.width) == (1, 256)]),
        len([tile for tile in named if (tile.level, tile.width) == (1, 17)]),
        len([tile for tile in named if (tile.level, tile.width) == (2, 1)]),
    ]
    assert 277 == len(named)
    assert [Tile(0, 0, 256), Tile(1, 0, 1)] == list(tiles.tiles(256))
    assert [] == list(tiles.tiles(0))


def test_tiles_that_came_since() -> None:
    """Who has the tiles of a smaller tree needs only those that grew."""
    for known, size in [(0, 5), (5, 5), (5, 6), (255, 256), (256, 700), (511, 513), (3000, 70_000), (65_535, 65_536)]:
        before = set(tiles.tiles(known))
        assert [tile for tile in tiles.tiles(size) if tile not in before] == list(tiles.tiles(size, known))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 513, 2_999])
def test_tiles_hold_the_tree(size: int) -> None:
    """Root and proofs can be made of the tiles alone; a tile cut short is refused."""
    served = {tile: b"".join(node(*place) for place in tile.nodes()) for tile in tiles.tiles(size)}
    reader = tiles.nodes_from_tiles(served.__getitem__, size)
    assert merkle.root_of(LEAVES[:size]) == merkle.root(reader, size)
    assert merkle.inclusion_proof(node, size // 2, size) == merkle.inclusion_proof(reader, size // 2, size)
    cut = tiles.nodes_from_tiles(lambda tile: served[tile][:-1], size)
    with pytest.raises(ValueError, match=r"tile \d/000(\.p/\d+)? does not hold"):
        merkle.root(cut, size)

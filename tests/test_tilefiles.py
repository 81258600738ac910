"""The tiles of a bundle: cut while the tree grows, the same as are served, and refused where a byte is another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest

from signatures.bundles.tilefiles import TILES, TileFiles, Tiling
from signatures.errors import Refused
from signatures.proof.merkle import root_of
from signatures.proof.tiles import Tile, nodes_from_tiles, tiles

SIZES = (0, 1, 2, 7, 255, 256, 257, 511, 512, 700, 65_535, 65_536, 65_793)


def leaves(size: int) -> list[bytes]:
    """Make hashes that are all different."""
    return [hashlib.sha256(str(number).encode()).digest() for number in range(size)]


def written(folder: Path, size: int) -> bytes:
    """Write the tiles of a tree; return its root."""

    def write(tile: Tile, content: bytes) -> None:
        path = folder / TILES / tile.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    tiling = Tiling(write)
    for leaf in leaves(size):
        tiling.append(leaf)
    return tiling.end()


@pytest.mark.parametrize("size", SIZES)
def test_the_tiles_of_a_growing_tree(size: int) -> None:
    """They are the ones that a tree of that size has, each once, with the nodes that proofs are read from."""
    cut: dict[Tile, bytes] = {}
    tiling = Tiling(lambda tile, content: cut.update({tile: content}))
    for leaf in leaves(size):
        tiling.append(leaf)
    root = tiling.end()
    assert set(tiles(size)) == set(cut)
    assert root_of(leaves(size)) == root
    node = nodes_from_tiles(cut.__getitem__, size)
    for tile, content in cut.items():
        assert b"".join(node(*place) for place in tile.nodes()) == content
    assert b"".join(leaves(size)) == b"".join(cut[tile] for tile in tiles(size) if tile.level == 0)


@pytest.mark.parametrize("size", SIZES[:-3])
def test_they_are_read_again(size: int, tmp_path: Path) -> None:
    """Leaf by leaf with the tile that each is in, and as the root of one tree."""
    root = written(tmp_path, size)
    files = TileFiles(tmp_path, size)
    assert leaves(size) == [leaf for _, leaf in files.leaves()]
    names = chain.from_iterable([f"tile/{tile.path()}"] * tile.width for tile in tiles(size) if tile.level == 0)
    assert list(names) == [name for name, _ in files.leaves()]
    assert root == files.root()


def flip(path: Path) -> None:
    """Change a byte."""
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)


def lengthen(path: Path) -> None:
    """Add a byte."""
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize("name", ["0/000", "0/002.p/188", "1/000.p/2"])
@pytest.mark.parametrize("damage", [lengthen, Path.unlink])
def test_a_tile_of_another_length(name: str, damage: Callable[[Path], None], tmp_path: Path) -> None:
    """Longer or missing it is named."""
    written(tmp_path, 700)
    damage(tmp_path / TILES / name)
    with pytest.raises(Refused, match=f"{TILES}/{name} (does not hold|cannot be read)"):
        TileFiles(tmp_path, 700).root()


@pytest.mark.parametrize("name", ["0/000", "1/000.p/2"])
def test_a_changed_tile(name: str, tmp_path: Path) -> None:
    """It is found where one tile stands on another."""
    written(tmp_path, 700)
    flip(tmp_path / TILES / name)
    with pytest.raises(Refused, match=r"tile/1/000\.p/2 is not what the tiles below it give"):
        TileFiles(tmp_path, 700).root()


def test_a_changed_leaf_at_the_edge(tmp_path: Path) -> None:
    """No tile stands on one that is not full; the root is another."""
    root = written(tmp_path, 700)
    flip(tmp_path / TILES / "0/002.p/188")
    assert root != TileFiles(tmp_path, 700).root()


def test_a_tile_too_many(tmp_path: Path) -> None:
    """What does not belong to the tree is named."""
    written(tmp_path, 700)
    (tmp_path / TILES / "0" / "003").write_bytes(b"")
    with pytest.raises(Refused, match="tile/0/003: a tree of 700 entries has no such tile"):
        TileFiles(tmp_path, 700).root()

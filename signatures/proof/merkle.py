"""The Merkle tree of RFC 6962 §2.1: roots, inclusion and consistency proofs. Standard library only.

Leaf N of the tree is the entry at position N + 1; its hash is `eventlog.leaf_hash`. Roots and proofs are
made of complete subtrees alone: a node (level, index) stands over 2^level leaves from index * 2^level on, and never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

HASH_BYTES = 32
EMPTY = hashlib.sha256(b"").digest()  # the root of a tree without leaves
NodeReader = Callable[[int, int], bytes]


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees as RFC 6962 §2.1 does: SHA-256 over a one byte and both hashes."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Node(NamedTuple):
    """A complete subtree."""

    level: int
    place: int
    hash: bytes


# ── roots ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def peaks(begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Name the complete subtrees that leaves from begin up to end consist of, from the left, each as large as can be."""
    while begin < end:
        level = (end - begin).bit_length() - 1
        if begin:
            level = min(level, (begin & -begin).bit_length() - 1)
        yield level, begin >> level
        begin += 1 << level


class Frontier:
    """A tree that grows to the right; it keeps one hash a level."""

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Start empty, or with the peaks of a tree of a size, from the left."""
        self.size = size
        self.hashes = list(hashes)
        if len(self.hashes) != size.bit_count():
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks, not {len(self.hashes)}")

    def append(self, leaf: bytes) -> list[Node]:
        """Add a leaf's hash; return the nodes that it completes, the leaf itself first."""
        level, index, hash_ = 0, self.size, leaf
        completed = [Node(level, index, hash_)]
        while index & 1:
            level, index, hash_ = level + 1, index >> 1, node_hash(self.hashes.pop(), hash_)
            completed.append(Node(level, index, hash_))
        self.hashes.append(hash_)
        self.size += 1
        return completed

    def root(self) -> bytes:
        """Compute the root of what there is."""
        return _joined(self.hashes)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Join peaks from the right: the ragged edge of a tree hangs on its left."""
    if not hashes:
        return EMPTY
    joined = hashes[-1]
    for hash_ in reversed(hashes[:-1]):
        joined = node_hash(hash_, joined)
    return joined


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Compute the root over the hashes of leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def root(node: NodeReader, size: int) -> bytes:
    """Compute the root of the first leaves of a tree."""
    return _subtree(node, 0, size)


def _subtree(node: NodeReader, begin: int, end: int) -> bytes:
    return _joined([node(level, index) for level, index in peaks(begin, end)])


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def inclusion_proof(node: NodeReader, index: int, size: int) -> list[bytes]:
    """Prove that a leaf is in the tree of a size: the hashes beside its way to the root, from the leaf on."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none at {index}")
    beside = []
    begin, end = 0, size
    while end - begin > 1:
        middle = _split(begin, end)
        if index < middle:
            beside.append(_subtree(node, middle, end))
            end = middle
        else:
            beside.append(_subtree(node, begin, middle))
            begin = middle
    return beside[::-1]


def consistency_proof(node: NodeReader, old: int, new: int) -> list[bytes]:
    """Prove that the tree of the old size is where the one of the new size began."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves did not begin as one of {old}")
    if old in (0, new):
        return []
    beside = []
    begin, end = 0, new
    while old != end:
        middle = _split(begin, end)
        if old <= middle:
            beside.append(_subtree(node, middle, end))
            end = middle
        else:
            beside.append(_subtree(node, begin, middle))
            begin = middle
    # A verifier who knows the old root needs not be told it again.
    whole = [] if begin == 0 else [_subtree(node, begin, end)]
    return [*whole, *reversed(beside)]


def _split(begin: int, end: int) -> int:
    """Tell where a tree divides: after the largest power of two that leaves something on the right."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Tell whether a proof leads from a leaf's hash to the root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, hash_ = index, size - 1, leaf
    for other in proof:
        if last == 0 or len(other) != HASH_BYTES:
            return False
        if place & 1 or place == last:
            hash_ = node_hash(other, hash_)
            place, last = _up_while_even(place, last)
        else:
            hash_ = node_hash(hash_, other)
        place, last = place >> 1, last >> 1
    return last == 0 and hash_ == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Tell whether a proof shows that the old tree is where the new one began (RFC 9162 §2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return old == 0 and new > 0 and not proof and old_root == EMPTY
    hashes = [old_root, *proof] if old.bit_count() == 1 else list(proof)
    if not proof or any(len(one) != HASH_BYTES for one in proof):
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = hashes[0]
    for other in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(other, before), node_hash(other, after)
            place, last = _up_while_even(place, last)
        else:
            after = node_hash(after, other)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _up_while_even(place: int, last: int) -> tuple[int, int]:
    """Go up where a node has nothing on its right: it is its parent."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last

"""The Merkle tree agrees with the RFC's own recursive words for every small tree and for large ones at random."""

from __future__ import annotations

import hashlib
import random
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.log.eventlog import leaf_hash
from signatures.proof import merkle
from signatures.proof.merkle import EMPTY, Frontier

LEAVES = tuple(leaf_hash(b"leaf %d" % number) for number in range(3_000))
SMALL = 300
PROVED = 40  # every pair of a tree up to here is proved


# ── RFC 6962 §2.1, word for word ─────────────────────────────────────────────────────────────────────────────────────


def k(n: int) -> int:
    """Find the largest power of two smaller than n."""
    power = 1
    while power * 2 < n:
        power *= 2
    return power


@cache
def mth(begin: int, end: int) -> bytes:
    """MTH(D[begin:end]) of §2.1; leaves are hashed already."""
    n = end - begin
    if n == 0:
        return hashlib.sha256().digest()
    if n == 1:
        return LEAVES[begin]
    middle = begin + k(n)
    return hashlib.sha256(b"\x01" + mth(begin, middle) + mth(middle, end)).digest()


def path(m: int, begin: int, end: int) -> list[bytes]:
    """PATH(m, D[begin:end]) of §2.1.1."""
    n = end - begin
    if n == 1:
        return []
    if m < k(n):
        return [*path(m, begin, begin + k(n)), mth(begin + k(n), end)]
    return [*path(m - k(n), begin + k(n), end), mth(begin, begin + k(n))]


def subproof(m: int, begin: int, end: int, *, b: bool) -> list[bytes]:
    """SUBPROOF(m, D[begin:end], b) of §2.1.2."""
    n = end - begin
    if m == n:
        return [] if b else [mth(begin, end)]
    if m <= k(n):
        return [*subproof(m, begin, begin + k(n), b=b), mth(begin + k(n), end)]
    return [*subproof(m - k(n), begin + k(n), end, b=False), mth(begin, begin + k(n))]


def node(level: int, index: int) -> bytes:
    """Read a node of the whole tree."""
    return mth(index << level, (index + 1) << level)


def roots(size: int) -> list[bytes]:
    """List the roots of all trees up to a size, as one that grows sees them."""
    frontier = Frontier()
    found = [frontier.root()]
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
        found.append(frontier.root())
    return found


def test_every_root_up_to_three_hundred_leaves_is_the_rfcs() -> None:
    """Grown leaf by leaf, folded at once, or read from nodes: it is MTH(D[n])."""
    expected = [mth(0, size) for size in range(SMALL + 1)]
    assert expected == roots(SMALL)
    assert expected == [merkle.root_of(LEAVES[:size]) for size in range(SMALL + 1)]
    assert expected == [merkle.root(node, size) for size in range(SMALL + 1)]
    assert EMPTY == expected[0]


def test_known_roots() -> None:
    """The roots that the Certificate Transparency project publishes for its eight test leaves."""
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in leaves]
    assert "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" == merkle.root_of(hashes[:1]).hex()
    assert "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" == merkle.root_of(hashes[:3]).hex()
    assert "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" == merkle.root_of(hashes).hex()


def test_every_proof_of_a_small_tree_is_the_rfcs_and_verifies() -> None:
    """Inclusion of every leaf and consistency of every pair; each also verifies by the RFC's other algorithm."""
    for size in range(1, PROVED + 1):
        for index in range(size):
            proof = merkle.inclusion_proof(node, index, size)
            assert path(index, 0, size) == proof
            assert merkle.verify_inclusion(LEAVES[index], index, size, proof, mth(0, size))
        for old in range(1, size + 1):
            proof = merkle.consistency_proof(node, old, size)
            assert subproof(old, 0, size, b=True) == proof
            assert merkle.verify_consistency(old, mth(0, old), size, mth(0, size), proof)


@given(st.data())
def test_proofs_of_larger_trees(data: st.DataObject) -> None:
    """At random sizes, with leaves at the edges and in between."""
    size = data.draw(st.integers(SMALL, len(LEAVES)))
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert path(index, 0, size) == merkle.inclusion_proof(node, index, size)
    assert merkle.verify_inclusion(LEAVES[index], index, size, path(index, 0, size), mth(0, size))
    proof = merkle.consistency_proof(node, old, size)
    assert subproof(old, 0, size, b=True) == proof
    assert merkle.verify_consistency(old, mth(0, old), size, mth(0, size), proof)


# ── what is not proved ───────────────────────────────────────────────────────────────────────────────────────────────


def wrong_proofs(proof: list[bytes]) -> list[list[bytes]]:
    """Spoil a proof in every way: each hash flipped, cut, left out or doubled, two exchanged, one more."""
    wrong = [[*proof, LEAVES[0]], [LEAVES[0], *proof], [*proof, EMPTY]]
    for place, hash_ in enumerate(proof):
        before, after = proof[:place], proof[place + 1 :]
        flipped = bytes([hash_[0] ^ 1, *hash_[1:]])
        wrong += [
            [*before, flipped, *after],
            [*before, hash_[:-1], *after],
            [*before, *after],
            [*before, hash_, hash_, *after],
        ]
    wrong += [[*proof[:place], two, one, *proof[place + 2 :]] for place, (one, two) in enumerate(pairwise(proof))]
    return wrong


def test_a_spoilt_inclusion_proof_proves_nothing() -> None:
    """Nor does a proof for another leaf, place, size or root."""
    for size in range(1, PROVED + 1):
        for index in range(size):
            proof, root = path(index, 0, size), mth(0, size)
            for wrong in wrong_proofs(proof):
                assert not merkle.verify_inclusion(LEAVES[index], index, size, wrong, root)
            assert not merkle.verify_inclusion(LEAVES[-1], index, size, proof, root)
            assert not merkle.verify_inclusion(LEAVES[index], index, size, proof, LEAVES[-1])
            for other in {index - 1, index + 1, -1, size}:
                assert not merkle.verify_inclusion(LEAVES[index], other, size, proof, root)


def test_a_node_is_no_leaf() -> None:
    """An inner node cannot be passed off as a leaf of a smaller tree with the same root."""
    proof = path(0, 0, 4)
    inner = merkle.node_hash(LEAVES[0], LEAVES[1])
    assert not merkle.verify_inclusion(inner, 0, 4, proof[1:], mth(0, 4))
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != inner


def test_a_spoilt_consistency_proof_proves_nothing() -> None:
    """Nor does one between other sizes or roots, or one that rewrote the past."""
    for size in range(2, PROVED + 1):
        for old in range(1, size):
            proof, before, after = subproof(old, 0, size, b=True), mth(0, old), mth(0, size)
            for wrong in wrong_proofs(proof):
                assert not merkle.verify_consistency(old, before, size, after, wrong)
            assert not merkle.verify_consistency(old, LEAVES[-1], size, after, proof)
            assert not merkle.verify_consistency(old, before, size, LEAVES[-1], proof)
            assert not merkle.verify_consistency(size, after, old, before, proof)


def test_trees_without_leaves() -> None:
    """Every tree began empty; an empty one has no leaf to prove, and a tree of one size is one tree."""
    assert merkle.verify_consistency(0, EMPTY, 5, mth(0, 5), [])
    assert not merkle.verify_consistency(0, LEAVES[0], 5, mth(0, 5), [])
    assert not merkle.verify_consistency(0, EMPTY, 5, mth(0, 5), [EMPTY])
    assert merkle.verify_consistency(0, EMPTY, 0, EMPTY, [])
    assert not merkle.verify_consistency(-1, EMPTY, 0, EMPTY, [])
    assert not merkle.verify_inclusion(EMPTY, 0, 0, [], EMPTY)
    assert merkle.verify_consistency(5, mth(0, 5), 5, mth(0, 5), [])
    assert not merkle.verify_consistency(5, mth(0, 5), 5, mth(0, 4), [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    """A leaf outside the tree is refused, and so is a past larger than the present."""
    with pytest.raises(ValueError, match="leaves"):
        merkle.inclusion_proof(node, index, size)
    with pytest.raises(ValueError, match="leaves"):
        merkle.consistency_proof(node, size + 1, size)


# ── growing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_frontier_goes_on_from_peaks() -> None:
    """A tree need not be read again from its first leaf; what each leaf completes are whole nodes."""
    for size in range(SMALL):
        frontier = Frontier(size, [node(*peak) for peak in merkle.peaks(0, size)])
        assert [(*place, node(*place)) for place in completed(size)] == frontier.append(LEAVES[size])
        assert mth(0, size + 1) == frontier.root()


def completed(leaf: int) -> list[tuple[int, int]]:
    """Name the nodes whose last leaf this is."""
    return [(level, leaf >> level) for level in range(12) if (leaf + 1) % (1 << level) == 0]


def test_a_frontier_needs_every_peak() -> None:
    """Half of a tree's edge is none."""
    with pytest.raises(ValueError, match="2 peaks, not 1"):
        Frontier(3, [LEAVES[0]])


def test_a_proof_reads_few_nodes() -> None:
    """A root or proof of n leaves takes at most two nodes a level."""
    read = []

    def counted(level: int, index: int) -> bytes:
        read.append((level, index))
        return b"\0" * 32

    size = 1_000_003
    for index in random.Random(6962).sample(range(size), 100):
        for question in (merkle.inclusion_proof, merkle.consistency_proof):
            read.clear()
            question(counted, index, size)
            assert len(read) <= 2 * size.bit_length()
            assert all((place + 1) << level <= size for level, place in read)

"""The tree is stored with the entries below it, whatever way they come, and answers for every size there ever was."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from signatures.bundles import bundle, restoring
from signatures.database import Row, Transaction, open_database
from signatures.errors import PositionOutOfRange, StorageUnavailable
from signatures.log.derive import check
from signatures.log.eventlog import leaf_hash
from signatures.log.fold import LogDamaged
from signatures.log.store import Store
from signatures.log.upgrade import SCHEMA_VERSION
from signatures.proof import merkle, tree
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.tiles import Tile, nodes_from_tiles
from signatures.proof.tree import Tree
from signatures.register import Register
from signatures.sqlite import SQLiteDatabase
from tests.benchmarks.filling import sized
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import draft, eventful, forget, sign


@pytest.fixture
def store(url: str, clock: FixedClock) -> Iterator[Store]:
    """Open a new store."""
    opened = Store(open_database(url, "register"), clock)
    opened.create()
    yield opened
    forget(opened)


@pytest.fixture
def acted(store: Store) -> Store:
    """Let everything happen in it."""
    eventful(Register(store))
    return store


def leaves_of(store: Store) -> list[bytes]:
    """Hash every entry anew."""
    return [leaf_hash(entry.leaf()) for entry in store.entries(0, 100_000)]


def rows_of(store: Store) -> list[Row]:
    """Read the stored nodes."""
    with store.reading() as transaction:
        rows = transaction.execute("SELECT position, nodes FROM log ORDER BY position")
    return [(position, nodes and bytes(nodes)) for position, nodes in rows]


def change(store: Store, *statements: str) -> None:
    """Change the database behind the register's back."""
    with store.database.writing() as transaction:
        for statement in statements:
            transaction.execute(statement)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_commands_write_the_tree(acted: Store) -> None:
    """After everything has happened, its root at every size is the one over the entries themselves."""
    leaves = leaves_of(acted)
    kept = Tree(acted)
    assert [merkle.root_of(leaves[:size]) for size in range(len(leaves) + 1)] == [
        kept.root(size) for size in range(len(leaves) + 1)
    ]
    assert [] == check(acted)


def test_a_transaction_taken_back_leaves_no_node(store: Store) -> None:
    """Entries and nodes come together or not at all."""
    register = Register(store)
    draft(register)
    before = rows_of(store)
    with suppress(ZeroDivisionError), store.writing():
        for name in "abcdef":
            sign(register, name)
        raise ZeroDivisionError
    assert (before, []) == (rows_of(store), check(store))


@pytest.mark.parametrize("seed", range(5))
def test_however_entries_are_batched_the_tree_is_the_same(seed: int, tmp_path: Path) -> None:
    """One by one, all at once, or in parts of any length."""
    draw = random.Random(seed)
    leaves = [leaf_hash(draw.randbytes(8)) for _ in range(700)]
    database = SQLiteDatabase(tmp_path, "register")
    database.create(LOG)
    size = 0
    while size < len(leaves):
        batch = leaves[size : size + draw.choice([1, 1, 2, 3, 64, 100])]
        with database.writing() as transaction:
            insert(transaction, size, batch)
        size += len(batch)
    frontier = merkle.Frontier()
    with database.reading() as transaction:
        rows = transaction.execute("SELECT nodes FROM log ORDER BY position")
    assert [(tree.row_of(frontier, leaf),) for leaf in leaves] == rows
    database.close()


LOG = "CREATE TABLE log (position {key}, leaf_hash {bytes} NOT NULL, nodes {bytes});\n"


def insert(transaction: Transaction, size: int, leaves: list[bytes]) -> None:
    """Write leaves and what they complete."""
    nodes = tree.completed(transaction, size, leaves)
    rows = [(size + number, leaf, above) for number, (leaf, above) in enumerate(zip(leaves, nodes, strict=True), 1)]
    transaction.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)


def test_writing_a_leaf_reads_few_nodes(tmp_path: Path) -> None:
    """However large the tree: one question for every second leaf, and one row on average."""
    database = SQLiteDatabase(tmp_path, "register")
    database.create(LOG)
    with database.writing() as transaction:
        insert(transaction, 0, [leaf_hash(b"%d" % number) for number in range(30_000)])
        asked: list[str] = []
        transaction.connection.set_trace_callback(asked.append)
        for size in range(30_000, 30_512):
            insert(transaction, size, [b"\1" * 32])
        transaction.connection.set_trace_callback(None)
    read = [sql for sql in asked if sql.startswith("SELECT")]
    assert 256 == len(read)
    assert sum(sql.rpartition("IN")[2].count(",") + 1 for sql in read) <= 512
    database.close()


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_proofs_of_every_pair(acted: Store) -> None:
    """Each is the one of the entries themselves, at every size."""
    leaves = leaves_of(acted)
    kept = Tree(acted)
    roots = [merkle.root_of(leaves[:size]) for size in range(len(leaves) + 1)]
    for new in range(1, len(leaves) + 1, 3):
        for old in range(1, new + 1):
            assert merkle.verify_inclusion(leaves[old - 1], old - 1, new, kept.inclusion(old, new), roots[new])
            assert merkle.verify_consistency(old, roots[old], new, roots[new], kept.consistency(old, new))
    assert [] == kept.consistency(0, len(leaves))


@pytest.mark.parametrize(
    "question",
    [
        lambda kept, size: kept.root(size + 1),
        lambda kept, size: kept.root(-1),
        lambda kept, size: kept.inclusion(0, size),
        lambda kept, size: kept.inclusion(size, size - 1),
        lambda kept, size: kept.inclusion(1, size + 1),
        lambda kept, size: kept.consistency(size, size + 1),
        lambda kept, size: kept.consistency(3, 2),
        lambda kept, size: kept.tile(Tile(0, 0, size + 1)),
        lambda kept, size: kept.tile(Tile(1, 0, 1)),
        lambda kept, size: kept.tile(Tile(63, 0, 1)),
        lambda kept, size: kept.tile(Tile(0, 10**18, 1)),
    ],
)
def test_what_the_log_does_not_have_yet(question: Callable[[Tree, int], object], acted: Store) -> None:
    """Positions, sizes and tiles beyond it are out of range."""
    with pytest.raises(PositionOutOfRange):
        question(Tree(acted), len(leaves_of(acted)))


def test_tiles_are_read_whole_and_in_part(sqlite_url: str, clock: FixedClock) -> None:
    """From them alone an auditor makes the same root."""
    store = sized(sqlite_url, "bench", 900, clock).store
    kept = Tree(store)
    size = kept.size()
    reader = nodes_from_tiles(kept.tile, size)
    assert kept.root(size) == merkle.root(reader, size) == merkle.root_of(leaves_of(store))
    assert kept.inclusion(7, size) == merkle.inclusion_proof(reader, 6, size)
    assert 256 * 32 == len(kept.tile(Tile(0, 2)))
    assert kept.tile(Tile(0, 2))[:320] == kept.tile(Tile(0, 2, 10))
    store.database.close()


def test_a_question_is_one_query(sqlite_url: str, clock: FixedClock) -> None:
    """Beside the newest position."""
    store = sized(sqlite_url, "bench", 900, clock).store
    kept = Tree(store)
    asked: list[str] = []
    with store.reading() as transaction:
        transaction.connection.set_trace_callback(asked.append)
        for question in (lambda: kept.root(901), lambda: kept.inclusion(7, 900), lambda: kept.tile(Tile(1, 0, 3))):
            asked.clear()
            question()
            assert 2 == len(asked)
        transaction.connection.set_trace_callback(None)
    store.database.close()


# ── a register of before there was a tree ────────────────────────────────────────────────────────────────────────────


def older(store: Store) -> list[Row]:
    """Make of a register one without a tree; return the nodes that it had."""
    rows = rows_of(store)
    change(store, "ALTER TABLE log DROP COLUMN nodes", "UPDATE identity SET value = '1' WHERE name = 'schema'")
    return rows


def version(store: Store) -> str:
    with store.reading() as transaction:
        ((found,),) = transaction.execute("SELECT value FROM identity WHERE name = 'schema'")
    return str(found)


def test_init_gives_an_older_register_its_tree(acted: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches; the entries stay as they are, and doing it again changes nothing."""
    rows, entries = older(acted), acted.entries(0, 1000)
    monkeypatch.setattr(tree, "BATCH", 7)
    for _ in range(2):
        acted.create()
        assert (rows, entries, SCHEMA_VERSION) == (rows_of(acted), acted.entries(0, 1000), version(acted))
    assert [] == check(acted)


def test_an_upgrade_that_was_cut_off_goes_on(acted: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it is done the register is of the older version, so nothing serves it."""
    rows = older(acted)
    monkeypatch.setattr(tree, "BATCH", 4)
    batches = iter(range(3))
    whole = tree.fill

    def cut_off(transaction: Transaction, after: int) -> int | None:
        if next(batches, None) is None:
            raise KeyboardInterrupt
        return whole(transaction, after)

    with monkeypatch.context() as patch:
        patch.setattr(tree, "fill", cut_off)
        with pytest.raises(KeyboardInterrupt):
            acted.create()
    half = rows[:12] + [(position, None) for position, _ in rows[12:]]
    assert ("1 on the way to 2", half) == (version(acted), rows_of(acted))
    acted.create()
    assert (SCHEMA_VERSION, rows, []) == (version(acted), rows_of(acted), check(acted))


def test_a_newer_register_is_left_alone(acted: Store) -> None:
    """Software that does not know its tables does not fill them either."""
    change(acted, "UPDATE log SET nodes = NULL", "UPDATE identity SET value = '99' WHERE name = 'schema'")
    before = rows_of(acted)
    acted.create()
    assert ("99", before) == (version(acted), rows_of(acted))


def test_entries_that_older_software_wrote_meanwhile(acted: Store) -> None:
    """Nothing is joined to what they lack; `check` names them, and `init` sets them right."""
    rows, size = rows_of(acted), len(leaves_of(acted))
    change(acted, f"UPDATE log SET nodes = NULL WHERE position > {size - 9}")
    with pytest.raises(StorageUnavailable, match="run `signatures init`"):
        # Two entries, of which one completes a node, by whoever did not write the last ones and so has to read them.
        draft(Register(Store(acted.database, acted.clock)), "late")
    assert any(f"Position {size - 8}: the tree's nodes" in line for line in check(acted))
    acted.create()
    assert (rows, []) == (rows_of(acted)[: len(rows)], check(acted))


# ── restoring and checking ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_restored_register_has_the_same_tree(acted: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From either database into SQLite, in small batches."""
    checkpoints = Checkpoints(acted, tmp_path / "state", tmp_path / "key.pem")
    checkpoints.prepare(None)
    bundle.export(checkpoints, tmp_path / "bundle")
    monkeypatch.setattr(restoring, "BATCH_BYTES", 3_000)
    target = Store(SQLiteDatabase(tmp_path / "other", "register"), FixedClock(NOW))
    restoring.restore(target, tmp_path / "bundle")
    assert (rows_of(acted), []) == (rows_of(target), check(target))
    target.database.close()


ONE = "(SELECT leaf_hash FROM log WHERE position = 1)"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (f"UPDATE log SET nodes = {ONE} WHERE position = 2", "Position 2: the tree's nodes"),
        (f"UPDATE log SET nodes = {ONE} WHERE position = 7", "Position 7: the tree's nodes"),
        ("UPDATE log SET nodes = NULL WHERE position = 32", "Position 32: the tree's nodes"),
        (f"UPDATE log SET leaf_hash = {ONE} WHERE position = 7", "Position 8: the tree's nodes"),
    ],
)
def test_the_check_compares_the_tree(statement: str, told: str, acted: Store) -> None:
    """A node changed, gone or too many is found, and so is an entry that was rewritten with its hash."""
    change(acted, statement)
    assert any(told in line for line in check(acted))


def test_a_missing_node_is_named_when_it_is_needed(acted: Store) -> None:
    """No root is made up."""
    change(acted, f"UPDATE log SET nodes = {ONE} WHERE position = 32")
    with pytest.raises(LogDamaged, match="node over positions 1 to 32"):
        Tree(acted).root(33)


# ── the edge that a process remembers ────────────────────────────────────────────────────────────────────────────────


def test_processes_that_append_by_turns_have_one_tree(acted: Store) -> None:
    """Each remembers an edge that the other has gone beyond, and sees by the last leaf that it has to read it again."""
    other = Store(acted.database, acted.clock)
    for number in range(12):
        draft(Register(other if number % 3 else acted), f"by-turns-{number}")
    assert [] == check(acted)


def test_an_edge_is_forgotten_with_what_was_taken_back(acted: Store) -> None:
    """What was appended and rolled back stands in no later node."""
    for number in range(5):
        with suppress(ZeroDivisionError), acted.writing():
            draft(Register(acted), f"taken-back-{number}")
            raise ZeroDivisionError
        draft(Register(acted), f"kept-{number}")
    assert [] == check(acted)

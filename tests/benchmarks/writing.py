"""Signing against the raw commit that any store has to make."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from signatures.aggregate import Actor
from signatures.organisation import NameParts
from signatures.proof import tree
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.guard import Guard
from signatures.proof.keyfile import KEY_FILE
from tests.benchmarks.filling import sized
from tests.benchmarks.timing import Figure, ratio
from tests.clock import FixedClock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EDITOR = Actor("editor", "bench")


def sign_against_commit(folder: Path) -> list[Figure]:
    """Sign, one caller, against a durable commit of one row on the same disk."""
    register = sized(f"sqlite:///{folder}/sign", "bench", 1_000, FixedClock(NOW))
    state = folder / "sign-state"
    Checkpoints(register.store, state, state / KEY_FILE).prepare(None)
    register.store.guard = Guard(lambda: state)  # as a register that is served has it
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT)")
    numbers = count()
    known = register.sign(
        EDITOR, "bench", NameParts("Known body"), signed_on="2026-11-22", method="api"
    ).organisation_id
    ids = [known]

    def sign() -> None:
        parts = NameParts(f"New body {next(numbers)}", acronym="NB")
        ids.append(register.sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api").organisation_id)

    def commit() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO row (body) VALUES (?)", ("x" * 400,))
        raw.execute("COMMIT")

    figures = [ratio("sign, one caller, against a raw one-row durable commit", 0.65, sign, commit, 400)]
    raw.close()
    register.store.database.close()
    return figures


def sign_with_tree(folder: Path) -> list[Figure]:
    """Sign into a log of 70,000 entries, against the same log without a Merkle tree."""
    registers = [sized(f"sqlite:///{folder}/{name}", "bench", 65_000, FixedClock(NOW)) for name in ("tree", "plain")]
    ways = [tree.completed, lambda _transaction, _size, leaves: [b""] * len(leaves)]
    numbers = count()

    def sign(which: int) -> None:
        vars(tree)["completed"] = ways[which]
        parts = NameParts(f"New body {next(numbers)}", acronym="NB")
        registers[which].sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api")

    try:
        name = "sign into 70,000 entries, with the Merkle tree against without"
        return [ratio(name, 0.85, lambda: sign(0), lambda: sign(1), 800)]
    finally:
        vars(tree)["completed"] = ways[0]
        for register in registers:
            register.store.database.close()

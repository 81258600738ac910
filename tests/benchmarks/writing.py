"""Signing against the raw commit that any store has to make."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from signatures.aggregate import Actor
from signatures.organisation import NameParts
from tests.benchmarks.filling import sized
from tests.benchmarks.timing import Figure, ratio
from tests.clock import FixedClock

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EDITOR = Actor("editor", "bench")


def sign_against_commit(folder: Path) -> list[Figure]:
    """Sign, one caller, against a durable commit of one row on the same disk."""
    register = sized(f"sqlite:///{folder}/sign", "bench", 1_000, FixedClock(NOW))
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

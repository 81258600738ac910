"""Registers of older versions: what `signatures init` makes of their tables. Entries themselves never change."""

from __future__ import annotations

from signatures.database import MAKING, Database, Transaction
from signatures.proof import tree

SCHEMA_VERSION = "3"
WITHOUT_TREE, FILLING, WITHOUT_WITNESSES = "1", "1 on the way to 2", "2"
KNOWN = (FILLING, WITHOUT_WITNESSES, SCHEMA_VERSION)  # a newer register is left alone


def before(database: Database) -> None:
    """Let the log of version 1 hold the tree, before today's tables are made."""
    database.make()
    with database.writing(MAKING) as transaction:
        if database.has_table(transaction, "log") and _version(transaction) == WITHOUT_TREE:
            transaction.execute("ALTER TABLE log ADD COLUMN nodes " + database.words["bytes"])
            _set_version(transaction, FILLING)


def after(database: Database) -> None:
    """Write the tree where it is missing, a batch a transaction; going on is as good as beginning."""
    done: int | None = 0
    while done is not None:
        with database.writing("stored_events") as transaction:
            version = _version(transaction)
            done = tree.fill(transaction, done) if version in KNOWN else None
            if version in (FILLING, WITHOUT_WITNESSES) and done is None:
                _set_version(transaction, SCHEMA_VERSION)


def _version(transaction: Transaction) -> str | None:
    rows = transaction.execute("SELECT value FROM identity WHERE name = 'schema'")
    return rows[0][0] if rows else None


def _set_version(transaction: Transaction, version: str) -> None:
    transaction.execute("UPDATE identity SET value = ? WHERE name = 'schema'", (version,))

"""Derived rows that commands need instead of a replay: heads, signature rows, the organisation index, mergers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from signatures.database import Row, Transaction
from signatures.organisation import folded_name
from signatures.statement import SignatureRow

SCHEMA = """
CREATE TABLE IF NOT EXISTS head (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, version {bigint} NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS signature (
  id TEXT PRIMARY KEY, statement TEXT NOT NULL, organisation TEXT NOT NULL, ordinal {bigint} NOT NULL,
  signed_on TEXT NOT NULL, withdrawn_on TEXT, voided {bigint} NOT NULL,
  position {bigint} NOT NULL, version {bigint} NOT NULL, acts TEXT NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS signature_standing ON signature (statement, organisation)
  WHERE withdrawn_on IS NULL AND voided = 0;
CREATE INDEX IF NOT EXISTS signature_organisation ON signature (statement, organisation);
CREATE UNIQUE INDEX IF NOT EXISTS signature_order ON signature (statement, ordinal);
CREATE TABLE IF NOT EXISTS organisation_name (
  folded TEXT NOT NULL, organisation TEXT NOT NULL, PRIMARY KEY (folded, organisation));
CREATE TABLE IF NOT EXISTS merger (organisation TEXT PRIMARY KEY, into_organisation TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS merger_into ON merger (into_organisation);
"""
SIGNATURE_COLUMNS = "id, statement, organisation, ordinal, signed_on, withdrawn_on, voided, position, version, acts"


class Head(NamedTuple):
    """An aggregate's state as of its newest version."""

    id: str
    kind: str
    version: int
    state: dict[str, Any]


@dataclass
class Rows:
    """What is written in the transaction that appends an event."""

    heads: list[Head] = field(default_factory=list)
    signatures: list[SignatureRow] = field(default_factory=list)
    texts: dict[str, bytes] = field(default_factory=dict)


def head(transaction: Transaction, id_: str) -> Head | None:
    """Read one head row."""
    rows = transaction.execute("SELECT id, kind, version, state FROM head WHERE id = ?", (id_,))
    return Head(*rows[0][:3], json.loads(rows[0][3])) if rows else None


def signature(transaction: Transaction, id_: str) -> SignatureRow | None:
    """Read one signature row."""
    rows = transaction.execute(f"SELECT {SIGNATURE_COLUMNS} FROM signature WHERE id = ?", (id_,))
    return signature_row(rows[0]) if rows else None


def signatures_of(transaction: Transaction, statement: str, organisations: Iterable[str]) -> list[SignatureRow]:
    """Read all signatures that any of these registrations ever gave to a statement."""
    found: list[SignatureRow] = []
    for organisation in organisations:
        rows = transaction.execute(
            f"SELECT {SIGNATURE_COLUMNS} FROM signature WHERE statement = ? AND organisation = ? ORDER BY ordinal",
            (statement, organisation),
        )
        found += map(signature_row, rows)
    return found


def standing_on(transaction: Transaction, statement: str, day: str) -> list[str]:
    """List the ids of the signatures that stand on a day as far as is known now, in log order."""
    rows = transaction.execute(
        "SELECT id FROM signature WHERE statement = ? AND voided = 0 AND signed_on <= ?"
        " AND (withdrawn_on IS NULL OR withdrawn_on > ?) ORDER BY ordinal",
        (statement, day, day),
    )
    return [id_ for (id_,) in rows]


def organisations_named(transaction: Transaction, acronym: str | None, name: str) -> list[Head]:
    """Read the organisations that are or were known under this acronym and name, folded."""
    rows = transaction.execute(
        "SELECT h.id, h.kind, h.version, h.state FROM organisation_name n JOIN head h ON h.id = n.organisation"
        " WHERE n.folded = ? ORDER BY h.id",
        (folded_name(acronym, name),),
    )
    return [Head(*row[:3], json.loads(row[3])) for row in rows]


def group(transaction: Transaction, organisation: str) -> list[str]:
    """List all registrations that mergers say are one body with this one, itself included."""
    found, waiting = {organisation}, [organisation]
    while waiting:
        one = waiting.pop()
        linked = transaction.execute(
            "SELECT into_organisation FROM merger WHERE organisation = ? UNION SELECT organisation FROM merger WHERE into_organisation = ?",
            (one, one),
        )
        for (other,) in linked:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return sorted(found)


def write(transaction: Transaction, rows: Rows) -> None:
    """Write derived rows; heads and signatures replace their older selves."""
    for row in rows.heads:
        transaction.execute(
            "INSERT INTO head (id, kind, version, state) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state",
            (row.id, row.kind, row.version, json.dumps(row.state, ensure_ascii=False, sort_keys=True)),
        )
        if row.kind == "organisation":
            _write_organisation(transaction, row)
    for signed in rows.signatures:
        transaction.execute(
            f"INSERT INTO signature ({SIGNATURE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, signed_on = excluded.signed_on,"
            " withdrawn_on = excluded.withdrawn_on, voided = excluded.voided, acts = excluded.acts",
            (*signed[:6], int(signed.voided), *signed[7:9], json.dumps(signed.acts, ensure_ascii=False, sort_keys=True)),
        )


def _write_organisation(transaction: Transaction, row: Head) -> None:
    spellings = [row.state["parts"]]
    for rename in row.state["renames"]:
        spellings.append({**spellings[-1], **rename["changes"]})
    transaction.executemany(
        "INSERT INTO organisation_name (folded, organisation) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(folded_name(parts["acronym"], parts["name"]), row.id) for parts in spellings],
    )
    transaction.execute("DELETE FROM merger WHERE organisation = ?", (row.id,))
    if row.state["mergers"]:
        transaction.execute("INSERT INTO merger VALUES (?, ?)", (row.id, row.state["mergers"][-1]["into"]))


def signature_row(row: Row) -> SignatureRow:
    """Read a row of the signature table."""
    return SignatureRow(*row[:6], bool(row[6]), *row[7:9], tuple(json.loads(row[9])))

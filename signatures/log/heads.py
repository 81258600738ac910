"""Derived rows that commands need instead of a replay: heads, signature rows, the organisation index, mergers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

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
CREATE INDEX IF NOT EXISTS signature_organisation ON signature (organisation, statement);
CREATE UNIQUE INDEX IF NOT EXISTS signature_order ON signature (statement, ordinal);
CREATE TABLE IF NOT EXISTS organisation_name (
  folded TEXT NOT NULL, organisation TEXT NOT NULL, PRIMARY KEY (folded, organisation));
CREATE TABLE IF NOT EXISTS merger (organisation TEXT PRIMARY KEY, into_organisation TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS merger_into ON merger (into_organisation);
"""
COLUMNS = {
    "head": ("id", "kind", "version", "state"),
    "signature": (
        "id", "statement", "organisation", "ordinal", "signed_on", "withdrawn_on", "voided", "position", "version", "acts",
    ),
    "organisation_name": ("folded", "organisation"),
    "merger": ("organisation", "into_organisation"),
}  # fmt: skip
SIGNATURE_COLUMNS = ", ".join(COLUMNS["signature"])
HEAD_WRITTEN = (
    "INSERT INTO head (id, kind, version, state) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state"
)
SIGNATURE_WRITTEN = (
    f"INSERT INTO signature ({SIGNATURE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, signed_on = excluded.signed_on,"
    " withdrawn_on = excluded.withdrawn_on, voided = excluded.voided, acts = excluded.acts"
)
_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode  # for ever: rows are compared as text


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
    kept: dict[int, bytes] = field(default_factory=dict)
    """What an order of erasure leaves of entries, by position."""


def head(transaction: Transaction, id_: str) -> Head | None:
    """Read one head row."""
    known = transaction.known.get(id_)
    rows = [known] if known else transaction.execute("SELECT id, kind, version, state FROM head WHERE id = ?", (id_,))
    return head_row(rows[0]) if rows else None


def signature(transaction: Transaction, id_: str) -> SignatureRow | None:
    """Read one signature row."""
    rows = transaction.execute(f"SELECT {SIGNATURE_COLUMNS} FROM signature WHERE id = ?", (id_,))
    return signature_row(rows[0]) if rows else None


def signatures_of(transaction: Transaction, statement: str, organisations: Iterable[str]) -> list[SignatureRow]:
    """Read all signatures that any of these registrations ever gave to a statement, by ordinal.

    Sorted here: asked for an order, SQLite walks all of the statement's ordinals instead of the organisation's few.
    """
    found: list[SignatureRow] = []
    for organisation in organisations:
        rows = transaction.execute(
            f"SELECT {SIGNATURE_COLUMNS} FROM signature WHERE organisation = ? AND statement = ?",
            (organisation, statement),
        )
        found += map(signature_row, rows)
    return sorted(found, key=lambda row: row.ordinal)


def standing_of(transaction: Transaction, organisation: str) -> list[tuple[str, str]]:
    """List the signatures by which a registration stands, each with its statement's reference."""
    rows = transaction.execute(
        "SELECT s.id, h.state FROM signature s JOIN head h ON h.id = s.statement"
        " WHERE s.organisation = ? AND s.withdrawn_on IS NULL AND s.voided = 0 ORDER BY s.position",
        (organisation,),
    )
    return [(id_, json.loads(state)["reference"]) for id_, state in rows]


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
    return [head_row(row) for row in rows]


def organisations(transaction: Transaction) -> list[Head]:
    """Read all organisations there are, merged ones too."""
    rows = transaction.execute("SELECT id, kind, version, state FROM head WHERE kind = 'organisation'")
    return [head_row(row) for row in rows]


def organisation_versions(transaction: Transaction) -> dict[str, int]:
    """Read how far each organisation's history has come, by its id: whoever keeps them sees which to read again."""
    return dict(transaction.execute("SELECT id, version FROM head WHERE kind = 'organisation'"))


def statements_of(transaction: Transaction, organisations: Iterable[str]) -> int:
    """Count the statements under which any of these registrations stands or stood; voided signatures do not count."""
    found: set[str] = set()
    for organisation in organisations:
        rows = transaction.execute(
            "SELECT DISTINCT statement FROM signature WHERE organisation = ? AND voided = 0", (organisation,)
        )
        found.update(statement for (statement,) in rows)
    return len(found)


def forget_request(transaction: Transaction, position: int) -> None:
    """Erase the digest of the request that recorded an entry: one could try by it what the request said."""
    transaction.execute(
        "UPDATE idempotency SET request_sha256 = '' WHERE answer LIKE ? OR answer LIKE ?",
        (f'%"position": {position},%', f'%"position": {position}}}%'),
    )


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


def write(transaction: Transaction, rows: Rows, before: Iterable[tuple[str, Row]] = ()) -> None:
    """Write derived rows, and others in the same go; heads and signatures replace their older selves."""
    heads = [_head_values(row) for row in rows.heads]
    transaction.send([*before, *_heads_written(rows, heads), *_signatures_written(rows)])
    # Whoever comes next in the transaction needs the same statement; organisations are many.
    transaction.known.update((values[0], values) for values in heads if values[1] == "statement")


def _heads_written(rows: Rows, heads: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    for row, values in zip(rows.heads, heads, strict=True):
        yield HEAD_WRITTEN, values
        if row.kind == "organisation":
            if rows.kept:  # a name is gone
                yield "DELETE FROM organisation_name WHERE organisation = ?", (row.id,)
            yield from _organisation_written(row)


def _signatures_written(rows: Rows) -> Iterator[tuple[str, Row]]:
    for signed in rows.signatures:
        yield SIGNATURE_WRITTEN, _signature_values(signed)


def replace(transaction: Transaction, rows: Rows) -> None:
    """Write many derived rows at once; the older selves go first, so that no two of one organisation meet half way."""
    organisations = [row for row in rows.heads if row.kind == "organisation"]
    for table, key, ids in (
        ("head", "id", [row.id for row in rows.heads]),
        ("signature", "id", [row.id for row in rows.signatures]),
        ("organisation_name", "organisation", [row.id for row in organisations]),
        ("merger", "organisation", [row.id for row in organisations]),
    ):
        transaction.executemany(f"DELETE FROM {table} WHERE {key} = ?", [(id_,) for id_ in ids])
    transaction.executemany(
        "INSERT INTO head (id, kind, version, state) VALUES (?, ?, ?, ?)", map(_head_values, rows.heads)
    )
    transaction.executemany(
        f"INSERT INTO signature ({SIGNATURE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        map(_signature_values, rows.signatures),
    )
    transaction.executemany(
        "INSERT INTO organisation_name (folded, organisation) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(folded, row.id) for row in organisations for folded in _folded_names(row)],
    )
    transaction.executemany(
        "INSERT INTO merger (organisation, into_organisation) VALUES (?, ?)",
        [(row.id, row.state["mergers"][-1]["into"]) for row in organisations if row.state["mergers"]],
    )


def _head_values(row: Head) -> Row:
    return (row.id, row.kind, row.version, _written(row.state))


def _signature_values(row: SignatureRow) -> Row:
    return (*row[:6], int(row.voided), *row[7:9], _written(row.acts))


def _folded_names(row: Head) -> list[str]:
    """Fold every name under which an organisation is or was known, but for those that were withheld."""
    spellings = [row.state["parts"]]
    for rename in row.state["renames"]:
        spellings.append({**spellings[-1], **rename["changes"]})
    return [folded_name(parts["acronym"], parts["name"]) for parts in spellings if parts["name"]]


def _organisation_written(row: Head) -> Iterator[tuple[str, Row]]:
    for folded in dict.fromkeys(_folded_names(row)):
        yield (
            "INSERT INTO organisation_name (folded, organisation) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (folded, row.id),
        )
    if row.version > 1:  # one that was just registered has no merger to take back
        yield "DELETE FROM merger WHERE organisation = ?", (row.id,)
    if row.state["mergers"]:
        yield "INSERT INTO merger VALUES (?, ?)", (row.id, row.state["mergers"][-1]["into"])


def signature_row(row: Row) -> SignatureRow:
    """Read a row of the signature table."""
    id_, statement, organisation, ordinal, signed_on, withdrawn_on, voided, position, version, acts = row
    return SignatureRow(
        id_,
        statement,
        organisation,
        ordinal,
        signed_on,
        withdrawn_on,
        bool(voided),
        position,
        version,
        tuple(orjson.loads(acts)),
    )


def head_row(row: Row) -> Head:
    """Read a row of the head table."""
    id_, kind, version, state = row
    return Head(id_, kind, version, orjson.loads(state))

"""The materialised view: tables whose rows hold between dates and between positions.

The tables are those of a *generation*: `signature_g7` belongs to generation 7. Everything here can be deleted and rebuilt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from projections.views.projector import OPEN
from signatures.database import Row, Transaction

SCHEMA_VERSION = 5  # another one is another generation: rebuilt on first use
TRACKING = """
CREATE TABLE IF NOT EXISTS tracking (
  generation {key}, schema_version {bigint} NOT NULL, complete {bigint} NOT NULL, register TEXT NOT NULL,
  position {bigint} NOT NULL, leaf_hash {bytes} NOT NULL)
"""
TABLES = {
    "statement": """statement {key}, stream TEXT NOT NULL UNIQUE, reference TEXT NOT NULL, folded TEXT NOT NULL,
  published {bigint} NOT NULL, last_position {bigint} NOT NULL, last_recorded_at TEXT NOT NULL, last_version {bigint} NOT NULL""",
    "act": """statement {bigint} NOT NULL, position {bigint} NOT NULL, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  type TEXT NOT NULL, known_to {bigint} NOT NULL, data {bytes} NOT NULL, PRIMARY KEY (statement, position)""",
    "signature": """position {key}, statement {bigint} NOT NULL, id {bytes} NOT NULL, organisation TEXT NOT NULL,
  signed_on {date} NOT NULL, changed {bigint} NOT NULL, document TEXT NOT NULL, territories TEXT NOT NULL""",
    "name": """statement {bigint} NOT NULL, signature {bigint} NOT NULL, folded {date} NOT NULL,
  PRIMARY KEY (statement, signature)""",
    "fact": """statement {bigint} NOT NULL, position {key}, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  type TEXT NOT NULL, known_to {bigint} NOT NULL, signature {bigint} NOT NULL, holds_from {date},
  organisation TEXT, folded TEXT NOT NULL, data {bytes} NOT NULL, territories TEXT""",
    "span": """statement {bigint} NOT NULL, signed_on {date} NOT NULL, signature {bigint} NOT NULL, known_from {bigint} NOT NULL,
  known_to {bigint} NOT NULL, ended_on {date} NOT NULL, PRIMARY KEY (statement, signed_on, signature, known_from)""",
    "late": """published {bigint} NOT NULL, language {date} NOT NULL, signed_on {date} NOT NULL, signature {bigint} NOT NULL,
  known_from {bigint} NOT NULL, known_to {bigint} NOT NULL, ended_on {date} NOT NULL,
  PRIMARY KEY (published, language, signed_on, signature, known_from)""",
    "edition": """statement {bigint} NOT NULL, published {bigint} NOT NULL, language {date} NOT NULL, number {bigint} NOT NULL,
  as_of {date} NOT NULL, places {bigint} NOT NULL, PRIMARY KEY (statement, published, language)""",
    "place": """published {bigint} NOT NULL, language {date} NOT NULL, number {bigint} NOT NULL, signature {bigint}, reason TEXT,
  PRIMARY KEY (published, language, number)""",
    "section": """published {bigint} NOT NULL, language {date} NOT NULL, line {bigint} NOT NULL, before {bigint} NOT NULL,
  heading TEXT NOT NULL, PRIMARY KEY (published, language, line)""",
    "tally": """statement {bigint} NOT NULL, published {bigint} NOT NULL, language {date} NOT NULL, day {date} NOT NULL,
  began {bigint} NOT NULL, ended {bigint} NOT NULL, again {bigint} NOT NULL, corrected {bigint} NOT NULL,
  PRIMARY KEY (statement, published, language, day)""",
    "monthly": """statement {bigint} NOT NULL, published {bigint} NOT NULL, language {date} NOT NULL, month {date} NOT NULL,
  began {bigint} NOT NULL, ended {bigint} NOT NULL, again {bigint} NOT NULL,
  PRIMARY KEY (statement, published, language, month)""",
    "milestone": """statement {bigint} NOT NULL, published {bigint} NOT NULL, language {date} NOT NULL, upto {bigint} NOT NULL,
  day {date} NOT NULL, began {bigint} NOT NULL, ended {bigint} NOT NULL, again {bigint} NOT NULL, corrected {bigint} NOT NULL,
  PRIMARY KEY (statement, published, language, upto, day)""",
    "organisation": "position {key}, id TEXT NOT NULL, folded {date} NOT NULL",
    "organisation_act": """organisation TEXT NOT NULL, position {key}, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  type TEXT NOT NULL, known_to {bigint} NOT NULL, into_organisation TEXT, folded {date} NOT NULL, data {bytes} NOT NULL""",
    "erasure": "position {key}, recorded_at TEXT NOT NULL, target {bigint} NOT NULL",
    "quarantine": """stream TEXT PRIMARY KEY, position {bigint} NOT NULL, version {bigint} NOT NULL, code TEXT NOT NULL,
  sentence TEXT NOT NULL""",
}
COUNTED = {  # where a day on which nothing is left may stand or not
    "tally": " WHERE began <> 0 OR ended <> 0 OR again <> 0 OR corrected <> 0",
    "monthly": " WHERE began <> 0 OR ended <> 0 OR again <> 0",
    "milestone": " WHERE began <> 0 OR ended <> 0 OR again <> 0 OR corrected <> 0",
}
CLUSTERED = ("act", "name", "span", "late", "edition", "place", "section", "tally", "monthly", "milestone")
INDEXES = (
    "INDEX signature_statement{g} ON signature{g} (statement, position, signed_on)",
    "INDEX fact_signature{g} ON fact{g} (signature, position)",
    "INDEX fact_statement{g} ON fact{g} (statement, position)",
    "INDEX span_changed{g} ON span{g} (statement, known_from, signed_on, ended_on, signature) WHERE known_from > signature",
    f"INDEX span_closed{{g}} ON span{{g}} (statement, known_to, signed_on, ended_on, signature) WHERE known_to < {OPEN}",
    "INDEX place_signature{g} ON place{g} (signature, published, language)",
)
SIGNATURE_ID = "UNIQUE INDEX signature_id{g} ON signature{g} (id)"
LATER_INDEXES = (  # made at once when a generation is full, which is quicker
    SIGNATURE_ID,
    "INDEX signature_signed_on{g} ON signature{g} (statement, signed_on, position, territories)",
    "INDEX signature_organisation{g} ON signature{g} (organisation, position)",
    "INDEX span_signature{g} ON span{g} (statement, signature)",
    "INDEX fact_known_to{g} ON fact{g} (statement, known_to)",
    "INDEX fact_holds_from{g} ON fact{g} (statement, holds_from) WHERE holds_from IS NOT NULL",
    "INDEX fact_folded{g} ON fact{g} (statement, signature) WHERE folded <> ''",
    "INDEX fact_territories{g} ON fact{g} (statement, signature) WHERE territories IS NOT NULL",
    "INDEX fact_organisation{g} ON fact{g} (organisation) WHERE organisation IS NOT NULL",
    "UNIQUE INDEX organisation_id{g} ON organisation{g} (id)",
    "INDEX organisation_folded{g} ON organisation{g} (folded, position)",
    "INDEX organisation_act_organisation{g} ON organisation_act{g} (organisation, position)",
    "INDEX organisation_act_into{g} ON organisation_act{g} (into_organisation) WHERE into_organisation IS NOT NULL",
    "INDEX organisation_act_folded{g} ON organisation_act{g} (organisation) WHERE folded <> ''",
    "INDEX statement_folded{g} ON statement{g} (folded)",
)


def tables(transaction: Transaction, generation: int, words: dict[str, str], engine: str) -> None:
    """Create the tables of a generation, with the indexes that filling it needs."""
    words = {**words, "date": "TEXT" if engine == "sqlite" else 'TEXT COLLATE "C"'}
    for name, columns in TABLES.items():
        clustered = " WITHOUT ROWID" if engine == "sqlite" and name in CLUSTERED else ""
        drop(transaction, generation, name, engine)  # what a process that died may have left
        transaction.execute(f"CREATE TABLE {name}_g{generation} ({columns.format(**words)}){clustered}")
    _indexes(transaction, generation, INDEXES)


def later_index(transaction: Transaction, generation: int, index: str, engine: str) -> None:
    """Create one of the later indexes, unless it is there."""
    _outwait_vacuum(transaction, engine)
    _indexes(transaction, generation, [index])


def analyse(transaction: Transaction, generation: int, engine: str) -> None:
    """Let PostgreSQL count the rows of a full generation, so that it plans by them at once."""
    if engine == "postgresql":
        _outwait_vacuum(transaction, engine)
        for name in TABLES:
            transaction.execute(f"ANALYZE {name}_g{generation}")


def drop(transaction: Transaction, generation: int, table: str, engine: str) -> None:
    """Drop one of the tables of a generation."""
    _outwait_vacuum(transaction, engine)
    transaction.execute(f"DROP TABLE IF EXISTS {table}_g{generation}")


def _outwait_vacuum(transaction: Transaction, engine: str) -> None:
    """Wait longer than autovacuum holds a large table: the server ends it for us after `deadlock_timeout`, a second."""
    if engine == "postgresql":
        transaction.execute("SET LOCAL lock_timeout = '20s'")


def _indexes(transaction: Transaction, generation: int, indexes: Iterable[str]) -> None:
    for index in indexes:
        kind, _, rest = index.replace("{g}", f"_g{generation}").partition("INDEX ")
        transaction.execute(f"CREATE {kind}INDEX IF NOT EXISTS {rest}")


def first_difference(transaction: Transaction, serving: int, fresh: int) -> str | None:
    """Name the first row that only one of two generations has."""
    for name in TABLES:
        kept = COUNTED.get(name, "")
        one, other = (f"SELECT * FROM {name}_g{generation}{kept}" for generation in (serving, fresh))
        for sentence, sql in (
            ("The view has a row in {} that a rebuild does not make: {}", f"{one} EXCEPT {other}"),
            ("The view lacks a row in {} that a rebuild makes: {}", f"{other} EXCEPT {one}"),
        ):
            rows = transaction.execute(f"SELECT * FROM ({sql}) AS found ORDER BY 1, 2, 3 LIMIT 1")
            if rows:
                return sentence.format(name, rows[0])
    return None


Signing = (
    Row  # a signature as a page needs it: number and reason of its place; key, `changed` and document of its Signed
)


class StatementRow(NamedTuple):
    """A statement as the view finds it.

    `key` is the position of its Drafted, `published` of its first Published or 0, `stopped` of what could not be processed.
    """

    key: int
    stream: str
    reference: str
    published: int
    last_position: int
    last_recorded_at: str
    last_version: int
    stopped: int | None


class EditionRow(NamedTuple):
    """One order of one edition."""

    published: int
    language: str
    number: int
    as_of: str
    places: int

"""The materialised view: rows with the dates and the positions between which they hold, and how a list is read from them.

The tables are those of a *generation*: `signature_g7` belongs to generation 7. Pages run by key, never by OFFSET.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson

from projections.projector import BLOCK, NEVER, OPEN
from projections.signatory_list import Leaf, Signature
from signatures.database import Row, Transaction

SCHEMA_VERSION = 1  # another one is another generation: rebuilt on first use
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
    "signature": """position {key}, statement {bigint} NOT NULL, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  id {bytes} NOT NULL, organisation TEXT NOT NULL, signed_on {date} NOT NULL, changed {bigint} NOT NULL,
  folded TEXT NOT NULL, document {bytes} NOT NULL""",
    "fact": """statement {bigint} NOT NULL, position {key}, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  type TEXT NOT NULL, known_to {bigint} NOT NULL, signature {bigint} NOT NULL, organisation TEXT,
  folded TEXT NOT NULL, data {bytes} NOT NULL""",
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
    "tally": """statement {bigint} NOT NULL, published {bigint} NOT NULL, language {date} NOT NULL, upto {bigint} NOT NULL,
  day {date} NOT NULL, began {bigint} NOT NULL, ended {bigint} NOT NULL, again {bigint} NOT NULL,
  PRIMARY KEY (statement, published, language, upto, day)""",
    "organisation": "position {key}, id TEXT NOT NULL, folded TEXT NOT NULL, name TEXT NOT NULL",
    "organisation_act": """organisation TEXT NOT NULL, position {key}, version {bigint} NOT NULL, recorded_at TEXT NOT NULL,
  type TEXT NOT NULL, known_to {bigint} NOT NULL, into_organisation TEXT, data {bytes} NOT NULL""",
    "quarantine": """stream TEXT PRIMARY KEY, statement {bigint} NOT NULL, position {bigint} NOT NULL, code TEXT NOT NULL,
  sentence TEXT NOT NULL""",
}
CLUSTERED = ("act", "span", "late", "edition", "place", "section", "tally")
INDEXES = (
    "INDEX signature_statement{g} ON signature{g} (statement, position, signed_on)",
    "UNIQUE INDEX signature_id{g} ON signature{g} (id)",
    "INDEX fact_signature{g} ON fact{g} (signature, position)",
    "INDEX fact_statement{g} ON fact{g} (statement, position)",
    "INDEX span_changed{g} ON span{g} (statement, known_from) WHERE known_from > signature",
    f"INDEX span_closed{{g}} ON span{{g}} (statement, known_to) WHERE known_to < {OPEN}",
    "INDEX place_signature{g} ON place{g} (signature, published, language)",
)
LATER_INDEXES = (  # nothing is looked up by these while a generation is filled
    "INDEX signature_organisation{g} ON signature{g} (organisation, position)",
    "INDEX fact_organisation{g} ON fact{g} (organisation) WHERE organisation IS NOT NULL",
    "UNIQUE INDEX organisation_id{g} ON organisation{g} (id)",
    "INDEX organisation_folded{g} ON organisation{g} (folded, position)",
    "INDEX organisation_act_organisation{g} ON organisation_act{g} (organisation, position)",
    "INDEX organisation_act_into{g} ON organisation_act{g} (into_organisation) WHERE into_organisation IS NOT NULL",
    "INDEX statement_folded{g} ON statement{g} (folded)",
)


def tables(transaction: Transaction, generation: int, words: dict[str, str], engine: str) -> None:
    """Create the tables of a generation, with the indexes that filling it needs."""
    words = {**words, "date": "TEXT" if engine == "sqlite" else 'TEXT COLLATE "C"'}
    for name, columns in TABLES.items():
        clustered = " WITHOUT ROWID" if engine == "sqlite" and name in CLUSTERED else ""
        transaction.execute(f"CREATE TABLE {name}_g{generation} ({columns.format(**words)}){clustered}")
    _indexes(transaction, generation, INDEXES)


def later_indexes(transaction: Transaction, generation: int) -> None:
    """Create the indexes that only reading needs."""
    _indexes(transaction, generation, LATER_INDEXES)


def drop(transaction: Transaction, generation: int) -> None:
    """Drop the tables of a generation."""
    for name in TABLES:
        transaction.execute(f"DROP TABLE IF EXISTS {name}_g{generation}")


def _indexes(transaction: Transaction, generation: int, indexes: Iterable[str]) -> None:
    for index in indexes:
        transaction.execute("CREATE " + index.replace("{g}", f"_g{generation}"))


class StatementRow(NamedTuple):
    """A statement as the view finds it; `key` is the position of its Drafted, `published` of its first Published or 0."""

    key: int
    stream: str
    reference: str
    published: int
    last_position: int
    last_recorded_at: str
    last_version: int


class EditionRow(NamedTuple):
    """One order of one edition."""

    published: int
    language: str
    number: int
    as_of: str
    places: int


class Signing(NamedTuple):
    """A signature as a page needs it: `number` and `reason` of its place, then its Signed."""

    number: int | None
    reason: str | None
    key: int | None
    recorded_at: str | None
    changed: int
    document: bytes | None


class Generation:
    """Reads one generation within one transaction."""

    def __init__(self, transaction: Transaction, generation: int) -> None:
        """Read the tables of this generation."""
        self.transaction = transaction
        self.generation = generation

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a query in which `{g}` stands for the generation's suffix."""
        return self.transaction.execute(sql.replace("{g}", f"_g{self.generation}"), parameters)

    # ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def statement(self, reference: str) -> StatementRow | None:
        """Find a statement by its reference without case."""
        rows = self.rows(
            "SELECT statement, stream, reference, published, last_position, last_recorded_at, last_version"
            " FROM statement{g} WHERE folded = ? ORDER BY statement LIMIT 1",
            (reference.lower(),),
        )
        return StatementRow(*rows[0]) if rows else None

    def acts(self, statement: int, position: int) -> list[Leaf]:
        """List what is known at a position of the statement itself."""
        rows = self.rows(
            "SELECT position, version, recorded_at, type, data FROM act{g}"
            " WHERE statement = ? AND position <= ? AND known_to > ? ORDER BY position",
            (statement, position, position),
        )
        return [_leaf(*row) for row in rows]

    def last(self, statement: int, position: int) -> tuple[int, str, int] | None:
        """Find the last entry of a statement up to a position: its position, stamp and version."""
        found = [
            row
            for table in ("act", "fact", "signature")
            for row in self.rows(
                f"SELECT position, recorded_at, version FROM {table}{{g}} WHERE statement = ? AND position <= ?"
                " ORDER BY position DESC LIMIT 1",
                (statement, position),
            )
        ]
        return max(found, default=None)

    def edition(self, statement: int, published: int, language: str) -> EditionRow | None:
        """Find one order of an edition."""
        rows = self.rows(
            "SELECT published, language, number, as_of, places FROM edition{g}"
            " WHERE statement = ? AND published = ? AND language = ?",
            (statement, published, language),
        )
        return EditionRow(*rows[0]) if rows else None

    def sections(self, edition: EditionRow) -> list[dict[str, Any]]:
        """List the headings of an order."""
        rows = self.rows(
            "SELECT before, heading FROM section{g} WHERE published = ? AND language = ? ORDER BY line", edition[:2]
        )
        return [{"before": before, "heading": heading} for before, heading in rows]

    # ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def places(self, edition: EditionRow, number: int, limit: int, *, backward: bool = False) -> list[Signing]:
        """List places after a number, or before it, nearest first."""
        comparison, direction = ("<", "DESC") if backward else (">", "ASC")
        rows = self.rows(
            "SELECT p.number, p.reason, p.signature, s.recorded_at, s.changed, s.document"
            " FROM place{g} p LEFT JOIN signature{g} s ON s.position = p.signature"
            f" WHERE p.published = ? AND p.language = ? AND p.number {comparison} ? ORDER BY p.number {direction} LIMIT ?",
            (*edition[:2], number, limit),
        )
        return [Signing(*row) for row in rows]

    def received(self, statement: int, after: int, position: int, limit: int, *, backward: bool = False) -> list[Signing]:
        """List signatures in log order after a position, or before it, as far as the log is known."""
        comparison, direction = ("<", "DESC") if backward else (">", "ASC")
        rows = self.rows(
            f"SELECT NULL, NULL, position, recorded_at, changed, document FROM signature{{g}} WHERE statement = ?"
            f" AND position {comparison} ? AND position <= ? ORDER BY position {direction} LIMIT ?",
            (statement, after, position, limit),
        )
        return [Signing(*row) for row in rows]

    def subsequent(
        self,
        statement: int,
        edition: EditionRow,
        as_of: str,
        position: int,
        key: tuple[str, int],
        limit: int,
        *,
        backward: bool = False,
    ) -> list[tuple[str, Signing]]:
        """List those that stand and are not in the order, by date and position, after a key or before it.

        Those dated up to the edition's own date are in `late`, and come first; the others are spans outside the order.
        """
        parts = [self._late, self._after]
        found: list[tuple[str, Signing]] = []
        for part in reversed(parts) if backward else parts:
            if len(found) < limit:
                found += part(statement, edition, as_of, position, key, limit - len(found), backward)
        return found

    def _late(self, _: int, edition: EditionRow, *question: Any) -> list[tuple[str, Signing]]:
        return self._standing("late{g}", "x.published = ? AND x.language = ?", tuple(edition[:2]), *question)

    def _after(self, statement: int, edition: EditionRow, *question: Any) -> list[tuple[str, Signing]]:
        condition = (
            "x.statement = ? AND x.signed_on > ? AND NOT EXISTS (SELECT 1 FROM place{g} p"
            " WHERE p.signature = x.signature AND p.published = ? AND p.language = ?)"
        )
        return self._standing("span{g}", condition, (statement, edition.as_of, *edition[:2]), *question)

    def _standing(
        self,
        table: str,
        condition: str,
        parameters: tuple[Any, ...],
        as_of: str,
        position: int,
        key: tuple[str, int],
        limit: int,
        backward: bool,  # noqa: FBT001 - passed on from a keyword
    ) -> list[tuple[str, Signing]]:
        comparison, direction = ("<", "DESC") if backward else (">", "ASC")
        rows = self.rows(
            "SELECT x.signed_on, NULL, NULL, x.signature, s.recorded_at, s.changed, s.document"
            f" FROM {table} x JOIN signature{{g}} s ON s.position = x.signature"
            f" WHERE {condition} AND (x.signed_on, x.signature) {comparison} (?, ?)"
            " AND x.signed_on <= ? AND x.ended_on > ? AND x.known_from <= ? AND x.known_to > ?"
            f" ORDER BY x.signed_on {direction}, x.signature {direction} LIMIT ?",
            (*parameters, *key, as_of, as_of, position, position, limit),
        )
        return [(row[0], Signing(*row[1:])) for row in rows]

    def signatures(self, page: Iterable[Signing], position: int) -> dict[int, Signature]:
        """Compose the signatures of a page, with what is known of each at a position."""
        present = [one for one in page if one.key is not None]
        documents = orjson.loads(b"[" + b",".join(one.document or b"" for one in present) + b"]")
        facts = self.facts([one.key or 0 for one in present if one.changed <= position], position)
        return {
            one.key or 0: Signature(
                {"position": one.key, "recorded_at": one.recorded_at, "data": document}, facts.get(one.key or 0, ())
            )
            for one, document in zip(present, documents, strict=True)
        }

    def facts(self, keys: Sequence[int], position: int) -> dict[int, list[Leaf]]:
        """List what is known at a position about some signatures."""
        facts: dict[int, list[Leaf]] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            for key, *row in self.rows(
                "SELECT signature, position, version, recorded_at, type, data FROM fact{g}"
                f" WHERE signature IN ({', '.join('?' * len(some))}) AND position <= ? AND known_to > ?"
                " AND type <> 'Annulled' ORDER BY position",
                (*some, position, position),
            ):
                facts.setdefault(key, []).append(_leaf(*row))
        return facts

    # ── counts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def sums(self, statement: StatementRow, edition: tuple[int, str], as_of: str, position: int) -> tuple[int, int, int]:
        """Sum what began, ended and is printed again up to a date, of all signatures (0, "") or of an order's places."""
        newest = position >= statement.last_position
        whole = position // BLOCK * BLOCK
        rows = self.rows(
            "SELECT COALESCE(SUM(began), 0), COALESCE(SUM(ended), 0), COALESCE(SUM(again), 0) FROM tally{g}"
            " WHERE statement = ? AND published = ? AND language = ? AND upto >= ? AND upto <= ? AND day <= ?",
            (statement.key, *edition, 0 if newest else 1, 0 if newest else position, as_of),
        )
        sums = [int(number) for number in rows[0]]
        if not newest:
            for began, ended, again in self._since(statement.key, edition, as_of, max(whole, edition[0]), position):
                sums = [sums[0] + began, sums[1] + ended, sums[2] + again]
        return sums[0], sums[1], sums[2]

    def _since(
        self, statement: int, edition: tuple[int, str], as_of: str, after: int, position: int
    ) -> Iterable[tuple[int, int, int]]:
        """Count what the last entries, too few for a sum of their own, began and ended."""
        if edition == (0, ""):
            ((signed,),) = self.rows(
                "SELECT COUNT(*) FROM signature{g} WHERE statement = ? AND position > ? AND position <= ? AND signed_on <= ?",
                (statement, after, position, as_of),
            )
            yield signed, 0, 0
        for sign, moment, mark in ((1, "known_from", "known_from > signature"), (-1, "known_to", f"known_to < {OPEN}")):
            for key, signed_on, ended_on in self.rows(
                f"SELECT signature, signed_on, ended_on FROM span{{g}} WHERE statement = ? AND {mark}"
                f" AND {moment} > ? AND {moment} <= ?",
                (statement, after, position),
            ):
                times = self._times(edition, key)
                if times:
                    net = (signed_on <= as_of, ended_on <= as_of)
                    yield sign * net[0], sign * net[1], sign * (net[0] - net[1]) * (times - 1)

    def _times(self, edition: tuple[int, str], key: int) -> int:
        if edition == (0, ""):
            return 1
        ((times,),) = self.rows(
            "SELECT COUNT(*) FROM place{g} WHERE signature = ? AND published = ? AND language = ?", (key, *edition)
        )
        return int(times)


def _leaf(position: int, version: int, recorded_at: str, type_: str, data: bytes) -> Leaf:
    return {
        "position": position,
        "version": version,
        "recorded_at": recorded_at,
        "type": type_,
        "data": orjson.loads(data),
    }


assert NEVER > "9999-12-31"  # noqa: S101 - sorts after every date

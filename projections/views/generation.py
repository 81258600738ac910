"""One generation of the view, read within one transaction: statements, and the pages of a list.

Pages run by key, never by OFFSET.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from projections.signatory_list import Leaf, Signature
from projections.views.projector import OPEN, signed_leaf
from projections.views.view import EditionRow, Signing, StatementRow
from signatures.database import Row, Transaction

FEW = 2_000  # signatures that are looked up one by one; where more are meant, they are looked up as a whole
TOGETHER = 512  # values that are looked up by one query
Key = tuple[str, int]  # a date and a position, by which subsequent signatories are ordered


STATEMENT = (
    "t.statement, t.stream, t.reference, t.published, t.last_position, t.last_recorded_at, t.last_version,"
    " (SELECT q.position FROM quarantine{g} q WHERE q.stream = t.stream) FROM statement{g} t"
)

CORRECTED = "fact{g} f JOIN name{g} n USING (statement, signature) WHERE statement = ? AND f.folded <> ''"
KNOWN_BY = (
    "(n.folded LIKE ? ESCAPE '!' OR EXISTS"
    " (SELECT 1 FROM fact{g} o WHERE o.signature = n.signature AND o.folded LIKE ? ESCAPE '!'))"
)


class Sought(NamedTuple):
    """Names that are looked for: the folded words that they hold, and the signatures that may bear them, where they are few."""

    statement: int
    words: tuple[str, ...]
    keys: tuple[int, ...] | None


class Generation:
    """Reads one generation within one transaction."""

    def __init__(self, transaction: Transaction, number: int, newest: int = OPEN - 1, erased: int = 0) -> None:
        """Read the tables of a number, which have come as far as position `newest`; `erased` is the last erasure in them.

        Answers are kept by `generation`: one that was made before something was erased is never given again.
        """
        self.transaction = transaction
        self.number = number
        self.generation = (number, erased)
        self.newest = newest

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Run a query in which `{g}` stands for the generation's suffix."""
        return self.transaction.execute(sql.replace("{g}", f"_g{self.number}"), parameters)

    def among(self, sql: str, values: Sequence[Any], then: Sequence[Any] = ()) -> list[Row]:
        """Run a query in which `%s` stands for a list of values, some hundreds at a time; `then` are those after it."""
        found: list[Row] = []
        for start in range(0, len(values), TOGETHER):
            some = values[start : start + TOGETHER]
            marks = (
                1 << (len(some) - 1).bit_length()
            )  # few lengths make few statements to prepare; the last value fills up
            found += self.rows(sql % ", ".join("?" * marks), (*some, *[some[-1]] * (marks - len(some)), *then))
        return found

    # ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def statement(self, reference: str) -> StatementRow | None:
        """Find a statement by its reference without case."""
        rows = self.rows(f"SELECT {STATEMENT} WHERE t.folded = ? ORDER BY t.statement LIMIT 1", (reference.lower(),))
        return StatementRow(*rows[0]) if rows else None

    def acts(self, statement: int, position: int) -> list[Leaf]:
        """List what is known at a position of the statement itself."""
        rows = self.rows(
            "SELECT position, version, recorded_at, type, data FROM act{g}"
            " WHERE statement = ? AND position <= ? AND known_to > ? ORDER BY position",
            (statement, position, position),
        )
        return [leaf_of(*row) for row in rows]

    def last(self, statement: int, position: int) -> tuple[int, str, int] | None:
        """Find the last entry of a statement up to a position: its position, stamp and version."""
        end = "WHERE statement = ? AND position <= ? ORDER BY position DESC LIMIT 1"
        found = [
            (at, recorded_at, version)
            for table in ("act", "fact")
            for at, recorded_at, version in self.rows(
                f"SELECT position, recorded_at, version FROM {table}{{g}} {end}", (statement, position)
            )
        ]
        for at, document in self.rows(f"SELECT position, document FROM signature{{g}} {end}", (statement, position)):
            signed = signed_leaf(at, orjson.loads(document))
            found.append((at, signed["recorded_at"], signed["version"]))
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

    def quarantine(self) -> list[dict[str, Any]]:
        """List what could not be processed."""
        rows = self.rows("SELECT stream, position, version, code, sentence FROM quarantine{g} ORDER BY position")
        return [dict(zip(("stream", "position", "version", "code", "sentence"), row, strict=True)) for row in rows]

    def erased(self) -> int:
        """Tell the position of the last entry by which anything was erased; 0 if nothing was."""
        ((position,),) = self.rows("SELECT MAX(position) FROM erasure{g}")
        return position or 0

    # ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def places(
        self, edition: EditionRow, number: int, limit: int, sought: Sought | None = None, *, backward: bool = False
    ) -> list[Signing]:
        """List places after a number, or before it, nearest first; `sought`: only of those."""
        comparison, direction = ("<", "DESC") if backward else (">", "ASC")
        found, patterns = _found(sought, "p.signature")
        return self.rows(
            "SELECT p.number, p.reason, p.signature, s.changed, s.document"
            " FROM place{g} p LEFT JOIN signature{g} s ON s.position = p.signature"
            f" WHERE p.published = ? AND p.language = ? AND {_aside(sought)}p.number {comparison} ?{found} ORDER BY p.number {direction} LIMIT ?",
            (*edition[:2], number, *patterns, limit),
        )

    def sought(self, statement: int, words: tuple[str, ...]) -> Sought | None:
        """Look through the names of a statement, as signed and as corrected, for some words; none: nothing is looked for."""
        if not words:
            return None
        signed, corrected, patterns = _holding(words)
        known_by = " AND ".join([KNOWN_BY] * len(words))
        each = [pattern for pattern in patterns for _ in range(2)]
        found = {
            key
            for sql, values in (
                (f"name{{g}} f WHERE statement = ? AND {signed}", patterns),
                (f"{CORRECTED} AND {corrected} AND {known_by}", [*patterns, *each]),
            )
            for (key,) in self.rows(f"SELECT signature FROM {sql} LIMIT ?", (statement, *values, FEW + 1))
        }
        return Sought(statement, words, tuple(sorted(found)) if len(found) <= FEW else None)

    def received(
        self,
        statement: int,
        after: int,
        as_of: str,
        position: int,
        limit: int,
        sought: Sought | None = None,
        *,
        few: bool = False,
        backward: bool = False,
    ) -> list[Signing]:
        """List those that stand on a date in log order after a position, or before it; where they are `few`, by date."""
        comparison, direction = ("<", "DESC") if backward else (">", "ASC")
        (found, patterns), (found_too, _) = _found(sought), _found(sought, "x.signature")
        aside = "+" if few else _aside(sought)
        end = f"ORDER BY 3 {direction} LIMIT ?"
        unchanged = (
            "SELECT NULL, NULL, s.position, s.changed, s.document FROM signature{g} s"
            f" WHERE s.statement = ? AND {aside}s.position {comparison} ? AND {aside}s.position <= ? AND s.signed_on <= ?"
            f" AND s.changed > ?{found} {end}"
        )
        changed = (
            "SELECT NULL, NULL, x.signature, s.changed, s.document FROM span{g} x JOIN signature{g} s ON s.position = x.signature"
            f" WHERE x.statement = ? AND {aside}x.signature {comparison} ? AND x.known_from <= ? AND x.known_to > ?"
            f" AND x.signed_on <= ? AND x.ended_on > ? AND s.changed <= ?{found_too} {end}"
        )
        return self.rows(  # each with its own end: PostgreSQL would gather and sort all of both
            f"SELECT * FROM ({unchanged}) AS u UNION ALL SELECT * FROM ({changed}) AS c {end}",
            (
                *(statement, after, position, as_of, position, *patterns, limit),
                *(statement, after, position, position, as_of, as_of, position, *patterns, limit),
                limit,
            ),
        )

    def standing_between(self, statement: int, ends: tuple[int, int], as_of: str, position: int) -> int:
        """Count those between two signatures in log order that stand on a date, as known at a position."""
        first, last = sorted(ends)
        ((unchanged,),) = self.rows(
            "SELECT COUNT(*) FROM signature{g} WHERE statement = ? AND position > ? AND position < ? AND signed_on <= ?"
            " AND changed > ?",
            (statement, first, last, as_of, position),
        )
        ((changed,),) = self.rows(
            "SELECT COUNT(*) FROM span{g} x JOIN signature{g} s ON s.position = x.signature"
            " WHERE x.statement = ? AND x.signature > ? AND x.signature < ? AND x.signed_on <= ? AND x.ended_on > ?"
            " AND x.known_from <= ? AND x.known_to > ? AND s.changed <= ?",
            (statement, first, last, as_of, as_of, position, position, position),
        )
        return int(unchanged) + int(changed)

    def subsequent(
        self,
        statement: int,
        edition: EditionRow,
        as_of: str,
        position: int,
        key: tuple[str, int],
        limit: int,
        sought: Sought | None = None,
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
                found += part(statement, edition, as_of, position, key, limit - len(found), sought, backward)
        return found

    def _late(self, _: int, edition: EditionRow, *question: Any) -> list[tuple[str, Signing]]:
        as_of, position, key, *page = question
        begin, end = (("", 0), key) if page[-1] else (key, (as_of, OPEN))
        spans = "late{g} x JOIN signature{g} s ON s.position = x.signature"
        condition = "x.published = ? AND x.language = ?"
        return self._standing(
            spans, condition, tuple(edition[:2]), begin, min(end, (as_of, OPEN)), as_of, position, *page
        )

    def _after(self, statement: int, edition: EditionRow, *question: Any) -> list[tuple[str, Signing]]:
        """List those dated after the edition: what nothing has changed as far as is known, and the spans of the others."""
        as_of, position, key, *page = question
        limit, _sought, backward = page
        begin, end = (key, (as_of, OPEN)) if not backward else ((edition.as_of, OPEN), key)
        begin, end = max(begin, (edition.as_of, OPEN)), min(end, (as_of, OPEN))
        condition = (
            "x.statement = ? AND NOT EXISTS (SELECT 1 FROM place{g} p"
            " WHERE p.signature = s.position AND p.published = ? AND p.language = ?)"
        )
        where = (statement, *edition[:2])
        spans = "span{g} x JOIN signature{g} s ON s.position = x.signature"
        unchanged = self._unchanged(condition, where, begin, end, position, *page)
        changed = self._standing(
            spans, condition + " AND s.changed <= ?", (*where, position), begin, end, as_of, position, *page
        )
        return sorted(unchanged + changed, key=lambda one: (one[0], one[1][2] or 0), reverse=backward)[:limit]

    def _unchanged(
        self, condition: str, where: tuple[Any, ...], begin: Key, end: Key, position: int, *page: Any
    ) -> list[tuple[str, Signing]]:
        limit, sought, backward = page
        direction = "DESC" if backward else "ASC"
        found, patterns = _found(sought)
        rows = self.rows(
            "SELECT s.signed_on, NULL, NULL, s.position, s.changed, s.document FROM signature{g} s"
            f" WHERE {condition.replace('x.', f'{_aside(sought)}s.')} AND (s.signed_on, s.position) > (?, ?)"
            f" AND (s.signed_on, s.position) < (?, ?) AND s.position <= ? AND s.changed > ?{found}"
            f" ORDER BY s.signed_on {direction}, s.position {direction} LIMIT ?",
            (*where, *begin, *end, position, position, *patterns, limit),
        )
        return [(row[0], row[1:]) for row in rows]

    def _standing(
        self,
        spans: str,
        condition: str,
        where: tuple[Any, ...],
        begin: Key,
        end: Key,
        as_of: str,
        position: int,
        *page: Any,
    ) -> list[tuple[str, Signing]]:
        limit, sought, backward = page
        direction = "DESC" if backward else "ASC"
        found, patterns = _found(sought, "x.signature")
        rows = self.rows(
            "SELECT x.signed_on, NULL, NULL, x.signature, s.changed, s.document"
            f" FROM {spans} WHERE {condition} AND (x.signed_on, x.signature) > (?, ?) AND (x.signed_on, x.signature) < (?, ?)"
            f" AND x.ended_on > ? AND x.known_from <= ? AND x.known_to > ?{found}"
            f" ORDER BY x.signed_on {direction}, x.signature {direction} LIMIT ?",
            (*where, *begin, *end, as_of, position, position, *patterns, limit),
        )
        return [(row[0], row[1:]) for row in rows]

    def shown(self, page: Sequence[Signing], position: int) -> list[tuple[Any, Signature | None]]:
        """Read what each place of a page shows, and its signature as a whole where anything known at a position is about it."""
        documents: list[Any] = orjson.loads(f"[{','.join([document or 'null' for *_, document in page])}]")
        changed = [key for _, _, key, changed, _ in page if key is not None and changed <= position]
        if not changed:
            return [(values, None) for values in documents]
        facts = self.facts(changed, position)
        return [
            (values, Signature(signed_leaf(one[2], values), facts[one[2]]) if one[2] in facts else None)
            for one, values in zip(page, documents, strict=True)
        ]

    def facts(self, keys: Sequence[int], position: int) -> dict[int, list[Leaf]]:
        """List what is known at a position about some signatures."""
        facts: dict[int, list[Leaf]] = {}
        for key, *row in self.among(
            "SELECT signature, position, version, recorded_at, type, data FROM fact{g} WHERE signature IN (%s)"
            " AND position <= ? AND known_to > ? AND type <> 'Annulled' ORDER BY position",
            keys,
            (position, position),
        ):
            facts.setdefault(key, []).append(leaf_of(*row))
        return facts

    def signatures_at(self, keys: Sequence[int], position: int) -> dict[int, Signature]:
        """Compose some signatures with what is known of each at a position; what is not known then is left out."""
        rows = self.among(
            "SELECT NULL, NULL, position, changed, document FROM signature{g} WHERE position IN (%s) AND position <= ?",
            keys,
            (position,),
        )
        return {
            row[2]: signature or Signature(signed_leaf(row[2], values))
            for row, (values, signature) in zip(rows, self.shown(rows, position), strict=True)
        }


def leaf_of(position: int, version: int, recorded_at: str, type_: str, data: bytes) -> Leaf:
    """Compose what the rule takes for a leaf."""
    return {
        "position": position,
        "version": version,
        "recorded_at": recorded_at,
        "type": type_,
        "data": orjson.loads(data),
    }


def _found(sought: Sought | None, key: str = "s.position") -> tuple[str, list[Any]]:
    """Compose the condition under which a signature may be one of those that are looked for.

    Many are looked up as a whole: one by one, those of a country that stands last would take a look at every other.
    """
    if sought is None:
        return "", []
    if sought.keys is not None:
        return f" AND {key} IN ({', '.join('?' * len(sought.keys))})", [*sought.keys]
    signed, corrected, patterns = _holding(sought.words)
    named = f"SELECT f.signature FROM name{{g}} f WHERE f.statement = ? AND {signed}"
    renamed = f"SELECT f.signature FROM fact{{g}} f WHERE f.statement = ? AND f.folded <> '' AND {corrected}"
    return f" AND {key} IN ({named} UNION ALL {renamed})", [sought.statement, *patterns] * 2


def _aside(sought: Sought | None) -> str:
    """Keep SQLite from walking through a list by an index to find what is known by its key."""
    return "+" if sought is not None and sought.keys is not None else ""


def _holding(words: Sequence[str]) -> tuple[str, str, list[str]]:
    """Compose what a name must hold, and a correction of it may: whoever is corrected keeps the words that it does not tell."""
    holds = ["f.folded LIKE ? ESCAPE '!'"] * len(words)
    return f"({' AND '.join(holds)})", f"({' OR '.join(holds)})", [_pattern(word) for word in words]


def _pattern(word: str) -> str:
    return "%" + word.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"

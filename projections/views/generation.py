"""One generation of the view, read within one transaction: statements, the pages of a list, and its counts.

Pages run by key, never by OFFSET.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import orjson

from projections.signatory_list import Leaf, Signature
from projections.views.projector import OPEN, signed_leaf
from projections.views.view import EditionRow, Signing, StatementRow
from signatures.database import Row, Transaction

FEW = 2_000  # signatures that are looked up one by one; where more are meant, they are looked up as a whole
Key = tuple[str, int]  # a date and a position, by which subsequent signatories are ordered


STATEMENT = (
    "t.statement, t.stream, t.reference, t.published, t.last_position, t.last_recorded_at, t.last_version,"
    " (SELECT q.position FROM quarantine{g} q WHERE q.stream = t.stream) FROM statement{g} t"
)
PRINTED = (
    "(SELECT COUNT(*) FROM place{g} p WHERE p.signature = span{g}.signature AND p.published = ? AND p.language = ?)"
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
        for start in range(0, len(values), 500):
            some = values[start : start + 500]
            found += self.rows(sql % ", ".join("?" * len(some)), (*some, *then))
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
        rows = self.rows(
            "SELECT p.number, p.reason, p.signature, s.changed, s.document"
            " FROM place{g} p LEFT JOIN signature{g} s ON s.position = p.signature"
            f" WHERE p.published = ? AND p.language = ? AND {_aside(sought)}p.number {comparison} ?{found} ORDER BY p.number {direction} LIMIT ?",
            (*edition[:2], number, *patterns, limit),
        )
        return list(map(Signing._make, rows))

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
        rows = self.rows(  # each with its own end: PostgreSQL would gather and sort all of both
            f"SELECT * FROM ({unchanged}) AS u UNION ALL SELECT * FROM ({changed}) AS c {end}",
            (
                *(statement, after, position, as_of, position, *patterns, limit),
                *(statement, after, position, position, as_of, as_of, position, *patterns, limit),
                limit,
            ),
        )
        return [Signing(*row) for row in rows]

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
        return sorted(unchanged + changed, key=lambda one: (one[0], one[1].key or 0), reverse=backward)[:limit]

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
        return [(row[0], Signing(*row[1:])) for row in rows]

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
        return [(row[0], Signing(*row[1:])) for row in rows]

    def shown(self, page: Sequence[Signing], position: int) -> dict[int, tuple[list[Any], Signature | None]]:
        """Read what the signatures of a page show, and those that anything known at a position has changed as a whole."""
        present = [one for one in page if one.key is not None]
        documents = orjson.loads("[" + ",".join([one.document or "" for one in present]) + "]")
        changed = [one.key or 0 for one in present if one.changed <= position]
        facts = self.facts(changed, position) if changed else {}
        return {
            one.key or 0: (
                values,
                _signature(one, values, facts.get(one.key or 0, ())) if one.changed <= position else None,
            )
            for one, values in zip(present, documents, strict=True)
        }

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
        page = [Signing(*row) for row in rows]
        return {
            key: signature or Signature(signed_leaf(key, values))
            for key, (values, signature) in self.shown(page, position).items()
        }

    # ── counts ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def sums(
        self, statement: StatementRow, editions: Sequence[tuple[int, str]], as_of: str, position: int
    ) -> list[tuple[int, int, int]]:
        """Sum what began, ended and is printed again up to a date, of all signatures (0, "") or of an order's places."""
        if position < statement.last_position:
            return [self._sums_at(statement.key, edition, as_of, position) for edition in editions]
        asked = " OR ".join(["published = ? AND language = ?"] * len(editions))
        rows = self.rows(
            "SELECT published, language, SUM(began), SUM(ended), SUM(again) FROM tally{g}"
            f" WHERE statement = ? AND ({asked}) AND day <= ? GROUP BY published, language",
            (statement.key, *chain.from_iterable(editions), as_of),
        )
        found = {(published, language): sums for published, language, *sums in rows}
        return [_whole(found.get(edition, (0, 0, 0))) for edition in editions]

    def _sums_at(self, statement: int, edition: tuple[int, str], as_of: str, position: int) -> tuple[int, int, int]:
        """Sum as known at an earlier position: the counts kept at the last milestone, and what happened since."""
        where = (statement, *edition)
        upto = self.milestone(statement, edition, position)
        rows = self.rows(
            "SELECT began, ended, again FROM milestone{g} WHERE statement = ? AND published = ? AND language = ? AND upto = ?"
            " AND day <= ? ORDER BY day DESC LIMIT 1",
            (*where, upto, as_of),
        )
        began, ended, again = _whole(rows[0] if rows else (0, 0, 0))
        for more, fewer, once_more in self._since(statement, edition, as_of, upto, position):
            began, ended, again = began + more, ended + fewer, again + once_more
        return began, ended, again

    def milestone(self, statement: int, edition: tuple[int, str], position: int) -> int:
        """Find the last position up to another one at which counts were kept; 0 if there is none."""
        ((upto,),) = self.rows(
            "SELECT MAX(upto) FROM milestone{g} WHERE statement = ? AND published = ? AND language = ? AND upto <= ?",
            (statement, *edition, position),
        )
        return upto or 0

    def _since(
        self, statement: int, edition: tuple[int, str], as_of: str, after: int, position: int
    ) -> Iterable[tuple[int, int, int]]:
        """Count what the entries since the last milestone began and ended."""
        if edition == (0, ""):
            ((signed,),) = self.rows(
                "SELECT COUNT(*) FROM signature{g} WHERE statement = ? AND position > ? AND position <= ? AND signed_on <= ?",
                (statement, after, position, as_of),
            )
            yield signed, 0, 0
        times = "1" if edition == (0, "") else PRINTED
        printed = () if edition == (0, "") else edition
        for sign, moment, mark in ((1, "known_from", "known_from > signature"), (-1, "known_to", f"known_to < {OPEN}")):
            ((began, ended, again),) = self.rows(
                "SELECT COUNT(CASE WHEN signed_on <= ? THEN 1 END), COUNT(CASE WHEN ended_on <= ? THEN 1 END),"
                " COALESCE(SUM(CASE WHEN signed_on <= ? AND ended_on > ? THEN times - 1 ELSE 0 END), 0)"
                f" FROM (SELECT signed_on, ended_on, {times} AS times FROM span{{g}} WHERE statement = ? AND {mark}"
                f" AND {moment} > ? AND {moment} <= ?) AS moved WHERE times > 0",
                (as_of, as_of, as_of, as_of, *printed, statement, after, position),
            )
            yield sign * began, sign * ended, sign * int(again)


def _whole(sums: Sequence[Any]) -> tuple[int, int, int]:
    began, ended, again = sums
    return int(began), int(ended), int(again)


def _signature(one: Signing, values: list[Any], later: Sequence[Leaf]) -> Signature:
    return Signature(signed_leaf(one.key or 0, values), later)


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

"""What the pages beside the list look up in a generation: territories, histories, changes, organisations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from projections.signatory_list import Leaf, Statement, order_digest, statement
from projections.views.generation import STATEMENT, Generation, leaf_of
from projections.views.projector import signature_key, signed_leaf
from projections.views.view import EditionRow, StatementRow


def statements(
    view: Generation, before: int, limit: int, *, drafts: bool, among: Sequence[int] | None = None
) -> list[StatementRow]:
    """List statements, the newest first; `among` some of them only."""
    public = "" if drafts else " AND t.published > 0"
    if among is not None:
        keys = sorted((key for key in among if key < before), reverse=True)[:limit]
        rows = view.among(f"SELECT {STATEMENT} WHERE t.statement IN (%s){public}", keys)
        return sorted((StatementRow(*row) for row in rows), key=lambda row: -row.key)
    rows = view.rows(
        f"SELECT {STATEMENT} WHERE t.statement < ?{public} ORDER BY t.statement DESC LIMIT ?", (before, limit)
    )
    return [StatementRow(*row) for row in rows]


def folded_statement(view: Generation, row: StatementRow) -> Statement:
    """Fold what is known of a statement now."""
    return statement(view.acts(row.key, row.last_position))


def edition_in_force(
    view: Generation, key: int, folded: Statement, as_of: str, languages: tuple[str, str] | None = None
) -> EditionRow | None:
    """Find the order that is in force on a date."""
    published = folded.edition(as_of)
    if published is None:
        return None
    digest = order_digest(published, languages or folded.languages(None))
    return view.edition(key, published["position"], digest[0] if digest else "")


# ── territories ──────────────────────────────────────────────────────────────────────────────────────────────────────

COUNTED_BY = "SELECT s.territories, COUNT(*) FROM"
CHANGED = "span{g} x JOIN signature{g} s ON s.position = x.signature WHERE x.statement = ? AND s.changed <= ?"
STANDING = "x.signed_on <= ? AND x.ended_on > ? AND x.known_from <= ? AND x.known_to > ?"
MOVED = "SELECT 1 FROM fact{g} f WHERE f.statement = x.statement AND f.signature = x.signature AND f.territories IS NOT NULL"


def territories(
    view: Generation, statement: int, edition: EditionRow | None, as_of: str, position: int
) -> Counter[tuple[str, ...]]:
    """Count who stands on a date by where they are active, as known at a position; one printed twice is counted twice.

    As signed: all who had signed, without those that anything changed, with those of them that stand all the same. Whose
    territories were corrected is asked one by one.
    """
    counted: Counter[tuple[str, ...]] = Counter()
    for sign, sql, values in (
        (1, "signature{g} s WHERE s.statement = ? AND s.position <= ? AND s.signed_on <= ?", (as_of,)),
        (-1, f"{CHANGED} AND x.known_from = x.signature AND s.signed_on <= ?", (as_of,)),
        (
            1,
            f"{CHANGED} AND {STANDING} AND NOT EXISTS ({MOVED} AND f.position <= ?)",
            (as_of, as_of, position, position, position),
        ),
    ):
        for text, times in view.rows(f"{COUNTED_BY} {sql} GROUP BY s.territories", (statement, position, *values)):
            counted[tuple(orjson.loads(text))] += sign * times
    moved = "SELECT DISTINCT signature FROM fact{g} WHERE statement = ? AND territories IS NOT NULL AND position <= ?"
    times = dict.fromkeys((key for (key,) in view.rows(moved, (statement, position))), 1)
    for key, printed in _printed_again(view, edition):
        times[key] = times.get(key, 0) + printed - 1
    for key, signature in view.signatures_at(list(times), position).items():
        if signature.term().status(as_of) == "standing":
            counted[tuple(signature.shown(as_of)["territories"] or ())] += times[key]
    return +counted


def _printed_again(view: Generation, edition: EditionRow | None) -> list[tuple[int, int]]:
    """List the signatures that an order prints more than once, and how often."""
    if edition is None:
        return []
    rows = view.rows(
        "SELECT signature, COUNT(*) FROM place{g} WHERE published = ? AND language = ? AND signature IS NOT NULL"
        " GROUP BY signature HAVING COUNT(*) > 1",
        edition[:2],
    )
    return [(key, printed) for key, printed in rows]


# ── histories and changes ────────────────────────────────────────────────────────────────────────────────────────────


def about(view: Generation, positions: Sequence[int]) -> dict[int, str]:
    """Find the signatures that some entries are about, by the entries' positions."""
    rows = view.among(
        "SELECT f.position, s.document FROM fact{g} f JOIN signature{g} s ON s.position = f.signature"
        " WHERE f.position IN (%s)",
        positions,
    )
    return {position: orjson.loads(document)[0] for position, document in rows}


def as_signed(view: Generation, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Find what some signatures said when they were signed."""
    keys = [signature_key(id_) for id_ in ids]
    rows = view.among("SELECT position, document FROM signature{g} WHERE id IN (%s)", keys)
    found = [signed_leaf(position, orjson.loads(document))["data"] for position, document in rows]
    return {signed["signature_id"]: signed for signed in found}


def taken_back(view: Generation, positions: Sequence[int]) -> dict[int, int]:
    """Tell by which position some entries count as never recorded."""
    found = []
    for table in ("fact", "act"):
        sql = f"SELECT position, known_to FROM {table}{{g}} WHERE position IN (%s) AND known_to <= ?"
        found += view.among(sql, positions, (view.newest,))
    return dict(found)


def erased(view: Generation, positions: Sequence[int]) -> dict[int, int]:
    """Tell by which position the names and notes of some entries were erased by order."""
    rows = view.among("SELECT target, position FROM erasure{g} WHERE target IN (%s)", positions)
    return dict(rows)


def touched(
    view: Generation, statement: int, dates: tuple[str, str], positions: tuple[int, int], after: int, most: int
) -> list[int]:
    """List the first signatures after one, in log order, on which anything between two dates or two positions bears."""
    (day, last_day), (known, last_known) = sorted(dates), sorted(positions)
    queries: list[tuple[str, tuple[Any, ...]]] = []
    if known != last_known:
        queries = [
            ("position FROM signature{g} WHERE statement = ? AND position > ? AND position <= ?", (known, last_known)),
            ("signature FROM fact{g} WHERE statement = ? AND position > ? AND position <= ?", (known, last_known)),
            ("signature FROM fact{g} WHERE statement = ? AND known_to > ? AND known_to <= ?", (known, last_known)),
        ]
    if day != last_day:
        queries += [
            ("position FROM signature{g} WHERE statement = ? AND signed_on > ? AND signed_on <= ?", (day, last_day)),
            ("signature FROM span{g} WHERE statement = ? AND signed_on > ? AND signed_on <= ?", (day, last_day)),
            ("signature FROM fact{g} WHERE statement = ? AND holds_from > ? AND holds_from <= ?", (day, last_day)),
        ]
    found = {
        key
        for sql, values in queries
        for (key,) in view.rows(  # the sign keeps a store from walking through all signatures for their order
            f"SELECT DISTINCT +{sql} AND +{sql.split()[0]} > ? ORDER BY 1 LIMIT ?", (statement, *values, after, most)
        )
    }
    return sorted(found)[:most]


def learned(view: Generation, statement: int, as_of: str, positions: tuple[int, int], most: int) -> list[int]:
    """List the signatures of which anything that bears on a date was recorded between two positions; `most` are enough."""
    known, newest = positions
    later, holds = "statement = ? AND position > ? AND position <= ?", "(holds_from IS NULL OR holds_from <= ?)"
    queries: list[tuple[str, tuple[Any, ...]]] = [
        (f"position FROM signature{{g}} WHERE {later} AND signed_on <= ?", (known, newest, as_of)),
        (f"signature FROM fact{{g}} WHERE {later} AND {holds}", (known, newest, as_of)),
        ("signature FROM fact{g} WHERE statement = ? AND known_to > ? AND known_to <= ?", (known, newest)),
    ]
    found = {
        row[0]
        for sql, values in queries
        for row in view.rows(f"SELECT DISTINCT {sql} LIMIT ?", (statement, *values, most))
    }
    return sorted(found)[:most]


def taken_back_between(view: Generation, keys: Sequence[int], positions: tuple[int, int]) -> dict[int, int]:
    """Tell of some signatures the last position between two at which something about them was taken back."""
    rows = view.among(
        "SELECT signature, known_to FROM fact{g} WHERE signature IN (%s) AND known_to > ? AND known_to <= ?",
        keys,
        positions,
    )
    return dict(sorted(rows, key=lambda row: int(row[1])))


def keys_of(view: Generation, ids: Iterable[str]) -> dict[str, int]:
    """Find the keys of some signatures by their ids."""
    rows = view.among(
        "SELECT position, document FROM signature{g} WHERE id IN (%s)", [signature_key(id_) for id_ in ids]
    )
    return {orjson.loads(document)[0]: position for position, document in rows}


def numbers(view: Generation, edition: EditionRow, keys: Sequence[int]) -> dict[int, int]:
    """Find the numbers of some signatures in an order; the first of one printed twice.

    The sums keep SQLite from going through the whole order by its key.
    """
    rows = view.among(
        "SELECT signature, number FROM place{g} WHERE signature IN (%s) AND published + 0 = ? AND language || '' = ?"
        " ORDER BY number DESC",
        keys,
        edition[:2],
    )
    return dict(rows)


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


def organisation_acts(view: Generation, ids: Sequence[str]) -> dict[str, list[Leaf]]:
    """List what is known now of some registrations, without what was annulled."""
    acts: dict[str, list[Leaf]] = {}
    for id_, *row in view.among(
        "SELECT organisation, position, version, recorded_at, type, data FROM organisation_act{g}"
        " WHERE organisation IN (%s) AND known_to > ? ORDER BY position",
        ids,
        (view.newest,),
    ):
        acts.setdefault(id_, []).append(leaf_of(*row))
    return acts


def mergers(view: Generation) -> dict[str, str]:
    """List all mergers known now, by the registration that was merged."""
    rows = view.rows(  # in no order: SQLite would go through all acts for it, and not to the few mergers
        "SELECT position, organisation, into_organisation FROM organisation_act{g}"
        " WHERE into_organisation IS NOT NULL AND known_to > ?",
        (view.newest,),
    )
    return {merged: into for _, merged, into in sorted(rows)}


def merged_into(view: Generation, id_: str) -> list[str]:
    """List the registrations merged into one."""
    rows = view.rows(
        "SELECT organisation FROM organisation_act{g} WHERE into_organisation = ? AND known_to > ? ORDER BY position",
        (id_, view.newest),
    )
    return [row[0] for row in rows]


def organisations(
    view: Generation, after: tuple[str, int], limit: int, words: Sequence[str] = (), *, drafts: bool
) -> list[tuple[str, int, str]]:
    """List registrations by folded name: folded name, position, id. Without drafts only those that a public list names."""
    signed = "" if drafts else f" AND {PUBLIC}"
    patterns = ["%" + word.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%" for word in words]
    holds = " AND ".join(["folded LIKE ? ESCAPE '!'"] * len(patterns)) or "1 = 1"
    renamed = (
        f"o.id IN (SELECT organisation FROM organisation_act{{g}} WHERE folded <> '' AND known_to > ? AND {holds})"
    )
    named, meant = (f" AND (({holds}) OR {renamed})", (*patterns, view.newest, *patterns)) if patterns else ("", ())
    rows = view.rows(
        f"SELECT o.folded, o.position, o.id FROM organisation{{g}} o WHERE (o.folded, o.position) > (?, ?){named}{signed}"
        " ORDER BY o.folded, o.position LIMIT ?",
        (*after, *meant, limit),
    )
    return [(folded, position, id_) for folded, position, id_ in rows]


PUBLIC = (
    "EXISTS (SELECT 1 FROM signature{g} s JOIN statement{g} t ON t.statement = s.statement"
    " WHERE s.organisation = o.id AND t.published > 0)"
)


def perhaps_unnamed(view: Generation, ids: Sequence[str]) -> set[str]:
    """Find those of some organisations of which every signature was withdrawn, struck or given to another one."""
    rows = view.among(
        "SELECT o.id FROM organisation{g} o WHERE o.id IN (%s) AND NOT EXISTS (SELECT 1 FROM signature{g} s"
        " JOIN statement{g} t ON t.statement = s.statement WHERE s.organisation = o.id AND t.published > 0"
        " AND NOT EXISTS (SELECT 1 FROM fact{g} f WHERE f.signature = s.position AND f.known_to > ?"
        " AND (f.type IN ('Withdrawn', 'Voided') OR f.organisation IS NOT NULL)))",
        ids,
        (view.newest,),
    )
    return {id_ for (id_,) in rows}


def starts(view: Generation, kind: str, size: int) -> list[int]:
    """List the positions at which each so-many-th published statement, or public organisation, was recorded."""
    source = (
        "SELECT statement AS position FROM statement{g} WHERE published > 0"
        if kind == "statements"
        else f"SELECT o.position FROM organisation{{g}} o WHERE {PUBLIC}"
    )
    rows = view.rows(
        "SELECT position FROM (SELECT position, ROW_NUMBER() OVER (ORDER BY position) AS n"
        f" FROM ({source}) AS known) AS counted WHERE (n - 1) % ? = 0 ORDER BY position",
        (size,),
    )
    return [position for (position,) in rows]


def named_after(view: Generation, after: int, limit: int) -> list[str]:
    """List the public organisations that were registered after a position."""
    rows = view.rows(
        f"SELECT o.id FROM organisation{{g}} o WHERE o.position > ? AND {PUBLIC} ORDER BY o.position LIMIT ?",
        (after, limit),
    )
    return [id_ for (id_,) in rows]


def editions_after(view: Generation, after: int, limit: int) -> list[tuple[str, str, list[int]]]:
    """List the published statements drafted after a position: reference, last entry's stamp and numbers of editions."""
    rows = view.rows(
        "SELECT statement, reference, last_recorded_at FROM statement{g} WHERE statement > ? AND published > 0"
        " ORDER BY statement LIMIT ?",
        (after, limit),
    )
    numbers: dict[int, list[int]] = {}
    for key, number in view.among(
        "SELECT DISTINCT statement, number FROM edition{g} WHERE statement IN (%s) ORDER BY statement, number",
        [key for key, *_ in rows],
    ):
        numbers.setdefault(key, []).append(number)
    return [(reference, changed, numbers.get(key, [])) for key, reference, changed in rows]


def signings(view: Generation, ids: Sequence[str], *, drafts: bool) -> list[tuple[StatementRow, int]]:
    """List the signatures given or corrected to some registrations, with their statements, in log order."""
    public = "" if drafts else " AND t.published > 0"
    rows = view.among(
        f"SELECT s.position, {STATEMENT} JOIN signature{{g}} s ON s.statement = t.statement"
        f" WHERE s.organisation IN (%s){public}",
        ids,
    ) + view.among(
        f"SELECT s.position, {STATEMENT} JOIN signature{{g}} s ON s.statement = t.statement"
        f" JOIN fact{{g}} f ON f.signature = s.position WHERE f.organisation IN (%s){public}",
        ids,
    )
    return sorted({(StatementRow(*row[1:]), row[0]) for row in rows}, key=lambda found: found[1])

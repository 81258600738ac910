"""Filling a generation: what the projector needs is loaded, what it makes is written, in the caller's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import orjson

from projections.log import Log
from projections.signatory_list import Leaf, Order, Signature
from projections.views import projector
from projections.views.generation import Generation
from projections.views.projector import NEVER, OPEN, signature_key, signed_leaf
from projections.views.tracks import EditionKey, Known, Rows, SignatureTrack, StatementTrack
from signatures.database import Conflict, Row
from signatures.log.eventlog import Entry
from signatures.log.redaction import WITHHELD

ABOUT = ("Withdrawn", "Voided", "Corrected")
INSERTED = (
    "statement", "act", "signature", "name", "fact", "span", "late", "edition", "place", "section", "organisation",
    "organisation_act",
)  # fmt: skip
CHANGES = {
    "changed": f"UPDATE signature{{g}} SET changed = ? WHERE position = ? AND changed = {OPEN}",
    "closed": "UPDATE span{g} SET known_to = ? WHERE statement = ? AND signed_on = ? AND signature = ?"
    f" AND known_from < ? AND known_to = {OPEN}",
    "closed_late": "UPDATE late{g} SET known_to = ? WHERE published = ? AND language = ? AND signed_on = ? AND signature = ?"
    f" AND known_from < ? AND known_to = {OPEN}",
    "annulled_fact": f"UPDATE fact{{g}} SET known_to = ? WHERE position = ? AND known_to = {OPEN}",
    "annulled_act": "UPDATE act{g} SET known_to = ? WHERE statement = ? AND position = ?",
    "annulled_organisation_act": "UPDATE organisation_act{g} SET known_to = ? WHERE organisation = ? AND position = ?",
    "published": "UPDATE statement{g} SET published = ? WHERE statement = ? AND published = 0",
    "erasure": "INSERT INTO erasure{g} VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    "erased_signature": "UPDATE signature{g} SET document = ?, territories = ? WHERE position = ?",
    "erased_name": "UPDATE name{g} SET folded = ? WHERE statement = ? AND signature = ?",
    "erased_fact": "UPDATE fact{g} SET folded = ?, data = ?, territories = ? WHERE position = ?",
    "erased_act": "UPDATE act{g} SET data = ? WHERE statement = ? AND position = ?",
    "erased_organisation": "UPDATE organisation{g} SET folded = ? WHERE position = ?",
    "erased_organisation_act": "UPDATE organisation_act{g} SET folded = ?, data = ? WHERE position = ?",
}
CURRENT = (
    f"SELECT position AS signature, signed_on, '{NEVER}' AS ended_on, position AS known_from FROM signature{{g}}"
    f" WHERE statement = ? AND changed = {OPEN} UNION ALL"
    f" SELECT signature, signed_on, ended_on, known_from FROM span{{g}} WHERE statement = ? AND known_to = {OPEN}"
)
TALLY = (
    "INSERT INTO tally{g} VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (statement, published, language, day) DO UPDATE"
    " SET began = tally{g}.began + excluded.began, ended = tally{g}.ended + excluded.ended,"
    " again = tally{g}.again + excluded.again, corrected = tally{g}.corrected + excluded.corrected"
)
MONTHLY = (
    "INSERT INTO monthly{g} VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (statement, published, language, month) DO UPDATE"
    " SET began = monthly{g}.began + excluded.began, ended = monthly{g}.ended + excluded.ended,"
    " again = monthly{g}.again + excluded.again"
)
MILESTONE = (
    "INSERT INTO milestone{g} SELECT statement, published, language, ?, day, SUM(began) OVER days, SUM(ended) OVER days,"
    " SUM(again) OVER days, SUM(corrected) OVER days FROM tally{g}"
    " WHERE (began <> 0 OR ended <> 0 OR again <> 0 OR corrected <> 0) AND %s"
    " WINDOW days AS (PARTITION BY statement, published, language ORDER BY day)"
    " ON CONFLICT DO NOTHING"
)
LAST = "UPDATE statement{g} SET last_position = ?, last_recorded_at = ?, last_version = ? WHERE statement = ?"


class SignatureIds:
    """Positions of signatures by id, held in memory while a generation has no index of them; `last` is the last one."""

    def __init__(self, generation: int) -> None:
        """Begin empty."""
        self.generation = generation
        self.positions: dict[bytes, int] = {}
        self.last = 0

    def add(self, ids: Sequence[bytes], positions: Sequence[int]) -> None:
        """Add ids in log order; raises Conflict if one is there under another position."""
        known = self.positions
        if not known.keys().isdisjoint(ids) and any(known.get(i, p) != p for i, p in zip(ids, positions, strict=True)):
            raise Conflict("a signature was recorded twice")
        known.update(zip(ids, positions, strict=True))
        self.last = positions[-1] if positions else self.last


def pieces(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Cut entries behind each Published, which needs what came before in the tables, and at the end of each block."""
    block = projector.BLOCK
    ends = [end for end, entry in enumerate(entries, 1) if entry.type == "Published" or not entry.position % block]
    for begin, end in pairwise([0, *ends, len(entries)]):
        if begin < end:
            yield entries[begin:end]


class Filler:
    """Fills one generation from entries in log order."""

    def __init__(
        self, generation: Generation, log: Log, code: str, quarantined: set[str], ids: SignatureIds | None = None
    ) -> None:
        """Fill with entries of streams that are not quarantined; `code` names the projecting code.

        `ids` are the positions of all signatures by id, as long as the generation has no index of them.
        """
        self.view = generation
        self.log = log
        self.code = code
        self.quarantined = quarantined
        self.ids = ids
        self._tally = Rows().tally  # counted since the last time that it was written

    def fill(self, entries: Iterable[Entry], *, careful: bool = False) -> None:
        """Process entries, whose counts are written by `finish`; `careful` looks up what only a broken log repeats."""
        for piece in pieces(list(entries)):
            *run, last = piece
            if last.type == "Published":
                self._run(run, careful=careful)
                self._publish(last)
            else:
                self._run(piece, careful=careful)
            if last.position % projector.BLOCK == 0:
                self._keep_counts(last.position)

    def finish(self) -> None:
        """Write what was counted: days, and whole months of them."""
        months: defaultdict[tuple[int, int, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for (*where, day), sums in self._tally.items():
            month = months[*where, day[:7]]  # type: ignore[index]
            for at in range(3):
                month[at] += sums[at]
        self._many(TALLY, [(*key, *sums) for key, sums in self._tally.items() if any(sums)])
        self._many(MONTHLY, [(*key, *sums) for key, sums in months.items() if any(sums)])
        self._tally.clear()

    def _keep_counts(self, position: int) -> None:
        """Keep the counts so far of every statement that something happened to since the last time."""
        self.finish()
        recent = "statement IN (SELECT statement FROM statement{g} WHERE last_position > ?)"
        self.view.rows(MILESTONE % recent, (position, position - projector.BLOCK))

    # ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, run: list[Entry], *, careful: bool) -> None:
        if not run:
            return
        known, rows = self._load(run, careful=careful), Rows(tally=self._tally)
        project, loads, quarantined = projector.project, orjson.loads, self.quarantined
        for entry in run:
            stopped = quarantined and entry.stream in quarantined
            if stopped and entry.type != WITHHELD:
                continue
            try:
                data = loads(entry.state)
                if entry.type == WITHHELD:
                    projector.erase(entry, data, known, rows)
                if not stopped:
                    project(entry, data, known, rows)
            except Exception as error:  # noqa: BLE001 - whatever the pure projector raises, only this statement stops
                self.stop(entry, _sentence(error))
        self._write(rows, known.statements.values())

    def stop(self, entry: Entry, sentence: str) -> None:
        """Quarantine the stream of an entry: nothing from there on is processed."""
        self.quarantined.add(entry.stream)
        self.view.rows(
            "INSERT INTO quarantine{g} VALUES (?, ?, ?, ?, ?)",
            (entry.stream, entry.position, entry.version, self.code, sentence),
        )

    def _publish(self, entry: Entry) -> None:
        if entry.stream in self.quarantined:
            return
        known, rows = Known(statements=self._statements({entry.stream})), Rows(tally=self._tally)
        data = orjson.loads(entry.state)
        documents = self._documents(data)
        try:
            orders = projector.orders_of(entry, data, documents)
        except Exception as error:  # noqa: BLE001 - as above
            self.stop(entry, _sentence(error))
            return
        keys = self._keys({p.signature_id for order in (orders or {}).values() for p in order.places if p.signature_id})
        try:
            editions = projector.published(entry, data, known, rows, orders, keys)
        except Exception as error:  # noqa: BLE001 - as above
            self.stop(entry, _sentence(error))
            return
        self._write(rows, known.statements.values())
        statement = known.statements[entry.stream].key
        for edition in editions:
            if orders is None:
                self._receive(statement, edition)
            else:
                self._keep_late(statement, edition)
            self._count_places(statement, edition, orders)
            self.finish()
            where = "statement = ? AND published = ? AND language = ?"
            self.view.rows(MILESTONE % where, (entry.position, statement, *edition[:2]))

    def _documents(self, data: dict[str, Any]) -> dict[str, bytes]:
        found = {digest: self.log.text(digest) for digest in (data.get("orders") or {}).values()}
        return {digest: content for digest, content in found.items() if content is not None}

    def _receive(self, statement: int, edition: EditionKey) -> None:
        """Number the signatures that stand on the edition's date, in log order."""
        self.view.rows(
            f"INSERT INTO place{{g}} SELECT ?, ?, ROW_NUMBER() OVER (ORDER BY signature), signature, NULL FROM ({CURRENT}) AS c"
            " WHERE signed_on <= ? AND ended_on > ?",
            (*edition[:2], statement, statement, edition.as_of, edition.as_of),
        )
        self.view.rows(
            "UPDATE edition{g} SET places = (SELECT COUNT(*) FROM place{g} WHERE published = ? AND language = ?)"
            " WHERE statement = ? AND published = ? AND language = ?",
            (*edition[:2], statement, *edition[:2]),
        )

    def _keep_late(self, statement: int, edition: EditionKey) -> None:
        """Keep apart those that stand, are dated up to the edition, and are not in its order."""
        self.view.rows(
            f"INSERT INTO late{{g}} SELECT ?, ?, signed_on, signature, known_from, {OPEN}, ended_on FROM ({CURRENT}) AS c"
            " WHERE signed_on <= ? AND ended_on > ? AND NOT EXISTS"
            " (SELECT 1 FROM place{g} p WHERE p.signature = c.signature AND p.published = ? AND p.language = ?)",
            (*edition[:2], statement, statement, edition.as_of, edition.as_of, *edition[:2]),
        )

    def _count_places(self, statement: int, edition: EditionKey, orders: dict[str, Order] | None) -> None:
        """Sum up the places of an order by date."""
        where = edition[:2]
        if orders is None:
            counted = self.view.rows(
                f"SELECT signed_on, ended_on, COUNT(*), COUNT(*) FROM ({CURRENT}) AS c WHERE signed_on <= ? AND ended_on > ?"
                " GROUP BY signed_on, ended_on",
                (statement, statement, edition.as_of, edition.as_of),
            )
        else:
            counted = self.view.rows(
                "SELECT signed_on, ended_on, COUNT(*), SUM(times) FROM (SELECT c.signed_on, c.ended_on, COUNT(*) AS times"
                f" FROM ({CURRENT}) AS c JOIN place{{g}} p ON p.signature = c.signature AND p.published = ? AND p.language = ?"
                " GROUP BY c.signed_on, c.ended_on, c.signature) AS placed GROUP BY signed_on, ended_on",
                (statement, statement, *where),
            )
        for signed_on, ended_on, distinct, times in counted:
            again = int(times) - distinct
            for day, began, ended, more in ((signed_on, distinct, 0, again), (ended_on, 0, distinct, -again)):
                if day != NEVER:
                    sums = self._tally[statement, *where, day]
                    sums[:3] = [sums[0] + began, sums[1] + ended, sums[2] + more]

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _load(self, run: Sequence[Entry], *, careful: bool) -> Known:
        streams = {entry.stream for entry in run}
        known = Known(statements=self._statements({stream for stream in streams if stream.startswith("statement/")}))
        about = [entry for entry in run if careful or entry.type != "Signed"]
        named = {orjson.loads(entry.state).get("signature_id") for entry in about if entry.type in (*ABOUT, "Signed")}
        targets = [orjson.loads(entry.state).get("position") for entry in about if entry.type == "Annulled"]
        keys = set(self._keys(named).values())
        if targets:
            for (key,) in self.view.among("SELECT signature FROM fact{g} WHERE position IN (%s)", targets):
                keys.add(key)
            open_acts = f"SELECT position, type FROM act{{g}} WHERE known_to = {OPEN} AND position IN (%s)"
            known.acts.update((position, type_) for position, type_ in self.view.among(open_acts, targets))
        self._tracks(sorted(keys), known)
        return known

    def _statements(self, streams: set[str]) -> dict[str, StatementTrack]:
        found = {
            stream: StatementTrack(key)
            for stream, key in self.view.among(
                "SELECT stream, statement FROM statement{g} WHERE stream IN (%s)", sorted(streams)
            )
        }
        by_key = {track.key: track for track in found.values()}
        for key, published, language, as_of in self.view.among(
            "SELECT statement, published, language, as_of FROM edition{g} WHERE statement IN (%s) ORDER BY published, language",
            sorted(by_key),
        ):
            by_key[key].editions.append(EditionKey(published, language, as_of))
        return found

    def _keys(self, ids: Iterable[Any]) -> dict[str, int]:
        """Find the positions of signatures by their ids; what is no id is not found."""
        wanted = {}
        for id_ in ids:
            try:
                wanted[signature_key(id_)] = id_
            except (ValueError, AttributeError):
                continue
        if self.ids is not None:
            positions = self.ids.positions
            return {id_: positions[key] for key, id_ in wanted.items() if key in positions}
        found = self.view.among("SELECT id, position FROM signature{g} WHERE id IN (%s)", list(wanted))
        return {wanted[bytes(id_)]: position for id_, position in found}

    def _tracks(self, keys: list[int], known: Known) -> None:
        facts = self.view.facts(keys, OPEN - 1)
        placed: dict[int, dict[tuple[int, str], int]] = {}
        for key, published, language, times in self.view.among(
            "SELECT signature, published, language, COUNT(*) FROM place{g} WHERE signature IN (%s)"
            " GROUP BY signature, published, language",
            keys,
        ):
            placed.setdefault(key, {})[published, language] = times
        for key, statement, changed, document in self.view.among(
            "SELECT position, statement, changed, document FROM signature{g} WHERE position IN (%s)", keys
        ):
            signed = signed_leaf(key, orjson.loads(document))
            later: list[Leaf] = facts.get(key, [])
            track = SignatureTrack(key, statement, Signature(signed, later), later, changed < OPEN, placed.get(key, {}))
            known.signatures[signed["data"]["signature_id"]] = track
            known.facts.update((leaf["position"], track) for leaf in later)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _write(self, rows: Rows, statements: Iterable[StatementTrack]) -> None:
        for track in statements:
            for day, times in Counter(track.began).items():
                self._tally[track.key, 0, "", day][0] += times
        for table in INSERTED:
            if some := getattr(rows, table):
                self.view.transaction.insert(f"{table}_g{self.view.number}", some)
        for change, sql in CHANGES.items():
            self._many(sql, getattr(rows, change))
        self._many(LAST, [(*track.last[:2], track.last.version, track.key) for track in statements if track.last])
        if self.ids is not None:
            self.ids.add([row[2] for row in rows.signature], [row[0] for row in rows.signature])

    def _many(self, sql: str, rows: list[Row]) -> None:
        if rows:
            suffix = f"_g{self.view.number}"
            self.view.transaction.executemany(sql.replace("{g}", suffix), rows)


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, projector.Unprocessable) else f"{type(error).__name__}: {error}"

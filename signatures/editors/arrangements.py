"""Arrangements: the orders of the next edition as editors have them so far, one for each language of a statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from signatures.arranging.moving import completed, signatures_in
from signatures.clock import Clock, stamp
from signatures.database import Database, Transaction
from signatures.errors import InvalidInput, NotFound, StaleVersion
from signatures.order import OrderLine, order_document, stored_order
from signatures.register import Register
from signatures.sentences import said

COLUMNS = "reference, language, version, document, pins, rule, before, changed_at, changed_by"
LIMIT = 8 * 2**20  # bytes of an order, as the register takes it


class Arrangement(NamedTuple):
    """The order of one language: its lines, which signatures are pinned to their numbers, and how it was proposed."""

    reference: str
    language: str
    version: int
    lines: list[OrderLine]
    pins: frozenset[str]
    rule: dict[str, Any]
    before: list[OrderLine] | None
    changed_at: str
    changed_by: str


class Arrangements:
    """The arrangements in the contacts database; they hold ids, headings and reasons of gaps, no names."""

    def __init__(self, database: Database, clock: Clock, register: Register) -> None:
        """Use the contacts database, which `Contacts.create` has made, and the register whose lists these are."""
        self.database, self.clock, self.register = database, clock, register

    def orders(self, reference: str, standing: Sequence[str]) -> dict[str, list[OrderLine]] | None:
        """Give each language's order for these signatures: the kept lines, then who came since as received.

        None where nothing is arranged. The statement's own language always has an order, if only as received.
        """
        kept = self.all(reference)
        if not kept:
            return None
        received = self.received(reference, standing)
        orders = {one.language: completed(one.lines, received) for one in kept}
        default = self.register.statement(reference).default_language
        return {default: [OrderLine("signature", id_) for id_ in received], **orders}

    def received(self, reference: str, ids: Sequence[str]) -> list[str]:
        """Put signatures into the order in which they were received."""
        wanted = set(ids)
        statement = str(self.register.statement(reference).id)
        with self.register.store.reading() as transaction:
            rows = transaction.execute("SELECT id FROM signature WHERE statement = ? ORDER BY ordinal", (statement,))
        return [id_ for (id_,) in rows if id_ in wanted]

    def all(self, reference: str) -> list[Arrangement]:
        """List a statement's arrangements by language."""
        with self.database.reading() as transaction:
            return _select(transaction, "reference = ?", reference.lower())

    def of(self, reference: str, language: str) -> Arrangement | None:
        """Get the arrangement of one language; None while there is none."""
        with self.database.reading() as transaction:
            return _one(transaction, reference, language)

    def keep(
        self,
        reference: str,
        language: str,
        lines: Sequence[OrderLine],
        *,
        by: str,
        version: int,
        pins: frozenset[str] | None = None,
        rule: Mapping[str, Any] | None = None,
        before: Sequence[OrderLine] | None = None,
    ) -> Arrangement:
        """Keep an order in the place of the version that was looked at (0: of none); pins and rule stay unless given.

        `before` is the order that was looked at, to which `undo` leads back.
        """
        document = order_document(lines).decode()
        if len(document.encode()) > LIMIT:
            raise InvalidInput(said("This order is larger than 8 MiB. Shorten its headings."), field="form")
        with self.database.writing("arrangement") as transaction:
            found = _expected(transaction, reference, language, version)
            held = found.pins if found and pins is None else pins or frozenset()
            told = found.rule if found and rule is None else dict(rule or {})
            row = Arrangement(
                reference.lower(), language, version + 1, list(lines), held & set(signatures_in(lines)), told,
                None if before is None else list(before), stamp(self.clock()), by,
            )  # fmt: skip
            _write(transaction, row)
        return row

    def undo(self, reference: str, language: str, *, by: str, version: int) -> Arrangement:
        """Go back to the order before the last change; done twice, forth again."""
        with self.database.writing("arrangement") as transaction:
            found = _expected(transaction, reference, language, version)
            if found is None or found.before is None:
                raise NotFound(said("There is no earlier order to go back to."))
            row = found._replace(
                version=version + 1,
                lines=found.before,
                before=found.lines,
                changed_at=stamp(self.clock()),
                changed_by=by,
            )
            _write(transaction, row)
        return row

    def forget(self, reference: str, language: str, *, version: int) -> None:
        """Forget the order of one language."""
        with self.database.writing("arrangement") as transaction:
            _expected(transaction, reference, language, version)
            _delete(transaction, reference, language)


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _select(transaction: Transaction, where: str, *values: str) -> list[Arrangement]:
    rows = transaction.execute(f"SELECT {COLUMNS} FROM arrangement WHERE {where} ORDER BY language", values)
    return [_read(*row) for row in rows]


def _read(
    reference: str,
    language: str,
    version: int,
    document: str,
    pins: str,
    rule: str,
    before: str | None,
    at: str,
    by: str,
) -> Arrangement:
    return Arrangement(
        reference, language, version, stored_order(document), frozenset(json.loads(pins)), json.loads(rule),
        None if before is None else stored_order(before), at, by,
    )  # fmt: skip


def _one(transaction: Transaction, reference: str, language: str) -> Arrangement | None:
    return next(iter(_select(transaction, "reference = ? AND language = ?", reference.lower(), language)), None)


def _expected(transaction: Transaction, reference: str, language: str, version: int) -> Arrangement | None:
    """Get the version that was looked at; another one is refused."""
    found = _one(transaction, reference, language)
    if (found.version if found else 0) != version:
        raise StaleVersion(said("Somebody changed this order meanwhile. Look at it as it is now."))
    return found


def _delete(transaction: Transaction, reference: str, language: str) -> None:
    transaction.execute("DELETE FROM arrangement WHERE reference = ? AND language = ?", (reference.lower(), language))


def _write(transaction: Transaction, row: Arrangement) -> None:
    _delete(transaction, row.reference, row.language)
    transaction.execute(
        f"INSERT INTO arrangement ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.reference, row.language, row.version, order_document(row.lines).decode(), json.dumps(sorted(row.pins)),
            json.dumps(row.rule, ensure_ascii=False, sort_keys=True),
            None if row.before is None else order_document(row.before).decode(), row.changed_at, row.changed_by,
        ),
    )  # fmt: skip

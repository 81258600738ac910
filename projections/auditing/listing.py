"""The list of a statement on a date, by the rule's own parts, fed from the index: no list is too long for a machine's memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from projections.auditing.book import Book, NoSuchList
from projections.auditing.folder import DOCUMENT, Folder, Missing
from projections.signatory_list import (
    Entry,
    Order,
    Root,
    Signature,
    Term,
    compose,
    counted,
    gap_entry,
    order_digest,
    read_order,
    split,
)

STANDS = "NOT coalesce(t.voided, 0) AND coalesce(t.signed_on, s.signed_on) <= ? AND (t.withdrawn_on IS NULL OR t.withdrawn_on > ?)"
SIGNED = """
FROM signature s LEFT JOIN term t ON t.question = ? AND t.position = s.position WHERE s.stream = ? AND s.position <= ?
"""
PLACES = """
SELECT n.number, n.position, n.reason, s.place, t.position FROM numbered n
LEFT JOIN signature s ON s.position = n.position LEFT JOIN term t ON t.question = ? AND t.position = n.position
WHERE n.question = ?
"""


class Told:
    """The list of a book on a date; it keeps rows in the index until it is closed."""

    def __init__(
        self, book: Book, folder: Folder, as_of: str, *, language: str | None = None, show: str = "standing"
    ) -> None:
        """Work out who stands where."""
        self.book, self.index, self.folder = book, book.index, folder
        self.as_of, self.show = as_of, show
        self.languages = book.folded.languages(language)
        self.question = self.index.question()
        self.edition = book.folded.edition(as_of)
        self.sections: list[dict[str, Any]] = []
        self._number()
        book.settle(self.question)
        if self.edition is None:
            self._number_standing(self.question, book, as_of)

    def close(self) -> None:
        """Forget the rows."""
        self.forget(self.question)

    def forget(self, question: int) -> None:
        """Forget the rows of one question."""
        for table in ("term", "numbered"):
            self.index.write(f"DELETE FROM {table} WHERE question = ?", [(question,)])

    # ── the numbered places ──────────────────────────────────────────────────────────────────────────────────────────

    def _number(self) -> None:
        """Write down the places of the edition in force, which never move."""
        if self.edition is None:
            return
        digest = order_digest(self.edition, self.languages)
        if digest is None:
            then = Book(self.index, self.book.stream, self.edition["position"])
            scratch = self.index.question()
            then.settle(scratch)
            self._number_standing(scratch, then, self.edition["data"]["as_of"])
            self.index.write("DELETE FROM term WHERE question = ?", [(scratch,)])
            return
        order = read_order(self.document(digest[1]))
        if not all(isinstance(place.signature_id or place.reason, str) for place in order.places):
            raise NoSuchList(f"The order {digest[1]} holds a place that names neither a signature nor a reason.")
        self.sections = order.sections
        self.number(self.question, order)
        unknown = self.index.one(
            "SELECT number FROM numbered WHERE question = ? AND position IS NULL AND reason IS NULL", (self.question,)
        )
        if unknown:
            raise NoSuchList(f"The order {digest[1]} names a signature at number {unknown[0]} that no entry made.")

    def number(self, question: int, order: Order) -> None:
        """Write down the places of an order."""
        self.index.write(
            "INSERT INTO numbered VALUES (?, ?, (SELECT position FROM signature WHERE id = ? AND stream = ?), ?)",
            ((question, one.number, one.signature_id, self.book.stream, one.reason) for one in order.places),
        )

    def _number_standing(self, question: int, book: Book, as_of: str) -> None:
        self.index.write(
            f"INSERT INTO numbered SELECT ?, row_number() OVER (ORDER BY s.position), s.position, NULL {SIGNED} AND {STANDS}",
            [(self.question, question, book.stream, book.position, as_of, as_of)],
        )

    def document(self, sha256: str) -> bytes:
        """Read an order document."""
        for part in ("texts", "withheld-texts"):
            try:
                return self.folder.read(f"{part}/{sha256}", DOCUMENT)
            except Missing:
                continue
        raise NoSuchList(f"The order document {sha256} is missing in the bundle.")

    # ── the answer ───────────────────────────────────────────────────────────────────────────────────────────────────

    def answer(self, root: Root | None, *, final: bool = True) -> dict[str, Any]:
        """Compose the answer; its long parts can be gone through as often as one likes, and none is held."""
        answer = compose(
            self.book.folded,
            as_of=self.as_of,
            last=self.book.last(),
            final=final,
            show=self.show,
            counts=self.counts(),
            sections=self.sections,
            numbered=(),
            subsequent=(),
            root=root,
        )
        parts = {"numbered": self.numbered, "subsequent": self.subsequent, "gaps": self.gaps}
        return answer | {name: Part(part) for name, part in parts.items() if name in answer}

    def counts(self) -> dict[str, int]:
        """Count as the rule does."""
        (places,) = self._one("SELECT count(*) FROM numbered WHERE question = ?", self.question)
        (standing,) = self._one(
            "SELECT count(*) FROM numbered n JOIN signature s ON s.position = n.position"
            f" LEFT JOIN term t ON t.question = ? AND t.position = n.position WHERE n.question = ? AND {STANDS}",
            self.question, self.question, self.as_of, self.as_of,
        )  # fmt: skip
        (left,) = self._one(
            f"SELECT count(*) {SIGNED} AND NOT t.voided AND t.signed_on < t.withdrawn_on AND t.withdrawn_on <= ?",
            self.question, self.book.stream, self.book.position, self.as_of,
        )  # fmt: skip
        rest = sum(1 for _ in self._rest()) if self.edition else 0
        return counted(standing, rest, left, places)

    def _one(self, sql: str, *values: object) -> tuple[Any, ...]:
        row = self.index.one(sql, values)
        assert row is not None  # noqa: S101 - a count
        return row

    def places(self) -> Iterator[Entry]:
        """Compose the entry of every numbered place."""
        for number, position, reason, place, touched in self.index.ask(
            f"{PLACES} ORDER BY n.number", (self.question, self.question)
        ):
            yield gap_entry(number, reason) if position is None else self._entry(place, touched is not None, number)

    def numbered(self) -> Iterator[Entry]:
        """Compose the numbered entries that are shown."""
        for entry in self.places():
            yield from split((entry,), self.show)[0]

    def gaps(self) -> Iterator[Entry]:
        """Explain the numbers that are not shown."""
        rows = self.index.ask(
            f"{PLACES} AND NOT coalesce(s.position IS NOT NULL AND {STANDS}, 0) ORDER BY n.number",
            (self.question, self.question, self.as_of, self.as_of),
        )
        for number, position, reason, place, touched in rows:
            entry = gap_entry(number, reason) if position is None else self._entry(place, touched is not None, number)
            yield from split((entry,), self.show)[1]

    def subsequent(self) -> Iterator[Entry]:
        """Compose the entries of those who came after the numbered list."""
        if self.edition is not None:
            for place, touched in self._rest():
                yield self._entry(place, touched is not None, None, self.edition["data"]["as_of"])

    def _rest(self) -> Iterator[tuple[Any, ...]]:
        return self.index.ask(
            f"SELECT s.place, t.position {SIGNED} AND {STANDS} AND s.position NOT IN"
            " (SELECT position FROM numbered WHERE question = ? AND position IS NOT NULL)"
            " ORDER BY coalesce(t.signed_on, s.signed_on), s.position",
            (self.question, self.book.stream, self.book.position, self.as_of, self.as_of, self.question),
        )

    def _entry(self, place: int, touched: bool, number: int | None, after: str | None = None) -> Entry:  # noqa: FBT001 - of a row
        return self.signature(place, touched=touched).entry(self.as_of, self.languages, number, after)

    def signature(self, place: int, *, touched: bool = True) -> Signature:
        """Read a signature, with what was said about it."""
        signed = self.index.leaf(place)
        return Signature(signed, self.book.later(signed["data"]["signature_id"]) if touched else ())

    def number_of(self, position: int) -> int | None:
        """Tell the first number of the signature that was made at a position."""
        row = self.index.one(
            "SELECT min(number) FROM numbered WHERE question = ? AND position = ?", (self.question, position)
        )
        return row[0] if row else None

    def standing(self) -> int:
        """Count all who stand."""
        return self.counts()["standing"]

    def term(self, position: int, signed_on: str) -> Term:
        """Tell the dates of the signature that was made at a position."""
        row = self.index.one(
            "SELECT signed_on, withdrawn_on, voided FROM term WHERE question = ? AND position = ?",
            (self.question, position),
        )
        return Term(row[0], row[1], voided=bool(row[2])) if row else Term(signed_on)


class Part:
    """A long part of an answer, composed anew whenever it is gone through."""

    def __init__(self, entries: Callable[[], Iterator[Entry]]) -> None:
        """Take what composes it."""
        self._entries = entries

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return self._entries()

    def __bool__(self) -> bool:
        return next(self._entries(), None) is not None

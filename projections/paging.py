"""Pages of a list: from a place on, forward or backward, through the numbered and then the subsequent signatories."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from projections.moments import DATE
from projections.signatory_list import Entry, Signature, gap_entry, told
from projections.views.counting import sums
from projections.views.generation import Generation, Sought
from projections.views.names import folded_names
from projections.views.projector import OPEN, SIGNED, signed_data
from projections.views.view import EditionRow, StatementRow
from signatures.errors import BadQuery
from signatures.sentences import said

SIGNED_ON = SIGNED.index("signed_on")
PARTS = ("numbered", "subsequent")
MOST = 1_000  # entries of a page, and of a list without a limit
NEAR = 500  # entries from the beginning of a page that are read as they stand, where many names may be meant
Item = tuple[int, str, int, Entry]  # number, date, position: what makes a Mark; and the entry


class Mark(NamedTuple):
    """A place in the list: of the numbered ones number and position, of the subsequent ones date and position."""

    part: str
    number: int
    signed_on: str
    position: int


class Cursor(NamedTuple):
    """Where a page begins or ends, pinned to a date and a position."""

    as_of: str
    position: int
    backward: bool
    mark: Mark

    def __str__(self) -> str:
        """Write it so that nobody reads anything into it."""
        text = json.dumps([self.as_of, self.position, int(self.backward), *self.mark], separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read a cursor that an earlier answer gave."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or [type(value) for value in values] != [str, int, int, str, int, str, int]:
            raise ValueError(text)
        as_of, position, backward, part, number, signed_on, key = values
        dates = DATE.match(as_of) and (DATE.match(signed_on) or not signed_on)
        if not (dates and part in PARTS and 0 < position < OPEN and 0 <= number < OPEN and 0 <= key < OPEN):
            raise ValueError(text)
    except (ValueError, binascii.Error, UnicodeError, RecursionError):
        raise BadQuery(
            said("This cursor is none that an answer gave. Ask for the first page, without a cursor."), field="cursor"
        ) from None
    return Cursor(as_of, position, bool(backward), Mark(part, number, signed_on, key))


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a list at a moment."""

    as_of: str
    position: int
    languages: tuple[str, str]
    part: str = "all"
    show: str = "standing"
    limit: int = MOST
    words: tuple[str, ...] = ()
    cursor: Cursor | None = None

    @property
    def backward(self) -> bool:
        """Tell whether the page ends at its cursor."""
        return self.cursor is not None and self.cursor.backward

    def starts(self, part: str) -> Mark | None:
        """Tell where reading a part begins; None where the page lies beyond it."""
        last = OPEN if self.backward else 0
        free = Mark(part, last, "~" if self.backward else "", last)
        if self.part not in ("all", part):
            return None
        if self.cursor is None or self.cursor.mark.part == part:
            return self.cursor.mark if self.cursor else free
        return free if (self.cursor.mark.part == "subsequent") == self.backward else None


@dataclass(slots=True)
class Page:
    """The items of a page in the order of the list, and whether there are others before and after."""

    numbered: list[Item] = field(default_factory=list)
    subsequent: list[Item] = field(default_factory=list)
    before: bool = False
    after: bool = False

    def marks(self) -> list[Mark]:
        """Tell where the page begins and ends; nothing of an empty page."""
        ends = [(part, items[at][:3]) for part, items, at in (
            ("numbered", self.numbered, 0), ("subsequent", self.subsequent, 0),
            ("numbered", self.numbered, -1), ("subsequent", self.subsequent, -1),
        ) if items]  # fmt: skip
        return [Mark(part, *key) for part, key in (ends[0], ends[-1])] if ends else []


class Pager:
    """Reads pages of one list at one moment."""

    def __init__(
        self,
        view: Generation,
        row: StatementRow,
        edition: EditionRow | None,
        headings: Sequence[Mapping[str, Any]],
        question: Question,
    ) -> None:
        """Read from a generation of the view; `headings` are those of the edition's order."""
        self.view = view
        self.row = row
        self.headings = headings
        self.edition = edition
        self.question = question
        self.when = question.as_of, question.languages
        self.sought = view.sought(row.key, question.words)

    def page(self) -> Page:
        """Read one page: up to `limit` entries that are shown, and the gaps between them."""
        question = self.question
        parts: list[tuple[str, Callable[[Mark], Iterator[Item]]]] = [
            ("numbered", self._places if self.edition else self._received),
            ("subsequent", self._subsequent),
        ]
        page, shown, more = Page(), 0, False
        annotated = question.show == "annotated"
        for part, read in reversed(parts) if question.backward else parts:
            start = question.starts(part) if self.sought is None or self.sought.keys != () else None
            items: list[Item] = page.numbered if part == "numbered" else page.subsequent
            for item in read(start) if start else ():
                if annotated or item[3]["status"] == "standing":
                    if shown == question.limit:
                        more = True
                        break
                    shown += 1
                elif question.words:
                    continue
                items.append(item)
            if more:
                break
        page.before, page.after = question.cursor is not None, more
        if question.backward:
            page.numbered.reverse()
            page.subsequent.reverse()
            page.before, page.after = more, True
        return page

    def entries(self, part: str) -> Iterator[Entry]:
        """Read all entries of a part, one chunk after the other: of the numbered ones every place."""
        read = self._subsequent if part == "subsequent" else self._places if self.edition else self._received
        return (entry for *_, entry in read(Mark(part, 0, "", 0)))

    def cursors(self, page: Page) -> tuple[str | None, str | None]:
        """Give the cursors of the next and the previous page."""
        pinned, marks = (self.question.as_of, self.question.position), page.marks()
        following = str(Cursor(*pinned, backward=False, mark=marks[1])) if page.after and marks else None
        previous = str(Cursor(*pinned, backward=True, mark=marks[0])) if page.before and marks else None
        return following, previous

    def sections(self, page: Page) -> list[dict[str, Any]]:
        """Give the headings that stand before or between the places of a page."""
        question = self.question
        if self.edition is None or question.part == "subsequent" or question.words:
            return []
        start = question.starts("numbered")
        if start is None:
            return []
        first, last = (page.numbered[0][0], page.numbered[-1][0]) if page.numbered else (0, 0)
        at_start = not page.before or first <= 1
        at_end = last >= self.edition.places
        return [
            dict(section)
            for section in self.headings
            if (at_start or section["before"] >= first) and (at_end or section["before"] <= last)
        ]

    # ── the parts ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _places(self, start: Mark) -> Iterator[Item]:
        assert self.edition is not None  # noqa: S101 - chosen by the caller
        number = start.number
        for sought, chunk in self._ways():
            rows = self.view.places(self.edition, number, chunk, sought, backward=self.question.backward)
            shown = self.view.shown(rows, self.question.position)
            for (number, reason, key, _, _), (values, signature) in zip(rows, shown, strict=True):
                if key is None:
                    if not self.question.words:
                        yield number, "", 0, gap_entry(number, reason)
                elif (entry := self._entry(key, values, signature, number)) is not None:
                    yield number, "", 0, entry
            if len(rows) < chunk:
                return

    def _received(self, start: Mark) -> Iterator[Item]:
        """Number all that stand in log order: there is no edition yet."""
        question, number, position, backward = self.question, start.number, start.position, self.question.backward
        ((began, ended, _),) = sums(self.view, self.row, [(0, "")], question.as_of, question.position)
        standing = began - ended
        if backward and number == OPEN:
            number = standing + 1
        step, last, counted = (-1, 1, position) if backward else (1, standing, position)
        few = standing**2 <= min(question.limit, MOST) * question.position  # dearer to walk to than to gather and sort
        for sought, chunk in self._ways() if standing else ():
            rows = self.view.received(
                self.row.key, position, question.as_of, question.position, chunk, sought,
                few=few, backward=backward,
            )  # fmt: skip
            shown = self.view.shown(rows, question.position)
            for (_, _, position, _, _), (values, signature) in zip(rows, shown, strict=True):
                if sought is not None:  # those between have numbers, too
                    number += step * self._between(counted, position)
                number, counted = number + step, position
                entry = self._entry(position, values, signature, number)
                if entry is not None:
                    yield number, "", position, entry
            if len(rows) < chunk or (last - number) * step <= 0:
                return

    def _subsequent(self, start: Mark) -> Iterator[Item]:
        if self.edition is None:
            return
        question, key = self.question, (start.signed_on, start.position)
        for sought, chunk in self._ways():
            rows = self.view.subsequent(
                self.row.key, self.edition, question.as_of, question.position, key, chunk, sought,
                backward=question.backward,
            )  # fmt: skip
            shown = self.view.shown([row for _, row in rows], question.position)
            for (signed_on, row), (values, signature) in zip(rows, shown, strict=True):
                key = (signed_on, row[2])
                entry = self._entry(key[1], values, signature, None, self.edition.as_of)
                if entry is not None:
                    yield 0, *key, entry
            if len(rows) < chunk:
                return

    def _ways(self) -> Iterator[tuple[Sought | None, int]]:
        """Tell how to read on, chunk by chunk; where many may be meant, the first of them soon stand among all."""
        many = self.sought is not None and self.sought.keys is None
        chunk = min(self.question.limit, MOST) * 17 // 16 + 2
        if many:
            yield None, NEAR
        yield self.sought, chunk
        while True:
            yield self.sought, MOST if many else chunk

    def _between(self, key: int, other: int) -> int:
        return self.view.standing_between(self.row.key, (key, other), self.question.as_of, self.question.position)

    def _entry(
        self,
        position: int,
        values: list[Any],
        signature: Signature | None,
        number: int | None,
        after: str | None = None,
    ) -> Entry | None:
        """Compose an entry, most often of a signature that nothing has changed; None if it lacks the words asked for."""
        as_of, languages = self.when
        if signature is None:
            status = "standing" if values[SIGNED_ON] <= as_of else "not-yet"
            entry = told(values, position, status, languages, number, after)
        else:
            entry = signature.entry(as_of, languages, number, after)
        if self.sought is None:
            return entry
        return entry if self._matches(entry, signature.shown(as_of) if signature else signed_data(values)) else None

    def _matches(self, entry: Entry, names: Mapping[str, Any]) -> bool:
        folded = folded_names(names)
        return entry["printed"] is not None and all(word in folded for word in self.question.words)

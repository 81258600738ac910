"""The lists of a bundle, computed again from its entries and compared line by line."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import chain
from typing import Any, BinaryIO

from projections.auditing.book import Book, NoSuchList
from projections.auditing.entries import STEP, Progress
from projections.auditing.folder import Folder, Missing
from projections.auditing.found import Difference, Report
from projections.auditing.grown import Claim, Grown
from projections.auditing.index import Index
from projections.auditing.leaves import DATE, REFERENCE, UNREADABLE
from projections.auditing.listing import Told
from projections.auditing.orders import check_edition
from projections.auditing.reasons import Reasons
from projections.rendering.listfile import list_lines
from signatures.proof.merkle import HASH_BYTES

LISTS = "lists"
PRINTED = re.compile(rb'"checkpoint":\{"size":([0-9]{1,15}),"root":"([A-Za-z0-9+/]{43})="\}\}\n\Z')
TAIL = 200  # bytes, in which it stands
LINE = 16 << 20  # bytes: the headings of an order stand on one line


def claims(folder: Folder) -> Iterator[Claim]:
    """List the checkpoints that are printed on the lists, by their size; nobody signed them there."""
    for name in folder.names(LISTS) if folder.has(LISTS) else ():
        try:
            with folder.open(name) as file:
                file.seek(max(0, folder.size(name) - TAIL))
                printed = PRINTED.search(file.read(TAIL))
        except Missing:
            continue
        if printed and len(root := base64.b64decode(printed[2] + b"==")) == HASH_BYTES:
            yield Claim(int(printed[1]), root, name, sure=False)


class Published:
    """The lists that a bundle must hold: of each published statement its editions and the newest."""

    def __init__(
        self, folder: Folder, index: Index, grown: Grown, report: Report, left_out: Mapping[str, int] | None = None
    ) -> None:
        """Compare the files of a folder with what the index gives; of a statement nothing is there beyond what it is left out."""
        self.folder, self.index, self.grown, self.report = folder, index, grown, report
        self.left_out = left_out or {}
        self.position = grown.size

    def names(self) -> Iterator[tuple[str, bytes, int | None]]:
        """Name the files, each with its statement's stream and its edition; in the order of the log."""
        rows = self.index.ask(
            "SELECT s.stream, s.reference, e.number, e.position FROM statement s JOIN edition e ON e.stream = s.stream"
            " ORDER BY s.position, e.position"
        )
        reference, stream = None, b""
        for stream_, reference_, number, position in chain(rows, [(b"", None, 0, 0)]):
            if reference is not None and stream_ != stream and reference not in self.left_out:
                yield f"{LISTS}/{reference}/newest.json", stream, None
            if reference_ is not None and position <= self.left_out.get(reference_, position):
                yield f"{LISTS}/{reference_}/edition-{number}.json", stream_, number
            reference, stream = reference_, stream_

    def check(self, progress: Progress) -> int:
        """Compare every list; return how many there are."""
        count = 0
        for name, stream, edition in self.names():
            count += 1
            if not REFERENCE.fullmatch(name.split("/")[1]):
                self.report.differs(f"{name}: the statement's reference is none.")
                continue
            try:
                with self.folder.open(name) as file:
                    self._list(name, file, stream, edition, progress)
            except Missing:
                self.report.differs(f"{name} is missing.", self._published_at(stream, edition))
            except NoSuchList as error:
                self.report.differs(f"{name} cannot be computed: {error.sentence}")
        return count

    def _published_at(self, stream: bytes, edition: int | None) -> int | None:
        row = self.index.one(
            "SELECT min(position) FROM edition WHERE stream = ? AND number = coalesce(?, number)", (stream, edition)
        )
        return row[0] if row else None

    def _list(self, name: str, file: BinaryIO, stream: bytes, edition: int | None, progress: Progress) -> None:
        position = self.position if edition is None else (self._published_at(stream, edition) or 0)
        book = Book(self.index, stream, position)
        if edition is None:
            as_of = _as_of(file)
            file.seek(0)
        else:
            as_of = str(book.folded.numbered(edition)["data"]["as_of"])
        if as_of is None:
            self.report.differs(f"{name} does not say of which day it is.", book.last()["position"])
            return
        told = Told(book, self.folder, as_of)
        try:
            if edition is not None:
                check_edition(told, self.report)
            difference = _compared(file, told, self.grown, partial(progress, f"Comparing {name}"))
        finally:
            told.close()
        if difference:
            self.report.differs(f"{name}: {difference.sentence}", difference.position)


def _compared(file: BinaryIO, told: Told, grown: Grown, progress: Callable[[int, int], object]) -> Difference | None:
    """Name the first difference between a list file and the list."""
    answer = told.answer(grown.root_at)
    lines, total = list_lines(answer), answer["counts"]["places"] + answer["counts"]["subsequent"]
    of_the_whole, which = _heads(file.readline(LINE), next(lines), told)
    if which:
        return of_the_whole
    for number, right in enumerate(lines):
        if number % STEP == 0:
            progress(number, total)
        found = file.readline(LINE)
        if found != right:
            return _difference((found, file.readline(LINE)), (right, next(lines, b"")), told)
    if file.read(1):
        return Difference("it goes on after its end.", told.book.last()["position"])
    return of_the_whole


def _heads(found: bytes, right: bytes, told: Told) -> tuple[Difference | None, bool]:
    """Compare first lines; tell also whether it is another list altogether, in which no entry need be compared."""
    if found == right:
        return None, False
    reasons, ours, theirs = Reasons(told), _head(right), _head(found)
    if theirs is None or ours is None:
        return Difference("its first line is not as it is written.", told.book.last()["position"]), True
    difference = reasons.which(theirs, ours)
    if difference:
        return difference, True
    written = Difference("its first line is not as it is written.", told.book.last()["position"])
    return reasons.head(theirs, ours) or written, False


def _difference(found: tuple[bytes, bytes], right: tuple[bytes, bytes], told: Told) -> Difference:
    reasons = Reasons(told)
    ours, theirs = _element(right[0]), _element(found[0])
    if ours is None and right[0].startswith(b"]") and theirs is None:
        ours, theirs = _tail(right[0]), _tail(found[0])
        difference = reasons.head(theirs, ours) if theirs is not None and ours is not None else None
        return difference or Difference(
            "a line between its parts is not as it is written.", told.book.last()["position"]
        )
    if theirs is None and not found[0].startswith(b"]") and found[0] and ours is not None:
        return Difference(
            f"the line of {ours.get('number') or 'a subsequent signatory'} is damaged.", reasons.position_of(ours)
        )
    if theirs == ours and ours is not None:
        return Difference("a line is not written as lists are.", reasons.position_of(ours))
    return reasons.element(theirs, ours, _element(found[1]), _element(right[1]))


def _element(line: bytes) -> Mapping[str, Any] | None:
    return _object(line.removesuffix(b"\n").removesuffix(b",")) if line.startswith(b"{") else None


def _head(line: bytes) -> Mapping[str, Any] | None:
    return _object(line.removesuffix(b'"numbered":[\n').removesuffix(b",") + b"}")


def _tail(line: bytes) -> Mapping[str, Any] | None:
    return _object(line.replace(b"],", b"{", 1))


def _object(text: bytes) -> Mapping[str, Any] | None:
    try:
        value = json.loads(text)
    except UNREADABLE:
        return None
    return value if isinstance(value, dict) else None


def _as_of(file: BinaryIO) -> str | None:
    head = _head(file.readline(LINE)) or {}
    as_of = head.get("as_of", "")
    try:
        return date.fromisoformat(as_of).isoformat() if DATE.fullmatch(as_of) else None
    except UNREADABLE:
        return None

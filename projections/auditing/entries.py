"""The log of a bundle, read once from the first line to the last: every line checked, hashed into the tree, and indexed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, Never

from projections.auditing.folder import Folder, Missing
from projections.auditing.found import Report, Stop
from projections.auditing.grown import Grown
from projections.auditing.index import Index
from projections.auditing.leaves import DECODER, LINE_LIMIT, UNREADABLE, check_leaf, kept_by, read_leaf
from projections.signatory_list import Leaf
from signatures.log.eventlog import leaf_hash, withheld_line
from signatures.log.redaction import WITHHELD, WITHHOLDABLE, redacted

ENTRIES = "entries.jsonl"
BESIDE = "withheld.jsonl"
STANDS_IN = b'{"leaf_hash":'
Progress = Callable[[str, int, int], object]
STEP = 5_000


class Entries:
    """One reading of the log."""

    def __init__(self, folder: Folder, index: Index, report: Report, grown: Grown) -> None:
        """Read from a folder, note what lies where, grow the tree, and report."""
        self.folder, self.index, self.report, self.grown = folder, index, report, grown
        self.position = 0
        self.stamp = ""
        self.withheld = 0
        self.last: Leaf | None = None  # None where nothing but the hash of the last one is known
        self.last_hash = b""
        self.stopped = False  # whether the rest was not read
        self.broken: int | None = None  # the first position at which anything is wrong
        self._beside: Iterator[tuple[int, bytes]] | None = None
        self._next: tuple[int, bytes] | None = None  # of these, the place of the next leaf, and the leaf

    def read(self, progress: Progress) -> None:
        """Read all lines; what is wrong is reported, and after a line that is none nothing is read."""
        try:
            with self.folder.open(ENTRIES) as file:
                self.index.read_from(self.folder.open(ENTRIES))
                self._open_beside()
                self._lines(file, progress)
        except Missing:
            self._differs(1, f"{ENTRIES} is missing.")
        except Stop:
            self.stopped = True
            self.report.unchecked.append(f"{ENTRIES} was not read further than line {self.position + 1}.")
        finally:
            self.index.end()

    def _open_beside(self) -> None:
        try:
            self.index.read_from(self.folder.open(BESIDE))
            self._beside = _lines_of(self.folder.open(BESIDE))
            self._next = next(self._beside, None)
        except Missing:
            self._beside = None

    def _lines(self, file: BinaryIO, progress: Progress) -> None:
        place, total = 0, self.folder.size(ENTRIES)
        while line := file.readline(LINE_LIMIT):
            if not line.endswith(b"\n"):
                self._stop(f"{ENTRIES} line {self.position + 1} is cut off, or longer than an entry can be.")
            self._line(line[:-1], place)
            place += len(line)
            if self.position % STEP == 0:
                progress("Reading the log", place, total)
        if self._beside is not None:
            self._end_beside()

    def _line(self, line: bytes, place: int) -> None:
        number = self.position + 1
        if line.startswith(STANDS_IN):
            hash_ = self._withheld(line, number)
        else:
            hash_ = leaf_hash(line)
            self._take(self._leaf(line, number, f"line {number}"), self.index.place(0, place))
        self.grown.add(hash_)
        self.position, self.last_hash = number, hash_

    def _leaf(self, line: bytes, number: int, where: str) -> dict[str, Any]:
        """Read a leaf and see that it can come after the one before it."""
        try:
            leaf = read_leaf(line)
        except UNREADABLE as error:
            self._stop(f"{where} is no entry of a log: {error}.")
        if leaf["position"] != number:
            self._stop(
                f"{where} is the entry of position {leaf['position']}: entries were taken out, put in or exchanged here."
            )
        if leaf["recorded_at"] < self.stamp:
            self._differs(number, f"it was recorded at {leaf['recorded_at']}, before the one before it ({self.stamp}).")
        self.stamp, self.last = leaf["recorded_at"], leaf
        return leaf

    def _take(self, leaf: dict[str, Any], place: int, *, open_: bool = True) -> None:
        try:
            self.index.add(leaf, place, open_=open_)
            if leaf["type"] == WITHHELD:
                self._order(leaf, place, open_=open_)
        except UNREADABLE as error:
            self._stop(f"this {leaf['type']} has not what it must have ({error}).")

    # ── withheld ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _withheld(self, line: bytes, number: int) -> bytes:
        """Read what stands in a withheld leaf's place; where the leaf lies beside, that is the entry."""
        try:
            hash_ = bytes.fromhex(DECODER.decode(line.decode())["leaf_hash"])
        except UNREADABLE:
            hash_ = b""
        if len(hash_) != 32 or line != withheld_line(number, hash_):
            self._stop(f"line {number} is not what stands in a withheld entry's place: this position and a hash.")
        self.withheld += 1
        self.last = None
        if not self._beside_is(number, hash_):
            self.index.withhold(number, hash_)
        return hash_

    def _beside_is(self, number: int, hash_: bytes) -> bool:
        """Take the next leaf of the operator's own file if it is this one's."""
        if self._beside is None or self._next is None or leaf_hash(self._next[1]) != hash_:
            return False
        place, line = self._next
        leaf = self._leaf(line, number, f"the leaf in {BESIDE}")
        self._take(leaf, self.index.place(1, place), open_=False)
        self._next = next(self._beside, None)
        return True

    def _end_beside(self) -> None:
        """See that the operator's own file holds every withheld leaf that nobody ordered to erase, and no other."""
        self.index.flush()
        for position in self.index.unexplained(1):
            self._differs(position, f"its leaf in {BESIDE} is missing or was changed.")
            return
        if self._next is not None:
            self.report.differs(f"{BESIDE} goes on after the last withheld entry, or its last line is cut off.")

    def _order(self, leaf: dict[str, Any], place: int, *, open_: bool) -> None:
        """Take from an order of erasure what is kept of the entry that it withheld, which must be shown as a hash."""
        kept = kept_by(leaf)
        position = kept["position"]
        self.index.flush()
        row = self.index.one(
            "SELECT e.position IS NULL FROM withheld w LEFT JOIN entry e ON e.position = w.position WHERE w.position = ?",
            (position,),
        )
        check_leaf(kept)
        sound = (
            row == (1,)  # withheld, and by no order before this one
            and kept["type"] in WITHHOLDABLE
            and kept["version"] < leaf["version"]
            and kept["data"] == redacted(kept["data"])
        )
        if not sound:
            self._differs(
                leaf["position"],
                f"it withholds position {position}, which is "
                + (
                    "shown"
                    if row is None
                    else "withheld already"
                    if row == (0,)
                    else "not an entry that it can withhold"
                )
                + ".",
            )
            return
        self.index.add(kept, place, kept=True, open_=open_)

    # ── differences ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _differs(self, position: int, sentence: str) -> None:
        self.broken = min(position, self.broken or position)
        self.report.differs(sentence, position)

    def _stop(self, sentence: str) -> Never:
        self._differs(self.position + 1, sentence)
        raise Stop


def _lines_of(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Read lines with their places; one that does not end is kept as it is, and so is no leaf."""
    place = 0
    with file:
        while line := file.readline(LINE_LIMIT):
            yield place, line[:-1] if line.endswith(b"\n") else line + b"\n"
            place += len(line)

"""Bundles as older software wrote them, without tree, signature and lists: what can be checked of them, which proves little."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from projections.auditing.entries import Entries, Progress
from projections.auditing.folder import Folder, Missing
from projections.auditing.found import Report
from projections.auditing.grown import Grown, Wrong
from projections.auditing.index import Index
from projections.auditing.streams import check_acts, check_versions
from projections.auditing.whole import check_texts
from signatures.proof.tiles import Tile

HASHES = "leaf-hashes.txt"
LINE = 65  # bytes: a hash and its line end


class HashFile(Grown):
    """The hashes of all leaves, a line each, in place of a tree."""

    def __init__(self, folder: Folder) -> None:
        """Open the file; one that is missing differs at the first position."""
        super().__init__(folder)
        self._lines: BinaryIO | None = None
        try:
            self._lines = folder.open(HASHES)
        except Missing:
            return

    def add(self, hash_: bytes) -> None:
        """Compare an entry's hash with the next line."""
        super().add(hash_)
        line = self._lines.readline(LINE) if self._lines is not None else b""
        if line != hash_.hex().encode() + b"\n" and self.wrong is None:
            self.wrong = Wrong(self.size, self.size, f"its hash is not the one in {HASHES}.")

    def ends(self) -> bool:
        """Tell whether the file ends with the last entry, and close it."""
        if self._lines is None:
            return True
        with self._lines as file:
            return not file.read(1)

    def _compare(self, tile: Tile, content: bytes | bytearray) -> None:
        """Have no tiles."""


def audit_older(root: Path, said: dict[str, object], progress: Progress) -> Report:
    """Check entries against their hashes, order and texts."""
    folder, report, index = Folder(root), Report(), Index()
    try:
        hashes = HashFile(folder)
        entries = Entries(folder, index, report, hashes)
        entries.read(progress)
        if hashes.wrong and (entries.broken is None or hashes.wrong.first < entries.broken):
            report.differs(hashes.wrong.sentence, hashes.wrong.first)
        if entries.broken is None:
            report_ends(entries, hashes, said, report)
            check_versions(index, report)
            check_acts(index, report)
            check_texts(folder, index, report)
        report.checked.extend(_checked(entries))
        report.unsigned = True
        report.unchecked.append(
            "Who wrote this, and whether it was rewritten: this form of a bundle has no tree, no signature and no lists."
            " Ask for one that is exported anew."
        )
        return report
    finally:
        index.close()


def report_ends(entries: Entries, hashes: HashFile, said: dict[str, object], report: Report) -> None:
    """See that log, hashes and manifest end together."""
    if said.get("position") != entries.position or said.get("leaf_hash") != (entries.last_hash.hex() or None):
        report.differs(
            f"the log ends at position {entries.position}, not with the entry that register.json names,"
            f" {said.get('position')!r}.",
            entries.position + 1,
        )
    if not hashes.ends():
        report.differs(f"{HASHES} goes on after position {entries.position}.", entries.position + 1)


def _checked(entries: Entries) -> Iterator[str]:
    yield f"entries.jsonl: {entries.position} entries, read in order, each against its line in {HASHES}; their texts"

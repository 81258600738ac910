"""A log judged by the auditor's rules alone, without the rest of a bundle; and one written to break them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from projections.auditing.allowed import check_allowed
from projections.auditing.audit import unheard
from projections.auditing.book import Book
from projections.auditing.entries import Entries
from projections.auditing.folder import Folder
from projections.auditing.found import Difference, Report
from projections.auditing.grown import Grown
from projections.auditing.index import Index
from projections.auditing.leaves import stream_of
from projections.auditing.listing import Told
from projections.auditing.orders import check_edition
from projections.auditing.streams import check_acts, check_editions, check_orders, check_versions
from signatures.log.eventlog import Entry
from tests.histories import ORGANISATION
from tests.logmaker import MemoryLog, StatementMaker, uuid


def judged(entries: Iterable[Entry | bytes], documents: Mapping[str, bytes]) -> list[Difference]:
    """Judge a log as the auditor does once it has read it."""
    with tempfile.TemporaryDirectory() as name, closing(Index()) as index:
        root = Path(name)
        lines = [one if isinstance(one, bytes) else one.line() for one in entries]
        (root / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        (root / "texts").mkdir()
        for sha256, content in documents.items():
            (root / "texts" / sha256).write_bytes(content)
        folder, report = Folder(root), Report()
        Entries(folder, index, report, Grown(folder)).read(unheard)
        for check in (check_versions, check_acts, check_orders, check_editions, check_allowed):
            if report.sound:
                check(index, report)
        if report.sound:
            _editions(index, folder, report)
        return report.differences


def _editions(index: Index, folder: Folder, report: Report) -> None:
    for stream, position in list(index.ask("SELECT stream, position FROM edition ORDER BY position")):
        book = Book(index, stream, position)
        check_edition(Told(book, folder, str(book.folded.editions[-1]["data"]["as_of"])), report)


class Forged(StatementMaker):
    """A statement written entry by entry, with the registrations that belong to it, in streams that auditors take."""

    def __init__(self, log: MemoryLog, reference: str = "forged-2021", **fields: Any) -> None:
        """Draft it, with a title."""
        super().__init__(log, reference, **fields)
        self.title(text=b"Its text.")

    @property
    def stream(self) -> str:
        """Name the stream that its reference gives."""
        return stream_of(self.reference)

    @stream.setter
    def stream(self, _name: str) -> None:
        """Let nobody name another."""

    def register(self, name: str) -> str:
        """Register an organisation, once; return its id."""
        id_ = uuid("organisation", name)
        if f"organisation/{id_}" not in self.log.versions:
            self.log.append(f"organisation/{id_}", "Registered", **{**ORGANISATION, "name": name})
        return id_

    def sign(self, name: str, on: str, **fields: Any) -> str:
        """Register and sign."""
        if "organisation_id" not in fields:
            self.register(name)
        return super().sign(name, on, **fields)

    def publish(self, as_of: str, orders: dict[str, list[tuple[str, str]]] | None = None, **fields: Any) -> int:
        """Publish with the text there is."""
        position = super().publish(as_of, orders)
        return self.again(position, **{"texts": {"en": next(iter(self.log.texts))}, **fields})

    def again(self, position: int, **fields: Any) -> int:
        """Write the last entry once more, with other fields."""
        entry = self.log.log.pop()
        assert entry.position == position
        self.log.versions[entry.stream] -= 1
        return self.log.append(entry.stream, entry.type, **{**entry.data(), **fields})

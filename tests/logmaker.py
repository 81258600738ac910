"""A log in memory: what the read side asks of the store, built event by event."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from signatures.clock import stamp
from signatures.log.eventlog import Entry, canonical, leaf_bytes, leaf_hash
from signatures.log.redaction import ENVELOPE, redacted
from signatures.proof.merkle import root_of

START = datetime(2021, 5, 1, 8, tzinfo=UTC)
REASON = {"reason_code": None, "note": None}


def uuid(*names: object) -> str:
    """Derive an id from names, so that a test says the same every time."""
    return str(uuid5(NAMESPACE_URL, "/".join(map(str, names))))


def document_of(entry: Entry) -> dict[str, Any]:
    """Compose what folds take: an entry's document; of one that was withheld, with the data that is kept."""
    return {**{name: getattr(entry, name) for name in ENVELOPE}, "v": 1, "stream": entry.stream, "data": entry.data()}


class Last(NamedTuple):
    """The last entry of a log."""

    position: int
    recorded_at: str
    leaf_hash: bytes


class MemoryLog:
    """Entries in a list; the clock goes on a minute with each entry."""

    def __init__(self, register: str = "register") -> None:
        """Start empty."""
        self.register = register
        self.log: list[Entry] = []
        self.versions: dict[str, int] = {}
        self.texts: dict[str, bytes] = {}
        self.now = START

    # ── what the read side asks ──────────────────────────────────────────────────────────────────────────────────────

    def identity(self) -> str:
        """Tell the register's id."""
        return self.register

    def newest(self) -> Last | None:
        """Tell the last entry."""
        return Last(*self.log[-1][:3]) if self.log else None

    def entries(self, after: int, limit: int) -> list[Entry]:
        """List entries by position."""
        return self.log[after : after + limit]

    def entry(self, position: int) -> Entry | None:
        """Find one entry."""
        return self.log[position - 1] if 1 <= position <= len(self.log) else None

    def entries_at(self, positions: Sequence[int]) -> list[Entry]:
        """Find the entries at some positions."""
        return [self.log[position - 1] for position in positions]

    def stream_entries(self, stream: str, after_version: int = 0, limit: int | None = None) -> list[Entry]:
        """List the entries of a stream by version."""
        found = [entry for entry in self.log if entry.stream == stream and entry.version > after_version]
        return found if limit is None else found[:limit]

    def position_at(self, recorded_at: str) -> int:
        """Tell the last position recorded at or before an instant."""
        return sum(entry.recorded_at <= recorded_at for entry in self.log)

    def root(self, size: int) -> bytes:
        """Tell the root of the tree over the first positions."""
        return root_of(entry.leaf_hash for entry in self.log[:size])

    def text(self, sha256: str) -> bytes | None:
        """Find a stored text or order document."""
        return self.texts.get(sha256)

    # ── building ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def append(self, stream: str, type_: str, **data: Any) -> int:
        """Append an event; return its position."""
        position, version = len(self.log) + 1, self.versions.get(stream, 0) + 1
        self.now += timedelta(minutes=1)
        state = canonical({"actor": {"kind": "editor", "ref": "test"}, "salt": f"{position:032x}", **data})
        leaf = leaf_bytes(position, stamp(self.now), stream, version, type_, 1, state)
        self.log.append(Entry(position, stamp(self.now), leaf_hash(leaf), stream, version, type_, 1, state))
        self.versions[stream] = version
        return position

    def store(self, content: bytes) -> str:
        """Store a text; return its SHA-256."""
        digest = hashlib.sha256(content).hexdigest()
        self.texts[digest] = content
        return digest

    def withhold(self, position: int, **reason: Any) -> int:
        """Erase the payload of an entry by order; return the position of the entry that says so."""
        entry = self.log[position - 1]
        kept = redacted(entry.data())
        told = {name: getattr(entry, name) for name in ENVELOPE}
        at = self.append(entry.stream, "Withheld", **{**REASON, **reason}, **told, kept=kept)
        self.log[position - 1] = entry._replace(state=canonical(kept))
        return at

    def history(self, stream: str) -> list[dict[str, Any]]:
        """List the leaf documents of a stream; of what was withheld, with the data that is kept."""
        return [document_of(entry) for entry in self.stream_entries(stream)]


class StatementMaker:
    """Append events about one statement."""

    def __init__(self, log: MemoryLog, reference: str = "sample-2021", **fields: Any) -> None:
        """Draft it."""
        self.log, self.reference = log, reference
        self.stream = f"statement/{uuid('statement', reference)}"
        self.signed = 0
        self.editions = 0
        self.add(
            "Drafted",
            **{
                "reference": reference,
                "printed_number": None,
                "kind": "statement",
                "issuer": None,
                "issued_on": None,
                "time_zone": "Europe/Berlin",
                "default_language": "en",
                **fields,
            },
        )

    def add(self, type_: str, **data: Any) -> int:
        """Append any event of this statement."""
        return self.log.append(self.stream, type_, **data)

    def title(self, title: str = "Sample", language: str = "en", text: bytes | None = None) -> int:
        """Set title and text."""
        sha256 = self.log.store(text) if text is not None else None
        media_type = "text/plain" if text is not None else None
        return self.add(
            "TextSet", language=language, title=title, text_sha256=sha256, media_type=media_type, version_label=None
        )

    def sign(self, name: str, on: str, **fields: Any) -> str:
        """Append a Signed; return the signature's id."""
        self.signed += 1
        id_ = str(fields.pop("signature_id", uuid("signature", self.reference, self.signed)))
        self.add(
            "Signed",
            **{
                "signature_id": id_,
                "ordinal": self.signed,
                "organisation_id": uuid("organisation", name),
                "acronym": None,
                "name": name,
                "name_language": None,
                "transliteration": None,
                "translations": {},
                "country_printed": {},
                "territories": [],
                "url": None,
                "signed_on": on,
                "signed_on_means": "on",
                "method": "form",
                "assurance": "editor",
                "text_sha256": None,
                **REASON,
                **fields,
            },
        )
        return id_

    def withdraw(self, id_: str, on: str, *, show: bool = True, **reason: Any) -> int:
        """Append a Withdrawn; return its position."""
        return self.add("Withdrawn", signature_id=id_, withdrawn_on=on, show=show, **{**REASON, **reason})

    def void(self, id_: str, **reason: Any) -> int:
        """Append a Voided; return its position."""
        return self.add("Voided", signature_id=id_, **{**REASON, **reason})

    def correct(self, id_: str, changes: dict[str, Any], on: str | None = None) -> int:
        """Append a Corrected; return its position."""
        return self.add("Corrected", signature_id=id_, changes=changes, effective_on=on, **REASON)

    def annul(self, position: int) -> int:
        """Append an Annulled; return its position."""
        target = self.log.entry(position)
        assert target is not None
        return self.add("Annulled", position=position, annulled_version=target.version, **REASON)

    def publish(self, as_of: str, orders: dict[str, list[tuple[str, str]]] | None = None) -> int:
        """Append a Published, with orders as (kind, value) lines by language; return its position."""
        self.editions += 1
        digests = None
        if orders is not None:
            documents = {
                language: b"".join(canonical({kind: value}) + b"\n" for kind, value in lines)
                for language, lines in orders.items()
            }
            digests = {language: self.log.store(document) for language, document in documents.items()}
        return self.add("Published", edition=self.editions, as_of=as_of, orders=digests, texts={}, version_label=None)

    def on(self, type_: str, date: str) -> int:
        """Append a Closed, Reopened or Retracted."""
        return self.add(type_, effective_on=date, **REASON)

    @property
    def id(self) -> UUID:
        """Tell the aggregate's id."""
        return UUID(self.stream.partition("/")[2])

    def history(self) -> list[dict[str, Any]]:
        """List the leaf documents."""
        return self.log.history(self.stream)

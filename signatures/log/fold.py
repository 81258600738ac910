"""The fold: entries of the log, in their order, into the derived rows that the commands write one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from signatures.aggregate import Headed
from signatures.database import Transaction
from signatures.errors import RegisterError
from signatures.log import heads
from signatures.log.eventlog import LOSS, Entry
from signatures.log.heads import Head, Rows
from signatures.log.mapping import AGGREGATES, EventMapper, topic_of
from signatures.statement import SignatureRow

CHUNK = 200  # keys in one question
KINDS: dict[str, type[Headed]] = {aggregate.TOPIC.lower(): aggregate for aggregate in AGGREGATES}


class LogDamaged(RegisterError):
    """An entry that does not follow from those before it."""

    code, title = "log-damaged", "The log does not add up"


class Fold:
    """Folds entries, in log order, into the derived rows of a transaction's database, a batch at a time."""

    def __init__(self, transaction: Transaction, entry_at: Callable[[int], Entry | None]) -> None:
        """Need a way to look at an earlier entry: an annulment names it by its position."""
        self.transaction = transaction
        self.entry_at = entry_at
        self.mapper = EventMapper()
        self.aggregates: dict[str, Headed] = {}
        self.signatures: dict[str, SignatureRow] = {}

    def take(self, entries: Sequence[Entry]) -> None:
        """Fold a batch and write its rows; raises LogDamaged where an entry does not follow from those before.

        Leaves that stand for lost entries say nothing of any aggregate.
        """
        entries = [entry for entry in entries if not entry.stream.startswith(LOSS)]
        self.aggregates = {head.id: _aggregate(head) for head in self._heads({id_of(entry) for entry in entries})}
        for entry in entries:
            self._take(entry)
        heads.replace(
            self.transaction,
            Rows(
                heads=[
                    Head(id_, type(one).__name__.lower(), one.version, one.state())
                    for id_, one in self.aggregates.items()
                ],
                signatures=list(self.signatures.values()),
            ),
        )
        self.signatures = {}

    def _heads(self, ids: Iterable[str]) -> Iterator[Head]:
        for keys in chunks(ids):
            marks = ", ".join("?" * len(keys))
            rows = self.transaction.execute(f"SELECT id, kind, version, state FROM head WHERE id IN ({marks})", keys)
            yield from map(heads.head_row, rows)

    def _take(self, entry: Entry) -> None:
        id_, known = id_of(entry), self.aggregates.get(id_of(entry))
        expected = known.version + 1 if known else 1
        if entry.version != expected:
            raise LogDamaged(
                f"Position {entry.position}: version {entry.version} of {entry.stream}, but {expected} comes next."
            )
        try:
            changed = self.mapper.to_domain_event(stored_event(entry)).mutate(known)
            if entry.stream.startswith("statement/"):
                self._sign(id_, entry)
        except (LookupError, ValueError, TypeError, AttributeError, AssertionError) as error:
            raise LogDamaged(f"Position {entry.position}: {entry.type} cannot be applied ({error}).") from error
        self.aggregates[id_] = changed

    def _sign(self, statement: str, entry: Entry) -> None:
        """Fold an entry into the row of the signature that it is about."""
        data = entry.data()
        match entry.type:
            case "Signed":
                self.signatures[data["signature_id"]] = _new_row(statement, entry, data)
            case "Withdrawn":
                self._act(data, {"type": "Withdrawn", "version": entry.version, "withdrawn_on": data["withdrawn_on"]})
            case "Corrected":
                self._act(data, {"type": "Corrected", "version": entry.version, **_of(data, "changes", "effective_on")})
            case "Voided":
                self._act(data, {"type": "Voided", "version": entry.version})
            case "Annulled":
                target = self.entry_at(data["position"])
                if target is None or target.stream != entry.stream or target.version != data["annulled_version"]:
                    raise LookupError(f"position {data['position']} holds something else")
                if "signature_id" in target.data():
                    row = self._row(target.data()["signature_id"])
                    self.signatures[row.id] = row.without(target.version)

    def _act(self, data: dict[str, Any], act: dict[str, Any]) -> None:
        row = self._row(data["signature_id"])
        self.signatures[row.id] = row.after(act)

    def _row(self, id_: str) -> SignatureRow:
        row = self.signatures.get(id_) or heads.signature(self.transaction, id_)
        if row is None:
            raise LookupError(f"there is no signature {id_}")
        return row


def id_of(entry: Entry) -> str:
    """Return the id of an entry's aggregate."""
    return entry.stream.partition("/")[2]


def stored_event(entry: Entry) -> StoredEvent:
    """Return an entry as the library's mapper reads it."""
    kind, _, id_ = entry.stream.partition("/")
    return StoredEvent(UUID(id_), entry.version, topic_of(kind, entry.type, entry.type_version), entry.state)


def texts_named(entry: Entry) -> list[str]:
    """List the texts and order documents that an entry names by their SHA-256."""
    if entry.type not in ("TextSet", "Signed", "Published"):
        return []
    data = entry.data()
    if entry.type == "Published":
        return [*data["texts"].values(), *(data["orders"] or {}).values()]
    return [data["text_sha256"]] if data["text_sha256"] else []


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Part keys into as many as one question may hold."""
    waiting = list(items)
    for start in range(0, len(waiting), CHUNK):
        yield waiting[start : start + CHUNK]


def _aggregate(head: Head) -> Headed:
    return KINDS[head.kind].from_head(UUID(head.id), head.version, head.state)


def _new_row(statement: str, entry: Entry, data: dict[str, Any]) -> SignatureRow:
    return SignatureRow(
        id=data["signature_id"],
        statement=statement,
        organisation=data["organisation_id"],
        ordinal=data["ordinal"],
        signed_on=data["signed_on"],
        withdrawn_on=None,
        voided=False,
        position=entry.position,
        version=entry.version,
        acts=({"type": "Signed", "version": entry.version, **_of(data, "organisation_id", "signed_on")},),
    )


def _of(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names}

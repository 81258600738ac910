"""Writing a dated history into the register; the same file again changes nothing, one cut off half way goes on."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid5

from signatures.aggregate import Actor, Reason
from signatures.characters import check_reference
from signatures.clock import civil_date
from signatures.errors import InvalidInput, InvalidTime, NotFound, RegisterError, StorageUnavailable
from signatures.imports.historyfile import HistoryRow
from signatures.imports.text import BATCH, Progress, batches
from signatures.log import heads
from signatures.log.redaction import redacted
from signatures.organisation import NameParts, check_part_fields, folded_name
from signatures.register import Register, matching_organisations
from signatures.statement import SignatureRow, check_time_zone, statement_id


@dataclass
class HistoryOutcome:
    """What became of a history's rows."""

    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    lookalikes: list[str] = field(default_factory=list)


class HistoryImporter:
    """A dated history on its way into the register; the key names the organisation."""

    def __init__(self, register: Register, reference: str, raw: bytes) -> None:
        """Derive every id from statement, key and n-th signing, so that a repeat is recognised."""
        self.register, self.reference = register, check_reference(reference)
        self.actor = Actor("import", hashlib.sha256(raw).hexdigest()[:32])
        self.space = statement_id(reference)
        self.signings: dict[str, int] = defaultdict(int)
        self.standing: dict[str, bool] = defaultdict(bool)
        self.owners: dict[str, str] = {}
        self.outcome = HistoryOutcome()

    def time_zone(self, given: str) -> str:
        """Tell the statement's time zone: its own if it is there, else the one given."""
        with self.register.store.reading() as transaction:
            head = heads.head(transaction, str(self.space))
        return str(head.state["time_zone"]) if head else check_time_zone(given)

    def begin(self, *, time_zone: str, issuer: str | None) -> None:
        """Draft the statement if it is not there."""
        with self.register.store.writing() as transaction:
            if heads.head(transaction, str(self.space)) is None:
                self.register.draft(
                    self.actor,
                    reference=self.reference,
                    kind="statement",
                    issuer=issuer,
                    time_zone=time_zone,
                    default_language="und",
                )
                self.register.set_text(self.actor, self.reference, language="und", title=self.reference, text=None)

    def run(self, rows: Sequence[HistoryRow], progress: Progress) -> HistoryOutcome:
        """Take the rows in their order; a refused one is told with its line and the rest goes on."""
        self.outcome.lookalikes = lookalike_keys(rows)
        for batch in batches(rows, BATCH):
            with self.register.store.writing():
                for row in batch:
                    self._take(row, write=True)
            progress(len(batch))
        return self.outcome

    def rehearse(self, rows: Sequence[HistoryRow], time_zone: str) -> HistoryOutcome:
        """Tell what would become of the rows, by the file and by what the register has of it; write nothing."""
        self.outcome.lookalikes = lookalike_keys(rows)
        today = civil_date(self.register.store.clock(), time_zone).isoformat()
        for row in rows:
            self._take(row, write=False, today=today)
        return self.outcome

    # -- one row -------------------------------------------------------------------------------------------------

    def _take(self, row: HistoryRow, *, write: bool, today: str = "") -> None:
        try:
            known = self._apply(row, write=write, today=today)
        except StorageUnavailable:
            raise
        except RegisterError as error:
            self.outcome.refused.append((row.line, error.sentence))
            return
        if row.event != "corrected":
            self.standing[row.key] = row.event == "signed"
        if known:
            self.outcome.known += 1
        else:
            self.outcome.taken[row.event] += 1

    def _apply(self, row: HistoryRow, *, write: bool, today: str) -> bool:
        """Write a row unless the register has it already; tell whether it has."""
        signing = row.event == "signed"
        if signing == self.standing[row.key]:
            raise InvalidInput(_why_not(row))
        self.signings[row.key] += signing
        try:
            signature = self._signature(row.key)
            if signature is not None and self._has(signature, row):
                return True
            if write:
                self._write(row)
            else:
                _check(row, today)
        except RegisterError:
            self.signings[row.key] -= signing
            raise
        return False

    def _signature(self, key: str) -> SignatureRow | None:
        try:
            return self.register.signature(self._signature_id(key))
        except NotFound:
            return None

    def _signature_id(self, key: str) -> str:
        return str(uuid5(self.space, f"history:{self.signings[key]}:{key}"))

    def _has(self, signature: SignatureRow, row: HistoryRow) -> bool:
        """Tell whether the register holds a row already."""
        match row.event:
            case "signed":
                self.owners[row.key] = signature.organisation
                return True
            case "withdrawn":
                return signature.withdrawn_on == row.on
            case "voided":
                return signature.voided
        changes = self._changes(signature, row)
        acts = [act for act in signature.acts if act["type"] == "Corrected" and act["effective_on"] == row.on]
        return any(act["changes"] == changes or self._was_withheld(signature, act, changes) for act in acts)

    def _was_withheld(self, signature: SignatureRow, act: dict[str, Any], changes: dict[str, object]) -> bool:
        """Tell whether a correction is what an order of erasure left of these changes: a file repeated brings no name back."""
        if act["changes"] != redacted({"changes": changes})["changes"]:
            return False
        return self.register.store.stream_entries(f"statement/{signature.statement}", act["version"] - 1, 1)[0].withheld

    def _changes(self, signature: SignatureRow, row: HistoryRow) -> dict[str, object]:
        return self.register.whole_maps(signature, self.register.statement(self.reference), row.changes())

    def _write(self, row: HistoryRow) -> None:
        id_, reason = self._signature_id(row.key), _reason(row)
        match row.event:
            case "signed":
                self._sign(row)
            case "withdrawn":
                self.register.withdraw(self.actor, id_, on=row.on, reason=reason)
            case "voided":
                self.register.void(self.actor, id_, reason=reason)
            case _:
                changes = self._changes(self.register.signature(id_), row)
                self.register.correct(self.actor, id_, changes, on=row.on, reason=reason)

    def _sign(self, row: HistoryRow) -> None:
        parts = row.parts(self.register.statement(self.reference).default_language)
        given = self.owners.get(row.key)
        receipt = self.register.sign(
            self.actor,
            self.reference,
            parts,
            signed_on=row.on,
            method="import",
            assurance="import",
            signature_id=self._signature_id(row.key),
            organisation_id=given,
            new_organisation=None if given else self._organisation(row.key, parts),
            reason=_reason(row),
        )
        self.owners[row.key] = receipt.organisation_id

    def _organisation(self, key: str, parts: NameParts) -> str:
        """Take the one organisation whose parts are these if no other key has it, else a new one of the key's own."""
        with self.register.store.reading() as transaction:
            matching = matching_organisations(transaction, parts)
        if len(matching) == 1 and matching[0] not in self.owners.values():
            return matching[0]
        return str(uuid5(self.space, f"organisation:{key}"))


def lookalike_keys(rows: Iterable[HistoryRow]) -> list[str]:
    """Tell which keys go under one name."""
    keys: dict[str, set[str]] = defaultdict(set)
    names: dict[str, str] = {}
    for row in rows:
        if row.event == "signed":
            folded = folded_name(row.values.get("acronym"), row.values["name"])
            keys[folded].add(row.key)
            names[folded] = row.values["name"]
    return [f"{names[folded]}: {', '.join(sorted(found))}" for folded, found in keys.items() if len(found) > 1]


def _check(row: HistoryRow, today: str) -> None:
    """Refuse what a row could never record."""
    _reason(row).checked()
    if row.event == "signed":
        row.parts("und").checked()
        if row.on > today:
            raise InvalidTime(f"signed_on {row.on} is a date to come. A signature counts from today or earlier.")
    if row.event == "corrected":
        if not row.changes():
            raise InvalidInput("Nothing to correct is given. Write what is right into the row.")
        check_part_fields(
            {name: value for name, value in row.changes().items() if name not in ("translation", "country")}
        )


def _why_not(row: HistoryRow) -> str:
    if row.event == "signed":
        return f"The key {row.key!r} stands already and cannot sign again."
    return f"The key {row.key!r} does not stand; it cannot be {row.event}."


def _reason(row: HistoryRow) -> Reason:
    return Reason(row.values.get("reason") or None, row.values.get("note") or None)

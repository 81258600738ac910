"""Writing what was printed or kept elsewhere into the register: a printed list, or a dated history. Both can be repeated."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import NamedTuple, TypeVar
from uuid import uuid5

from signatures import heads
from signatures.aggregate import Actor, Reason
from signatures.errors import (
    InvalidInput,
    NotFound,
    ReferenceTaken,
    RegisterError,
    SeveralOrganisations,
    StorageUnavailable,
)
from signatures.historyfile import HistoryRow
from signatures.importing import ProposedEntry, Report
from signatures.order import OrderLine
from signatures.organisation import NameParts, folded_name
from signatures.register import Register, matching_organisations
from signatures.statement import Statement, check_time_zone, parse_date, statement_id

BATCH = 100  # signatures a transaction: far below the five seconds that a lock may be held
Progress = Callable[[int], None]
T = TypeVar("T")


class TextImport(NamedTuple):
    """What is to be known of a printed statement beside its text."""

    reference: str
    as_of: str
    subsequent_on: str
    language: str
    time_zone: str
    kind: str
    issuer: str | None
    issued_on: str | None


def plan_text_import(report: Report, *, reference: str, time_zone: str, given: Mapping[str, str | None]) -> TextImport:
    """Complete what the report says by what the operator gives; refuse a text without a list or without a date."""
    if not report.entries:
        raise InvalidInput("No list of signatories was found in this text. Nothing can be imported from it.")
    as_of = given.get("as_of") or report.as_of
    if not as_of:
        raise InvalidInput("The list says no date as of which it holds. Give it with --as-of; nothing was written.")
    day = parse_date("as_of", as_of)
    subsequent_on = given.get("subsequent_on") or (day + timedelta(days=1)).isoformat()
    if parse_date("subsequent_on", subsequent_on) <= day:
        raise InvalidInput(f"--subsequent-on {subsequent_on} is not after the list's date {as_of}.")
    return TextImport(
        reference=reference,
        as_of=as_of,
        subsequent_on=subsequent_on,
        language=given.get("language") or report.language or "und",
        time_zone=time_zone,
        kind=given.get("kind") or report.kind or "statement",
        issuer=given.get("issuer") or report.issuer,
        issued_on=given.get("issued_on") or report.issued_on,
    )


class TextImporter:
    """One printed statement on its way into the register; the same text again goes on where it stopped."""

    def __init__(self, register: Register, report: Report, plan: TextImport, raw: bytes) -> None:
        """Derive every id from the text, so that a repeat is recognised."""
        self.register, self.report, self.plan = register, report, plan
        self.actor = Actor("import", hashlib.sha256(raw).hexdigest()[:32])
        self.space = statement_id(plan.reference)

    def run(self, progress: Progress) -> Statement:
        """Draft, set the text, sign for the numbered, publish, sign for the others."""
        self._refuse_unclear()
        self._begin()
        numbered = [(i, e) for i, e in enumerate(self.report.entries) if not e.subsequent]
        later = [(i, e) for i, e in enumerate(self.report.entries) if e.subsequent]
        self._sign(numbered, self.plan.as_of, "by", progress)
        if not self.register.statement(self.plan.reference).edition:
            order = {self.plan.language: self._order(numbered)}
            self.register.publish(self.actor, self.plan.reference, as_of=self.plan.as_of, orders=order, doubles=True)
        self._sign(later, self.plan.subsequent_on, "after", progress)
        return self.register.statement(self.plan.reference)

    def _begin(self) -> None:
        plan = self.plan
        with self.register.store.writing() as transaction:
            head = heads.head(transaction, str(self.space))
            if head is None:
                self.register.draft(
                    self.actor,
                    reference=plan.reference,
                    kind=plan.kind,
                    issuer=plan.issuer,
                    issued_on=plan.issued_on,
                    printed_number=self.report.printed_number,
                    time_zone=plan.time_zone,
                    default_language=plan.language,
                )
                self.register.set_text(
                    self.actor,
                    plan.reference,
                    language=plan.language,
                    title=self.report.title or plan.reference,
                    text=self.report.body,
                    version_label=self.report.version_label,
                )
            else:
                self._refuse_taken(head.state["reference"])

    def _refuse_taken(self, reference: str) -> None:
        """Go on only with what this very text began and did not end."""
        drafted = self.register.store.stream_entries(f"statement/{self.space}", limit=1)[0].data()
        wanted = {self._signature_id(index) for index in range(len(self.report.entries))}
        with self.register.store.reading() as transaction:
            done = all(heads.signature(transaction, id_) for id_ in wanted)
        if drafted["actor"] != self.actor._asdict() or done:
            raise ReferenceTaken(f"The reference {reference} is taken. Choose another one; nothing was written.")

    def _refuse_unclear(self) -> None:
        with self.register.store.reading() as transaction:
            for entry in self.report.entries:
                if len(matching_organisations(transaction, self._parts(entry))) > 1:
                    raise SeveralOrganisations(
                        f"Line {entry.lines[0]}: several organisations bear the name {entry.name!r}. Merge them first; nothing was written."
                    )

    def _sign(self, entries: Sequence[tuple[int, ProposedEntry]], on: str, means: str, progress: Progress) -> None:
        for batch in batches([one for one in entries if one[1].signature_of is None], BATCH):
            with self.register.store.writing():
                for index, entry in batch:
                    self.register.sign(
                        self.actor,
                        self.plan.reference,
                        self._parts(entry),
                        signed_on=on,
                        signed_on_means=means,
                        method="import",
                        assurance="import",
                        signature_id=self._signature_id(index),
                    )
            progress(len(batch))

    def _order(self, numbered: Sequence[tuple[int, ProposedEntry]]) -> list[OrderLine]:
        """Keep sections as headings, and numbers that the print skipped as gaps."""
        lines: list[OrderLine] = []
        section, expected = None, 1
        for index, entry in numbered:
            if entry.section != section and entry.section:
                lines.append(OrderLine("section", entry.section))
            section = entry.section
            if entry.number is not None and expected < entry.number <= expected + 1000:
                lines += [OrderLine("gap", "not printed")] * (entry.number - expected)
                expected = entry.number
            lines.append(OrderLine("signature", self._signature_id(index)))
            expected += 1
        return lines

    def _signature_id(self, index: int) -> str:
        first = self.report.entries[index].signature_of
        return str(uuid5(self.space, f"printed:{index if first is None else first}"))

    def _parts(self, entry: ProposedEntry) -> NameParts:
        language = self.plan.language
        return NameParts(
            name=entry.name,
            acronym=entry.acronym,
            name_language=entry.name_language,
            transliteration=entry.transliteration,
            translations={language: entry.translation} if entry.translation else {},
            country_printed={language: entry.country} if entry.country else {},
        )


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
        self.register, self.reference = register, reference
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

    def run(self, rows: Sequence[HistoryRow], progress: Progress, *, write: bool = True) -> HistoryOutcome:
        """Take the rows in their order; a refused one is told with its line and the rest goes on."""
        self.outcome.lookalikes = lookalike_keys(rows)
        for batch in batches(rows, BATCH):
            if write:
                with self.register.store.writing():
                    for row in batch:
                        self._take(row, write=True)
            else:
                for row in batch:
                    self._take(row, write=False)
            progress(len(batch))
        return self.outcome

    def _take(self, row: HistoryRow, *, write: bool) -> None:
        try:
            known = self._apply(row) if write else self._rehearse(row)
        except StorageUnavailable:
            raise
        except RegisterError as error:
            self.outcome.refused.append((row.line, error.sentence))
            return
        if known:
            self.outcome.known += 1
        else:
            self.outcome.taken[row.event] += 1

    def _rehearse(self, row: HistoryRow) -> bool:
        """Check a row against the file alone."""
        if (row.event == "signed") == self.standing[row.key]:
            raise InvalidInput(self._why_not(row))
        if row.event == "signed":
            row.parts("und").checked()
        self.standing[row.key] = row.event in ("signed", "corrected")
        return False

    def _apply(self, row: HistoryRow) -> bool:
        """Write a row; tell whether the register has it already."""
        if (row.event == "signed") == self.standing[row.key]:
            raise InvalidInput(self._why_not(row))
        match row.event:
            case "signed":
                known = self._signed(row)
            case "withdrawn":
                known = self._withdrawn(row)
            case "voided":
                known = self._voided(row)
            case _:
                return self._corrected(row)
        self.standing[row.key] = row.event == "signed"
        return known

    def _why_not(self, row: HistoryRow) -> str:
        if row.event == "signed":
            return f"The key {row.key!r} stands already and cannot sign again."
        return f"The key {row.key!r} does not stand; it cannot be {row.event}."

    def _signature_id(self, key: str) -> str:
        return str(uuid5(self.space, f"history:{self.signings[key]}:{key}"))

    def _signed(self, row: HistoryRow) -> bool:
        statement = self.register.statement(self.reference)
        parts = row.parts(statement.default_language)
        self.signings[row.key] += 1
        id_ = self._signature_id(row.key)
        try:
            self.owners[row.key] = self.register.signature(id_).organisation
        except NotFound:
            pass
        else:
            return True
        given = self.owners.get(row.key)
        new = None if given else self._new_organisation(row.key, parts)
        try:
            receipt = self.register.sign(
                self.actor,
                self.reference,
                parts,
                signed_on=row.on,
                method="import",
                assurance="import",
                signature_id=id_,
                organisation_id=given,
                new_organisation=new,
                reason=_reason(row),
            )
        except RegisterError:
            self.signings[row.key] -= 1
            raise
        self.owners[row.key] = receipt.organisation_id
        return False

    def _new_organisation(self, key: str, parts: NameParts) -> str:
        """Take the one organisation whose parts are these if no other key has it, else a new one of the key's own."""
        with self.register.store.reading() as transaction:
            matching = matching_organisations(transaction, parts)
        if len(matching) == 1 and matching[0] not in self.owners.values():
            return matching[0]
        return str(uuid5(self.space, f"organisation:{key}"))

    def _withdrawn(self, row: HistoryRow) -> bool:
        signature = self.register.signature(self._signature_id(row.key))
        if signature.withdrawn_on == row.on:
            return True
        self.register.withdraw(self.actor, signature.id, on=row.on, reason=_reason(row))
        return False

    def _voided(self, row: HistoryRow) -> bool:
        signature = self.register.signature(self._signature_id(row.key))
        if signature.voided:
            return True
        self.register.void(self.actor, signature.id, reason=_reason(row))
        return False

    def _corrected(self, row: HistoryRow) -> bool:
        signature = self.register.signature(self._signature_id(row.key))
        changes = self.register.whole_maps(signature, self.register.statement(self.reference), row.changes())
        if any(
            act["type"] == "Corrected" and act["changes"] == changes and act["effective_on"] == row.on
            for act in signature.acts
        ):
            return True
        self.register.correct(self.actor, signature.id, changes, on=row.on, reason=_reason(row))
        return False


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


def _reason(row: HistoryRow) -> Reason:
    return Reason(row.values.get("reason") or None, row.values.get("note") or None)


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Cut a sequence into lists of a size."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

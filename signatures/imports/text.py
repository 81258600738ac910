"""Writing a printed list into the register: drafted, signed, published; the same text again goes on where it stopped."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import NamedTuple, TypeVar
from uuid import uuid5

from signatures.aggregate import Actor
from signatures.characters import check_line
from signatures.clock import civil_date
from signatures.database import Transaction
from signatures.errors import InvalidInput, InvalidTime, NotFound, ReferenceTaken, SeveralOrganisations
from signatures.importing import ProposedEntry, Report
from signatures.importing.reasons import PERSON
from signatures.imports.suggesting import parts_of
from signatures.log import heads
from signatures.order import OrderLine
from signatures.organisation import NameParts, agrees, folded_name
from signatures.register import Register, matching_organisations
from signatures.sentences import said
from signatures.statement import Statement, check_time_zone, parse_date, statement_id

BATCH = 50  # signatures a transaction: far below the five seconds that a lock may be held, on a slow disk too
MOST_SKIPPED = 1000  # numbers that a print may leave out in one place and still be believed
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
        raise InvalidInput(said("No list of signatories was found in this text. Nothing can be imported from it."))
    as_of = given.get("as_of") or report.as_of
    if not as_of:
        raise InvalidInput(
            said("The list says no date as of which it holds. Give it with --as-of; nothing was written.")
        )
    day = parse_date("as_of", as_of)
    subsequent_on = given.get("subsequent_on") or (day + timedelta(days=1)).isoformat()
    if parse_date("subsequent_on", subsequent_on) <= day:
        raise InvalidInput(
            said("--subsequent-on %(later)s is not after the list's date %(as_of)s.", later=subsequent_on, as_of=as_of)
        )
    return TextImport(
        reference=reference,
        as_of=as_of,
        subsequent_on=subsequent_on,
        language=given.get("language") or report.language or "und",
        time_zone=check_time_zone(time_zone),
        kind=given.get("kind") or report.kind or "statement",
        issuer=given.get("issuer") or report.issuer,
        issued_on=given.get("issued_on") or report.issued_on,
    )


def persons(report: Report) -> list[int]:
    """Tell the lines of entries that look like persons, who are out of a register of organisations."""
    return [entry.lines[0] for entry in report.entries if PERSON in entry.reasons]


class TextImporter:
    """One printed statement on its way into the register; the same text again goes on where it stopped."""

    def __init__(self, register: Register, report: Report, plan: TextImport, raw: bytes) -> None:
        """Derive every id from the text, so that a repeat is recognised."""
        self.register, self.report, self.plan = register, report, plan
        self.actor = Actor("import", hashlib.sha256(raw).hexdigest()[:32])
        self.space = statement_id(plan.reference)
        self.first: list[int] = []

    def run(self, progress: Progress) -> Statement:
        """Draft, set the text, sign for the numbered, publish, sign for the others."""
        with self.register.store.reading() as transaction:
            self.first = self._printed_first(transaction)
            self._refuse_taken(transaction)
        self._refuse_unfit()
        self._begin()
        numbered = [(i, e) for i, e in enumerate(self.report.entries) if not e.subsequent]
        later = [(i, e) for i, e in enumerate(self.report.entries) if e.subsequent]
        self._sign(numbered, self.plan.as_of, "by", progress)
        if not self.register.statement(self.plan.reference).edition:
            order = {self.plan.language: self._order(numbered)}
            self.register.publish(self.actor, self.plan.reference, as_of=self.plan.as_of, orders=order, doubles=True)
        self._sign(later, self.plan.subsequent_on, "after", progress)
        return self.register.statement(self.plan.reference)

    # -- what could stop it half way is refused before anything is written ---------------------------------------

    def _printed_first(self, transaction: Transaction) -> list[int]:
        """Tell for every entry which one prints its organisation first, itself or an earlier one.

        Refuses what would not be one organisation each when it comes to sign.
        """
        first: list[int] = []
        named: dict[str, list[int]] = defaultdict(list)
        owners: set[str] = set()
        for index, entry in enumerate(self.report.entries):
            parts = self._checked_parts(entry)
            alike = named[folded_name(parts.acronym, parts.name)]
            same = {i for i in alike if agrees(self._parts(self.report.entries[i]).payload(), parts.payload())}
            same |= {first[entry.signature_of]} if entry.signature_of is not None else set()
            if len(same) == 1:
                first += same
                continue
            owner = self._owner(transaction, index, parts)
            if same or (owner is not None and owner in owners):
                raise SeveralOrganisations(
                    said(
                        "Line %(line)s: %(name)s may be the organisation of more than one other line. "
                        "Print its country or acronym as well. Nothing was written.",
                        line=entry.lines[0],
                        name=repr(entry.name),
                    )
                )
            if owner is not None:
                owners.add(owner)
            alike.append(index)
            first.append(index)
        return first

    def _owner(self, transaction: Transaction, index: int, parts: NameParts) -> str | None:
        """Tell which registered body signs for an entry, by one registration of it; None for a new one."""
        signed = heads.signature(transaction, str(uuid5(self.space, f"printed:{index}")))
        if chosen := self.report.entries[index].organisation:
            return self._chosen(transaction, index, chosen)
        found = [signed.organisation] if signed else matching_organisations(transaction, parts)
        if len(found) > 1:
            raise SeveralOrganisations(
                said(
                    "Line %(line)s: several organisations bear the name %(name)s. Merge them first. Nothing was written.",
                    line=self.report.entries[index].lines[0],
                    name=repr(parts.name),
                )
            )
        return min(heads.group(transaction, found[0])) if found else None

    def _chosen(self, transaction: Transaction, index: int, organisation: str) -> str:
        """Give the body that somebody chose for an entry, by one registration of it."""
        if heads.head(transaction, organisation) is None:
            raise NotFound(
                said(
                    "Line %(line)s: there is no organisation %(organisation)s. Nothing was written.",
                    line=self.report.entries[index].lines[0],
                    organisation=repr(organisation),
                )
            )
        return min(heads.group(transaction, organisation))

    def _refuse_taken(self, transaction: Transaction) -> None:
        """Go on only with what this very text began and did not end."""
        head = heads.head(transaction, str(self.space))
        if head is None:
            return
        drafted = self.register.store.stream_entries(f"statement/{self.space}", limit=1)[0].data()
        wanted = {self._signature_id(index) for index in range(len(self.report.entries))}
        done = head.state["edition"] and all(heads.signature(transaction, id_) for id_ in wanted)
        if drafted["actor"] != self.actor._asdict() or done:
            raise ReferenceTaken(
                said(
                    "The reference %(reference)s is taken. Choose another one. Nothing was written.",
                    reference=head.state["reference"],
                )
            )

    def _refuse_unfit(self) -> None:
        """Refuse dates to come, and headings that cannot be printed in a line."""
        today = civil_date(self.register.store.clock(), self.plan.time_zone).isoformat()
        later = any(entry.subsequent for entry in self.report.entries)
        for option, day in (
            ("--as-of", self.plan.as_of),
            ("--subsequent-on", self.plan.subsequent_on if later else ""),
        ):
            if day > today:
                raise InvalidTime(
                    said(
                        "%(option)s: %(day)s is a date to come; nobody has signed by then. Nothing was written.",
                        option=option,
                        day=day,
                    )
                )
        for entry in self.report.entries:
            if entry.section:
                with _on_line(entry):
                    check_line("the section's heading", entry.section)

    def _begin(self) -> None:
        plan = self.plan
        with self.register.store.writing() as transaction:
            self._refuse_taken(transaction)
            if heads.head(transaction, str(self.space)) is not None:
                return
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

    def _sign(self, entries: Sequence[tuple[int, ProposedEntry]], on: str, means: str, progress: Progress) -> None:
        alone = [one for one in entries if self.first[one[0]] == one[0]]
        with self.register.store.reading() as transaction:
            missing = [one for one in alone if heads.signature(transaction, self._signature_id(one[0])) is None]
        if known := len(alone) - len(missing):
            progress(known)
        for batch in batches(missing, BATCH):
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
                        organisation_id=entry.organisation,
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
            if entry.number is not None and expected < entry.number <= expected + MOST_SKIPPED:
                lines += [OrderLine("gap", "not printed")] * (entry.number - expected)
                expected = entry.number
            lines.append(OrderLine("signature", self._signature_id(index)))
            expected += 1
        return lines

    def _signature_id(self, index: int) -> str:
        return str(uuid5(self.space, f"printed:{self.first[index]}"))

    def _checked_parts(self, entry: ProposedEntry) -> NameParts:
        with _on_line(entry):
            return self._parts(entry).checked()

    def _parts(self, entry: ProposedEntry) -> NameParts:
        return parts_of(entry, self.plan.language)


@contextmanager
def _on_line(entry: ProposedEntry) -> Iterator[None]:
    """Name the entry's line where a check refuses it."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            said("Line %(line)s: %(why)s Nothing was written.", line=entry.lines[0], why=error.said)
        ) from error


def batches(items: Sequence[T], size: int) -> Iterator[list[T]]:
    """Cut a sequence into lists of a size."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

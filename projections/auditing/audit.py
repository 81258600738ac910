"""One audit of a bundle: everything that can be checked is checked, in an order in which the first cause is named first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from projections.auditing import brought
from projections.auditing.allowed import check_allowed
from projections.auditing.entries import Entries, Progress
from projections.auditing.folder import Folder
from projections.auditing.found import Report
from projections.auditing.grown import Grown, judge
from projections.auditing.index import Index
from projections.auditing.leaves import UNREADABLE
from projections.auditing.published import Published, claims
from projections.auditing.seals import Sealed, Seals, claim_of
from projections.auditing.streams import check_acts, check_editions, check_orders, check_versions
from projections.auditing.whole import Manifest, check_files, check_sums, check_texts
from signatures.proof.notes import Key


def unheard(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What an auditor brings along: keys, a checkpoint held before, witnesses that are known."""

    keys: Sequence[Key] = ()  # the log's, and those under which it signed before
    since: Sealed | None = None
    witnesses: Sequence[Key] = ()

    def key(self, key: Key | None) -> Key | None:
        """Choose the key that is to have signed, beside the one that the bundle holds."""
        known = [one for one in self.keys if one == key] or [one for one in self.keys if key and one.name == key.name]
        return next(iter(known or self.keys), None)


@dataclass(slots=True)
class Audited:
    """A bundle that was read: what was found, and an index that answers questions."""

    folder: Folder
    index: Index
    grown: Grown
    entries: Entries
    seals: Seals
    report: Report = field(default_factory=Report)
    lists: int = 0
    holds: bool = False  # whether the bundle itself is right; a list that is compared with it may yet differ


@contextmanager
def audited(root: Path, trust: Trust, progress: Progress = unheard) -> Iterator[Audited]:
    """Check a bundle, and keep its index while questions are asked."""
    folder, report, index = Folder(root), Report(), Index()
    try:
        manifest = Manifest(folder, report)
        seals, grown = Seals(folder, report), Grown(folder)
        grown.want([*seals.claims(), *([claim_of(trust.since)] if trust.since else []), *claims(folder)])
        entries = Entries(folder, index, report, grown)
        audit = Audited(folder, index, grown, entries, seals, report)
        entries.read(progress)
        _check(audit, manifest, trust, progress)
        audit.holds = report.sound
        yield audit
    finally:
        index.close()


def _check(audit: Audited, manifest: Manifest, trust: Trust, progress: Progress) -> None:
    """Judge what was read; what follows from an earlier difference is not told again."""
    folder, index, report, grown, entries = audit.folder, audit.index, audit.report, audit.grown, audit.entries
    told = [audit.seals.checkpoint.checkpoint.size] if audit.seals.checkpoint else []
    told += [manifest.position] if manifest.position else []
    size = grown.end(told if entries.stopped else [grown.size, *told])
    judge(grown, size, audit.seals.root, entries, report)
    end = size if entries.stopped else grown.size
    audit.seals.judge(grown, end, trust.key(audit.seals.key), trust.keys)
    if trust.since:
        own = [audit.seals.key] if audit.seals.key else []
        brought.since(audit.seals, trust.since, grown, end, [*trust.keys, *own])
    brought.cosigned_by(audit.seals, trust.witnesses)
    if not report.sound:
        report.unchecked.append(
            "Texts, lists and what else the bundle holds were not compared, because the log differs."
        )
        return
    check_versions(index, report)
    check_acts(index, report)
    check_orders(index, report)
    check_editions(index, report)
    if report.sound:  # what is judged here takes for granted what was judged above
        check_allowed(index, report)
    audit.seals.losses(index)
    texts = check_texts(folder, index, report)
    published = Published(folder, index, grown, report, manifest.left_out())
    if report.sound:
        try:
            audit.lists = published.check(progress)
        except UNREADABLE as error:
            report.differs(f"An entry's data is not what the rule needs ({error!r}).")
    if report.sound:
        manifest.compare(entries, audit.seals.key.name if audit.seals.key else None, texts, audit.lists)
    check_files(folder, index, published, grown.size, report)
    if report.sound:
        check_sums(folder, report)

"""The import report: what every line of a printed statement became, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ProposedEntry:
    """One entry of a printed list as it would be imported.

    `raw` is what is printed after the number, `lines` the first and last line it stands on, from 1. `confidence` is
    sure, likely or doubtful. `signature_of` is the index of the entry that prints the same organisation before.
    """

    number: int | None
    raw: str
    lines: tuple[int, int]
    section: str | None
    country: str | None
    remark: str | None
    acronym: str | None
    name: str
    transliteration: str | None
    translation: str | None
    name_language: str | None
    confidence: str
    reason: str
    subsequent: bool
    signature_of: int | None


@dataclass(frozen=True)
class Skipped:
    """A line that is no entry: its number from 1, its text, what kind of line it is, and how that was seen."""

    line: int
    text: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Report:
    """A printed statement, read: its own data, its entries, and every other line with a reason."""

    title: str | None
    kind: str | None
    issuer: str | None
    issued_on: str | None
    date_line: str | None
    language: str | None
    printed_number: str | None
    version_label: str | None
    list_heading: str | None
    subsequent_heading: str | None
    as_of: str | None
    further_signatories_possible: bool
    body: str
    sections: tuple[str, ...]
    entries: tuple[ProposedEntry, ...]
    skipped: tuple[Skipped, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON's own types."""
        report = asdict(self)
        report["sections"] = list(self.sections)
        report["entries"] = [asdict(entry) | {"lines": list(entry.lines)} for entry in self.entries]
        report["skipped"] = [asdict(line) for line in self.skipped]
        return report

    def lines(self) -> list[str]:
        """Tell line by line, for a terminal, what each part of the source became and why."""
        told = [
            (line.line, f"{line.line:>5}  {line.kind:<13} {_short(line.text)}  [{line.reason}]")
            for line in self.skipped
        ]
        told += [(entry.lines[0], _told(entry)) for entry in self.entries]
        return [text for _, text in sorted(told, key=lambda pair: pair[0])]


def _told(entry: ProposedEntry) -> str:
    first, last = entry.lines
    where = f"{first:>5}" if first == last else f"{first:>5}-{last}"
    what = f"entry {entry.number}." if entry.number is not None else "later entry" if entry.subsequent else "entry"
    named = (("acronym", entry.acronym), ("name", entry.name), ("transliteration", entry.transliteration))
    more = (("translation", entry.translation), ("country", entry.country), ("remark", entry.remark))
    parts = "; ".join(f"{label} {value!r}" for label, value in named + more if value)
    return f"{where}  {what:<13} {parts}  [{entry.confidence}: {entry.reason}]"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 100 else plain[:99] + "…"

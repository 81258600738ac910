"""The import report: what every line of a printed statement became, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from signatures.importing.reasons import Reason, english


class Suggestion(NamedTuple):
    """A registered organisation that an entry may be: its printed line, how near it is, and whether the register takes it."""

    organisation: str
    printed: str
    score: int
    same: bool


@dataclass(frozen=True)
class ProposedEntry:
    """One entry of a printed list as it would be imported.

    `raw` is what is printed after the number, `lines` the first and last line it stands on, from 1. `confidence` is
    sure, likely or doubtful. `signature_of` is the index of the entry that prints the same organisation before.
    `suggestions` are registered organisations that it may be, `organisation` the one that somebody has chosen.
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
    reasons: tuple[Reason, ...]
    subsequent: bool
    signature_of: int | None
    suggestions: tuple[Suggestion, ...] = ()
    organisation: str | None = None

    @property
    def reason(self) -> str:
        """The reasons, in English."""
        return english(self.reasons)


@dataclass(frozen=True)
class Skipped:
    """A line that is no entry: its number from 1, its text, what kind of line it is, and how that was seen."""

    line: int
    text: str
    kind: str
    reasons: tuple[Reason, ...]

    @property
    def reason(self) -> str:
        """The reasons, in English."""
        return english(self.reasons)


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
    places: tuple[str, ...] = ()  # of each line in its file, where that says more than the line's number

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON's own types."""
        report = asdict(self)
        del report["places"]
        report["sections"] = list(self.sections)
        report["entries"] = [_as_json(entry) | self._place(entry.lines[0]) for entry in self.entries]
        report["skipped"] = [_fields(line) | self._place(line.line) for line in self.skipped]
        return report

    def place(self, line: int) -> str:
        """Tell where a line stands in its file; nothing where its number says it."""
        return self.places[line - 1] if 0 < line <= len(self.places) else ""

    def _place(self, line: int) -> dict[str, str]:
        return {"place": self.place(line)} if self.place(line) else {}

    def lines(self) -> list[str]:
        """Tell line by line, for a terminal, what each part of the source became and why."""
        told = [
            (line.line, f"{line.line:>5}  {line.kind:<13} {_short(line.text)}  [{self._why(line.line, line.reason)}]")
            for line in self.skipped
        ]
        told += [(entry.lines[0], _told(entry, self._why(entry.lines[0], entry.reason))) for entry in self.entries]
        return [text for _, text in sorted(told, key=lambda pair: pair[0])]

    def _why(self, line: int, reason: str) -> str:
        return f"{self.place(line)}: {reason}" if self.place(line) else reason


def _fields(one: ProposedEntry | Skipped) -> dict[str, Any]:
    """Give what an entry or a line holds, with its reasons as one English text."""
    return {
        "reason" if name == "reasons" else name: one.reason if name == "reasons" else value
        for name, value in asdict(one).items()
    }


def _as_json(entry: ProposedEntry) -> dict[str, Any]:
    """Give an entry as JSON's own types, without what nobody has looked up or chosen."""
    told = _fields(entry) | {"lines": list(entry.lines)}
    suggested, chosen = told.pop("suggestions"), told.pop("organisation")
    more = {"suggestions": [one._asdict() for one in suggested]} if suggested else {}
    return told | more | ({"organisation": chosen} if chosen else {})


def _told(entry: ProposedEntry, why: str) -> str:
    first, last = entry.lines
    where = f"{first:>5}" if first == last else f"{first:>5}-{last}"
    what = f"entry {entry.number}." if entry.number is not None else "later entry" if entry.subsequent else "entry"
    named = (("acronym", entry.acronym), ("name", entry.name), ("transliteration", entry.transliteration))
    more = (("translation", entry.translation), ("country", entry.country), ("remark", entry.remark))
    parts = "; ".join(f"{label} {value!r}" for label, value in named + more if value)
    known = "".join(
        f"\n{'':>7}may be       {one.organisation} {one.printed!r} ({one.score})" for one in entry.suggestions
    )
    return f"{where}  {what:<13} {parts}  [{entry.confidence}: {why}]{known}"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 100 else plain[:99] + "…"

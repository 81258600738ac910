"""The verdict in plain words: what was checked, what was not, what that proves, and the first difference if there is one."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Iterator
from importlib.util import find_spec

from projections.auditing.audit import Audited, Trust
from projections.auditing.found import Report
from projections.auditing.rules import RULES

COMMANDING = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # categories of characters that could command a terminal or hide text
HARMLESS = {"\u200c", "\u200d", "\u200e", "\u200f", "\u061c", "\u00ad"}  # joiners and marks that names are written with
RANGES = 5


def printable(text: str) -> str:
    """Write a text of somebody else so that it cannot command a terminal, nor look like lines of ours."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        f"\\u{ord(one):04x}" if unicodedata.category(one) in COMMANDING and one not in HARMLESS else one for one in text
    )


def verdict(audit: Audited, trust: Trust) -> Iterator[str]:
    """Write the whole verdict; its last line says it in one sentence."""
    report = audit.report
    yield from _part("Checked", [*_checked(audit), *report.checked])
    yield from _part("Not checked", [*_unchecked(audit), *report.unchecked])
    if audit.holds:
        yield from _part("What this proves", list(_proves(audit, trust)))
        yield from _part("What this does not prove", list(_proves_not(audit, trust)))
    yield from conclusion(report, holds=audit.holds)


def verdict_of(report: Report, checked: list[str], unchecked: list[str]) -> Iterator[str]:
    """Write the verdict of what holds nothing to be proved."""
    yield from _part("Checked", checked)
    yield from _part("Not checked", unchecked)
    yield from conclusion(report, holds=False)


def conclusion(report: Report, *, holds: bool) -> Iterator[str]:
    """Name the differences, the first in the log first, and conclude."""
    if report.sound:
        if report.unsigned:
            yield "VERDICT: no difference was found, but signatures were NOT checked. Whoever made this bundle may have signed nothing."
        else:
            yield "VERDICT: everything that was checked holds. No difference was found."
        return
    first, *others = report.differences
    yield from _part("First difference", [first.told()])
    yield from _part("Other differences", [one.told() for one in others])
    at = "" if first.position is None else f" The first difference is at position {first.position}."
    yield f"VERDICT: DIFFERENT.{' The bundle itself holds.' if holds else ''}{at}"


def status(report: Report) -> int:
    """Tell the exit status: 0 all is right, 1 a difference, 3 right as far as it could be checked, without signatures."""
    return (3 if report.unsigned else 0) if report.sound else 1


def _part(title: str, sentences: list[str]) -> Iterator[str]:
    if sentences:
        yield f"{title}:"
        yield from (f"  - {printable(sentence)}" for sentence in sentences)


def _checked(audit: Audited) -> Iterator[str]:
    entries, grown = audit.entries, audit.grown
    if entries.broken is not None:
        yield f"entries.jsonl was read up to position {entries.position}"
        return
    yield (
        f"entries.jsonl: {entries.position} entries, each written canonically, numbered 1 to {entries.position} without a"
        " gap, stamps that never fall"
    )
    if not audit.holds:
        return
    yield f"the root over these entries is {grown.root().hex()}; {_many(grown.count(), 'tile holds', 'tiles hold')} their tree"
    yield "the versions of each stream have no holes; every act is about a signature made before it"
    yield f"every act was allowed: {len(RULES)} rules over {entries.position} events"
    (texts,) = audit.index.one("SELECT count(*) FROM named") or (0,)
    yield f"{texts} texts and order documents are what the entries name by SHA-256"
    yield f"{audit.lists} lists were computed again from the entries and are the same, byte for byte"
    if not audit.report.unsigned:
        yield f"signatures were checked by {checker()}"
    yield "register.json says what the log gives; no file is missing or too much; SHA256SUMS fits"


def _unchecked(audit: Audited) -> Iterator[str]:
    if not audit.holds:
        return
    hidden, count = audit.index.unexplained(1_000), audit.index.hidden()
    if hidden:
        yield (
            f"what {_many(count, 'withheld entry says', 'withheld entries say')} (position"
            f"{'' if count == 1 else 's'} {_ranges(hidden)}): only the hashes are here. They belong to statements"
            " that are not published; that none belongs to a published one can be seen only by whoever has the entry"
        )
    (erased,) = audit.index.one("SELECT count(*) FROM withheld w JOIN entry e ON e.position = w.position") or (0,)
    if erased:
        yield (
            f"the names in {_many(erased, 'entry', 'entries')} that were erased by order: an entry Withheld in the log"
            " says what is kept, and that it is what stood there rests on the register's word"
        )


def _proves(audit: Audited, trust: Trust) -> Iterator[str]:
    if not audit.report.unsigned:
        key = trust.key(audit.seals.key)
        whose = f"the key that you gave ({key.id.hex()})" if key else "the key in the bundle"
        yield f"The holder of {whose} signed exactly this log of {audit.grown.size} entries: not one can be changed, left out or added."
    yield "Every list follows from the entries by the published rule; nobody chose by hand who stands on it."
    if trust.since:
        yield f"Since the checkpoint that you held, of size {trust.since.checkpoint.size}, nothing before it was rewritten."
    if trust.witnesses and not audit.report.unsigned:
        yield "The witnesses whose keys you gave saw the same log, up to the sizes that are named above."


def _proves_not(audit: Audited, trust: Trust) -> Iterator[str]:
    if not trust.keys and audit.seals.key:
        yield (
            "Who holds the key: it was taken from the bundle itself. Compare this line with one that you have from"
            f" elsewhere, or give it with --vkey: {audit.seals.key.vkey()}"
        )
    strangers = [key.name for key in audit.seals.witnesses if key not in trust.witnesses]
    if strangers:
        yield (
            f"Who the witnesses are ({', '.join(strangers)}): their keys were taken from the bundle itself. Give those that"
            " you know with --witness."
        )
    if trust.since is None:
        yield (
            "That others were shown the same log, or that it was not written anew before today: keep the file checkpoint,"
            " and give it with --since next time."
        )
    if audit.seals.former:
        yield "That what the log calls lost was lost: whoever holds a receipt of it has what stood there."
    last = audit.entries.last
    at = f", recorded at {last['recorded_at']}" if last else ""
    yield f"That nothing was recorded since: this log ends at position {audit.entries.position}{at}."
    yield "That what was entered is true: that an organisation really signed, or left, on that day."
    yield "That the register's clock was right: when an entry was recorded is its word, but for what a witness dates."
    yield "Which day newest.json is of, and the register's id, are the exporter's word."


def checker() -> str:
    """Tell what checks signatures on this machine."""
    if find_spec("cryptography"):
        return "Python's cryptography package"
    return shutil.which("openssl") or "nothing"


def _many(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _ranges(positions: list[int]) -> str:
    """Write positions as ranges, `3 to 7, 9`."""
    ranges: list[list[int]] = []
    for position in positions:
        if ranges and ranges[-1][1] == position - 1:
            ranges[-1][1] = position
        else:
            ranges.append([position, position])
    words = [str(first) if first == last else f"{first} to {last}" for first, last in ranges[:RANGES]]
    return ", ".join(words) + (" and more" if len(ranges) > RANGES else "")

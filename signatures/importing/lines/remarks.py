"""Remarks beside a heading: its date, its order, or that more may sign."""

from __future__ import annotations

from signatures.importing.lexicon import dates
from signatures.importing.lexicon.words import fold, vocabulary
from signatures.importing.lines import sections
from signatures.importing.lines.headwords import is_heading_word, is_later_heading
from signatures.importing.lines.line import Line

_SHORT = 14  # words of a remark
_AS_OF = (
    "as of",
    "as at",
    "stand",
    "bis zum",
    "stand vom",
    "date du",
    " au",
    "hasta",
    "hasta el",
    " al",
    " ate",
    "состоянию на",
)


def as_of_dates(line: Line) -> list[dates.PrintedDate]:
    """Find the dates of a heading that say when the list was drawn up, not those of the document it speaks of."""
    found = []
    for printed in dates.find(line.text):
        lead = fold(line.text[max(0, printed.start - 60) : printed.start]).replace("(", " ").rstrip(" :,-").split()
        of_document = (
            len(lead) > 1 and any(word in vocabulary("documents") for word in lead[-2:]) and not _leads(" ".join(lead))
        )
        if not of_document:
            found.append(printed)
    return found


def _leads(text: str) -> bool:
    return text.endswith(_AS_OF)


def further_possible(line: Line) -> bool:
    """Tell whether a heading remarks that more may sign."""
    return any(word in vocabulary("possible") for word in line.words) and any(
        word in vocabulary("later") or is_heading_word(word) for word in line.words
    )


def is_dated(line: Line) -> bool:
    """Tell whether a line says nothing but of which day the list is."""
    return any(printed.year for printed in dates.find(line.text)) and line.length <= _SHORT and only_date(line)


def only_date(line: Line) -> bool:
    """Tell whether a line holds a date and else only words that go with one."""
    return bool(as_of_dates(line)) and all(
        w in vocabulary("fillers", "links", "later", "possible") or is_heading_word(w) for w in without_dates(line)
    )


def is_remark(line: Line) -> bool:
    """Tell whether a line only remarks on a heading: its date, its order, or that more may sign."""
    if line.length > _SHORT or is_later_heading(line) or sections.section(line, numbered=False):
        return False
    bracketed = line.bare.startswith(("(", "[")) and line.bare.rstrip(".:").endswith((")", "]"))
    known = vocabulary("fillers", "links", "later", "possible", "documents")
    only = all(word in known or is_heading_word(word) for word in without_dates(line))
    return only and (bool(as_of_dates(line)) or bracketed or further_possible(line)) and bool(line.words)


def without_dates(line: Line) -> list[str]:
    """Give the words of a line without those of its dates."""
    text = line.text
    for printed in reversed(dates.find(text)):
        text = text[: printed.start] + " " + text[printed.end :]
    return Line(line.number, text, text).words

"""A list that somebody has kept, as JSON, CSV or text as the service writes them, compared with the one that the log gives."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TextIO

from projections.auditing.found import CannotRead, Difference
from projections.auditing.jsonlist import STREAMED, JSONList
from projections.auditing.leaves import UNREADABLE
from projections.auditing.listing import Told
from projections.auditing.reasons import Reasons, same, shown
from projections.rendering.csv import COLUMNS, cell
from projections.rendering.phrases import Phrases, phrases
from projections.rendering.text import line as printed_line

PAGED = (
    " The API gives at most 1,000 entries at once: if this file is one page of a longer list, ask for all of it, or"
    " compare what `signatures list` wrote."
)
EARLIER = "en"  # the words around every list, in whatever language, until there were eight
Answer = Mapping[str, Any]
Text = Callable[[str | None], Iterable[str]]


def against(path: Path, told: Told, answer: Answer, text: Text) -> Difference | None:
    """Name the first difference between a kept list and an answer; None where there is none.

    `text` writes the list as text; given a language, in the words of that one.
    """
    kinds: dict[str, Callable[[TextIO], Difference | None]] = {
        ".json": lambda file: _json(file, told, answer),
        ".csv": lambda file: _csv(file, told, answer),
        ".txt": lambda file: _text(file, told, answer, text),
    }
    compare = kinds.get(path.suffix.lower())
    if compare is None:
        raise CannotRead(f"{path}: a list is compared as .json, .csv or .txt. Rename the file if it is one of these.")
    try:
        with path.open(encoding="utf-8-sig", newline="\n" if path.suffix.lower() == ".txt" else "") as file:
            return compare(file)
    except OSError as error:
        raise CannotRead(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError:
        return Difference("it is not written in UTF-8.")


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def question_in(path: Path) -> dict[str, str]:
    """Read from a kept JSON list which date and position it says that it is of, and whether it is annotated."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            said = dict(JSONList(file).fields())
    except (OSError, *UNREADABLE):
        return {}
    asked = {name: str(said[name]) for name in ("as_of", "position") if type(said.get(name)) in (str, int)}
    return asked | ({} if "gaps" in said else {"show": "annotated"})


def _json(file: TextIO, told: Told, answer: Answer) -> Difference | None:
    reasons = Reasons(told)
    head: dict[str, Any] = {}
    right = {name: None if name in STREAMED else value for name, value in answer.items()}
    try:
        for name, value in JSONList(file).parts():
            if not isinstance(value, Iterator):
                head[name] = value
                continue
            head[name] = None
            difference = reasons.which(head, right) or _elements(value, iter(answer.get(name, ())), reasons)
            if difference:
                return difference
    except UNREADABLE as error:
        return Difference(f"it is not the JSON of a list ({error}).")
    if head.get("final") is False:
        right["final"] = False  # it was asked for without a position; that is no word about the list
    return reasons.head(head, right)


def _elements(found: Iterator[Any], right: Iterator[Any], reasons: Reasons) -> Difference | None:
    for one in found:
        other = next(right, None)
        if one == other and same(one, other):
            continue
        if not isinstance(one, dict):
            return Difference(f"{shown(one)} is no entry.")
        return reasons.element(one, other, next(found, None), next(right, None))
    missing = next(right, None)
    if missing is None:
        return None
    difference = reasons.element(None, missing)
    return difference._replace(sentence=difference.sentence + PAGED)


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv(file: TextIO, told: Told, answer: Answer) -> Difference | None:
    reasons, rows = Reasons(told), csv.reader(file, strict=True)
    names = list(COLUMNS)
    try:
        if next(rows, None) != names:
            return Difference(f"its first line does not name the columns {', '.join(names)}.")
        right = chain(answer["numbered"], answer["subsequent"])
        for row in rows:
            entry = next(right, None)
            cells = [cell(entry.get(name)) for name in names] if entry else None
            if row == cells:
                continue
            following = next(right, None)
            return _row(row, next(rows, None), entry, following, reasons)
    except csv.Error as error:
        return Difference(f"it is no CSV ({error}).")
    missing = next(right, None)
    return reasons.element(None, missing) if missing else None


def _row(
    row: list[str], next_row: list[str] | None, entry: Answer | None, following: Answer | None, reasons: Reasons
) -> Difference:
    """Explain a row that differs, cell by cell as the log's entry would be written."""
    written = [_cells(one) if one else None for one in (entry, following)]
    found, after = (dict(zip(COLUMNS, one, strict=False)) if one else None for one in (row, next_row))
    difference = reasons.element(found, written[0], after, written[1])
    if difference.position is None and entry:
        return difference._replace(position=reasons.position_of(entry))
    return difference


def _cells(entry: Answer) -> dict[str, str]:
    return {name: cell(entry.get(name)) for name in COLUMNS}


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text(file: TextIO, told: Told, answer: Answer, text: Text) -> Difference | None:
    difference = _lines_of(file, told, answer, text(None))
    if difference is None or phrases(told.languages[0]) is phrases(EARLIER):
        return difference
    file.seek(0)
    return difference if _lines_of(file, told, answer, text(EARLIER)) else None


def _lines_of(file: TextIO, told: Told, answer: Answer, right: Iterable[str]) -> Difference | None:
    reasons = Reasons(told)
    for number, (found, line) in enumerate(zip_longest(_lines(file), right), 1):
        if found == line:
            continue
        words = phrases(told.languages[0])
        entry = _entry_of(line, answer, words) or _entry_of(found, answer, words)
        said = "it ends here" if found is None else f"it says {shown(found)}"
        gives = "the log gives nothing more" if line is None else f"the log gives {shown(line)}"
        why = f" {reasons.story(entry['signature_id'])[0]}" if entry and entry.get("signature_id") else ""
        position = reasons.position_of(entry) if entry else told.book.last()["position"]
        return Difference(f"line {number}: {said}, {gives}.{why}", position)
    return None


def _lines(file: TextIO) -> Iterator[str]:
    return (line.removesuffix("\n").removesuffix("\r") for line in file)


def _entry_of(line: str | None, answer: Answer, words: Phrases) -> Answer | None:
    """Find the entry that a line prints."""
    if line is None:
        return None
    entry: Answer
    for entry in chain(answer["numbered"], answer["subsequent"]):
        number = f"{entry['number']}. " if entry.get("number") else ""
        if f"{number}{printed_line(entry, words)}" == line:
            return entry
    return None

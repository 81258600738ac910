"""What an auditor asks of a bundle: a list, what changed between two, a history; printed, and compared with what was kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from projections.auditing.against import against, question_in
from projections.auditing.audit import Audited
from projections.auditing.changes import KINDS, changes, ends, entries_of, history, record_line
from projections.auditing.listing import Told
from projections.auditing.moment import Asked, book_at, end_of, find, stream_of
from projections.auditing.verdict import printable
from projections.auditing.wording import csv_lines, json_pieces, text_lines
from signatures.errors import BadQuery

NOW = Asked()


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it stands on the command line."""

    statement: str
    asked: Asked = NOW
    show: str = "standing"
    language: str | None = None
    against: Path | None = None
    from_: str | None = None
    to: str | None = None
    history: bool = False
    format: str = "text"


Write = Callable[[str], object]
SEPARATORS = (",", ":")


def system_now() -> datetime:
    """Tell the present instant."""
    return datetime.now(UTC)


def answer(audit: Audited, question: Question, write: Write, now: Callable[[], datetime] = system_now) -> None:
    """Write what was asked, and report where a kept list differs from it."""
    stream = stream_of(audit.index, question.statement)
    if question.from_ is not None or question.to is not None:
        _changes(audit, stream, question, write, now)
    elif question.history:
        _history(audit, stream, question, write)
    else:
        _list(audit, stream, question, write, now)


def _list(audit: Audited, stream: bytes, question: Question, write: Write, now: Callable[[], datetime]) -> None:
    asked, show = question.asked, question.show
    if question.against and asked.whole and question.against.suffix.lower() == ".json":
        said = question_in(question.against)
        show = said.pop("show", show)
        asked = Asked(**said)
        if said:
            audit.report.checked.append(
                f"the question was read from {question.against.name}: "
                + ", ".join(f"{name} {value}" for name, value in said.items())
            )
    moment = find(audit.index, stream, asked, audit.grown.size, now)
    with closing(Told(moment.book, audit.folder, moment.as_of, language=question.language, show=show)) as told:
        composed = told.answer(audit.grown.root_at)
        for piece in _written(told, composed, question.format):
            write(piece)
        if question.against:
            difference = against(
                question.against, told, composed, lambda language: text_lines(told, composed, language)
            )
            _compared(audit, question.against, difference, composed)


def _written(told: Told, composed: dict[str, Any], format_: str) -> Iterator[str]:
    if format_ == "json":
        yield from json_pieces(composed)
        yield "\n"
    elif format_ == "csv":
        yield from csv_lines(composed)
    else:
        for line in text_lines(told, composed):
            yield f"{printable(line)}\n"


def _compared(audit: Audited, path: Path, difference: Any, composed: dict[str, Any]) -> None:
    which = f"{composed['statement']} on {composed['as_of']}, as known at position {composed['position']}"
    if difference:
        audit.report.differs(f"{path}: {difference.sentence}", difference.position)
    else:
        audit.report.checked.append(f"{path} is the list of {which}: {composed['counts']['standing']} stand")


def _changes(audit: Audited, stream: bytes, question: Question, write: Write, now: Callable[[], datetime]) -> None:
    if question.from_ is None:
        raise BadQuery("--to needs --from: the two lists that are compared. Give both, each as DATE or DATE@POSITION.")
    size = audit.grown.size
    moments = [end_of(audit.index, stream, text, size, now) for text in (question.from_, question.to or "")]
    start, end = (Told(one.book, audit.folder, one.as_of, language=question.language) for one in moments)
    with closing(start), closing(end):
        told = ends(start, end)
        if question.format == "json":
            found: dict[str, list[Any]] = {kind: [] for kind in KINDS}
            for kind, change in changes(start, end):
                found[kind].append(change)
            write(json.dumps({**told, **found}, ensure_ascii=False, separators=SEPARATORS) + "\n")
            return
        for kind in ("added", "withdrawn", "voided", "corrected"):
            for found_kind, change in changes(start, end):
                if found_kind == kind:
                    write(f"{_change_line(kind, change)}\n")
        write(
            f"{told['from']['standing']} on {told['from']['as_of']} (position {told['from']['position']}),"
            f" {told['to']['standing']} on {told['to']['as_of']} (position {told['to']['position']}).\n"
        )


def _change_line(kind: str, change: dict[str, Any]) -> str:
    if kind == "corrected":
        before, after = (printable(change[name] or "(not named)") for name in ("printed_from", "printed_to"))
        return f"~ corrected  {before}\n          to  {after}"
    return f"{'+' if kind == 'added' else '-'} {kind:<9}  {printable(change['printed'] or '(not named)')}"


def _history(audit: Audited, stream: bytes, question: Question, write: Write) -> None:
    if question.format == "json":
        for number, entry in enumerate(entries_of(audit.index, stream)):
            write(("," if number else "[") + entry.decode() + "\n")
        write("]\n")
        return
    book = book_at(audit.index, stream, audit.grown.size)
    for row in history(audit.index, book, book.folded.languages(question.language)):
        write(f"{printable(record_line(row))}\n")

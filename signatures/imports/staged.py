"""Files that editors are looking at before they are imported: in the contacts database, until they are written or forgotten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _

from signatures.clock import Clock, stamp
from signatures.database import Database
from signatures.errors import NotFound, Refused
from signatures.importing import ProposedEntry, Report, Skipped, Suggestion
from signatures.importing.reasons import Reason
from signatures.importing.sources import Place, Source
from signatures.importing.sources.source import storable
from signatures.sentences import Sentence

NAME_LIMIT = 200
COLUMNS = "id, name, kind, state, version, staged_at, staged_by, touched_at, reference, total, done, fault"


@dataclass(frozen=True)
class Line:
    """A line of the file as the page shows it, with the place where it stands."""

    text: str
    place: Place


@dataclass(frozen=True)
class Staged:
    """An import in progress: `state` is open, writing or done; `version` counts the changes."""

    id: str
    name: str
    kind: str
    state: str
    version: int
    staged_at: str
    staged_by: str
    touched_at: str
    reference: str | None
    total: int
    done: int
    fault: Sentence | None


class StagedImports:
    """The imports in progress."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Use the contacts database, which `Contacts.create` has made."""
        self.database, self.clock = database, clock

    def stage(self, name: str, raw: bytes, source: Source, report: Report, by: str) -> str:
        """Keep a file's lines and report; return the id."""
        id_, now = str(uuid4()), stamp(self.clock())
        lines = [[text, *place] for text, place in zip(source.lines, source.places, strict=True)]
        lines += [[aside.text, *aside.place] for aside in source.asides]
        values = (
            id_,
            storable(name.replace("\0", ""))[-NAME_LIMIT:],
            source.kind,
            "open",
            0,
            now,
            by,
            now,
            None,
            len(report.entries),
            0,
            None,
        )
        with self.database.writing("staged_import") as transaction:
            transaction.execute(
                f"INSERT INTO staged_import ({COLUMNS}, sha256, lines, report, given)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, hashlib.sha256(raw).hexdigest(), _json(lines), stored(report), "{}"),
            )
        return id_

    def list(self) -> Sequence[Staged]:
        """List all, the one touched last first."""
        with self.database.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM staged_import ORDER BY touched_at DESC, id")
        return [_staged(row) for row in rows]

    def get(self, id_: str) -> Staged:
        """Get one by its id."""
        return _staged(self._row(id_, COLUMNS))

    def report(self, id_: str) -> Report:
        """Get the report as it was last corrected."""
        text = self._row(id_, "report")[0]
        if not text:
            raise Refused(_("This import is written. Its lines are not kept any longer."))
        return restored(text)

    def lines(self, id_: str) -> Sequence[Line]:
        """Get the lines of the file; none once it is written."""
        return [Line(text, Place(*place)) for text, *place in json.loads(self._row(id_, "lines")[0])]

    def given(self, id_: str) -> dict[str, str]:
        """Get what was typed of the statement."""
        return dict(json.loads(self._row(id_, "given")[0]))

    def change(self, id_: str, version: int, report: Report) -> None:
        """Keep a corrected report, unless somebody else was quicker."""
        self._change(id_, version, "report = ?, total = ?", stored(report), len(report.entries))

    def begin(self, id_: str, version: int, given: Mapping[str, str], reference: str) -> None:
        """Let the writing begin: nothing is corrected any more."""
        self._change(id_, version, "given = ?, reference = ?, state = 'writing', fault = NULL", _json(given), reference)

    def claim(self, id_: str, seconds: float) -> bool:
        """Take an import for writing, so that nobody else writes it at the same time; tell whether nobody did."""
        now = self.clock()
        with self.database.writing("staged_import") as transaction:
            free = transaction.execute(
                "SELECT 1 FROM staged_import WHERE id = ? AND state = 'writing' AND coalesce(claimed_until, '') <= ?",
                (id_, stamp(now)),
            )
            if free:
                until = stamp(now + timedelta(seconds=seconds))
                transaction.execute("UPDATE staged_import SET claimed_until = ? WHERE id = ?", (until, id_))
        return bool(free)

    def progressed(self, id_: str, done: int) -> None:
        """Note how far the writing has come, and let go of it."""
        self._set(id_, "done = ?, claimed_until = NULL", done)

    def reopen(self, id_: str, fault: Sentence) -> None:
        """Let it be corrected again: the register has refused it before anything was written."""
        self._set(id_, "state = 'open', fault = ?, claimed_until = NULL", _json(asdict(fault)))

    def finish(self, id_: str) -> None:
        """Note that all is written; the file's own lines are not needed any longer."""
        self._set(id_, "state = 'done', done = total, lines = '[]', report = '', claimed_until = NULL")

    def remove(self, id_: str) -> None:
        """Forget one that is not being written."""
        if self.get(id_).state == "writing":
            raise Refused(_("This import is being written. It cannot be thrown away any more."))
        with self.database.writing("staged_import") as transaction:
            transaction.execute("DELETE FROM staged_import WHERE id = ? AND state <> 'writing'", (id_,))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _row(self, id_: str, columns: str) -> tuple[Any, ...]:
        with self.database.reading() as transaction:
            rows = (
                transaction.execute(f"SELECT {columns} FROM staged_import WHERE id = ?", (id_,))
                if "\0" not in id_
                else []
            )
        if not rows:
            raise NotFound(_("There is no such import any more. Send the file again."))
        return rows[0]

    def _change(self, id_: str, version: int, what: str, *values: object) -> None:
        with self.database.writing("staged_import") as transaction:
            changed = transaction.execute(
                f"UPDATE staged_import SET {what}, version = version + 1, touched_at = ?"
                " WHERE id = ? AND version = ? AND state = 'open' RETURNING id",
                (*values, stamp(self.clock()), id_, version),
            )
        if not changed:
            raise Refused(
                _("Somebody has changed this import meanwhile. Look at it again; nothing of yours was recorded.")
            )

    def _set(self, id_: str, what: str, *values: object) -> None:
        with self.database.writing("staged_import") as transaction:
            transaction.execute(
                f"UPDATE staged_import SET {what}, touched_at = ? WHERE id = ?", (*values, stamp(self.clock()), id_)
            )


def _staged(row: Sequence[Any]) -> Staged:
    values: list[Any] = [*row[:-1], _fault(row[-1])]
    return Staged(*values)


def _fault(text: str | None) -> Sentence | None:
    """Read a fault; what was written down as words alone stays as it is."""
    if text is None or not text.startswith("{"):
        return Sentence(text) if text else None
    return _reason(json.loads(text))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def stored(report: Report) -> str:
    """Write a report down whole."""
    return _json(asdict(report))


def restored(text: str) -> Report:
    """Read a report that was written down."""
    data = json.loads(text)
    entries = tuple(_entry(one) for one in data.pop("entries"))
    skipped = tuple(Skipped(reasons=_reasons(one), **one) for one in data.pop("skipped"))
    sections, places = tuple(data.pop("sections")), tuple(data.pop("places"))
    return Report(**data, sections=sections, places=places, entries=entries, skipped=skipped)


def _entry(data: dict[str, Any]) -> ProposedEntry:
    first, last = data.pop("lines")
    suggestions = tuple(Suggestion(*one) for one in data.pop("suggestions"))
    reasons = _reasons(data)
    return ProposedEntry(**data, reasons=reasons, lines=(first, last), suggestions=suggestions)


def _reasons(data: dict[str, Any]) -> tuple[Reason, ...]:
    """Take the reasons out; what was written before they were apart is one text, and its sentences are the keys."""
    if "reason" in data:
        return tuple(map(Reason, filter(None, data.pop("reason").split("; "))))
    return tuple(map(_reason, data.pop("reasons")))


def _reason(data: dict[str, Any]) -> Reason:
    values = ((name, _reason(value) if isinstance(value, dict) else value) for name, value in data["values"])
    return Reason(data["sentence"], tuple(values))

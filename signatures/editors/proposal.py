"""A proposal as the contacts database keeps it: its record, its rows, and what each act that can be proposed needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _

from signatures.aggregate import Reason
from signatures.database import Row, Transaction
from signatures.errors import InvalidInput, NotFound

STATES = ("waiting", "performing", "performed", "refused", "rejected", "replaced")
COLUMNS = "id, act, about, detail, note, proposed_at, proposed_by, state, decided_at, decided_by, outcome, number"


class Kind(NamedTuple):
    """What an act is done to, and what its detail must and may say."""

    thing: str
    needs: frozenset[str]
    may: frozenset[str]


KINDS = {
    "void": Kind("signature", frozenset(), frozenset({"reference", "code"})),
    "withdraw": Kind("signature", frozenset({"on"}), frozenset({"reference", "code", "show"})),
    "correct": Kind("signature", frozenset({"changes"}), frozenset({"reference", "code", "on"})),
    "retract": Kind("statement", frozenset({"on"}), frozenset({"code"})),
    "annul": Kind("statement", frozenset({"position"}), frozenset({"code"})),
    "merge": Kind("organisation", frozenset({"into"}), frozenset({"code"})),
    "unmerge": Kind("organisation", frozenset({"position"}), frozenset({"code"})),
}


class Proposal(NamedTuple):
    """One proposal: `about` is the id of a signature or organisation, or the reference of a statement.

    `outcome` is the position at which it was recorded, or the sentence with which the register refused it.
    """

    id: str
    act: str
    about: str
    detail: dict[str, Any]
    note: str | None
    proposed_at: str
    proposed_by: str
    state: str
    decided_at: str | None
    decided_by: str | None
    outcome: str | None
    number: int

    @property
    def thing(self) -> str:
        """What it is about, as acts name it."""
        return f"{KINDS[self.act].thing}:{self.about}"

    @property
    def reason(self) -> Reason:
        """The public reason of the act."""
        return Reason(self.detail.get("code"), self.note)


def checked(act: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return an act's detail as it is kept; nothing that the act does not know, and nothing empty."""
    if act not in KINDS:
        raise InvalidInput(f"{act!r} cannot be proposed. Use one of {', '.join(KINDS)}.", field="act")
    given = {name: value for name, value in detail.items() if value not in (None, "")}
    lacking, unknown = KINDS[act].needs - set(given), set(given) - KINDS[act].needs - KINDS[act].may
    if lacking or unknown:
        names = ", ".join(sorted(lacking or unknown))
        said = (
            _("This is missing: %(names)s.", names=names)
            if lacking
            else _("This is not known: %(names)s.", names=names)
        )
        raise InvalidInput(said, field=min(lacking or unknown))
    if "position" in given and (not isinstance(given["position"], int) or isinstance(given["position"], bool)):
        raise InvalidInput(_("A position is a whole number."), field="position")
    return given


def insert(transaction: Transaction, fresh: Proposal) -> None:
    """Write a proposal that was just made."""
    transaction.execute(
        "INSERT INTO proposal (number, id, act, about, detail, note, proposed_at, proposed_by, state)"
        " VALUES ((SELECT coalesce(max(number), 0) + 1 FROM proposal), ?, ?, ?, ?, ?, ?, ?, ?)",
        (fresh.id, fresh.act, fresh.about, json.dumps(fresh.detail, ensure_ascii=False, sort_keys=True), *fresh[4:8]),
    )


def decide(
    transaction: Transaction, id_: str, state: str, at: str | None, by: str | None, outcome: str | None = None
) -> None:
    """Write what was decided on a proposal."""
    transaction.execute(
        "UPDATE proposal SET state = ?, decided_at = ?, decided_by = ?, outcome = ? WHERE id = ?",
        (state, at, by, outcome, id_),
    )


def select(transaction: Transaction, where: str, *values: str, limit: int | None = None) -> list[Proposal]:
    """Read proposals, the oldest first; with a limit the newest."""
    order = "number" if limit is None else f"number DESC LIMIT {limit}"
    rows = transaction.execute(f"SELECT {COLUMNS} FROM proposal WHERE {where} ORDER BY {order}", values)
    return [_proposal(row) for row in rows]


def one(transaction: Transaction, id_: str) -> Proposal:
    """Read a proposal by its id, or raise NotFound."""
    found = [] if "\0" in id_ else select(transaction, "id = ?", id_.lower())
    if not found:
        raise NotFound(_("There is no such proposal."))
    return found[0]


def _proposal(row: Row) -> Proposal:
    return Proposal._make([*row[:3], json.loads(row[3]), *row[4:]])

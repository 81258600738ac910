"""Events in, rows out: what each entry of the log adds to the view. Pure; raises only on an entry it cannot process.

A *span* says between which dates a signature stands, and between which positions that is known. One that nothing has
changed since it was signed has none: it stands from its date on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from orjson import dumps, loads

from projections.signatory_list import ANNULLABLE, SHOWN, Leaf, Order, Signature, Term, read_order
from projections.views.names import folded_names
from projections.views.tracks import EditionKey, Known, Rows, SignatureTrack, StatementTrack, Tally
from signatures.log.eventlog import LOSS, Entry

OPEN = 2**53  # the position until which something is known that nothing has ended yet; no log is that long
NEVER = "never"  # the date on which a signature ends that was not withdrawn; sorts after every date
BLOCK = 4096  # positions after each of which the counts so far are kept
NEEDED = {
    "TextSet": ("language", "title"),
    "Published": ("edition", "as_of", "orders"),
    "Amended": ("changes",),
    "Closed": ("effective_on",),
    "Reopened": ("effective_on",),
    "Retracted": ("effective_on",),
    "Drafted": ("reference", "time_zone", "default_language", "kind"),
}
SIGNED = ("signature_id", *SHOWN)  # what the view keeps of a Signed, in this order; then stamp and version
_STAMP, _SIGNED_ON, _ORGANISATION = len(SIGNED), SIGNED.index("signed_on"), SIGNED.index("organisation_id")
_TERRITORIES = SIGNED.index("territories")
_signed_values = itemgetter(*SIGNED)
WITHHELD = frozenset({"actor", "salt", "signature_id"})  # of a fact: stands in the log, and in other columns


class Unprocessable(Exception):
    """An entry that the projector cannot process; the sentence says why."""


def project(entry: Entry, data: dict[str, Any], known: Known, rows: Rows) -> None:
    """Add what one entry says; raises Unprocessable, or whatever a payload without its keys raises, and adds nothing."""
    statement = known.statements.get(entry.stream)
    if statement is not None:
        project_act = _PROJECTED.get(entry.type)
        if project_act is None:
            raise Unprocessable(f"{entry.type} is no event of a statement that this version knows.")
        project_act(entry, data, statement, known, rows)
        statement.last = entry
    elif entry.stream.startswith("organisation/"):
        _organisation(entry, data, rows)
    elif entry.stream.startswith("statement/") and entry.type == "Drafted":
        _drafted(entry, data, known, rows)
    elif entry.stream.startswith(LOSS):
        return  # in the place of an entry that was lost: it says nothing of any statement
    else:
        raise Unprocessable(f"{entry.stream} is no organisation, and no statement that was drafted.")


def erase(entry: Entry, data: Mapping[str, Any], known: Known, rows: Rows) -> None:
    """Take from the rows of an entry what was erased by order, at all positions, whatever else becomes of its stream."""
    target, kept, statement = data["position"], data["kept"], known.statements.get(entry.stream)
    document = _fact_document(kept)
    if data["type"] == "Signed":
        shown = _signed_document(kept, data["recorded_at"], data["version"]), territories_text(kept["territories"])
        rows.erased_signature.append((*shown, target))
        if statement is not None:
            rows.erased_name.append((folded_names(kept), statement.key, target))
    elif statement is not None:
        rows.erased_fact.append((folded_names(kept.get("changes", {})), document, _changed_territories(kept), target))
        rows.erased_act.append((document, statement.key, target))
    else:
        rows.erased_organisation.append((folded_names(kept), target))
        rows.erased_organisation_act.append((folded_names(kept.get("changes", {})), document, target))
    rows.erasure.append((entry.position, entry.recorded_at, target))


def orders_of(entry: Entry, data: Mapping[str, Any], documents: Mapping[str, bytes]) -> dict[str, Order] | None:
    """Read the order documents of a Published by language; None: as received."""
    if data["orders"] is None:
        return None
    missing = [digest for digest in data["orders"].values() if digest not in documents]
    if missing:
        raise Unprocessable(f"The order document {missing[0]} of position {entry.position} is not in the store.")
    return {language: read_order(documents[digest]) for language, digest in data["orders"].items()}


def published(
    entry: Entry,
    data: dict[str, Any],
    known: Known,
    rows: Rows,
    orders: dict[str, Order] | None,
    keys: Mapping[str, int],
) -> list[EditionKey]:
    """Add an edition and the places of its orders; `keys` are the signatures' positions by id."""
    statement = known.statements.get(entry.stream)
    if statement is None:
        raise Unprocessable(f"{entry.stream} was not drafted.")
    places, sections, editions = [], [], []
    for language, order in (orders or {"": Order([], [])}).items():
        where = (entry.position, language)
        unknown = [
            place.signature_id for place in order.places if place.signature_id and place.signature_id not in keys
        ]
        if unknown:
            raise Unprocessable(f"The order ({language}) names {unknown[0]}, which never signed this statement.")
        places += [(*where, place.number, keys.get(place.signature_id or ""), place.reason) for place in order.places]
        sections += [(*where, line, one["before"], one["heading"]) for line, one in enumerate(order.sections, 1)]
        editions.append(EditionKey(*where, data["as_of"]))
    counts = {language: len(order.places) for language, order in (orders or {}).items()}
    _act(entry, data, statement, known, rows)
    rows.place += places
    rows.section += sections
    rows.edition += [
        (statement.key, *edition[:2], data["edition"], edition.as_of, counts.get(edition.language, 0))
        for edition in editions
    ]
    rows.published.append((entry.position, statement.key))
    statement.last = entry
    statement.editions += editions
    return editions


def signature_key(id_: str) -> bytes:
    """Write a signature's id as it stands in the view's index."""
    return bytes.fromhex(id_.replace("-", ""))


def signed_data(values: Sequence[Any]) -> dict[str, Any]:
    """Compose what the rule takes for the data of a Signed from what the view keeps of it."""
    return dict(zip(SIGNED, values, strict=False))


def signed_leaf(position: int, values: Sequence[Any]) -> Leaf:
    """Compose what the rule takes for the leaf of a Signed."""
    moment = {"position": position, "recorded_at": values[_STAMP], "version": values[_STAMP + 1]}
    return {**moment, "data": signed_data(values)}


def territories_text(codes: Sequence[str] | None) -> str:
    """Write where a signatory is active, as those who stand are counted by it."""
    return dumps(codes).decode() if codes else "[]"


def _changed_territories(data: Mapping[str, Any]) -> str | None:
    changes = data.get("changes") or {}
    return territories_text(changes["territories"]) if "territories" in changes else None


def span_of(term: Term) -> tuple[str, str] | None:
    """Tell the dates between which a signature stands; None if it never does."""
    return (term.signed_on, term.withdrawn_on or NEVER) if term.stood else None


def _drafted(entry: Entry, data: dict[str, Any], known: Known, rows: Rows) -> None:
    reference = data["reference"]
    statement = StatementTrack(entry.position)
    _act(entry, data, statement, known, rows)
    rows.statement.append(
        (
            entry.position,
            entry.stream,
            reference,
            reference.lower(),
            0,
            entry.position,
            entry.recorded_at,
            entry.version,
        )
    )
    known.statements[entry.stream] = statement


def _drafted_again(entry: Entry, _data: dict[str, Any], _statement: StatementTrack, _known: Known, _rows: Rows) -> None:
    raise Unprocessable(f"{entry.stream} was drafted already.")


def _act(entry: Entry, data: dict[str, Any], statement: StatementTrack, known: Known, rows: Rows) -> None:
    missing = [name for name in NEEDED.get(entry.type, ()) if name not in data]
    if missing:
        raise Unprocessable(f"{entry.type} has no {', '.join(missing)}.")
    rows.act.append((statement.key, *_common(entry), _fact_document(data)))
    known.acts[entry.position] = entry.type


def _signed(entry: Entry, data: dict[str, Any], statement: StatementTrack, known: Known, rows: Rows) -> None:
    values, position, key = _signed_values(data), entry.position, statement.key
    id_, signed_on = values[0], values[_SIGNED_ON]
    if id_ in known.fresh or id_ in known.signatures:
        raise Unprocessable(f"The signature {id_} was recorded already.")
    document = dumps((*values, entry.recorded_at, entry.version)).decode()
    there = territories_text(values[_TERRITORIES])
    rows.signature.append((position, key, signature_key(id_), values[_ORGANISATION], signed_on, OPEN, document, there))
    rows.name.append((key, position, folded_names(data)))
    statement.began.append(signed_on)
    known.fresh[id_] = entry
    for edition in statement.editions:
        if signed_on <= edition.as_of:
            rows.late.append((*edition[:2], signed_on, position, position, OPEN, NEVER))


def _signed_document(data: Mapping[str, Any], recorded_at: str, version: int) -> str:
    return dumps((*_signed_values(data), recorded_at, version)).decode()


def _fact(entry: Entry, data: dict[str, Any], statement: StatementTrack, known: Known, rows: Rows) -> None:
    track = _track(data["signature_id"], known)
    if track.statement != statement.key:
        raise Unprocessable(f"The signature {data['signature_id']} stands under another statement.")
    leaf = {"position": entry.position, "recorded_at": entry.recorded_at, "type": entry.type, "data": data}
    before, after = track.signature.term(), Signature(track.signature.signed, [*track.later, leaf]).term()
    changes = data["changes"] if entry.type == "Corrected" else {}
    found = folded_names(changes) if changes else ""
    holds_from = data.get("withdrawn_on") or data.get("effective_on")
    about = (track.key, holds_from, changes.get("organisation_id"), found)
    track.later.append(leaf)
    rows.fact.append((track.statement, *_common(entry), *about, _fact_document(data), _changed_territories(data)))
    known.facts[entry.position] = track
    _count_correction(leaf, statement, 1, rows)
    _move(entry, track, before, after, statement, rows)


def _annulled(entry: Entry, data: dict[str, Any], statement: StatementTrack, known: Known, rows: Rows) -> None:
    target = data["position"]
    if known.acts.get(target) in ANNULLABLE:
        _act(entry, data, statement, known, rows)
        rows.annulled_act.append((entry.position, statement.key, target))
        del known.acts[target]
        return
    track = known.facts.get(target)
    if track is None or track.statement != statement.key:
        raise Unprocessable(f"Position {target} holds nothing of this statement that could be annulled.")
    before = track.signature.term()
    rows.annulled_fact.append((entry.position, target))
    rows.fact.append((statement.key, *_common(entry), track.key, None, None, "", _fact_document(data), None))
    for leaf in track.later:
        if leaf["position"] == target:
            _count_correction(leaf, statement, -1, rows)
    track.later[:] = [leaf for leaf in track.later if leaf["position"] != target]
    del known.facts[target]
    _move(entry, track, before, track.signature.term(), statement, rows)


def _track(id_: str, known: Known) -> SignatureTrack:
    track = known.signatures.get(id_)
    if track is None:
        if id_ not in known.fresh:
            raise Unprocessable(f"There is no signature {id_}.")
        entry = known.fresh[id_]
        later: list[Leaf] = []
        values = _signed_values(loads(entry.state))
        signed = signed_leaf(entry.position, (*values, entry.recorded_at, entry.version))
        track = known.signatures[id_] = SignatureTrack(
            entry.position, known.statements[entry.stream].key, Signature(signed, later), later
        )
    return track


def _move(
    entry: Entry, track: SignatureTrack, before: Term, after: Term, statement: StatementTrack, rows: Rows
) -> None:
    """Close the span that held until now, and open the one that holds from now on."""
    old, new = span_of(before), span_of(after)
    if not track.changed:
        rows.changed.append((entry.position, track.key))
        known_to = OPEN if old == new else entry.position
        rows.span.append((statement.key, before.signed_on, track.key, track.key, known_to, NEVER))
    if old == new:
        track.changed = True
        return
    if old is not None:
        if track.changed:
            rows.closed.append((entry.position, statement.key, old[0], track.key, entry.position))
        _close_span(entry.position, statement, track, old, rows)
    track.changed = True
    if new is not None:
        _open_span(entry.position, statement, track.key, new, track.placed, rows)


def _open_span(
    position: int,
    statement: StatementTrack,
    key: int,
    span: tuple[str, str],
    placed: dict[tuple[int, str], int],
    rows: Rows,
) -> None:
    signed_on, ended_on = span
    rows.span.append((statement.key, signed_on, key, position, OPEN, ended_on))
    _count(rows.tally, statement.key, (0, ""), span, 1)
    for edition in statement.editions:
        times = placed.get(edition[:2], 0)
        if times:
            _count(rows.tally, statement.key, edition[:2], span, 1, times)
        elif signed_on <= edition.as_of:
            rows.late.append((*edition[:2], signed_on, key, position, OPEN, ended_on))


def _close_span(
    position: int, statement: StatementTrack, track: SignatureTrack, span: tuple[str, str], rows: Rows
) -> None:
    _count(rows.tally, statement.key, (0, ""), span, -1)
    for edition in statement.editions:
        times = track.placed.get(edition[:2], 0)
        if times:
            _count(rows.tally, statement.key, edition[:2], span, -1, times)
        elif span[0] <= edition.as_of:
            rows.closed_late.append((position, *edition[:2], span[0], track.key, position))


def _count_correction(leaf: Leaf, statement: StatementTrack, sign: int, rows: Rows) -> None:
    """Count a correction on the day from which it holds, or else on which it was recorded."""
    if leaf["type"] == "Corrected":
        day = leaf["data"]["effective_on"] or leaf["recorded_at"][:10]
        rows.tally[statement.key, 0, "", day][3] += sign


def _count(
    tally: Tally, statement: int, edition: tuple[int, str], span: tuple[str, str], sign: int, times: int = 1
) -> None:
    """Count a span by its dates: began, ended, printed again."""
    began = tally[statement, *edition, span[0]]
    began[0] += sign
    began[2] += sign * (times - 1)
    if span[1] != NEVER:
        ended = tally[statement, *edition, span[1]]
        ended[1] += sign
        ended[2] -= sign * (times - 1)


def _organisation(entry: Entry, data: dict[str, Any], rows: Rows) -> None:
    id_ = entry.stream.partition("/")[2]
    if entry.type == "Registered":
        rows.organisation.append((entry.position, id_, folded_names(data)))
    elif entry.type == "Annulled":
        rows.annulled_organisation_act.append((entry.position, id_, data["position"]))
    elif entry.type not in ("Renamed", "Merged", "Withheld"):
        raise Unprocessable(f"{entry.type} is no event of an organisation that this version knows.")
    into = data["into"] if entry.type == "Merged" else None
    found = folded_names(data["changes"]) if entry.type == "Renamed" else ""
    rows.organisation_act.append((id_, *_common(entry), into, found, _fact_document(data)))


def _common(entry: Entry) -> tuple[int, int, str, str, int]:
    return entry.position, entry.version, entry.recorded_at, entry.type, OPEN


def _fact_document(data: Mapping[str, Any]) -> bytes:
    return dumps({name: value for name, value in data.items() if name not in WITHHELD})


_PROJECTED = {
    "Drafted": _drafted_again,
    "TextSet": _act,
    "Amended": _act,
    "Signed": _signed,
    "Withdrawn": _fact,
    "Voided": _fact,
    "Corrected": _fact,
    "Annulled": _annulled,
    "Closed": _act,
    "Reopened": _act,
    "Retracted": _act,
    "Discarded": _act,
    "Withheld": _act,
}

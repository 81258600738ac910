"""A register of any size, written in bulk: the same bytes that commands would write, without their decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from signatures.aggregate import Actor
from signatures.database import open_database
from signatures.log import heads
from signatures.log.eventlog import canonical, leaf_bytes, leaf_hash
from signatures.log.heads import Head, Rows
from signatures.log.store import Store
from signatures.organisation import NameParts
from signatures.proof import tree
from signatures.register import Register
from tests.clock import FixedClock

FIRST = date(2019, 1, 1)
DAYS = 700
ACTOR = {"kind": "import", "ref": "bench"}
EVENTS = 1.1  # of one signature: some withdraw, some are corrected


def sized(url: str, reference: str, signatures: int, clock: FixedClock, *, registered: bool = False) -> Register:
    """Make a register whose one statement has so many signatures: 5 % late, 5 % withdrawn, 5 % corrected, one edition.

    Who signs is `registered` before only where an auditor asks for it, which makes twice as many events.
    """
    store = Store(open_database(url, "register"), clock)
    store.create()
    register = Register(store)
    editor = Actor("editor", "bench")
    register.draft(editor, reference=reference, kind="statement", time_zone="UTC", default_language="en")
    register.set_text(editor, reference, language="en", title="A statement of the bench", text="Its text.")
    middle = signatures // 2
    append(register, reference, 0, middle, late=False, registered=registered)
    register.publish(editor, reference, as_of=(FIRST + timedelta(days=DAYS // 2)).isoformat())
    append(register, reference, middle, signatures, late=True, registered=registered)
    return register


def append(register: Register, reference: str, begin: int, end: int, *, late: bool, registered: bool = False) -> None:
    """Append the signatures of a range of ordinals with what happened to them, in batches."""
    for start in range(begin, end, 1_000):
        _append_batch(register, reference, range(start, min(start + 1_000, end)), late=late, registered=registered)


def _append_batch(register: Register, reference: str, ordinals: range, *, late: bool, registered: bool) -> None:
    store = register.store
    statement = register.statement(reference)
    stream, version, rows = str(statement.id), statement.version, []
    with store.database.writing("stored_events") as transaction:
        newest = store._newest(transaction)
        assert newest is not None
        position, recorded_at = newest.position, newest.recorded_at
        stored, logged = [], []
        for ordinal in ordinals:
            for type_, data in events_of(stream, ordinal, late=late):
                if registered and type_ == "Signed":
                    position, id_ = position + 1, data["organisation_id"]
                    state = canonical({name: data[name] for name in ("actor", "salt", *NameParts._fields)})
                    leaf = leaf_bytes(position, recorded_at, f"organisation/{id_}", 1, "Registered", 1, state)
                    stored.append((position, id_, 1, "Organisation.Registered", state))
                    logged.append((position, recorded_at, leaf_hash(leaf)))
                position, version = position + 1, version + 1
                state = canonical(data)
                leaf = leaf_bytes(position, recorded_at, f"statement/{stream}", version, type_, 1, state)
                stored.append((position, stream, version, f"Statement.{type_}", state))
                logged.append((position, recorded_at, leaf_hash(leaf)))
                if type_ == "Signed":
                    rows.append(
                        (
                            data["signature_id"],
                            stream,
                            data["organisation_id"],
                            ordinal + 1,
                            data["signed_on"],
                            None,
                            0,
                            position,
                            version,
                            "[]",
                        )
                    )
        transaction.executemany("INSERT INTO stored_events VALUES (?, ?, ?, ?, ?)", stored)
        nodes = tree.completed(transaction, newest.position, [hash_ for _, _, hash_ in logged])
        rows_of_log = [(*row, above) for row, above in zip(logged, nodes, strict=True)]
        transaction.executemany("INSERT INTO log VALUES (?, ?, ?, ?)", rows_of_log)
        transaction.executemany("INSERT INTO signature VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        head = Head(stream, "statement", version, {**statement.state(), "signings": ordinals.stop})
        heads.write(transaction, Rows(heads=[head]))


def events_of(stream: str, ordinal: int, *, late: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Make a signature's events; ids and salts follow from the ordinal."""
    digest = hashlib.sha256(f"{stream}{ordinal}".encode()).hexdigest()
    id_ = f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    day = FIRST + timedelta(days=ordinal * 7919 % DAYS // 2 + (DAYS // 2 if late and ordinal % 20 else 0))
    reason = {"reason_code": None, "note": None}
    head = {"actor": ACTOR, "salt": digest[32:], **reason}
    parts = NameParts(
        f"Organisation number {ordinal} of the bench", acronym=f"O{ordinal}", translations={"en": f"Body {ordinal}"}
    )
    yield (
        "Signed",
        {
            **head,
            **parts.payload(),
            "signature_id": id_,
            "ordinal": ordinal + 1,
            "organisation_id": id_,
            "signed_on": day.isoformat(),
            "signed_on_means": "on",
            "method": "import",
            "assurance": "import",
            "text_sha256": None,
        },
    )
    if ordinal % 20 == 7:
        left = (day + timedelta(days=60)).isoformat()
        yield "Withdrawn", {**head, "signature_id": id_, "withdrawn_on": left, "show": True}
    if ordinal % 20 == 9:  # every fifth of them in its date, which moves it in the list
        other = (
            {"signed_on": (day + timedelta(days=30)).isoformat()}
            if ordinal % 100 == 29
            else {"name": f"Corrected {ordinal}"}
        )
        yield "Corrected", {**head, "signature_id": id_, "changes": other, "effective_on": None}

"""Faults of every kind that a register could have, planted in the product, on the way to it, or in what it left behind.

Each names the rules of which one has to notice it. Were the checker blind to one of them, its praise would be worth nothing.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from projections.views.replay import Replay
from signatures import register
from signatures.database import Database
from signatures.register import Register
from tests.checker import clients
from tests.checker.clients import DAY, LISTED, PATH
from tests.checker.history import OK, Answer, History, Send
from tests.checker.model import Leaf
from tests.checker.seen import Seen

Patch = Callable[[pytest.MonkeyPatch], None]
Lie = Callable[[Send], Send]
Edit = Callable[[History, list[Leaf]], None]


def untouched(_: pytest.MonkeyPatch) -> None:
    """Leave the product as it is."""


class Planted(NamedTuple):
    """A fault, and which rules notice it."""

    rules: set[str]
    patch: Patch = untouched
    lie: Lie = lambda send: send
    edit: Edit = lambda _history, _log: None


# ── in the product ───────────────────────────────────────────────────────────────────────────────────────────────────


def lost_commits(patch: pytest.MonkeyPatch) -> None:
    """Say now and then that it was committed, and do not do it."""
    run, turn, changes = Database._run, itertools.count(), dict[int, int]()

    def losing(self: Database, connection: Any, sql: str) -> None:
        written = (
            changes.get(id(connection)) != connection.total_changes
        )  # those who wait share one commit: there are few
        changes[id(connection)] = connection.total_changes
        lost = (self.name, sql) == ("register", "COMMIT") and written and next(turn) % 5 == 3
        run(self, connection, "ROLLBACK" if lost else sql)

    patch.setattr(Database, "_run", losing)


def twins_allowed(patch: pytest.MonkeyPatch) -> None:
    """Take everybody for somebody new; what looks behind that would be noticed by the database."""
    patch.setattr(register, "matching_organisations", lambda *_: [])


def forgotten_keys(patch: pytest.MonkeyPatch) -> None:
    """Do again what a key has done."""
    patch.setattr(Register, "once", lambda self, caller, key, request, command: command())


def stale_views(patch: pytest.MonkeyPatch) -> None:
    """Serve what the view has, whatever the log has."""
    current, turn = Replay._is_current, itertools.count()
    patch.setattr(
        Replay, "_is_current", lambda self, serving, newest: next(turn) % 3 > 0 or current(self, serving, newest)
    )


# ── on the way ───────────────────────────────────────────────────────────────────────────────────────────────────────


def answering(part: str, change: Callable[[dict[str, Any]], object], every: int = 3) -> Lie:
    """Change some of the answers to what is asked at addresses with a part in them."""

    def lie(send: Send) -> Send:
        turn = itertools.count()

        def lying(method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
            answer = send(method, path, body, headers)
            if part not in path or answer.status >= 300 or next(turn) % every:
                return answer
            told = json.loads(answer.body)
            change(told)
            return answer._replace(body=json.dumps(told).encode())

        return lying

    return lie


def changing(part: str, change: Callable[[dict[str, Any]], object]) -> Lie:
    """Change what is asked at addresses with a part in them, whenever the same is asked again."""

    def lie(send: Send) -> Send:
        told: set[str] = set()

        def lying(method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
            answer = send(method, path, body, headers)
            if part not in path or answer.status >= 300 or path not in told:
                told.add(path)
                return answer
            changed = json.loads(answer.body)
            change(changed)
            return answer._replace(body=json.dumps(changed).encode())

        return lying

    return lie


def invented(body: Callable[[], Answer], every: int = 6, *, passed_on: bool = False) -> Lie:
    """Answer some requests to sign without having heard what the register says."""

    def lie(send: Send) -> Send:
        turn = itertools.count(1)

        def lying(method: str, path: str, content: object, headers: dict[str, str]) -> Answer:
            if method != "POST" or path != f"{PATH}/signatures" or next(turn) % every:
                return send(method, path, content, headers)
            if passed_on and send(method, path, content, headers).status != 201:
                return send(method, path, content, headers)
            return body()

        return lying

    return lie


def receipt() -> Answer:
    """Make a receipt up."""
    told = {"signature_id": "0" * 36, "organisation_id": "0" * 36, "position": 7, "recorded_at": "2026-01-01T00:00:00Z"}
    return Answer(201, json.dumps(told).encode())


def refusal() -> Answer:
    """Refuse."""
    return Answer(409, b'{"type": "/problems/already-signed"}')


def unavailable() -> Answer:
    """Say that nobody knows."""
    return Answer(503, b"")


def ghosts(send: Send) -> Send:
    """Sign for somebody whom no client has ever heard of."""

    def lying(method: str, path: str, body: object, headers: dict[str, str]) -> Answer:
        if path == f"{PATH}/signatures":
            key = headers["Idempotency-Key"].strip('"')
            ghost = {"name": f"Ghost {key}", "signed_on": DAY}
            send(method, path, ghost, {**headers, "Idempotency-Key": f'"ghost-{key}"'})
        return send(method, path, body, headers)

    return lying


def swapped(told: dict[str, Any]) -> None:
    """Let two signatories change their places."""
    if len(told["numbered"]) > 1:
        first, last = told["numbered"][0], told["numbered"][-1]
        first["number"], last["number"] = last["number"], first["number"]


def closed_up(told: dict[str, Any]) -> None:
    """Give the number of who has left to the next one."""
    for number, entry in enumerate(told["numbered"], 1):
        entry["number"] = number
    told["gaps"], told["counts"]["places"] = [], len(told["numbered"])


def shortened(told: dict[str, Any]) -> None:
    """Leave the last one out."""
    (told["subsequent"] or told["numbered"] or [None]).pop()


def doubled(told: dict[str, Any]) -> None:
    """List somebody twice."""
    told["subsequent"] += (told["subsequent"] or told["numbered"])[:1]


def shifted(told: dict[str, Any]) -> None:
    """Name another position."""
    told["position"] += 1


# ── in what is left behind ───────────────────────────────────────────────────────────────────────────────────────────


def cut_off(_: History, log: list[Leaf]) -> None:
    """Lose the last entries, as a backup does that is put back."""
    del log[-3:]


def renumbered(_: History, log: list[Leaf]) -> None:
    """Give one position twice."""
    log[-2]["position"] = log[-1]["position"]


def turned_back(_: History, log: list[Leaf]) -> None:
    """Let the clock of the log go back."""
    log[-2]["recorded_at"] = "2020-01-01T00:00:00.000000Z"


def overtaken(history: History, log: list[Leaf]) -> None:
    """Record what came last before what came first, and tell everybody so."""
    acts = [call for call in history.of("sign") if call.outcome == OK]
    first, last = min(acts, key=lambda call: call.began), max(acts, key=lambda call: call.began)
    swap = {first.position: last.position, last.position: first.position}
    for leaf in log:
        leaf["position"] = swap.get(leaf["position"], leaf["position"])
    log.sort(key=lambda leaf: int(leaf["position"]))
    for place, call in enumerate(history.calls):
        if call.kind != "read" and call.outcome == OK:
            told = {**call.told, "position": swap.get(call.position, call.position)}
            history.calls[place] = call._replace(told=told)


def foreseen(history: History, _: list[Leaf]) -> None:
    """Answer before it was asked for."""
    reads = [place for place, call in enumerate(history.calls) if isinstance(call.told, Seen)]
    place, first = max(reads, key=lambda one: history.calls[one].told.position), history.calls[0].began
    history.calls[place] = history.calls[place]._replace(began=first, ended=first)


def impatient(patch: pytest.MonkeyPatch) -> None:
    """Let clients give up soon."""
    patch.setattr(clients, "SECONDS", 0.02)


FAULTS = {
    "commits that are none": Planted({"acknowledged"}, patch=lost_commits),
    "twins allowed": Planted({"listed_once"}, patch=twins_allowed),
    "keys forgotten": Planted({"one_receipt"}, patch=forgotten_keys),
    "stale views": Planted({"fresh"}, patch=stale_views),
    "receipts made up": Planted({"acknowledged"}, lie=invented(receipt)),
    "refusals made up": Planted({"refusals"}, lie=invented(refusal, 2)),
    "refused and recorded": Planted({"asked_for"}, lie=invented(refusal, 2, passed_on=True)),
    "no end of 503": Planted({"known_outcome"}, patch=impatient, lie=invented(unavailable, 1)),
    "ghosts": Planted({"asked_for"}, lie=ghosts),
    "receipts that change": Planted({"one_receipt", "acknowledged"}, lie=answering(f"{PATH}/signatures", shifted, 2)),
    "numbers that move": Planted({"numbers"}, lie=answering(LISTED, swapped)),
    "numbers given again": Planted({"numbers"}, lie=answering(LISTED, closed_up)),
    "somebody missing": Planted({"whole"}, lie=answering(LISTED, shortened)),
    "somebody twice": Planted({"whole"}, lie=answering(LISTED, doubled)),
    "a pinned answer that changes": Planted({"pinned"}, lie=changing("position=", shortened)),
    "positions that are not there": Planted({"whole"}, lie=answering(LISTED, shifted, 1)),
    "the end is lost": Planted({"acknowledged"}, edit=cut_off),
    "a position given twice": Planted({"positions"}, edit=renumbered),
    "time that goes back": Planted({"positions"}, edit=turned_back),
    "an order that nobody saw": Planted({"real_time"}, edit=overtaken),
    "an answer before the question": Planted({"not_foreseen"}, edit=foreseen),
}

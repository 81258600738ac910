"""The n-th operation of a store fails, for every n: a command is done whole or not at all, and the same again does it once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

import wsgi
from projections.room import ReadingRoom
from projections.signatory_list import signatory_list
from signatures.errors import RegisterError, StorageUnavailable, ViewBehind
from signatures.intake.contacts import Contact
from signatures.log.derive import check
from signatures.organisation import NameParts
from signatures.room import Room
from tests.checker.fragile import WAYS, Faults
from tests.clock import FixedClock
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement

pytestmark = pytest.mark.faults
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = "2027-03-01"
NEIGHBOURS = int(os.environ.get("NTH_NEIGHBOURS", "24"))  # operations of several at once; `make faults`: 100
STRIDE = int(os.environ.get("NTH_STRIDE", "6"))  # every so many-th operation; `make faults`: every one
Told = dict[str, Any]


@pytest.fixture
def room(environ: dict[str, str]) -> Iterator[Room]:
    """Open a register with one published statement; at the end its derived rows must be what its log says."""
    wsgi.initialise(environ)
    with closing(Room(environ, FixedClock(NOW))) as opened:
        publish_statement(opened)
        sign(opened, "First")
        yield opened
        assert [] == check(opened.store)
        assert ReadingRoom(opened).lists.replay.check() is None


@pytest.fixture
def faults(room: Room, monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Stand before the stores."""
    return Faults(monkeypatch)


def sign(room: Room, name: str) -> Told:
    """Sign under a key."""

    def signed() -> Told:
        return room.register.sign(EDITOR, REFERENCE, NameParts(name), signed_on=DAY, method="api")._asdict()

    return room.register.once("token", f"sign {name}", name, signed)


def received(room: Room, name: str) -> str:
    """Let a submission come, from an office of its own, and have its address confirmed; return its id."""
    office = name.lower().replace(" ", "")
    return confirmed(room, name, contact=Contact("Office", None, f"office@{office}.example.org"))


class Command(NamedTuple):
    """What is done for a name, which entry it leaves in the log, and what comes before and gives it an id."""

    do: Callable[[Room, str, str], Told]
    leaves: str
    before: Callable[[Room, str], str]


def nothing(_: Room, name: str) -> str:
    """Need nothing before."""
    return name


def listed(room: Room, name: str) -> str:
    """Sign, and tell the signature's id."""
    return str(sign(room, name)["signature_id"])


def keyed(act: Callable[[Room, str], Any], kind: str) -> Callable[[Room, str, str], Told]:
    """Act under a key."""
    return lambda room, name, id_: room.register.once("token", f"{kind} {name}", id_, lambda: act(room, id_)._asdict())


def accept(room: Room, _: str, id_: str) -> Told:
    """Accept what waits; who does it again is told that it was decided."""
    try:
        return room.intake.accept(id_, EDITOR)._asdict()
    except StorageUnavailable:
        raise
    except RegisterError:
        return {}


COMMANDS = {
    "sign": Command(lambda room, name, _: sign(room, name), "Signed", nothing),
    "withdraw": Command(keyed(lambda room, id_: room.register.withdraw(EDITOR, id_, on=DAY), "w"), "Withdrawn", listed),
    "correct": Command(
        keyed(lambda room, id_: room.register.correct(EDITOR, id_, {"acronym": "X"}), "c"), "Corrected", listed
    ),
    "publish": Command(
        keyed(lambda room, _: room.register.publish(EDITOR, REFERENCE, as_of=DAY), "p"), "Published", nothing
    ),
    "accept": Command(accept, "Signed", received),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_whose_nth_operation_fails(command: str, room: Room, faults: Faults) -> None:
    """It says so, or had done it already; nothing is half done; at once afterwards the same again does it, once."""
    asked = COMMANDS[command]
    for way, number in every(faults):
        name = f"Union {number} {way}"
        id_ = asked.before(room, name)
        before, told = room.store.max_notification_id() or 0, None
        with faults.failing(number, way), suppress(StorageUnavailable):
            told = asked.do(room, name, id_)
        again = asked.do(room, name, id_)
        left = [one.type for one in room.store.entries(before, 9) if one.type == asked.leaves]
        assert [asked.leaves] == left, (number, way)
        assert told is None or again in (told, {})
    assert "COMMIT" in faults.seen


@pytest.mark.parametrize("way", WAYS)
def test_neighbours_of_one_whose_operation_fails(way: str, room: Room, faults: Faults) -> None:
    """Of several who write at once, and may share a commit, nobody is told yes in vain, and nobody is listed twice."""
    for number in range(1, NEIGHBOURS + 1, STRIDE):
        names = [f"Union {number} {one}" for one in "abcd"]
        told: dict[str, Told] = {}

        def attempt(name: str, told: dict[str, Told] = told) -> None:
            with suppress(StorageUnavailable):
                told[name] = sign(room, name)

        before = room.store.max_notification_id() or 0
        with faults.failing(number, way), ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(attempt, names))
        in_log = {one.data()["name"]: one.position for one in room.store.entries(before, 99) if one.type == "Signed"}
        assert {name: receipt["position"] for name, receipt in told.items()}.items() <= in_log.items(), number
        again = {name: sign(room, name) for name in names}
        assert told.items() <= again.items()
        signed = [one.data()["name"] for one in room.store.entries(before, 99) if one.type == "Signed"]
        assert names == sorted(signed), number


def test_a_list_while_the_nth_operation_fails(room: Room, faults: Faults) -> None:
    """While the view catches up with something new: a refusal to try again later, or the right list; then the right list."""
    lists = ReadingRoom(room).lists
    for way, number in every(faults):
        sign(room, f"Union {number} {way}")
        history = [entry.document() for entry in room.store.stream_entries(f"statement/{statement_of(room)}")]
        expected = json.dumps(signatory_list(history, {}, as_of=DAY, root=room.store.root))
        asked = {"as_of": DAY, "position": history[-1]["position"]}
        with faults.failing(number, way), suppress(StorageUnavailable, ViewBehind):
            assert expected == json.dumps(lists.signatories(REFERENCE, **asked))
        assert expected == json.dumps(lists.signatories(REFERENCE, **asked)), (number, way)


def every(faults: Faults) -> Iterator[tuple[str, int]]:
    """Name every operation, or one of so many, in every way to fail; go on until there is none of that number."""
    for way in WAYS:
        number = 1
        yield way, number
        while faults.count >= number:
            number += STRIDE
            yield way, number
        assert number > STRIDE


def statement_of(room: Room) -> str:
    """Tell the statement's id."""
    return str(room.register.statement(REFERENCE).id)

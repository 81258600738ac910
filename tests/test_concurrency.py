"""Many processes at once: nothing acknowledged is lost, nobody signs twice, nothing deadlocks. On both databases."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from signatures.clock import system_clock
from signatures.database import open_database
from signatures.log.derive import check
from signatures.log.store import Store
from signatures.register import Register
from tests import swarm
from tests.eventful import SECRET, draft, forget

PROCESSES = 8


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """Open a register with two statements; after the test its derived rows must be what its log says."""
    opened = Store(open_database(url, "register"), system_clock)
    opened.create()
    for reference in ("peace-2021", SECRET):
        draft(Register(opened), reference)
    yield opened
    differences = check(opened)
    forget(opened)
    assert [] == differences


def signed(store: Store) -> list[tuple[str, str, int]]:
    """List signature, organisation and position of every Signed in the log."""
    return [
        (entry.data()["signature_id"], entry.data()["organisation_id"], entry.position)
        for entry in store.entries(0, 100_000)
        if entry.type == "Signed"
    ]


def test_one_hot_statement(store: Store, url: str) -> None:
    """Every acknowledged signature is in the log once, where its receipt says; of a common organisation there is one."""
    own, common = 8, 6
    results = swarm.run("hot", PROCESSES, url, own, common)
    acknowledged = [receipt for result in results for receipt in result["acknowledged"]]
    receipts = {(receipt["signature_id"], receipt["organisation_id"], receipt["position"]) for receipt in acknowledged}
    assert PROCESSES * own + common == len(acknowledged) == len(receipts)
    assert sorted(receipts) == sorted(signed(store))
    assert {1} == set(Counter(organisation for _, organisation, _ in receipts).values())
    assert {(PROCESSES - 1) * common} == {sum(len(result["known"]) for result in results)}
    assert {id_ for result in results for id_ in result["known"]} <= {id_ for id_, _, _ in receipts}
    registered = [entry for entry in store.entries(0, 100_000) if entry.type == "Registered"]
    assert PROCESSES * own + common == len(registered)


def test_one_key_from_many(store: Store, url: str) -> None:
    """One signature, and the same receipt for all."""
    results = swarm.run("key", PROCESSES, url, "k-1")
    assert [results[0]] * PROCESSES == results
    assert [(results[0]["signature_id"], results[0]["organisation_id"], results[0]["position"])] == signed(store)


def test_first_signatures_of_one_organisation(store: Store, url: str) -> None:
    """On two statements at once, of an organisation that nobody knew: it becomes one."""
    one, other = swarm.run("first", 2, url, 10)
    assert one == other
    assert (10, 20) == (len(set(one)), len(signed(store)))


@pytest.mark.faults
def test_killed_while_signing(store: Store, url: str) -> None:
    """Whatever the moment, every signature that was acknowledged is in the log, and the next process goes on."""
    acknowledged = set()
    for number in range(4):
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.swarm", "signing", url, f"Round {number}"],
            cwd=swarm.ROOT,
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        with process.stdout as output:
            told = [output.readline() for _ in range(5 * number + 1)]
            process.kill()
            told += output.readlines()
        assert -9 == process.wait(20)
        acknowledged |= {tuple(line.decode().split()) for line in told if line.endswith(b"\n")}
    in_log = {(id_, str(position)) for id_, _, position in signed(store)}
    assert acknowledged <= in_log
    assert len(in_log - acknowledged) <= 4
    assert 4 <= len(acknowledged)

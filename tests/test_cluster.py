"""A cluster of three database hosts loses no acknowledged signature, whatever happens to its primary.

One failover here; CLUSTER_FAILOVERS=20, and everything else of this file, by `make faults`.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.cluster.clients import Ack, Clients
from tests.cluster.cluster import Cluster, cluster, until
from tests.cluster.faults import FAULTS, Fault
from tests.cluster.hosts import Host

FAILOVERS = int(os.environ.get("CLUSTER_FAILOVERS", "1"))
LOAD_SECONDS = 2
TOKENS = 6
pytestmark = pytest.mark.faults
at_length = pytest.mark.skipif(FAILOVERS == 1, reason="CLUSTER_FAILOVERS=20 is for `make faults`")


class Served:
    """A cluster, two application hosts with one published statement, and clients that sign."""

    def __init__(self, running: Cluster) -> None:
        """Set the hosts up and serve."""
        self.cluster = running
        first = Host("a", running.folder, running.url())
        self.hosts = [first, Host("b", running.folder, running.url(), first)]
        first.run("draft", "letter", "--title", "A letter")
        first.run("publish", "letter", "--as-of", "2021-06-07")
        self.tokens = [first.run("token", f"test-{n}", "--role", "editor").strip() for n in range(TOKENS)]
        for host in self.hosts:
            host.serve()

    def clients(self) -> Clients:
        """Begin to sign at both hosts."""
        made = Clients(self.hosts, self.tokens)
        until(lambda: len(made.acks) > 3)
        return made

    def fail_over(self, fault: Fault) -> tuple[Clients, float]:
        """Let something happen to the primary while clients sign; tell when another one took writes."""
        clients = self.clients()
        time.sleep(LOAD_SECONDS)
        primary = self.cluster.primary()
        cure = fault(self.cluster, primary)
        self.cluster.primary(primary)
        promoted = time.monotonic()
        until(lambda: max(ack.at for ack in clients.acks) > promoted)
        time.sleep(LOAD_SECONDS)
        cure()
        until(self.cluster.is_whole)
        return clients, promoted

    def listed(self, number: int) -> dict[str, int]:
        """Tell from a host who is listed, and where it is recorded."""
        told = json.loads(self.hosts[number].run("list", "letter", "--format", "json"))
        return {entry["name"]: entry["position"] for entry in told["numbered"] + told["subsequent"]}

    def lost(self, acks: list[Ack]) -> list[Ack]:
        """List what was acknowledged and is not where it was said to be."""
        found = self.cluster.positions()
        return [ack for ack in acks if found.get(ack.receipt["signature_id"]) != ack.receipt["position"]]

    def end(self) -> None:
        """Leave no process behind."""
        for host in self.hosts:
            host.end()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Serve on a whole cluster."""
    with cluster() as running:
        made = Served(running)
        try:
            yield made
        finally:
            made.end()


@pytest.fixture(autouse=True)
def on_trouble(served: Served, request: pytest.FixtureRequest) -> Iterator[None]:
    """Show what the servers said where a test fails."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        for log in [*served.cluster.folder.glob("*/*.log"), *served.cluster.folder.glob("*.log")]:
            print(f"--- {log}\n{log.read_text(errors='replace')[-3000:]}")


@pytest.mark.parametrize(
    ("number", "fault"),
    [pytest.param(n, one, id=f"{n}-{one.__name__}") for n, one in enumerate(islice(cycle(FAULTS), FAILOVERS))],
)
def test_a_failover_loses_nothing_that_was_acknowledged(served: Served, number: int, fault: Fault) -> None:
    """Every client gets its answer, every answer stands in the log, each organisation once."""
    clients, promoted = served.fail_over(fault)
    acks = clients.stop()
    first = min(ack.at for ack in acks if ack.at > promoted) - promoted
    print(f"{number} {fault.__name__}: {len(acks)} acknowledged, the first {first:.2f} s after the promotion was seen")
    assert [] == served.lost(acks)
    assert len(acks) == len({ack.receipt["position"] for ack in acks})
    assert "Everything agrees with the log" in served.hosts[number % 2].run("check")


@at_length
def test_a_lost_standby_stops_nothing_for_long(served: Served) -> None:
    """When the standby that commits wait for is gone, the other one takes its place; nobody is told too early."""
    clients = served.clients()
    (standby,) = (node for node in served.cluster.nodes if node.told().get("sync_standby"))
    standby.kill()
    gone = time.monotonic()
    until(lambda: max(ack.at for ack in clients.acks) > gone + LOAD_SECONDS)
    standby.start()
    until(served.cluster.is_whole)
    acks = clients.stop()
    assert [] == served.lost(acks)


@at_length
def test_a_cluster_without_standbys_acknowledges_nothing(served: Served) -> None:
    """The primary is cut off from its standbys and takes no yes back; joined again, everybody gets an answer."""
    clients = served.clients()
    primary = served.cluster.primary()
    served.cluster.proxies.cut(primary.from_peers)
    time.sleep(5)
    silent = len(clients.acks)
    time.sleep(10)
    assert silent == len(clients.acks)
    served.cluster.proxies.heal(primary.from_peers)
    until(lambda: len(clients.acks) > silent)
    until(served.cluster.is_whole)
    assert [] == served.lost(clients.stop())


@at_length
def test_a_rolling_upgrade(served: Served, tmp_path: Path) -> None:
    """One host after the other goes on with a release of another layout of views, under load; both tell one list."""
    clients = served.clients()
    for number, host in enumerate(served.hosts):
        assert host.server is not None
        assert 0 == host.server.stop()
        host.upgrade(tmp_path / str(number))
        host.serve()
        upgraded = time.monotonic()
        until(lambda: clients.acks[-1].at > upgraded + LOAD_SECONDS)  # noqa: B023 - asked at once
    acks = clients.stop()
    assert [] == served.lost(acks)
    assert served.listed(0) == served.listed(1)
    assert {ack.name for ack in acks} <= served.listed(0).keys()


@at_length
def test_the_asynchronous_control_loses(served: Served) -> None:
    """The same primary, cut off from its standbys and then killed: without synchronous replication entries are lost.

    This is what shows that the tests before this one could have failed. And both hosts notice it: nothing is recorded
    upon a log that lacks what one of them has signed.
    """
    served.cluster.replicate_asynchronously()
    clients = served.clients()
    primary = served.cluster.primary()
    served.cluster.proxies.cut(primary.from_peers)
    cut = time.monotonic()
    until(lambda: sum(ack.at > cut for ack in clients.acks) > 10)
    for host in served.hosts:
        host.run("tick")  # signs what there is, or takes what the other one has signed
        host.end()
    acks = clients.abandon()
    primary.kill()
    served.cluster.primary(primary)
    lost = served.lost(acks)
    print(f"asynchronous control: {len(lost)} of {len(acks)} acknowledged signatures lost")
    assert lost
    told = [
        host.run("draft", f"more-{number}", "--title", "More", status=3) for number, host in enumerate(served.hosts)
    ]
    assert [True, True] == ["behind its checkpoint" in one for one in told], told
    assert ["waits for none of the others" in host.run("doctor", status=3) for host in served.hosts] == [True, True]

"""What takes a primary away; each returns once another node takes writes, and gives what sets the old one right again."""

from __future__ import annotations

from collections.abc import Callable

from tests.cluster.cluster import Cluster
from tests.cluster.nodes import Node

Cure = Callable[[], object]
Fault = Callable[[Cluster, Node], Cure]


def postgresql_killed(_: Cluster, primary: Node) -> Cure:
    """Kill -9 of PostgreSQL; its Patroni goes on and starts it again."""
    primary.kill_postgresql()
    return int


def node_killed(_: Cluster, primary: Node) -> Cure:
    """Kill -9 of everything on the host; it comes back later."""
    primary.kill()
    return primary.start


def frozen(_: Cluster, primary: Node) -> Cure:
    """The host stands still, and later goes on as if nothing had been."""
    primary.freeze()
    return primary.thaw


def parted(_: Cluster, primary: Node) -> Cure:
    """The host and the applications beside it are cut off from the others and from etcd."""
    primary.cut()
    return primary.heal


def switched(cluster: Cluster, primary: Node) -> Cure:
    """An operator hands the role on."""
    candidate = next(node for node in cluster.nodes if node.told().get("sync_standby"))
    primary.ask_patroni("switchover", {"leader": primary.name, "candidate": candidate.name})
    return int


FAULTS: tuple[Fault, ...] = (postgresql_killed, node_killed, switched, parted, frozen)

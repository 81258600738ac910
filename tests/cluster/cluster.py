"""The cluster: three database hosts and etcd, and what is asked of all of them together."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import sql

from tests.cluster.nodes import PASSWORD, Node
from tests.cluster.processes import Process, program
from tests.cluster.proxy import Proxies, proxies
from tests.mailserver import free_port

T = TypeVar("T")
SECONDS = 120
ROLE = DATABASE = "signatures"
ASYNCHRONOUS = {"synchronous_mode": False, "synchronous_mode_strict": False, "maximum_lag_on_failover": 2**30}


class Cluster:
    """Three nodes, one of which is the primary."""

    def __init__(self, folder: Path, net: Proxies, etcd: int) -> None:
        """Name the nodes; nothing is started yet."""
        self.folder, self.proxies, self.synchronous = folder, net, True
        self.nodes = [Node(name, folder / name, net, etcd) for name in ("one", "two", "three")]

    def url(self, **options: str) -> str:
        """Address all of them, as an application does."""
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)
        words = "&".join(f"{name}={value}" for name, value in {"target_session_attrs": "read-write", **options}.items())
        return f"postgresql://{ROLE}@{hosts}/{DATABASE}?{words}"

    def begin(self) -> None:
        """Start all of them, and make the database that the register's role owns."""
        for node in self.nodes:
            node.start()
        until(self.is_whole)
        with self.primary().connect() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(ROLE), sql.Literal(PASSWORD))
            )
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )

    def members(self) -> list[dict[str, Any]]:
        """List what the nodes say of themselves."""
        return [node.told() for node in self.nodes]

    def is_whole(self) -> bool:
        """Tell whether there is one primary, and two standbys that follow it, one of them synchronously if that is wanted."""
        told = self.members()
        streaming = [one for one in told if one.get("replication_state") == "streaming"]
        synchronous = [one for one in streaming if one.get("sync_standby")]
        primaries = [one for one in told if one.get("role") == "primary" and one.get("state") == "running"]
        return (len(primaries), len(streaming), len(synchronous)) == (1, 2, int(self.synchronous))

    def replicate_asynchronously(self) -> None:
        """Answer commits before any standby has them, and fail over to one that lacks them: what nobody should do."""
        self.primary().ask_patroni("config", ASYNCHRONOUS, "PATCH")
        self.synchronous = False
        until(self.is_whole)

    def positions(self) -> dict[str, int]:
        """Tell which signatures the primary has, and where."""
        with self.primary().connect(DATABASE) as connection:
            return dict(connection.execute("SELECT id, position FROM register.signature").fetchall())

    def primary(self, *others: Node) -> Node:
        """Find the primary that is none of some others."""

        def found() -> Node | None:
            return next((node for node in self.nodes if node not in others and takes_writes(node)), None)

        return until(found)

    def stop(self) -> None:
        """End all of them."""
        for node in self.nodes:
            node.stop()


def takes_writes(node: Node) -> bool:
    """Tell whether a node is a primary that answers."""
    try:
        with node.connect() as connection:
            return connection.execute("SELECT NOT pg_is_in_recovery()").fetchone() == (True,)
    except psycopg.Error:
        return False


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster with an empty database; end all of it and remove all it wrote."""
    folder = Path(tempfile.mkdtemp(prefix="signatures-cluster-"))
    etcd, peers = free_port(), free_port()
    command: list[str | Path] = [
        program("etcd"), "--data-dir", folder / "etcd", "--log-level", "warn",
        "--listen-client-urls", f"http://127.0.0.1:{etcd}", "--advertise-client-urls", f"http://127.0.0.1:{etcd}",
        "--listen-peer-urls", f"http://127.0.0.1:{peers}",
    ]  # fmt: skip
    try:
        with proxies() as net:
            keeper = Process(command, folder / "etcd.log", {})
            made = Cluster(folder, net, etcd)
            try:
                made.begin()
                yield made
            finally:
                made.stop()
                keeper.stop()
    finally:
        if not os.environ.get("KEEP_CLUSTER"):
            shutil.rmtree(folder, ignore_errors=True)


def until(ask: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """Ask until there is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.1)
    raise TimeoutError(f"nothing within {seconds} seconds")

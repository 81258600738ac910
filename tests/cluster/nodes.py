"""A database host: one PostgreSQL under its Patroni, reached by other hosts through proxies that can be cut."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg

from tests.cluster.processes import Process, family, program, send
from tests.cluster.proxy import Proxies
from tests.mailserver import free_port
from tests.postgresql import binaries_found

TEMPLATE = Path(__file__).parents[2] / "deploy" / "cluster" / "patroni.yml"
PASSWORD = "a-password-of-the-tests"


class Node:
    """One of the hosts."""

    def __init__(self, name: str, folder: Path, proxies: Proxies, etcd: int) -> None:
        """Choose its ports; nothing is started yet."""
        self.name, self.folder, self.proxies = name, folder, proxies
        self.port, self.api = free_port(), free_port()
        self.to_etcd = proxies.to(etcd)
        self.from_peers = proxies.to(self.port)
        self.api_from_peers = proxies.to(self.api)
        self.process: Process | None = None

    def start(self) -> None:
        """Start Patroni, which starts PostgreSQL."""
        self.folder.mkdir(exist_ok=True)
        self.process = Process([program("patroni"), TEMPLATE], self.folder / "patroni.log", self.environ())

    def environ(self) -> dict[str, str]:
        """Say what is this host's own, as /etc/patroni.env does."""
        return {
            "PATRONI_NAME": self.name,
            "PATRONI_ETCD3_HOSTS": f"127.0.0.1:{self.to_etcd.port}",
            "PATRONI_ETCD3_USE_PROXIES": "true",  # so that it stays with this address, which can be cut
            "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{self.api}",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{self.api_from_peers.port}",
            "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{self.port}",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{self.from_peers.port}",
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.folder / "data"),
            "PATRONI_POSTGRESQL_BIN_DIR": str(binaries_found()),
            "PATRONI_POSTGRESQL_PGPASS": str(self.folder / "pgpass"),
            "PATRONI_SUPERUSER_PASSWORD": PASSWORD,
            "PATRONI_REPLICATION_PASSWORD": PASSWORD,
        }

    # ── what it says ─────────────────────────────────────────────────────────────────────────────────────────────────

    def told(self) -> dict[str, Any]:
        """Tell what its Patroni says; nothing where it says nothing."""
        try:
            with urlopen(f"http://127.0.0.1:{self.api}/patroni", timeout=2) as answer:
                found: dict[str, Any] = json.load(answer)
                return found
        except URLError as error:  # a node that is starting answers 503 with what it knows
            try:
                return dict(json.load(error))  # type: ignore[arg-type]
            except Exception:  # noqa: BLE001
                return {}
        except (OSError, ValueError):
            return {}

    def ask_patroni(self, path: str, body: dict[str, Any], method: str = "POST") -> str:
        """Send its Patroni a wish."""
        request = Request(f"http://127.0.0.1:{self.api}/{path}", json.dumps(body).encode(), method=method)
        with urlopen(request, timeout=60) as answer:
            return str(answer.read().decode())

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Speak with its PostgreSQL as the superuser, whatever is cut."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=PASSWORD, dbname=database,
            connect_timeout=3, autocommit=True,
        )  # fmt: skip

    # ── what befalls it ──────────────────────────────────────────────────────────────────────────────────────────────

    def postmaster(self) -> int:
        """Tell the id of PostgreSQL's first process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def kill_postgresql(self) -> None:
        """Kill PostgreSQL and leave Patroni."""
        send(self._postgres(), signal.SIGKILL)

    def kill(self) -> None:
        """Kill Patroni and PostgreSQL at one moment."""
        send(self._all(), signal.SIGKILL)
        if self.process:
            self.process.popen.wait(20)

    def freeze(self) -> None:
        """Let nothing of it go on, as when a machine stands still."""
        send(self._all(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, not knowing that it stood still."""
        send(self._all(), signal.SIGCONT)

    def cut(self) -> None:
        """Part it from the other hosts and from etcd; applications beside it still reach it."""
        self.proxies.cut(self.to_etcd, self.from_peers, self.api_from_peers)

    def heal(self) -> None:
        """Join it to the others again."""
        self.proxies.heal(self.to_etcd, self.from_peers, self.api_from_peers)

    def stop(self) -> None:
        """End it and whatever it left."""
        self.thaw()
        if self.process:
            self.process.stop()
        send(self._postgres(), signal.SIGKILL)

    def _postgres(self) -> list[int]:
        found = []
        for commandline in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = commandline.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"-D" in words and str(self.folder / "data").encode() in words:
                found += family(int(commandline.parent.name))
        return found

    def _all(self) -> list[int]:
        return [*(self.process.family() if self.process else []), *self._postgres()]

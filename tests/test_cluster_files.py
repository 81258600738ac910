"""What `deploy/cluster` holds is what its programs take, and what the tests of the cluster run."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from signatures.settings import read_settings
from tests.cluster.cluster import until
from tests.cluster.nodes import TEMPLATE, Node
from tests.cluster.processes import Process, program
from tests.cluster.proxy import proxies
from tests.mailserver import free_port

FOLDER = TEMPLATE.parent
HOSTS = ("db1", "db2", "db3")


def variables(name: str) -> dict[str, str]:
    """Read a file of variables as systemd does."""
    lines = (line for line in (FOLDER / name).read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Say what is a database host's own, as the tests of the cluster do."""
    with proxies() as net:
        yield Node("one", tmp_path, net, free_port()).environ()


def complaints(path: Path, environ: dict[str, str]) -> tuple[int, str]:
    """Ask Patroni what is wrong with a configuration."""
    command: list[str | Path] = [program("patroni"), "--validate-config", path]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_patroni_takes_its_configuration(environ: dict[str, str], tmp_path: Path) -> None:
    """It has nothing to say; where something is wrong, it has."""
    elsewhere = {name: "10.0.0.1:5432" for name in environ if name.endswith("CONNECT_ADDRESS")}  # loopback is refused
    environ |= elsewhere
    assert (0, "") == complaints(TEMPLATE, environ)
    wrong = tmp_path / "patroni.yml"
    wrong.write_text(TEMPLATE.read_text().replace("ttl: 20", "ttl: 2"))
    assert "ttl" in complaints(wrong, environ)[1]


def test_patroni_is_told_what_the_tests_tell_it(environ: dict[str, str]) -> None:
    """The variables of a host are those that the cluster of the tests is run with, but for the one that is of its proxies."""
    assert environ.keys() - {"PATRONI_ETCD3_USE_PROXIES"} == variables("patroni.env").keys()


def test_nothing_is_acknowledged_that_one_host_alone_has() -> None:
    """Replication is synchronous and strictly so, and the times fit each other."""
    told = YAML(typ="safe").load(TEMPLATE)["bootstrap"]["dcs"]
    assert (True, True) == (told["synchronous_mode"], told["synchronous_mode_strict"])
    assert "on" == told["postgresql"]["parameters"]["synchronous_commit"]
    assert told["loop_wait"] + 2 * told["retry_timeout"] <= told["ttl"]


def test_the_register_takes_its_settings(tmp_path: Path) -> None:
    """The addresses of the example are such as it wants."""
    (tmp_path / "secret").write_text("f7Kq2-xWz9" * 4)
    settings = read_settings(variables("signatures.env") | {"SIGNATURES_SECRET_KEY_FILE": str(tmp_path / "secret")})
    assert 2 == settings.database.count(",")
    assert settings.read_database


@pytest.mark.faults
def test_three_etcd_find_each_other(tmp_path: Path) -> None:
    """Each started with the variables of its host, but for the ports: they agree on a leader."""
    told = variables("etcd.env")
    ports = {f"10.0.0.{number}:{port}": free_port() for number in (1, 2, 3) for port in (2379, 2380)}
    running = []
    try:
        for number, host in enumerate(HOSTS, start=1):
            own = {name: value.replace("10.0.0.1:", f"10.0.0.{number}:") for name, value in told.items()}
            own |= {"ETCD_NAME": host, "ETCD_DATA_DIR": str(tmp_path / host)}
            own["ETCD_INITIAL_CLUSTER"] = told["ETCD_INITIAL_CLUSTER"]
            for address, port in ports.items():
                own = {name: value.replace(address, f"127.0.0.1:{port}") for name, value in own.items()}
            running.append(Process([program("etcd")], tmp_path / f"{host}.log", own))
        endpoints = ",".join(f"127.0.0.1:{port}" for address, port in ports.items() if address.endswith(":2379"))
        asked: list[str | Path] = [program("etcdctl"), "--endpoints", endpoints, "endpoint", "health"]
        until(lambda: subprocess.run(asked, capture_output=True, check=False).returncode == 0, 60)
        assert "unrecognized" not in "".join(one.log.read_text() for one in running)
    finally:
        for one in running:
            one.kill()

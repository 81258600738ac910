"""What is deployed is read by the tools of those who will run it: container files, compose, units, alerts."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from signatures.settings import read_settings
from signatures.web.serving import gunicorn_settings

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
UNITS = sorted(path for path in DEPLOY.rglob("*") if path.suffix in (".service", ".socket", ".timer"))
COMPOSE = sorted(path for path in DEPLOY.rglob("*compose*.yaml"))


def read(text: str) -> Any:
    """Read YAML as those do who read these files."""
    return YAML(typ="safe").load(text)


def said(*command: str | Path) -> tuple[int, str]:
    """Run a tool; tell its status and what it complains of."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.returncode, (done.stdout + done.stderr).strip()


def test_the_container_file_is_clean() -> None:
    """Hadolint has nothing to say, not even as advice."""
    assert (0, "") == said(BIN / "hadolint", DEPLOY / "Containerfile")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)
    assert [] == [name for line in copied for name in line.split() if not (ROOT / name).exists()]


def test_a_fault_in_a_container_file_would_be_found(tmp_path: Path) -> None:
    """The tool is really there and really looks."""
    (tmp_path / "Containerfile").write_text("FROM python:latest\nRUN cd /srv && sudo pip install signatures\n")
    status, complaints = said(BIN / "hadolint", tmp_path / "Containerfile")
    assert (1, True) == (status, "DL3007" in complaints)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_compose_files_are_of_the_schema(path: Path) -> None:
    """The Compose Specification's own schema takes them; each mount has its volume."""
    assert 0 == said(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)[0]
    told = read(path.read_text())
    mounted = {mount.partition(":")[0] for service in told["services"].values() for mount in service["volumes"]}
    assert told["volumes"].keys() == mounted


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="units are read by systemd-analyze, which is not here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_units_are_what_systemd_reads(path: Path, tmp_path: Path) -> None:
    """No unknown word, no missing unit: with all others beside it, and programs that are there."""
    for unit in UNITS:
        text = re.sub(r"(?<==)/\S+/bin/\S+", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    assert (0, "") == said("systemd-analyze", "verify", "--recursive-errors=no", tmp_path / path.name)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="units are read by systemd-analyze, which is not here")
def test_a_fault_in_a_unit_would_be_found(tmp_path: Path) -> None:
    """A word that systemd does not know is told."""
    text = (DEPLOY / "signatures.socket").read_text().replace("ListenStream", "ListenSteam")
    (tmp_path / "signatures.socket").write_text(text)
    assert "ListenSteam" in said("systemd-analyze", "verify", tmp_path / "signatures.socket")[1]


def test_the_service_is_given_longer_than_its_requests() -> None:
    """Systemd waits longer for the end than gunicorn waits for the last requests, and both files agree."""
    unit = (DEPLOY / "signatures.service").read_text()
    environ = {"SIGNATURES_DATABASE": "sqlite:////srv/register", "SIGNATURES_SECRET_KEY": "f7Kq2-xWz9" * 4}
    settings = gunicorn_settings("127.0.0.1:8000", read_settings(environ))
    (patience,) = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert settings["graceful_timeout"] < int(patience)
    shown = said(sys.executable, "-m", "gunicorn", "--config", DEPLOY / "gunicorn.conf.py", "--print-config", "a:b")[1]
    told = dict(re.findall(r"^(\w+) += (.*)$", shown, re.MULTILINE))
    same = settings.keys() - {"bind", "workers", "threads", "forwarded_allow_ips", "umask"}
    assert {name: str(settings[name]) for name in same} == {name: told[name] for name in same}


def test_alerts_are_as_prometheus_reads_them() -> None:
    """Groups of rules with the fields that there are, names that are names, times that are times."""
    told = read((DEPLOY / "alerts.yaml").read_text())
    rules = [rule for group in told["groups"] for rule in group["rules"]]
    assert {"groups"} == told.keys()
    assert [] == [rule for rule in rules if rule.keys() - {"alert", "expr", "for", "labels", "annotations"}]
    assert [] == [rule["alert"] for rule in rules if not re.fullmatch("Signatures[A-Z][A-Za-z]+", rule["alert"])]
    assert [] == [rule for rule in rules if not re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))]
    assert [] == [rule["expr"] for rule in rules if rule["expr"].count("(") != rule["expr"].count(")")]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    assert {"page", "ticket"} == {rule["labels"]["severity"] for rule in rules}


def test_the_run_book_names_every_file_that_is_deployed() -> None:
    """Its first table has each."""
    runbook = (DEPLOY / "README.md").read_text()
    there = {path.name for path in DEPLOY.iterdir() if path.name != "README.md"}
    assert set() == {name for name in there if f"`{name}" not in runbook}

"""Auditing: a bundle on bare Python against SHA-256 of the same bytes, and how much memory that takes at any length."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import wsgi
from signatures.room import Room
from tests.benchmarks.filling import EVENTS, sized
from tests.benchmarks.timing import Figure, seconds
from tests.bundles import export
from tests.clock import FixedClock

SMALL = 10_000
ROOT = Path(__file__).parents[2]
CHUNK = 1 << 20
AUDIT = """
import sys
from projections.audit import main
status = main(sys.argv[1:])
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
sys.exit(status)
"""
SECRET = "only-for-the-bench-" + "k" * 40
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Audit(NamedTuple):
    """One audit: how many entries, how long it took and hashing the same bytes did, and the most memory it held."""

    entries: int
    seconds: float
    hashing: float
    megabytes: float


def audit_against_hashing(folder: Path, large: int) -> list[Figure]:
    """Audit a small and a large bundle in processes of their own."""
    small, whole = (_audited(folder / f"audit-{size}", size) for size in (SMALL, large))
    words = f"audit of {whole.entries:,} events"
    spread = f"{whole.seconds:.0f} s, {whole.hashing:.1f} s"
    return [
        Figure(f"{words} against SHA-256 of the same bytes", whole.hashing / whole.seconds, 0.015, "times the speed", spread=spread),
        Figure(f"{words}: most memory", whole.megabytes, 150, "MB", at_most=True),
        Figure(f"audit of {small.entries:,} events: most memory", small.megabytes, 150, "MB", at_most=True),
    ]  # fmt: skip


def _audited(folder: Path, entries: int) -> Audit:
    bundle = _bundle(folder, int(entries / (EVENTS + 1)))
    files = [path for path in bundle.rglob("*") if path.is_file()]
    told: list[str] = []
    took = seconds(lambda: told.append(_audit(bundle)))
    hashing = seconds(lambda: [_hash(path) for path in files])
    with (bundle / "entries.jsonl").open("rb") as file:
        count = sum(1 for _ in file)
    return Audit(count, took, hashing, int(told[0]) / 1024)


def _audit(bundle: Path) -> str:
    """Audit on bare Python; tell the most memory that it held, in kB: of the process alone, not of the one that began it."""
    command = [sys.executable, "-S", "-E", "-s", "-c", AUDIT, str(bundle)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()[-2]


def _hash(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
    return digest.digest()


def _bundle(folder: Path, signatures: int) -> Path:
    environ = {
        "SIGNATURES_DATABASE": f"sqlite:///{folder}/register",
        "SIGNATURES_SECRET_KEY": SECRET,
        "SIGNATURES_STATE_DIR": str(folder / "state"),
    }
    clock = FixedClock(NOW)
    wsgi.initialise(environ, clock)
    sized(environ["SIGNATURES_DATABASE"], "bench", signatures, clock, registered=True)
    with closing(Room(environ, clock)) as room:
        room.checkpoints.make_due()
        return export(room, folder / "bundle")

"""A worker's start: how long until its first answer, and how much memory it holds then, with few signatures and with many."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import wsgi
from tests.benchmarks.filling import sized
from tests.benchmarks.timing import Figure
from tests.benchmarks.writing import NOW
from tests.clock import FixedClock

FEW = 1_000
ROUNDS = 5
PAGE = "/api/v1/statements/bench/signatories?as_of=2020-11-01&limit=100"
WORKER = f"""
import json, sys, time
from pathlib import Path
import wsgi
began = time.perf_counter()
app = wsgi.create_app(dict(zip(("SIGNATURES_DATABASE", "SIGNATURES_SECRET_KEY", "SIGNATURES_STATE_DIR"), sys.argv[1:])))
made = time.perf_counter()
assert app.test_client().get({PAGE!r}).status_code == 200
answered = time.perf_counter()
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(json.dumps([made - began, answered - began, int(status["VmHWM"].split()[0]) / 1024]))
"""


def start_of_a_worker(folder: Path, large: int) -> list[Figure]:
    """Start workers by turns on a register of a thousand signatures and on one of many, whose views are there."""
    arguments = {size: _register(folder, size) for size in (FEW, large)}
    found: dict[int, list[tuple[float, float, float]]] = {size: [] for size in arguments}
    for _ in range(1 + ROUNDS):  # the first start of all catches up
        for size, given in arguments.items():
            found[size].append(_start(given))
    few, many = ([statistics.median(column) for column in zip(*found[size][1:], strict=True)] for size in (FEW, large))
    told = f"{many[0] * 1000:.0f} ms until it takes requests, {many[1] * 1000:.0f} ms with the first answer"
    return [
        Figure(
            f"start of a worker and first answer, {large:,} signatures against {FEW:,}",
            many[1] / few[1],
            1.25,
            "times the time",
            at_most=True,
            spread=told,
        ),
        Figure(
            f"most memory of that worker, {large:,} signatures against {FEW:,}",
            many[2] / few[2],
            1.1,
            "times the memory",
            at_most=True,
            spread=f"{many[2]:.0f} MB against {few[2]:.0f} MB",
        ),
    ]


def _register(folder: Path, size: int) -> list[str]:
    place = folder / f"views{size}"  # as another group leaves it, perhaps
    url, secret, state = f"sqlite:///{place}", "only-for-the-bench-" + "k" * 40, str(place / "state")
    if not (place / "register.db").exists():
        sized(url, "bench", size, FixedClock(NOW)).store.database.close()
    wsgi.initialise({"SIGNATURES_DATABASE": url, "SIGNATURES_SECRET_KEY": secret, "SIGNATURES_STATE_DIR": state})
    return [url, secret, state]


def _start(arguments: list[str]) -> tuple[float, float, float]:
    told = subprocess.run([sys.executable, "-c", WORKER, *arguments], check=True, capture_output=True, text=True).stdout
    made, answered, megabytes = json.loads(told)
    return made, answered, megabytes

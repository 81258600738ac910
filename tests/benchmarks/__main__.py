"""Run the benchmarks: `python -m tests.benchmarks [SIGNATURES] [GROUP …]`; prints a table and writes var/bench.json.

How costs grow is drawn, too, where the group `views` is among them (it is, if none is named).
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks import auditing, finding, flushing, reading, serving, sizes, starting, views, writing
from tests.benchmarks.machine import described
from tests.benchmarks.plot import Growth, drawn
from tests.benchmarks.timing import Figure

LARGE = 1_000_000
TARGET = Path("var/bench.json")
DRAWING = Path("deploy/growth.svg")
DRAWN = {
    views.MIDDLE: "page of 100",
    "counts on another date": "counts",
    "history from the middle": "history",
    views.FIND: "find a name",
    "inclusion proof": "proof",
    views.SIGN: "sign",
}
Group = Callable[[Path, int], list[Figure]]
growth: Growth = {}


def _views(folder: Path, large: int) -> list[Figure]:
    figures, grown = views.views(folder, large)
    growth.update({DRAWN[name]: times for name, times in grown.items() if name in DRAWN})
    return figures


GROUPS: dict[str, Group] = {
    "sign": lambda folder, _: writing.sign_against_commit(folder),
    "sign-postgresql": lambda folder, _: writing.sign_against_commit_on_a_server(folder),
    "tree": lambda folder, _: writing.sign_with_tree(folder),
    "posts": lambda folder, _: writing.posts_against_crud(folder),
    "flush-2ms": lambda folder, _: flushing.with_slow_flushes(folder, 2),
    "flush-5ms": lambda folder, _: flushing.with_slow_flushes(folder, 5),
    "list": lambda folder, _: reading.list_against_hello(folder),
    "served": lambda folder, _: serving.list_over_http(folder),
    "views": _views,
    "start": starting.start_of_a_worker,
    "pages": lambda folder, _: [finding.first_pages(folder)],
    "find": lambda folder, _: [finding.finding(f"sqlite:///{folder}/find")],
    "find-postgresql": lambda _folder, _: finding.finding_on_a_server(),
    "audit": auditing.audit_against_hashing,
    "sizes": lambda folder, _: sizes.sizes(folder),
}


def main() -> None:
    """Measure, print as it comes, and write all figures."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdecimal()]
    names = [word for word in sys.argv[1:] if not word.isdecimal()] or list(GROUPS)
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        machine = described(Path(folder))
        print(" · ".join(f"{name} {value}" for name, value in machine.items()), end="\n\n")
        for name in names:
            figures += shown(GROUPS[name](Path(folder), numbers[0] if numbers else LARGE))
    told = {"machine": machine, "figures": [figure.as_json() for figure in figures], "growth": growth}
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(json.dumps(told, indent=2) + "\n")
    if growth:
        DRAWING.write_text(drawn(growth, "What one question costs as a list grows (SQLite)"))
    print(f"\n{sum(figure.holds for figure in figures)} of {len(figures)} goals reached; written to {TARGET}")


def shown(figures: list[Figure]) -> list[Figure]:
    """Print figures as lines of the table."""
    for figure in figures:
        goal = f"{'≤' if figure.at_most else '≥'} {figure.goal}"
        print(
            f"{'ok ' if figure.holds else '-- '} {figure.name:<84} {figure.value:>9.3f} {goal:>8} {figure.unit}  {figure.spread}",
            flush=True,
        )
    return figures


main()

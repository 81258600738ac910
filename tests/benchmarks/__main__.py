"""Run the benchmarks: `python -m tests.benchmarks [SIGNATURES]`; prints a table and writes var/bench.json."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import auditing, finding, reading, writing
from tests.benchmarks.timing import Figure

LARGE = 1_000_000


def main() -> None:
    """Measure, print as it comes, and write all figures."""
    large = int(sys.argv[1]) if len(sys.argv) > 1 else LARGE
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for measure in (writing.sign_against_commit, writing.sign_with_tree, reading.list_against_hello):
            figures += shown(measure(Path(folder)))
        figures += shown(reading.large_against_small(Path(folder), large))
        figures += shown([finding.first_pages(Path(folder)), finding.finding(f"sqlite:///{folder}/find")])
        figures += shown(auditing.audit_against_hashing(Path(folder), large))
    target = Path("var/bench.json")
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    print(f"\n{sum(figure.holds for figure in figures)} of {len(figures)} goals reached; written to {target}")


def shown(figures: list[Figure]) -> list[Figure]:
    """Print figures as lines of the table."""
    for figure in figures:
        goal = f"{'≤' if figure.at_most else '≥'} {figure.goal}"
        print(
            f"{'ok ' if figure.holds else '-- '} {figure.name:<72} {figure.value:>9.3f} {goal:>8} {figure.unit}  {figure.spread}",
            flush=True,
        )
    return figures


main()

"""How a ratio is measured: two things by turns, many times, and their medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Figure(NamedTuple):
    """One line of the table: what, how much, the goal, and whether it holds (a goal that ends in `max` is an upper one)."""

    name: str
    value: float
    goal: float
    unit: str
    at_most: bool = False
    spread: str = ""

    @property
    def holds(self) -> bool:
        """Whether the goal is met."""
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    def as_json(self) -> dict[str, Any]:
        """Write it as `var/bench.json` has it."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "goal": self.goal,
            "unit": self.unit,
            "holds": self.holds,
            "spread": self.spread,
        }


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def by_turns(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Time two things by turns, so that a noisy moment meets both."""
    ours(), theirs()
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def ratio(name: str, goal: float, ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> Figure:
    """Measure how our speed compares with theirs: 1 is as fast, 0.5 half as fast."""
    mine, others = by_turns(ours, theirs, rounds)
    ratios = sorted(b / a for a, b in zip(mine, others, strict=True))
    spread = f"{ratios[len(ratios) // 10]:.2f} to {ratios[-1 - len(ratios) // 10]:.2f}"
    return Figure(name, statistics.median(others) / statistics.median(mine), goal, "times the speed", spread=spread)

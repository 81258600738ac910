"""Metrics for Prometheus: how many requests, how long they took, over all workers; and whatever is known when they are read.

Labels are methods, rules and statuses: never an address, a name or a number out of a path.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple, TextIO

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from signatures.web.serving import FIGURES

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Gauge(NamedTuple):
    """A figure that is known when it is read."""

    name: str
    help: str
    value: float
    labels: dict[str, str]


class Metrics:
    """What one process counts; read by any of them for all."""

    def __init__(self) -> None:
        """Count in a file that all workers read, where `serve` has named a folder; else in memory."""
        self.folder = os.environ.get(FIGURES)
        if self.folder:
            self._slot, name = take_slot(Path(self.folder))
            values.ValueClass = values.MultiProcessValue(lambda: name)  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "signatures_requests", "Requests answered.", ("method", "rule", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "signatures_request_seconds",
            "Seconds until the whole answer was out.",
            ("method", "rule"),
            buckets=SECONDS,
            registry=self.registry,
        )

    def count(self, method: str, rule: str, status: str, seconds: float) -> None:
        """Count a request."""
        self.requests.labels(method, rule, status).inc()
        self.seconds.labels(method, rule).observe(seconds)

    def text(self, gauges: Iterable[Gauge]) -> bytes:
        """Write everything as Prometheus reads it."""
        registry = CollectorRegistry()
        if self.folder:
            MultiProcessCollector(registry, self.folder)  # type: ignore[no-untyped-call]
        else:
            registry.register(self.requests)
            registry.register(self.seconds)
        registry.register(_Known(gauges))
        return generate_latest(registry)


class _Known(Collector):
    """Hands over metrics that were asked for just now."""

    def __init__(self, gauges: Iterable[Gauge]) -> None:
        self.gauges = list(gauges)

    def collect(self) -> Iterator[Metric]:
        """Give each its family."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self.gauges:
            names = sorted(gauge.labels)
            family = families.setdefault(gauge.name, GaugeMetricFamily(gauge.name, gauge.help, labels=names))
            family.add_metric([gauge.labels[name] for name in names], gauge.value)
        yield from families.values()


def take_slot(folder: Path) -> tuple[TextIO, str]:
    """Take the first place that no living process has: a worker in the place of a dead one goes on with its metrics.

    So metrics never fall, and there are never more files than there were workers at once.
    """
    for number in count():
        file = (folder / f"slot-{number}").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return file, str(number)
    raise AssertionError

"""What those who watch ask: `/healthz` whether lists can be read, `/readyz` everything, `/metrics` metrics for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, abort, jsonify, request

from projections.health import FAILING, STATES, Check, Health, worst

if TYPE_CHECKING:
    from signatures.web.metrics import Gauge, Metrics

TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Door(NamedTuple):
    """Who reads the metrics."""

    metrics: Metrics
    token: str


def blueprint(health: Health, door: Door | None) -> Blueprint:
    """Make the blueprint `health` over the checks of a register; metrics are there where somebody may read them."""
    watching = Blueprint("health", __name__)

    @watching.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """Tell whether reading works, how far the views are, and how far the clock is behind the log."""
        told = health.reading()
        return jsonify(told), _status(told["status"])

    @watching.get("/readyz")
    def readyz() -> tuple[Response, int]:
        """Tell everything that is watched, each with its figure and its place in the run-book."""
        checks = health.checks()
        state = worst(checks)
        return jsonify(status=state, checks=[check.told() for check in checks]), _status(state)

    @watching.get("/metrics")
    def metrics() -> Response:
        """Tell the metrics of all workers, and those of every check, as Prometheus reads them."""
        if door is None:
            abort(404)
        if not _brings(door.token):
            return Response("A token is needed.\n", 401, {"WWW-Authenticate": "Bearer"}, content_type="text/plain")
        return Response(door.metrics.text(gauges(health.checks())), content_type=TEXT)

    @watching.after_request
    def never_kept(response: Response) -> Response:
        """Say that the answer holds for this moment alone."""
        response.headers["Cache-Control"] = "no-store"
        return response

    return watching


def gauges(checks: list[Check]) -> Iterator[Gauge]:
    """Tell the state of each check (0 ok, 1 warning, 2 failing), and its figure under its own name."""
    from signatures.web.metrics import Gauge  # noqa: PLC0415 - an import that takes its time, and that few need

    for check in checks:
        yield Gauge("signatures_check", "0 ok, 1 warning, 2 failing.", STATES.index(check.state), {"check": check.name})
        if check.value is not None:
            name = f"signatures_{check.name.replace('-', '_')}_{check.unit}"
            yield Gauge(name, f"What the check {check.name} has measured.", check.value, {})


def _brings(token: str) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and compare_digest(given.strip().encode(), token.encode())


def _status(state: str) -> int:
    return 503 if state == FAILING else 200

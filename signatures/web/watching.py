"""What is seen of each request, from outside of everything else: an id, how long it took, and what became of it.

Neither address nor path is noted: people's addresses and secret links stand there. The rule of the path is.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from random import getrandbits
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask, request
from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from signatures.web.metrics import Metrics  # an import that takes its time, and that few need

SEEN = "signatures.seen"
HEADER = "X-Request-Id"
WELL_FORMED = re.compile(r"[0-9A-Za-z_-]{8,64}")
METHODS = {name: name for name in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")}
LEVELS = {"500": logging.ERROR, "502": logging.WARNING, "503": logging.WARNING}
KEPT, NOWHERE, OTHER = "kept", "none", "other"
REQUESTS = "signatures.requests"
request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
log = logging.getLogger(REQUESTS)


class Seen:
    """A request on its way; `rule` stays `kept` where the doorkeeper answers."""

    __slots__ = ("began", "id", "method", "rule", "status")

    def __init__(self, environ: WSGIEnvironment) -> None:
        """Take the id that a proxy in front has given, if it is well formed."""
        given = environ.get("HTTP_X_REQUEST_ID")
        self.began, self.status, self.rule = perf_counter(), "500", KEPT
        self.id = given if given and WELL_FORMED.fullmatch(given) else f"{getrandbits(64):016x}"
        self.method = METHODS.get(environ["REQUEST_METHOD"], OTHER)


class Watch:
    """A WSGI application around another one."""

    def __init__(self, inner: WSGIApplication, metrics: Metrics | None) -> None:
        """Watch an application; count only where somebody reads the metrics."""
        self.inner, self.metrics = inner, metrics

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from inside, and note it when the whole answer is out."""
        seen = Seen(environ)
        environ[SEEN] = seen
        request_id.set(seen.id)

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
            seen.status = status[:3]
            return start_response(status, [*headers, (HEADER, seen.id)], exc_info)

        try:
            chunks = self.inner(environ, begin)
        except BaseException:
            self._note(seen)
            raise
        if isinstance(chunks, list):
            self._note(seen)
            return chunks
        return ClosingIterator(chunks, lambda: self._note(seen))

    def _note(self, seen: Seen) -> None:
        level = LEVELS.get(seen.status, logging.INFO)
        if log.isEnabledFor(level):
            ms = round((perf_counter() - seen.began) * 1000, 2)
            told = {"method": seen.method, "rule": seen.rule, "status": int(seen.status), "ms": ms}
            log.log(level, "request", extra=told)
        if self.metrics is not None:
            self.metrics.count(seen.method, seen.rule, seen.status, perf_counter() - seen.began)
        request_id.set(None)


def install_watch(app: Flask, metrics: Metrics | None) -> None:
    """Watch all requests of an app; called last, so that the watch stands outside of everything."""

    @app.url_value_preprocessor
    def note_rule(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        """Note the rule of the address, never the address."""
        seen: Seen | None = request.environ.get(SEEN)
        if seen is not None:
            seen.rule = request.url_rule.rule if request.url_rule else NOWHERE

    app.wsgi_app = Watch(app.wsgi_app, metrics)  # type: ignore[method-assign]

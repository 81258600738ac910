"""A keeper at the door: what was answered before is answered again before any routing, while nothing it depends on changed.

An answer to a GET depends on the log's last entry, on the calendar day somewhere on earth, on the request's own address,
and, for a page, on the terms of signing. Offsets from UTC are whole quarters of an hour: within one no day begins anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.http import parse_etags

from projections.answers import Kept
from projections.log import Newest
from projections.web import dated
from projections.web.dated import DAYS, OVERHEAD, Days, Reply, Stretches
from projections.web.hatch import Hatch
from projections.web.seen import KNOWN
from signatures.clock import Clock
from signatures.errors import RegisterError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Never /timegate/: it negotiates.
PLACES = ("/api/v1/statements", "/statements/", "/organisations", "/sitemap", "/embed/", "/timemap/", "/feeds/")
ROOM = 32 * 2**20  # bytes of bodies kept in one process
WITHOUT_TERMS = "/api/v1/"
QUARTER = 900  # seconds
ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "HTTP_ACCEPT_LANGUAGE")
PRIVATE = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_RANGE", "HTTP_MIN_POSITION")
ABOUT_THE_BODY = ("content-type", "content-length", "content-encoding")
LIMIT = 512  # characters of a query string worth keeping


class Version(NamedTuple):
    """What an answer depends on, beside its own address."""

    position: int
    leaf_hash: bytes
    terms: str
    quarter: int


class Doorkeeper:
    """A WSGI application around another one."""

    def __init__(
        self,
        inner: WSGIApplication,
        newest: Callable[[], Newest | None],
        clock: Clock,
        terms: Callable[[], str],
        hatch: Hatch,
    ) -> None:
        """Stand before an application with its hatch, and look at a log, a clock and when the terms were changed last."""
        self.inner, self.newest, self.clock, self.terms, self.hatch = inner, newest, clock, terms, hatch
        self._kept = Kept(ROOM)
        self._stretches = Stretches(self._kept)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept, compose it at the hatch, or ask inside; and keep what may be kept."""
        version = self._version(environ) if _may_keep(environ) else None
        if version is None or not _is_known(environ, version.position):
            return self.inner(environ, start_response)
        reply = self._find(environ, version) or self._compose(environ, version)
        if reply is None:
            return self._ask(environ, version, start_response)
        return _answer(reply, environ, start_response)

    def _version(self, environ: WSGIEnvironment) -> Version | None:
        """Tell by what it is seen that nothing changed; None where that cannot be told, which is said in words inside."""
        try:
            last = self.newest()
            terms = "" if environ["PATH_INFO"].startswith(WITHOUT_TERMS) else self.terms()
        except RegisterError:
            return None
        if last is None:
            return None
        return Version(last.position, last.leaf_hash, terms, int(self.clock().timestamp()) // QUARTER)

    def _find(self, environ: WSGIEnvironment, version: Version) -> Reply | None:
        query = environ.get("QUERY_STRING", "")
        reply: Reply | None = self._kept.look(_place(environ, query, version))
        if reply is None and (asked := dated.read(query)):
            reply = self._stretches.find(_place(environ, asked.others, version), asked.day)
        return reply

    def _compose(self, environ: WSGIEnvironment, version: Version) -> Reply | None:
        composed = self.hatch.composed(environ)
        if composed is None:
            return None
        self._keep(environ, version, *composed)
        return composed.reply

    def _keep(self, environ: WSGIEnvironment, version: Version, reply: Reply, days: Days | None) -> None:
        """Keep a reply that may be kept, and that knows as much as the log did."""
        values = {name.lower(): value for name, value in reply.headers}
        complete = int(values.get(KNOWN.lower(), version.position)) >= version.position
        if not complete or "no-store" in values.get("cache-control", "") or "set-cookie" in values:
            return
        query = environ.get("QUERY_STRING", "")
        self._kept.get(_place(environ, query, version), lambda: reply, lambda kept: OVERHEAD + len(kept.body))
        if days is not None and (asked := dated.read(query)):
            self._stretches.keep(_place(environ, asked.others, version), asked.day, reply, days)

    def _ask(self, environ: WSGIEnvironment, version: Version, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on without its condition, so that there is a body to keep; then answer by the condition."""
        told: list[tuple[str, list[tuple[str, str]]]] = []

        def listen(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
            told.append((status, headers))
            return lambda _chunk: None

        unconditional = {name: value for name, value in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        chunks = self.inner(unconditional, listen)
        try:
            body = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        status, headers = told[-1]
        values = {name.lower(): value for name, value in headers}
        reply = Reply(headers, body, values.get("etag", "").removeprefix("W/").strip('"'))
        if not status.startswith("200") or not reply.tag:
            start_response(status, headers)
            return [body]
        self._keep(environ, version, reply, unconditional.get(DAYS))
        self.hatch.learn(environ, reply)
        return _answer(reply, environ, start_response)


def _may_keep(environ: WSGIEnvironment) -> bool:
    path = environ.get("PATH_INFO", "")
    return (
        environ["REQUEST_METHOD"] == "GET"
        and (path == "/" or path.startswith(PLACES))
        and not any(name in environ for name in PRIVATE)
        and len(environ.get("QUERY_STRING", "")) <= LIMIT
    )


def _is_known(environ: WSGIEnvironment, position: int) -> bool:
    """Tell whether a reader has seen no more of the log than is there; whoever has waits inside."""
    seen = environ.get("HTTP_MIN_POSITION", "0")
    return seen.isdecimal() and int(seen) <= position


def _place(environ: WSGIEnvironment, query: str, version: Version) -> Hashable:
    return (query, *map(environ.get, ADDRESS), version)


def _answer(reply: Reply, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    held = environ.get("HTTP_IF_NONE_MATCH")
    if held is not None and _holds(held, reply.tag):
        start_response("304 NOT MODIFIED", [one for one in reply.headers if one[0].lower() not in ABOUT_THE_BODY])
        return [b""]
    start_response("200 OK", list(reply.headers))
    return [reply.body]


def _holds(header: str, tag: str) -> bool:
    """Tell whether a client holds these bytes, also by the tag that a compressing proxy made of ours."""
    tags = parse_etags(header)
    return tags.contains_weak(tag) or tags.contains_weak(f"{tag}-gzip") or tags.contains_weak(f"{tag}-br")

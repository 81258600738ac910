"""A keeper at the door: what was answered before is answered again before any routing, while nothing it depends on changed.

An answer to a GET depends on the log's last entry, on the terms of signing, on the calendar day somewhere on earth, and on
the request's own address. Offsets from UTC are whole quarters of an hour, so within one quarter no day begins anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from werkzeug.http import parse_etags

from projections.answers import Kept
from projections.log import Newest
from signatures.clock import Clock
from signatures.errors import RegisterError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Never /timegate/: it negotiates.
PLACES = ("/api/v1/statements", "/statements/", "/organisations", "/sitemap", "/embed/", "/timemap/", "/feeds/")
ROOM = 32 * 2**20  # bytes of bodies kept in one process
QUARTER = 900  # seconds
ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT_LANGUAGE")
PRIVATE = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_RANGE")
ABOUT_THE_BODY = ("content-type", "content-length", "content-encoding")
LIMIT = 512  # characters of a query string worth keeping


class Reply(NamedTuple):
    """A whole reply, and the tag that names its bytes."""

    headers: list[tuple[str, str]]
    body: bytes
    tag: str


class Doorkeeper:
    """A WSGI application around another one."""

    def __init__(
        self,
        inner: WSGIApplication,
        newest: Callable[[], Newest | None],
        clock: Clock,
        terms: Callable[[], str] = str,
    ) -> None:
        """Stand before an application, and look at a log, a clock and when the terms were changed last."""
        self.inner, self.newest, self.clock, self.terms = inner, newest, clock, terms
        self._kept = Kept(ROOM)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept, or ask inside and keep what may be kept."""
        if not self._may_keep(environ):
            return self.inner(environ, start_response)
        try:
            last, terms = self.newest(), self.terms()
        except RegisterError:  # inside, a store that cannot be read is told in words
            last, terms = None, ""
        if last is None:
            return self.inner(environ, start_response)
        quarter = int(self.clock().timestamp()) // QUARTER
        key = (*(environ.get(name) for name in ADDRESS), last.position, last.leaf_hash, terms, quarter)
        reply: Reply | None = self._kept.look(key)
        if reply is None:
            return self._ask(key, environ, start_response)
        return _answer(reply, environ, start_response)

    @staticmethod
    def _may_keep(environ: WSGIEnvironment) -> bool:
        return (
            environ["REQUEST_METHOD"] == "GET"
            and (environ.get("PATH_INFO", "").startswith(PLACES) or environ.get("PATH_INFO") == "/")
            and not any(name in environ for name in PRIVATE)
            and len(environ.get("QUERY_STRING", "")) <= LIMIT
        )

    def _ask(self, key: Any, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
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
        if "no-store" not in values.get("cache-control", "") and "set-cookie" not in values:
            self._kept.get(key, lambda: reply, lambda kept: len(kept.body) + 1024)
        return _answer(reply, environ, start_response)


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

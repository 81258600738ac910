"""A receiver of webhooks on loopback, which verifies what it gets as Standard Webhooks has it."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Got(NamedTuple):
    """A message as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    def verified(self, key: str) -> dict[str, Any]:
        """Read the message, once one of its signatures is by this public key; InvalidSignature otherwise."""
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
        signed = ".".join((self.headers["webhook-id"], self.headers["webhook-timestamp"], "")).encode() + self.body
        given = [one.partition(",") for one in self.headers["webhook-signature"].split(" ")]
        assert {"v1a"} == {version for version, _, _ in given}
        if not any(_fits(public, base64.b64decode(signature, validate=True), signed) for _, _, signature in given):
            raise InvalidSignature
        told: dict[str, Any] = json.loads(self.body)
        return told


def _fits(public: Ed25519PublicKey, signature: bytes, signed: bytes) -> bool:
    with suppress(InvalidSignature):
        public.verify(signature, signed)
        return True
    return False


class Receiver:
    """Takes every message, unless `act` does something else with the connection."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.act: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.url = ""

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        """Note a message and answer it."""
        body = asked.rfile.read(int(asked.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in asked.headers.items()}
        self.got.append(Got(asked.path, headers, body))
        if self.act is not None:
            with suppress(OSError):
                self.act(asked)
            return
        asked.send_response(self.status)
        for name, value in self.headers.items():
            asked.send_header(name, value)
        asked.end_headers()


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Receive on a free loopback port, over TLS where there is a context."""
    receiver = Receiver()

    class Asked(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_POST(self) -> None:
            """Take a message."""
            receiver.answer(self)

        def do_GET(self) -> None:
            """Note that somebody followed a redirect."""
            receiver.got.append(Got(self.path, {}, b""))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        """Says nothing of clients that hang up."""

        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing."""

    server = Quiet(("127.0.0.1", 0), Asked)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="receiver")
    thread.start()
    receiver.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}/hook?of=us"
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

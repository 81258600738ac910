"""One message to one receiver: a single POST to an address that was looked at, within a deadline, no redirects, no proxies."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import NamedTuple

from signatures.webhooks.addresses import Address, Network, Target, Unreachable, resolve

CONNECT_SECONDS = 5.0  # for each address
SECONDS = 20.0  # for all of it, however slowly it comes
ADDRESSES = 3  # of one name are tried
ANSWER = 16_384  # bytes of an answer are taken and thrown away, so that the receiver can end in peace
PATIENCE = re.compile(r"[0-9]{1,6}\Z")
AGENT = "signatures-webhooks"


FAULTS = {
    "unknown": "The name of the host is not known.",
    "private": "The host has an address that is not public.",
    "untrusted": "The certificate of the host cannot be trusted.",
    "late": "The host did not answer in time.",
    "unreachable": "The host cannot be reached, or hung up.",
    "no-http": "The host answered something that is no HTTP.",
    "unsent": "It could not be sent, by a fault of ours.",
}


class Answered(NamedTuple):
    """What came of an attempt: the status that the receiver gave, or None and one of FAULTS; in how many seconds to come again."""

    status: int | None
    fault: str | None = None
    retry_after: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300


class Pinned(http.client.HTTPConnection):
    """A connection to one of the addresses that were looked at, whatever the name means by now."""

    def __init__(self, target: Target, addresses: Sequence[Address], context: ssl.SSLContext) -> None:
        """Keep where to go; nothing is opened yet."""
        super().__init__(target.host, target.port, timeout=SECONDS)
        self.target, self.addresses, self.context = target, addresses, context
        self.late = Event()

    def connect(self) -> None:
        """Open the connection to the first address that answers; over https the certificate must be the name's."""
        raw = self._open()
        self.handle = raw.dup()  # the same connection, by which it can be ended while another thread reads
        raw.settimeout(SECONDS)
        self.sock, self.clock = raw, self._started()
        if self.target.scheme == "https":
            secured = self.context.wrap_socket(raw, server_hostname=self.target.host, do_handshake_on_connect=False)
            self.sock = secured
            secured.do_handshake()

    def close(self) -> None:
        """End the connection and its deadline."""
        if clock := getattr(self, "clock", None):
            clock.cancel()
        super().close()
        if handle := getattr(self, "handle", None):
            handle.close()

    def _open(self) -> socket.socket:
        fault: OSError = OSError("no address")
        for address in self.addresses[:ADDRESSES]:
            try:
                return socket.create_connection((str(address), self.target.port), timeout=CONNECT_SECONDS)
            except OSError as error:
                fault = error
        raise fault

    def _started(self) -> Timer:
        clock = Timer(SECONDS, self._end)
        clock.daemon = True
        clock.start()
        return clock

    def _end(self) -> None:
        self.late.set()
        with suppress(OSError):
            self.handle.shutdown(socket.SHUT_RDWR)


class Sender:
    """Sends messages, each over a connection of its own."""

    def __init__(self, allowed: Sequence[Network] = (), context: ssl.SSLContext | None = None) -> None:
        """Reach public addresses, and networks that are allowed."""
        self.allowed = allowed
        self.context = context or ssl.create_default_context()

    def send(self, target: Target, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send a message and tell what the receiver said; nothing of its answer but the status is kept."""
        try:
            addresses = resolve(target, self.allowed)
        except Unreachable as fault:
            return Answered(None, fault.code)
        with self._connection(target, addresses) as connection:
            try:
                return _said(connection, headers, body)
            except ssl.SSLCertVerificationError:
                return Answered(None, "untrusted")
            except ssl.SSLError:
                return Answered(None, _late(connection) or "untrusted")
            except (OSError, http.client.HTTPException, ValueError) as error:
                return Answered(None, _late(connection) or _what_happened(error))

    @contextmanager
    def _connection(self, target: Target, addresses: Sequence[Address]) -> Iterator[Pinned]:
        connection = Pinned(target, addresses, self.context)
        try:
            yield connection
        finally:
            connection.close()


def _said(connection: Pinned, headers: Mapping[str, str], body: bytes) -> Answered:
    sent = {"Host": connection.target.authority, "User-Agent": AGENT, "Content-Type": "application/json", **headers}
    connection.request("POST", connection.target.path, body, {**sent, "Connection": "close"})
    answer = connection.getresponse()
    if fault := _late(connection):  # headers that were cut off by the deadline read like whole ones
        return Answered(None, fault)
    with suppress(OSError, http.client.HTTPException, ValueError):  # the status was said; what follows is thrown away
        answer.read(ANSWER)
    wait = answer.headers.get("Retry-After", "")
    return Answered(answer.status, None, int(wait) if PATIENCE.match(wait) else None)


def _late(connection: Pinned) -> str | None:
    return "late" if connection.late.is_set() else None


def _what_happened(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "late"
        case http.client.RemoteDisconnected() | ConnectionResetError() | BrokenPipeError():
            return "unreachable"
        case http.client.HTTPException() | ValueError():
            return "no-http"
        case _:
            return "unreachable"

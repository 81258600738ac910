"""A real mail server (aiosmtpd) on loopback that keeps what it takes, and can be told to refuse, to stall or to hang up."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "127.0.0.1"
STALL_SECONDS = 3600  # longer than any test; a connection that is lost ends it
PATIENCE = 20  # seconds until something that a test waits for must have happened


class Taken(NamedTuple):
    """A mail that the server acknowledged."""

    sender: str
    recipients: list[str]
    content: bytes
    encrypted: bool
    login: str | None

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return email.message_from_bytes(self.content, policy=email.policy.default)

    def part(self, subtype: str) -> str:
        """Read its `plain` or `html` alternative."""
        return part(self.message, subtype)


def part(message: EmailMessage, subtype: str) -> str:
    """Read the `plain` or `html` alternative of a message, whatever ends its lines."""
    found = message.get_body((subtype,))
    assert found is not None, f"there is no text/{subtype}"
    return str(found.get_content()).replace("\r\n", "\n")


class Mailserver:
    """What a test tells the server, and what the server took.

    `answers` maps a command (MAIL, RCPT, DATA) or a recipient's address to the reply it gets instead of 250; `stalls`
    names commands that are never answered; `hangs_up` those at which the connection is closed; `delay` are the seconds that
    it takes to read a mail.
    """

    def __init__(self) -> None:
        self.port = 0
        self.scheme = "smtp"
        self.logins: dict[str, str] = {}
        self.answers: dict[str, str] = {}
        self.stalls: set[str] = set()
        self.hangs_up: set[str] = set()
        self.delay = 0.0
        self.reached = {command: threading.Event() for command in ("MAIL", "RCPT", "DATA")}
        self.taken: list[Taken] = []
        self.connections = 0

    @property
    def url(self) -> str:
        """What SIGNATURES_SMTP_URL says for this server."""
        login = next((f"{quote(user, safe='')}:{quote(key, safe='')}@" for user, key in self.logins.items()), "")
        return f"{self.scheme}://{login}{HOST}:{self.port}"

    def recipients(self) -> list[str]:
        """List who got a mail, in the order of arrival."""
        return [address for one in self.taken for address in one.recipients]

    def ids(self) -> list[str]:
        """List the Message-IDs that arrived."""
        return [str(one.message["Message-ID"]) for one in self.taken]

    def wait_for(self, command: str) -> None:
        """Wait until a client has given a command."""
        assert self.reached[command].wait(PATIENCE), f"nobody came as far as {command}"

    # -- aiosmtpd's hooks ----------------------------------------------------------------------------------------

    async def handle_EHLO(  # noqa: N802 - the library's names
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender, if it has signed in where that is asked for."""
        if self.logins and not session.authenticated:
            return "530 5.7.0 Authentication required"
        answer = await self._answer(server, "MAIL", address)
        if answer.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient."""
        answer = await self._answer(server, "RCPT", address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a mail: it counts as acknowledged from here on."""
        await asyncio.sleep(self.delay)
        answer = await self._answer(server, "DATA", "")
        if answer.startswith("250"):
            given: Any = session.auth_data
            login = given.login.decode() if given else None
            content = bytes(envelope.original_content or b"")
            encrypted = bool(session.ssl) or self.scheme == "smtps"
            self.taken.append(Taken(str(envelope.mail_from), [*map(str, envelope.rcpt_tos)], content, encrypted, login))
        return answer

    async def _answer(self, server: SMTP, command: str, address: str) -> str:
        self.reached[command].set()
        if command in self.stalls:
            await asyncio.sleep(STALL_SECONDS)
        if command in self.hangs_up and server.transport is not None:
            server.transport.close()
            await asyncio.sleep(STALL_SECONDS)
        return self.answers.get(address) or self.answers.get(command) or "250 OK"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any
    ) -> AuthResult:
        """Know only the logins."""
        known = isinstance(given, LoginPassword) and self.logins.get(given.login.decode()) == given.password.decode()
        return AuthResult(success=known, handled=False, auth_data=given)


@contextmanager
def mailserver(
    *,
    port: int | None = None,
    certificate: Path | None = None,
    implicit: bool = False,
    login: tuple[str, str] | None = None,
) -> Iterator[Mailserver]:
    """Run a mail server; with a certificate it offers STARTTLS, or is encrypted from the start (`implicit`)."""
    told = Mailserver()
    told.port, told.scheme = port or free_port(), "smtps" if implicit else "smtp"
    context = _server_context(certificate) if certificate else None
    options: dict[str, Any] = {"ssl_context" if implicit else "tls_context": context} if context else {}
    if login is not None:
        told.logins = dict([login])
        options |= {"authenticator": told.authenticate, "auth_require_tls": context is not None and not implicit}
    controller = Controller(told, hostname=HOST, port=told.port, enable_SMTPUTF8=True, **options)
    controller.start()
    try:
        yield told
    finally:
        controller.stop()


def free_port() -> int:
    """Tell a port on which nobody listens just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def make_certificate(folder: Path) -> Path:
    """Write a key and a certificate that only its maker trusts, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loopback.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context

"""How mails leave: to a mail server over SMTP or, where none is set, as `.eml` files into the state folder."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, Protocol
from urllib.parse import unquote, urlsplit

from signatures.errors import InvalidInput
from signatures.folders import make_folder, sync_folder
from signatures.mail.answers import Rejected, Unreachable, Unsent, expect, named, what_happened
from signatures.mail.folding import CRLF

SECONDS = 20.0  # for each answer of the mail server
LAST_SECONDS = 60.0  # for its last one: a server that reads the mail first is slow, and giving up early sends it twice
PORTS = {"smtp": 25, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
HOW = "Write smtp://user:password@host:port or smtps://user:password@host:port."


class Transport(Protocol):
    """Takes mails. It is made for one run and closed after it."""

    def send(self, name: str, sender: str, recipient: str, message: EmailMessage) -> None:
        """Hand a mail over; when this returns it is somebody else's to deliver. Raises Unsent."""

    def close(self) -> None:
        """End the run."""


class MailServer(NamedTuple):
    """Where an SMTP server is, and who we are to it."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        """Leave user and password out."""
        return f"{'smtps' if self.tls else 'smtp'}://{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether it runs on this machine, where nobody listens in between."""
        return self.host in LOOPBACK


def parse_smtp_url(url: str) -> MailServer:
    """Read `smtp://user:password@host:port` (STARTTLS where it is offered) or `smtps://…`; InvalidInput for any other."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput(f"The address of the mail server cannot be read. {HOW}", field="smtp_url") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise InvalidInput(f"This is no address of a mail server. {HOW}", field="smtp_url")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidInput(f"Nothing may follow the mail server's host and port. {HOW}", field="smtp_url")
    if bool(parts.username) != bool(parts.password):
        raise InvalidInput(f"A mail server wants a user and a password, or neither. {HOW}", field="smtp_url")
    user, password = (unquote(text) if text else None for text in (parts.username, parts.password))
    return MailServer(parts.hostname, port or PORTS[parts.scheme], parts.scheme == "smtps", user, password)


class Smtp:
    """Sends over one SMTP connection, opened for the first mail and used for those after it."""

    def __init__(self, server: MailServer, our_name: str = "localhost") -> None:
        """Point at the server; `our_name` is how we greet it."""
        self.server, self.our_name = server, our_name
        self._client: smtplib.SMTP | None = None

    def send(self, name: str, sender: str, recipient: str, message: EmailMessage) -> None:  # noqa: ARG002 - a folder's name
        """Send a mail; when this returns the server has acknowledged it."""
        wide = not (sender + recipient).isascii()
        content = message.as_bytes(policy=CRLF.clone(utf8=wide))
        client = self._ready()
        if wide and not client.has_extn("smtputf8"):
            raise Rejected("The mail server cannot write to an address that is not in ASCII.")
        with self._watching(Unsent):
            self._hand_over(client, sender, recipient, content, ["SMTPUTF8", "BODY=8BITMIME"] if wide else [])

    def close(self) -> None:
        """Take leave of the server; whatever happens now is of no mail's concern."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            client.close()

    # -- inside --------------------------------------------------------------------------------------------------

    @staticmethod
    def _hand_over(client: smtplib.SMTP, sender: str, recipient: str, content: bytes, options: list[str]) -> None:
        expect(Unreachable, "the sender's address", *client.mail(sender, options))
        expect(Rejected, "the recipient's address", *client.rcpt(recipient))
        if client.sock is not None:
            client.sock.settimeout(LAST_SECONDS)
        try:
            expect(Rejected, "the mail", *client.data(content))
        except smtplib.SMTPDataError as error:
            expect(Rejected, "the mail", error.smtp_code, error.smtp_error)
        finally:
            if client.sock is not None:
                client.sock.settimeout(SECONDS)

    def _ready(self) -> smtplib.SMTP:
        """Get the connection, cleared of the mail before; a new one where the server has hung up meanwhile."""
        if self._client is not None:
            with suppress(OSError, smtplib.SMTPException):
                if self._client.rset()[0] == 250:
                    return self._client
            self._drop()
        with self._watching(Unreachable):
            self._client = self._connect()
        return self._client

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.tls:
            return self._signed_in(
                smtplib.SMTP_SSL(server.host, server.port, self.our_name, timeout=SECONDS, context=_context(server))
            )
        client = smtplib.SMTP(server.host, server.port, self.our_name, timeout=SECONDS)
        try:
            client.ehlo_or_helo_if_needed()
            offered = client.has_extn("starttls")
            if offered:
                client.starttls(context=_context(server))
            elif server.user and not server.local:
                raise Unreachable(
                    "The mail server offers no encryption, and a password is not sent without. Use smtps://."
                )
        except BaseException:
            client.close()
            raise
        return self._signed_in(client)

    def _signed_in(self, client: smtplib.SMTP) -> smtplib.SMTP:
        try:
            client.ehlo_or_helo_if_needed()
            if self.server.user and self.server.password:
                client.login(self.server.user, self.server.password)
        except BaseException:
            client.close()
            raise
        return client

    @contextmanager
    def _watching(self, fault: type[Unsent]) -> Iterator[None]:
        """Turn what can go wrong with a server into a fault of ours; a connection that failed is not used again."""
        try:
            yield
        except Unsent:
            raise
        except ValueError as error:
            if isinstance(error, ssl.SSLError):
                self._drop()
                raise fault("The mail server's certificate cannot be trusted.") from None
            raise Rejected("The address cannot be written in a mail.") from None  # smtplib refuses line breaks
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise fault(what_happened(error)) from None

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()


class Folder:
    """Writes each mail as a file of its own, as a whole or not at all; the same mail again is the same file."""

    def __init__(self, folder: Path) -> None:
        """Point at the folder; it is made for the first mail."""
        self.folder = folder

    def send(self, name: str, sender: str, recipient: str, message: EmailMessage) -> None:
        """Write NAME.eml, readable by its owner alone."""
        wide = not (sender + recipient).isascii()
        path, half = self.folder / f"{name}.eml", self.folder / f".{name}.tmp"
        try:
            make_folder(self.folder)
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(message.as_bytes(policy=CRLF.clone(utf8=wide)))
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
            sync_folder(self.folder)  # whoever calls notes that it was sent
        except OSError as error:
            raise Unreachable(f"The folder for mails cannot be written ({named(error)}).") from None

    def close(self) -> None:
        """Do nothing: every file is closed."""


def transport_of(smtp_url: str | None, state_dir: Path, our_name: str = "localhost") -> Transport:
    """Choose how mails leave."""
    return Smtp(parse_smtp_url(smtp_url), our_name) if smtp_url else Folder(state_dir / "outbox")


def _context(server: MailServer) -> ssl.SSLContext:
    """Trust whom the system trusts; on this machine a server's certificate is usually its own."""
    context = ssl.create_default_context()
    if server.local:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context

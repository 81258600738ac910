"""Where a webhook may go: to the open internet over https, never into the network that the register stands in.

A name is resolved once for each attempt, every address that it has is looked at, and the connection is made to one of
these very addresses: a name that answers differently a moment later leads nowhere else.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from signatures.errors import InvalidInput
from signatures.sentences import said

LIMIT = 2_000  # characters
LOOKING_SECONDS = 10.0  # for a name; the resolver itself may take minutes
PORTS = {"https": 443, "http": 80}
EVERYBODYS = 1_024  # below it stand the services of a machine; of these only a web server's is spoken to
NAT64 = IPv6Network("64:ff9b::/96")
TRANSLATED = IPv6Network("64:ff9b:1::/48")  # of one network alone
WHERE = said("Write an address like https://example.org/hook.")

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Unreachable(Exception):
    """A receiver has no address that may be spoken to; `code` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code: `unknown`, `late` or `private`."""
        super().__init__(code)
        self.code = code


class Target(NamedTuple):
    """A receiver's address, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Write host and port as the header Host has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse_networks(text: str) -> tuple[Network, ...]:
    """Read networks and addresses with spaces or commas between; ValueError for what is none."""
    return tuple(ip_network(word) for word in text.replace(",", " ").split())


def parse_target(url: str, allowed: Sequence[Network] = ()) -> Target:
    """Take a receiver's address apart, or refuse what can never be one. Over http only networks that are `allowed`."""
    if len(url) > LIMIT or not url.isascii() or not url.isprintable() or {" ", "\\"} & set(url):
        raise InvalidInput(
            said("An address has at most %(most)s ASCII characters and no spaces. %(where)s", most=LIMIT, where=WHERE),
            field="url",
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(said("This address cannot be read. %(where)s", where=WHERE), field="url") from None
    if not host or parts.scheme not in (("https", "http") if allowed else ("https",)):
        raise InvalidInput(said("Webhooks go over https. %(where)s", where=WHERE), field="url")
    if parts.username is not None or parts.password is not None or "#" in url:
        raise InvalidInput(said("An address has no user, password or fragment. %(where)s", where=WHERE), field="url")
    target = Target(
        parts.scheme,
        host,
        PORTS[parts.scheme] if port is None else port,
        (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    _refuse(target, allowed)
    return target


def _refuse(target: Target, allowed: Sequence[Network]) -> None:
    """Refuse what is known without asking anybody: an address that is not public, a port of another service."""
    literal = _literal(target.host)
    if literal is not None and not may_reach(literal, allowed, plain=target.scheme == "http"):
        raise InvalidInput(
            said("%(host)s is no public address. Webhooks go to public ones only.", host=target.host), field="url"
        )
    if literal is None and not all(0 < len(label) < 64 for label in target.host.rstrip(".").split(".")):
        raise InvalidInput(said("%(host)s is no name of a host. %(where)s", host=target.host, where=WHERE), field="url")
    if target.port not in PORTS.values() and target.port < EVERYBODYS:
        raise InvalidInput(
            said("Port %(port)s is another service's. Use 443 or one above 1023.", port=target.port), field="url"
        )


def resolve(target: Target, allowed: Sequence[Network] = ()) -> list[Address]:
    """Look a receiver's addresses up, once; raise Unreachable if there is none, or if any of them may not be reached."""
    addresses = _looked_up(target)
    if not addresses:
        raise Unreachable("unknown")
    if not all(may_reach(one, allowed, plain=target.scheme == "http") for one in addresses):
        raise Unreachable("private")
    return addresses


def _looked_up(target: Target) -> list[Address]:
    """Ask the resolver in a thread of its own, which is left alone when it takes too long: nothing else ends it."""
    answers: SimpleQueue[list[Address]] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []
        answers.put(list(dict.fromkeys(ip_address(str(place[0])) for *_, place in found)))

    Thread(target=ask, name="look-up", daemon=True).start()
    try:
        return answers.get(timeout=LOOKING_SECONDS)
    except Empty:
        raise Unreachable("late") from None


def may_reach(address: Address, allowed: Sequence[Network] = (), *, plain: bool = False) -> bool:
    """Tell whether an address is in an allowed network, or public, whatever form it is written in; a plain one must be allowed."""
    meant = _meant(address)
    if any(meant in network for network in allowed if network.version == meant.version):
        return True
    if plain or (isinstance(meant, IPv6Address) and (meant.is_site_local or meant in TRANSLATED)):
        return False
    return meant.is_global and not (meant.is_multicast or meant.is_reserved or meant.is_unspecified)


def _meant(address: Address) -> Address:
    """Give the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None

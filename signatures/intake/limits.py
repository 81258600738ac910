"""Limits: how often one network, address, statement, login or token may do what, with a reason for each figure."""

from __future__ import annotations

from importlib.resources import files
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import NamedTuple

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.strategies import MovingWindowRateLimiter

from signatures.clock import Clock
from signatures.database import Database
from signatures.errors import QuotaExceeded
from signatures.intake.tally import Tally

MINUTE, QUARTER, HOUR = 60, 900, 3600


class Rule(NamedTuple):
    """So many in so many seconds, whichever second one begins to count at."""

    amount: int
    seconds: int
    reason: str

    @property
    def item(self) -> RateLimitItem:
        """The rule as the `limits` library has it."""
        return RateLimitItemPerSecond(self.amount, self.seconds)


RULES = {
    "form": Rule(30, HOUR, "per network: an office that signs for its whole federation sends fewer in an hour"),
    "preview": Rule(300, HOUR, "per network: looking at the line again stores nothing, but costs a page"),
    "confirmation": Rule(
        300, QUARTER, "per network: a link dies of ten wrong codes by itself; this bounds trying many links"
    ),
    "self-service": Rule(60, QUARTER, "per network: correcting, withdrawing and answering; nobody does a tenth of it"),
    "sign-in": Rule(30, QUARTER, "per network: several editors behind one address who all mistype"),
    "sign-in-login": Rule(
        10, QUARTER, "per login and network: ten guesses, then a break; argon2id makes each one slow"
    ),
    "sign-in-anywhere": Rule(
        100, QUARTER, "per login: guesses from many networks, wide enough that few cannot lock one out"
    ),
    "address": Rule(60, HOUR, "per domain of an address, or whole address where a domain serves the public"),
    "statement": Rule(
        300, HOUR, "per statement: what comes beyond waits for an editor, with no mail; nothing is thrown away"
    ),
    "cosignature": Rule(
        1_200, HOUR, "per network: a witness that signs every few seconds; what it may not sign costs one verification"
    ),
    "api": Rule(300, MINUTE, "per token: five times the 60 requests a minute that are promised"),
}
"""What is counted, under the name that `Limits` takes. Beyond `address` and `statement` nothing is refused, but held."""

OPEN_TO_ALL = frozenset(files("signatures.intake").joinpath("open-to-all.txt").read_text().split())
"""Domains where anybody gets an address: there one address is counted, not the domain."""


class Limits:
    """The limits of one register, kept in the contacts database, where no address or network stands in clear."""

    def __init__(self, database: Database, secret: str, clock: Clock) -> None:
        """Count in the contacts database, which `Contacts.create` has made."""
        self.tally = Tally(database=database, secret=secret, clock=clock)
        self.clock = clock
        self._window = MovingWindowRateLimiter(self.tally)

    def hit(self, rule: str, key: str) -> bool:
        """Count once more by a rule, and tell whether that is within it; what is not is not counted.

        Call it before a transaction on the contacts begins, never inside one.
        """
        return self._window.hit(RULES[rule].item, rule, key)

    def check(self, rule: str, key: str) -> None:
        """Count once more, or raise QuotaExceeded with the seconds to wait."""
        if not self.hit(rule, key):
            raise exceeded(self.retry_after(rule, key))

    def retry_after(self, rule: str, key: str) -> int:
        """Tell after how many seconds there is room again."""
        stats = self._window.get_window_stats(RULES[rule].item, rule, key)
        return max(1, ceil(stats.reset_time - self.clock().timestamp())) if stats.remaining < 1 else 0

    def check_sign_in(self, login: str, address: str | None) -> None:
        """Count an attempt to sign in by its login, here and anywhere, or raise QuotaExceeded.

        Attempts of the network alone are counted before, where the request comes in.
        """
        login = login.strip().casefold()
        self.check("sign-in-login", f"{network(address)} {login}")
        self.check("sign-in-anywhere", login)

    def flooded(self, reference: str, address: str) -> bool:
        """Count a submission to a statement from an e-mail address, and tell whether it has to wait for an editor."""
        kept = [self.hit("statement", reference.lower()), self.hit("address", sender(address))]
        return not all(kept)

    def sweep(self) -> int:
        """Remove the rows that count no more, and tell how many there were; counting does so too."""
        return self.tally.expired(remove=True)


def exceeded(seconds: int) -> QuotaExceeded:
    """Say that there was too much, and when there is room again."""
    minutes = ceil(seconds / 60)
    wait = f"{seconds} seconds" if seconds < 120 else f"{minutes} minutes"
    return QuotaExceeded(f"Too much came from here in a short time. Try again in {wait}.", retry_after=seconds)


def network(address: str | None) -> str:
    """Tell the network of an IP address: /24, or /56 in IPv6, as one customer has it."""
    try:
        found: IPv4Address | IPv6Address = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        found = found.ipv4_mapped or found
    return str(ip_network((found, 24 if found.version == 4 else 56), strict=False))


def sender(address: str) -> str:
    """Tell whose an e-mail address is: its domain's, or its own where anybody gets one."""
    local, _, domain = address.strip().casefold().rpartition("@")
    domain = domain.rstrip(".")
    return f"{local}@{domain}" if domain in OPEN_TO_ALL else domain

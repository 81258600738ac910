"""Assurance: what is known of who sends a submission, a ladder of four levels that editors see beside it."""

from __future__ import annotations

from urllib.parse import urlsplit

from signatures.intake.limits import OPEN_TO_ALL

LEVELS = ("claimed", "address", "domain", "editor")
"""Claimed · the address was confirmed · and its domain is the organisation's site · an editor accepted it."""


def confirmed_level(email: str, site: str | None) -> str:
    """Tell the level of a confirmed address: `domain` where it lies at the organisation's site or below it.

    A domain where anybody gets an address says nothing, whatever site is given.
    """
    host = _host(site)
    domain = email.rpartition("@")[2].lower().rstrip(".")
    at_site = bool(host) and domain not in OPEN_TO_ALL and (domain == host or domain.endswith("." + host))
    return "domain" if at_site else "address"


def _host(site: str | None) -> str:
    """Read a site's host without www; one without a dot, such as localhost, is nobody's."""
    try:
        host = (urlsplit(site or "").hostname or "").lower().rstrip(".").removeprefix("www.")
    except ValueError:
        return ""
    return host if "." in host else ""

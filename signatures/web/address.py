"""The register's own address, for links that leave the page: feeds, citations, sitemaps, types of problems."""

from __future__ import annotations

from flask import current_app, request


def base_address() -> str:
    """Tell the address that the settings give, or else that of the request, without a slash at its end."""
    return str(current_app.config.get("BASE_URL") or request.url_root).rstrip("/")

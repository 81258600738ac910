"""Links between the editions of a statement (RFC 5829), for pages and for the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from signatures.web.address import base_address
from signatures.web.openapi import PREFIX


def version_links(reference: str, newest: int, number: int | None = None, *, api: bool = False) -> list[str]:
    """Link the newest edition and the list of all, and an edition's neighbours, each by its whole address."""
    root = f"{base_address()}{PREFIX if api else ''}/statements/{reference}/editions"
    relations = {"version-history": root}
    if newest:
        relations["latest-version"] = f"{root}/{newest if api else 'latest'}"
    if number and number > 1:
        relations["predecessor-version"] = f"{root}/{number - 1}"
    if number and number < newest:
        relations["successor-version"] = f"{root}/{number + 1}"
    return [f'<{href}>; rel="{relation}"' for relation, href in relations.items()]


def linked(response: Response, told: Mapping[str, Any], number: int | None = None, *, api: bool = False) -> Response:
    """Let an answer about a statement as it is now, or about one of its editions, name its editions."""
    links: Sequence[str] = response.headers.getlist("Link")
    more = version_links(told["reference"], len(told["editions"]), number, api=api)
    response.headers["Link"] = ", ".join([*links, *more])
    return response

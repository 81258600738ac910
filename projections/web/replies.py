"""Replies to reading requests: tags, 304, how long a cache may keep them, and links from page to page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Response, request

from projections.rendering.json import json_bytes
from signatures.web.admission import opaque_tags

JSON = "application/json"
AGAIN = "no-cache"
FOR_LONG = "max-age=604800, immutable"
NOT_AT_ALL = "no-store"


class Rendered(NamedTuple):
    """The bytes of an answer and the tag that names them."""

    body: bytes
    tag: str


def rendered(body: bytes, position: int | None = None) -> Rendered:
    """Name bytes by the position they tell of and their digest, so that another position or form has another name."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Rendered(body, f"{position}-{digest}" if position is not None else digest)


def reply(
    content: Rendered, type_: str = JSON, caching: str = AGAIN, links: Mapping[str, str] | None = None
) -> Response:
    """Reply with bytes, or with 304 to who holds them; a token's reply is for its holder alone."""
    held = content.tag in opaque_tags(request.if_none_match) or request.if_none_match.star_tag
    response = Response(b"" if held else content.body, 304 if held else 200, content_type=type_)
    if held:
        del response.headers["Content-Type"], response.headers["Content-Length"]
    response.headers["ETag"] = f'"{content.tag}"'
    response.headers["Cache-Control"] = caching
    if "Authorization" in request.headers:
        response.headers["Cache-Control"] = caching if caching == NOT_AT_ALL else f"private, {caching}"
        response.vary.add("Authorization")
    if links:
        response.headers["Link"] = ", ".join(links.values())
    return response


def told(answer: Mapping[str, Any], position: int | None = None, links: Mapping[str, str] | None = None) -> Response:
    """Reply with an answer in JSON that is to be asked for again."""
    return reply(rendered(json_bytes(answer), position), links=links)


def caching(answer: Mapping[str, Any], query: Mapping[str, str]) -> str:
    """Tell how long a cache may keep a list: for long what is pinned, for no moment what is not final yet."""
    today_asked = query.get("as_of") == "" and not query.get(
        "cursor"
    )  # with a position this moves on with the calendar
    if answer["final"]:
        return AGAIN if today_asked else FOR_LONG
    return NOT_AT_ALL if query.get("known_at") else AGAIN


def page_links(next_: Mapping[str, object] | None, previous: Mapping[str, object] | None = None) -> dict[str, str]:
    """Link the neighbouring pages and the first one (RFC 8288); each is given by the parameters in which it differs."""
    links = {}
    if next_ is not None:
        links["next"] = link("next", {**request.args, **next_})
    if previous is not None:
        links["prev"] = link("prev", {**request.args, **previous})
    if links:
        beginning = {name: value for name, value in request.args.items() if name not in ("cursor", "after")}
        links["first"] = link("first", beginning)
    return links


def link(relation: str, query: Mapping[str, object], path: str | None = None, type_: str | None = None) -> str:
    """Write one link of a Link header."""
    asked = f"?{urlencode(query)}" if query else ""
    kind = f'; type="{type_}"' if type_ else ""
    return f'<{request.script_root}{path or request.path}{asked}>; rel="{relation}"{kind}'

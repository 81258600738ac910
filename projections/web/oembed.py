"""oEmbed: how a page that was sent the address of a list learns to show it (oembed.com, version 1.0)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from projections.lists import Lists
from projections.rendering.json import json_bytes
from projections.web import contents, replies
from projections.web.embedding import HEIGHT, lines, pinned
from signatures.errors import BadQuery, NotFound, RegisterError
from signatures.web.address import base_address
from signatures.web.problems import answer_problems

ADDRESS = re.compile(r"/(?:statements|embed)/([^/]+)(?:/(?:history|embed|editions/latest))?/?\Z")
KEPT = ("as_of", "position", "lang")
WIDTH, NARROWEST, LOWEST = 640, 240, 120
CACHE_SECONDS = 3_600
TYPES = {"json": "application/json", "xml": "text/xml; charset=utf-8"}
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class OtherFormat(RegisterError):
    """A format that oEmbed does not have."""

    code, title, status = "other-format", "No such format", 501


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `oembed` over the questions of a register."""
    routes = Blueprint("oembed", __name__)
    answer_problems(routes)

    @routes.get("/oembed")
    def oembed() -> Response:
        """Tell how to show the list at `url`; parameters that others have invented are left alone, as oEmbed wants it."""
        asked = {name: value for name, value in request.args.items() if value}
        form = asked.get("format", "json")
        if form not in TYPES:
            raise OtherFormat("oEmbed answers in json or xml. Ask for one of them.")
        told = _told(lists, asked)
        body = _xml(told) if form == "xml" else json_bytes(told)
        return replies.reply(replies.rendered(body), TYPES[form])

    return routes


def _told(lists: Lists, asked: Mapping[str, str]) -> dict[str, Any]:
    reference, kept = _meant(asked.get("url", ""))
    told = lists.statement(reference)
    statement = contents.shown_statement(told, contents.chosen_language(told, kept.get("lang")))
    kept |= pinned(lists, told, kept)
    width, height = (
        max(least, min(most, _number(name, asked) or most))
        for name, most, least in (("maxwidth", WIDTH, NARROWEST), ("maxheight", HEIGHT, LOWEST))
    )
    return {
        "version": "1.0",
        "type": "rich",
        "title": statement["title"],
        **({"author_name": statement["issuer"]} if statement["issuer"] else {}),
        "provider_name": "Common Register",
        "provider_url": f"{base_address()}/",
        "cache_age": CACHE_SECONDS,
        "html": lines(statement, kept, str(width), height),
        "width": width,
        "height": height,
    }


def _meant(url: str) -> tuple[str, dict[str, str]]:
    """Read which list an address of ours shows; http and https are the same place."""
    here = urlsplit(base_address())
    try:
        there = urlsplit(url)
    except ValueError:
        there = urlsplit("")
    found = ADDRESS.match(there.path.removeprefix(here.path))
    if there.scheme not in ("http", "https") or there.netloc.lower() != here.netloc.lower() or found is None:
        raise NotFound("url is no address of a list here. Send that of a statement's page.", field="url")
    query = parse_qsl(there.query)
    return unquote(found[1]), {name: value for name, value in query if name in KEPT and value}


def _number(name: str, asked: Mapping[str, str]) -> int | None:
    text = asked.get(name)
    if text is not None and not (text.isascii() and text.isdigit() and 0 < len(text) < 6):
        raise BadQuery(f"{name}: {text!r} is no number of pixels.", field=name)
    return int(text) if text else None


def _xml(told: Mapping[str, Any]) -> bytes:
    parts = "".join(
        f"<{name}>{escape(NOT_IN_XML.sub(chr(0xFFFD), str(value)))}</{name}>" for name, value in told.items()
    )
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{parts}</oembed>\n'.encode()

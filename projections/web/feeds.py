"""The addresses of feeds: what was recorded about a statement as Atom, the newest entries and the archives."""

from __future__ import annotations

import re
from typing import Any

from babel import negotiate_locale
from flask import Blueprint, Response, g, render_template, request, url_for

from projections.feeds import Feed, Feeds
from projections.lists import Lists
from projections.web import replies
from projections.web.asking import asked
from signatures.web.address import base_address
from signatures.web.catalogues import LANGUAGES, SOURCE
from signatures.web.openapi import PREFIX

ATOM = "application/atom+xml; charset=utf-8"
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `feeds` over the questions of a register."""
    routes = Blueprint("feeds", __name__, template_folder="../templates")
    feeds = Feeds(lists)

    @routes.get("/feeds/<reference>.atom")
    def newest(reference: str) -> Response:
        """Tell what was recorded last about a statement."""
        return _reply(feeds.newest(reference, asked("lang").get("lang")))

    @routes.get("/feeds/<reference>/<int:number>.atom")
    def archive(reference: str, number: int) -> Response:
        """Tell older entries, a hundred a document, which stay there."""
        return _reply(feeds.archive(reference, number, asked("lang").get("lang")))

    return routes


def _reply(feed: Feed) -> Response:
    """Write a feed in the language that is asked for, else in the statement's own; what a reader prefers elsewhere is not asked."""
    lang = request.args.get("lang", "")
    g.language = negotiate_locale([lang, feed.language], LANGUAGES, sep="-") or SOURCE

    def at(endpoint: str, **more: Any) -> str:
        values = {"reference": feed.reference, "lang": lang or None, **more}
        return base_address() + url_for(endpoint, **values)

    written = render_template(
        "feed.xml",
        feed=feed,
        lang=g.language,
        home=at("pages.statement"),
        history=lambda position: at("pages.history", before=position + 1, _anchor="record"),
        record=lambda position: (
            f"{base_address()}{PREFIX}/statements/{feed.reference}/events?after={position - 1}&limit=1"
        ),
        here=at("feeds.archive", number=feed.archive) if feed.archive else at("feeds.newest"),
        current=at("feeds.newest"),
        earlier=at("feeds.archive", number=feed.earlier) if feed.earlier else None,
        later=at("feeds.archive", number=feed.later) if feed.later else None,
    )
    body = NOT_IN_XML.sub("\ufffd", re.sub(r"\n{2,}", "\n", written)).encode()
    return replies.reply(replies.rendered(body, feed.rows[0]["position"]), ATOM)

"""A whole register as its readers meet it: every scene on one engine, asked over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

import wsgi
from signatures.room import Room
from tests import scenes
from tests.clock import FixedClock
from tests.htmlpage import Page

BASE = "http://localhost"


class Site:
    """An app with its room and clock, and questions to it."""

    def __init__(self, url: str, folder: Path) -> None:
        """Make an empty register at a database address."""
        self.environ = {
            "SIGNATURES_DATABASE": url,
            "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
            "SIGNATURES_STATE_DIR": str(folder / "state"),
            "SIGNATURES_BASE_URL": BASE,
        }
        self.clock = FixedClock(scenes.NOW)
        wsgi.initialise(self.environ, self.clock)
        self.app: Flask = wsgi.create_app(self.environ, self.clock)
        self.room: Room = self.app.extensions["room"]

    def get(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Ask as somebody who was never here."""
        answer = self.app.test_client(use_cookies=False).open(path, method=method, **options)
        answer.get_data()
        answer.close()
        return answer

    def read(self, path: str, status: int = 200, **options: Any) -> Page:
        """Read a page."""
        answer = self.get(path, **options)
        assert (status, "text/html; charset=utf-8") == (answer.status_code, answer.content_type), answer.text[:2_000]
        return Page(answer.text)


@contextmanager
def opened(url: str, folder: Path, fill: Callable[[Site], object]) -> Iterator[Site]:
    """Make a register, fill it, and close its stores afterwards."""
    made = Site(url, folder)
    try:
        fill(made)
        yield made
    finally:
        made.room.close()


def words(text: str) -> str:
    """Put a text on one line."""
    return " ".join(text.split())


def crawl(site: Site, start: str = "/", *, within: str = "", most: int = 1_000) -> dict[str, TestResponse]:
    """Follow every link of every page from one on, also where forms and stylesheets lead, that a pattern allows.

    Where a robot is asked not to follow, the page is opened and its own links are left alone.
    """
    found: dict[str, TestResponse] = {}
    waiting, last = [start], list[str]()
    while (waiting or last) and len(found) < most:
        follows = bool(waiting)
        path = waiting.pop(0) if waiting else last.pop(0)
        if path in found:
            continue
        found[path] = answer = site.get(path)
        if follows and answer.content_type.startswith("text/html"):
            waiting += [target for target in links(answer.text, path) if re.match(within, target)]
            last += [target for target in links(answer.text, path, followed=False) if re.match(within, target)]
    return found


def links(text: str, path: str, *, followed: bool = True) -> list[str]:
    """List where a page leads, within the site; either what robots may follow or what they are asked not to."""
    page = Page(text)
    there = [a for tag in ("a", "link") for a in page.all(tag) if "href" in a]
    targets = [a["href"] for a in there if followed != ("nofollow" in a.get("rel", "").split())]
    targets += [a["action"] for a in page.all("form") if followed and "action" in a]
    whole = [urldefrag(urljoin(BASE + path, target)).url for target in targets]
    return [url.removeprefix(BASE) or "/" for url in whole if urlsplit(url).netloc == urlsplit(BASE).netloc]

"""Every page in every language: none is forgotten, axe finds nothing, and nothing leaves a window of 320 px."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from signatures.web.catalogues import LANGUAGES
from signatures.web.openapi import PREFIX
from tests.everywhere import AFTER_AN_ACT, NO_PAGES, Met, every_page
from tests.places import reading
from tests.test_browser import sideways, violations
from tests.test_screens import FOLDER, asked_for, take

__all__ = ["asked_for"]
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    """Meet every kind of page once."""
    with every_page(tmp_path_factory.mktemp("every")) as made:
        yield made


@pytest.fixture
def app(met: Met) -> Flask:
    """Let `live_url` serve it; each test has an hour of its own, so that no limit is met."""
    met.site.clock.advance(hours=1)
    return met.site.app


def test_following_links_meets_every_kind_of_page(met: Met) -> None:
    """Whatever address answers with a page to somebody who may see it, a link leads to one of its kind."""
    rules = met.site.app.url_map.iter_rules()
    kinds = {rule.endpoint for rule in rules if "GET" in (rule.methods or ()) and not rule.rule.startswith(PREFIX)}
    assert "" == " ".join(sorted(kinds - met.pages.keys() - met.others - AFTER_AN_ACT - NO_PAGES))


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_can_read_it(browser: Browser, live_url: str, met: Met, language: str) -> None:
    """In the language of the reader's browser."""
    found, state, narrow = {}, met.signed_in(live_url), {"width": 320, "height": 900}
    with reading(browser, live_url, locale=language, storage_state=state, viewport=narrow) as page:
        for kind, path in met.pages.items():
            page.goto(live_url + path)
            assert language == page.get_attribute("html", "lang"), path
            if faults := violations(page, colours=False) + sideways(page):
                found[kind] = path, faults
    assert {} == found


@pytest.mark.screens
def test_pictures(asked_for: None, browser: Browser, live_url: str, met: Met) -> None:
    """One page of each kind, those of the console too, and in Arabic."""
    state, wide = met.signed_in(live_url), {"width": 1280, "height": 900}
    with reading(browser, live_url, storage_state=state, viewport=wide) as page:
        for kind, path in met.pages.items():
            page.goto(live_url + path)
            take(page, f"every {kind}")
            page.emulate_media(media="screen", color_scheme="light")
            page.goto(f"{live_url}{path}{'&' if '?' in path else '?'}lang=ar")
            page.screenshot(path=FOLDER / f"every-{kind}-arabic.png", full_page=True)

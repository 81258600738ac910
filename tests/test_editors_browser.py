"""Signing in, one's account, proposals and acts in a real browser: for everybody, by keyboard, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.organisation import NameParts
from signatures.web import frame
from tests.editing import PASSWORD
from tests.places import reading
from tests.scenes import EDITOR
from tests.site import Site, opened
from tests.submitting import REFERENCE, publish_statement
from tests.test_browser import sideways, violations

pytestmark = pytest.mark.browser
PLACES = ("/editors/proposals", "/editors/acts", "/editors/account")


def fill_in(site: Site) -> None:
    """Make three accounts, and proposals of one of them in many scripts."""
    publish_statement(site.room)
    ada, *_others = (
        site.room.accounts.create(login, login.title(), "editor", PASSWORD) for login in ("ada", "bea", "cyd")
    )
    for name, language, act, detail in (
        ("حزب العمل", "ar", "void", {"code": "fraud"}),
        ("Κόμμα Α", "el", "correct", {"changes": {"name": "Κόμμα Β", "territories": ["GR", "CY"]}, "on": "2026-11-22"}),
        (
            "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
            "de",
            "withdraw",
            {"on": "2026-11-22"},
        ),
    ):
        today = site.room.register.today(site.room.register.statement(REFERENCE)).isoformat()
        receipt = site.room.register.sign(
            EDITOR, REFERENCE, NameParts(name, name_language=language), signed_on="2021-06-20", method="paper"
        )
        given = {**detail, "on": today} if "on" in detail else detail
        site.room.proposals.propose(act, receipt.signature_id, given, "For a reason.", ada)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve them."""
    folder = tmp_path_factory.mktemp("editors")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill_in) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it; each test has an hour of its own, so that no limit is met."""
    site.clock.advance(hours=1)
    return site.app


def sign_in(page: Page, url: str, login: str = "bea", password: str = PASSWORD) -> None:
    """Sign in as a person does."""
    page.goto(f"{url}/editors/sign-in?next=/editors/proposals")
    page.fill("#login", login)
    page.fill("#password", password)
    page.click("main button")


def test_everybody_can_read_it(browser: Browser, live_url: str) -> None:
    """No violation of what axe checks, wide and narrow, light and dark; nothing to scroll sideways."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{live_url}/editors/acts")
        look_at(page)
        sign_in(page, live_url, password="wrong wrong wrong")
        assert page.title().startswith("Error:")
        look_at(page)
        sign_in(page, live_url)
        for path in PLACES:
            page.goto(live_url + path)
            look_at(page)


def look_at(page: Page) -> None:
    """Look at a page on every width and in both schemes."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for width in (1280, 375):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            assert [] == violations(page, colours_only=scheme == "dark"), f"{page.url} {width} {scheme}"
    for width in (320, 375, 640):
        page.set_viewport_size({"width": width, "height": 900})
        assert [] == sideways(page), f"{page.url} {width}"


def test_from_right_to_left(browser: Browser, live_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In Arabic it is as readable, and nothing leaves the window."""
    monkeypatch.setattr(frame, "LANGUAGES", ("en", "ar"))
    with reading(browser, live_url, viewport={"width": 375, "height": 900}) as page:
        sign_in(page, live_url)
        for path in PLACES:
            page.goto(f"{live_url}{path}?lang=ar")
            assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
            assert [] == violations(page) + sideways(page)


def test_a_second_editor_confirms_by_keyboard_and_without_javascript(
    browser: Browser, live_url: str, site: Site
) -> None:
    """From signing in over confirming to signing out, with Tab and Enter alone and scripts switched off."""
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(f"{live_url}/editors/proposals")
        reach(page, "Login")
        page.keyboard.type("bea")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/editors/proposals")
        first = page.locator(".proposal .printed").first.inner_text()
        reach(page, "Confirm: do it now")
        page.keyboard.press("Enter")
        page.wait_for_url("**/editors/proposals?done=performed")
        assert "It is done and recorded." == page.inner_text(".done")
        assert first in page.inner_text("table >> nth=-1")
        reach(page, "Sign out")
        page.keyboard.press("Enter")
        page.wait_for_url("**/editors/sign-in")
    assert "performed" == site.room.proposals.decided()[0].state


def reach(page: Page, words: str) -> None:
    """Press Tab until what is focused bears these words."""
    focused = page.locator(":focus")
    for _stop in range(60):
        page.keyboard.press("Tab")
        if focused.count() and words in (
            focused.inner_text() or page.locator(f"label[for={focused.get_attribute('id')}]").inner_text()
        ):
            return
    raise AssertionError(f"{words} cannot be reached with Tab")

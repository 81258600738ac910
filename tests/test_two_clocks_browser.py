"""Two clocks in a real browser: for everybody, at every width, by keyboard, on paper and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.places import reading
from tests.site import Site, opened
from tests.test_browser import NUMBER_THE_STOPS, THIS_STOP, sideways, violations
from tests.test_two_clocks import API, LIST, fill

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a list of which everything became known later."""
    folder = tmp_path_factory.mktemp("clocks")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it."""
    return site.app


@pytest.fixture
def places(site: Site, live_url: str) -> dict[str, str]:
    """Name the addresses of a list known earlier, its edition, a comparison of knowledge, and the history."""
    published = site.get(f"{API}/editions/1").get_json()["position"]
    return {
        "known": f"{live_url}{LIST}?as_of=2027-02-21&position={published}",
        "edition": f"{live_url}{LIST}/editions/1",
        "compared": f"{live_url}{LIST}/history?from=2027-02-21&to=2027-02-21&from_known={published}",
        "today": f"{live_url}{LIST}",
    }


def opened_wide(page: Page) -> None:
    """Open everything that can be folded."""
    page.evaluate("document.querySelectorAll('main details').forEach(each => each.open = true)")


@pytest.mark.parametrize("place", ["known", "edition", "compared", "today"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_everybody_can_read_it(
    browser: Browser, live_url: str, places: dict[str, str], place: str, language: str
) -> None:
    """No violation, wide and narrow, light and dark, in both directions; nothing to scroll sideways, all folds open."""
    url = places[place]
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{url}{'&' if '?' in url else '?'}lang={language}")
        opened_wide(page)
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                assert [] == violations(page, colours_only=scheme == "dark"), f"{width} {scheme}"
        for width in (320, 640):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == sideways(page), width


def test_what_was_known_is_chosen_by_hand_without_javascript(
    browser: Browser, live_url: str, site: Site, places: dict[str, str]
) -> None:
    """Open the fold, type a moment, read the list of then, follow what became known since, go back to today."""
    instant = site.get(f"{API}/editions/1").get_json()["recorded_at"]
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(f"{places['today']}?as_of=2027-02-21")
        expect(page.locator(".knowing")).not_to_have_attribute("open", "")
        page.click(".knowing summary")
        page.fill("#known_at", instant)
        with page.expect_navigation():
            page.press("#known_at", "Enter")
        expect(page.locator(".tells")).to_contain_text("It is shown as far as it was known on")
        expect(page.locator(".knowing")).to_have_attribute("open", "")
        expect(page.locator("#known_at")).to_have_value(instant)
        page.click(".time a[href='#since']")
        expect(page.locator("#since table tbody tr")).to_have_count(5)
        page.fill("#known_at", "")
        page.fill("#position", "1")
        with page.expect_navigation():
            page.press("#position", "Enter")
        expect(page.locator(".tells")).to_contain_text("(position 1)")
        with page.expect_navigation():
            page.click("text=Back to today")
        expect(page.locator(".tells")).to_have_count(0)


def test_both_buttons_compare_without_javascript(browser: Browser, live_url: str, places: dict[str, str]) -> None:
    """Two dates as known today, or each as known at the end of its own day; the fields keep what was typed."""
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(f"{places['today']}/history")
        page.fill("#from", "2027-03-02")
        page.fill("#to", "2027-03-08")
        with page.expect_navigation():
            page.click("text=Compare what was known")
        expect(page.locator("#compare .sum")).to_contain_text("as known at position")
        expect(page.locator("#from")).to_have_value("2027-03-02")
        page.click(".compare .knowing summary")
        page.fill("#from_known", "1")
        with page.expect_navigation():
            page.click("button:text-is('Compare')")
        expect(page.locator("#from_known")).to_have_value("1")
        expect(page.locator("#compare .sum")).to_contain_text("as known at position 1")


@pytest.mark.parametrize("place", ["known", "compared"])
def test_the_keyboard_reaches_everything(browser: Browser, live_url: str, places: dict[str, str], place: str) -> None:
    """Every stop can be seen and they follow one another as they are read, with all folds open."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        page.goto(places[place])
        opened_wide(page)
        stops = page.evaluate(NUMBER_THE_STOPS)
        seen = []
        for _ in range(stops + 12):
            page.keyboard.press("Tab")
            stop: dict[str, Any] | None = page.evaluate(THIS_STOP)
            if stop is None:
                break
            assert ("solid", True) == (stop["style"], stop["width"] >= 3), stop
            seen.append(stop["number"])
        assert sorted(seen) == seen
        assert set(range(stops)) == set(seen)


def test_on_paper_another_time_says_so(browser: Browser, live_url: str, places: dict[str, str]) -> None:
    """The sentence and what became known since are printed, with the checkpoint; forms, rails and marks are not."""
    with reading(browser, live_url, viewport={"width": 800, "height": 1100}) as page:
        page.emulate_media(media="print")
        page.goto(places["known"])
        for shown in (".tells", "#since table", ".seal .strip", ".root", ".cite"):
            assert page.locator(shown).first.is_visible(), shown
        for hidden in (".knowing", ".time .drawing", ".time .ask", ".told.since", "#since .gets", ".seal .gets"):
            assert not page.locator(hidden).first.is_visible(), hidden
        page.goto(places["today"])
        assert not page.locator(".time").is_visible()


def test_the_strip_is_drawn_and_its_text_copies_whole(browser: Browser, live_url: str, places: dict[str, str]) -> None:
    """32 bars that can be seen; the root is one word in the page's own text, whatever its groups look like."""
    with reading(browser, live_url) as page:
        page.goto(places["today"])
        assert 32 == page.locator(".seal .strip rect").count()
        assert page.locator(".seal .strip").bounding_box()["height"] >= 30  # type: ignore[index]
        assert 44 == len(page.locator(".root").inner_text().replace("\n", "").strip())

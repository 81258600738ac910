"""What follows the form in a real browser: for everybody, on every width, from right to left, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.web import frame
from tests import afterwards
from tests.afterwards import PAGES, REFERENCE, Links
from tests.places import reading
from tests.site import Site, opened
from tests.test_browser import sideways, violations
from tests.test_editors_browser import reach

pytestmark = pytest.mark.browser
MIRRORED = (
    "confirmation",
    "confirmation in Arabic letters",
    "confirmed",
    "dead link",
    "receipt listed",
    "receipt corrected",
    "receipt unbroken",
    "entry asked",
    "entry just corrected",
    "correction with errors",
    "correction shown",
    "withdrawal with an error",
    "withdrawal shown",
    "objection",
    "invitation",
)
"""The pages that are looked at from right to left: one of each kind."""


class Afterwards:
    """The register after it was filled, with the links of its messages."""

    site: Site
    links: Links


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Afterwards]:
    """Make every state once."""
    made, folder = Afterwards(), tmp_path_factory.mktemp("after")

    def fill(site: Site) -> None:
        made.site, made.links = site, afterwards.fill(site)

    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill):
        yield made


@pytest.fixture
def app(after: Afterwards) -> Flask:
    """Let `live_url` serve it; each test comes some minutes later, so that no limit is met."""
    after.site.clock.advance(minutes=5)
    return after.site.app


@pytest.fixture
def links(after: Afterwards) -> Links:
    """Tell the links."""
    return after.links


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", PAGES)
def test_everybody_can_read_it(browser: Browser, live_url: str, links: Links, state: str) -> None:
    """No violation of what axe checks on any width, light and dark; nothing to scroll sideways."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        PAGES[state](page, live_url, links)
        for width in (1280, 375, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == violations(page) + sideways(page), width
        page.emulate_media(color_scheme="dark")
        assert [] == violations(page, colours_only=True)


@pytest.mark.parametrize("state", MIRRORED)
def test_from_right_to_left(
    browser: Browser, live_url: str, links: Links, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """As readable in Arabic."""
    monkeypatch.setattr(frame, "LANGUAGES", ("ar",))
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        PAGES[state](page, live_url, links)
        assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == violations(page) + sideways(page), width


@pytest.mark.parametrize("width", [1280, 375])
def test_the_two_answers_are_equal(browser: Browser, live_url: str, links: Links, width: int) -> None:
    """Both have one size, one weight and one colour; pressing Enter without the digits chooses none."""
    with reading(browser, live_url, viewport={"width": width, "height": 900}) as page:
        PAGES["confirmation"](page, live_url, links)
        sign, refuse = page.evaluate(LOOKS)
        assert sign == refuse
        assert sign["width"] >= 200
        page.press("#code", "Enter")
        assert page.url.endswith(links.paths["confirmation"])


LOOKS = """() => [...document.querySelectorAll('[name=answer]')].map((button) => {
  const box = button.getBoundingClientRect(), style = getComputedStyle(button);
  return {width: box.width, height: box.height, weight: style.fontWeight, size: style.fontSize, colour: style.color,
    ground: style.backgroundColor, edge: style.border};
})"""


def test_everything_is_large_enough_for_a_finger(browser: Browser, live_url: str, links: Links) -> None:
    """Fields and buttons are at least 44 pixels high on a phone."""
    small = (
        """all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"""
    )
    with reading(browser, live_url, viewport={"width": 375, "height": 800}, has_touch=True) as page:
        for state in ("confirmation", "entry listed", "correction", "withdrawal", "objection", "invitation"):
            PAGES[state](page, live_url, links)
            assert [] == page.eval_on_selector_all("main :is(.control, .button, summary, .tick)", small), state


# ── by keyboard, and without JavaScript ──────────────────────────────────────────────────────────────────────────────


def test_confirming_by_keyboard(browser: Browser, live_url: str, links: Links, after: Afterwards) -> None:
    """From the link to the answer with Tab, digits and Enter alone, scripts switched off; spaces among the digits do not matter."""
    path, code = links.fresh()
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(live_url + path)
        reach(page, "Six-digit code")
        page.keyboard.type(f"{code[:3]} {code[3:]}")
        reach(page, "We sign")
        page.keyboard.press("Enter")
        page.wait_for_url("**/confirmations/done")
        line = page.inner_text(".sheet .printed")
    (mine,) = [one for one in after.site.room.intake.list(("confirmed",), REFERENCE) if one.printed == line]
    assert mine.assurance in ("address", "domain")


def test_wrong_digits_lead_back(browser: Browser, live_url: str, links: Links) -> None:
    """Who mistypes can open the link once more, or ask for a new message."""
    path, code = links.fresh()
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(live_url + path)
        page.fill("#code", "000000" if code != "000000" else "111111")
        page.click("[name=answer][value=sign]")
        page.click(".hint a")
        page.fill("#code", code)
        page.click("[name=answer][value=sign]")
        page.wait_for_url("**/confirmations/done")
        page.goto(live_url + path)
        page.click("main form button")
        page.wait_for_url("**/confirmations/sent")


def test_withdrawing_by_keyboard(browser: Browser, live_url: str, links: Links, after: Afterwards) -> None:
    """From the entry to the withdrawal and its consequences, with Tab, Space and Enter alone; the date is today's unless typed."""
    entry = live_url + links.paths["entry to be withdrawn"]
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(entry)
        reach(page, "Withdraw")
        page.keyboard.press("Enter")
        page.wait_for_url("**/withdrawal")
        reach(page, "Do not name us")
        page.keyboard.press("Space")
        reach(page, "Show what happens")
        page.keyboard.press("Enter")
        page.wait_for_selector("[value=act]")
        assert "It is not named as having left." in page.inner_text(".plain")
        reach(page, "Yes, our organisation")
        page.keyboard.press("Space")
        reach(page, "Withdraw")
        page.keyboard.press("Enter")
        page.wait_for_url("**?done=withdrawn")
        assert "The withdrawal is recorded." in page.inner_text(".done")
    (ended,) = [entry for entry in after.site.room.store.entries(0, 999) if entry.type == "Withdrawn"][-1:]
    assert (False, "organisation") == (ended.data()["show"], ended.data()["actor"]["kind"])


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_correction_can_be_thought_over(browser: Browser, live_url: str, links: Links, scripts: bool) -> None:
    """The comparison names each part that changes, and nothing typed is lost on the way back to the fields."""
    with reading(browser, live_url, java_script_enabled=scripts) as page:
        page.goto(f"{live_url}{links.paths['entry listed']}/correction")
        stands = page.inner_text(".preview .printed")
        page.fill("#country", "Magyarország")
        page.fill("#url", "https://mie.example.org/")
        page.click("[value=show]")
        assert [stands, stands.replace("Hungary", "Magyarország")] == page.locator(".printed").all_inner_texts()
        assert ["Country to print after the name", "Website"] == page.locator(".changes tbody th").all_inner_texts()
        page.click("[value=edit]")
        assert ("Magyarország", "https://mie.example.org/") == tuple(
            page.input_value(f"#{one}") for one in ("country", "url")
        )
        page.fill("#country", "Hungary")
        page.click("[value=show]")
        assert [stands, stands] == page.locator(".printed").all_inner_texts()
        assert ["Website"] == page.locator(".changes tbody th").all_inner_texts()


def test_errors_come_first(browser: Browser, live_url: str, links: Links) -> None:
    """On the correction and the withdrawal: in the title, on top with the focus, and beside the field."""
    for state, field in (("correction with errors", "url"), ("withdrawal with an error", "on")):
        with reading(browser, live_url) as page:
            PAGES[state](page, live_url, links)
            assert page.title().startswith("Error: ")
            page.wait_for_function("document.activeElement.id == 'problems'")
            page.click(f"#problems a[href='#{field}']")
            assert field == page.evaluate("document.activeElement.id")
            assert page.locator(f"#{field}-why").is_visible()


# ── on paper ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_on_paper_is_one_sheet(browser: Browser, live_url: str, links: Links) -> None:
    """Line, facts, address, strip and checksum in black on one page; nothing to click."""
    with reading(browser, live_url, viewport={"width": 800, "height": 1100}) as page:
        page.emulate_media(media="print", color_scheme="dark")
        for state in ("receipt listed", "receipt long"):
            page.goto(live_url + links.paths[state])
            for hidden in (".masthead", ".colophon", ".below", ".skip"):
                assert not page.locator(hidden).first.is_visible(), hidden
            for seen in (".printed", ".facts", ".address", ".strip", ".checksum"):
                assert page.locator(seen).is_visible(), seen
            assert page.inner_text(".address").endswith(links.paths[state])
            assert "rgb(0, 0, 0)" == page.evaluate("getComputedStyle(document.querySelector('.strip')).fill")
            assert 1 == page.pdf(format="A4").count(b"/Type /Page\n")


def lines_of(page: Page) -> list[str]:
    """Read the printed lines."""
    return page.locator(".printed").all_inner_texts()


def test_the_receipt_links_the_list_as_it_was_known(browser: Browser, live_url: str, links: Links) -> None:
    """How to check it: the entry's own address for programs, and the list at its position, where the organisation stands."""
    with reading(browser, live_url) as page:
        page.goto(live_url + links.paths["receipt corrected"])
        (line,) = lines_of(page)
        page.click(".whole summary")
        page.click(".whole li a >> nth=1")
        assert line in page.locator(".line").all_text_contents()
        page.go_back()
        page.click(".whole summary")
        address = page.get_attribute(".whole li a >> nth=0", "href") or ""
        (event,) = page.request.get(live_url + address).json()["events"]
        assert links.paths["receipt corrected"].endswith(event["data"]["signature_id"])

"""The pages in a real browser: readable by everybody, on every width, by keyboard, on paper, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.web import frame as web
from tests import scenes
from tests.places import FILLED, LIST, PLACES, SIGN, form_with_errors, reading
from tests.scenes import SAMPLE, SCRIPTS
from tests.site import Site, opened

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve every scene."""
    folder = tmp_path_factory.mktemp("site")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, lambda made: scenes.every(made.room.register)) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it."""
    return site.app


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", PLACES)
def test_everybody_can_read_it(browser: Browser, live_url: str, place: str) -> None:
    """No violation of what axe checks, wide and narrow, light and dark; nothing to scroll sideways; no word on the console."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        PLACES[place](page, live_url)
        schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                assert [] == violations(page, colours_only=scheme == "dark"), f"{width} {scheme}"
        for width in (320, 375, 640):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == sideways(page), width


COLOURS = ("color-contrast", "link-in-text-block")


def violations(page: Page, *, colours_only: bool = False, colours: bool = True) -> list[str]:
    """Ask axe; name each rule that is broken and the elements that break it.

    In the dark only the colours are others; in another language they are the same.
    """
    rules: dict[str, object] = {} if colours else {"rules": {rule: {"enabled": False} for rule in COLOURS}}
    options = {"runOnly": list(COLOURS)} if colours_only else rules
    found = Axe().run(page, options=options).response["violations"]
    return [f"{rule['id']}: {[node['html'][:200] for node in rule['nodes'][:3]]}" for rule in found]


def sideways(page: Page) -> list[str]:
    """Name what makes the page wider than the window."""
    script = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
      ['page', ...[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 5).map(e => e.outerHTML.slice(0, 120))]"""
    found: list[str] = page.evaluate(script)
    return found


def test_from_right_to_left(browser: Browser, live_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page in Arabic is as readable, and nothing of it leaves the window."""
    monkeypatch.setattr(web, "LANGUAGES", ("en", "ar"))
    with reading(browser, live_url, viewport={"width": 375, "height": 900}) as page:
        for path in (LIST, f"{LIST}/history", SIGN):
            page.goto(f"{live_url}{path}?lang=ar")
            assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
            assert [] == violations(page) + sideways(page)


# ── without JavaScript ───────────────────────────────────────────────────────────────────────────────────────────────


def test_signing_needs_no_javascript(browser: Browser, live_url: str, site: Site) -> None:
    """The form is filled in, looked at, sent and acknowledged with scripts switched off."""
    before = len(site.room.intake.list())
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(live_url + LIST)
        page.click("text=Sign for your organisation")
        for name, value in {**FILLED, "name": "Union without scripts", "acronym": "UWS"}.items():
            page.fill(f"#{name}", value)
        page.click("button[value=preview]")
        assert "UWS Union without scripts" == page.inner_text(".preview .printed")
        page.check("#authority")
        page.click("button[value=send]")
        assert page.url.endswith("/sign/received")
        assert "UWS Union without scripts" == page.inner_text(".sheet .printed")
    assert before + 1 == len(site.room.intake.list())


def test_a_date_is_picked_without_javascript(browser: Browser, live_url: str) -> None:
    """The field and its button lead to the list of that date, emptied to today's; so do the links beside it."""
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(f"{live_url}/statements/{SAMPLE}")
        page.fill("#as_of", "2021-06-10")
        page.click("text=Show >> nth=-1")
        assert page.url.endswith("?as_of=2021-06-10")
        assert "as it stood on 10 June 2021" in page.inner_text(".tells")
        assert 34 == page.locator(".entry").count()
        page.fill("#as_of", "")
        page.press("#as_of", "Enter")
        assert page.url.endswith("?as_of=")
        assert 36 == page.locator(".entry").count()
        page.click("text=7 June 2021, edition 1: 34")
        assert "as it stood on 7 June 2021" in page.inner_text(".tells")


# ── by keyboard ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/", LIST, f"{LIST}/history", SIGN])
def test_the_keyboard_reaches_everything_in_reading_order(browser: Browser, live_url: str, path: str) -> None:
    """The first stop skips to the content; every stop can be seen; they follow one another as they are read."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        page.goto(live_url + path)
        page.keyboard.press("Tab")
        assert "Skip to content" == page.evaluate("document.activeElement.textContent")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        stops = page.evaluate(NUMBER_THE_STOPS)
        seen = []
        for _ in range(stops + 12):  # a date field has stops within
            stop = page.evaluate(THIS_STOP)
            if stop is None:
                break
            assert ("solid", True) == (stop["style"], stop["width"] >= 3), stop
            seen.append(stop["number"])
            page.keyboard.press("Tab")
        assert sorted(seen) == seen
        assert set(range(stops)) == set(seen)


NUMBER_THE_STOPS = """() => {
  const all = 'a[href], button, input:not([type=hidden], [tabindex="-1"]), select, textarea, summary';
  const stops = [...document.querySelectorAll(all)].filter((stop) => stop.checkVisibility());
  stops.forEach((stop, number) => stop.dataset.stop = number);
  return stops.length;
}"""
THIS_STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const s = getComputedStyle(e);
  return {number: +e.dataset.stop, style: s.outlineStyle, width: parseFloat(s.outlineWidth), html: e.outerHTML.slice(0, 80)};
}"""


def test_the_skip_link_skips(browser: Browser, live_url: str) -> None:
    """Behind it the next stop lies within the content."""
    with reading(browser, live_url) as page:
        page.goto(live_url + LIST)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_errors_come_first(browser: Browser, live_url: str) -> None:
    """What needs another look is said on top, in the title and beside the field; the summary has the focus and leads on."""
    with reading(browser, live_url) as page:
        form_with_errors(page, live_url)
        assert page.title().startswith("Error: ")
        page.wait_for_selector("#problems:focus")  # autofocus comes after the load event
        assert "office@" == page.input_value("#contact_email")
        page.click("#problems a[href='#contact_email']")
        assert "contact_email" == page.evaluate("document.activeElement.id")
        described = page.get_attribute("#contact_email", "aria-describedby") or ""
        assert "Enter the whole e-mail address" in " ".join(page.inner_text(f"#{id_}") for id_ in described.split())


# ── on paper, and by other eyes ──────────────────────────────────────────────────────────────────────────────────────


def test_on_paper_stands_the_printed_line(browser: Browser, live_url: str, site: Site) -> None:
    """Print shows numbers and printed lines in black, the withdrawn in brackets, and nothing to click."""
    answer = site.get(f"/api/v1/statements/{SAMPLE}/signatories.json").get_json()
    with reading(browser, live_url, viewport={"width": 800, "height": 1100}) as page:
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(f"{live_url}/statements/{SAMPLE}")
        expected = [f"{e['number']}. {e['printed']}" for e in answer["numbered"]]
        assert expected == [" ".join(text.split()) for text in page.locator("ol .entry").all_inner_texts()]
        later = [f"– {e['printed']}" for e in answer["subsequent"]]
        assert later == [" ".join(text.split()) for text in page.locator("ul .entry").all_inner_texts()]
        for hidden in (".masthead", ".colophon", ".side", ".time", ".ask.find", ".columns", ".gets", ".skip"):
            assert not page.locator(hidden).first.is_visible(), hidden
        assert page.locator(".cite").is_visible()
        assert "rgb(0, 0, 0)" == page.evaluate("getComputedStyle(document.querySelector('.name')).color")
        page.goto(live_url + LIST)
        gone = page.evaluate(
            "getComputedStyle(document.querySelector('.gone .line'), '::before').content"
            " + getComputedStyle(document.querySelector('.gone .line'), '::after').content"
        )
        assert '"[""]"' == gone
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_on_paper_from_right_to_left_the_line_is_one_too(browser: Browser, live_url: str) -> None:
    """In Arabic the parts of a printed entry follow each other on a line, what explains a name in one size, a space between."""
    with reading(browser, live_url, viewport={"width": 640, "height": 900}) as page:
        page.emulate_media(media="print")
        page.goto(f"{live_url}/statements/{SAMPLE}?lang=ar")
        lines = page.evaluate(LINES)
    assert len(lines) > 10
    assert [] == [line for line in lines if line["tops"] > 1 or line["sizes"] > 1 or line["gap"] < 1]


LINES = """[...document.querySelectorAll('.entry .line')].filter(line => line.getBoundingClientRect().height < 25
    && line.querySelector('.name') && line.querySelector('.gloss')).map(line => {
  const parts = [...line.querySelectorAll('.acronym, .name, .gloss, .country')]
  const boxes = parts.map(part => part.getBoundingClientRect())
  const name = line.querySelector('.name').getBoundingClientRect()
  return {text: line.textContent, tops: new Set(boxes.map(box => Math.round(box.bottom / 9))).size,
    sizes: new Set(parts.filter(part => part.matches('.gloss, .country')).map(part => getComputedStyle(part).fontSize)).size,
    gap: name.left - line.querySelector('.gloss').getBoundingClientRect().right}})"""


def test_what_is_copied_is_the_printed_line(browser: Browser, live_url: str, site: Site) -> None:
    """The text of each entry in the browser's own document is its printed line, though brackets are not drawn."""
    answer = site.get(f"/api/v1/statements/{SCRIPTS}/signatories.json?show=annotated").get_json()
    printed = [e["printed"] for e in answer["numbered"] + answer["subsequent"] if e["printed"]]
    with reading(browser, live_url) as page:
        page.goto(live_url + LIST)
        assert printed == page.locator(".line").all_text_contents()

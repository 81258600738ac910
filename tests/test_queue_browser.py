"""The editors' queue in a real browser: for everybody, on every width, by keys, by keyboard alone, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.editors.signing_in import cookie_name
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.web import frame
from tests.clock import FixedClock
from tests.editing import console, editor, room_of
from tests.places import reading
from tests.queueing import EDITOR, fill, publish, waiting
from tests.test_browser import THIS_STOP, sideways, violations

pytestmark = pytest.mark.browser
QUEUE = "/editors/submissions"
PLACES = {
    "list": "",
    "nothing found": "?q=Rossia",
    "second tab": "?state=accepted",
    "filtered": "?q=lyon&level=domain",
    "case beside a registered one": "/{lyon}",
    "case with an objection": "/{objected}",
    "case of mixed letters": "/{mixed}",
    "case in Arabic letters": "/{arabic}",
    "held back": "/{held}",
    "not confirmed": "/{unconfirmed}",
    "asked back": "/{asked}",
    "refused": "/{refused}",
    "accepted": "/{accepted}",
    "what became of it": "/{plain}?about={accepted}",
    "refusal": "/{lyon}/refusal",
    "question": "/{lyon}/question",
}


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Flask]:
    """Make an installation with a submission of each kind."""
    environ = {
        "SIGNATURES_DATABASE": sqlite_url,
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(tmp_path / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }
    made = console(environ, clock)
    publish(room_of(made))
    editor(made, "anna", password=None)
    yield made
    room_of(made).close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Get its room."""
    return room_of(app)


@pytest.fixture
def ids(room: Room) -> dict[str, str]:
    """Fill the queue."""
    return fill(room)


def at_the_desk(browser: Browser, url: str, room: Room, **how: Any) -> AbstractContextManager[Page]:
    """Open a page as somebody who is signed in."""
    token = room.sessions.open(room.accounts.named("anna").id)
    cookie = {"name": cookie_name(room), "value": token, "domain": urlsplit(url).hostname, "path": "/"}
    whole = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
    return reading(browser, url, storage_state={"cookies": [{**cookie, **whole}], "origins": []}, **how)


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_everybody_can_read_it(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """No violation of what axe checks, wide and narrow, light and dark; nothing to scroll sideways; no word on the console."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    with at_the_desk(browser, live_url, room) as page:
        for place, path in PLACES.items():
            page.goto(live_url + QUEUE + path.format(**ids))
            for width in (1280, 375):
                page.set_viewport_size({"width": width, "height": 900})
                for scheme in schemes:
                    page.emulate_media(color_scheme=scheme)
                    assert [] == violations(page, colours_only=scheme == "dark"), f"{place} {width} {scheme}"
            for width in (320, 375, 640):
                page.set_viewport_size({"width": width, "height": 900})
                assert [] == sideways(page), f"{place} {width}"


def test_very_long_names_stay_within_the_window(browser: Browser, live_url: str, room: Room) -> None:
    """A thousand letters without a space, beside a registered one of as many, and as what comes next."""
    known, alike = (
        waiting(room, NameParts(n, n[:300], "en", n, {"en": n}, {"en": n})) for n in ("W" * 1_000, "W" * 999)
    )
    room.intake.accept(known, EDITOR, new=True)
    waiting(room, NameParts("M" * 1_000))
    with at_the_desk(browser, live_url, room) as page:
        for path in ("", f"/{alike}", f"/{alike}/refusal", f"/{alike}/question", f"?about={known}"):
            page.goto(live_url + QUEUE + path)
            for width in (320, 640, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert [] == sideways(page), f"{path} {width}"
        page.goto(live_url + QUEUE)
        tick_all(page)
        page.set_viewport_size({"width": 320, "height": 900})
        assert [] == sideways(page)


def test_several_at_once_can_be_read(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """The page before and the page after, too."""
    with at_the_desk(browser, live_url, room) as page:
        page.goto(live_url + QUEUE)
        page.click("text=Tick all")
        page.click(".together [value=refuse]")
        page.wait_for_load_state()
        assert [] == violations(page) + sideways(page)
        page.goto(live_url + QUEUE)
        tick_all(page)
        for _ in range(2):
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert [] == violations(page) + sideways(page)
            button = page.locator("main button")
            if button.count():
                button.click()
                page.wait_for_load_state()
    assert 4 == len(room.intake.list(["accepted"]))


def tick_all(page: Page) -> None:
    """Tick everything and ask what would be accepted."""
    for box in page.locator("[name=tick]").all():
        box.check()
    page.click(".together [value=accept]")
    page.wait_for_load_state()


def test_from_right_to_left(
    browser: Browser, live_url: str, room: Room, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Arabic the list stands on the right, the case left of it; nothing leaves the window."""
    monkeypatch.setattr(frame, "LANGUAGES", ("en", "ar"))
    with at_the_desk(browser, live_url, room) as page:
        for path in (f"/{ids['lyon']}", f"/{ids['arabic']}", f"/{ids['lyon']}/refusal"):
            page.goto(f"{live_url}{QUEUE}{path}?lang=ar")
            assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
            for width in (320, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert [] == violations(page) + sideways(page)
        page.goto(f"{live_url}{QUEUE}/{ids['lyon']}?lang=ar")
        assert left(page, ".case") < left(page, ".waiting")


def left(page: Page, selector: str) -> float:
    """Tell where an element begins."""
    found: float = page.eval_on_selector(selector, "e => e.getBoundingClientRect().left")
    return found


def test_a_phone_shows_the_list_or_the_case(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """The list alone; a case alone, with the way back and on."""
    with at_the_desk(browser, live_url, room, viewport={"width": 375, "height": 800}) as page:
        page.goto(live_url + QUEUE)
        assert (True, False) == (page.is_visible(".waiting"), page.is_visible(".case"))
        page.click(".queue a")
        page.wait_for_url(f"**/{ids['lyon']}*")
        assert (False, True, False) == tuple(page.is_visible(one) for one in (".waiting", ".case", ".tabs"))
        page.click("text=Next: BP")
        assert "BP Bolşevik Parti" == page.inner_text("#case-title")
        page.click("text=All 5 waiting")
        assert page.is_visible(".waiting")


def test_on_paper_there_is_nothing_to_press(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """A case prints with its table and without controls."""
    with at_the_desk(browser, live_url, room) as page:
        page.goto(f"{live_url}{QUEUE}/{ids['lyon']}")
        page.emulate_media(media="print")
        assert page.is_visible(".beside")
        assert [] == [one.inner_text() for one in page.locator("button, select, input").all() if one.is_visible()]


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_keys_go_through_the_list(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """J and K move, / searches, ? shows all keys; in a field they are letters."""
    with at_the_desk(browser, live_url, room, viewport={"width": 1280, "height": 900}) as page:
        page.goto(live_url + QUEUE)
        page.keyboard.press("j")
        page.wait_for_url(f"**/{ids['objected']}*")
        page.keyboard.press("j")
        page.wait_for_url(f"**/{ids['arabic']}*")
        page.keyboard.press("k")
        page.wait_for_url(f"**/{ids['objected']}*")
        page.keyboard.press("/")
        assert "q" == page.evaluate("document.activeElement.id")
        page.keyboard.type("jkar?/")
        assert "jkar?/" == page.input_value("#q")
        page.keyboard.press("Escape")
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("?")
        assert page.is_visible("#all-keys")
        page.keyboard.press("j")
        page.keyboard.press("Escape")
        assert not page.is_visible("#all-keys")
        assert page.url.endswith(ids["objected"])
        page.keyboard.press("Control+j")
        assert page.url.endswith(ids["objected"])
        page.evaluate(  # J on an Arabic keyboard
            "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'ت', code: 'KeyJ'}))"
        )
        page.wait_for_url(f"**/{ids['arabic']}*")


def test_keys_press_the_buttons(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """B and R open their pages, S and A accept; each leads on to the next."""
    with at_the_desk(browser, live_url, room, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{live_url}{QUEUE}/{ids['lyon']}")
        page.keyboard.press("r")
        page.wait_for_url("**/refusal*")
        page.go_back()
        page.keyboard.press("b")
        page.wait_for_url("**/question*")
        page.go_back()
        page.keyboard.press("s")
        page.wait_for_url(f"**/{ids['objected']}?about=*")
        page.keyboard.press("a")  # the browser asks for the tick
        assert "despite" == page.evaluate("document.activeElement.id")
        page.goto(f"{live_url}{QUEUE}/{ids['arabic']}")
        page.keyboard.press("a")
        page.wait_for_url(f"**/{ids['mixed']}?about=*")
        assert "Accepted and listed." in page.inner_text(".outcome")
    states = {name: room.intake.show(ids[name]).state for name in ("lyon", "objected", "arabic")}
    assert {"lyon": "accepted", "objected": "confirmed", "arabic": "accepted"} == states
    uc = [one.organisation_id for one in room.intake.list(["accepted"]) if one.id == ids["lyon"]]
    assert "Unité Communiste" == room.register.organisation(str(uc[0])).parts["name"]


def test_keys_can_be_turned_off(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """The choice is remembered on other pages, and can be taken back."""
    with at_the_desk(browser, live_url, room, viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{live_url}{QUEUE}/{ids['lyon']}")
        assert (True, "A") == (page.is_visible(".acts .key"), page.get_attribute("[data-key=a]", "aria-keyshortcuts"))
        page.click("text=Turn keys off")
        assert not page.is_visible(".acts .key")
        page.reload()
        assert (False, False) == (page.is_visible(".acts .key"), page.is_visible("#keys"))
        assert None is page.get_attribute("[data-key=a]", "aria-keyshortcuts")
        page.keyboard.press("a")
        page.keyboard.press("r")
        page.keyboard.press("?")
        assert not page.is_visible("#all-keys")
        page.click("text=Turn keys on")
        page.keyboard.press("r")
        page.wait_for_url("**/refusal*")
    assert "confirmed" == room.intake.show(ids["lyon"]).state


def test_a_key_on_a_phones_list_does_nothing(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """What cannot be seen cannot be pressed."""
    with at_the_desk(browser, live_url, room, viewport={"width": 375, "height": 800}) as page:
        page.goto(live_url + QUEUE)
        page.keyboard.press("s")
        page.keyboard.press("a")
        page.wait_for_timeout(300)
        assert page.url.endswith(QUEUE)
    assert "confirmed" == room.intake.show(ids["lyon"]).state


def test_the_keyboard_reaches_everything_in_reading_order(
    browser: Browser, live_url: str, room: Room, ids: dict[str, str]
) -> None:
    """Every stop can be seen, and they follow one another as they are read."""
    with at_the_desk(browser, live_url, room, viewport={"width": 1280, "height": 900}) as page:
        for path in (f"/{ids['lyon']}", f"/{ids['lyon']}/question"):
            page.goto(live_url + QUEUE + path)
            page.keyboard.press("Tab")
            assert "Skip to content" == page.evaluate("document.activeElement.textContent")
            stops = page.evaluate(NUMBER_THE_VISIBLE_STOPS)
            seen = []
            for _ in range(stops):
                stop = page.evaluate(THIS_STOP)
                assert ("solid", True) == (stop["style"], stop["width"] >= 3), stop
                seen.append(stop["number"])
                page.keyboard.press("Tab")
            assert list(range(stops)) == seen


NUMBER_THE_VISIBLE_STOPS = """() => {
  const stops = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(stop => stop.checkVisibility());
  stops.forEach((stop, number) => stop.dataset.stop = number);
  return stops.length;
}"""


# ── without JavaScript ───────────────────────────────────────────────────────────────────────────────────────────────


def test_deciding_needs_no_javascript(browser: Browser, live_url: str, room: Room, ids: dict[str, str]) -> None:
    """Filter, accept, refuse, ask, release, and several at once, with scripts switched off; no key is promised."""
    with at_the_desk(browser, live_url, room, java_script_enabled=False) as page:
        page.goto(live_url + QUEUE)
        assert not page.is_visible("#keys")
        assert not page.is_visible(".acts .key")
        page.fill("#q", "pecheurs")
        page.click("text=Show >> nth=0")
        assert 2 == page.locator(".queue li").count()
        page.goto(f"{live_url}{QUEUE}/{ids['lyon']}")
        page.click("[data-key=s]")
        assert "Accepted and listed." in page.inner_text(".outcome")
        page.goto(f"{live_url}{QUEUE}/{ids['objected']}")
        page.click("[data-key=r]")
        page.check("text=Not authorised")
        page.click("text=Refuse this")
        assert "Refused." in page.inner_text(".outcome")
        page.goto(f"{live_url}{QUEUE}/{ids['mixed']}")
        page.click("[data-key=b]")
        page.fill("#question", "Is that letter meant?")
        page.click("text=Send the question")
        assert "Your question goes out by mail." in page.inner_text(".outcome")
        page.goto(f"{live_url}{QUEUE}/{ids['held']}")
        page.click(".case button:has-text('Release')")
        page.goto(live_url + QUEUE)
        tick_all(page)
        page.click("text=Accept these 2")
        assert "2 submissions accepted" == page.inner_text("h1")
    names = ("lyon", "objected", "mixed", "held", "plain", "arabic")
    assert ["accepted", "refused", "asked", "received", "accepted", "accepted"] == [
        room.intake.show(ids[name]).state for name in names
    ]
    assert None is room.intake.show(ids["held"]).held

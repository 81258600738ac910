"""The page of the order in a real browser: dragged, moved by keys and numbers before it is kept, and without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.clock import FixedClock
from tests.editing import quick_passwords
from tests.keeping import REFERENCE, Desk, sign
from tests.test_keeping_browser import signed_in

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
AT = f"/editors/statements/{REFERENCE}/order"


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Make a statement with five signatories."""
    quick_passwords(monkeypatch)
    made = Desk(environ, clock)
    for name in "ABCDE":
        sign(made.room, name)
    yield made
    made.room.close()


@pytest.fixture
def app(desk: Desk) -> Flask:
    """Let `live_url` serve it."""
    return desk.app


def kept(desk: Desk) -> str:
    """Tell the order that is kept."""
    found = desk.room.arrangements.of(REFERENCE, "en")
    assert found is not None
    return "".join(str(desk.room.register.present_parts(line.value)["name"]) for line in found.lines)


def shown(page: Page) -> str:
    """Tell the order on the screen, with the numbers beside it."""
    said = page.locator(".order > li").evaluate_all(
        "rows => rows.map(row => row.querySelector('.at').value + row.querySelector('.said').textContent)"
    )
    return " ".join(said)


def test_what_is_moved_by_hand_is_kept_as_it_was_seen(desk: Desk, browser: Browser, live_url: str) -> None:
    """Arrows, a key, a number and the mouse move lines at once, each is said, and one button keeps all of it."""
    page = signed_in(browser.new_page(viewport={"width": 1000, "height": 900}), live_url)
    page.goto(live_url + AT)
    rows = page.locator(".order > li")
    rows.nth(1).locator("[name=up]").click()
    assert "1B 2A 3C 4D 5E" == shown(page)
    assert "B: number 1" == page.inner_text("#heard")
    page.keyboard.press("Alt+ArrowDown")  # the arrow that was pressed is still the place of the keyboard
    assert "1A 2B 3C 4D 5E" == shown(page)
    rows.nth(4).locator(".at").fill("2")
    rows.nth(4).locator(".at").press("Enter")
    assert "1A 2E 3B 4C 5D" == shown(page)
    assert "" == page.evaluate(
        "document.activeElement.closest('li').querySelector('.said').textContent.replace('E', '')"
    )

    handle, target = rows.nth(0).locator(".handle").bounding_box(), rows.nth(3).bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 5, target["y"] + target["height"] - 5, steps=8)
    page.mouse.up()
    assert "1E 2B 3C 4A 5D" == shown(page)
    assert page.is_visible("#unkept")

    page.click("#keep")
    page.wait_for_url("**done=arranged*")
    assert "EBCAD" == kept(desk)
    assert "1E 2B 3C 4A 5D" == shown(page)

    rows.nth(0).locator("[name=down]").click()
    assert "1B 2E 3C 4A 5D" == shown(page)
    page.click("#undo")  # what was not kept goes first, then what was
    page.wait_for_selector("#unkept", state="hidden")
    assert "1E 2B 3C 4A 5D" == shown(page)
    page.click("#undo")
    page.wait_for_selector(".order > li:first-child .said:text('A')")
    assert "ABCDE" == kept(desk)
    page.close()


def test_without_a_script_numbers_and_arrows_are_enough(desk: Desk, browser: Browser, live_url: str) -> None:
    """Enter in a number keeps all that were typed; an arrow moves its line and leads back to it; no dots are shown."""
    page = signed_in(browser.new_page(java_script_enabled=False, viewport={"width": 320, "height": 800}), live_url)
    page.goto(live_url + AT)
    assert 0 == page.locator(".handle").count()
    numbers = page.locator(".order .at")
    numbers.nth(4).fill("1")
    numbers.nth(0).fill("5")
    numbers.nth(0).press("Enter")
    page.wait_for_url("**done=arranged*")
    assert "EBCDA" == kept(desk)
    page.locator(".order > li").nth(2).locator("[name=down]").click()
    page.wait_for_url("**#line-3")
    assert "EBDCA" == kept(desk)
    page.close()

"""The signing form in a real browser: with and without JavaScript, by keyboard, on every width, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.room import Room
from signatures.web import frame
from tests import scenes
from tests.places import FILLED, SIGN, Visit, at, form_with_a_question, form_with_errors, reading, received
from tests.scenes import SCRIPTS
from tests.site import Site, opened
from tests.test_browser import sideways, violations

pytestmark = pytest.mark.browser
INVITED = "invited-2026"


def fill_in(site: Site) -> None:
    """Make a statement with all terms and many organisations, and one for those invited only."""
    scenes.scripts(site.room.register)
    scenes.begin(site.room.register, INVITED)
    site.room.register.publish(scenes.EDITOR, INVITED, as_of="2026-01-10")
    site.room.terms.change(INVITED, "editor:test", acceptance="invited")
    site.room.terms.change(SCRIPTS, "editor:test", deadline="2027-11-30T17:00:00.000000Z", threshold=20, answer_days=7)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve them."""
    folder = tmp_path_factory.mktemp("form")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill_in) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it; each test has an hour of its own, so that no limit is met."""
    site.clock.advance(hours=1)
    return site.app


@pytest.fixture
def room(site: Site) -> Room:
    """Give the writing room."""
    return site.room


def typing(page: Page, url: str) -> None:
    """Begin the name of a registered organisation, and read the whole text."""
    page.goto(url + SIGN)
    page.locator("#name").press_sequentially("Later Un")
    page.wait_for_selector("#chosen", state="visible")
    page.click(".whole summary >> nth=0")


def long_names(page: Page, url: str) -> None:
    """Look at the preview of a name that has no place to break."""
    page.goto(url + SIGN)
    page.fill("#name", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3)
    page.fill("#acronym", "W" * 200)
    page.click("button[value=preview]")


STATES: dict[str, Visit] = {
    "empty": at(SIGN),
    "typing": typing,
    "question": form_with_a_question,
    "errors": form_with_errors,
    "long names": long_names,
    "received": received,
    "by invitation": at(f"/statements/{INVITED}/sign"),
}


# ── for everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("state", STATES)
def test_everybody_can_read_it(browser: Browser, live_url: str, state: str) -> None:
    """No violation of what axe checks on any width, light and dark; nothing to scroll sideways."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        STATES[state](page, live_url)
        for width in (1280, 375, 320):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                assert [] == violations(page, colours_only=scheme == "dark"), f"{width} {scheme}"
            assert [] == sideways(page), width


@pytest.mark.parametrize("state", ["empty", "typing", "question", "errors", "received"])
def test_from_right_to_left(browser: Browser, live_url: str, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    """As readable in Arabic; the preview stands at the other side; addresses are written from left to right."""
    monkeypatch.setattr(frame, "LANGUAGES", ("ar",))
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        STATES[state](page, live_url)
        assert "rtl" == page.evaluate("getComputedStyle(document.body).direction")
        for width in (1280, 375, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert [] == violations(page) + sideways(page), width
        page.set_viewport_size({"width": 1280, "height": 900})
        if state != "received":
            assert left_of(page, ".preview", "#name")
            assert "ltr" == page.evaluate("getComputedStyle(document.querySelector('#contact_email')).direction")


def left_of(page: Page, one: str, other: str) -> bool:
    """Tell whether an element stands wholly to the left of another."""
    return bool(
        page.evaluate(
            "([a, b]) => document.querySelector(a).getBoundingClientRect().right"
            " <= document.querySelector(b).getBoundingClientRect().left",
            [one, other],
        )
    )


def test_everything_is_large_enough_for_a_finger(browser: Browser, live_url: str) -> None:
    """Fields, buttons and choices are at least 44 pixels high on a phone."""
    with reading(browser, live_url, viewport={"width": 375, "height": 800}, has_touch=True) as page:
        for visit in (typing, form_with_a_question):
            visit(page, live_url)
            small = page.eval_on_selector_all(
                "form .control, form .button, form summary, form .pick, form .glyph, form .tick",
                "all => all.filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)",
            )
            assert [] == small


def test_the_preview_stays_in_sight(browser: Browser, live_url: str) -> None:
    """Beside the form on a wide window, wherever one types; on a phone it stands after the name."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 700}) as page:
        page.goto(live_url + SIGN)
        page.fill("#name", "Union")
        page.focus("#url")
        page.locator("#url").scroll_into_view_if_needed()
        assert page.evaluate("scrollY") > 0
        box = page.locator(".preview").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 700 - box["height"]
        page.set_viewport_size({"width": 375, "height": 700})
        order = page.evaluate(
            "['#url', '.preview', '#contact_name'].map(s => document.querySelector(s).getBoundingClientRect().top)"
        )
        assert sorted(order) == order


def test_on_paper_the_form_has_nothing_to_press(browser: Browser, live_url: str) -> None:
    """It can be printed, filled in by hand and kept."""
    with reading(browser, live_url, viewport={"width": 800, "height": 1100}) as page:
        page.emulate_media(media="print")
        page.goto(live_url + SIGN)
        for hidden in (".masthead", ".choices", ".skip"):
            assert not page.locator(hidden).is_visible(), hidden
        assert page.locator("#name").is_visible()


# ── while typing ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_line_follows_the_typing(browser: Browser, live_url: str) -> None:
    """It is the printed line at every moment, spaces folded as the server does; without a name there is none."""
    with reading(browser, live_url) as page:
        page.goto(live_url + SIGN)
        assert not page.locator(".preview .printed").is_visible()
        for field, text, line in (
            ("acronym", "UA", ""),
            ("name", " Союз \n рабочих ", "UA Союз рабочих"),
            ("transliteration", "Soyuz", "UA Союз рабочих (Soyuz)"),
            ("translation", "Union <b>", "UA Союз рабочих (Soyuz) (Union <b>)"),
            ("country", "Kenya", "UA Союз рабочих (Soyuz) (Union <b>), Kenya"),
            ("acronym", "", "Союз рабочих (Soyuz) (Union <b>), Kenya"),
            ("name", "", ""),
        ):
            page.fill(f"#{field}", text)
            assert line == (page.text_content("#preview") or ""), field
        page.fill("#name", "Союз")
        page.select_option("#name_language", "ru")
        assert ["ru", "ru"] == [page.get_attribute(one, "lang") for one in ("#preview", "#name")]
        typed = page.inner_text("#preview")
        page.click("button[value=preview]")
        assert typed == page.inner_text("#preview")


def test_a_choice_between_letters_is_seen_at_once(browser: Browser, live_url: str) -> None:
    """The letter that is kept is marked, the one that is changed is not; a reload of the page would say the same."""
    with reading(browser, live_url) as page:
        form_with_a_question(page, live_url)
        assert ["ϊ"] == page.locator("#preview mark").all_inner_texts()
        page.check("[name=letter_name][value=change]")
        assert ("Parti Haïtien des pêcheurs", 0) == (page.inner_text("#preview"), page.locator("#preview mark").count())
        page.check("[name=letter_name][value=keep]")
        assert ["ϊ"] == page.locator("#preview mark").all_inner_texts()
        assert FILLED["name"] == page.inner_text("#preview")


def test_a_registered_organisation_is_chosen_by_keyboard(browser: Browser, live_url: str, room: Room) -> None:
    """It is announced, stands behind the next press of Tab, completes the name and fills in what is empty."""
    with reading(browser, live_url) as page:
        page.goto(live_url + SIGN)
        page.fill("#country", "Uganda")
        page.focus("#name")
        page.keyboard.type("Later Un")
        page.wait_for_selector("#chosen", state="visible")
        assert "Is it one of these?" == page.text_content("#known-status")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        assert "Later Union" == page.input_value("#name")
        assert ("LU", "en", "Uganda") == tuple(
            page.input_value(f"#{f}") for f in ("acronym", "name_language", "country")
        )
        assert "LU Later Union, Uganda" == page.inner_text("#preview")
        page.keyboard.press("ArrowDown")
        assert "another" == page.evaluate("document.activeElement.value")
        page.keyboard.press("ArrowUp")
        page.fill("#contact_name", "Office")
        page.fill("#contact_email", "office@example.org")
        page.focus("#authority")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_url("**/received")
    (submission,) = [one for one in room.intake.list() if one.parts.name == "Later Union"]
    assert "Later Union" == room.register.organisation(str(submission.chosen)).parts["name"]


def test_what_is_not_known_is_not_asked_about(browser: Browser, live_url: str) -> None:
    """The question goes when the name is another one, and stays where it was answered."""
    with reading(browser, live_url) as page:
        typing(page, live_url)
        page.fill("#name", "Nobody of that name")
        page.wait_for_selector("#chosen", state="hidden")
        typing(page, live_url)
        page.check("#chosen input >> nth=0")
        with page.expect_response("**/suggestions*"):
            page.fill("#name", "Nobody of that name")
        assert page.locator("#chosen input >> nth=0").is_checked()
        assert "Nobody of that name" == page.input_value("#name")


def test_without_an_answer_the_form_goes_on(browser: Browser, live_url: str) -> None:
    """A network that fails while typing takes nothing away."""
    with reading(browser, live_url) as page:
        page.goto(live_url + SIGN)
        page.route("**/suggestions*", lambda route: route.fulfill(status=503, body="x"))
        page.fill("#name", "Later Union")
        page.wait_for_timeout(500)
        assert "Later Union" == page.inner_text("#preview")
        assert not page.locator("#chosen").is_visible()


def test_several_territories_are_found_one_after_another(browser: Browser, live_url: str) -> None:
    """Behind a comma the list completes the next one and keeps those before."""
    with reading(browser, live_url) as page:
        page.goto(live_url + SIGN)
        first = "document.querySelector('#territories').list.options[0].value"
        name = page.evaluate(first)
        page.fill("#territories", "Kenya, Ug")
        assert f"Kenya, {name}" == page.evaluate(first)
        page.fill("#territories", "")
        assert name == page.evaluate(first)


# ── with and without JavaScript ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_nothing_typed_is_lost(browser: Browser, live_url: str, site: Site, scripts: bool) -> None:
    """Errors, a preview and the way back keep every answer; set right, it is sent, and nothing is held back."""
    answers = {
        "name": "Unión «A» & <b>", "acronym": "UA", "transliteration": "Union", "translation": "Union A", "country": "Kenya",
        "territories": "Kenya, Uganda", "url": "https://example.org/?a=b&c=d", "contact_name": "Öffice", "contact_role": "Desk",
    }  # fmt: skip
    with reading(browser, live_url, java_script_enabled=scripts) as page:
        page.goto(live_url + SIGN)
        for field, text in answers.items():
            page.fill(f"#{field}", text)
        page.select_option("#name_language", "es")
        page.fill("#contact_email", "office@nowhere")  # a browser takes it, the server does not
        page.check("#authority")
        site.clock.advance(minutes=2)
        page.click("button[value=send]")
        assert page.title().startswith("Error: ")
        assert ["Enter the whole e-mail address, for example name@example.org"] == page.locator(
            "#problems a"
        ).all_inner_texts()
        assert answers == {field: page.input_value(f"#{field}") for field in answers}
        assert ("es", True) == (page.input_value("#name_language"), page.is_checked("#authority"))
        page.click("button[value=preview]")
        assert answers == {field: page.input_value(f"#{field}") for field in answers}
        page.fill("#contact_email", "office@example.org")
        page.click("button[value=send]")
        page.wait_for_url("**/received")
        assert "UA Unión «A» & <b> (Union) (Union A), Kenya" == page.inner_text(".sheet .printed")
        assert "office@example.org" not in page.content() + page.url
        page.go_back()
        assert "Unión «A» & <b>" == page.input_value("#name")
    submission = [one for one in site.room.intake.list() if one.parts.acronym == "UA"][-1]
    assert (None, ["KE", "UG"]) == (submission.held, submission.parts.territories)


def test_a_registered_organisation_is_chosen_without_javascript(browser: Browser, live_url: str, room: Room) -> None:
    """It is offered after an update; the choice is sent with the form."""
    with reading(browser, live_url, java_script_enabled=False) as page:
        page.goto(live_url + SIGN)
        assert not page.locator("#chosen").is_visible()
        for name, value in {**FILLED, "name": "Σωματείο Ναυτεργατών"}.items():
            page.fill(f"#{name}", value)
        page.click("button[value=preview]")
        page.click("text=Sign as ΣΝ Σωματείο Ναυτεργατών")
        page.check("#authority")
        page.click("button[value=send]")
        page.wait_for_url("**/received")
    (submission,) = [one for one in room.intake.list() if one.parts.name == "Σωματείο Ναυτεργατών"]
    assert "ΣΝ" == room.register.organisation(str(submission.chosen)).parts["acronym"]


def test_the_field_for_programs_is_met_by_nobody(browser: Browser, live_url: str) -> None:
    """Not seen, not read aloud, not reached by keyboard."""
    with reading(browser, live_url) as page:
        page.goto(live_url + SIGN)
        assert 0 == page.get_by_role("textbox", name="Leave this field empty").count()
        box = page.locator("#remarks").locator("xpath=..").bounding_box()
        assert box is not None
        assert box["width"] <= 1 >= box["height"]
        page.focus("legend + input ~ .field textarea")
        page.keyboard.press("Shift+Tab")
        assert "remarks" != page.evaluate("document.activeElement.id")

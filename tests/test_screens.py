"""Pictures of every page in `var/screens`, for people to look at: wide and narrow, light and dark, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.web import frame
from tests import afterwards, scenes
from tests.places import PLACES, Visit, at, reading
from tests.scenes import CLOSED, SAMPLE
from tests.site import Site, opened

pytestmark = [pytest.mark.screens, pytest.mark.browser, pytest.mark.usefixtures("asked_for")]
FOLDER = Path(__file__).parent.parent / "var" / "screens"
ALL: dict[str, Visit] = PLACES | {"sample": at(f"/statements/{SAMPLE}"), "one signatory": at(f"/statements/{CLOSED}")}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def asked_for(request: pytest.FixtureRequest) -> None:
    """Take pictures only for who asks for them: nobody looks at those of an ordinary run."""
    if "screens" not in request.config.getoption("markexpr"):
        pytest.skip("pictures are taken by `make screens`")


class Pictured:
    """The register that pictures are taken of, with the links of its messages."""

    site: Site
    links: afterwards.Links


@pytest.fixture(scope="module")
def pictured(asked_for: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pictured]:
    """Serve every scene, and what follows the form."""
    made, folder = Pictured(), tmp_path_factory.mktemp("site")

    def fill(site: Site) -> None:
        scenes.every(site.room.register)
        made.site, made.links = site, afterwards.fill(site)

    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill):
        yield made


@pytest.fixture
def app(pictured: Pictured) -> Flask:
    """Let `live_url` serve it; each picture is taken some minutes later, so that no limit is met."""
    pictured.site.clock.advance(minutes=5)
    return pictured.site.app


@pytest.mark.parametrize("place", ALL)
def test_pictures(browser: Browser, live_url: str, place: str) -> None:
    """Each page is taken as a whole; none is empty."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        ALL[place](page, live_url)
        take(page, place)


@pytest.mark.parametrize("state", afterwards.PAGES)
def test_pictures_of_what_follows_the_form(
    browser: Browser, live_url: str, pictured: Pictured, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    """As well, and from right to left."""
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        afterwards.PAGES[state](page, live_url, pictured.links)
        take(page, f"after {state}")
        monkeypatch.setattr(frame, "LANGUAGES", ("ar",))
        page.emulate_media(media="screen", color_scheme="light")
        afterwards.PAGES[state](page, live_url, pictured.links)
        page.screenshot(path=FOLDER / f"after-{state}-arabic.png".replace(" ", "-"), full_page=True)


def take(page: Page, place: str) -> None:
    """Take the pictures of a page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = place.replace(" ", "-")
    for width, scheme in product((1280, 375), SCHEMES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        picture = page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
        assert len(picture) > 5_000
    page.emulate_media(media="print")
    page.pdf(path=FOLDER / f"{name}.pdf", format="A4", print_background=True)

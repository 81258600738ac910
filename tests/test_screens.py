"""Pictures of every page in `var/screens`, for people to look at: wide and narrow, light and dark, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests import scenes
from tests.places import PLACES, Visit, at, reading
from tests.scenes import CLOSED, SAMPLE
from tests.site import Site, opened

pytestmark = [pytest.mark.screens, pytest.mark.browser]
FOLDER = Path(__file__).parent.parent / "var" / "screens"
ALL: dict[str, Visit] = PLACES | {"sample": at(f"/statements/{SAMPLE}"), "one signatory": at(f"/statements/{CLOSED}")}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module", autouse=True)
def asked_for(request: pytest.FixtureRequest) -> None:
    """Take pictures only for who asks for them: nobody looks at those of an ordinary run."""
    if "screens" not in request.config.getoption("markexpr"):
        pytest.skip("pictures are taken by `make screens`")


@pytest.fixture(scope="module")
def site(asked_for: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve every scene."""
    folder = tmp_path_factory.mktemp("site")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, lambda made: scenes.every(made.room.register)) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it."""
    return site.app


@pytest.mark.parametrize("place", ALL)
def test_pictures(browser: Browser, live_url: str, place: str) -> None:
    """Each page is taken as a whole; none is empty."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    name = place.replace(" ", "-")
    with reading(browser, live_url, viewport={"width": 1280, "height": 900}) as page:
        ALL[place](page, live_url)
        for width, scheme in product((1280, 375), SCHEMES):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            picture = page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)
            assert len(picture) > 5_000
        page.emulate_media(media="print")
        page.pdf(path=FOLDER / f"{name}.pdf", format="A4", print_background=True)

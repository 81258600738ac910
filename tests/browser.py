"""Chromium for the tests: the system's own, driven by playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from playwright.sync_api import Browser, Locator, Page, sync_playwright

# A test's pages stand on loopback: nothing that chromium does by itself may leave the machine.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


class NoBrowser(Exception):
    """No chromium is here; the sentence says where it was looked for."""


def executable() -> str:
    """Find chromium: Debian's path first, then PATH."""
    for candidate in ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(candidate)
        if found:
            return found
    raise NoBrowser(
        "There is no chromium: neither /usr/bin/chromium nor one on PATH. On Debian: apt-get install chromium"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start chromium without a window; each context that a test opens in it has a profile of its own."""
    path = executable()
    with sync_playwright() as playwright, _arriving():
        # Chromium's sandbox refuses to run as root and in many containers; the pages are our own.
        started = playwright.chromium.launch(executable_path=path, headless=True, chromium_sandbox=False, args=QUIET)
        try:
            yield started
        finally:
            started.close()


@contextmanager
def _arriving() -> Iterator[None]:
    """Let every click end when the page that it leads to is there.

    Playwright waits until the browser has begun that page; what a test reads then may be half of it, or nothing yet.
    """
    with (
        patch.object(Page, "click", _arrived(Page.click)),
        patch.object(Page, "press", _arrived(Page.press)),
        patch.object(Locator, "click", _arrived(Locator.click)),
    ):
        yield


def _arrived(act: Callable[..., None]) -> Callable[..., None]:
    @wraps(act)
    def done(self: Page | Locator, *args: Any, **options: Any) -> None:
        page = self.page if isinstance(self, Locator) else self
        act(self, *args, **options)
        page.wait_for_load_state()

    return done

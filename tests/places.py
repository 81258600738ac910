"""Where a reader may be: every page and state of it, reached in a browser as a person reaches it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from tests.scenes import BACK, EMPTY, LONG, SAMPLE, SCRIPTS

LIST = f"/statements/{SCRIPTS}"
SIGN = f"{LIST}/sign"
FILLED = {"name": "Parti Haϊtien des pêcheurs", "contact_name": "Office", "contact_email": "office@example.org"}
Visit = Callable[[Page, str], None]


@contextmanager
def reading(browser: Browser, live_url: str, **how: Any) -> Iterator[Page]:
    """Open a page that may ask nobody but the register; afterwards nothing may have been said on the console."""
    context = browser.new_context(**{"locale": "en-GB", "reduced_motion": "reduce", **how})
    complaints: list[str] = []
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def only_ours(route: Any) -> None:
        if urlsplit(route.request.url).netloc == urlsplit(live_url).netloc or route.request.url.startswith("data:"):
            route.continue_()
        else:
            complaints.append(f"asked {route.request.url}")
            route.abort()

    page.route("**/*", only_ours)
    yield page
    context.close()
    # What the browser itself says of an answer with 404 or 422 is no complaint about the page.
    assert [] == [said for said in complaints if "Failed to load resource" not in said or "/static/" in said]


def at(path: str) -> Visit:
    """Open a page by its address."""

    def visit(page: Page, url: str) -> None:
        page.goto(url + path)

    return visit


def form_with_a_question(page: Page, url: str) -> None:
    """Fill the form in with a letter of another script and look at the preview."""
    page.goto(url + SIGN)
    page.fill("#name", FILLED["name"])
    page.click("button[value=preview]")


def form_with_errors(page: Page, url: str) -> None:
    """Send the form with nothing but an address that is none."""
    page.goto(url + SIGN)
    page.eval_on_selector("form.form", "form => form.noValidate = true")
    page.fill("#contact_email", "office@")
    page.click("button[value=send]")


def received(page: Page, url: str) -> None:
    """Send the form."""
    page.goto(url + SIGN)
    for name, value in FILLED.items():
        page.fill(f"#{name}", value)
    page.check("#authority")
    page.click("button[value=send]")
    page.wait_for_url("**/received")


def organisation(page: Page, url: str) -> None:
    """Find an organisation by another spelling and open its page."""
    page.goto(url + "/organisations?q=organizatsiya")
    page.click(".bodies a")
    page.wait_for_url("**/organisations/*-*")


PLACES: dict[str, Visit] = {
    "front": at("/"),
    "chosen": at("/?q=on&state=open&lang=ar"),
    "organisations": at("/organisations"),
    "organisation": organisation,
    "by country": at(f"/statements/{SAMPLE}/territories"),
    "statement": at(LIST),
    "past": at(f"{LIST}?as_of=2026-01-08"),
    "other language": at(f"{LIST}?lang=ar"),
    "page of a long list": at(f"/statements/{LONG}?start=101"),
    "nothing found": at(f"{LIST}?q=nobody"),
    "empty": at(f"/statements/{EMPTY}"),
    "taken back": at(f"/statements/{BACK}"),
    "edition": at(f"{LIST}/editions/1"),
    "editions": at(f"/statements/{LONG}/editions"),
    "texts": at(f"{LIST}/texts"),
    "version of a text": at(f"{LIST}/texts/ar/1"),
    "embed": at(f"{LIST}/embed?as_of=2026-01-08&in=ar&theme=dark"),
    "list for print": at(f"/api/v1{LIST}/signatories.html?as_of=2026-02-08&language=ar"),
    "frame": at(f"/embed/{SCRIPTS}?as_of=2026-02-08"),
    "history": at(f"{LIST}/history?from=2026-01-10&to=2026-06-01"),
    "check": at("/check"),
    "programs": at("/api/v1/docs"),
    "form": at(SIGN),
    "form with a question": form_with_a_question,
    "form with errors": form_with_errors,
    "received": received,
    "error": at(f"{LIST}?as_of=yesterday"),
}

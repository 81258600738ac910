"""The console's keeping pages in a real browser: nothing for axe to find, no sideways scrolling, no need of a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page

from signatures.aggregate import Reason
from signatures.webhooks.keepers import Keeper
from tests.clock import FixedClock
from tests.editing import PASSWORD, quick_passwords
from tests.keeping import REFERENCE, Desk, sign

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),  # a page looks the same on both engines
]
AT = f"/editors/statements/{REFERENCE}"
LONG = "Union démocratique de la jeunesse pour la défense des droits de celles et ceux qui travaillent la terre"


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Make an installation with entries in several scripts, a correction, invitations and terms."""
    quick_passwords(monkeypatch)
    made = Desk(environ, clock)
    receipts = [sign(made.room, "اتحاد عمال الموانئ", name_language="ar"), sign(made.room, LONG, name_language="fr")]
    made.room.register.correct(
        made.account.actor, receipts[0].signature_id, {"acronym": "ا.ع.م"}, reason=Reason("typo", "As they write it.")
    )
    made.room.invitations.invite(REFERENCE, LONG, "a@example.org", "fr", by=made.account.ref)
    made.room.terms.change(REFERENCE, made.account.ref, deadline="2026-12-01T17:00:00.000000Z", threshold=5)
    hook = made.room.hooks.add("https://example.org/" + "hook" * 30, made.account.ref, 0, REFERENCE)
    made.room.hooks.keep(hook.id, Keeper("office@example.org", "en"))
    made.room.signer.prepare()
    yield made
    made.room.close()


@pytest.fixture
def app(desk: Desk) -> Flask:
    """Let `live_url` serve it."""
    return desk.app


def signed_in(page: Page, live_url: str) -> Page:
    """Sign in as the first editor."""
    page.goto(f"{live_url}/editors/sign-in")
    page.fill("#login", "one")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/editors/submissions*")
    return page


def places(desk: Desk) -> list[str]:
    """List the pages."""
    entry = desk.room.store.entries(0, 1_000)
    signed = next(one.data() for one in entry if one.type == "Signed")
    one, organisation = (
        f"{AT}/signatories/{signed['signature_id']}",
        f"/editors/organisations/{signed['organisation_id']}",
    )
    other = next(one.stream.partition("/")[2] for one in reversed(entry) if one.type == "Registered")
    return [
        "/editors/statements", AT, f"{AT}/closing", f"{AT}/reopening", f"{AT}/signatories", one, f"{one}/withdrawal",
        f"{one}/void", "/editors/organisations", organisation, f"{organisation}/merger?q=union&into={other}",
        "/editors/invitations", f"{AT}/invitations", f"{AT}/invitations/new", f"{AT}/invitations/reminders", f"{AT}/order",
        "/editors/webhooks", "/editors/webhooks/key", f"/editors/webhooks/{desk.room.hooks.list()[0].id}",
        "/editors/statements/new", f"{AT}/data", f"{AT}/texts", f"{AT}/texts/en", f"{AT}/editions",
    ]  # fmt: skip


def faults(page: Page) -> list[str]:
    """Name what axe finds, and whether a narrow page scrolls sideways."""
    found = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in Axe().run(page).response["violations"]]
    page.set_viewport_size({"width": 320, "height": 800})
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways at 320 px")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found


def test_every_page_is_accessible(desk: Desk, browser: Browser, live_url: str) -> None:
    """Light and dark, from left and from right, with an error and with lines that were weighed."""
    for scheme in ("light", "dark"):
        context = browser.new_context(locale="en-GB", color_scheme=scheme, reduced_motion="reduce")
        page = signed_in(context.new_page(), live_url)
        for place in places(desk):
            page.goto(live_url + place)
            if scheme == "dark":
                page.evaluate("document.documentElement.dir = 'rtl'")
            assert [] == faults(page), place
        page.goto(live_url + AT)
        page.fill("#deadline_day", "2027-10-31")
        page.fill("#deadline_hour", "02:30")
        page.click("text=Change the terms")
        assert [] == faults(page)
        page.goto(f"{live_url}{AT}/invitations/new")
        page.fill("#lines", "Union X; x@example.org\nbroken")
        page.click("text=Look at the lines first")
        assert [] == faults(page)
        context.close()


def test_everything_works_without_a_script(desk: Desk, browser: Browser, live_url: str) -> None:
    """Terms with an hour that is asked about, invitations that are looked at first, and an early close."""
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = signed_in(context.new_page(), live_url)
    page.goto(live_url + AT)
    page.fill("#deadline_day", "2027-10-31")
    page.fill("#deadline_hour", "02:30")
    page.click("text=Change the terms")
    page.check("input[name=deadline_fold][value='1']")
    page.click("text=Change the terms")
    assert "The terms are changed." == page.inner_text(".done")
    assert "2027-10-31T01:30:00.000000Z" == desk.room.terms.of(REFERENCE).deadline

    page.goto(f"{live_url}{AT}/invitations/new")
    page.fill("#lines", "Union X; x@example.org\nbroken\nUnion Y; y@example.org; de")
    page.click("text=Look at the lines first")
    page.click("text=Send 2 invitations")
    assert ["y@example.org", "x@example.org", "a@example.org"] == [
        one.email for one in desk.room.invitations.list(REFERENCE)
    ]
    page.goto(live_url + AT)
    page.click("text=Close now …")
    page.click("button:has-text('Close now')")
    assert "Signing has ended." == page.inner_text(".done")
    context.close()

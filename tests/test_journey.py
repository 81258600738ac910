"""The whole way in a real browser, over a real server and a real mail server: signed, confirmed, accepted, corrected, left.

With JavaScript and without, in every language of the pages. Elements are found by what they are, never by their words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

import wsgi
from signatures.clock import system_clock
from signatures.mail.message import one_line
from signatures.room import Room
from signatures.web.catalogues import LANGUAGES, catalogue
from tests.api import small_environ
from tests.editing import PASSWORD
from tests.mailserver import Mailserver, Taken, free_port, mailserver
from tests.places import reading
from tests.scenes import EDITOR, TEXT, begin
from tests.test_serving import Server, until

pytestmark = pytest.mark.browser
REFERENCE = "journey"
TITLES = {
    "en": "On keeping a common list",
    "de": "Über das Führen einer gemeinsamen Liste",
    "ar": "حول حفظ قائمة مشتركة",
}
PATIENT = 2_100  # milliseconds: who sends a form sooner than within two seconds waits for an editor's release
MAILS = Path(wsgi.__file__).parent / "signatures" / "templates" / "mail"
SUBJECT = re.compile(r"block subject %\}\{\{ _\('([^']+)', title=title\)")


class Traveller(NamedTuple):
    """Who goes the whole way."""

    language: str
    scripts: bool
    name: str

    @property
    def email(self) -> str:
        """Its own address."""
        return f"office@{self.language}-{'js' if self.scripts else 'plain'}.example.org"

    @property
    def line(self) -> str:
        """The line as it signs."""
        return f"{self.name} (Union)"


TRAVELLERS = [
    Traveller("en", scripts=True, name="Harbour Workers’ Union"),
    Traveller("en", scripts=False, name="Guild of <b>Weavers</b> & Dyers"),
    Traveller("de", scripts=True, name="Verband der Glasbläser"),
    Traveller("de", scripts=False, name="Nachtwächterbund"),
    Traveller("ar", scripts=True, name="اتحاد عمال الموانئ"),
    Traveller("ar", scripts=False, name="نقابة البنائين"),
]


class Installation(NamedTuple):
    """A register that is served, and where its mails arrive."""

    server: Server
    mails: Mailserver

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.port}"

    def listed(self, as_of: str, **question: Any) -> list[str]:
        """Tell who stands on a date, as programs are told."""
        asked = "".join(f"&{name}={value}" for name, value in question.items())
        told = self.told(f"signatories?as_of={as_of}{asked}")
        return [entry["printed"] for entry in told["numbered"] + told["subsequent"]]

    def told(self, path: str) -> Any:
        """Ask the API about the statement."""
        status, body = self.server.ask(f"/api/v1/statements/{REFERENCE}/{path}")
        assert 200 == status, body
        return json.loads(body)

    def mail(self, traveller: Traveller, kind: str) -> str:
        """Wait for a mail in the language in which the form was read; return its text."""
        (written,) = SUBJECT.findall((MAILS / f"{kind}.html").read_text())
        subject = catalogue(traveller.language).gettext(written)
        assert (traveller.language == "en") == (subject == written), f"“{written}” is not translated"
        expected = one_line(subject % {"title": TITLES[traveller.language]})

        def arrived() -> Taken | None:
            mine = [one for one in self.mails.taken if traveller.email in one.recipients]
            return next((one for one in mine if one.message["Subject"] == expected), None)

        found = until(arrived)
        assert traveller.language == found.message["Content-Language"]
        return found.part("plain")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Serve a published statement in three languages, with gunicorn; its mails go to a mail server."""
    folder, port = tmp_path_factory.mktemp("journey"), free_port()
    with mailserver() as mails:
        environ = small_environ(folder) | {
            "SIGNATURES_BASE_URL": f"http://127.0.0.1:{port}",
            "SIGNATURES_SMTP_URL": mails.url,
            "SIGNATURES_MAIL_FROM": "register@example.org",
        }
        prepare(environ)
        server = Server(environ, folder / "server.log", port)
        try:
            until(server.is_ready)
            yield Installation(server, mails)
        finally:
            server.end()


def prepare(environ: dict[str, str]) -> None:
    """Publish the statement a week ago, and let an editor in."""
    wsgi.initialise(environ)
    room = Room(environ, system_clock)
    try:
        begin(room.register, REFERENCE, title=TITLES["en"])
        for language in ("de", "ar"):
            room.register.set_text(EDITOR, REFERENCE, language=language, title=TITLES[language], text=TEXT)
        a_week_ago = datetime.now(UTC).date() - timedelta(days=7)
        room.register.publish(EDITOR, REFERENCE, as_of=a_week_ago.isoformat())
        room.accounts.create("ada", "Ada", "editor", PASSWORD)
    finally:
        room.close()


@pytest.mark.parametrize("traveller", TRAVELLERS, ids=lambda one: f"{one.language}-{'js' if one.scripts else 'plain'}")
def test_from_the_form_to_the_lists_of_all_days(
    browser: Browser, installation: Installation, traveller: Traveller
) -> None:
    """Signed, confirmed, accepted, corrected and withdrawn; lists of the days before, between and after say what was true."""
    assert traveller.language in LANGUAGES, "this language has no catalogue"
    with reading(browser, installation.url, java_script_enabled=traveller.scripts) as page:
        fill_the_form(page, installation, traveller)
        confirm(page, installation, traveller)
        assert [] == [line for line in installation.listed("") if traveller.name in line]
        accept(browser, installation, traveller)
        signed = read_the_receipt(page, installation, traveller)
        corrected = correct(page, installation, traveller)
        leaves = withdraw(page, installation, traveller, signed["signed_on"])
        expected = {
            day_after(signed["signed_on"], -1): [],
            signed["signed_on"]: [corrected],
            leaves: [],
        }
        look_at_the_lists(page, installation, traveller, expected)
        look_back(page, installation, traveller, signed)
        events = [e for e in installation.told("events?limit=500")["events"] if signed["signature_id"] in json.dumps(e)]
        assert ["Signed", "Corrected", "Withdrawn"] == [event["type"] for event in events]


# ── the steps ────────────────────────────────────────────────────────────────────────────────────────────────────────


def fill_the_form(page: Page, installation: Installation, traveller: Traveller) -> None:
    """Read the statement in a language, go to its form, fill it in and send it."""
    page.goto(f"{installation.url}/statements/{REFERENCE}?lang={traveller.language}")
    speaks(page, traveller)
    page.click(f"main a[href*='/statements/{REFERENCE}/sign']")
    speaks(page, traveller)
    page.wait_for_timeout(PATIENT)
    page.fill("#name", traveller.name)
    page.select_option("#name_language", traveller.language)
    page.fill("#translation", "Union")
    page.fill("#contact_name", "Press Office")
    page.fill("#contact_email", traveller.email)
    page.check("#authority")
    page.click("#send")
    page.wait_for_url("**/sign/received*")
    speaks(page, traveller)
    assert traveller.line == page.text_content(".sheet .printed")


def confirm(page: Page, installation: Installation, traveller: Traveller) -> None:
    """Open the link of the mail, type its digits and say that the organisation signs."""
    text = installation.mail(traveller, "confirmation")
    page.goto(link(text, "confirmations"))
    speaks(page, traveller)
    assert traveller.line == page.text_content(".sheet .printed")
    page.fill("#code", digits(text))
    page.click("button[name=answer][value=sign]")
    page.wait_for_url("**/confirmations/done*")
    speaks(page, traveller)
    assert traveller.line == page.text_content(".sheet .printed")


def accept(browser: Browser, installation: Installation, traveller: Traveller) -> None:
    """Sign in as an editor whose browser speaks the same language, and accept what waits."""
    with reading(browser, installation.url, java_script_enabled=traveller.scripts, locale=traveller.language) as page:
        page.goto(f"{installation.url}/editors/")
        speaks(page, traveller)
        page.fill("#login", "ada")
        page.fill("#password", PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/editors/submissions*")
        speaks(page, traveller)
        page.locator(".queue a", has_text=traveller.name).click()
        page.click(".decide button[name=do][value=new]")
        page.wait_for_selector(".outcome")
        assert traveller.line == page.text_content(".outcome .said")


def read_the_receipt(page: Page, installation: Installation, traveller: Traveller) -> dict[str, Any]:
    """Find the organisation on the list, and the receipt by the link of its mail; tell what the list says of it."""
    assert traveller.line in lines(page, installation, traveller)
    text = installation.mail(traveller, "accepted")
    page.goto(link(text, "receipts"))
    speaks(page, traveller)
    assert traveller.line == page.text_content(".sheet .printed")
    assert 32 == page.locator(".strip rect").count()
    (entry,) = [one for one in installation.told("signatories")["subsequent"] if one["printed"] == traveller.line]
    assert link(text, "receipts").partition("?")[0].endswith(entry["signature_id"])
    page.goto(link(text, "entries"))
    speaks(page, traveller)
    return dict(entry)


def correct(page: Page, installation: Installation, traveller: Traveller) -> str:
    """Add the country: look at both lines, then do it; tell the new line."""
    page.click("main a[href*='/correction']")
    speaks(page, traveller)
    page.fill("#country", "Kenya")
    page.click("button[name=do][value=show]")
    page.wait_for_selector("button[name=do][value=act]")
    speaks(page, traveller)
    corrected = f"{traveller.line}, Kenya"
    assert [traveller.line, corrected] == page.locator(".printed").all_text_contents()
    assert corrected not in installation.listed("")
    page.click("button[name=do][value=act]")
    page.wait_for_url("**done=corrected*")
    speaks(page, traveller)
    assert corrected == page.text_content(".sheet .printed")
    installation.mail(traveller, "corrected")
    return corrected


def withdraw(page: Page, installation: Installation, traveller: Traveller, signed_on: str) -> str:
    """Withdraw from the day after the signature: look at what happens, then do it; tell that day."""
    leaves = day_after(signed_on)
    page.click("main a[href*='/withdrawal']")
    speaks(page, traveller)
    page.fill("#on", leaves)
    page.click("button[name=do][value=show]")
    page.wait_for_selector("button[name=do][value=act]")
    speaks(page, traveller)
    page.check("#sure")
    page.click("button[name=do][value=act]")
    page.wait_for_url("**done=withdrawn*")
    speaks(page, traveller)
    installation.mail(traveller, "withdrawn")
    return leaves


def look_at_the_lists(
    page: Page, installation: Installation, traveller: Traveller, expected: dict[str, list[str]]
) -> None:
    """Ask for the lists of several days, as people and as programs do."""
    for day, lines_of_day in expected.items():
        for found in (
            installation.listed(day),
            lines(page, installation, traveller, f"&as_of={day}&show=standing"),
        ):
            assert lines_of_day == [line for line in found if traveller.name in line], day


def look_back(page: Page, installation: Installation, traveller: Traveller, signed: dict[str, Any]) -> None:
    """What was known before the correction and the withdrawal is still told: at that position, and by the history."""
    known = lines(
        page, installation, traveller, f"&as_of={day_after(signed['signed_on'])}&position={signed['position']}"
    )
    assert [traveller.line] == [line for line in known if traveller.name in line]
    page.goto(f"{installation.url}/statements/{REFERENCE}/history?lang={traveller.language}")
    speaks(page, traveller)
    assert page.locator("table tr", has_text=traveller.name).count() >= 3


# ── what every step needs ────────────────────────────────────────────────────────────────────────────────────────────


def speaks(page: Page, traveller: Traveller) -> None:
    """See that a page is in the traveller's language, and written in its direction."""
    direction = "rtl" if traveller.language == "ar" else "ltr"
    assert (traveller.language, direction) == (page.get_attribute("html", "lang"), page.get_attribute("html", "dir")), (
        urlsplit(page.url).path
    )


def lines(page: Page, installation: Installation, traveller: Traveller, more: str = "") -> list[str]:
    """Read the printed lines of a list page."""
    page.goto(f"{installation.url}/statements/{REFERENCE}?lang={traveller.language}{more}")
    speaks(page, traveller)
    return page.locator(".entry .line").all_text_contents()


def link(text: str, place: str) -> str:
    """Find in a mail the link that leads to a place."""
    found = re.search(rf"^http://127\.0\.0\.1:\d+/{place}/\S+$", text, re.MULTILINE)
    assert found is not None, text
    return found[0]


def digits(text: str) -> str:
    """Find the six digits in a mail."""
    found = re.search(r": (\d{6})$", text, re.MULTILINE)
    assert found is not None, text
    return found[1]


def day_after(day: str, days: int = 1) -> str:
    """Tell the day after a day."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()

"""A register with every scene, and one page of each kind that following links meets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from signatures.editors.signing_in import cookie_name
from signatures.importing.sources import read_source
from signatures.importing.sources.reading import report_of
from signatures.web.openapi import PREFIX
from tests import afterwards, editing, queueing, scenes
from tests.editing import PASSWORD, editor, quick_passwords
from tests.site import BASE, Site, links, opened

MOST = 600  # pages opened on the way; many are of one kind
PAPER = "text/html; charset=utf-8"
STARTS = (
    "/",
    "/check",
    f"/embed/{scenes.SCRIPTS}",
    "/problems/statement-closed",
    "/confirmations/sent",
    "/objections/noted",
    "/editors/",
    "/editors/submissions",
    "/editors/account",
    f"/editors/statements/{scenes.CLOSED}/reopening",
    f"/editors/statements/{scenes.SCRIPTS}/closing",
    f"/editors/statements/{scenes.DRAFT}/discarding",
)
AFTER_AN_ACT = {
    "confirmation.done",
    "form.received",
    "importing.progress",
    "inviting.cancel",
    "inviting.remind",
    "organisations.unmerge",
    "signatories.annul",
    "signin.sign_in",
}
"""Pages that no link leads to: they follow what somebody has done, or has not. Their own tests look at them."""


NO_PAGES = {
    "cards.register",
    "cards.statement",
    "feeds.archive",
    "feeds.newest",
    "form.suggestions",
    "memento.timegate",
    "memento.timemap",
    "health.healthz",
    "health.metrics",
    "health.readyz",
    "site.favicon",
    "site.part",
    "site.robots",
    "site.sitemap",
}
"""What programs ask for."""


class Met:
    """A register with every scene, and one page of each kind that following links from its starts meets."""

    def __init__(self, site: Site, links_: afterwards.Links) -> None:
        self.site, self.account = site, editor(site.app, "reader", "admin", PASSWORD)
        self.others: set[str] = set()  # files, and addresses that lead on
        self.pages = self._met([*STARTS, *links_.paths.values(), f"{links_.paths['entry listed']}/correction"])

    def _met(self, waiting: list[str]) -> dict[str, str]:
        browser, seen, met = editing.Browser(self.site.app, BASE), set[str](), dict[str, str]()
        browser.sign_in("reader")
        while waiting and len(seen) < MOST:
            path = waiting.pop(0)
            kind = self._kind(path)
            if path in seen or not kind or kind in met or path.startswith(PREFIX):
                continue
            seen.add(path)
            answer = browser.get(path)
            answer.get_data()
            answer.close()
            if answer.status_code != 200 or answer.content_type != PAPER:
                self.others.add(kind)
                continue
            met.setdefault(kind, path)
            waiting += [*links(answer.text, path), *links(answer.text, path, followed=False)]
        return met

    def signed_in(self, url: str) -> Any:
        """Give what a browser keeps of somebody who is signed in at an address."""
        token = self.site.room.sessions.open(self.account.id)
        cookie = {"name": cookie_name(self.site.room), "value": token, "domain": urlsplit(url).hostname, "path": "/"}
        whole = {"expires": -1, "httpOnly": True, "secure": False, "sameSite": "Lax"}
        return {"cookies": [{**cookie, **whole}], "origins": []}

    def _kind(self, path: str) -> str:
        try:
            return str(self.site.app.url_map.bind("localhost").match(urlsplit(path).path, "GET")[0])
        except HTTPException:
            return ""


@contextmanager
def every_page(folder: Path, url: str | None = None) -> Iterator[Met]:
    """Fill one register with everything, on SQLite unless an address is given, and follow its links."""
    made: list[afterwards.Links] = []

    def fill(site: Site) -> None:
        scenes.every(site.room.register)
        made.append(afterwards.fill(site))
        queueing.publish(site.room)
        queueing.fill(site.room)
        raw = b"Letter\n\nSignatories (as of 7 June 2021):\n1. Water Union, Kenya\n2. Lake Society\nContact: nobody\n"
        source = read_source(raw)
        hook = site.room.announcer.add("https://hooks.example.org/register", "editor:test")
        site.room.announcer.test(hook.id)
        site.room.staged_imports.stage("letter.txt", raw, source, report_of(source), "editor:test")

    with (
        pytest.MonkeyPatch.context() as patched,
        opened(url or f"sqlite:///{quote(str(folder))}/var", folder, fill) as site,
    ):
        quick_passwords(patched)
        yield Met(site, made[0])

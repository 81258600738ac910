"""The console's keeping pages as editors meet them: two editors, an auditor, and a statement or two."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

from flask import Flask

from signatures.organisation import NameParts
from signatures.register import Receipt
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console, editor, room_of
from tests.htmlpage import Page
from tests.queueing import EDITOR, TEXT

REFERENCE = "common-2026"
DRAFT = "sketch-2026"


class Desk:
    """An installation with a published statement and a draft, and the browsers of those who keep it."""

    def __init__(self, environ: dict[str, str], clock: FixedClock) -> None:
        self.clock = clock
        self.app: Flask = console(environ, clock)
        self.room: Room = room_of(self.app)
        self.account = editor(self.app, "one")
        editor(self.app, "two")
        editor(self.app, "watcher", "auditor")
        begin(self.room, REFERENCE)
        self.room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")
        begin(self.room, DRAFT)
        self.one, self.two, self.watcher = (Browser(self.app) for _ in range(3))
        self.go_on()

    def go_on(self, **units: float) -> None:
        """Let time pass; everybody signs in again."""
        self.clock.advance(timedelta(**units))
        for browser, login in ((self.one, "one"), (self.two, "two"), (self.watcher, "watcher")):
            browser.sign_in(login)

    def read(self, path: str, status: int = 200) -> Page:
        """Read a page as the first editor."""
        answer = self.one.get(path)
        assert status == answer.status_code, answer.text[:3_000]
        return Page(answer.text)

    def send(self, path: str, /, **typed: str) -> str:
        """Send a form as the first editor; tell where it leads."""
        answer = self.one.post(path, typed)
        assert 303 == answer.status_code, answer.text[:3_000]
        return str(answer.location)

    def refused(self, path: str, /, **typed: str) -> str:
        """Send a form that needs another look; tell the page that asks again."""
        answer = self.one.post(path, typed)
        assert 422 == answer.status_code, answer.text[:3_000]
        return answer.text

    def types(self, since: int = 0) -> list[str]:
        """List the types of the log's entries after a position."""
        return [entry.type for entry in self.room.store.entries(since, 1_000)]

    def position(self) -> int:
        """Tell the log's last position."""
        newest = self.room.store.newest()
        return newest.position if newest else 0

    def acts(self) -> list[str]:
        """List the acts that were noted, the newest first, but for signing in."""
        return [act.act for act in self.room.acts.list() if act.act != "sign-in"]


def begin(room: Room, reference: str) -> None:
    """Draft a statement with a text, in Berlin's time."""
    room.register.draft(
        EDITOR, reference=reference, kind="Resolution", time_zone="Europe/Berlin", default_language="en"
    )
    room.register.set_text(EDITOR, reference, language="en", title="On keeping a common list", text=TEXT)


def sign(room: Room, name: str, reference: str = REFERENCE, **parts: Any) -> Receipt:
    """Sign for an organisation today."""
    return room.register.sign(EDITOR, reference, NameParts(name, **parts), signed_on="2026-11-23", method="paper")


def at_once(*acts: Callable[[], object]) -> None:
    """Do several things at the same moment."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        act()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

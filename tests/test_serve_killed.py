"""A whole server killed between what it took and the mail about it: no mail is lost, none that was taken goes twice."""

from __future__ import annotations

import re
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from signatures.clock import system_clock
from signatures.room import Room
from tests.commands import Commands
from tests.mailserver import Mailserver, mailserver
from tests.test_serving import Server, until

FIELDS = {"name": "Union A", "contact_name": "Office", "authority": "yes", "do": "send"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
UNHURRIED = 2.1  # seconds; faster forms are held back
LONG_AGO = "2020-01-01T00:00:00.000000Z"


class Installation:
    """A register that is served, killed and served again."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.environ, self.folder, self.starts = environ, folder, 0
        self.server = self.start()

    def start(self) -> Server:
        """Serve."""
        self.starts += 1
        self.server = Server(self.environ, self.folder / f"server-{self.starts}.log")
        until(self.server.is_ready)
        return self.server

    def send(self, address: str) -> None:
        """Fill the form in over HTTP."""
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        url = f"http://127.0.0.1:{self.server.port}/statements/letter/sign"
        with browser.open(url) as page:
            hidden = dict(HIDDEN.findall(page.read().decode()))
        time.sleep(UNHURRIED)
        data = urllib.parse.urlencode({**hidden, **FIELDS, "contact_email": address}).encode()
        with browser.open(urllib.request.Request(url, data, {"Referer": url})) as answer:
            assert 200 == answer.status

    def sql(self, statement: str) -> list[tuple[int]]:
        """Ask or change the contacts database, as time does."""
        room = Room(self.environ, system_clock)
        with closing(room), room.contacts.database.writing("submission") as transaction:
            return transaction.execute(statement)

    def sent(self) -> int:
        """Count the mails that the outbox calls sent."""
        return self.sql("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL")[0][0]


@pytest.fixture
def post() -> Iterator[Mailserver]:
    """Run a real mail server."""
    with mailserver() as running:
        yield running


@pytest.fixture
def served(environ: dict[str, str], post: Mailserver, tmp_path: Path) -> Iterator[Installation]:
    """Serve a register with one published statement."""
    run = Commands(environ)
    run("init")
    run("draft", "letter", "--title", "A letter")
    run("publish", "letter", "--as-of", "2021-06-07")
    mail = {"SIGNATURES_SMTP_URL": post.url, "SIGNATURES_MAIL_FROM": "register@example.org"}
    installation = Installation({**environ, **mail}, tmp_path)
    try:
        yield installation
    finally:
        installation.server.end()


@pytest.mark.faults
def test_killed_before_the_mail_leaves(served: Installation, post: Mailserver) -> None:
    """The mail server does not answer, the register is killed: started again, it sends the mail, once."""
    post.stalls.add("DATA")
    served.send("one@example.org")
    post.wait_for("DATA")
    served.server.end()
    assert ([], 0) == (post.recipients(), served.sent())
    post.stalls.clear()
    served.sql(f"UPDATE outbox SET claimed_until = '{LONG_AGO}' WHERE sent_at IS NULL")  # five minutes later
    served.start()
    until(lambda: served.sent() == 1)
    time.sleep(3)
    assert ["one@example.org"] == post.recipients()


@pytest.mark.faults
def test_killed_after_the_mail_was_taken(served: Installation, post: Mailserver) -> None:
    """What the mail server acknowledged and the register noted is not sent again by those who come after."""
    served.send("one@example.org")
    until(lambda: served.sent() == 1)
    for _ in range(2):
        served.server.end()
        served.sql(f"UPDATE outbox SET claimed_until = '{LONG_AGO}' WHERE claimed_until IS NOT NULL")
        served.start()
        time.sleep(3)
    assert ["one@example.org"] == post.recipients()


@pytest.mark.faults
def test_killed_at_once_after_the_form_was_taken(served: Installation, post: Mailserver) -> None:
    """Whatever moment it is, each submission that was acknowledged gets its message."""
    addresses = [f"office{number}@example.org" for number in range(3)]
    for address in addresses:
        served.send(address)
        served.server.end()
        served.sql(f"UPDATE outbox SET claimed_until = '{LONG_AGO}' WHERE sent_at IS NULL")
        served.start()
    until(lambda: served.sent() == len(addresses))
    assert set(addresses) == set(post.recipients())
    assert len(set(post.ids())) == len(addresses)  # were one to leave twice, it would bear one Message-ID

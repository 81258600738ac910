"""A canary: what a person wrote is where it must be and nowhere else, and after erasure in no byte of any file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from email import message_from_bytes, policy
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import psycopg
import pytest

from signatures.clock import system_clock
from signatures.intake.contacts import Contact
from signatures.pages.formstamp import TOO_FAST
from signatures.room import Room
from tests import postgresql, submitting
from tests.commands import Commands
from tests.submitting import EDITOR, REFERENCE, typed
from tests.test_serving import Server, until

SIGN = f"/statements/{REFERENCE}/sign"
LISTS = [
    f"/api/v1/statements/{REFERENCE}/signatories.{form}?as_of=2031-01-01"
    for form in ("json", "csv", "txt", "html", "jsonld", "pdf", "docx")
]
PLACES = ["/", f"/statements/{REFERENCE}", f"/statements/{REFERENCE}/history", "/api/v1/statements", *LISTS]


class Canary:
    """A person whose name, role and address nobody else has, and every way in which they might be written."""

    def __init__(self) -> None:
        mark = uuid4().hex[:12]
        self.contact = Contact(f"Zoë Kanarie{mark}", f"Sekretärin{mark}", f"kanarie{mark}@vogel{mark}.example.org")
        words = [f"kanarie{mark}", f"sekretärin{mark}", f"vogel{mark}", *self.contact]
        self.words = [form for word in words if word for form in _forms(word)]

    def within(self, content: bytes) -> bool:
        """Tell whether anything of it is in some bytes."""
        folded = content.lower()
        return any(word in content or word.lower() in folded for word in self.words)

    def files(self, *folders: Path) -> set[str]:
        """Name the files that hold anything of it."""
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        assert found
        return {path.name for path in found if self.within(path.read_bytes()) or self.within(str(path).encode())}


def _forms(word: str) -> Iterator[bytes]:
    """Write a word as files, mails, addresses and digests do."""
    plain = word.encode()
    yield from (plain, plain.hex().encode(), word.encode("utf-16-le"), quote(word).encode())
    yield json.dumps(word)[1:-1].encode()
    yield hashlib.sha256(plain).hexdigest().encode()
    yield hashlib.sha256(plain.lower()).digest()
    for before in range(3):  # base64 has three faces, by where a word begins
        encoded = base64.b64encode(b"x" * before + plain)
        yield encoded[4 if before else 0 : len(encoded) // 4 * 4 - 4]


class Place:
    """A served register in a folder of its own, where every file that anything leaves behind is found."""

    def __init__(self, environ: dict[str, str], folder: Path) -> None:
        self.environ, self.folder = environ, folder
        self.run = Commands(environ)
        self.said = folder / "said.txt"

    def command(self, *words: object) -> str:
        """Run a command, and keep what it says among the files."""
        done = self.run(*words)
        with self.said.open("a") as file:
            file.write(done.output)
        return done.stdout


@pytest.fixture
def place(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Make a register with a published statement; whatever is spooled is spooled into it."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    monkeypatch.setenv("SQLITE_TMPDIR", str(spool))
    made = Place(environ, tmp_path)
    made.command("init")
    with submitting.opened(environ, system_clock) as room:
        submitting.publish_statement(room)
    return made


@pytest.fixture
def server(place: Place) -> Iterator[Server]:
    """Serve it while everything else happens: its connections stay open."""
    started = Server(place.environ, place.folder / "server.log")
    try:
        until(started.is_ready)
        yield started
    finally:
        started.end()


class Browser:
    """A person's browser, over the network: one cookie, and the marks of the page that is open."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookie, self.marks = "", dict[str, str]()

    def open(self, path: str) -> None:
        """Open a page that has a form."""
        status, page = self._ask("GET", path)
        assert 200 == status, page
        self.marks |= dict(re.findall(r'name="(csrf_token|form_id)" value="([^"]+)"', page))

    def send(self, path: str, **fields: str) -> int:
        """Send its form, and look at where that leads."""
        return self._ask("POST", path, urlencode(self.marks | fields))[0]

    def sign(self, contact: Contact, **fields: str) -> int:
        """Send the signing form."""
        values = {"contact_name": contact.name, "contact_role": contact.role or "", "contact_email": contact.email}
        return self.send(SIGN, **typed(**values) | fields)

    def _ask(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        headers = {"Cookie": self.cookie} | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode()
        self.cookie = str(answer.headers["Set-Cookie"] or self.cookie).partition(";")[0]
        connection.close()
        if answer.status == 303:
            assert 200 == self._ask("GET", urlsplit(str(answer.headers["Location"])).path)[0]
        return answer.status, page


def letter(room: Room, to: str, *words: str) -> tuple[str, str]:
    """Wait for a mail to somebody that holds some words, whoever sends it; tell the path of its link, and its code."""
    return until(lambda: arrived(room, to, *words))


def arrived(room: Room, to: str, *words: str) -> tuple[str, str] | None:
    """Find the newest such mail."""
    for path in sorted((room.state_dir / "outbox").glob("*.eml"), reverse=True):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        if message["To"].addresses[0].addr_spec == to and all(word in text for word in words):
            code = re.search(r"Code: (\d{6})", text)
            found = re.search(r"http://localhost(/(?:confirmations|entries|invitations)/\S+)", text)
            assert found, text
            return found[1], code[1] if code else ""
    return None


def live(server: Server, place: Place, room: Room, person: Contact) -> None:
    """Let a person meet the register in every way: sign, mistype, confirm, be accepted, asked, refused, invited, correct."""
    names = ("Union A", "Union B", "Union C", "Union D")
    browsers = {name: Browser(server) for name in names}
    for browser in browsers.values():
        browser.open(SIGN)
    time.sleep(TOO_FAST.total_seconds())
    for name, browser in browsers.items():
        assert 422 == browser.sign(person._replace(email=person.email.replace("@", " at ")), name=name)
        assert 400 == browser.sign(person, name=name, csrf_token="forged")
        assert 413 == browser.sign(person, name=name, url="x" * 70_000)
        assert 200 == browser.sign(person, name=name, do="preview")
        assert 303 == browser.sign(person, name=name)
    place.command("tick")
    for name in ("Union A", "Union B", "Union C"):
        path, code = letter(room, person.email, "/confirmations/", name)
        browsers[name].open(path)
        assert 404 == browsers[name].send(path, answer="sign", code="wrong")
        assert 303 == browsers[name].send(path, answer="sign", code=code)
    decide(server, place, room, person, browsers["Union A"])


def decide(server: Server, place: Place, room: Room, person: Contact, browser: Browser) -> None:
    """Decide on what the person sent, and let them do what they may with it."""
    ids = {one.parts.name: one.id for one in room.intake.list()}
    place.command("submissions", "accept", ids["Union A"])
    room.intake.refuse(ids["Union B"], EDITOR, "other", f"We do not know {person.name}.")
    room.intake.ask(ids["Union C"], EDITOR, f"Is {person.name} your {person.role}?")
    room.invitations.invite(REFERENCE, f"Office of {person.name}", person.email, "en", by="editor:test")
    place.command("tick")
    path, _ = letter(room, person.email, "/entries/", "Union A")
    browser.open(f"{path}/correction")
    for do in ("show", "act"):
        browser.send(f"{path}/correction", name="Union A.", acronym="UA", name_language="en", code="typo", do=do)
    assert "Union A." in place.command("list", REFERENCE)
    browser.open(letter(room, person.email, "/invitations/")[0])
    place.command("tick")
    letter(room, person.email, "/entries/", "Union A.")  # the last of them is on its way before anything is erased


def answers(server: Server, place: Place) -> list[bytes]:
    """Read everything public; a list's hour of asking is not in it."""
    told = [server.ask(path) for path in PLACES]
    assert [200] * len(PLACES) == [status for status, _ in told]
    return [body for _, body in told]


def elsewhere(server: Server, place: Place, number: int) -> list[Path]:
    """Write what leaves the house, and what commands tell."""
    export, backup, public = (place.folder / f"{name}-{number}" for name in ("export", "backup", "public"))
    place.command("export", export)
    place.command("export", public, "--public")
    place.command("backup", backup)
    place.command("submissions", "--all")
    place.command("list", REFERENCE)
    place.command("history", REFERENCE)
    place.command("check")
    place.command("doctor")
    (place.folder / f"answers-{number}").write_bytes(b"\n".join(answers(server, place)))
    return [export, public, backup]


@pytest.mark.slow
def test_a_person_is_nowhere_but_in_the_contacts_and_after_erasure_nowhere(
    place: Place, server: Server, request: pytest.FixtureRequest
) -> None:
    """Files of databases, state, spool, logs of the server, answers, exports, copies; while the register is served."""
    canary, bystander = Canary(), Canary()
    with ExitStack() as stack:
        room = stack.enter_context(submitting.opened(place.environ, system_clock))
        live(server, place, room, canary.contact)
        other = submitting.confirmed(room, "Union Z", contact=bystander.contact)
        elsewhere(server, place, 1)
        before = answers(server, place)
        found = canary.files(place.folder)
        engine = "contacts.db" if place.environ["SIGNATURES_DATABASE"].startswith("sqlite") else "eml"
        assert {engine, "eml"} == {_kind(name) for name in found}
        for copy in (place.folder / "backup-1").rglob("contacts.db"):
            copy.unlink()  # an operator erases it in copies, too, or repeats it where one is restored

        told = place.command("forget", canary.contact.email.upper(), "--yes")
        assert "Held: 4 submissions, 1 invitations" in told
        elsewhere(server, place, 2)
        assert set() == canary.files(place.folder)
        assert before == answers(server, place)
        assert "Everything agrees" in place.command("check")
        assert bystander.contact == room.intake.show(other).contact
        assert canary.files(place.folder) == set()
        assert bystander.files(place.folder) or not place.environ["SIGNATURES_DATABASE"].startswith("sqlite")
    assert 0 == server.stop()
    assert set() == canary.files(place.folder)
    if place.environ["SIGNATURES_DATABASE"].startswith("postgresql"):
        cluster: postgresql.Server = request.getfixturevalue("postgresql_server")
        assert [] == _in_the_cluster(cluster, place.environ["SIGNATURES_DATABASE"], canary)
        assert [] != _in_the_cluster(cluster, place.environ["SIGNATURES_DATABASE"], bystander)


def _kind(name: str) -> str:
    """Tell whether a file is of the contacts or a mail."""
    return "eml" if name.endswith(".eml") else "contacts.db" if name.startswith("contacts.db") else name


def _in_the_cluster(cluster: postgresql.Server, url: str, canary: Canary) -> Sequence[str]:
    """Name the files of a database, and the server's own log, that hold anything of the canary."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row
    folder = cluster.folder / "data" / "base" / str(row[0])
    files = [*folder.rglob("*"), *(cluster.folder / "data" / "global").rglob("*"), cluster.folder / "server.log"]
    assert len(files) > 100
    return [str(path) for path in files if path.is_file() and canary.within(path.read_bytes())]

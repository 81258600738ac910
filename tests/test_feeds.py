"""Feeds: RFC 4287 and RFC 5005 as a checklist, names that would break out, and nothing told that the history keeps to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from werkzeug.test import TestResponse

import projections.feeds
import wsgi
from signatures.aggregate import Actor, Reason
from signatures.organisation import NameParts
from tests.api import Api, small_api, small_environ
from tests.hostile import LEGITIMATE
from tests.htmlpage import Page
from tests.test_serving import Server, until

SAMPLE = "sample-2021"
FEED = f"/feeds/{SAMPLE}.atom"
ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "{http://purl.org/syndication/history/1.0}archive"
EDITOR = Actor("editor", "e-1")
UNNAMED = "An organisation that does not wish to be named"


class Entry:
    """An entry of a feed."""

    def __init__(self, element: ET.Element) -> None:
        self.element = element
        self.id, self.title, self.updated = (
            element.findtext(f"{ATOM}{name}") or "" for name in ("id", "title", "updated")
        )
        self.summary = element.findtext(f"{ATOM}summary") or ""
        self.type = element.find(f"{ATOM}category").get("term")  # type: ignore[union-attr]

    def link(self, relation: str) -> str:
        """Tell where it leads."""
        return _link(self.element, relation) or ""


class Document:
    """A document of a feed, read by a parser that is strict about XML."""

    def __init__(self, answer: TestResponse) -> None:
        assert (200, "application/atom+xml; charset=utf-8") == (answer.status_code, answer.content_type), answer.text
        self.root = ET.fromstring(answer.data)
        self.entries = [Entry(element) for element in self.root.findall(f"{ATOM}entry")]

    def link(self, relation: str) -> str | None:
        """Tell where it leads."""
        return _link(self.root, relation)

    def text(self, name: str) -> str:
        """Tell an element of the head."""
        return self.root.findtext(ATOM + name) or ""


def _link(element: ET.Element, relation: str) -> str | None:
    found = [link.attrib["href"] for link in element.findall(f"{ATOM}link") if link.get("rel") == relation]
    assert len(found) < 2
    return found[0] if found else None


SAME = {"X-Request-Id": "one-request"}  # each request has an id of its own unless it brings one


class Reader:
    """A program that reads feeds of an app."""

    def __init__(self, api: Api) -> None:
        self.api, self.client = api, api.app.test_client(use_cookies=False)

    def get(self, address: str, **headers: str) -> TestResponse:
        """Ask at an address."""
        return self.client.get(address.removeprefix("http://localhost"), headers={**SAME, **headers})

    def read(self, address: str = FEED) -> Document:
        """Read a document."""
        return Document(self.get(address))

    def all(self) -> list[Document]:
        """Read a feed and, from each document to the one before, all its archives."""
        documents = [self.read()]
        while earlier := documents[-1].link("prev-archive"):
            documents.append(self.read(earlier))
        return documents

    def recorded(self) -> list[tuple[int, str, str]]:
        """Tell what the log says of the statement, the newest first."""
        stream = f"statement/{self.api.room.register.statement(SAMPLE).id}"
        entries = self.api.room.store.stream_entries(stream)
        return [(entry.position, entry.type, entry.recorded_at) for entry in entries][::-1]


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put three entries into an archive."""
    monkeypatch.setattr(projections.feeds, "PAGE", 3)


@pytest.fixture
def reader(environ: dict[str, str], three: None) -> Iterator[Reader]:
    """Open a register with a statement of nine events, on each engine."""
    api = Api(environ)
    fill(api)
    yield Reader(api)
    api.close()


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Open the same on SQLite once for all of the checklist, which reads or adds to it."""
    api = small_api(tmp_path_factory.mktemp("feeds"))
    fill(api)
    yield Reader(api)
    api.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Reader]:
    """Open the same on SQLite alone, with archives of a hundred."""
    api = small_api(tmp_path)
    fill(api)
    yield Reader(api)
    api.close()


def fill(api: Api) -> None:
    """Record nine events of one statement, and some of another between."""
    api.statement()
    for name in ("Bakers", "Millers", "Reapers", "Weavers", "Smiths"):
        api.clock.advance(minutes=1)
        api.sign(SAMPLE, name)
    api.statement("other-2021")
    api.clock.advance(minutes=1)
    api.publish(SAMPLE, "2021-06-07")
    api.sign(SAMPLE, "Potters", "2021-06-20")


# ── the checklist ────────────────────────────────────────────────────────────────────────────────────────────────────

Check = Callable[[Reader], None]
CHECKLIST: list[tuple[str, str, Check]] = []


def rule(section: str, demand: str) -> Callable[[Check], Check]:
    """Put a check on the list."""

    def add(check: Check) -> Check:
        CHECKLIST.append((section, demand, check))
        return check

    return add


@rule("RFC 4287 4.1.1", "A feed has one id, title, updated and author, and names itself")
def _(reader: Reader) -> None:
    for document in reader.all():
        for name in ("id", "title", "updated", "author"):
            assert 1 == len(document.root.findall(ATOM + name))
        assert reader.get(document.link("self") or "").status_code == 200
        assert f"http://localhost/statements/{SAMPLE}" == document.link("alternate")


@rule("RFC 4287 4.1.2", "An entry has one id, title, updated and alternate, and no two of a document share an id")
def _(reader: Reader) -> None:
    for document in reader.all():
        assert len(document.entries) == len({entry.id for entry in document.entries})
        for entry in document.entries:
            for name in ("id", "title", "updated", "published", "summary"):
                assert 1 == len(entry.element.findall(ATOM + name))
            assert entry.link("alternate")


@rule("RFC 4287 3.3", "Dates are RFC 3339: an entry is as old as the log says, a feed as its newest entry")
def _(reader: Reader) -> None:
    stamps = {recorded_at for _, _, recorded_at in reader.recorded()}
    for document in reader.all():
        assert document.text("updated") == document.entries[0].updated
        assert {entry.updated for entry in document.entries} <= stamps
        assert all(datetime.fromisoformat(entry.updated).tzinfo for entry in document.entries)


@rule("RFC 4287 4.2.6", "Ids are URNs of UUIDs; all documents of a feed have the feed's")
def _(reader: Reader) -> None:
    documents = reader.all()
    assert 1 == len({document.text("id") for document in documents})
    for id_ in [documents[0].text("id"), *(entry.id for document in documents for entry in document.entries)]:
        assert f"urn:uuid:{UUID(id_.removeprefix('urn:uuid:'))}" == id_


@rule("RFC 5005 4", "The documents together tell every event of the log once, the newest first")
def _(reader: Reader) -> None:
    told = [(entry.type, entry.updated) for document in reader.all() for entry in document.entries]
    assert [(type_, recorded_at) for _, type_, recorded_at in reader.recorded()] == told


@rule("RFC 5005 4", "The subscription document and each archive name the archive before, unless there is none")
def _(reader: Reader) -> None:
    documents = reader.all()
    assert 3 <= len(documents)
    numbers = [f"http://localhost/feeds/{SAMPLE}/{number}.atom" for number in range(len(documents) - 1, 0, -1)]
    assert [*numbers, None] == [document.link("prev-archive") for document in documents]


@rule("RFC 5005 4", "An archive names the one after it and the subscription document, and says that it is one")
def _(reader: Reader) -> None:
    newest, *archives = reader.all()
    assert [None, *(archive.link("self") for archive in archives[:-1])] == [
        archive.link("next-archive") for archive in archives
    ]
    assert {f"http://localhost{FEED}"} == {archive.link("current") for archive in archives}
    assert (None, None, None) == (newest.link("current"), newest.link("next-archive"), newest.root.find(ARCHIVE))
    assert {1} == {len(archive.root.findall(ARCHIVE)) for archive in archives}


@rule("RFC 5005 4", "What an archive holds does not change as the log grows, and none is named before it is full")
def _(reader: Reader) -> None:
    held = {archive.link("self"): _held(archive) for archive in reader.all()[1:]}
    for number in range(7):
        reader.api.clock.advance(minutes=1)
        reader.api.sign(SAMPLE, f"Union {number}")
        documents = reader.all()
        assert 3 <= len(documents[0].entries) < 6
        assert {3} == {len(archive.entries) for archive in documents[1:]}
        now = {archive.link("self"): _held(archive) for archive in documents[1:]}
        assert held == {address: now[address] for address in held}
        held = now
        following = re.sub("[0-9]+(?=.atom)", lambda found: str(int(found[0]) + 1), documents[1].link("self") or "")
        assert 404 == reader.get(following).status_code


def _held(archive: Document) -> list[bytes]:
    return [ET.tostring(entry.element) for entry in archive.entries]


@rule("HTTP", "A document that is held is answered with 304, asked for again each time, and HEAD is GET without body")
def _(reader: Reader) -> None:
    for address in (FEED, f"/feeds/{SAMPLE}/1.atom"):
        answer = reader.get(address)
        held = reader.get(address, **{"If-None-Match": answer.headers["ETag"]})
        head = reader.client.head(address, headers=SAME)
        assert (304, b"", "no-cache") == (held.status_code, held.data, answer.headers["Cache-Control"])
        assert (200, b"", sorted(answer.headers)) == (head.status_code, head.data, sorted(head.headers))


@pytest.mark.parametrize(
    "check", [pytest.param(check, id=f"{section} {demand}") for section, demand, check in CHECKLIST]
)
def test_the_checklist(check: Check, listed: Reader, three: None) -> None:
    """What the two RFCs demand of a feed with archives holds."""
    check(listed)


@pytest.mark.postgresql
def test_the_checklist_on_the_other_engine(postgresql_url: str, tmp_path: Path, three: None) -> None:
    """All of it holds on PostgreSQL as well."""
    api = Api({**small_environ(tmp_path), "SIGNATURES_DATABASE": postgresql_url})
    fill(api)
    reader = Reader(api)
    for section, demand, check in CHECKLIST:
        try:
            check(reader)
        except AssertionError as failure:
            raise AssertionError(f"{section}: {demand}") from failure
    api.close()


# ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_leads_to_its_place_in_the_history_and_to_its_leaf(small: Reader) -> None:
    """People get the record, programs the one event."""
    for (position, type_, _), entry in zip(small.recorded(), small.read().entries, strict=True):
        page = small.get(entry.link("alternate"))
        assert (200, "record") == (page.status_code, urlsplit(entry.link("alternate")).fragment)
        assert ("record", f"p{position}") == tuple(re.findall(r'id="(record|p[0-9]+)"', page.text)[:2])
        (event,) = small.get(entry.link("via")).get_json()["events"]
        assert (position, type_) == (event["position"], event["type"])


def test_an_entry_says_what_when_who_and_why(small: Reader) -> None:
    """In words, on both clocks."""
    id_ = small.api.sign(SAMPLE, "Coopers", "2021-06-21")
    reason = Reason("typo", "one letter")
    small.api.room.register.correct(EDITOR, id_, {"name": "Coopers’ Union"}, on="2021-06-22", reason=reason)
    small.api.room.register.correct(EDITOR, id_, {"url": "https://example.org/"})
    always, corrected, signed = small.read().entries[:3]
    position = small.api.position()
    assert ("Signed: Coopers", "Corrected: Coopers") == (signed.title, corrected.title)
    assert f"Holds from 21 June 2021. Recorded on 1 March 2027, 12:06 UTC at position {position - 2}, by: editor." == (
        signed.summary
    )
    assert corrected.summary.startswith("name is now “Coopers’ Union”. Holds from 22 June 2021. Recorded on ")
    assert corrected.summary.endswith("by: editor. Reason: slip of the pen: one letter")
    assert "Holds for all dates." in always.summary


def test_every_kind_of_event_has_words(small: Reader) -> None:
    """None is called by its name in the code, where that is not a word of the page."""
    register = small.api.room.register
    id_ = small.api.sign(SAMPLE, "Coopers", "2021-06-21")
    register.void(EDITOR, id_)
    register.annul(EDITOR, SAMPLE, small.api.position())
    register.withdraw(EDITOR, id_, on="2021-07-01")
    register.close_signing(EDITOR, SAMPLE, on="2027-02-01")
    register.reopen_signing(EDITOR, SAMPLE, on="2027-02-02")
    register.amend(EDITOR, SAMPLE, {"issuer": "A secretariat"})
    register.withhold(EDITOR, next(p for p, type_, _ in small.recorded() if type_ == "Signed"), Reason("legal"))
    register.retract(EDITOR, SAMPLE, on="2027-02-03")
    said = {entry.type: entry.title.partition(":")[0] for entry in small.read().entries}
    assert {
        "Drafted": "Drafted", "TextSet": "Text set", "Signed": "Signed", "Published": "Published", "Voided": "Struck",
        "Annulled": "Annulled", "Withdrawn": "Withdrew", "Closed": "Closed", "Reopened": "Reopened",
        "Amended": "Amended", "Withheld": "Withheld", "Retracted": "Taken back",
    } == said  # fmt: skip


def test_who_does_not_wish_to_be_named_is_not(small: Reader) -> None:
    """Neither where it left, nor where its leaving was taken back; and its note stays with the editors."""
    register = small.api.room.register
    id_ = small.api.sign(SAMPLE, "Quiet Union", "2021-06-21")
    signed = small.api.position()
    register.withdraw(EDITOR, id_, on="2021-07-01", show=False, reason=Reason("own-request", "they said why"))
    left = small.api.position()
    register.annul(EDITOR, SAMPLE, left)
    annulled, withdrawn, *others = small.read().entries
    assert f"Withdrew: {UNNAMED}" == withdrawn.title
    assert f"Annulled: Position {left} counts as never recorded" == annulled.title
    for entry in (annulled, withdrawn):
        assert "Quiet" not in entry.title + entry.summary
        assert "they said why" not in entry.summary
    assert "Signed: Quiet Union" == others[0].title
    assert signed < left


def test_an_erased_name_is_in_no_document(reader: Reader) -> None:
    """Its archive tells it no more, and the newest entries tell the entry again, so that who has read it replaces it."""
    position = next(p for p, type_, _ in reader.recorded()[::-1] if type_ == "Signed")
    before = next(entry for document in reader.all() for entry in document.entries if "Bakers" in entry.title)
    reader.api.clock.advance(days=1)
    reader.api.room.register.withhold(EDITOR, position, Reason("legal"))
    at = reader.recorded()[0][2]
    documents = reader.all()
    assert "Bakers" not in "".join(ET.tostring(document.root, "unicode") for document in documents)
    found = [entry for document in documents for entry in document.entries if entry.id == before.id]
    assert [at, at] == [entry.updated for entry in found]
    assert documents[0].entries[-1].id == before.id
    assert {"Signed: An organisation whose name is withheld by order"} == {entry.title for entry in found}
    assert f"Withheld: Position {position}: its names and note are erased" == documents[0].entries[0].title
    for document in documents:  # the archive too, which is as new as its newest entry
        assert max(entry.updated for entry in document.entries) == document.text("updated")


def test_names_that_would_break_out(small: Reader) -> None:
    """Each comes out of the feed as it went in, but for what XML cannot hold."""
    cannot = re.compile("[\ufffe\uffff]")
    lines = dict.fromkeys(each.line for each in LEGITIMATE)
    register = small.api.room.register
    for number, line in enumerate(lines):
        parts = NameParts(line, acronym=f"H{number}")
        register.sign(
            EDITOR, SAMPLE, parts, signed_on="2021-06-20", method="paper", new_organisation=str(UUID(int=number + 1))
        )
    told = {entry.title for document in small.all() for entry in document.entries}
    expected = {f"Signed: H{n} {cannot.sub(chr(0xFFFD), line)}".strip() for n, line in enumerate(lines)}
    assert set() == expected - told


def test_a_hostile_title(tmp_path: Path) -> None:
    """Title and note of a statement are text, whatever they look like."""
    api = small_api(tmp_path)
    api.statement(text="x")
    title = '</title><script>alert(1)</script>&amp; {{ 7*7 }} %(day)s ]]> "\uffff'
    api.room.register.set_text(EDITOR, SAMPLE, language="en", title=title, text="y")
    api.publish(SAMPLE, "2021-06-07")
    document = Reader(api).read()
    shown = title.replace("\uffff", "\ufffd")
    assert f"History of “{shown}”" == document.text("title")
    assert f"Text set: {shown}" == document.entries[1].title
    api.close()


# ── where and in which words ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_words_are_in_the_language_that_is_asked_for(small: Reader) -> None:
    """By the address alone: who reads a feed is a program, which prefers no language."""
    plain = small.get(FEED, **{"Accept-Language": "de"})
    german = small.read(f"{FEED}?lang=de")
    assert plain.data == small.get(FEED).data
    assert "en" == Document(plain).root.get("{http://www.w3.org/XML/1998/namespace}lang")
    assert "de" == german.root.get("{http://www.w3.org/XML/1998/namespace}lang")
    assert f"http://localhost{FEED}?lang=de" == german.link("self")
    assert [entry.id for entry in small.read().entries] == [entry.id for entry in german.entries]
    assert german.entries[0].title.endswith(": Potters")
    assert "Signed" not in german.entries[0].title


def test_a_feed_speaks_the_language_of_its_statement(tmp_path: Path) -> None:
    """Where the register has a catalogue of it, else English."""
    api = small_api(tmp_path)
    for reference, language in (("ours-2021", "ar"), ("theirs-2021", "sw")):
        api.statement(reference, default_language=language)
        api.publish(reference, "2021-06-07")
    reader = Reader(api)
    told = [reader.read(f"/feeds/{reference}.atom").root for reference in ("ours-2021", "theirs-2021")]
    assert ["ar", "en"] == [root.get("{http://www.w3.org/XML/1998/namespace}lang") for root in told]
    api.close()


def test_ids_outlive_address_views_and_restarts(tmp_path: Path) -> None:
    """They come from the register's own id and the position."""
    api = small_api(tmp_path)
    fill(api)
    before = Reader(api).read()
    api.room.close()
    moved = wsgi.create_app(
        {**small_environ(tmp_path), "SIGNATURES_BASE_URL": "https://register.example.org"}, api.clock
    )
    projections.room.ReadingRoom(moved.extensions["room"]).lists.replay.rebuild()
    after = Document(moved.test_client().get(FEED))
    assert [before.text("id"), *(entry.id for entry in before.entries)] == [
        after.text("id"), *(entry.id for entry in after.entries),
    ]  # fmt: skip
    assert f"https://register.example.org{FEED}" == after.link("self")
    moved.extensions["room"].close()


def test_pages_name_the_feed(small: Reader) -> None:
    """Programs find it in the head, people beside the history."""
    for path in (f"/statements/{SAMPLE}", f"/statements/{SAMPLE}?as_of=2021-06-08", f"/statements/{SAMPLE}/history"):
        page = Page(small.get(path).text)
        found = [link["href"] for link in page.all("link") if link.get("type") == "application/atom+xml"]
        assert [FEED] == found
        assert FEED in [a.get("href") for a in page.all("a")]


def test_a_kept_document_says_the_same(small: Reader) -> None:
    """The keeper at the door gives it again with every header, and not after the next entry."""
    first, second = small.get(FEED), small.get(FEED)
    assert (first.data, list(first.headers)) == (second.data, list(second.headers))
    small.api.sign(SAMPLE, "Coopers", "2021-06-21")
    assert "Signed: Coopers" == small.read().entries[0].title


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/feeds/none.atom", 404), ("/feeds/draft-2021.atom", 404), ("/feeds/draft-2021/1.atom", 404),
        (f"/feeds/{SAMPLE}/1.atom", 404), (f"/feeds/{SAMPLE}/0.atom", 404), (f"/feeds/{SAMPLE}/-1.atom", 404),
        (f"/feeds/{SAMPLE}/x.atom", 404), (f"/feeds/{SAMPLE}/99999999999999999999.atom", 404), (f"/feeds/{SAMPLE}", 404),
        (f"{FEED}?position=3", 400), (f"{FEED}?lang=de&lang=en", 400), (f"{FEED}?lang=%22%3E%3Cx%3E", 200),
    ],
)  # fmt: skip
def test_what_is_no_feed(small: Reader, path: str, status: int) -> None:
    """A sentence, never a failure; drafts have none, for anybody."""
    small.api.statement("draft-2021")
    answer = small.get(path, **small.api.bearer())
    assert status == answer.status_code
    if status == 200:
        assert Document(answer).link(
            "self",
        )


def test_references_differ_by_case_in_no_address(small: Reader) -> None:
    """Whatever case somebody types, the feed names one address as its own."""
    assert f"http://localhost{FEED}" == small.read("/feeds/SAMPLE-2021.atom").link("self")


def test_gunicorn_serves_feeds(environ: dict[str, str], tmp_path: Path) -> None:
    """With HEAD as GET, and 304 to who holds it."""
    api = Api(environ)
    fill(api)
    api.close()
    server = Server(environ, tmp_path / "server.log")
    try:
        until(server.is_ready)
        status, body = server.ask(FEED)
        assert (200, 9) == (status, len(ET.fromstring(body).findall(f"{ATOM}entry")))
        assert (200, b"") == server.ask(FEED, "HEAD")
    finally:
        server.end()

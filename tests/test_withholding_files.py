"""The command that carries out an order of erasure: what it asks, and that afterwards no byte of any file says the name."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from flask import Flask

import wsgi
from signatures.aggregate import Actor, Reason
from signatures.clock import system_clock
from signatures.intake.contacts import Contact
from signatures.log.eventlog import withheld_line
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests import postgresql, submitting
from tests.api import NOW
from tests.clock import FixedClock
from tests.commands import Commands
from tests.eventful import EDITOR, parts_alpha
from tests.submitting import REFERENCE
from tests.test_serving import Server, until

PAGES = f"/statements/{REFERENCE}"
LISTS = f"/api/v1{PAGES}/signatories"
CONTACT = Contact("Office", None, "office@example.org")


@pytest.fixture
def app(environ: dict[str, str]) -> Iterator[Flask]:
    """Serve a published statement with one signature and its edition."""
    clock = FixedClock(NOW)
    wsgi.initialise(environ, clock)
    app = wsgi.create_app(environ, clock)
    room: Room = app.extensions["room"]
    submitting.publish_statement(room)
    register = room.register
    register.sign(EDITOR, REFERENCE, parts_alpha(), signed_on="2021-06-07", method="form")
    register.sign(EDITOR, REFERENCE, NameParts("Beta Union"), signed_on="2021-06-08", method="form")
    register.publish(EDITOR, REFERENCE, as_of="2021-06-08")
    yield app
    room.close()


def signed(app: Flask) -> int:
    """Tell the position of the first signature."""
    room: Room = app.extensions["room"]
    return next(entry.position for entry in room.store.entries(0, 100) if entry.type == "Signed")


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_repeats_what_it_will_remove_and_waits_for_a_yes(app: Flask, environ: dict[str, str]) -> None:
    """Whoever says no has changed nothing; where else the name stands is told before."""
    run, position = Commands(environ), signed(app)
    newest = app.extensions["room"].store.newest()
    done = run.runner.invoke(wsgi.main, ["withhold", str(position), "--code", "legal"], input="n\n")
    assert 1 == done.exit_code
    for line in (
        "name: Организация Альфа", "acronym: БРП(к)", "translations: Alpha Organisation (en)", "territories: CD",
        "url: https://alpha.example.org/", f"position {position - 1}: Registered of organisation/", "Erase it for ever?",
    ):  # fmt: skip
        assert line in done.output
    assert "Beta" not in done.output
    assert newest == app.extensions["room"].store.newest()


def test_with_yes_it_says_no_name(app: Flask, environ: dict[str, str]) -> None:
    """What a script prints is kept somewhere: fields, positions and kinds are enough."""
    run, position = Commands(environ), signed(app)
    told = run.said("withhold", position, "--code", "legal", "--reason", "by order of a court", "--yes")
    assert re.search(r"^  name$", told, re.MULTILINE)
    assert not re.search("alpha|alfa|альфа", told, re.IGNORECASE)
    assert f"Position {position} is withheld: its leaf hash is left" in told
    assert "Everything agrees with the log" in run.said("check")
    again = run.said("withhold", position, "--code", "legal")
    assert f"Position {position} was withheld at position " in again
    assert "Erase" not in again


def test_what_it_refuses(app: Flask, environ: dict[str, str]) -> None:
    """With a sentence, and exit 1; words that are no position are usage."""
    run = Commands(environ)
    assert "which cannot be withheld" in run.refused("withhold", 1, "--code", "legal", "--yes")
    assert "There is no position 999" in run.refused("withhold", 999, "--code", "legal", "--yes", status=2)
    assert "The kind of reason is missing" in run.refused("withhold", signed(app), "--yes")
    assert "says again" in run.refused("withhold", signed(app), "--code", "legal", "--reason", "Alfa: БРП(к)", "--yes")
    run("withhold", "x", status=2)
    run("withhold", 0, status=2)


def test_a_submission_loses_its_name_with_the_entry(app: Flask, environ: dict[str, str]) -> None:
    """Its contact stays, and can still reach the entry; other submissions keep their names."""
    room: Room = app.extensions["room"]
    id_, other = submitting.confirmed(room, "Gamma Union"), submitting.confirmed(room, "Delta Union")
    receipt = room.intake.accept(id_, submitting.EDITOR)
    told = Commands(environ).said("withhold", receipt.position, "--code", "legal", "--yes")
    assert "It stands in 1 submissions of the contacts database." in told
    assert "The name parts of the submission that it came from are erased, too." in told
    found = room.intake.show(id_)
    assert ("accepted", "", submitting.CONTACT) == (found.state, found.parts.name, found.contact)
    assert "Delta Union" == room.intake.show(other).parts.name
    assert b"Gamma" not in submitting.bytes_of(room.contacts.database)
    token = submitting.entry_token(room, id_)
    for path in (f"/receipts/{receipt.signature_id}", f"/entries/{token}", f"/entries/{token}/correction"):
        page = app.test_client().get(path)
        assert 200 == page.status_code, page.text
        assert "None" not in re.sub("<[^>]*>", "", page.text)


def test_a_file_imported_again_brings_no_name_back(app: Flask, environ: dict[str, str], tmp_path: Path) -> None:
    """Signatures and corrections that are withheld are known, as all others of the file are."""
    run, file = Commands(environ), tmp_path / "history.csv"
    file.write_text(
        "on,event,key,name\n2021-06-01,signed,a,Canary\n2021-06-02,corrected,a,Canaries\n2021-06-03,signed,b,Beta\n"
    )
    run("import-history", "past-2021", file)
    room: Room = app.extensions["room"]
    canaries = [entry.position for entry in room.store.entries(0, 1_000) if b"anar" in entry.state]
    assert 3 == len(canaries)
    for position in canaries:
        run("withhold", position, "--code", "legal", "--yes")
    newest = room.store.newest()
    run("import-history", "past-2021", file)
    assert newest == room.store.newest()
    assert [None, "Beta"] == [entry["name"] for entry in run.listed("past-2021")["numbered"]]


def test_the_digest_of_a_request_goes_too(app: Flask, environ: dict[str, str]) -> None:
    """One could try by it what was asked; the same key again is refused, and others keep theirs."""
    room: Room = app.extensions["room"]
    bearer = {"Authorization": f"Bearer {room.tokens.issue('program', 'editor')}"}
    answers = [
        app.test_client().post(
            f"/api/v1{PAGES}/signatures", json={"name": name, "signed_on": "2021-06-09"},
            headers={**bearer, "Idempotency-Key": f'"{name}"'},
        )
        for name in ("Canary", "Delta", "Canary", "Delta")
    ]  # fmt: skip
    assert [201] * 4 == [answer.status_code for answer in answers]
    Commands(environ)("withhold", answers[0].json["position"], "--code", "legal", "--yes")  # type: ignore[index]
    with room.store.reading() as transaction:
        rows = transaction.execute("SELECT key, request_sha256 FROM idempotency ORDER BY key")
    assert [("Canary", False), ("Delta", True)] == [(key, bool(digest)) for key, digest in rows]


# ── what was answered before ─────────────────────────────────────────────────────────────────────────────────────────


def test_bytes_that_were_kept_are_never_served_again(app: Flask, environ: dict[str, str]) -> None:
    """In every form, to anybody and to a token's holder, whether the door or the room behind it had kept them."""
    room: Room = app.extensions["room"]
    newest = room.store.newest()
    assert newest is not None
    bearer = {"Authorization": f"Bearer {room.tokens.issue('reader', 'editor')}"}
    pinned = f"as_of=2021-06-08&position={newest.position}"
    paths = [f"{LISTS}{form}?{pinned}" for form in ("", ".json", ".csv", ".txt", ".html")]
    paths += [f"{PAGES}?{pinned}", f"{PAGES}/editions/2", f"{PAGES}/history", f"/api/v1{PAGES}/events", f"/api/v1{PAGES}/diff?from=2021-06-01&to=2021-06-30"]  # fmt: skip
    client = app.test_client()
    tags = {}
    for path in paths * 2:
        for headers in ({}, bearer):
            answer = client.get(path, headers=headers)
            assert 200 == answer.status_code, path
            assert re.search("Альфа|u0410", answer.text), path
            tags[path] = answer.headers.get("ETag")
    Commands(environ)("withhold", signed(app), "--code", "legal", "--yes")  # another process, as far as the app knows
    for path in paths:
        for headers in ({}, bearer):
            answer = client.get(
                path, headers={**headers, "If-None-Match": tags[path] or "*"} if tags[path] else headers
            )
            assert 200 == answer.status_code, path
            assert not re.search("Альфа|u0410|Alpha|Alfa|Congo", answer.text), path
            assert "None" not in re.sub("<[^>]*>", "", answer.text), path
    assert "Name withheld by order." in client.get(f"{PAGES}?{pinned}").text
    assert "1. [name withheld]" in client.get(f"{LISTS}.txt?{pinned}").text


def test_the_log_shows_position_and_hash(app: Flask, environ: dict[str, str], tmp_path: Path) -> None:
    """In the leaf's place, to anybody and in every bundle; the bundle is verified, and restored to the same entries."""
    room: Room = app.extensions["room"]
    run, position = Commands(environ), signed(app)
    run("withhold", position, "--code", "legal", "--yes")
    entry = room.store.entry(position)
    assert entry is not None
    line = withheld_line(position, entry.leaf_hash)
    assert line in app.test_client().get(f"/api/v1/log/entries?after={position - 1}&limit=1").data.splitlines()
    run("export", tmp_path / "bundle")
    run("verify", tmp_path / "bundle")
    assert line == (tmp_path / "bundle" / "entries.jsonl").read_bytes().splitlines()[position - 1]
    elsewhere = {"SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/elsewhere", "SIGNATURES_STATE_DIR": f"{tmp_path}/there"}
    other = Commands(environ | elsewhere)
    other("restore", tmp_path / "bundle")
    assert "Everything agrees" in other.said("check")
    with submitting.opened(environ | elsewhere, system_clock) as restored:
        assert room.store.entries(0, 1_000) == restored.store.entries(0, 1_000)
        assert room.store.root(position) == restored.store.root(position)


# ── the files ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Canary:
    """An organisation whose name nobody else has, and the ways in which a file might spell it."""

    def __init__(self) -> None:
        self.mark = uuid4().hex[:14]
        plain = self.mark.encode()
        self.forms = [plain, plain.hex().encode(), self.mark.encode("utf-16-le")]
        self.forms += [base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)]

    def parts(self, name: str) -> NameParts:
        """Give a name all of whose parts are marked."""
        return NameParts(
            f"{name} {self.mark}", acronym=f"K{self.mark}", name_language="de", transliteration=f"Tr {self.mark}",
            translations={"en": f"Überäll {self.mark}"}, country_printed={"en": f"Land {self.mark}"}, territories=["DE"],
            url=f"https://{self.mark}.example.org/",
        )  # fmt: skip

    def within(self, content: bytes) -> bool:
        """Tell whether anything of it is in some bytes."""
        folded = content.lower()
        return any(form in content or form.lower() in folded for form in self.forms)

    def files(self, folder: Path) -> list[str]:
        """Name the files that hold anything of it."""
        return [str(path) for path in folder.rglob("*") if path.is_file() and self.within(path.read_bytes())]


def live(room: Room, canary: Canary) -> None:
    """Let the organisation sign, be corrected, renamed, voided and withdrawn, with notes, and send its form."""
    register, editor = room.register, Actor("editor", "e-1")
    submitting.publish_statement(room)
    first = register.sign(editor, REFERENCE, canary.parts("Verein"), signed_on="2021-06-07", method="paper")
    register.sign(editor, REFERENCE, NameParts("Beta Union"), signed_on="2021-06-08", method="paper")
    register.publish(editor, REFERENCE, as_of="2021-06-08")
    note = Reason("other", f"about {canary.mark}")
    corrected = register.correct(
        editor, first.signature_id, {"name": f"Neu {canary.mark}", "translation": "x"}, reason=note
    )
    register.annul(editor, REFERENCE, corrected.position, note)
    register.correct(editor, first.signature_id, {"name": f"Anders {canary.mark}"}, on="2021-06-20", reason=note)
    register.rename(editor, first.organisation_id, {"name": f"Um {canary.mark}"}, reason=note)
    voided = register.void(editor, first.signature_id, reason=note)
    register.annul(editor, REFERENCE, voided.position, note)
    register.withdraw(editor, first.signature_id, on="2021-06-30", reason=note)
    id_ = submitting.confirmed(room, f"Union {canary.mark}", contact=CONTACT)
    room.intake.accept(id_, submitting.EDITOR)
    room.courier.deliver()


@pytest.mark.slow
def test_after_an_order_the_name_is_in_no_file(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Databases with their logs of changes, free pages and statistics, state, spool, server's log; while it is served."""
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    monkeypatch.setenv("SQLITE_TMPDIR", str(spool))
    canary, run = Canary(), Commands(environ)
    run("init")
    with submitting.opened(environ, system_clock) as room:
        live(room, canary)
        run("rebuild")
        server = Server(environ, tmp_path / "server.log")
        try:
            until(server.is_ready)
            paths = [
                PAGES,
                f"{PAGES}/history",
                LISTS,
                f"{LISTS}?as_of=2021-06-08&position=8",
                f"/api/v1{PAGES}/events",
            ]
            assert paths * 4 == [path for path in paths * 4 if canary.within(server.ask(path)[1])]
            _analyse(room)
            assert canary.files(tmp_path) or not isinstance(room.store.database, SQLiteDatabase)
            told = run.said("forget", CONTACT.email, "--yes")  # the mails that tell of its entry
            for entry in room.store.entries(0, 1_000):
                if canary.within(entry.state):
                    told += run.said("withhold", entry.position, "--code", "legal", "--yes")
            assert not canary.within(told.encode())
            assert [] == canary.files(tmp_path)
            answers = [server.ask(path) for path in paths for _ in range(4)]
            assert [200] * len(answers) == [status for status, _ in answers]
            assert not [body for _, body in answers if canary.within(body)]
            assert "Everything agrees" in run.said("check")
            assert 0 == server.stop()
        finally:
            server.end()
        assert [] == canary.files(tmp_path)
        if not isinstance(room.store.database, SQLiteDatabase):
            cluster: postgresql.Server = request.getfixturevalue("postgresql_server")
            assert [] == _in_the_cluster(cluster, environ["SIGNATURES_DATABASE"], canary)


def _analyse(room: Room) -> None:
    """Let PostgreSQL keep the commonest values of all columns."""
    if isinstance(room.store.database, SQLiteDatabase):
        return
    with psycopg.connect(room.settings.database, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _in_the_cluster(cluster: postgresql.Server, url: str, canary: Canary) -> list[str]:
    """Name the files of a database that hold anything of the canary; its archive of changes keeps its own time."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row
    return canary.files(cluster.folder / "data" / "base" / str(row[0])) + canary.files(
        cluster.folder / "data" / "global"
    )

"""Imports on the console: a file is staged, looked at, corrected, and only then written; nothing happens before that."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.test import TestResponse

from signatures.editors.console import importing
from signatures.imports import writing
from signatures.privacy.retention import Retention
from tests.clock import FixedClock
from tests.commands import Commands
from tests.editing import PASSWORD, quick_passwords
from tests.keeping import REFERENCE, Desk, sign

AT = "/editors/imports"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LETTER = """Joint Letter on Water

Water is a right.

Signatories (as of 7 June 2021, further signatories possible):
1. Water Union, Kenya
2. Rivers of
the Kenya
3. Lake Society, Peru
4. Rain Council (Consejo de la Lluvia) and Snow Council
For more information contact nobody

Subsequent signatories:
Sea League
"""


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock) -> Iterator[Desk]:
    """Make an installation in which two editors and an auditor are signed in."""
    with pytest.MonkeyPatch.context() as patched:
        quick_passwords(patched)
        made = Desk(environ, clock)
        yield made
        made.room.close()


def upload(desk: Desk, content: str | bytes, name: str = "letter.txt", **typed: str) -> TestResponse:
    """Send a file as the first editor does."""
    raw = content.encode() if isinstance(content, str) else content
    return desk.one.post(AT, {**typed, "file": (io.BytesIO(raw), name)})  # type: ignore[dict-item]


def staged(desk: Desk, content: str | bytes = LETTER, name: str = "letter.txt") -> str:
    """Stage a file; tell the address of its lines."""
    answer = upload(desk, content, name)
    assert 303 == answer.status_code, answer.text[:2000]
    return str(answer.location).partition("?")[0]


def correct(desk: Desk, at: str, place: int, do: str, **typed: str) -> TestResponse:
    """Do something with an entry of the present version."""
    report = desk.room.staged_imports.get(at.rpartition("/")[2])
    return desk.one.post(f"{at}/entries/{place}", {"do": do, "version": str(report.version), **typed})


def names(desk: Desk, at: str) -> list[tuple[int | None, str]]:
    """Tell the entries as they stand now."""
    report = desk.room.staged_imports.report(at.rpartition("/")[2])
    return [(entry.number, entry.name) for entry in report.entries]


def given(desk: Desk, at: str, **more: str) -> dict[str, str]:
    """Fill the confirmation's form in."""
    one = desk.room.staged_imports.get(at.rpartition("/")[2])
    told = {"reference": "water-2021", "as_of": "2021-06-07", "language": "en", "time_zone": "Europe/Berlin"}
    return {**told, "version": str(one.version), "count": str(one.total), **more}


def test_a_file_goes_from_its_lines_to_the_register(desk: Desk) -> None:
    """Staging writes no event; what is corrected is what is signed, and the page of its progress says so."""
    before = desk.position()
    at = staged(desk)
    page = desk.one.get(f"{at}?show=all").text
    assert "Water Union" in page
    assert "For more information" in page
    assert before == desk.position()
    assert 303 == correct(desk, at, 0, "keep", name="Water Union of Kenya", number="1", country="Kenya").status_code
    assert (1, "Water Union of Kenya") == names(desk, at)[0]
    asked = desk.one.post(f"{at}/confirmation", given(desk, at))
    assert 200 == asked.status_code
    assert "water-2021 is drafted" in asked.text
    assert before == desk.position()
    assert 303 == desk.one.post(f"{at}/confirmation", given(desk, at, do="write")).status_code
    assert "5 entries are recorded" in desk.one.get(f"{at}/progress").text
    assert (5, 1) == (
        desk.room.register.statement("water-2021").signings,
        desk.room.register.statement("water-2021").edition,
    )
    assert "import" == desk.acts()[0]


@ONE_ENGINE
def test_lines_are_joined_parted_left_out_and_taken(desk: Desk) -> None:
    """Every operation keeps every line told, in an entry or among those left out."""
    at = staged(desk)
    count = len(names(desk, at))
    assert 303 == correct(desk, at, 3, "part", raw="Rain Council (Consejo de la Lluvia)\nand Snow Council").status_code
    assert count + 1 == len(names(desk, at))
    assert 303 == correct(desk, at, 3, "join").status_code
    assert count == len(names(desk, at))
    assert 303 == correct(desk, at, 3, "leave").status_code
    assert count - 1 == len(names(desk, at))
    left = next(one for one in desk.room.staged_imports.report(at.rpartition("/")[2]).skipped if one.kind == "left-out")
    version = desk.room.staged_imports.get(at.rpartition("/")[2]).version
    assert 303 == desk.one.post(f"{at}/lines/{left.line}", {"version": str(version)}).status_code
    assert count == len(names(desk, at))
    report = desk.room.staged_imports.report(at.rpartition("/")[2])
    told = {number for entry in report.entries for number in range(entry.lines[0], entry.lines[1] + 1)}
    told |= {one.line for one in report.skipped}
    assert {number for number, line in enumerate(LETTER.split("\n"), 1) if line.strip()} == told


@ONE_ENGINE
def test_a_correction_of_an_older_version_is_refused(desk: Desk) -> None:
    """What somebody else changed meanwhile is not overwritten; the page shows what was typed again."""
    at = staged(desk)
    assert 303 == correct(desk, at, 0, "leave").status_code
    answer = desk.one.post(f"{at}/entries/0", {"do": "keep", "version": "0", "name": "Typed Union"})
    assert 422 == answer.status_code
    assert "changed this import meanwhile" in answer.text
    assert "Typed Union" in answer.text


@ONE_ENGINE
def test_a_known_organisation_is_suggested_and_can_be_chosen(desk: Desk) -> None:
    """A near name is shown; chosen, the signature belongs to the registered organisation."""
    receipt = sign(desk.room, "Water Unions", country_printed={"en": "Kenya"})
    at = staged(desk)
    page = desk.one.get(f"{at}?show=look").text
    assert "may be" in page
    assert "Water Unions" in page
    typed = {"name": "Water Union", "number": "1", "country": "Kenya", "organisation": receipt.organisation_id}
    assert 303 == correct(desk, at, 0, "keep", **typed).status_code
    assert 303 == desk.one.post(f"{at}/confirmation", given(desk, at, do="write")).status_code
    signed = [e.data() for e in desk.room.store.entries(0, 1000) if e.type == "Signed"]
    assert [receipt.organisation_id] * 2 == [
        one["organisation_id"] for one in signed if one["name"].startswith("Water")
    ]


@ONE_ENGINE
def test_what_the_register_refuses_opens_the_import_again(desk: Desk) -> None:
    """A taken reference writes nothing; the import can be corrected and written under another one."""
    at = staged(desk)
    before = desk.position()
    assert 303 == desk.one.post(f"{at}/confirmation", given(desk, at, do="write", reference=REFERENCE)).status_code
    assert "is taken" in desk.one.get(f"{at}/progress").text
    assert before == desk.position()
    assert 303 == desk.one.post(f"{at}/confirmation", given(desk, at, do="write")).status_code
    assert 1 == desk.room.register.statement("water-2021").edition


@ONE_ENGINE
def test_a_writing_that_was_cut_off_goes_on_with_the_next_tick(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is signed twice, and while it is being written nobody can change or throw it away."""
    monkeypatch.setattr(writing, "AT_ONCE", -1.0)
    monkeypatch.setattr("signatures.imports.text.BATCH", 2)
    at = staged(desk)
    assert 303 == desk.one.post(f"{at}/confirmation", given(desk, at, do="write")).status_code
    page = desk.one.get(f"{at}/progress").text
    assert "2 of 5 entries are recorded" in page
    assert 'http-equiv="refresh"' in page
    assert 409 == correct(desk, at, 0, "leave").status_code
    assert 422 == desk.one.post(f"{at}/removal").status_code
    assert 1 == writing.due(desk.room)
    assert "done" == desk.room.staged_imports.get(at.rpartition("/")[2]).state
    assert 5 == desk.types().count("Signed")


@ONE_ENGINE
@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "a.txt", "Choose a file"),
        (b"\xff\xd8\xff\xe0rest", "a.pdf", "a picture"),
        (b"PK\x03\x04rest", "a.docx", "damaged"),
        (b"caf\xe9", "a.txt", "not UTF-8"),
        (b"%PDF-1.7 nothing", "a.pdf", "damaged"),
        (b"text", "a.xlsx", "holds no Excel document"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(
    desk: Desk, content: bytes, name: str, sentence: str
) -> None:
    """The form comes again and says what to do; nothing is kept."""
    answer = upload(desk, content, name)
    assert 422 == answer.status_code
    assert sentence in answer.text
    assert [] == list(desk.room.staged_imports.list())


@ONE_ENGINE
def test_limits_and_roles(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file over the limit is refused before it is read; an auditor looks and changes nothing; reading changes nothing."""
    monkeypatch.setattr(importing, "TEXT_LIMIT", 1_000)
    assert 422 == upload(desk, b"x" * 1_001).status_code
    monkeypatch.setattr(importing, "ROOM", 0)
    assert 413 == upload(desk, b"x" * 2_000).status_code
    monkeypatch.undo()
    at = staged(desk)
    assert 403 == desk.watcher.post(f"{at}/entries/0", {"do": "leave", "version": "0"}).status_code
    seen = desk.watcher.get(f"{at}?show=all").text
    assert "Water Union" in seen
    assert "This is an entry" not in seen
    one = desk.room.staged_imports.list()
    for path in (AT, at, f"{at}?show=left", f"{at}?entry=0", f"{at}/confirmation", f"{at}/removal", f"{at}/progress"):
        assert 200 == desk.one.get(path).status_code, path
    assert one == desk.room.staged_imports.list()
    assert 400 == desk.one.get(f"{at}?show=x").status_code
    assert 404 == desk.one.get(f"{AT}/nothing").status_code
    assert 404 == desk.one.get(f"{AT}/%00").status_code


@ONE_ENGINE
def test_what_nobody_touches_is_erased(desk: Desk) -> None:
    """After thirty days the file's lines are gone; one that is being written stays."""
    staged(desk)
    assert 0 == Retention(desk.room).due()["imports"]
    desk.go_on(days=31)
    assert 1 == Retention(desk.room).due()["imports"]
    assert [] == list(desk.room.staged_imports.list())


def test_hostile_words_stay_words(desk: Desk) -> None:
    """Markup and overrides of direction in a file are shown as text, isolated; what no store keeps is no failure."""
    at = staged(desk, LETTER.replace("Lake Society", "<script>alert(1)</script> \u202eLake\0"), "a\0.txt")
    page = desk.one.get(f"{at}?show=all").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert re.search(r'<p class="verbatim" dir="auto">3\. &lt;script', page)


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def app(desk: Desk) -> Flask:
    """Let `live_url` serve it."""
    return desk.app


@ONE_ENGINE
@pytest.mark.browser
def test_a_file_is_imported_by_keyboard(browser: Browser, live_url: str, desk: Desk) -> None:
    """From the file to the register with the enter key; axe finds nothing on the way, nothing leaves 320 px."""
    sign(desk.room, "Water Unions", country_printed={"en": "Kenya"})
    context = browser.new_context(viewport={"width": 320, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{live_url}/editors/sign-in")
    page.fill("#login", "one")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/editors/submissions*")
    page.goto(live_url + AT)
    found = {"imports": faults(page)}
    page.set_input_files("#file", {"name": "letter.txt", "mimeType": "text/plain", "buffer": LETTER.encode()})
    page.press("button:has-text('Look at its lines')", "Enter")
    page.wait_for_selector(".parse")
    found["lines"] = faults(page)
    page.goto(f"{page.url.partition('?')[0]}?show=all&entry=0")
    found["entry"] = faults(page)
    page.fill("#name", "Water Union of Kenya")
    page.press("#number", "Enter")
    page.wait_for_selector(".done")
    assert "Water Union of Kenya" in page.inner_text("#e0")
    page.press("a:has-text('Go on to the statement')", "Enter")
    page.fill("#reference", "water-2021")
    page.press("#reference", "Enter")
    page.wait_for_selector(".before")
    found["confirmation"] = faults(page)
    page.press("button[value=write]", "Enter")
    page.wait_for_url("**/progress*")
    found["progress"] = faults(page)
    assert "entries are recorded" in page.inner_text(".done")
    context.close()
    assert {} == {name: said for name, said in found.items() if said}


def faults(page: Page) -> list[str]:
    """Name what axe finds, and whether a narrow page scrolls sideways."""
    found = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in Axe().run(page).response["violations"]]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*found, "scrolls sideways"] if wide else found


@ONE_ENGINE
def test_the_command_takes_files_of_every_kind_and_suggests(
    desk: Desk, environ: dict[str, str], tmp_path: Path
) -> None:
    """The report tells the registered organisation that an entry may be; a file repeated goes on where it stopped."""
    receipt = sign(desk.room, "Water Unions", country_printed={"en": "Kenya"})
    file = tmp_path / "list.csv"
    file.write_text("Nr;Name;Land\n1;Water Union;Kenya\n2;Lake Society;Peru\n")
    run = Commands(environ)
    words = ("import-text", file, "--reference", "water-2021", "--as-of", "2021-06-07", "--language", "en")
    dry = json.loads(run.said(*words, "--dry-run", "--format", "json"))
    assert [receipt.organisation_id] == [one["organisation"] for one in dry["entries"][0]["suggestions"]]
    assert "suggestions" not in dry["entries"][1]
    assert f"may be       {receipt.organisation_id} 'Water Unions, Kenya'" in run.said(*words, "--dry-run")
    assert "2 signatures, edition 1" in run.said(*words, "--yes")
    assert "is taken" in run.refused(*words, "--yes")

"""The corpus of hostile names, from the form to the pages: kept to the letter where legitimate, escaped everywhere."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import docx
import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient

import wsgi
from signatures.intake.submission import STATES, Submission
from signatures.room import Room
from tests.clock import FixedClock
from tests.fields import Fields
from tests.hostile import HOSTILE, LEGITIMATE, REFUSED, Hostile
from tests.htmlpage import Page
from tests.submitting import EDITOR, REFERENCE, confirmation_of, publish_statement, typed

SIGN = f"/statements/{REFERENCE}/sign"
LIST = f"/statements/{REFERENCE}"
DANGEROUS = frozenset("=+-@\t\r＝＋－＠")


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    """Stand at a moment at which the app may be served."""
    return FixedClock(datetime(2027, 7, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, clock: FixedClock) -> Iterator[Flask]:
    """Make one register for the whole corpus."""
    folder = tmp_path_factory.mktemp("hostile")
    environ = {
        "SIGNATURES_DATABASE": f"sqlite:///{quote(str(folder))}/var",
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(folder / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }
    wsgi.initialise(environ, clock)
    made = wsgi.create_app(environ, clock)
    room: Room = made.extensions["room"]
    publish_statement(room)
    yield made
    room.close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Give the app's writing room."""
    found: Room = app.extensions["room"]
    return found


@pytest.fixture(scope="module")
def listed(app: Flask, clock: FixedClock) -> dict[str, Hostile]:
    """Send every legitimate text through the form, in all five parts, and accept it; by its short name."""
    room: Room = app.extensions["room"]
    found = {}
    for number, hostile in enumerate(LEGITIMATE):
        clock.advance(hours=3)  # an address gets three messages in six hours
        acronym = f"N{number}"
        answer = send(app.test_client(), clock, hostile.text, acronym=acronym, everywhere=True)
        assert 303 == answer.status_code, hostile.id
        (submission,) = room.intake.list()
        assert four_parts(submission) == [hostile.line] * 4, hostile.id
        room.intake.confirm(*confirmation_of(room, submission.id))
        room.intake.accept(submission.id, EDITOR)
        found[acronym] = hostile
    return found


def four_parts(submission: Submission) -> list[str | None]:
    """List the parts that hold the text."""
    parts = submission.parts
    return [parts.name, parts.transliteration, parts.translations.get("en"), parts.country_printed.get("en")]


def send(client: FlaskClient, clock: FixedClock, text: str, *, acronym: str = "", everywhere: bool = False) -> Any:
    """Fill a text in as a name, or in every part, as the bytes that a program would send.

    Half a character is sent in a body of several parts: in the other kind its bytes arrive as the text `%ED%A0%80`.
    """
    clock.advance(minutes=5)  # more in an hour are limited
    form: dict[str, Any] = {**Fields(client.get(SIGN).text).fields, **typed(acronym=acronym)}
    clock.advance(seconds=3)
    sent = text.encode("utf-8", "surrogatepass")
    form |= dict.fromkeys(("name", "transliteration", "translation", "country"), sent) if everywhere else {"name": sent}
    halves = any("\ud800" <= character <= "\udfff" for character in text)
    return in_parts(client, form) if halves else client.post(SIGN, data=form)


def in_parts(client: FlaskClient, form: dict[str, Any]) -> Any:
    """Send a body of several parts, each as the bytes that it is."""
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in form.items()
    ]
    return client.post(SIGN, data=b"".join(parts) + b"--b--\r\n", content_type="multipart/form-data; boundary=b")


def test_the_corpus_is_what_it_promises() -> None:
    """At least two hundred different texts, of every kind that is named, both taken and refused."""
    assert len({each.text for each in HOSTILE}) == len(HOSTILE) >= 200
    kinds = {
        "html",
        "formula",
        "bidi control",
        "zero width",
        "header",
        "right to left",
        "too long",
        "combining",
        "homoglyph",
    }
    assert kinds <= {each.kind for each in HOSTILE}
    assert len(REFUSED) > 50 < len(LEGITIMATE)


@pytest.mark.parametrize("hostile", REFUSED, ids=lambda each: each.id)
def test_what_nobody_can_bear_is_refused_with_a_sentence(
    app: Flask, room: Room, clock: FixedClock, hostile: Hostile
) -> None:
    """422 with the field marked; nothing is stored, nothing else breaks, and the preview has an answer too."""
    before = len(room.intake.list(STATES))
    client = app.test_client()
    answer = send(client, clock, hostile.text)
    assert 422 == answer.status_code
    assert 'id="name-why"' in answer.text
    assert [] == foreign_tags(answer.text)
    assert before == len(room.intake.list(STATES))


def test_what_is_typed_is_shown_again_to_the_letter(app: Flask, clock: FixedClock) -> None:
    """With another field wrong, each legitimate text stands in its field, in the preview, and in no other markup."""
    client = app.test_client()
    form = {**Fields(client.get(SIGN).text).fields, **typed(url="x")}
    for hostile in LEGITIMATE:
        clock.advance(minutes=5)
        answer = client.post(SIGN, data={**form, "name": hostile.text.encode()})
        assert 422 == answer.status_code, hostile.id
        page = Page(answer.text)
        assert normal(hostile.text) == normal(Fields(answer.text).fields["name"]), hostile.id
        assert f"UA {hostile.line}" in page.said, hostile.id
        assert [] == foreign_tags(answer.text), hostile.id


def test_all_are_listed_to_the_letter(app: Flask, listed: dict[str, Hostile]) -> None:
    """In the API's answer each name, transliteration, translation and country is what was typed, and so is the line."""
    answer = app.test_client().get(f"/api/v1{LIST}/signatories.json").get_json()
    entries = {entry["acronym"]: entry for entry in answer["subsequent"]}
    assert set(listed) == set(entries)
    for acronym, hostile in listed.items():
        told = [entries[acronym][part] for part in ("name", "transliteration", "translation", "country")]
        assert [hostile.line] * 4 == told, hostile.id
        line = f"{acronym} {hostile.line} ({hostile.line}) ({hostile.line}), {hostile.line}"
        assert line == entries[acronym]["printed"], hostile.id


@pytest.mark.parametrize("path", [LIST, f"{LIST}/history", f"{LIST}?q=script", f"{SIGN}", "/"])
def test_pages_hold_no_markup_but_their_own(app: Flask, listed: dict[str, Hostile], path: str) -> None:
    """No element, attribute or script on any page comes from a name."""
    answer = app.test_client().get(path)
    assert 200 == answer.status_code
    assert [] == foreign_tags(answer.text)


def test_the_list_shows_every_printed_line(app: Flask, listed: dict[str, Hostile]) -> None:
    """What would be copied from the pages is the printed line of each."""
    client = app.test_client()
    pages = [client.get(LIST).text, *(client.get(f"{LIST}?start={n}").text for n in range(101, len(listed) + 1, 100))]
    assert [] == [found for page in pages for found in foreign_tags(page)]
    said = [line for page in pages for line in Page(page).of_class("line")]
    lines = {" ".join(text.split()).partition(" ")[0]: text for text in said}
    for acronym, hostile in listed.items():
        line = f"{acronym} {hostile.line} ({hostile.line}) ({hostile.line}), {hostile.line}"
        assert normal(line) == normal(lines[acronym]), hostile.id


def test_suggestions_are_told_to_the_letter(app: Flask, listed: dict[str, Hostile]) -> None:
    """Each is found by its short name, and what the script fills in is the name; the answer is no page."""
    client = app.test_client()
    for acronym, hostile in list(listed.items())[::7]:
        answer = client.get(f"{SIGN}/suggestions", query_string={"q": acronym})
        assert "application/json" == answer.content_type
        fields = [one["fields"] for one in answer.get_json()["organisations"] if one["fields"]["acronym"] == acronym]
        assert [hostile.line] == [one["name"] for one in fields], hostile.id


def test_no_cell_of_a_table_is_a_formula(app: Flask, listed: dict[str, Hostile]) -> None:
    """Every cell that a spreadsheet would calculate begins with an apostrophe; every other one is to the letter."""
    text = app.test_client().get(f"/api/v1{LIST}/signatories.csv").get_data(as_text=True)
    rows = {row["acronym"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(listed) == set(rows)
    for acronym, hostile in listed.items():
        assert not any((cell or "x")[0] in DANGEROUS for cell in rows[acronym].values()), hostile.id
        assert rows[acronym]["name"] in (hostile.line, "'" + hostile.line), hostile.id


def test_the_list_for_print_holds_every_line(app: Flask, listed: dict[str, Hostile]) -> None:
    """As HTML each line is to the letter, and no element comes from a name."""
    answer = app.test_client().get(f"/api/v1{LIST}/signatories.html")
    assert [] == foreign_tags(answer.text)
    assert lines_of(listed) == sorted(normal(line) for line in Page(answer.text).of_class("line"))


def test_a_word_processor_reads_every_line(app: Flask, listed: dict[str, Hostile]) -> None:
    """As DOCX each line is to the letter, but for what XML cannot hold."""
    answer = app.test_client().get(f"/api/v1{LIST}/signatories.docx")
    document = docx.Document(io.BytesIO(answer.data))
    said = {paragraph.text.partition(" ")[0]: paragraph.text for paragraph in document.paragraphs}
    for acronym, hostile in listed.items():
        line = re.sub("[\ufffe\uffff]", "\ufffd", line_of(acronym, hostile))
        assert line == said[acronym], hostile.id


def test_json_ld_tells_every_line(app: Flask, listed: dict[str, Hostile]) -> None:
    """Every item has the printed line, and whatever is embedded in a page ends no script there."""
    answer = app.test_client().get(f"/api/v1{LIST}/signatories.jsonld")
    items = json.loads(answer.data)["mainEntity"]["itemListElement"]
    assert lines_of(listed) == sorted(normal(item["name"]) for item in items)


def test_a_pdf_is_made_of_them_all(app: Flask, listed: dict[str, Hostile]) -> None:
    """Every entry is in it, though readers of PDF turn some from right to left around; what looks like markup is text."""
    document = pypdfium2.PdfDocument(app.test_client().get(f"/api/v1{LIST}/signatories.pdf").data)
    text = " ".join(" ".join(document[at].get_textpage().get_text_range() for at in range(len(document))).split())
    assert [] == [one for one in listed if one not in text and f"{one[1:]}{one[0]}" not in text]
    plain = [
        one.line
        for one in LEGITIMATE
        if one.kind in ("html", "template", "path", "sql", "data") and one.line.isascii() and len(one.line) < 40
    ]
    assert len(plain) > 20
    bare = re.sub(r"\s", "", text)
    assert [] == [line for line in plain if re.sub(r"\s", "", line) not in bare]


def line_of(acronym: str, hostile: Hostile) -> str:
    """Print the line of one that is everywhere."""
    return f"{acronym} {hostile.line} ({hostile.line}) ({hostile.line}), {hostile.line}"


def lines_of(listed: dict[str, Hostile]) -> list[str]:
    """Print the lines of all."""
    return sorted(normal(line_of(acronym, hostile)) for acronym, hostile in listed.items())


def foreign_tags(text: str) -> list[str]:
    """Name what a page of ours never holds: scripts of its own, handlers, styles, frames, addresses of others."""
    page = Page(text)
    never = ("iframe", "img", "style", "base", "plaintext", "object", "x")
    found = [tag for tag, _ in page.tags if tag in never]
    for tag, attributes in page.tags:
        found += [f"{tag} {name}" for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
        if tag == "script" and not attributes.get("src", "").startswith("/static/"):
            found.append("script")
        if re.match(r"(?i)\s*(javascript|data|//)", attributes.get("href", "")):
            found.append(attributes["href"])
    return found


def normal(text: str) -> str:
    """Read line ends as a browser does."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def test_the_corpus_is_data_alone() -> None:
    """Whoever else uses it needs nothing of the register."""
    imported = re.findall(r"^(?:from|import) (\S+)", Path(__file__).with_name("hostile.py").read_text(), re.MULTILINE)
    assert ["__future__", "re", "typing"] == imported

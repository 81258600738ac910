"""Reasons of the importer: one table of sentences, told in the language of the page; old ones stay readable."""

from __future__ import annotations

import ast
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.importing import read_printed, reasons
from signatures.importing.reasons import KINDS, Reason
from signatures.imports.staged import restored, stored
from signatures.imports.text import persons
from signatures.web.catalogues import LANGUAGES, catalogue
from tests.clock import FixedClock
from tests.editing import quick_passwords
from tests.keeping import Desk
from tests.test_import_console import staged

ROOT = Path(__file__).parent.parent
TABLE = {name: value for name, value in vars(reasons).items() if isinstance(value, Reason)}
TRANSLATED = [language for language in LANGUAGES if language != "en"]
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLACEHOLDER = re.compile(r"%\(\w+\)s")
LETTER = """Joint Letter on Water

Water is a right.

Signatories (as of 7 June, further signatories possible):
National organisations:
1. WU - Water Union, Kenya
2. Rivers of
the Kenya
4. Lake Society (Sociedad del Lago), Peru
5. Lake Society
6. Dr. Ada Rain
7. [withdrawn]
________________
For more information contact nobody@example.org
Notes
1 See https://example.org

Subsequent signatories:
Sea League
"""


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock) -> Iterator[Desk]:
    """Make an installation in which an editor is signed in."""
    with pytest.MonkeyPatch.context() as patched:
        quick_passwords(patched)
        made = Desk(environ, clock)
        yield made
        made.room.close()


def modules() -> Iterator[tuple[str, ast.AST]]:
    """Give the modules that read lists or correct what was read."""
    for room in ("importing", "imports"):
        for path in (ROOT / "signatures" / room).rglob("*.py"):
            yield path.name, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_reason_is_in_every_catalogue(language: str) -> None:
    """So is every kind of line; no sentence holds the mark that stands between two of them."""
    said = catalogue(language)
    sentences = {reason.sentence for reason in TABLE.values()} | {kind.sentence for kind in KINDS.values()}
    same = {sentence for sentence in sentences if said.gettext(sentence) == sentence}
    assert same <= {"Page", "Date", "Text", "Note"}  # words that two languages share
    assert [] == [sentence for sentence in sentences if ";" in sentence]


def test_reasons_are_taken_from_the_table() -> None:
    """No module makes a sentence of its own, but the one that reads what was stored; and none of the table is left over.

    What a whole file is refused with is no reason of a line: it is said where it is raised, or in a table of its kind of file.
    """
    made, used = set(), set()
    for name, tree in modules():
        refusing = {id(below) for node in ast.walk(tree) if isinstance(node, ast.Raise) for below in ast.walk(node)}
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if id(node) not in refusing and (
                (isinstance(called, ast.Name) and called.id in ("Reason", "said"))
                or (isinstance(called, ast.Attribute) and called.attr == "Reason")
            ):
                made.add(name)
            if name != "reasons.py" and isinstance(node, ast.Attribute | ast.Name):
                used.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    tables = {"archive.py", "pdf.py", "sniffing.py"}  # of sentences that a whole file is refused with
    assert {"reasons.py", "staged.py"} == made - tables - {"history.py"}  # a history's own reasons are the register's
    assert set() == set(TABLE) - used


def test_a_report_has_only_reasons_of_the_table() -> None:
    """Sentences and kinds of lines are known ones, whatever their values are."""
    report = read_printed(LETTER)
    told = [reason for entry in report.entries for reason in entry.reasons]
    told += [reason for line in report.skipped for reason in line.reasons]
    assert {reason.sentence for reason in told} <= {reason.sentence for reason in TABLE.values()}
    assert {one.kind for one in report.skipped} <= set(KINDS)
    assert len({reason.sentence for reason in told}) > 15


def test_a_reason_is_told_with_its_values_and_its_own_reason() -> None:
    """The command says it in English; a page sets the texts of the list apart."""
    one = reasons.WITH_LINE.of(line=4, why=reasons.FULL)
    assert "with line 4: the line above is full" == one.told()
    said = catalogue("de").gettext
    assert "mit Zeile <4>: die Zeile darüber ist voll" == one.told(said, "<{}>".format)
    assert one.says(reasons.WITH_LINE)
    assert "100 % is left as it is" == Reason("100 % is left as it is").told()


@ONE_ENGINE
@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_page_shows_no_english_reason(desk: Desk, language: str) -> None:
    """Neither a reason nor the kind of a line is in English; the register's own words are there."""
    at = staged(desk, LETTER)
    page = desk.one.get(f"{at}?show=all&lang={language}").text + desk.one.get(f"{at}?entry=0&lang={language}").text
    shown = [html.unescape(one) for one in re.findall(r'<p class="why-so">(.*?)</p>', page)]
    english = {
        part.strip(" “”:,()")
        for reason in TABLE.values()
        for part in PLACEHOLDER.split(reason.sentence)
        if len(part.strip(" “”:,()").split()) > 1
    }
    assert len(shown) > 15
    assert [] == [(text, part) for text in shown for part in english if part in text]
    assert any(catalogue(language).gettext(reasons.WITHDRAWN.sentence) in text for text in shown)
    assert any(catalogue(language).gettext("No entry") in text for text in shown)


def test_a_report_is_stored_with_its_reasons() -> None:
    """What is read back is what was written, with values and reasons within reasons."""
    report = read_printed(LETTER)
    assert report == restored(stored(report))


def test_reasons_of_an_older_import_stay_readable() -> None:
    """They were one text; its sentences without values are known again, and the others stay in English."""
    report = read_printed(LETTER)
    data = json.loads(stored(report))
    for one in data["entries"] + data["skipped"]:
        del one["reasons"]
        one["reason"] = (
            "looked at by an editor; the list skips 3, 100 %; this looks like a person: leave it out, or take responsibility"
        )
    old = restored(json.dumps(data))
    assert reasons.CHECKED in old.entries[0].reasons
    assert "the list skips 3, 100 %" == old.entries[0].reasons[1].told(catalogue("de").gettext)
    assert len(old.entries) == len(persons(old))

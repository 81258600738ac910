"""Refusals that readers and importing editors meet: each a sentence of the catalogues, told in the page's language."""

from __future__ import annotations

import ast
import html
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from signatures import errors
from signatures.errors import InvalidInput, RegisterError
from signatures.imports.staged import StagedImports
from signatures.sentences import Sentence, said
from signatures.web.catalogues import catalogue
from tests.clock import FixedClock
from tests.editing import quick_passwords
from tests.keeping import Desk
from tests.test_import_console import AT, LETTER, staged

ROOT = Path(__file__).parent.parent
ROOMS = ("projections", "signatures/web", "signatures/importing", "signatures/imports")
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ENGLISH = {  # modules whose refusals only programs, commands or the operator meet, or that run on bare Python
    "projections/audit.py",
    "projections/memento.py",
    "projections/receipts.py",
    "projections/web/oembed.py",
    "projections/witness.py",
    "signatures/imports/history.py",
    "signatures/imports/historyfile.py",
    "signatures/web/acts.py",
    "signatures/web/admission.py",
    "signatures/web/cosigning.py",
    "signatures/web/serving.py",
    "signatures/web/webhookkey.py",
}
APART = ("projections/auditing/", "projections/commands/")
SOME = {"projections/proofs.py": 3, "projections/views/replay.py": 1}  # for programs that read the log; for `check`


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock) -> Iterator[Desk]:
    """Make an installation in which an editor is signed in."""
    with pytest.MonkeyPatch.context() as patched:
        quick_passwords(patched)
        made = Desk(environ, clock)
        yield made
        made.room.close()


def modules() -> dict[str, ast.AST]:
    """Read the modules that pages and imports are made of."""
    paths = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    names = {path: path.relative_to(ROOT).as_posix() for path in paths}
    read = {name: ast.parse(path.read_text(encoding="utf-8")) for path, name in names.items()}
    return {name: tree for name, tree in read.items() if name not in ENGLISH and not name.startswith(APART)}


def refusals(trees: Iterable[ast.AST]) -> set[str]:
    """Name every refusal there is: those of the tree of errors, and what modules derive from them."""
    found = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, RegisterError)}
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while more := {one.name for one in classes if {ast.unparse(base) for base in one.bases} & found} - found:
        found |= more
    return found


def plain(tree: ast.AST, names: set[str]) -> int:
    """Count the refusals that are made of a text as it is written, or of pieces."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    made = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names]
    made += [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"]
    texts = [call.args[0] for call in made]
    return sum(isinstance(text, ast.JoinedStr | ast.BinOp) or type(getattr(text, "value", 0)) is str for text in texts)


def test_what_a_reader_meets_is_a_sentence_of_the_catalogues() -> None:
    """No module of pages and imports refuses with a plain text."""
    trees = modules()
    names = refusals(trees.values())
    found = {name: plain(tree, names) for name, tree in trees.items()}
    assert {"Unreadable", "DocumentsBusy", "ViewBehind"} <= names
    assert SOME == {name: count for name, count in found.items() if count}


QUESTIONS = {
    "/?colour=red": "is no parameter of this page",
    "/?q=a&q=b": "stands",
    "/statements/NONE": "The list of statements names",
    "/check?size=x": "is not a whole number",
    "/check?size=99999": "The log has",
}


@ONE_ENGINE
@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_page_refuses_in_its_language(desk: Desk, language: str) -> None:
    """Nothing of the sentence is English, and it is not marked as English."""
    client, other = desk.app.test_client(), {"de": "ist|steht|hat|nennt", "ar": "[\u0621-\u064a]{3}"}[language]
    for path, english in QUESTIONS.items():
        first = client.get(path).text
        answer = client.get(f"{path}{'&' if '?' in path else '?'}lang={language}").text
        lede = re.search(r'<p class="lede">(.*?)</p>', answer, re.DOTALL)
        assert english in html.unescape(first), path
        assert lede is not None
        assert (True, False) == (re.search(other, lede[1]) is not None, 'lang="en"' in lede[1]), path
        assert english not in html.unescape(answer)


@ONE_ENGINE
def test_a_frame_refuses_in_its_language(desk: Desk) -> None:
    """Its heading, too; a sentence that has a catalogue is not marked as English."""
    page = desk.app.test_client().get("/embed/NONE?lang=de").text
    assert "Es gibt hier keine Erklärung" in page
    assert "Unter dieser Adresse" in page
    assert 'lang="en"' not in page


@ONE_ENGINE
@pytest.mark.parametrize(("language", "told"), [("de", "Dies ist ein Bild."), ("ar", "هذه صورة.")])
def test_a_file_is_refused_in_the_editors_language(desk: Desk, language: str, told: str) -> None:
    """The form says what to do in the language of the page."""
    answer = desk.one.post(f"{AT}?lang={language}", {"file": (io.BytesIO(b"\x89PNG...."), "a.txt")})  # type: ignore[dict-item]
    assert 422 == answer.status_code
    assert told in answer.text
    assert "This is a picture" not in answer.text


@ONE_ENGINE
def test_what_stopped_an_import_is_told_in_every_language(desk: Desk) -> None:
    """It is kept with its values; one that was kept as words alone stays as it is."""
    at = staged(desk, LETTER)
    imports = desk.room.staged_imports
    why = InvalidInput(
        said("The reference %(reference)s is taken. Choose another one. Nothing was written.", reference="W")
    )
    imports.reopen(
        at.rpartition("/")[2],
        InvalidInput(said("Line %(line)s: %(why)s Nothing was written.", line=4, why=why.said)).said,
    )
    page = desk.one.get(f"{at}?lang=de").text
    assert "Zeile 4: Die Kennung W ist vergeben. Wählen Sie eine andere." in page
    assert "Line 4: The reference W is taken." in desk.one.get(f"{at}?lang=en").text
    older(imports, "100 % is too much.")
    assert "100 % is too much." in desk.one.get(f"{at}?lang=de").text
    assert Sentence("100 % is too much.") == imports.list()[0].fault


def older(imports: StagedImports, words: str) -> None:
    """Keep a fault as versions before this one did."""
    with imports.database.writing("staged_import") as transaction:
        transaction.execute("UPDATE staged_import SET fault = ?", (words,))


def test_every_catalogue_has_what_an_editor_reads_of_files() -> None:
    """Values stand where the language wants them."""
    told = said("At %(place)s a line has more than %(most)s characters. Break it into lines.", place="page 3", most=9)
    assert "Bei page 3 hat eine Zeile mehr als 9 Zeichen." in told.told(catalogue("de").gettext)
    assert "page 3" in told.told(catalogue("tr").gettext)

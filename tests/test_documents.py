"""Documents: PDF, DOCX, HTML and JSON-LD of a list, and the fixed words of printed lists in every language."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Event, Thread
from typing import Any

import docx
import orjson
import pypdfium2
import pytest

from projections.rendering.docx import docx_list
from projections.rendering.html import html_list
from projections.rendering.jsonld import jsonld_list
from projections.rendering.pdf import families, fonts, pdf_list
from projections.rendering.phrases import PHRASES, phrases
from projections.rendering.text import text_list
from projections.web import forms
from signatures.importing.reading import read_printed
from signatures.importing.sources import reading
from tests.api import small_api
from tests.htmlpage import Page
from tests.test_rendering import STATEMENT, answer, entry

LIST = "/statements/sample-2021/signatories"
DAY = "2021-06-07"
ROOT = "q83vEjRWeJq83vEjRWeJq83vEjRWeJq83vEjRWeJq88="
HOSTILE = '#strong[*B*] $x$ \\ "q" _a_ @b <c> //x /*y*/'


def made(*numbered: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Make an answer with the state of the log."""
    known = {"position": 57, "recorded_through": "2026-11-22T08:00:00.000000Z"}
    return answer(*numbered, **{**known, "checkpoint": {"size": 57, "root": ROOT}, **fields})


def about(language: str = "en") -> dict[str, Any]:
    """Describe the statement in a language."""
    return {**STATEMENT, "language": language, "default_language": language, "title_language": "en"}


def read(pdf: bytes) -> str:
    """Read a PDF as its readers' programs do; lines are folded."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [document[number].get_textpage().get_text_range() for number in range(len(document))]
    return " ".join(" ".join(pages).split())


def a_list() -> dict[str, Any]:
    """Make a list with a gap, a withdrawal, headings and a later signatory."""
    left = {"status": "withdrawn", "withdrawn_on": "2021-07-01", "reason": None}
    return made(
        entry(1, "Bäcker", acronym="BK", translation="Bakers", country="Germany"),
        entry(3, HOSTILE),
        entry(4, "Ткачи", **left),
        subsequent=(entry(None, "Reapers"),),
        sections=[{"before": 1, "heading": "Europe"}],
        gaps=[{"number": 2, "status": "gap", "reason": None, "withdrawn_on": None}],
    )


def test_a_pdf_reads_in_order_with_its_own_numbers() -> None:
    """Title, text, heading, sections, numbers with their gaps, subsequent ones; what looks like markup is text."""
    text, at = read(pdf_list(a_list(), about(), "We ask.")), -1
    for part in (
        "Peace now", "We ask.", "Signatories (as of 07 June 2021, further signatories possible)", "Europe",
        "1. BK Bäcker (Bakers), Germany", "2. (left free)", f"3. {HOSTILE}", "4. [Ткачи] (withdrawn on 01 July 2021)",
        "Subsequent signatories", "Reapers", f"size 57, root {ROOT}", "1 / 1",
    ):  # fmt: skip
        found = text.find(part, at + 1)
        assert at < found, part
        at = found


@pytest.mark.parametrize("write", [pdf_list, docx_list, html_list, jsonld_list])
def test_equal_lists_are_equal_bytes(write: Any) -> None:
    """A document has no time but the list's, and no chance in it."""
    assert write(a_list(), about("ar"), "A text.") == write(a_list(), about("ar"), "A text.")


def test_a_pdf_from_right_to_left_reads_line_by_line() -> None:
    """Every line is of one direction, with its brackets as they are read: names in other letters, withdrawals, root and footer."""
    left = {"status": "withdrawn", "withdrawn_on": "2021-07-01", "reason": None}
    told = made(
        entry(1, "Bäcker (Nord)", acronym="BK", translation="اتحاد (نساء) الخبازين", country="مصر"),
        entry(2, "اتحاد عمال الموانئ", name_language="ar", country="لبنان"),
        entry(3, "Ткачи", translation="النساجون", **left),
        entry(4, "اتحاد عمال", translation="Union of Workers", country="Egypt"),
        subsequent=(entry(None, "Reapers", translation="الحصادون"),),
    )
    document = pypdfium2.PdfDocument(pdf_list(told, about("ar"), "نطالب بالسلام."))
    lines = document[0].get_textpage().get_text_range().split("\r\n")
    words = phrases("ar")
    expected = [
        "Assembly Resolution", "7 يونيو 2021 · المرجع", "sample-2021", "Peace now", "نطالب بالسلام.",
        words.heading_of(DAY, possible=True).replace("،", " ،"),
        "1", "BK Bäcker (Nord)", "(اتحاد (نساء) الخبازين), مصر", "2", "اتحاد عمال الموانئ, لبنان",
        "3", "[Ткачи", "(النساجون)]", f"({words.why('withdrawn', '2021-07-01')})",
        "4", "اتحاد عمال", "(Union of Workers), Egypt", words.subsequent, "Reapers", "(الحصادون)",
    ]  # fmt: skip
    assert (expected, 1) == (lines[: len(expected)], lines.count(ROOT))
    assert f"sample-2021 · {ROOT[:12]} · 1 / 1" == lines[-1].strip(" \u202c")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_html_names_edition_and_checkpoint_on_every_page(tmp_path: Path) -> None:
    """What a browser prints says so at the foot of each page, the first one too."""
    told = made(*(entry(number, f"Union of Bakers {number}") for number in range(1, 81)))
    (tmp_path / "list.html").write_text(html_list(told, about(), "We ask."))
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path}/browser",
         f"--print-to-pdf={tmp_path}/list.pdf", (tmp_path / "list.html").as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(tmp_path / "list.pdf")]
    assert {True} == {f"Edition 1, position 57 · {ROOT[:12]}" in page for page in pages}
    assert len(pages) > 1


def test_a_pdf_is_tagged() -> None:
    """It says that it is PDF/UA-1 and has a tree of its structure, for those who listen to it."""
    pdf = pdf_list(a_list(), about(), None)
    assert (True, True) == (b"pdfuaid" in pdf, b"/StructTreeRoot" in pdf)


def test_a_letter_that_no_font_has_is_named() -> None:
    """The list is still written; □ stands for the letter and its code at the end."""
    text = read(pdf_list(made(entry(1, "A \u0378 end")), about(), None))
    assert (True, True) == ("1. A □ end" in text, "U+0378" in text)


def test_a_docx_has_literal_numbers() -> None:
    """No word processor counts them anew; brackets and reasons stand as in print."""
    document = docx.Document(io.BytesIO(docx_list(a_list(), about(), "We ask.\x0b")))
    lines = [paragraph.text for paragraph in document.paragraphs]
    expected = [
        "1.\tBK Bäcker (Bakers), Germany", "2.\t(left free)", f"3.\t{HOSTILE}",
        "4.\t[Ткачи] (withdrawn on 01 July 2021)",
    ]  # fmt: skip
    assert expected == [line for line in lines if "\t" in line]


def test_a_docx_runs_where_its_language_does() -> None:
    """In Arabic every paragraph says so once; a title in Latin letters keeps its direction, so does a name."""
    told = made(
        entry(1, "اتحاد عمال الموانئ", acronym="UT", name_language="ar"), sections=[{"before": 1, "heading": "Asia"}]
    )
    document = docx.Document(io.BytesIO(docx_list(told, about("ar"), "We ask.\n\nTwo\nlines\tand.")))
    paragraphs = {one.text: one for one in (*document.paragraphs, *document.sections[0].footer.paragraphs)}
    ways = {text: len(one._p.findall(".//w:bidi", one._p.nsmap)) for text, one in paragraphs.items()}
    own = {text for text, number in ways.items() if number == 0}
    assert ({"Peace now", "We ask.", "Two\nlines\tand."}, {0, 1}) == (own, set(ways.values()))
    runs = paragraphs["1.\tUT اتحاد عمال الموانئ"].runs
    assert [True, None, True] == [run.font.rtl for run in runs if run.text.strip()]


def test_html_for_print_says_what_the_other_documents_say() -> None:
    """Words, date and direction of the language; each name its own; what looks like markup is text; no script."""
    source = html_list(a_list(), about("ar"), "We ask.\n\nA <b>\nB", "/static/print.css")
    page = Page(source)
    assert {"lang": "ar", "dir": "rtl"} == page.all("html")[0]
    assert [{"rel": "stylesheet", "href": "/static/print.css"}] == page.all("link")
    assert [("1", "n1"), ("2", "n2"), ("3", "n3"), ("4", "n4")] == [
        (one["value"], one["id"]) for one in page.all("li") if "value" in one
    ]
    assert ["BK Bäcker (Bakers), Germany", HOSTILE, "Ткачи", "Reapers"] == page.of_class("line")
    words = phrases("ar")
    for part in (
        "A <b>",
        words.heading_of(DAY, possible=True),
        "Europe",
        f"({words.left_free})",
        f"[Ткачи] ({words.why('withdrawn', '2021-07-01')})",
        ROOT,
    ):
        assert part in page.said
    assert set() == {tag for tag, _ in page.tags} & {"script", "style", "img", "b"}
    assert {"auto"} == {one.get("dir") for one in page.all("bdi")}


def test_html_in_words_of_another_language_says_so() -> None:
    """Where the register has no words of a language, the page is in that language and its fixed words are English."""
    page = Page(html_list(a_list(), about("fa"), None))
    assert [("fa", "rtl"), ("en", "auto")] == [
        (page.all(tag)[0]["lang"], page.all(tag)[0]["dir"]) for tag in ("html", "h2")
    ]


def test_html_brings_its_look_with_it_only_where_it_stands_alone(tmp_path: Path) -> None:
    """The register's rules for browsers allow no style inside; its own file is linked, and it is there."""
    api = small_api(tmp_path)
    api.published("Bakers")
    answer = api.get(f"{LIST}.html", as_of=DAY)
    (link,) = Page(answer.text).all("link")
    assert "style-src 'self';" in answer.headers["Content-Security-Policy"]
    with api.app.test_client().get(link["href"]) as style:
        assert (200, "text/css; charset=utf-8") == (style.status_code, style.content_type)
        rules = style.get_data(as_text=True)
    assert "<style" not in answer.text
    alone = html_list(a_list(), about(), None)
    assert ([], True) == (Page(alone).all("link"), rules in alone)
    api.close()


@pytest.mark.parametrize("language", PHRASES)
def test_html_reads_back(language: str) -> None:
    """An importer finds in it what it finds in the text: entries, numbers, date; the seal is no entry."""
    told = made(
        entry(1, "Bäcker", acronym="BK", translation="Bakers", country="Germany"),
        *(entry(number, f"Union of {name}") for number, name in ((2, "Millers"), (3, "Tailors"), (5, "Masons"))),
        subsequent=(entry(None, "League of Reapers"),),
    )
    report = reading.read(html_list(told, about(language), "We ask for peace.").encode())
    names = [one["printed"] for one in (*told["numbered"], *told["subsequent"])]
    assert names == [one.raw for one in report.entries]
    assert ("2021-06-07", [1, 2, 3, 5, None]) == (report.as_of, [one.number for one in report.entries])


def test_jsonld_says_who_stands() -> None:
    """Numbers are positions; who left is no item."""
    told = orjson.loads(jsonld_list(a_list(), about(), None))
    items = told["mainEntity"]["itemListElement"]
    assert [(1, "BK Bäcker (Bakers), Germany"), (3, HOSTILE), (None, "Reapers")] == [
        (one.get("position"), one["name"]) for one in items
    ]


def test_an_empty_list_is_written_too() -> None:
    """Nobody has signed yet, and no edition is there."""
    empty = made(edition=None, checkpoint=None)
    assert "No edition yet, position 57" in read(pdf_list(empty, about(), None))
    assert b"PK" == docx_list(empty, about(), None)[:2]


@pytest.mark.parametrize(
    ("form", "type_", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK"),
        ("jsonld", "application/ld+json", b"{"),
    ],
)
def test_documents_are_served_as_other_forms_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, type_: str, begins: bytes
) -> None:
    """They have their type and a tag that answers 304; where the extra is missing, a sentence says how to add it."""
    api = small_api(tmp_path)
    api.published("Bakers", "Millers")
    first = api.get(f"{LIST}.{form}", as_of=DAY)
    again = api.ask(f"{LIST}.{form}?as_of={DAY}", headers={"If-None-Match": first.headers["ETag"]})
    assert (200, type_, True, 304) == (
        first.status_code, first.content_type, first.data.startswith(begins), again.status_code
    )  # fmt: skip
    library = {"pdf": "typst", "docx": "docx"}.get(form)
    if library:
        monkeypatch.setitem(sys.modules, library, None)
        for kept in (fonts, families):
            kept.cache_clear()
        missing = api.get(f"{LIST}.{form}", as_of=DAY, language="fr")
        assert (404, True) == (missing.status_code, "signatures[documents]" in missing.text)
    api.close()


def test_only_so_many_documents_are_made_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one is asked to come again, other forms are answered meanwhile, and so is it when one is done."""
    monkeypatch.setattr(forms, "DOCUMENT_WAIT", 0.05)
    api = small_api(tmp_path)
    api.published("Bakers")
    begun, free, made = Barrier(forms.DOCUMENTS_AT_ONCE + 1), Event(), []

    def slowly(*_asked: object) -> bytes:
        begun.wait(20)
        free.wait(20)
        return b"%PDF"

    monkeypatch.setitem(forms.FORMS, "pdf", forms.FORMS["pdf"]._replace(write=slowly))
    asked = [f"{LIST}.pdf?as_of={DAY}&language={code}" for code in ("en", "de", "fr")]
    threads = [Thread(target=lambda path=path: made.append(api.ask(path).status_code)) for path in asked[:-1]]
    for thread in threads:
        thread.start()
    begun.wait(20)
    refused, text = api.ask(asked[-1]), api.get(f"{LIST}.txt", as_of=DAY)
    free.set()
    for thread in threads:
        thread.join(20)
    begun = Barrier(1)
    later = api.ask(asked[-1])
    assert (503, True, "view-behind", 200) == (
        refused.status_code, "Retry-After" in refused.headers, (refused.json or {})["type"].rsplit("/", 1)[1], text.status_code
    )  # fmt: skip
    assert ([200, 200], 200) == (made, later.status_code)
    api.close()


def test_words_of_an_unknown_language_are_english() -> None:
    """A region takes the words of its language."""
    expected = (PHRASES["pt"], PHRASES["en"], PHRASES["en"], PHRASES["en"])
    assert expected == (phrases("pt-BR"), phrases("und"), phrases("sw"), phrases(None))


@pytest.mark.parametrize("language", PHRASES)
def test_a_printed_list_reads_back(language: str) -> None:
    """In every language an importer finds the same entries, numbers and date."""
    body = "We ask for peace in this text, which is long enough to be one."
    told = made(
        entry(1, "Bäcker", acronym="BK", translation="Bakers", country="Germany"),
        *(entry(number, f"Union of {name}") for number, name in ((2, "Millers"), (3, "Tailors"), (5, "Masons"))),
        subsequent=(entry(None, "League of Reapers"),),
    )
    printed = text_list(told, {**about(language), "issued_on": None}, body)
    report = read_printed(printed)
    names = [one["printed"] for one in (*told["numbered"], *told["subsequent"])]
    assert names == [one.raw for one in report.entries]
    assert ("2021-06-07", [1, 2, 3, 5, None]) == (report.as_of, [one.number for one in report.entries])
    assert "checkpoint" in {one.kind for one in report.skipped}

"""Files of many kinds into lines: the same list in each gives the same entries, and no file does harm."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import openpyxl
import pytest
import typst
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from signatures.errors import InvalidInput
from signatures.importing import Report, read_printed
from signatures.importing.sources import Unreadable, pdfium, read, read_source
from signatures.importing.sources.sniffing import kind_of
from signatures.importing.sources.source import from_lines

ENTRIES = [
    ("Water Union", "Kenya"),
    ("Organisation Révolutionnaire du Congo", "Germany"),
    ("Лига воды", "Russia"),
    ("اتحاد عمال الموانئ", "Tunisia"),
    ("11.11.11", "Belgium"),
    ("A very long name of a union for the defence of the rights of those who work the land and the waters", "France"),
    ("Lake Society", "Peru"),
    ("Foo & Bar <Baz>", "Spain"),
]
TITLE, HEADING = "Joint Letter on Water", "Signatories (as of 7 June 2021, further signatories possible):"
LATER = "Subsequent signatories:"
WANTED = [(at, name, country, False) for at, (name, country) in enumerate(ENTRIES, 1)] + [
    (None, "Sea League", None, True)
]


def told(report: Report) -> list[tuple[int | None, str, str | None, bool]]:
    """Tell what was read of each entry."""
    return [(one.number, one.name, one.country, one.subsequent) for one in report.entries]


def accounted(report: Report, lines: Sequence[str]) -> bool:
    """Tell whether every line that is not blank is in one entry or left out, and none in both."""
    inside = [number for one in report.entries for number in range(one.lines[0], one.lines[1] + 1)]
    outside = [one.line for one in report.skipped]
    shown = {number for number, line in enumerate(lines, 1) if line.strip()}
    return shown <= {*inside, *outside} and len(inside) == len(set(inside)) and not set(inside) & set(outside)


# ── the same list in every kind of file ──────────────────────────────────────────────────────────────────────────────


def as_text() -> bytes:
    listed = "\n".join(f"{at}. {name}, {country}" for at, (name, country) in enumerate(ENTRIES, 1))
    return f"{TITLE}\n\nWater is a right.\n\n{HEADING}\n{listed}\n\n{LATER}\nSea League\n".encode()


def as_utf16() -> bytes:
    return as_text().decode().encode("utf-16")


def as_markdown() -> bytes:
    listed = "\n".join(f"1. **{name}**, {country}" for name, country in ENTRIES).replace("<", "\\<")
    return f"# {TITLE}\n\nWater is a [right](https://example.org/).\n\n## {HEADING}\n\n{listed}\n\n### {LATER}\n\n- Sea League\n".encode()


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def as_html() -> bytes:
    listed = "".join(f"<li>{escaped(name)}, <i>{country}</i>\n" for name, country in ENTRIES)
    return (
        f"<!DOCTYPE html><html><head><title>No</title><script>var a='<li>No</li>'</script></head><body><h1>{TITLE}</h1>"
        f"<p>Water is\n a right.<p hidden>No</p><h2>{HEADING}</h2><ol>{listed}</ol><h2>{LATER}</h2><ul><li>Sea&nbsp;League</ul>"
    ).encode()


def as_html_table() -> bytes:
    rows = "".join(f"<tr><td>{at}<td>{escaped(n)}<td>{c}" for at, (n, c) in enumerate(ENTRIES, 1))
    return (
        f"<html><body><table><tr><td><p>{TITLE}<p>Water is a right.<p>{HEADING}"
        f"<table><tr><th>No<th>Name<th>Country{rows}</table><p>{LATER}<p>Sea League</table>"
    ).encode()


def as_docx() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph("Water is a right.")
    document.add_paragraph(HEADING)
    for name, country in ENTRIES:
        document.add_paragraph(f"{name}, {country}", style="List Number")
    document.add_paragraph(LATER)
    document.add_paragraph("Sea League", style="List Bullet")
    return saved(document)


def as_docx_table() -> bytes:
    document = docx.Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph(HEADING)
    table = document.add_table(rows=1, cols=3)
    for cell, text in zip(table.rows[0].cells, ("No", "Name", "Country"), strict=True):
        cell.text = text
    for name, country in ENTRIES:
        cells = table.add_row().cells
        cells[0].paragraphs[0].style = "List Number"
        cells[0].paragraphs[0].add_run(" ")
        cells[1].text, cells[2].text = name, country
    for at, row in enumerate(table.rows[1:], 1):
        row.cells[0].text = f"{at}."
    document.add_paragraph(LATER)
    document.add_paragraph("Sea League")
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def as_xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ([TITLE], [HEADING], [], ["Nr.", "Organisation", "Land", "Bemerkung"]):
        sheet.append(row)
    for at, (name, country) in enumerate(ENTRIES, 1):
        sheet.append([float(at), name, country, None])
    sheet.append([LATER])
    sheet.append([None, "Sea League"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(delimiter: str = ";", titles: str = "number;country;name") -> bytes:
    rows = [f'{at};{country};"{name}"' for at, (name, country) in enumerate(ENTRIES, 1)]
    return "\r\n".join([titles, *rows, ";;Sea League"]).replace(";", delimiter).encode("utf-8-sig")


def as_tsv() -> bytes:
    return as_csv("\t", "Lfd. Nr.;Staat / Land;Name der Organisation")


def compiled(tmp_path: Path, body: str) -> bytes:
    """Print with typst; `rows` and the words of the letter are given."""
    words = {"rows": ENTRIES, "title": TITLE, "heading": HEADING, "later": LATER}
    (tmp_path / "words.json").write_text(json.dumps(words))
    (tmp_path / "a.typ").write_text(f'#let w = json("words.json")\n{body}')
    return bytes(typst.compile(tmp_path / "a.typ"))


LISTED = "#enum(..w.rows.map(r => [#r.at(0), #r.at(1)]))"
LAYOUTS = {
    "pages with headers": '#set page(height: 9cm, header: [Ref 12/2021 #h(1fr) Joint letter], footer: context counter(page).display("1 of 1", both: true))'
    f"\n= #w.title\nWater is a right.\n\n#w.heading\n\n{LISTED}\n\n#w.later\n\nSea League",
    "two columns": f"= #w.title\nWater is a right.\n\n#w.heading\n\n#columns(2)[{LISTED}]\n\n#v(1cm)\n#w.later\n\nSea League",
    "a table": "= #w.title\n#w.heading\n#table(columns: (auto, 6cm, auto), [No.], [Name], [Country], "
    "..w.rows.enumerate(start: 1).map(((i, r)) => (str(i), r.at(0), r.at(1))).flatten())\n\n#w.later\n\nSea League",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_pdf_gives_the_list_that_is_printed(layout: str, tmp_path: Path) -> None:
    """Whatever stands beside the text: columns, cells that wrap, running headers, words from right to left."""
    report = read(compiled(tmp_path, LAYOUTS[layout]), "a.pdf")
    assert WANTED == told(report)
    if layout == "pages with headers":
        assert {"Ref 12/2021 Joint letter"} == {one.text for one in report.skipped if "Ref" in one.text}
        assert {"page 1", "page 2"} <= {
            report.place(one.line) for one in report.skipped if one.kind == "page-furniture"
        }


MAKERS: dict[str, Callable[[], bytes]] = {
    "a.txt": as_text, "utf16.txt": as_utf16, "a.md": as_markdown, "a.html": as_html, "table.html": as_html_table,
    "a.docx": as_docx, "table.docx": as_docx_table, "a.xlsx": as_xlsx, "a.csv": as_csv, "a.tsv": as_tsv,
}  # fmt: skip


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_of_file_gives_the_same_entries(name: str) -> None:
    """Numbers that are counted, cells, marks and entities come to one list; every line is accounted for."""
    raw = MAKERS[name]()
    report = read(raw, name)
    assert WANTED == told(report)
    assert accounted(report, read_source(raw, name).lines)
    assert ("2021-06-07" if "sv" not in name else None) == report.as_of


def test_the_name_of_a_file_does_not_say_what_it_is() -> None:
    """What stands in it does; only between kinds of text the name decides."""
    assert ["docx", "xlsx", "html", "pdf"] == [
        kind_of(raw, "a.txt") for raw in (as_docx(), as_xlsx(), as_html(), b"\n%PDF-1.7")
    ]
    assert "text" == kind_of(b"PK Union\n")
    assert ["text", "markdown", "csv"] == [kind_of(b"1. A", name) for name in ("a", "a.MD", "a.csv")]


def test_entries_that_differ_in_numbers_only_are_no_running_header(tmp_path: Path) -> None:
    """They stand at the foot of several pages like a page's number, but do not count pages."""
    listed = "#set page(height: 6cm)\n#w.title\n\n#w.heading\n\n#for i in range(1, 61) [+ Union #i of the Town\n]"
    report = read(compiled(tmp_path, listed), "a.pdf")
    assert [(at, f"Union {at} of the Town") for at in range(1, 61)] == [(e.number, e.name) for e in report.entries]


# ── details of each kind ─────────────────────────────────────────────────────────────────────────────────────────────


def test_html_counts_as_a_browser_does() -> None:
    """`start`, `value` and `reversed` give the numbers; what is hidden is not read; lines know where they stand."""
    raw = b"<!doctype html><body>\n<ol start=3><li>A<li value=7>B<li>C</ol>\n<ol reversed start=2><li>D<li>E</ol><p style='display: none'>No"
    source = read_source(raw)
    assert ["3. A", "7. B", "8. C", "2. D", "1. E"] == [line for line in source.lines if line]
    assert [2, 3] == sorted({place.number for place, line in zip(source.places, source.lines, strict=True) if line})


def test_what_stands_beside_a_pages_text_is_told_and_not_read() -> None:
    """A menu and a footer are left out with their reason; one that never ends is text."""
    page = "<!doctype html><body><nav><ul><li>Home<li>Contact</ul></nav><p>Letter<h2>Signatories (as of 7 June 2021):</h2><ol><li>Alpha<li>Beta</ol>"
    report = read(f"{page}<footer>Gamma &copy;</footer>".encode())
    assert ["Alpha", "Beta"] == [entry.name for entry in report.entries]
    assert ["• Home", "• Contact", "Gamma ©"] == [one.text for one in report.skipped if one.kind == "page-furniture"]
    assert "• Home" in read_source(page.replace("</nav>", "").encode()).lines


def test_a_plain_text_with_pieces_of_html_keeps_its_lines() -> None:
    """It is read as it always was: line for line."""
    text = "Letter\n\nSignatories (as of 7 June 2021):\n<ol>\n<li>Alpha Union</li>\n<li>Beta Union</li>\n</ol>\n"
    assert read_printed(text) == read(text.encode(), "a.txt")


def test_word_counts_levels_restarts_and_leaves_deleted_words_out() -> None:
    """Accepted insertions are read, deletions are not; a list that begins anew counts anew; hidden numbers are none."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77"><w:lvl w:ilvl="0"><w:start w:val="5"/><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="[%1]"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>'
        '<w:lvlText w:val="%1.%2)"/></w:lvl></w:abstractNum>'
    ))  # fmt: skip
    for number, more in ((77, ""), (78, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>')):
        numbering.append(
            parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="77"/>{more}</w:num>')
        )
    for text, number, level in (("A", 77, 0), ("B", 77, 0), ("C", 77, 1), ("D", 77, 0), ("E", 78, 0), ("F", 78, 0)):
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')
        )
    changed = document.add_paragraph("Kept ")
    changed._p.append(parse_xml(f'<w:ins {nsdecls("w")} w:id="1" w:author="x"><w:r><w:t>new</w:t></w:r></w:ins>'))
    changed._p.append(
        parse_xml(f'<w:del {nsdecls("w")} w:id="2" w:author="x"><w:r><w:delText>old</w:delText></w:r></w:del>')
    )
    lines = [line for line in read_source(saved(document)).lines if line]
    assert ["[5] A", "[6] B", "6.a) C", "[7] D", "[1] E", "[2] F", "Kept new"] == lines


def test_a_table_that_only_lays_out_a_page_is_read_cell_by_cell() -> None:
    """Two lists that stand beside one another in the cells of one row are read one after the other."""
    document = docx.Document()
    cells = document.add_table(rows=1, cols=2).rows[0].cells
    for cell, first in zip(cells, (1, 6), strict=True):
        cell.text = "\n".join(f"{at}. Union {at}" for at in range(first, first + 5))
        cell.text = ""
        for at in range(first, first + 5):
            cell.add_paragraph(f"{at}. Union {at}")
    assert [f"{at}. Union {at}" for at in range(1, 11)] == [line for line in read_source(saved(document)).lines if line]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ("Alpha Union,Kenya\nBeta Union,Peru\nGamma Union,Spain", [(None, "Alpha Union", "Kenya"), (None, "Beta Union", "Peru"), (None, "Gamma Union", "Spain")]),
        ("1,Kenya,Alpha Union\n2,Peru,Beta Union", [(1, "Alpha Union", "Kenya"), (2, "Beta Union", "Peru")]),
        ("sep=;\nNombre;País\nUnión Alfa;Perú", [(None, "Unión Alfa", "Perú")]),
        ("Название,Страна\nСоюз,Россия", [(None, "Союз", "Россия")]),
        ("Kuruluş adı;Ülke\nBirlik;Türkiye", [(None, "Birlik", "Türkiye")]),
        ("name\n'=cmd|' /C calc'!A0\nBeta", [(None, "=cmd|' /C calc'!A0", None), (None, "Beta", None)]),
        ("number,name\n1,Alpha\nEurope,\n2,Beta", [(1, "Alpha", None), (2, "Beta", None)]),
        ('name,country\n"Union, the ""Red""\nof Alpha",Kenya', [(None, 'Union, the "Red" of Alpha', "Kenya")]),
    ],
)  # fmt: skip
def test_a_table_is_read_by_its_titles_or_by_what_stands_in_it(
    rows: str, wanted: list[tuple[int | None, str, str | None]]
) -> None:
    """Titles in many languages; without any, numbers that rise and countries show the columns."""
    assert wanted == [one[:3] for one in told(read(rows.encode(), "a.csv"))]


def test_the_register_reads_its_own_csv() -> None:
    """Columns that say nothing printed are passed over, and the parts are taken as they stand."""
    raw = (
        b"number,signature_id,acronym,name,name_language,transliteration,translation,country,territories,printed\n"
        b"1,0c0c,ORC,Organisation du Congo,fr,,Organization of Congo,Kenya,KE,whole\n,0c0d,,Late Union,en,,,,,Late Union\n"
    )
    first, second = read(raw, "signatories.csv").entries
    assert ("ORC", "Organisation du Congo", "fr", "Organization of Congo", "Kenya", False) == (
        first.acronym, first.name, first.name_language, first.translation, first.country, first.subsequent,
    )  # fmt: skip
    assert (None, "Late Union", True, "likely") == (second.number, second.name, second.subsequent, second.confidence)


def test_characters_that_no_store_keeps_are_replaced() -> None:
    """Half a character is a question mark; a whole one beyond the first plane stays."""
    assert ["? Union \U00010348"] == from_lines("text", ["\ud800 Union \U00010348"]).lines


def test_sheets_are_told_apart_and_formulas_are_not_calculated() -> None:
    """A sheet's title becomes the section where several hold entries; a formula without a stored value is an empty cell."""
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Asia")
    assert first is not None
    first.title = "Africa"
    for sheet, name in ((first, "Alpha"), (second, "Beta")):
        sheet.append(["No", "Name", "Country"])
        sheet.append(["=1+1", name, '=HYPERLINK("http://example.org")'])
    book.create_sheet("Hidden").sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    report = read(file.getvalue())
    assert [("Africa", "Alpha", None), ("Asia", "Beta", None)] == [
        (e.section, e.name, e.country) for e in report.entries
    ]
    assert ["row 2 of Africa", "row 2 of Asia"] == [report.place(e.lines[0]) for e in report.entries]


# ── files that mean harm ─────────────────────────────────────────────────────────────────────────────────────────────


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x", ".x"), content)
    return file.getvalue()


W = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w:document '
    + W
    + b"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
)
DEEP = b"<w:document " + W + b"><w:body>" + b"<w:sdt>" * 50_000 + b"</w:sdt>" * 50_000 + b"</w:body></w:document>"


def lying() -> bytes:
    """Pack a part that says it is small and is large."""
    raw = bytearray(packed(word__document_xml=b"<a>" + b" " * 1_000_000 + b"</a>"))
    for at in (raw.find(b"PK\x03\x04") + 22, raw.find(b"PK\x01\x02") + 24):
        raw[at : at + 4] = struct.pack("<I", 10)
    return bytes(raw)


HARM: dict[str, tuple[bytes, str]] = {
    "entities that grow": (packed(word__document_xml=LAUGHS), "entities"),
    "entities in a sheet": (packed(xl__workbook_xml=b"<!DOCTYPE a []><a/>"), "entities"),
    "another encoding": (
        packed(word__document_xml='<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")),
        "entities",
    ),
    "a depth without end": (packed(word__document_xml=DEEP), "damaged"),
    "a size that is a lie": (lying(), "damaged"),
    "no document": (packed(word__document_xml=b"<a/>"), "damaged"),
    "broken markup": (packed(word__document_xml=b"<w:document"), "damaged"),
    "a sheet that is none": (packed(xl__workbook_xml=b"<a/>"), "damaged"),
    "an archive of something": (packed(a_xml=b"<a/>"), "no Word or Excel"),
    "an open document": (packed(content_xml=b"<a/>"), "OpenDocument"),
    "half an archive": (as_docx()[:-200], "damaged"),
    "half a pdf": (b"%PDF-1.7\n1 0 obj << /Type /Catalog >>", "damaged"),
    "rich text": (b"{\\rtf1 A}", "RTF"),
    "an old document": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Word"),
    "bytes": (bytes(range(256)) * 4, "not UTF-8"),
    "a line without end": (b"<html><body>" + b"a" * 30_000, "20000 characters"),
}


@pytest.mark.parametrize("name", HARM)
def test_a_file_that_means_harm_is_refused_with_a_sentence(name: str) -> None:
    """Quickly, and never with anything but a sentence that says what to do."""
    raw, said = HARM[name]
    begun = time.monotonic()
    with pytest.raises(InvalidInput, match=said):
        read(raw, "a")
    assert time.monotonic() - begun < 20


def test_a_bomb_is_weighed_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would unpack to more than the limit is refused unread; so are too many parts."""
    raw = packed(word__document_xml=b" " * 2_000_000)
    monkeypatch.setattr("signatures.importing.sources.archive.LARGEST_PART", 1_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(Unreadable, match="more than can be read"):
        read(raw)
    assert len(raw) < len(zlib.compress(b" " * 2_000_000)) + 400


@pytest.mark.parametrize("name", ["a.html", "a.md", "a.csv", "a.txt"])
def test_odd_texts_are_read_without_end_or_error(name: str) -> None:
    """Nesting, unclosed marks and stray signs cost no more than their length, and never a failure."""
    nasty = (
        "<ol>" * 3_000
        + "<table><tr><td>" * 500
        + "<li>A" * 500
        + "[" * 5_000
        + "**" * 5_000
        + "&#x110000;&#0;&lt"
        + "\x1e\x1f\ud7ff"
    )
    begun = time.monotonic()
    for text in (
        "<!--" * 99_999,
        nasty,
        nasty.replace(">", ">\n"),
        '"' * 9_999,
        "1. " * 2_000,
        "\n".join("|a|b|" for _ in range(500)),
    ):
        try:
            report = read(("<html><body>" * name.endswith("html") + text).encode(), name)
        except Unreadable:
            continue
        assert isinstance(report, Report)
    assert time.monotonic() - begun < 20


def test_a_pdf_that_ends_its_reader_ends_nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A crash or an endless reading is a sentence; a file with a password or with pictures only says so."""
    program = tmp_path / "program.py"
    monkeypatch.setattr(pdfium, "__file__", str(program))
    program.write_text("import os; os.abort()")
    with pytest.raises(Unreadable, match="damaged"):
        read(b"%PDF-1.7")
    program.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(pdfium, "SECONDS", 0.2)
    with pytest.raises(Unreadable, match="too much text"):
        read(b"%PDF-1.7")
    program.write_text(f"raise SystemExit({pdfium.LOCKED})")
    monkeypatch.setattr(pdfium, "SECONDS", 20)
    with pytest.raises(Unreadable, match="password"):
        read(b"%PDF-1.7")
    program.write_text("print('[{\"runs\": []}]')")
    with pytest.raises(Unreadable, match="text recognition"):
        read(b"%PDF-1.7")

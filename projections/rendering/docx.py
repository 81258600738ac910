"""DOCX of a list: numbers are written, never counted by the word processor, so that they stay what they are."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

from projections.rendering.sheet import recorded, sheet

NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ENTRY = "Entry"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # what a ZIP archive can say at the earliest: the same bytes on every day


def docx_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> bytes:
    """Write the list as a document that can be edited on."""
    from docx import Document  # noqa: PLC0415 - of the extra `documents`

    told = sheet(answer, statement, body)
    document = Document()
    about, moment = document.core_properties, recorded(answer).replace(tzinfo=None)
    about.title, about.language, about.author = _plain(told["title"])[:255], told["language"], ""
    about.comments, about.created, about.modified = "", moment, moment
    _style(document)
    _write(document, told)
    out = io.BytesIO()
    document.save(out)
    return _undated(out.getvalue())


def _write(document: Any, told: Mapping[str, Any]) -> None:
    rtl, own = told["direction"] == "rtl", told["title_direction"] == "rtl"
    _said(document.add_paragraph(), told["kicker"], rtl=rtl)
    _said(document.add_heading(level=1), told["title"], told["title_language"], rtl=own)
    for part in told["paragraphs"]:
        _said(document.add_paragraph(), part, told["title_language"], rtl=own)
    _said(document.add_heading(level=2), told["heading"], told["language"], rtl=rtl)
    for group in told["groups"]:
        if group["heading"]:
            _said(document.add_heading(level=3), group["heading"], told["language"], rtl=rtl)
        for row in group["rows"]:
            _row(document, f"{row['number']}.\t", row, rtl=rtl)
    if told["later"]:
        _said(document.add_heading(level=2), told["subsequent"], told["language"], rtl=rtl)
    for row in told["later"]:
        _row(document, "", row, rtl=rtl)
    for part in told["seal"]:
        _said(document.add_paragraph(), part, told["language"], rtl=rtl)
    _said(document.sections[0].footer.paragraphs[0], told["footer"], rtl=rtl)


def _style(document: Any) -> None:
    """Make the style of entries: the number hangs."""
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - of the extra `documents`
    from docx.shared import Mm  # noqa: PLC0415 - of the extra `documents`

    shape = document.styles.add_style(ENTRY, WD_STYLE_TYPE.PARAGRAPH).paragraph_format
    shape.left_indent, shape.first_line_indent, shape.space_after = Mm(12), Mm(-12), Mm(1)
    shape.tab_stops.add_tab_stop(Mm(12))


def _row(document: Any, number: str, row: Mapping[str, Any], *, rtl: bool) -> None:
    """Write an entry with a hanging number."""
    paragraph = document.add_paragraph()
    paragraph._p.style = ENTRY  # noqa: SLF001 - the named way looks through all styles, each time
    _said(paragraph, number + ("[" if row["brackets"] else ""), rtl=rtl)
    for run in row["runs"]:
        _said(paragraph, run["text"], run["language"]).bold = run["bold"]
    _said(paragraph, ("]" if row["brackets"] else "") + (" " if row["runs"] else "") * bool(row["told"]) + row["told"])


def _said(paragraph: Any, text: str, language: str | None = None, *, rtl: bool = False) -> Any:
    """Add a run in a language; where a paragraph runs from right to left, say so."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 - of the extra `documents`
    from docx.oxml.ns import qn  # noqa: PLC0415 - of the extra `documents`

    run = paragraph.add_run(_plain(text))
    if rtl:
        properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001 - python-docx has no other way to it
        properties.insert_element_before(
            OxmlElement("w:bidi"), "w:adjustRightInd", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr"
        )
    if language:
        tongue = OxmlElement("w:lang")
        tongue.set(qn("w:bidi" if language in ("ar", "fa", "he", "ur") else "w:val"), language)
        run._r.get_or_add_rPr().append(tongue)  # noqa: SLF001
    return run


def _plain(text: str) -> str:
    """Leave out what XML cannot hold."""
    return NOT_XML.sub("\ufffd", text)


def _undated(document: bytes) -> bytes:
    """Pack the archive again without the time of the writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, LONG_AGO), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()

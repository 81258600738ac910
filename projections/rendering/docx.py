"""DOCX of a list: numbers are written, never counted by the word processor, so that they stay what they are.

Paragraphs are written as XML and parsed once: a library's objects for each run would take most of the time.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from projections.rendering.sheet import recorded, sheet

NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
ENTRY = "Entry"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # what a ZIP archive can say at the earliest: the same bytes on every day
STRONG = {"L": False, "R": True, "AL": True}  # letters that have a direction: whether it is from right to left


def docx_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> bytes:
    """Write the list as a document that can be edited on."""
    from docx import Document  # noqa: PLC0415 - of the extra `documents`

    told = sheet(answer, statement, body)
    document = Document()
    about, moment = document.core_properties, recorded(answer).replace(tzinfo=None)
    about.title, about.language, about.author = _plain(told["title"])[:255], told["language"], ""
    about.comments, about.created, about.modified = "", moment, moment
    _style(document)
    document.element.body[:0] = _parsed("".join(_paragraphs(told)))
    foot = document.sections[0].footer._element  # noqa: SLF001 - python-docx has no other way to it
    foot[:] = _parsed(_paragraph("Footer", _run(told["footer"]), rtl=told["direction"] == "rtl"))
    out = io.BytesIO()
    document.save(out)
    return _undated(out.getvalue())


def _paragraphs(told: Mapping[str, Any]) -> Iterator[str]:
    """Write everything that is said, in the order of the sheet."""
    rtl, own, language = told["direction"] == "rtl", told["title_direction"] == "rtl", told["language"]
    yield _paragraph("Normal", _run(told["kicker"], language, rtl=rtl), rtl=rtl)
    yield _paragraph("Heading1", _run(told["title"], told["title_language"], rtl=own), rtl=own)
    for part in told["paragraphs"]:
        yield _paragraph("Normal", _run(part, told["title_language"], rtl=own), rtl=own)
    yield _paragraph("Heading2", _run(told["heading"], language, rtl=rtl), rtl=rtl)
    for group in told["groups"]:
        if group["heading"]:
            yield _paragraph("Heading3", _run(group["heading"], language, rtl=rtl), rtl=rtl)
        for row in group["rows"]:
            yield _row(f"{row['number']}.\t", row, rtl=rtl)
    if told["later"]:
        yield _paragraph("Heading2", _run(told["subsequent"], language, rtl=rtl), rtl=rtl)
    for row in told["later"]:
        yield _row("", row, rtl=rtl)
    for part in told["seal"]:
        yield _paragraph("Normal", _run(part, language, rtl=rtl), rtl=rtl)


def _style(document: Any) -> None:
    """Make the style of entries: the number hangs."""
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415 - of the extra `documents`
    from docx.shared import Mm  # noqa: PLC0415 - of the extra `documents`

    shape = document.styles.add_style(ENTRY, WD_STYLE_TYPE.PARAGRAPH).paragraph_format
    shape.left_indent, shape.first_line_indent, shape.space_after = Mm(12), Mm(-12), Mm(1)
    shape.tab_stops.add_tab_stop(Mm(12))


def _row(number: str, row: Mapping[str, Any], *, rtl: bool) -> str:
    """Write an entry with a hanging number."""
    named = "".join(_run(run["text"], run["language"], bold=run["bold"], rtl=rtl) for run in row["runs"])
    apart = " " if row["runs"] and row["told"] else ""
    before = _run(number + ("[" if row["brackets"] else ""), rtl=rtl)
    after = _run(("]" if row["brackets"] else "") + apart + row["told"], rtl=rtl)
    return _paragraph(ENTRY, before + named + after, rtl=rtl)


def _paragraph(style: str, runs: str, *, rtl: bool) -> str:
    """Write a paragraph of a style; one from right to left says so, once."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{"<w:bidi/>" if rtl else ""}</w:pPr>{runs}</w:p>'


def _run(text: str, language: str | None = None, *, bold: bool = False, rtl: bool = False) -> str:
    """Write a run, from right to left if its first letter is, or else if its paragraph is: so brackets stand right."""
    if not text:
        return ""
    towards = next((STRONG[kind] for kind in map(unicodedata.bidirectional, text) if kind in STRONG), rtl)
    properties = "<w:b/><w:bCs/>" if bold else ""
    properties += "<w:rtl/>" if towards else ""
    properties += f'<w:lang w:{"bidi" if towards else "val"}="{escape(language)}"/>' if language else ""
    said = escape(_plain(text)).replace("\t", "</w:t><w:tab/><w:t>").replace("\n", "</w:t><w:br/><w:t>")
    said = f"<w:t>{said}</w:t>".replace("<w:t></w:t>", "").replace("<w:t>", '<w:t xml:space="preserve">')
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{said}</w:r>"


def _parsed(paragraphs: str) -> list[Any]:
    """Read paragraphs into elements of a document."""
    from docx.oxml import parse_xml  # noqa: PLC0415 - of the extra `documents`
    from docx.oxml.ns import nsdecls  # noqa: PLC0415 - of the extra `documents`

    return list(parse_xml(f"<w:body {nsdecls('w')}>{paragraphs}</w:body>"))


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

"""What a file is, by what stands in it; its name only decides between kinds of text."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from signatures.importing.sources.archive import DAMAGED
from signatures.importing.sources.source import Unreadable
from signatures.sentences import said

KINDS = ("text", "markdown", "html", "csv", "xlsx", "docx", "pdf")
SUFFIXES = {
    "md": "markdown",
    "markdown": "markdown",
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "csv": "csv",
    "tsv": "csv",
}
NAMED = {"pdf": "PDF", "docx": "Word", "xlsx": "Excel"}
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_FOREIGN = {
    b"\xd0\xcf\x11\xe0": said(
        "This is a file of an old Word or Excel, or one with a password. Save it without a password as .docx or .xlsx. Nothing was written."
    ),
    b"{\\rtf": said("This is rich text (RTF). Save it as .docx or as plain text. Nothing was written."),
    b"\x1f\x8b": said("This file is packed (gzip). Unpack it first. Nothing was written."),
    b"\x89PNG": said("This is a picture. A list can be read from text only. Nothing was written."),
    b"\xff\xd8\xff": said("This is a picture. A list can be read from text only. Nothing was written."),
    b"%!PS": said("This is PostScript. Save it as PDF. Nothing was written."),
    b"Rar!": said("This file is packed. Unpack it first. Nothing was written."),
    b"7z\xbc\xaf": said("This file is packed. Unpack it first. Nothing was written."),
}


def kind_of(raw: bytes, name: str = "") -> str:
    """Tell of which kind a file is; refuse what no list can be read from."""
    for start, sentence in _FOREIGN.items():
        if raw.startswith(start):
            raise Unreadable(sentence)
    if b"%PDF-" in raw[:1024]:
        return "pdf"
    if raw.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _packed(raw)
    return _text(raw, name.rpartition(".")[2].casefold() if "." in name else "")


def _packed(raw: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise Unreadable(DAMAGED) from None
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        raise Unreadable(said("This is an OpenDocument file. Save it as .docx, .xlsx or PDF. Nothing was written."))
    raise Unreadable(said("This file is packed and is no Word or Excel file. Unpack it first. Nothing was written."))


def _text(raw: bytes, suffix: str) -> str:
    head = raw[:4096]
    if suffix in NAMED:
        raise Unreadable(
            said(
                "This file is called .%(suffix)s, but it holds no %(kind)s document. Nothing was written.",
                suffix=suffix,
                kind=NAMED[suffix],
            )
        )
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "html"
    return SUFFIXES.get(suffix, "text")

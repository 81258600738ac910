"""What a file is, by what stands in it; its name only decides between kinds of text."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO

from signatures.importing.sources.source import Unreadable

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
    b"\xd0\xcf\x11\xe0": "This is a file of an old Word or Excel, or one with a password. Save it without a password as .docx or .xlsx.",
    b"{\\rtf": "This is rich text (RTF). Save it as .docx or as plain text.",
    b"\x1f\x8b": "This file is packed (gzip). Unpack it first.",
    b"\x89PNG": "This is a picture. A list can be read from text only.",
    b"\xff\xd8\xff": "This is a picture. A list can be read from text only.",
    b"%!PS": "This is PostScript. Save it as PDF.",
    b"Rar!": "This file is packed. Unpack it first.",
    b"7z\xbc\xaf": "This file is packed. Unpack it first.",
}


def kind_of(raw: bytes, name: str = "") -> str:
    """Tell of which kind a file is; refuse what no list can be read from."""
    for start, sentence in _FOREIGN.items():
        if raw.startswith(start):
            raise Unreadable(f"{sentence} Nothing was written.")
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
        raise Unreadable("This file is damaged: it cannot be unpacked. Save it again. Nothing was written.") from None
    if "word/document.xml" in names:
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names:
        raise Unreadable("This is an OpenDocument file. Save it as .docx, .xlsx or PDF. Nothing was written.")
    raise Unreadable("This file is packed and is no Word or Excel file. Unpack it first. Nothing was written.")


def _text(raw: bytes, suffix: str) -> str:
    head = raw[:4096]
    if suffix in NAMED:
        raise Unreadable(
            f"This file is called .{suffix}, but it holds no {NAMED[suffix]} document. Nothing was written."
        )
    if _HTML.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "html"
    return SUFFIXES.get(suffix, "text")

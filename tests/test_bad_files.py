"""Broken files at scale: whatever is uploaded as a list, it is read or refused with a sentence, and soon.

BAD_FILES files of each kind are made of a right one: bytes changed, cut out, repeated; inside of archives, too.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from signatures.errors import RegisterError
from signatures.importing.sources import Unreadable, read_source
from signatures.importing.sources.reading import report_of
from tests.hostile import HOSTILE
from tests.test_import_sources import (
    as_csv,
    as_docx,
    as_docx_table,
    as_html,
    as_html_table,
    as_markdown,
    as_text,
    as_utf16,
    as_xlsx,
    compiled,
)

pytestmark = pytest.mark.faults

BAD_FILES = int(os.environ.get("BAD_FILES", "60"))
PROCESSES = 6  # a PDF is read in a process of its own: so many times fewer of them
RIGHT: dict[str, Callable[[], bytes]] = {
    "text": as_text,
    "utf-16": as_utf16,
    "markdown": as_markdown,
    "html": as_html,
    "html table": as_html_table,
    "csv": as_csv,
    "docx": as_docx,
    "docx table": as_docx_table,
    "xlsx": as_xlsx,
}
PIECES = (
    b"\x00", b"\xff\xff\xff\xff", b"%s%n", b"<", b"</w:p>", b"]]>", b"&#x110000;", b"&#0;", b"&x;", b"<!DOCTYPE x [<!ENTITY e 'e'>]>",
    b"<?xml version='9.9'?>", b"99999999999999999999", b"-1", b"NaN", b"=1+1", b"<table><tr><td colspan=99999999>", b"<ol start=9e99><li>", b"\n" * 300,
    b"(" * 300, b'"', b"\r", b"PK\x03\x04", b"%PDF-1.7\n", b"/Length 99999999", b"stream\n", b'w:val="2147483648"', b'r="ZZZZ99999999"',
    *(each.text.encode("utf-8", "surrogatepass") for each in HOSTILE[::9]),
)  # fmt: skip


def broken(raw: bytes, dice: random.Random) -> bytes:
    """Break bytes in one to four places."""
    made = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at, length = dice.randrange(len(made) + 1), dice.choice((1, 2, 8, 64, 512))
        match dice.randrange(5):
            case 0:
                made[at : at + length] = dice.randbytes(length)
            case 1:
                made[at : at + length] = b""
            case 2:
                made[at:at] = dice.choice(PIECES)
            case 3:
                made[at:at] = made[at : at + length] * dice.randint(1, 50)
            case _:
                made[at:] = made[at : dice.choice((len(made), at + length))]
    return bytes(made)


def broken_inside(raw: bytes, dice: random.Random) -> bytes:
    """Break one file of an archive, whose list and check sums are right again, or its name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as whole, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        names = whole.namelist()
        chosen, renames = dice.choice(names), dice.random() < 0.1
        for name in names:
            content = whole.read(name)
            if name != chosen:
                made.writestr(name, content)
            elif renames:
                made.writestr(dice.choice(("../" + name, "/" + name, name.upper(), "\\" + name)), content)
            else:
                made.writestr(name, broken(content, dice))
    return out.getvalue()


def read_or_refused(raw: bytes) -> str:
    """Read a file as the console does; tell what became of it, and raise whatever is no sentence."""
    try:
        source = read_source(raw)
        report_of(source)
    except (Unreadable, RegisterError) as refusal:
        return "refused" if str(refusal).strip() else "refused without a word"
    return "read"


@pytest.mark.parametrize("kind", RIGHT)
def test_a_broken_file_is_read_or_refused(kind: str) -> None:
    """Never an error that nobody foresaw."""
    right, dice, became = RIGHT[kind](), random.Random(kind), Counter[str]()
    assert "read" == read_or_refused(right)
    for number in range(BAD_FILES):
        inside = right.startswith(b"PK") and number % 4
        became[read_or_refused((broken_inside if inside else broken)(right, dice))] += 1
    assert became["read"] > 0
    assert became.keys() <= {"read", "refused"}


def test_a_broken_pdf_is_read_or_refused(tmp_path: Path) -> None:
    """Whatever happens to the process that reads it."""
    right, dice = (
        compiled(tmp_path, "= Letter\nSignatories (as of 7 June 2021):\n\n1. Water Union\n\n2. Lake Society\n"),
        random.Random("pdf"),
    )
    assert "read" == read_or_refused(right)
    became = Counter(read_or_refused(broken(right, dice)) for _ in range(max(8, BAD_FILES // PROCESSES)))
    assert became.keys() <= {"read", "refused"}

"""PDF: pages with positioned text, read in a process of its own and laid out as lines."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from signatures.importing.sources import pdfium
from signatures.importing.sources.furniture import set_aside
from signatures.importing.sources.layout import Run, lines_of
from signatures.importing.sources.sight import by_sight
from signatures.importing.sources.source import Place, Source, Unreadable
from signatures.importing.sources.typeset import spaced, texts_of
from signatures.sentences import said

SENTENCES = {
    pdfium.LOCKED: said("This PDF has a password. Save it without one. Nothing was written."),
    pdfium.DAMAGED: said("This PDF is damaged and cannot be read. Save it again. Nothing was written."),
    pdfium.MISSING: said("PDF files need one more package: pip install 'signatures[importing]'"),
    pdfium.TOO_LARGE: said(
        "This PDF has more than %(most)s pages or too much text. Save only the pages of the list.",
        most=pdfium.MOST_PAGES,
    ),
}
NO_TEXT = said(
    "This PDF holds pictures of pages and no text. Let a program for text recognition (OCR) read it first, "
    "or type the list. Nothing was written."
)


def read_pdf(raw: bytes) -> Source:
    """Read a PDF as text: each page's columns one after another, rows of tables with tabs, page headers set aside."""
    pages = [lines_of(_runs(page)) for page in _pages(raw)]
    if not any(pages):
        raise Unreadable(NO_TEXT)
    source = Source("pdf")
    pages, aside = set_aside(pages)
    for number, page in enumerate(pages, 1):
        texts = texts_of(page)
        if spaced(texts):
            source.blank()
        for text, tight, crowded in texts:
            if text:
                source.add(text, Place("page", number))
                source.tight |= {len(source.lines)} if tight else set()
                source.crowded |= {len(source.lines)} if crowded else set()
            else:
                source.blank()
    source.asides += aside
    return source


def _runs(page: dict[str, Any]) -> list[Run]:
    """Give a page's runs of text in the order in which they are read."""
    if "runs" in page:
        return [Run(*run) for run in page["runs"]]
    seen = by_sight([[pdfium.Letter(*letter) for letter in run] for run in page["letters"]])
    return [Run(*pdfium.run_of(run)) for run in seen]


def _pages(raw: bytes) -> list[dict[str, Any]]:
    """Let the other process read; whatever happens to it, this one goes on."""
    program = [sys.executable, "-I", str(Path(pdfium.__file__))]
    try:
        done = subprocess.run(program, input=raw, capture_output=True, timeout=pdfium.SECONDS, check=False)  # noqa: S603 - our own program
    except subprocess.TimeoutExpired:
        raise Unreadable(SENTENCES[pdfium.TOO_LARGE]) from None
    if done.returncode:
        raise Unreadable(SENTENCES.get(done.returncode, SENTENCES[pdfium.DAMAGED]))
    pages: list[dict[str, Any]] = json.loads(done.stdout)
    return pages

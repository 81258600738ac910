"""A list as text, JSON or CSV, as the service writes it, a line at a time."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from projections.auditing.folder import DOCUMENT, Folder, Missing
from projections.auditing.listing import Told
from projections.rendering import text
from projections.rendering.csv import COLUMNS, cell
from projections.rendering.listfile import list_lines
from projections.rendering.phrases import phrases

Answer = Mapping[str, Any]


def text_lines(told: Told, answer: Answer, language: str | None = None) -> Iterator[str]:
    """Write a list as text, without line ends, in the list's own words or those of another language."""
    words = phrases(language or told.languages[0])
    described = {**_described(told), "language": language or told.languages[0]}
    written = text.paragraphs(answer, described, _body(told))
    for number, part in enumerate(chain(written, [text.heading(answer, words)], text.numbered(answer, words))):
        if number:
            yield ""
        yield from part.split("\n")
    later = iter(answer["subsequent"])
    first = next(later, None)
    if first is not None:
        yield from ("", f"{words.subsequent}:", "")
        for entry in chain([first], later):
            yield from text.line(entry, words).split("\n")


def json_pieces(answer: Answer) -> Iterator[str]:
    """Write a list as JSON, as the API does."""
    return (line.decode().removesuffix("\n") for line in list_lines(answer))


def csv_lines(answer: Answer) -> Iterator[str]:
    """Write a list as CSV."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in chain([list(COLUMNS)], ([cell(entry.get(name)) for name in COLUMNS] for entry in _entries(answer))):
        writer.writerow(row)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _entries(answer: Answer) -> Iterator[Mapping[str, Any]]:
    return chain(answer["numbered"], answer["subsequent"])


def _texts(told: Told) -> dict[str, Mapping[str, Any]]:
    """Give the newest text of each language, the statement's own first."""
    folded = told.book.folded
    newest = {leaf["data"]["language"]: leaf["data"] for leaf in folded.texts}
    return {
        language: newest[language] for language in sorted(newest, key=lambda one: (one != folded.default_language, one))
    }


def _described(told: Told) -> dict[str, Any]:
    texts, asked = _texts(told), told.languages[0]
    titled = asked if asked in texts else next(iter(texts), "")
    fields = told.book.folded.fields
    title = texts[titled]["title"] if titled in texts else None
    about = {name: fields[name] for name in ("issuer", "kind", "issued_on")}
    return {"title": title or fields["reference"], "language": asked, **about}


def _body(told: Told) -> str:
    texts = _texts(told)
    for language in (told.languages[0], next(iter(texts), "")):
        sha256 = texts[language]["text_sha256"] if language in texts else None
        if sha256:
            return _document(told.folder, sha256).decode(errors="replace")
    return ""


def _document(folder: Folder, sha256: str) -> bytes:
    for part in ("texts", "withheld-texts"):
        try:
            return folder.read(f"{part}/{sha256}", DOCUMENT)
        except Missing:
            continue
    return b""

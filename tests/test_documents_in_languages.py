"""One edition of 500 entries as PDF in eight languages: each in its own order, with its own numbers, and readable again."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pypdfium2
import pytest

from projections import paging
from projections.rendering.phrases import PHRASES
from projections.web import forms
from signatures.importing.sources import reading
from signatures.order import OrderLine
from signatures.ordering import Rule, Signatory, propose
from signatures.organisation import NameParts
from tests.scenes import EDITOR, begin, sign
from tests.site import Site, opened

REFERENCE, SIZE = "wide-2026", 500
NAMES = (
    ("Ένωση Ναυτεργατών", "el"), ("Союз рабочих порта", "ru"), ("全国农民协会", "zh"), ("Gewerkschaft Öl", "de"),
    ("किसान संगठन", "hi"), ("İşçi Birliği", "tr"), ("労働者協会", "ja"), ("Sindicato Niño", "es"),
)  # fmt: skip
ABROAD = {
    "en": "Union", "de": "Ärztebund", "fr": "Écoles", "es": "Ñandúes", "pt": "União", "tr": "Çiftçiler", "ru": "Ёлочники",
    "ar": "نقابة",
}  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Publish it, each language sorted by its own names."""
    folder = tmp_path_factory.mktemp("documents")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as made:
        yield made


def fill(site: Site) -> None:
    """Sign 500 times; a language's translations run against the order of the others."""
    register, signatories = site.room.register, []
    begin(register, REFERENCE)
    with register.store.writing():
        for n in range(SIZE):
            name, language = NAMES[n % len(NAMES)]
            translations = {
                code: f"{word} {(n * (at + 7)) % SIZE:03}" for at, (code, word) in enumerate(ABROAD.items())
            }
            parts = NameParts(f"{name} {n:03}", None, language, None, translations, {})
            signatories.append(Signatory(sign(register, REFERENCE, parts, "2026-01-02").signature_id, parts))
    orders: dict[str, list[OrderLine]] = {}
    for code in PHRASES:
        translated = [Signatory(one.id, one.parts._replace(name=one.parts.translations[code])) for one in signatories]
        orders[code] = propose(translated, Rule(by="name", language=code)).lines
    register.publish(EDITOR, REFERENCE, as_of="2026-01-02", orders=orders)


@pytest.mark.parametrize("language", PHRASES)
def test_each_language_has_its_own_order(site: Site, language: str) -> None:
    """What a PDF reader's program takes out of it are the list's lines with their numbers, in their order, every letter drawn."""
    asked = f"/api/v1/statements/{REFERENCE}/signatories.%s?as_of=2026-01-02&language={language}"
    pdf = site.get(asked % "pdf").data
    entries = (site.get(asked % "json").json or {})["numbered"]
    translations = [entry["translation"] for entry in entries]
    assert SIZE == len(entries)
    assert (sorted(translations), list(range(1, SIZE + 1))) == (translations, [entry["number"] for entry in entries])
    text = read(pdf)
    assert "□" not in text
    # In Arabic a number stands above its entry, without a dot: beside a name in other letters it would be read last.
    dot = "" if language == "ar" else "."
    lines = [f"{entry['number']}{dot} {entry['printed']}" for entry in entries]
    places = [text.find(line) for line in lines]
    assert (True, places) == (min(places) > 0, sorted(places))


@pytest.mark.parametrize("language", PHRASES)
def test_an_importer_reads_what_was_typeset(site: Site, language: str) -> None:
    """Numbers and printed lines come back from the PDF of each language, nothing else is an entry, and the day is known."""
    asked = f"/api/v1/statements/{REFERENCE}/signatories.%s?as_of=2026-01-02&language={language}&limit=120"
    report = reading.read(site.get(asked % "pdf").data, "a.pdf")
    entries = (site.get(asked % "json").json or {})["numbered"]
    assert [(one["number"], one["printed"]) for one in entries] == [(one.number, one.raw) for one in report.entries]
    assert "2026-01-02" == report.as_of


def test_a_document_is_the_whole_list(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many entries an answer holds at most; a part is made where a part is asked for, and too long a list is refused."""
    asked = f"/api/v1/statements/{REFERENCE}/signatories.pdf?as_of=2026-01-02&show=annotated"
    monkeypatch.setattr(paging, "MOST", 100)
    whole, part = (read(site.get(path).data) for path in (asked, f"{asked}&limit=10"))
    assert (True, True, False) == ("500. " in whole, "10. " in part, "11. " in part)
    monkeypatch.setattr(forms, "DOCUMENT_MOST", 499)
    refused = site.get(f"{asked}&language=de")
    assert (400, True) == (refused.status_code, f"signatures list {REFERENCE} --format pdf" in refused.text)


def read(pdf: bytes) -> str:
    """Read a PDF as its readers' programs do, on one line."""
    document = pypdfium2.PdfDocument(pdf)
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in document).split())

"""The catalogues: every sentence of code and templates, in every language, with the same placeholders."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from signatures.web.catalogues import FOLDER, LANGUAGES, catalogue

ROOT = Path(__file__).parent.parent
TRANSLATED = [language for language in LANGUAGES if language != "en"]
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None, "said": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
TAG = re.compile(r"</?\w+[^>]*>")


@pytest.fixture(scope="module")
def sentences() -> dict[str, bool]:
    """Find every sentence, and whether it has a plural."""
    found: dict[str, bool] = {}
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(pattern, one["method"]) for one in mappings for pattern in _patterns(one["pattern"])]
    for room in ("signatures", "projections"):
        for _file, _line, text, _comments, _context in extract_from_dir(
            ROOT / room, _below(methods, room), keywords=KEYWORDS
        ):
            found[text if isinstance(text, str) else text[0]] = not isinstance(text, str)
    return found


def _patterns(pattern: str | list[str]) -> list[str]:
    return [pattern] if isinstance(pattern, str) else pattern


def _below(methods: list[tuple[str, str]], room: str) -> list[tuple[str, str]]:
    return [(pattern.removeprefix(f"{room}/"), method) for pattern, method in methods if pattern.startswith(f"{room}/")]


def read(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in read(language) if message.id]


def forms(text: object) -> list[str]:
    return [text] if isinstance(text, str) else list(text)  # type: ignore[call-overload]


def test_there_are_german_and_arabic() -> None:
    """One is written the other way round."""
    assert {"en", "de", "ar"} <= set(LANGUAGES)
    assert "rtl" == Locale.parse("ar").text_direction


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language: str, sentences: dict[str, bool]) -> None:
    """None is missing, empty, fuzzy, or left over from what is gone (`make catalogues` brings them up to date)."""
    found = {forms(message.id)[0]: message for message in messages(language)}
    assert ([], []) == (sorted(set(sentences) - set(found)), sorted(set(found) - set(sentences)))
    assert [] == [text for text, message in found.items() if message.fuzzy or not all(forms(message.string))]
    assert [] == [text for text, message in found.items() if sentences[text] != message.pluralizable]


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_and_markup_are_the_same(language: str) -> None:
    """A number may be left out only where its form says it; nothing else may be."""
    wrong = []
    for message in messages(language):
        source = forms(message.id)
        wanted = {tuple(sorted(set(PLACEHOLDER.findall(text)))) for text in source}
        for number, text in enumerate(forms(message.string)):
            given = tuple(sorted(set(PLACEHOLDER.findall(text))))
            without = {tuple(one for one in each if one != "%(num)s") for each in wanted}
            allowed = wanted | without if len(source) > 1 and number < 3 else wanted
            if given not in allowed or sorted(TAG.findall(text)) != sorted(TAG.findall(source[-1])):
                wrong.append(text)
    assert [] == wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_plural_has_all_its_forms(language: str) -> None:
    """As many as the language has: two in German, six in Arabic."""
    catalog = read(language)
    assert {"de": 2, "ar": 6}.get(language, catalog.num_plurals) == catalog.num_plurals
    assert [] == [m.id for m in messages(language) if m.pluralizable and len(forms(m.string)) != catalog.num_plurals]


@pytest.mark.parametrize("language", TRANSLATED)
def test_spaces_and_signs_at_the_ends_are_kept(language: str) -> None:
    """Sentences are joined by the templates."""
    pairs = [(forms(m.id)[0], forms(m.string)[0]) for m in messages(language)]
    assert [] == [b for a, b in pairs if (a[:1] == " ", a[-1:] == " ") != (b[:1] == " ", b[-1:] == " ")]


def test_a_catalogue_speaks() -> None:
    """It is read from the file as it is; what is unknown stays as it is written."""
    spoken = catalogue("de")
    assert "Unterzeichner" in spoken.gettext("Signatories")
    assert "what nobody wrote" == spoken.gettext("what nobody wrote")
    assert "Signatories" == catalogue("en").gettext("Signatories") == catalogue("xx").gettext("Signatories")

"""Catalogues: every sentence in the reader's language, read from the .po files themselves; nothing has to be compiled."""

from __future__ import annotations

import unicodedata
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain, get_locale, gettext

from signatures.sentences import Sentence

FOLDER = Path(__file__).parent.parent / "translations"
SOURCE = "en"  # the language that the sentences are written in
LANGUAGES = (SOURCE, *sorted(path.stem for path in FOLDER.glob("*.po")))
"""The languages that have a catalogue."""


@cache
def catalogue(language: str) -> NullTranslations:
    """Read the catalogue of a language; fuzzy messages do not count, and English says what is written."""
    if language not in LANGUAGES or language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)


class Catalogues(Domain):  # type: ignore[misc] # flask-babel has no types
    """flask-babel's messages, taken from our catalogues."""

    def get_translations(self) -> NullTranslations:
        """Tell the catalogue of the language of this page."""
        return catalogue(_language())


def install_catalogues(app: Flask, **options: object) -> None:
    """Let an app speak the languages that have a catalogue."""
    babel = Babel(app, **options)
    babel.domain_instance = Catalogues()
    app.add_template_filter(told)


def told(sentence: Sentence) -> str:
    """Tell a sentence in the language of this page, its values set apart where they run the other way."""
    return sentence.told(gettext, _apart)


def is_told(sentence: Sentence) -> bool:
    """Tell whether the language of this page has a sentence; one that only operators meet stays English."""
    return _language() == SOURCE or gettext(sentence.sentence) != sentence.sentence


def _language() -> str:
    """Tell the language of this page."""
    return str(get_locale() or SOURCE).replace("_", "-")


def _apart(value: str | int) -> str:
    """Isolate a value (U+2068) that runs the other way than the page does."""
    locale = get_locale()
    mirrored = locale is not None and locale.text_direction == "rtl"
    runs_back = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in str(value))
    return str(value) if runs_back == mirrored else f"\u2068{value}\u2069"

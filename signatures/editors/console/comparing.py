"""A submission beside a registered organisation, part by part, with the runs in which they differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from babel import Locale
from flask_babel import gettext as _

from signatures.intake.lookalikes import SCRIPTS
from signatures.organisation import NameParts
from signatures.web.words import language_name, locale_of

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
CLUSTER = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+", re.DOTALL)
NEAR = 0.6  # words at least this near are compared letter by letter


class Run(NamedTuple):
    """A piece of a text, and whether the other text has another one there."""

    text: str
    differs: bool


class Row(NamedTuple):
    """One part on both sides; `voice` is `said` for what organisations said, `code` or `says` for what the register says."""

    part: str
    submitted: list[Run]
    registered: list[Run]
    same: bool
    voice: str
    languages: tuple[str | None, str | None]


def compare(submitted: NameParts, registered: NameParts, language: str = "en") -> list[Row]:
    """Put the parts that at least one side gives beside each other; `language` is the reader's."""
    names = (submitted.name_language, registered.name_language)
    rows = [
        _row(_("Short name"), submitted.acronym, registered.acronym, languages=names),
        _row(_("Name"), submitted.name, registered.name, languages=names),
        _row(_("In Latin letters"), submitted.transliteration, registered.transliteration),
        *_by_language(_("Translation"), submitted.translations, registered.translations, language),
        *_by_language(_("Country printed"), submitted.country_printed, registered.country_printed, language),
        _row(_("Where active"), *(_territories(parts, language) for parts in (submitted, registered)), voice="says"),
        _row(_("Language of the name"), *(_named(code, language) for code in names), voice="says"),
        _row(_("Website"), submitted.url, registered.url, voice="code"),
    ]
    return [row for row in rows if row.submitted or row.registered]


def runs(text: str, other: str) -> list[Run]:
    """Cut a text into runs that stand in the other text too and runs that do not."""
    mine, theirs = TOKEN.findall(text), TOKEN.findall(other)
    found: list[Run] = []
    for tag, a, b, c, d in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if tag == "replace":
            found += _letters("".join(mine[a:b]), "".join(theirs[c:d]))
        elif a < b:
            found.append(Run("".join(mine[a:b]), tag != "equal"))
    return list(_joined(found))


def _letters(text: str, other: str) -> list[Run]:
    """Compare near words letter by letter, in scripts whose letters stand by themselves."""
    mine, theirs = CLUSTER.findall(text), CLUSTER.findall(other)
    matcher = SequenceMatcher(None, mine, theirs, autojunk=False)
    if matcher.ratio() < NEAR or not (_stands_alone(text) and _stands_alone(other)):
        return [Run(text, differs=True)]
    return [Run("".join(mine[a:b]), tag != "equal") for tag, a, b, _c, _d in matcher.get_opcodes() if a < b]


def _stands_alone(text: str) -> bool:
    return all(unicodedata.name(letter, "").partition(" ")[0] in SCRIPTS for letter in text if letter.isalpha())


def _joined(found: Iterable[Run]) -> Iterator[Run]:
    last: Run | None = None
    for run in found:
        if last is not None and last.differs == run.differs:
            last = Run(last.text + run.text, run.differs)
            continue
        if last is not None:
            yield last
        last = run
    if last is not None:
        yield last


def _row(
    part: str,
    one: str | None,
    other: str | None,
    *,
    voice: str = "said",
    languages: tuple[str | None, str | None] = (None, None),
) -> Row:
    here, there = one or "", other or ""
    return Row(part, runs(here, there), runs(there, here), here == there, voice, languages)


def _by_language(part: str, one: dict[str, str], other: dict[str, str], reader: str) -> list[Row]:
    """Compare in each language that either side has; the language is named where there are several."""
    codes: Sequence[str] = sorted({*one, *other})
    return [
        _row(
            part if len(codes) == 1 else f"{part} ({_named(code, reader)})",
            one.get(code),
            other.get(code),
            languages=(code, code),
        )
        for code in codes
    ]


def _named(code: str | None, reader: str) -> str | None:
    return language_name(code, reader) if code else None


def _territories(parts: NameParts, reader: str) -> str:
    names = Locale.parse(locale_of(reader)).territories
    return ", ".join(names.get(code, code) for code in parts.territories)

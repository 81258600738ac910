"""Countries of an order: the names by which they are sorted, and which of them an entry prints beside its name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from babel import Locale, UnknownLocaleError

from signatures.characters import check_line
from signatures.errors import InvalidInput
from signatures.intake.territories import territory_named
from signatures.organisation import NameParts
from signatures.sentences import said

Labels = Mapping[str, str]
"""Names under which countries are sorted in the place of CLDR's, by territory."""
NO_LABELS: Labels = MappingProxyType({})


def country_name(territory: str, language: str, labels: Labels = NO_LABELS) -> str:
    """Tell the name under which a country is sorted and headed."""
    return labels.get(territory) or territory_names(language).get(territory, territory)


@lru_cache(maxsize=64)
def territory_names(language: str) -> Mapping[str, str]:
    """Give the names of territories and regions in a language; in English where CLDR has none."""
    return (named_in(language) or Locale("en")).territories


def named_in(language: str) -> Locale | None:
    """Find CLDR's locale of a language tag, or of its first part; None where it names no countries."""
    for tag in (language, language.partition("-")[0]):
        try:
            found = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
        if found.territories:
            return found
    return None


def writes_latin(language: str) -> bool:
    """Tell whether a language is written in Latin letters, by the name that it has for itself."""
    locale = named_in(language) or Locale("en")
    return (locale.get_display_name(str(locale)) or "a")[0].casefold() < "\u0250"


def labels_of(text: str) -> dict[str, str]:
    """Read `CD = Demokratische Republik Kongo`, a line each: names under which countries are sorted."""
    labels: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        code, _, label = (part.strip() for part in line.partition("="))
        if not (len(code) == 2 and code.isascii() and code.isalpha() and label):
            raise InvalidInput(
                said(
                    "%(line)s is no country and its name. Write for example CD = Congo, Democratic Republic.",
                    line=repr(line[:80]),
                ),
                field="labels",
            )
        labels[code.upper()] = check_line("labels", label)  # it may become a heading
    return labels


def printed_country(parts: NameParts, language: str, labels: Labels = NO_LABELS) -> str | None:
    """Tell which territory an entry that names none prints beside its name: a hint, in whatever language it is."""
    if parts.territories:
        return None
    for tongue, text in sorted(parts.country_printed.items()):
        labelled = next((code for code, label in labels.items() if label.casefold() == text.casefold()), None)
        if found := labelled or territory_named(text, tongue, language):
            return found
    return None

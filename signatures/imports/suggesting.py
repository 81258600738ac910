"""Registered organisations that the entries of a report may be: hints for who looks at it, never a decision."""

from __future__ import annotations

from dataclasses import replace

from signatures.errors import InvalidInput
from signatures.importing import ProposedEntry, Report, Suggestion
from signatures.intake.alike import candidates
from signatures.organisation import NameParts
from signatures.printed import printed
from signatures.register import Register

MOST = 2_000  # entries that are looked up; in longer lists only the register's own rule finds who is who
SHOWN = 3


def suggest(register: Register, report: Report, language: str) -> Report:
    """Add to each entry the registered organisations whose names are near."""
    if len(report.entries) > MOST:
        return report
    return replace(report, entries=tuple(suggested(register, entry, language) for entry in report.entries))


def suggested(register: Register, entry: ProposedEntry, language: str) -> ProposedEntry:
    """Add the registered organisations whose names are near to one entry."""
    try:
        near = candidates(register, parts_of(entry, language).checked(), SHOWN)
    except InvalidInput:
        return entry  # what cannot be a name is told when it is to be written
    found = [Suggestion(one.organisation_id, _line(one.parts, language), one.score, one.same) for one in near]
    return replace(entry, suggestions=tuple(found))


def parts_of(entry: ProposedEntry, language: str) -> NameParts:
    """Give an entry's parts as the register keeps them; translation and country are in the statement's language."""
    return NameParts(
        name=entry.name,
        acronym=entry.acronym,
        name_language=entry.name_language,
        transliteration=entry.transliteration,
        translations={language: entry.translation} if entry.translation else {},
        country_printed={language: entry.country} if entry.country else {},
    )


def _line(parts: NameParts, language: str) -> str:
    translation, country = (
        texts.get(language) or next(iter(texts.values()), None) for texts in (parts.translations, parts.country_printed)
    )
    return printed(parts.acronym, parts.name, parts.transliteration, translation, country)

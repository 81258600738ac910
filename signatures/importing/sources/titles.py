"""Titles of columns, in the languages of printed lists: which column holds the name, the number, the country."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from signatures.importing.lexicon.words import fold, vocabulary, words

ROLES = {
    "number": "number num no nr n numero numéro nummer номер № # lfd position sıra sira رقم",
    "acronym": "acronym abbreviation abbr short kürzel abkürzung kurzname sigle sigla siglas acrónimo acronyme acrônimo kısaltma сокращение اختصار",
    "transliteration": "transliteration transcription umschrift translittération transliteración transliteração транслитерация",
    "translation": "translation übersetzung traduction traducción tradução çeviri перевод english",
    "name_language": "name_language language sprache langue idioma língua dil язык",
    "section": "section category scope abschnitt kategorie catégorie categoría categoria bölüm раздел",
    "country": "country countries country_printed",
    "name": "name organisation organization",
}
"""Words that title a column of each role, beside those of the importer's own vocabulary."""

OURS = {
    "signature_id", "organisation_id", "territories", "signed_on", "signed_on_means", "printed", "status", "late", "corrected",
    "position", "recorded_at", "withdrawn_on", "part",
}  # fmt: skip
"""Columns of this register's own CSV, which say nothing that is printed."""

LONGEST = 6  # words of a title
FEWEST = 2  # titles that make a row of titles, unless a name stands alone


@cache
def _known() -> dict[str, frozenset[str]]:
    found = {role: frozenset(fold(word) for word in listed.split()) for role, listed in ROLES.items()}
    found["name"] |= vocabulary("name_titles")
    found["country"] |= vocabulary("country_titles")
    return found


def roles_of(cells: Sequence[str]) -> list[str]:
    """Tell what each column holds, by a row of titles; nothing where the row is none."""
    roles = [_role(cell) for cell in cells]
    titled = [role for role in roles if role not in ("remark", "ignored")]
    if roles.count("name") > 1:
        roles = _first_name(roles)
    if "name" not in titled or (len(titled) < FEWEST and len([cell for cell in cells if cell]) > 1):
        return []
    if any(len(cell.split()) > LONGEST for cell, role in zip(cells, roles, strict=True) if role == "name"):
        return []
    return _once(roles)


def _role(cell: str) -> str:
    whole = fold(cell)
    if whole in OURS:
        return "ignored"
    for role, known in _known().items():
        if whole in known:
            return role
    inside = [*words(cell), *(part for part in whole.replace("_", " ").split() if part in ("#", "№"))]
    if not inside or len(inside) > LONGEST:
        return "remark"
    for role in ("acronym", "transliteration", "translation", "name_language", "country", "name", "number", "section"):
        if any(word in _known()[role] for word in inside):
            return role
    return "remark"


def _first_name(roles: list[str]) -> list[str]:
    at = roles.index("name")
    return [role if role != "name" or place == at else "remark" for place, role in enumerate(roles)]


def _once(roles: list[str]) -> list[str]:
    """Keep each role for the first column that has it; a second one is a remark."""
    seen: set[str] = set()
    kept = []
    for role in roles:
        kept.append("remark" if role in seen and role not in ("remark", "ignored") else role)
        seen.add(role)
    return kept

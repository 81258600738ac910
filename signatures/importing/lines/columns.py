"""Columns of a list: cells parted by tabs, bars or wide gaps, and which of them is name, acronym, country or remark."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from signatures.importing import reasons
from signatures.importing.lexicon import countries
from signatures.importing.lexicon.words import fold, vocabulary, words
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_GAP = re.compile(r"(?<=\S) {3,}(?=\S)")
_SHORTEST_LIST = 2


@dataclass(frozen=True)
class Cells:
    """One entry's cells with their roles given: name and what stands beside it."""

    name: str
    acronym: str | None = None
    country: str | None = None
    remark: str | None = None
    reason: Reason | None = None
    doubtful: bool = False


def separator(lines: Sequence[Line], rests: Sequence[str]) -> str | None:
    r"""Find what parts the cells of a list: "\\t", "|", "gap" (three spaces and more, in line with one another), or nothing."""
    entries = [rest for rest in rests if rest.strip()]
    if len(entries) < 1:
        return None
    for mark in ("\t", "|"):
        holding = sum(
            1 for rest in entries if mark in rest.strip(" |\t") or (mark == "|" and rest.rstrip().endswith("|"))
        )
        if holding * 3 >= len(entries) and (mark == "\t" or holding > 1):
            return mark
    gaps = [(rest, match) for rest in entries if (match := _GAP.search(rest))]
    if len(gaps) < _SHORTEST_LIST or len(gaps) * 3 < len(entries):
        return None
    return "gap" if _aligned(lines) or _ends_in_countries(gaps) else None


def _aligned(lines: Sequence[Line]) -> bool:
    ends: Counter[int] = Counter(match.end() for line in lines if (match := _GAP.search(line.text)))
    most = max(ends.values(), default=0)
    return most * 10 >= sum(ends.values()) * 6 and len(ends) * 2 <= sum(ends.values())


def _ends_in_countries(gaps: Sequence[tuple[str, re.Match[str]]]) -> bool:
    return sum(1 for rest, _ in gaps if countries.known(_GAP.split(rest)[-1])) * 10 >= len(gaps) * 6


def split(rest: str, mark: str | None) -> list[str]:
    """Split what follows the number into trimmed cells."""
    if mark == "|":
        return [cell.strip() for cell in rest.strip().strip("|").split("|")]
    if mark == "\t":
        return [cell.strip() for cell in rest.strip().split("\t")]
    if mark == "gap":
        return [cell.strip() for cell in _GAP.split(rest.strip())]
    return [rest.strip()]


def squeezed(rows: Sequence[list[str]]) -> list[list[str]]:
    """Drop the empty cells that only come from aligning with several tabs; keep those that a row really leaves empty."""
    whole = Counter(len(row) for row in rows if all(row))
    most = max(whole, default=0)
    return [_trimmed(row if len(row) <= most else [cell for cell in row if cell]) for row in rows]


def _trimmed(row: list[str]) -> list[str]:
    while len(row) > 1 and not row[-1]:
        row = row[:-1]
    return row


def titles(line: Line | None, mark: str | None) -> list[str | None]:
    """Read the roles of the columns from the line of their titles."""
    if line is None or mark is None:
        return []
    roles: list[str | None] = []
    for cell in split(line.text, mark):
        folded = set(words(cell))
        if folded & vocabulary("country_titles"):
            roles.append("country")
        elif folded & {"acronym", "abbreviation", "sigla", "sigle", "abkurzung", "kurzel"}:
            roles.append("acronym")
        elif folded & vocabulary("name_titles"):
            roles.append("name")
        elif folded <= {"no", "nr", "n", "num", "numero", "number"}:
            roles.append("number")
        else:
            roles.append("remark")
    roles = [role for role in roles if role != "number"]
    return roles if roles.count("name") == 1 else []


def assign(rows: Sequence[list[str]], roles: Sequence[str | None]) -> list[Cells]:
    """Give every row's cells their roles; rows are those of one section, so that a column can be judged as a whole."""
    width = max((len(row) for row in rows), default=0)
    if len(roles) == width + 1 and roles[0] == "remark":
        roles = roles[1:]  # whatever that title says, numbers stood below it
    if width <= 1:
        return [Cells(row[0] if row else "") for row in rows]
    shares = [_country_share([row[at] for row in rows if at < len(row) and row[at]]) for at in range(width)]
    name_at = roles.index("name") if "name" in roles else 0
    if "name" not in roles and shares[0] >= 0.5 and max(shares[1:]) < shares[0]:
        name_at = 1
    return [_row(row, name_at, roles, shares) for row in rows]


def _country_share(cells: Sequence[str]) -> float:
    return sum(1 for cell in cells if countries.known(cell)) / len(cells) if cells else 0.0


def _row(row: list[str], name_at: int, roles: Sequence[str | None], shares: Sequence[float]) -> Cells:
    if name_at >= len(row) or not row[name_at]:
        filled = next((cell for cell in row if cell), "")
        return Cells(filled, reason=reasons.NO_NAME, doubtful=True)
    acronym = country = reason = None
    remarks: list[str] = []
    doubtful = False
    for at, cell in enumerate(row):
        role = roles[at] if at < len(roles) else None
        if at == name_at or not cell:
            continue
        if role == "acronym":
            acronym = cell
        elif country is None and (role in (None, "country")) and (why := _country(cell, shares[at])):
            country, reason = cell, why
            doubtful = why.says(reasons.COUNTRY_UNKNOWN)
        else:
            remarks.append(cell)
    return Cells(row[name_at], acronym, country, "\t".join(remarks) or None, reason, doubtful)


def _country(cell: str, share: float) -> Reason | None:
    """Say why a cell is a country, or give None."""
    if countries.known(cell):
        return reasons.COUNTRY.of(text=cell)
    if share < 0.5 or len(cell) > 40 or cell[0] in "[(" or any(c.isdecimal() for c in cell):
        return None
    named = words(cell)
    scope = vocabulary("scope", "regions", "groups", "group", "links", "directions")
    if not named or all(word in scope for word in named) or len(named) > 5:
        return None
    if all(countries.known(part) for part in re.split(r"\s*(?:,|;|&| and | und | et | y )\s*", cell)):
        return reasons.COUNTRIES.of(text=cell)
    if countries.slip(cell):
        return reasons.COUNTRY_SLIP.of(text=cell)
    return reasons.COUNTRY_UNKNOWN.of(text=cell)


def is_scope(cell: str) -> bool:
    """Tell whether a cell only says that an organisation belongs to no one country."""
    return bool(fold(cell)) and all(word in vocabulary("scope", "regions") for word in words(cell))

"""The sheet: what a printed list says and in which order, as plain data for PDF and DOCX."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from projections.looks import presentation
from projections.rendering.phrases import Phrases, phrases
from projections.rendering.text import checkpoint, issuer_line, language_of, titled

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ps", "ckb", "yi", "dv", "ug", "sd"})
LEFT_TO_RIGHT = "\u200e"  # a mark that is not seen: the root before it keeps its "=" at its end
TO_LEFT = "\u200f"
PRIMARY = re.compile(r"[a-z]{2,3}\b")


def sheet(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> dict[str, Any]:
    """Lay out a list: title and text, groups of numbered entries, subsequent ones, and the state of the log."""
    language = language_of(statement)
    words, code = phrases(language), primary(language) or "en"
    title_language = primary(statement.get("title_language")) or code
    sealed, issuer = answer.get("checkpoint"), issuer_line(statement)
    if code in RIGHT_TO_LEFT:  # a day after a name in Latin letters would go along with that
        issuer = issuer.replace(", ", f"{TO_LEFT}, ") if statement["issued_on"] else issuer
    return {
        "language": code,
        "direction": "rtl" if code in RIGHT_TO_LEFT else "ltr",
        "title": statement["title"] or answer["statement"],
        "title_language": title_language,
        "title_direction": "rtl" if title_language in RIGHT_TO_LEFT else "ltr",
        "kicker": " · ".join(filter(None, (issuer, words.reference.format(reference=answer["statement"])))),
        "paragraphs": presentation.paragraphs(body),
        "heading": titled(answer, words),
        "groups": [
            {"heading": group["heading"], "rows": [row_of(row, words, code) for row in group["rows"]]}
            for group in presentation.grouped(presentation.rows_of(answer), answer.get("sections") or ())
        ],
        "subsequent": words.subsequent,
        "later": [row_of(row, words, code) for row in answer["subsequent"]],
        "seal": [
            edition_line(answer, words),
            *([checkpoint(answer, words) + (LEFT_TO_RIGHT if code in RIGHT_TO_LEFT else "")] if sealed else []),
        ],
        "footer": footer(answer, words),
        "strip": list(b64decode(sealed["root"])) if sealed else [],
    }


def primary(language: str | None) -> str | None:
    """Give the main part of a language tag; und and the like are nobody's language."""
    found = PRIMARY.match((language or "").lower())
    return found[0] if found and found[0] not in {"und", "mul", "zxx", "mis"} else None


def row_of(entry: Mapping[str, Any], words: Phrases, language: str) -> dict[str, Any]:
    """Lay out an entry: its printed line in runs, in brackets where it does not stand, and what is said of it."""
    standing, named = entry["status"] == "standing", bool(entry.get("printed"))
    told = "" if standing else f"({words.why(entry['status'], entry.get('withdrawn_on'), entry.get('reason'))})"
    return {
        "number": entry.get("number"),
        "runs": list(runs(entry, language)) if named else [],
        "brackets": named and not standing,
        "told": words.withheld if standing and not named else told,
    }


def runs(entry: Mapping[str, Any], language: str) -> Iterator[dict[str, Any]]:
    """Part the printed line at its short name and its languages; put together the runs are that line."""
    own = primary(entry["name_language"])
    acronym, printed = entry["acronym"], str(entry["printed"])
    parts = [(acronym, own, True)] if acronym else []
    parts += [((" " if acronym else "") + entry["name"], own, False)] if entry["name"] else []
    parts += [(f" ({entry['transliteration']})", None, False)] if entry["transliteration"] else []
    parts += [(f" ({entry['translation']})", language, False)] if entry["translation"] else []
    parts += [(f", {entry['country']}", language, False)] if entry["country"] else []
    if "".join(text for text, *_ in parts) != printed:
        parts = [(printed, own, False)]
    for text, code, bold in parts:
        yield {"text": text, "language": code, "bold": bold}


def edition_line(answer: Mapping[str, Any], words: Phrases) -> str:
    """Name the edition and the moment up to which everything recorded counts."""
    edition = answer.get("edition")
    told = words.edition if edition else words.no_edition
    moment = recorded(answer)
    through = words.recorded.format(day=words.in_words(moment.date().isoformat()), hour=f"{moment:%H:%M}")
    return f"{told.format(number=edition and edition['number'], position=answer['position'])}. {through}."


def recorded(answer: Mapping[str, Any]) -> datetime:
    """Tell the moment that a list is dated with: not that of the writing, so that equal lists are equal bytes."""
    return datetime.fromisoformat(answer["recorded_through"])


def footer(answer: Mapping[str, Any], words: Phrases) -> str:
    """Write what stands under every page."""
    edition = answer.get("edition")
    told = words.edition if edition else words.no_edition
    named = told.format(number=edition and edition["number"], position=answer["position"])
    root = (answer.get("checkpoint") or {}).get("root", "")
    return " · ".join(filter(None, (answer["statement"], named, root[:12])))

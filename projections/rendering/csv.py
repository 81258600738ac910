"""CSV of a list: one row an entry, numbered ones first; and the description of its columns (CSV on the Web)."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from itertools import chain
from typing import Any

from projections.rendering.columntitles import titles

COLUMNS: dict[str, Any] = {
    "number": "integer",
    "signature_id": "string",
    "organisation_id": "string",
    "acronym": "string",
    "name": "string",
    "name_language": "language",
    "transliteration": "string",
    "translation": "string",
    "country": "string",
    "territories": "string",
    "url": "anyURI",
    "signed_on": "date",
    "signed_on_means": "string",
    "printed": "string",
    "status": "string",
    "late": "boolean",
    "corrected": "boolean",
    "position": "integer",
    "recorded_at": "dateTimeStamp",
    "withdrawn_on": "date",
    "reason": "string",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_list(answer: Mapping[str, Any]) -> str:
    """Write a list as CSV (RFC 4180); what a spreadsheet would take for a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for entry in chain(answer["numbered"], answer["subsequent"]):
        writer.writerow([cell(entry.get(column)) for column in COLUMNS])
    return out.getvalue()


def cell(value: object) -> str:
    """Write one value; several territories are separated by spaces."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return " ".join(map(str, value))
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_metadata(url: str, title: str, language: str, spoken: str | None = None) -> dict[str, Any]:
    """Describe the columns of the CSV at an address, as CSV on the Web does: title in one language, columns in another."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language}],
        "url": url,
        "dc:title": title,
        "dialect": {"header": True, "encoding": "utf-8", "lineTerminators": ["\r\n"]},
        "tableSchema": {
            "columns": [
                {
                    "name": name,
                    "titles": told,
                    "datatype": datatype,
                    **({"separator": " "} if name == "territories" else {}),
                }
                for (name, datatype), told in zip(
                    COLUMNS.items(), titles(tuple(COLUMNS), spoken or language), strict=True
                )
            ]
        },
    }

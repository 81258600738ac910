"""JSON-LD of a list: the statement and its signatories in the words of schema.org."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from typing import Any

import orjson

from projections.rendering.sheet import primary


def jsonld_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> bytes:
    """Write the list as one linked document; positions are the printed numbers, and who does not stand is not an item."""
    standing = [one for one in chain(answer["numbered"], answer["subsequent"]) if one["status"] == "standing"]
    edition = answer.get("edition")
    told = {
        "@context": "https://schema.org",
        "@type": "CreativeWork",
        "identifier": answer["statement"],
        "name": statement["title"] or answer["statement"],
        "inLanguage": statement.get("title_language"),
        "text": body,
        "datePublished": statement["issued_on"],
        "version": edition and edition["number"],
        "creator": {"@type": "Organization", "name": statement["issuer"]} if statement["issuer"] else None,
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": len(standing),
            "temporalCoverage": answer["as_of"],
            "itemListElement": [_item(one) for one in standing],
        },
    }
    return orjson.dumps(_said(told), option=orjson.OPT_INDENT_2)


def _item(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write a signatory; one without a number is an item without a position, one without a name an unnamed one."""
    own, gloss = primary(entry["name_language"]), entry["transliteration"]
    name = {"@value": entry["name"], "@language": own} if entry["name"] and own else entry["name"]
    return _said(
        {
            "@type": "ListItem",
            "position": entry.get("number"),
            "name": entry["printed"],
            "item": _said(
                {
                    "@type": "Organization",
                    "@id": f"urn:uuid:{entry['organisation_id']}" if entry["organisation_id"] else None,
                    "name": name,
                    "alternateName": [part for part in (entry["acronym"], gloss, entry["translation"]) if part] or None,
                    "url": entry["url"],
                    "location": {"@type": "Country", "name": entry["country"]} if entry["country"] else None,
                }
            ),
        }
    )


def _said(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}

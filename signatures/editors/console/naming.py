"""An organisation's name parts as fields of a form, and what was typed as changes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from signatures.characters import fold
from signatures.editors.console.entry import territories_of
from signatures.errors import InvalidInput
from signatures.organisation import Organisation

LINES = ("name", "acronym", "name_language", "transliteration", "url")
MAPS = {"translation": "translations", "country": "country_printed"}


def newest_parts(one: Organisation) -> dict[str, Any]:
    """Tell the parts as they were recorded last, whatever date they hold from."""
    return one.spellings()[-1]


def languages_of(one: Organisation) -> list[str]:
    """List the languages in which a translation or a printed country may be typed."""
    parts = newest_parts(one)
    return sorted({"en", *parts["translations"], *parts["country_printed"]})


def spelled(one: Organisation) -> dict[str, str]:
    """Write an organisation's parts as the fields of its form hold them."""
    parts = newest_parts(one)
    values = {name: parts[name] or "" for name in LINES}
    for field, name in MAPS.items():
        values |= {f"{field}_{language}": parts[name].get(language, "") for language in languages_of(one)}
    return {**values, "territories": ", ".join(parts["territories"])}


def changed_parts(one: Organisation, values: Mapping[str, str], languages: tuple[str, ...]) -> dict[str, Any]:
    """Tell which parts were typed otherwise than they are; InvalidInput names the field that cannot be read."""
    parts, was = newest_parts(one), spelled(one)
    changes: dict[str, Any] = {
        name: values[name] or None for name in LINES if name in values and values[name] != was[name].strip()
    }
    for field, name in MAPS.items():
        typed = {language: values.get(f"{field}_{language}", "") for language in languages_of(one)}
        whole = {language: text for language, text in {**parts[name], **typed}.items() if text}
        changes |= {name: whole} if whole != parts[name] else {}
    if "territories" in values and fold(values["territories"]) != fold(was["territories"]):
        changes["territories"] = territories_of(values["territories"], languages)
    if "name" in changes and not changes["name"]:
        raise InvalidInput(_("The name cannot be empty."), field="name")
    if not changes:
        raise InvalidInput(_("Nothing is different from what stands there."), field="name")
    return changes

"""How an entry is printed: one template, used by both rooms. Standard library only."""

from __future__ import annotations


def printed(
    acronym: str | None, name: str, transliteration: str | None, translation: str | None, country: str | None
) -> str:
    """Print `{acronym} {name}[ ({transliteration})][ ({translation})][, {country}]`; absent parts leave no space.

    An entry whose name was withheld has neither acronym nor name, and no line.
    """
    line = f"{acronym} {name}" if acronym and name else acronym or name
    if not line:
        return ""
    if transliteration:
        line = f"{line} ({transliteration})"
    if translation:
        line = f"{line} ({translation})"
    return f"{line}, {country}" if country else line

"""The comparison of two dates on the page of a statement's history: its ends as people write them, and what changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projections import moments
from projections.lists import Lists
from projections.paging import MOST
from signatures.clock import stamp
from signatures.errors import ConflictingTimeParameters, RegisterError
from signatures.sentences import said
from signatures.web import catalogues

Asked = Mapping[str, str]
COMPARED = ("from", "to", "from_known", "to_known", "known")


def difference(
    lists: Lists, told: Mapping[str, Any], asked: Asked, language: str
) -> tuple[dict[str, Any] | None, str | None]:
    """Compare two dates, or say why that cannot be."""
    if not asked.keys() & set(COMPARED):
        return None, None
    try:
        begin, end = (_end(told, asked, name) for name in ("from", "to"))
        found = lists.diff(told["reference"], begin, end, language=language)
    except RegisterError as error:
        if error.status >= 500:
            raise
        return None, catalogues.told(error.said)
    if found.next is not None:
        many = said(
            "More than %(most)s signatures changed between the two. Choose dates that are nearer.", most=f"{MOST:,}"
        )
        return None, catalogues.told(many)
    return found, None


def _end(told: Mapping[str, Any], asked: Asked, name: str) -> str:
    """Read one end of a comparison: its date, and as known when: as asked, at the end of that day, or as known now."""
    text = asked.get(name) or (told["first_on"] if name == "from" else None) or told["today"]
    known = asked.get(f"{name}_known")
    if "@" in text:
        if known:
            raise ConflictingTimeParameters(
                said("%(name)s and %(name)s_known both say how much is known. Give one of them.", name=name)
            )
        return text
    if known is None and "known" in asked:
        moments.one_of("known", asked["known"], ("then",))
        on = moments.day(name, text, told["time_zone"])
        return text if on >= told["today"] else f"{text}@{stamp(moments.end_of(on, told['time_zone']))}"
    return f"{text}@{known}" if known else text

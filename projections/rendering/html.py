"""HTML of a list alone: a document that any page can take in, without the register's look."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from babel import Locale
from jinja2 import Environment, PackageLoader

from projections import presentation

_RIGHT_TO_LEFT = "rtl"


@cache
def _environment() -> Environment:
    """Make the template environment once, at the first list; the words stay English, as in every API answer."""
    environment = Environment(
        loader=PackageLoader("projections"),
        autoescape=True,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    presentation.equip(environment)
    return environment


def html_list(answer: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
    """Write the list as an HTML document; numbers are the list's own and the text of an entry is its printed line.

    `statement` gives `title` and, where told, `title_language`, `language` (of translations and printed countries) and
    `status`, which says whether more may sign while there is no edition.
    """
    edition = answer.get("edition")
    language = statement.get("language") or "en"
    possible = edition["further_signatories_possible"] if edition else statement.get("status") in {"draft", "open"}
    return _environment().get_template("list.html").render(
        lang=language,
        dir="rtl" if _is_mirrored(language) else "ltr",
        title=statement["title"],
        title_language=statement.get("title_language"),
        possible=possible,
        answer=answer,
        groups=presentation.grouped(presentation.rows_of(answer), answer.get("sections") or ()),
        later=presentation.later_rows(answer),
    )


def _is_mirrored(language: str) -> bool:
    return Locale.parse(presentation.locale_of(language)).text_direction == _RIGHT_TO_LEFT

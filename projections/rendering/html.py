"""HTML of a list alone: a document that any page can take in, without the register's look."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from projections.looks import presentation
from signatures.web import words


@cache
def _template() -> Template:
    """Make the template once, at the first list; the register's own words stay English, as in every API answer."""
    environment = Environment(
        loader=PackageLoader("projections"),
        autoescape=True,
        trim_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    words.equip(environment)
    return environment.get_template("list.html")


def html_list(answer: Mapping[str, Any], statement: Mapping[str, Any]) -> str:
    """Write the list as an HTML document; numbers are the list's own and the text of an entry is its printed line.

    `statement` gives `title`, `default_language` and, where it is another, the `language` of translations and countries.
    """
    edition = answer.get("edition")
    possible = edition["further_signatories_possible"] if edition else answer["statement_status"] in {"draft", "open"}
    return _template().render(
        title=statement["title"] or answer["statement"],
        title_language=statement["default_language"],
        language=statement.get("language") or statement["default_language"],
        possible=possible,
        answer=answer,
        groups=presentation.grouped(presentation.rows_of(answer), answer.get("sections") or ()),
        later=presentation.later_rows(answer),
    )

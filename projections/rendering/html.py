"""HTML of a list for print: what the PDF says, in the words of its language, as a document without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, Template

from projections.rendering.phrases import PHRASES
from projections.rendering.sheet import sheet

APART = re.compile(r"(,? ?)(.*)", re.DOTALL)


@cache
def _template() -> Template:
    """Make the template once, at the first list."""
    environment = Environment(loader=PackageLoader("projections"), autoescape=True, trim_blocks=True)
    environment.filters["together"] = together
    return environment.get_template("list.html")


@cache
def _rules() -> str:
    """Read the look, for a file that is to stand alone."""
    return (files("signatures") / "static" / "print.css").read_text()


def together(runs: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Join a short name with the name after it: they run in one direction; any other part runs in its own.

    The comma or space before a part belongs to the line.
    """
    first = 2 if runs[0]["bold"] else 1
    yield {"before": "", "runs": runs[:first]}
    for run in runs[first:]:
        before, text = APART.split(run["text"])[1:3]
        yield {"before": before, "runs": [{**run, "text": text}]}


def html_list(
    answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None = None, style: str | None = None
) -> str:
    """Write the list as an HTML document with the address of its style, or with the style in it for a file that stands alone.

    Numbers are the list's own and the text of `.line` is an entry's printed line.
    """
    told = sheet(answer, statement, body)
    return _template().render(
        **told,
        style=style,
        rules=None if style else _rules(),
        spoken=told["language"] if told["language"] in PHRASES else "en",
        positions=[entry["position"] for entry in answer["subsequent"]],
    )

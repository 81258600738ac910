"""The public pages: statements, a statement with its list on any date, its editions and its history. GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _

from projections.lists import Lists
from projections.web import browsing, contents
from projections.web.asking import asked
from projections.web.comparison import COMPARED
from projections.web.versionlinks import linked
from signatures.errors import RegisterError, StorageUnavailable
from signatures.pages.conditions import Conditions
from signatures.web.address import base_address
from signatures.web.frame import language_of_reader, refusal_page
from signatures.web.problems import PROBLEMS

ConditionsOf = Callable[[str, str], Conditions]
LIST = ("lang", "show", "q", "start", "cursor")


def blueprint(lists: Lists, conditions: ConditionsOf) -> Blueprint:
    """Make the blueprint `pages` over the questions of a register; `conditions` tells how a statement is signed."""
    pages = Blueprint("pages", __name__, template_folder="../templates")

    def told_if_open(shown: dict[str, Any]) -> Conditions | None:
        told = shown["statement"]
        if told["status"] != "open":
            return None
        with suppress(StorageUnavailable):  # the list came from a standby: it is shown though nobody can sign just now
            return conditions(told["reference"], language_of_reader())
        return None

    @pages.get("/")
    def front() -> Response:
        """List the statements, last signed first."""
        return page("front.html", **browsing.front(lists, asked("lang", "q", "cursor", *browsing.FILTERS)))

    @pages.get("/statements/<reference>")
    def statement(reference: str) -> Response:
        """Show a statement with its list on a date."""
        question = asked(*LIST, *contents.TIME)
        shown = contents.statement(lists, reference, question)
        answer = page("statement.html", base_url=base_address(), conditions=told_if_open(shown), **shown)
        return linked(answer, shown["statement"])

    @pages.get("/statements/<reference>/editions/<number>")
    def edition(reference: str, number: str) -> Response:
        """Show the list of one edition as it was published."""
        question = {**asked(*LIST), "edition": number}
        shown = contents.statement(lists, reference, question)
        answer = page(
            "statement.html", base_url=base_address(), conditions=told_if_open(shown), edition_page=True, **shown
        )
        return linked(answer, shown["statement"], shown["answer"]["edition"]["number"])

    @pages.get("/statements/<reference>/history")
    def history(reference: str) -> Response:
        """Show the record of a statement, and what changed between two dates."""
        shown = contents.history(lists, reference, asked("lang", "before", *COMPARED))
        return page("history.html", status=400 if shown["problem"] else 200, **shown)

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        """Explain a type of problem that the API names."""
        asked("lang")
        told = PROBLEMS.get(code) or abort(404)
        return page("error.html", title=told.title, sentence=told.meaning, advice=told.cure)

    @pages.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal in its own sentence, and what can be read instead."""
        return refusal_page(error, instead(lists, error))

    return pages


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Render a page that is asked for again each time, and is not sent twice."""
    response = make_response(render_template(template, **context), status)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Language")
    if status == 200:
        response.add_etag()
        response.make_conditional(request)
    return response


def instead(lists: Lists, error: RegisterError) -> list[dict[str, str]]:
    """Link what there is: the list as it was known last, or the statement, where it can be read."""
    reference = (request.view_args or {}).get("reference")
    good = error.details.get("last_good_position")
    if reference and good:
        href = url_for("pages.statement", reference=reference, position=good)
        return [{"href": href, "words": _("The list as known at position %(position)s", position=good)}]
    try:
        told = lists.statement(reference or "")
    except RegisterError:
        return []
    href = url_for("pages.statement", reference=told["reference"])
    return [{"href": href, "words": _("The statement and its list today")}]

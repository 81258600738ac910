"""The public pages: statements, a statement with its list on any date, its editions and its history. GET changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request, url_for
from flask_babel import gettext as _

from projections import drawing, presentation, record
from projections.lists import Lists
from signatures.clock import Clock, stamp
from signatures.errors import RegisterError, UnknownParameter
from signatures.problems import PROBLEMS
from signatures.web import language_of_reader

LONG = 1_000  # entries; a longer list is read page by page
RECORD = 500  # events on one page of the history
TIME = ("as_of", "known_at", "position")


def blueprint(lists: Lists, clock: Clock, base_url: str | None) -> Blueprint:
    """Make the blueprint `pages` over the questions of a register."""
    pages = Blueprint("pages", __name__, template_folder="templates")

    def base() -> str:
        return base_url or request.url_root.rstrip("/")

    @pages.get("/")
    def front() -> Response:
        """List the statements, last signed first."""
        known_parameters("lang", "cursor")
        answer = lists.statements(cursor=request.args.get("cursor"))
        return page("front.html", **front_page(lists, answer))

    @pages.get("/statements/<reference>")
    def statement(reference: str) -> Response:
        """Show a statement with its list on a date."""
        known_parameters("lang", "show", "q", "start", "cursor", *TIME)
        return page("statement.html", base_url=base(), **statement_page(lists, reference, request.args))

    @pages.get("/statements/<reference>/editions/<number>")
    def edition(reference: str, number: str) -> Response:
        """Show the list of one edition as it was published."""
        known_parameters("lang", "show", "q", "start", "cursor")
        context = statement_page(lists, reference, {**request.args, "edition": number})
        return page("statement.html", base_url=base(), edition_page=True, **context)

    @pages.get("/statements/<reference>/history")
    def history(reference: str) -> Response:
        """Show the record of a statement, and what changed between two dates."""
        known_parameters("lang", "from", "to", "before")
        return page("history.html", **history_page(lists, reference, request.args))

    @pages.get("/problems/<code>")
    def problem(code: str) -> Response:
        """Explain a type of problem that the API names."""
        known_parameters("lang")
        told = PROBLEMS.get(code) or abort(404)
        return page("error.html", title=told.title, sentence=told.meaning, advice=told.cure)

    @pages.get("/healthz")
    def healthz() -> tuple[Response, int]:
        """Tell whether reading works, how far the views are, and how far the clock is behind the log."""
        told = health(lists, clock)
        return jsonify(told), 200 if told["status"] != "failing" else 503

    return pages


def page(template: str, **context: Any) -> Response:
    """Render a page that is asked for again each time, and is not sent twice."""
    response = make_response(render_template(template, **context))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def known_parameters(*names: str) -> None:
    """Refuse parameters that this page does not know."""
    for name in request.args:
        if name not in names:
            raise UnknownParameter(f"{name!r} is no parameter of this page. Known are: {', '.join(names)}.")


def front_page(lists: Lists, answer: Any) -> dict[str, Any]:
    """Gather what the front page shows."""
    statements = [
        {
            **one,
            "language": one["texts"][0]["language"] if one["texts"] else one["default_language"],
            "languages": [text["language"] for text in one["texts"]],
            "standing": one["counts"]["standing"],
            "spark": drawing.spark(lists.timeline(one["reference"])),
        }
        for one in answer["statements"]
    ]
    statements.sort(key=lambda one: one["last_on"] or "", reverse=True)
    return {"statements": statements, "older": url_for("pages.front", cursor=answer.next) if answer.next else None}


def statement_page(lists: Lists, reference: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Gather what the page of a statement shows."""
    told = lists.statement(reference)
    language = chosen_language(told, asked.get("lang"))
    question = asked.get("q", "").strip()
    time = {name: asked[name] for name in (*TIME, "edition") if asked.get(name)}
    asking: dict[str, Any] = {
        **time,
        "show": asked.get("show") or "annotated",
        "language": language,
        "query": question or None,
    }
    cursor = asked.get("cursor") or None
    answer = lists.signatories(told["reference"], **asking, cursor=cursor, limit=presentation.PAGE if cursor else LONG)
    if answer.next and not cursor:
        answer = lists.signatories(told["reference"], **asking, limit=presentation.PAGE)
    return {
        "statement": shown_statement(told, language),
        "paragraphs": presentation.paragraphs(lists.body(told["reference"], answer, language)),
        "language": language,
        **presentation.list_page(
            answer,
            days=lists.timeline(told["reference"], position=answer["position"]),
            editions=[one for one in told["editions"] if one["position"] <= answer["position"]],
            today=told["today"],
            newest=told["position"],
            lang=language_of_reader(),
            question=question,
            found=answer.found if question else None,
            start=int(asked["start"]) if asked.get("start", "").isdecimal() else None,
            pages=cursor_pages(answer, asked) if answer.next or answer.previous else None,
            keep={name: asked[name] for name in ("lang", "show") if asked.get(name)},
        ),
    }


def cursor_pages(answer: Any, asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Link the pages before and after one of a very long list."""
    kept = {name: value for name, value in asked.items() if name not in ("cursor", "edition") and value}
    here = {"words": _("this page"), "href": request.full_path, "here": True}
    ends = ((_("earlier"), answer.previous), (_("later"), answer.next))
    before, after = (
        [{"words": word, "href": f"{request.path}?{urlencode({**kept, 'cursor': cursor})}", "here": False}]
        if cursor
        else []
        for word, cursor in ends
    )
    return [*before, here, *after]


def chosen_language(told: Mapping[str, Any], asked: str | None) -> str:
    """Choose the text's language: the one asked for if there is a text in it, else the statement's own."""
    there = [text["language"] for text in told["texts"]]
    return str(asked if asked in there else told["default_language"])


def shown_statement(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Add what a template shows of a statement in one language."""
    text = next((one for one in told["texts"] if one["language"] == language), (told["texts"] or [{}])[0])
    return {
        **told,
        "title": text.get("title") or told["title"] or told["reference"],
        "language": text.get("language") or language,
        "version_label": text.get("version_label"),
    }


def history_page(lists: Lists, reference: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """Gather what the history page shows."""
    told = lists.statement(reference)
    difference, problem = None, None
    if asked.get("from") or asked.get("to"):
        try:
            difference = lists.diff(
                told["reference"], asked.get("from") or told["first_on"] or told["today"], asked.get("to")
            )
        except RegisterError as error:
            problem = error.sentence
    before = asked.get("before") or None
    rows = lists.history(told["reference"], after=before, limit=RECORD, newest_first=True)
    more = len(rows) == RECORD
    return {
        "statement": shown_statement(told, str(told["default_language"])),
        "problem": problem,
        "newer": url_for("pages.history", reference=told["reference"]) if before else None,
        "older": url_for("pages.history", reference=told["reference"], before=rows[-1]["position"]) if more else None,
        **record.history_page(
            rows,
            days=lists.timeline(told["reference"]),
            editions=told["editions"],
            today=told["today"],
            diff=difference,
            total=len(rows) + 1 if before or more else None,
            lang=language_of_reader(),
        ),
    }


def health(lists: Lists, clock: Clock) -> dict[str, Any]:
    """Tell the state of log and views; `failing` where no list can be read."""
    try:
        told = lists.health()
        newest = lists.log.newest()
    except RegisterError as error:
        return {"status": "failing", "sentence": error.sentence}
    behind = newest is not None and newest.recorded_at > stamp(clock())
    status = "failing" if told.get("sentence") else "degraded" if told.get("quarantine") or behind else "ok"
    return {
        "status": status,
        **told,
        "clock_behind_log": behind,
        "recorded_through": newest.recorded_at if newest else None,
    }

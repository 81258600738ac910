"""A list in somebody else's page: the frame itself, the two lines that put it there, and oEmbed. No cookie, no script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from babel import negotiate_locale
from flask import Blueprint, Response, make_response, render_template, url_for
from flask_babel import force_locale

from projections.lists import Lists
from projections.web import contents
from projections.web.asking import asked
from projections.web.pages import page
from signatures.errors import BadQuery, RegisterError
from signatures.sentences import said
from signatures.web import frame as web
from signatures.web.address import base_address
from signatures.web.catalogues import LANGUAGES, SOURCE

THEMES = ("light", "dark")
FRAME = ("as_of", "position", "lang", "theme")
PAGING = ("start", "cursor")
HEIGHT = 480
POLICY = (
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors *",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "Cross-Origin-Resource-Policy": "cross-origin",  # pages that isolate themselves may show it, too
    "Cross-Origin-Embedder-Policy": "require-corp",
}
WITH_A_FRAME = f"{web.HEADERS['Content-Security-Policy']}; frame-src 'self'"
"""The policy of the page that shows the frame as it will look."""


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `embed` over the questions of a register."""
    routes = Blueprint("embed", __name__, template_folder="../templates")

    @routes.get("/embed/<reference>")
    def frame(reference: str) -> Response:
        """Show the list alone, for a frame in any page; it sets and reads no cookie, and its links open outside."""
        question = asked(*FRAME, *PAGING)
        shown = contents.statement(lists, reference, question)
        return page("embed.html", theme=_theme(question), asked=question, base=base_address(), **shown)

    @routes.after_request
    def framed(response: Response) -> Response:
        """Let every page show this one, and nothing come into it."""
        response.headers.update(HEADERS)
        return response

    @routes.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal inside the frame."""
        shown = render_template("embed_refused.html", base=base_address(), **web.refusal(error))
        return make_response(shown, error.status, {"Retry-After": "5"} if error.status == 503 else {})

    return routes


def snippets(lists: Lists) -> Blueprint:
    """Make the blueprint `snippet`: the page with the lines to copy."""
    routes = Blueprint("snippet", __name__, template_folder="../templates")

    @routes.get("/statements/<reference>/embed")
    def snippet(reference: str) -> Response:
        """Show the two lines that put a list into a page, and the frame as it will look."""
        question = asked("lang", "as_of", "in", "theme")
        told = lists.statement(reference)
        text = contents.shown_statement(told, contents.chosen_language(told, question.get("in")))
        frame = {
            "as_of": pinned(lists, told, question).get("as_of"),
            "lang": question.get("in"),
            "theme": _theme(question),
        }
        kept = {name: value for name, value in frame.items() if value}
        response = page("snippet.html", statement=text, chosen=frame, lines=lines(text, kept), kept=kept)
        response.headers["Content-Security-Policy"] = WITH_A_FRAME
        return response

    @routes.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal in its own sentence."""
        return web.refusal_page(error)

    return routes


def lines(statement: Mapping[str, Any], kept: Mapping[str, str], width: str = "100%", height: int = HEIGHT) -> str:
    """Write the two lines: a frame, and below it a link for whoever sees no frames."""
    reference = statement["reference"]
    query = f"?{urlencode(kept)}" if kept else ""
    there: dict[str, Any] = {name: value for name, value in kept.items() if name != "theme"}
    language = negotiate_locale([kept.get("lang") or statement["language"]], LANGUAGES, sep="-") or SOURCE
    with force_locale(language):
        return render_template(
            "snippet.txt",
            lang=language,
            frame=f"{base_address()}/embed/{reference}{query}",
            page=base_address() + url_for("pages.statement", reference=reference, **there),
            title=statement["title"],
            day=kept.get("as_of"),
            width=width,
            height=height,
        )


def pinned(lists: Lists, told: Mapping[str, Any], question: Mapping[str, str]) -> dict[str, str]:
    """Read the day and the position that are chosen, as every list reads them; without them the frame shows today's."""
    day, position = question.get("as_of"), question.get("position")
    if not (day or position):
        return {}
    read = lists.signatories(told["reference"], as_of=day, position=position, limit=1)["as_of"]
    kept = {"as_of": str(read) if day else "", "position": position or ""}
    return {name: value for name, value in kept.items() if value}


def _theme(question: Mapping[str, str]) -> str | None:
    theme = question.get("theme")
    if theme is not None and theme not in THEMES:
        raise BadQuery(
            said("theme: %(theme)s is not known. Write light or dark, or leave it away.", theme=repr(theme)),
            field="theme",
        )
    return theme

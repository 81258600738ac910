"""What all pages behind a link of a mail share: nobody keeps them, and a dead link says the same whatever it was."""

from __future__ import annotations

from typing import Any

from flask import Response, make_response, render_template, request

from signatures.web.frame import in_languages


def answer(rendered: Any, status: int | None = None) -> Response:
    """Make an answer that no cache keeps and no search engine lists."""
    response = make_response(rendered) if status is None else make_response(rendered, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def dead_link_page(again: str | None = None) -> Response:
    """Say that a link or code is not valid any more; `again` is where a new message can be asked for.

    The page is the same for looking and for answering, down to the menu of languages.
    """
    back = request.full_path.removesuffix("?") if again else None
    page = render_template("link_dead.html", again=again, back=back, languages=in_languages())
    return answer(page, 404)

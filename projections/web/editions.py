"""The public pages of a statement's editions and of the versions of its texts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from flask import Blueprint, Response, redirect, url_for

from projections.lists import Lists
from projections.looks import presentation
from projections.web.asking import asked
from projections.web.contents import chosen_language, shown_statement
from projections.web.pages import instead, page
from projections.web.versionlinks import version_links
from signatures.differences import differences
from signatures.errors import RegisterError
from signatures.web.frame import refusal_page

COUNTED = 10_000  # signatures; of a longer list it is not counted how many signed which version


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `published`: /statements/REF/editions and /statements/REF/texts."""
    published = Blueprint("published", __name__)

    @published.get("/statements/<reference>/editions")
    def editions(reference: str) -> Response:
        """List the editions, the newest first."""
        return page("editions.html", **_editions(lists, reference, asked("lang").get("lang")))

    @published.get("/statements/<reference>/editions/latest")
    def latest(reference: str) -> Response:
        """Lead to the newest edition."""
        told = lists.statement(reference)
        kept: dict[str, Any] = asked("lang")
        answer = redirect(
            url_for("pages.edition", reference=told["reference"], number=len(told["editions"]), **kept), 302
        )
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["Link"] = ", ".join(version_links(told["reference"], len(told["editions"])))
        return answer  # type: ignore[return-value] # Flask's own is werkzeug's

    @published.get("/statements/<reference>/texts")
    def texts(reference: str) -> Response:
        """List the versions of the texts, by language."""
        return page("texts.html", **_texts(lists, reference, asked("lang").get("lang")))

    @published.get("/statements/<reference>/texts/<language>/<number>")
    def text(reference: str, language: str, number: str) -> Response:
        """Show a version of a text, and how it differs from the one before."""
        asked("lang")
        return page("textversion.html", **_text(lists, reference, language, number))

    @published.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal in its own sentence, and what can be read instead."""
        return refusal_page(error, instead(lists, error))

    return published


def _editions(lists: Lists, reference: str, lang: str | None) -> dict[str, Any]:
    told = lists.statement(reference)
    return {
        "statement": shown_statement(told, chosen_language(told, lang)),
        "editions": [
            {**one, "places": lists.signatories(reference, edition=one["number"], limit=1)["counts"]["places"]}
            for one in reversed(told["editions"])
        ],
        "before": {one["number"] + 1: one for one in told["editions"]},
    }


def _texts(lists: Lists, reference: str, lang: str | None) -> dict[str, Any]:
    told, versions = lists.statement(reference), lists.versions(reference)
    return {
        "statement": shown_statement(told, chosen_language(told, lang)),
        "by_language": [(language, list(ones)) for language, ones in groupby(versions, itemgetter("language"))],
        "signed": _signed(lists, told),
    }


def _signed(lists: Lists, told: Mapping[str, Any]) -> dict[tuple[str, int], int] | None:
    """Count by language and version who stands by it today; None where they are too many to be counted here."""
    if told["counts"]["standing"] > COUNTED:
        return None
    counts: dict[tuple[str, int], int] = {}
    for one in lists.signed_texts(told["reference"]).values():
        key = (one["language"], one["version"])
        counts[key] = counts.get(key, 0) + 1
    return counts


def _text(lists: Lists, reference: str, language: str, number: str) -> dict[str, Any]:
    told = lists.statement(reference)
    version = lists.version(told["reference"], language, number)
    versions = [one for one in lists.versions(told["reference"]) if one["language"] == language]
    before = lists.version(told["reference"], language, version["version"] - 1) if version["version"] > 1 else None
    signed = _signed(lists, told)
    return {
        "statement": shown_statement(told, language),
        "version": version,
        "versions": versions,
        "before": before,
        "paragraphs": presentation.paragraphs(version["content"]),
        "changes": differences(before["content"] or "", version["content"] or "") if before else [],
        "used": [one for one in told["editions"] if one["texts"].get(language) == version["text_sha256"]],
        "signed": signed.get((language, version["version"]), 0) if signed is not None else None,
    }

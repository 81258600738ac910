"""The forms of a list over the API: JSON, CSV, text, HTML, JSON-LD, PDF and DOCX, each rendered once and kept as bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from flask import Response, has_request_context, request, url_for

from projections import seen
from projections.answers import Answer, Kept
from projections.lists import Lists
from projections.rendering.csv import csv_list, csv_metadata
from projections.rendering.docx import docx_list
from projections.rendering.html import html_list
from projections.rendering.json import json_bytes
from projections.rendering.jsonld import jsonld_list
from projections.rendering.pdf import pdf_list
from projections.rendering.text import text_list
from projections.web import replies
from projections.web.dated import DAYS
from projections.web.replies import JSON, Rendered
from signatures.errors import BadQuery, NotFound, ViewBehind
from signatures.sentences import said

BYTES_KEPT = 32 * 2**20  # in one process
DOCUMENTS = ("pdf", "docx")
DOCUMENTS_AT_ONCE, DOCUMENT_WAIT = 2, 2.0  # in one process; seconds for which a third one waits
DOCUMENT_MOST = 10_000  # entries: some ten seconds of typesetting
CSVM = "application/csvm+json"
Asked = Mapping[str, Any]  # texts, as they stand in a query
MADE = "register.made"  # in the environment of a request: what came of it before it came inside


class DocumentsBusy(ViewBehind):
    """As many documents are being made as this process makes at once."""

    title = "Other documents are being made"

    def __init__(self) -> None:
        """Say what helps."""
        super().__init__(
            said("Other documents are being made. Ask again in a few seconds, or for the list as text or HTML.")
        )


class Form(NamedTuple):
    """A form: its content type, and how an answer is written in it."""

    content_type: str
    write: Callable[[Lists, Answer, str | None], bytes]


class Made(NamedTuple):
    """What came of a question at the door, an answer or why there is none, and which position was known."""

    outcome: Answer | Exception
    known: int | None

    def whole(self) -> Answer | None:
        """Give an answer that has no other pages."""
        return self.outcome if isinstance(self.outcome, Answer) and self.outcome.is_whole else None


def _json(_lists: Lists, answer: Answer, _language: str | None) -> bytes:
    return json_bytes(answer)


def _csv(_lists: Lists, answer: Answer, _language: str | None) -> bytes:
    return csv_list(answer).encode()


def _text(lists: Lists, answer: Answer, language: str | None) -> bytes:
    statement = described(lists, answer, language)
    return text_list(answer, statement, lists.body(answer["statement"], answer, language)).encode()


def _html(lists: Lists, answer: Answer, language: str | None) -> bytes:
    """Link the style where a browser asks, whose rules allow none inside; a file that a command writes stands alone."""
    style = url_for("static", filename="print.css") if has_request_context() else None
    body = lists.body(answer["statement"], answer, language)
    return html_list(answer, described(lists, answer, language), body, style).encode()


def _jsonld(lists: Lists, answer: Answer, language: str | None) -> bytes:
    return jsonld_list(answer, described(lists, answer, language), lists.body(answer["statement"], answer, language))


def _pdf(lists: Lists, answer: Answer, language: str | None) -> bytes:
    return _document(pdf_list, lists, answer, language)


def _docx(lists: Lists, answer: Answer, language: str | None) -> bytes:
    return _document(docx_list, lists, answer, language)


def _document(
    write: Callable[[Answer, Mapping[str, Any], str | None], bytes], lists: Lists, answer: Answer, language: str | None
) -> bytes:
    """Write a document, where the libraries for it are installed."""
    try:
        return write(answer, described(lists, answer, language), lists.body(answer["statement"], answer, language))
    except ModuleNotFoundError as error:
        raise NotFound(
            said(
                "This server writes no PDF and no DOCX: its operator can add them by"
                " `pip install 'signatures[documents]'`. Ask for the list as text or HTML."
            )
        ) from error


FORMS = {
    "json": Form(JSON, _json),
    "csv": Form("text/csv; charset=utf-8; header=present", _csv),
    "txt": Form("text/plain; charset=utf-8", _text),
    "html": Form("text/html; charset=utf-8", _html),
    "jsonld": Form("application/ld+json", _jsonld),
    "pdf": Form("application/pdf", _pdf),
    "docx": Form("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _docx),
}


def described(lists: Lists, answer: Mapping[str, Any], language: str | None) -> dict[str, Any]:
    """Tell title and data of a statement as they were known when the list was, in a language or else its own."""
    statement = lists.statement(answer["statement"], position=answer["position"], drafts=True)
    titled = language if language in statement["titles"] else next(iter(statement["titles"]), None)
    return {
        **statement,
        "title": statement["titles"].get(titled) or statement["reference"],
        "title_language": titled,
        "language": language or statement["default_language"],
        "status": answer["statement_status"],
    }


def _made_before() -> Answer | None:
    """Take what was made at the door, which need not be made twice."""
    made: Made | None = request.environ.get(MADE)
    if made is None:
        return None
    if made.known is not None:
        seen.note(made.known)
    if isinstance(made.outcome, Exception):
        raise made.outcome
    return made.outcome


class Listing:
    """Replies with lists in any form."""

    def __init__(self, lists: Lists) -> None:
        """Ask the lists; keep the bytes of the last answers."""
        self.lists = lists
        self._kept = Kept(BYTES_KEPT)
        self._making = BoundedSemaphore(DOCUMENTS_AT_ONCE)

    def reply(self, reference: str, query: Asked, form: str, *, drafts: bool) -> Response:
        """Reply with the list that is asked for."""
        answer = _made_before() or self._asked(reference, query, form, drafts=drafts)
        content = self._rendered(answer, query, form)
        if form == "json" and answer.days is not None:
            request.environ[DAYS] = answer.days
        links = replies.page_links(
            {"cursor": answer.next} if answer.next else None, {"cursor": answer.previous} if answer.previous else None
        )
        if form == "csv":
            links["describedby"] = replies.link("describedby", request.args, f"{request.path}-metadata.json", CSVM)
        return replies.reply(content, FORMS[form].content_type, replies.caching(answer, query), links)

    def _asked(self, reference: str, query: Asked, form: str, *, drafts: bool) -> Answer:
        """Ask for a page of the list; a document is the whole list, unless it is too long for one or a part is asked for."""
        if form not in DOCUMENTS or query.get("limit") or query.get("cursor"):
            return self.lists.signatories(reference, drafts=drafts, **query)
        told = self.lists.signatories(reference, drafts=drafts, **{**query, "limit": "1"})["counts"]
        if max(told["places"], told["standing"]) + told["subsequent"] > DOCUMENT_MOST:
            raise BadQuery(
                said(
                    "A document holds at most %(most)s entries. Ask for a part of this list with limit, or let"
                    " the operator write it whole: %(command)s.",
                    most=f"{DOCUMENT_MOST:,}",
                    command=f"signatures list {reference} --format {form}",
                )
            )
        return self.lists.whole(
            reference, drafts=drafts, **{n: query[n] for n in query if n not in ("limit", "cursor")}
        )

    def metadata(self, reference: str, query: Asked, *, drafts: bool) -> Response:
        """Reply with the description of the CSV that the same question gives."""
        answer = self.lists.signatories(reference, drafts=drafts, **{**query, "limit": "1"})
        statement = described(self.lists, answer, query.get("language"))
        asked = request.query_string.decode("ascii", "replace")
        told = csv_metadata(
            "signatories.csv" + (f"?{asked}" if asked else ""), statement["title"],
            statement["title_language"] or "und", statement["language"],
        )  # fmt: skip
        content = replies.rendered(json_bytes(told), answer["position"])
        return replies.reply(content, CSVM, replies.caching(answer, query))

    def _rendered(self, answer: Answer, query: Asked, form: str) -> Rendered:
        place = {name: query.get(name) for name in ("part", "show", "language", "limit", "cursor")}
        known = (answer["statement"], answer["position"], answer["recorded_through"], answer["as_of"], answer["final"])
        return self._kept.get(
            (form, answer.generation, *known, *place.values()),
            lambda: replies.rendered(self._written(answer, query, form), answer["position"]),
            lambda content: len(content.body),
        )

    def _written(self, answer: Answer, query: Asked, form: str) -> bytes:
        """Write an answer in a form; only so many documents are made at once, that the pages go on being answered."""
        write, language = FORMS[form].write, query.get("language") or None
        if form not in DOCUMENTS:
            return write(self.lists, answer, language)
        if not self._making.acquire(timeout=DOCUMENT_WAIT):
            raise DocumentsBusy
        try:
            return write(self.lists, answer, language)
        finally:
            self._making.release()

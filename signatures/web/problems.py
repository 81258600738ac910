"""Problems: every error as RFC 9457 says it, each of a type whose address is a page that explains it."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple

import orjson
from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, default_exceptions

from signatures.errors import BadQuery, RegisterError
from signatures.web.address import base_address
from signatures.web.openapi import CONTENT_TYPE, RegisterApi, describe, pages

RETRY_SECONDS = "2"
RESERVED = ("type", "title", "status", "detail")


class Problem(NamedTuple):
    """What a type of problem is called, what it means and what to do about it."""

    title: str
    meaning: str
    cure: str


PROBLEMS = {
    "already-signed": Problem(
        "Already signed",
        "The organisation stands under this statement already, by the signature that is named.",
        "Nothing is lost and nothing needs doing. To set its entry right, correct that signature.",
    ),
    "bad-request": Problem(
        "The request cannot be read",
        "What arrived is not a request of HTTP as this address takes it.",
        "Compare it with the description of the API.",
    ),
    "body-too-large": Problem(
        "The body is too large",
        "Texts and orders may have 8 MiB, every other body 64 kB. The body was not read.",
        "Send less, or write it in UTF-8 without escapes.",
    ),
    "conflicting-time-parameters": Problem(
        "Time parameters exclude each other",
        "known_at and position say the same thing in two ways, and an edition has a date and a position of its own.",
        "Give one of them.",
    ),
    "forbidden": Problem(
        "Not allowed",
        "The token is valid, but its role does not allow this.",
        "Use a token of an editor: the operator makes one with `signatures token NAME --role editor`.",
    ),
    "idempotency-key-in-progress": Problem(
        "The first request with this key is still being answered",
        "The same Idempotency-Key arrived twice at once.",
        "Wait a moment and send the same request again: it gets the first one's answer.",
    ),
    "idempotency-key-missing": Problem(
        "Idempotency-Key is missing",
        "Every POST carries a key of its own, so that a repeat after a lost reply records nothing twice.",
        'Make a random key for each act and send it as Idempotency-Key: "…", 1 to 255 printable ASCII characters.',
    ),
    "idempotency-key-reused": Problem(
        "Idempotency-Key was used for something else",
        "The key came before with another request; that request's answer stands.",
        "Make a new key for a new act.",
    ),
    "internal-error": Problem(
        "Something is wrong with the register itself",
        "The fault is not in the request. What was acknowledged before is recorded.",
        "Send the same request with the same Idempotency-Key again; if it lasts, tell the operator when it happened.",
    ),
    "invalid-input": Problem(
        "A value needs another look",
        "A value is missing, of the wrong kind, or cannot be printed; `errors` names each field. Nothing was recorded.",
        "Set the named fields right and send it again.",
    ),
    "invalid-parameter": Problem(
        "A parameter needs another look",
        "A parameter of the query is known, but its value cannot be read.",
        "Compare it with the description of the API.",
    ),
    "invalid-time": Problem(
        "Not a date",
        "A date is YYYY-MM-DD, an instant is RFC 3339 with its offset; some dates must not be to come.",
        "Write for example 2021-06-07 or 2021-06-07T12:00:00Z.",
    ),
    "invitation-needed": Problem(
        "By invitation only",
        "The statement's terms take signatures only through an invitation, and none that is valid came with this one.",
        "Send the token of your invitation, the last part of its link, or ask the secretariat for one.",
    ),
    "known-at-in-future": Problem(
        "known_at lies in the future",
        "Nobody can say what will have been recorded by then.",
        "Give an instant that is past, or leave known_at away.",
    ),
    "link-dead": Problem(
        "This link or code is not valid any more",
        "The link or code of a mail is wrong, was used or has expired; nobody is told which.",
        "Ask for a new message on the page to which the link leads.",
    ),
    "log-diverged": Problem(
        "The log is not the one that was signed",
        "The register was put back from an old copy, or changed behind its back. Nothing is recorded like this.",
        "Nothing was lost by this request. Tell the operator, and send it again when the register is repaired.",
    ),
    "malformed-body": Problem(
        "The body is not the JSON it should be",
        "The body is empty, not UTF-8, not JSON, nested too deeply, or says one key twice.",
        "Send one JSON object in UTF-8.",
    ),
    "method-not-allowed": Problem(
        "Not by this method",
        "The address exists, but not for this method; Allow lists those that it takes.",
        "Use one of them.",
    ),
    "not-found": Problem(
        "Not found",
        "Nothing of that name is here, or not for the one who asks: an unpublished statement shows itself to tokens alone.",
        "Look at /api/v1/statements for what there is.",
    ),
    "not-signed": Problem(
        "No signature of a witness",
        "No key of a witness of this log has signed this, or the signature is false.",
        "Ask the operator to add the key of the witness, and sign the very bytes that log/checkpoint gives.",
    ),
    "other-format": Problem(
        "No such format",
        "oEmbed answers in JSON or XML.",
        "Ask for format=json or format=xml.",
    ),
    "position-lost": Problem(
        "What was known then was lost",
        "The register was once restored from a copy that lacked entries. Their positions are never used again, and "
        "nobody can tell what a list was between the last entry that is left and the restoration.",
        "Ask for a position before or after those that are named. Whoever kept that answer holds it with its checkpoint.",
    ),
    "position-out-of-range": Problem(
        "No such position",
        "A position counts the entries of the log from 1; it has none there yet.",
        "Give a position that an answer or an event has named.",
    ),
    "precondition-required": Problem(
        "If-Match is required",
        "A text or an edition replaces what others may have changed meanwhile.",
        "Read the present version, and send its ETag as If-Match; for a first text send If-None-Match: *.",
    ),
    "quota-exceeded": Problem(
        "Too many requests",
        "More came in a minute than one sender may send. 60 a minute are always possible.",
        "Wait as long as Retry-After says.",
    ),
    "reference-taken": Problem(
        "Reference already taken",
        "Another statement has this reference; capital and small letters are the same.",
        "Choose another reference.",
    ),
    "refused": Problem(
        "Refused",
        "The statement's state or its rules do not allow this; the detail says which. Nothing was recorded.",
        "Read the statement's events to see how it came to be so.",
    ),
    "several-organisations": Problem(
        "Several organisations of that name",
        "The name parts fit several registered organisations.",
        "Send the organisation_id of the one that signs.",
    ),
    "stale-version": Problem(
        "Changed meanwhile",
        "If-Match names another version than the present one. Nothing was recorded.",
        "Read the present version, look at what changed, and send that one's ETag.",
    ),
    "statement-closed": Problem(
        "Signing has ended",
        "The statement takes no signatures of that date: it is closed from then on, or was taken back.",
        "Ask whoever issued the statement. Withdrawing and correcting stay possible.",
    ),
    "storage-unavailable": Problem(
        "The store is not available",
        "The store cannot be read or written just now. Nothing that was acknowledged is lost.",
        "Send the same request, with the same Idempotency-Key, after the seconds that Retry-After gives.",
    ),
    "unauthorised": Problem(
        "A token is needed",
        "Writing needs a token, and the one that came, if any, is not valid.",
        "Send Authorization: Bearer and a token; the operator makes one with `signatures token NAME --role editor`.",
    ),
    "unknown-parameter": Problem(
        "Unknown parameter",
        "The address does not know a parameter of the query. It is refused, so that a slip does not pass for an answer.",
        "Compare its name with the description of the API.",
    ),
    "unsupported-media-type": Problem(
        "Not that kind of body",
        "The body's Content-Type is not one that this address takes.",
        "Send application/json.",
    ),
    "view-behind": Problem(
        "The list is being brought up to date",
        "More was recorded than could be worked into the list in time. Nothing is lost.",
        "Ask again after the seconds that Retry-After gives, or ask for a position before the one named.",
    ),
}
HTTP_CODES = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "unsupported-media-type"}


def install_api(app: Flask, *blueprints: Blueprint, base_url: str | None = None) -> RegisterApi:
    """Join the API's blueprints, their description and their errors to an app; its cookies and form tokens mean nothing here.

    Types of problems are addresses under `base_url`, or under the address of the request.
    """
    app.config["BASE_URL"] = base_url
    for blueprint in blueprints:
        answer_problems(blueprint)
        if "csrf" in app.extensions:
            app.extensions["csrf"].exempt(blueprint)
    app.before_request(answer_unrouted)
    api = describe(app, blueprints, _version())
    description = pages(api)
    answer_problems(description)
    app.register_blueprint(description)
    return api


def problem(error: Exception) -> Response:
    """Answer an error with problem+json; what nobody foresaw is logged and told without its inside."""
    if isinstance(error, BadQuery) and error.code not in PROBLEMS:
        return _response("invalid-parameter", error.status, error.sentence, error.details, {})
    if isinstance(error, RegisterError) and error.code in PROBLEMS:
        return _response(error.code, error.status, error.sentence, error.details, _headers(error))
    if isinstance(error, HTTPException) and error.code is not None and error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
        code = HTTP_CODES.get(error.code, "bad-request")
        return _response(code, error.code, _http_sentence(error), {}, _kept_headers(error))
    current_app.logger.error("unforeseen error at %s %s", request.method, request.path, exc_info=error)
    sentence = "Something is wrong with the register itself. Try again; if it lasts, tell the operator."
    return _response("internal-error", HTTPStatus.INTERNAL_SERVER_ERROR, sentence, {}, {})


def type_of(code: str) -> str:
    """Give the address that names a type of problem, and explains it."""
    return f"{base_address()}/problems/{code}"


def answer_problems(blueprint: Blueprint) -> None:
    """Answer every error inside a blueprint with problem+json, whatever the app does with those of its pages."""
    blueprint.register_error_handler(Exception, problem)
    for status in default_exceptions:  # handlers of the app for one status go before a blueprint's for all
        blueprint.register_error_handler(status, problem)


def answer_unrouted() -> Response | None:
    """Answer a wrong address or method of the API, where no blueprint is in charge."""
    error = request.routing_exception
    if (
        request.path.startswith("/api/")
        and isinstance(error, HTTPException)
        and (error.code or 0) >= HTTPStatus.BAD_REQUEST
    ):
        return problem(error)
    return None


def _response(code: str, status: int, sentence: str, details: dict[str, Any], headers: dict[str, str]) -> Response:
    extensions = {name: value for name, value in details.items() if name not in RESERVED}
    if "field" in extensions:
        extensions.setdefault("errors", [{"field": extensions["field"], "detail": sentence}])
    document = {"type": type_of(code), "title": PROBLEMS[code].title, "status": int(status), "detail": sentence}
    body = orjson.dumps({**document, **extensions}, default=str)
    return Response(body, status, {**headers, "Cache-Control": "no-store"}, content_type=CONTENT_TYPE)


def _headers(error: RegisterError) -> dict[str, str]:
    match error.code:
        case "unauthorised":
            return {
                "WWW-Authenticate": 'Bearer realm="register"' + (', error="invalid_token"' if error.details else "")
            }
        case "forbidden":
            return {"WWW-Authenticate": 'Bearer realm="register", error="insufficient_scope"'}
        case "quota-exceeded":
            return {"Retry-After": str(error.details.get("retry_after", 60))}
        case "storage-unavailable" | "view-behind" | "log-diverged":
            return {"Retry-After": RETRY_SECONDS}
    return {}


def _version() -> str:
    try:
        return version("signatures")
    except PackageNotFoundError:  # run from a tree that was never installed
        return "0"


def _http_sentence(error: HTTPException) -> str:
    match error.code:
        case HTTPStatus.NOT_FOUND:
            return f"There is nothing at {request.path}."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"{request.path} does not take {request.method}."
        case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return "The body is over the limit of this address and was not read."
    return error.description or error.name


def _kept_headers(error: HTTPException) -> dict[str, str]:
    kept: Iterable[tuple[str, str]] = error.get_response().headers.items()
    return {name: value for name, value in kept if name in ("Allow", "Retry-After", "WWW-Authenticate")}

"""The API's writing routes: each loads, acts once and answers; a repeat of a key, or of a submission, gets the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

import orjson
from flask import Response, g, request
from marshmallow import Schema

from signatures.aggregate import Actor
from signatures.register import Register
from signatures.room import Room
from signatures.web import acts
from signatures.web.admission import (
    BODY_LIMIT,
    DOCUMENT_LIMIT,
    bearer,
    condition,
    idempotency_key,
    limit_body,
    refuse_others,
    refuse_unknown,
)
from signatures.web.openapi import (
    IDEMPOTENCY_KEY,
    IF_MATCH,
    PREFIX,
    REFERENCE,
    ApiBlueprint,
    Decorator,
    Parameter,
    in_turn,
    named,
    problems,
)
from signatures.web.schemas import (
    Acted,
    Correction,
    Drafted,
    NewEdition,
    NewSignature,
    NewStatement,
    NewText,
    Published,
    Signed,
    TextSet,
    Void,
    Withdrawal,
)
from signatures.web.submissionschema import ACCEPT_LANGUAGE, EXAMPLE, EXAMPLES, NewSubmission, Received

SIGNATURES = UUID("0c0c8a54-9a54-5d4e-8f8a-3a2f6a9f51d7")  # for ever: ids are made in it of a token's id and a key
SECURITY: list[dict[str, list[str]]] = [{"bearer": []}]
SIGNATURE_ID: Parameter = {"in": "path", "name": "signature_id", "schema": {"type": "string", "format": "uuid"}}
LANGUAGE: Parameter = {"in": "path", "name": "language", "schema": {"type": "string"}, "example": "en"}
SIGNATURE = "/signatures/<uuid:signature_id>"
STATEMENT = "/statements/<reference>"
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 503)
API = ("read", "write", "log")  # the blueprints
LARGE = ("write.set_text", "write.publish")
OPEN = ("write.submit",)  # to anybody, without token and key
Data = dict[str, Any]


def blueprint(room: Room) -> ApiBlueprint:
    """Make the writing routes, which need a token of an editor, but for submissions; tokens are looked at for the whole API."""

    def recognise() -> None:
        """Find whose token a request of the API shows; a wrong one is refused wherever it is shown."""
        if request.blueprint in API:
            g.holder = bearer(room.tokens)

    def admit() -> None:
        """Let in an editor with a body within its limit and, for a POST, a key; whoever is refused is not read."""
        if request.method != "OPTIONS":
            anybody = request.endpoint in OPEN
            if not anybody:
                refuse_others(g.holder)
            limit_body(DOCUMENT_LIMIT if request.endpoint in LARGE else BODY_LIMIT)
            refuse_unknown(request)
            g.key = idempotency_key() if request.method == "POST" and not anybody else None

    routes = ApiBlueprint(
        "write",
        __name__,
        url_prefix=PREFIX,
        description="Recording, with a token of an editor; submissions without one",
    )
    routes.before_app_request(recognise)
    routes.before_request(admit)
    routes.after_request(kept_nowhere)
    _add_statements(routes, room.register)
    _add_signatures(routes, room.register)
    _add_submissions(routes, room)
    return routes


def _add_statements(routes: ApiBlueprint, register: Register) -> None:
    @posts(routes, "/statements", NewStatement, Drafted)
    def draft(data: Data) -> Response:
        """Begin a statement: a draft that only tokens see until its first edition."""
        return once(register, data, lambda: acts.drafted(register, actor(), data))

    @routes.route(f"{STATEMENT}/texts/<language>", methods=["PUT"], parameters=[REFERENCE, LANGUAGE])
    @routes.told(
        operationId="put_statements_reference_texts_language",
        security=SECURITY,
        parameters=[IF_MATCH],
        responses=problems(*REFUSALS, 412, 428),
    )
    @routes.also(201, schema=TextSet, description="The first text in this language")
    @routes.answers(200, TextSet)
    @routes.loads(NewText)
    def set_text(data: Data, reference: str, language: str) -> Response:
        """Set title and text in a language; If-Match names the version that it replaces."""
        return answer(acts.text_set(register, actor(), reference, language, data, condition()))

    @posts(routes, f"{STATEMENT}/editions", NewEdition, Published, path=[REFERENCE], headers=[IF_MATCH])
    def publish(data: Data, reference: str) -> Response:
        """Publish the next edition; If-Match names the list or statement from which its order was made."""
        seen = condition()
        return once(register, data, lambda: acts.published(register, actor(), reference, data, seen))


def _add_signatures(routes: ApiBlueprint, register: Register) -> None:
    @posts(routes, f"{STATEMENT}/signatures", NewSignature, Signed, path=[REFERENCE])
    def sign(data: Data, reference: str) -> Response:
        """Sign for an organisation; an earlier date is taken on the word of the token's holder."""
        id_ = str(uuid5(SIGNATURES, f"{g.holder.id}\n{g.key}"))
        return once(register, data, lambda: acts.signed(register, actor(), reference, data, id_))

    @posts(routes, f"{SIGNATURE}/withdrawal", Withdrawal, Acted, path=[SIGNATURE_ID])
    def withdraw(data: Data, signature_id: UUID) -> Response:
        """End a signature on a date."""
        return once(register, data, lambda: acts.withdrawn(register, actor(), str(signature_id), data))

    @posts(routes, f"{SIGNATURE}/correction", Correction, Acted, path=[SIGNATURE_ID])
    def correct(data: Data, signature_id: UUID) -> Response:
        """Set an entry right, from a date on or for all dates; what is not named stays."""
        return once(register, data, lambda: acts.corrected(register, actor(), str(signature_id), data))

    @posts(routes, f"{SIGNATURE}/void", Void, Acted, path=[SIGNATURE_ID])
    def void(data: Data, signature_id: UUID) -> Response:
        """Void a signature that never was one: gone on every date."""
        return once(register, data, lambda: acts.voided(register, actor(), str(signature_id), data))


def _add_submissions(routes: ApiBlueprint, room: Room) -> None:
    @routes.route("/submissions", methods=["POST"])
    @routes.told(
        operationId="post_submissions",
        security=[],
        parameters=[ACCEPT_LANGUAGE],
        responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503),
    )
    @routes.answers(202, Received, example=EXAMPLE, description="It waits until its address is confirmed.")
    @routes.loads(NewSubmission, examples=EXAMPLES)
    def submit(data: Data) -> Response:
        """Ask to be listed, as with the signing form: whoever reads mail at the contact's address confirms it.

        It needs neither a token nor an Idempotency-Key: the same body within ten minutes is one submission. The answer
        never tells whether an address or an organisation is known. A network may send so many in an hour, then 429.
        """
        return answer(acts.submitted(room, data))


def posts(
    routes: ApiBlueprint,
    rule: str,
    body: type[Schema],
    told: type[Schema],
    *,
    path: list[Parameter] | None = None,
    headers: list[Parameter] | None = None,
) -> Decorator:
    """Serve and describe a POST whose body is one schema's and whose answer is 201."""
    return in_turn(
        routes.loads(body),
        routes.answers(201, told),
        routes.told(
            operationId=named("post", rule),
            security=SECURITY,
            parameters=[IDEMPOTENCY_KEY, *(headers or [])],
            responses=problems(*REFUSALS, *((412, 428) if headers else ())),
        ),
        routes.route(rule, methods=["POST"], parameters=path),
    )


def once(register: Register, data: Data, act: Callable[[], acts.Told]) -> Response:
    """Act once for the caller's key, and answer."""
    asked = {"method": request.method, "path": request.path, "body": data}
    return answer(register.once(f"token:{g.holder.id}", g.key, asked, act))


def actor() -> Actor:
    """Name who acts: the token, never the person."""
    return Actor("editor", g.holder.id)


def answer(told: acts.Told) -> Response:
    """Write what an act told, in the same bytes whenever it is asked."""
    headers = {"Location": request.script_root + told["location"]} if "location" in told else {}
    if "tag" in told:
        headers["ETag"] = f'"{told["tag"]}"'
    return Response(orjson.dumps(told["body"]), told["status"], headers, content_type="application/json")


def kept_nowhere(response: Response) -> Response:
    """Keep every cache from answering for the register."""
    response.headers["Cache-Control"] = "no-store"
    return response

"""The API's description: OpenAPI 3.1 made from the routes themselves, and the page that shows it without any outside host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast

import flask
import orjson
from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from flask_smorest import Api, Blueprint
from marshmallow import Schema

from signatures.web import apipage
from signatures.web.admission import StrictParser, opaque_tags, refuse_unknown
from signatures.web.schemas import ProblemDetails

PREFIX = "/api/v1"
CONTENT_TYPE = "application/problem+json"
Route = TypeVar("Route", bound=Callable[..., ResponseReturnValue])
Parameter = dict[str, Any]
IDEMPOTENCY_KEY: Parameter = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "description": "A key of your own for this one act, as a quoted string; the same again gets the same answer.",
    "schema": {"type": "string", "pattern": r'^"[0-9A-Za-z_-]{1,255}"$'},
    "example": '"3f1c0f5e-6b0f-4b1e-9d43-1a1f0a6f8a55"',
}
IF_MATCH: Parameter = {
    "in": "header",
    "name": "If-Match",
    "description": "The ETag of the version that you have seen; needed, or for what is not there yet If-None-Match: *.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Parameter = {
    "in": "header",
    "name": "If-None-Match",
    "description": "ETags of answers that you hold; 304 if one is still right.",
    "schema": {"type": "string"},
}
MIN_POSITION: Parameter = {
    "in": "header",
    "name": "Min-Position",
    "description": "A position that you have seen, in Register-Position or in the answer to a write; no answer knows less.",
    "schema": {"type": "integer", "minimum": 0},
}
REGISTER_POSITION: Parameter = {
    "Register-Position": {
        "description": "The position of the log up to which the answer knows.",
        "schema": {"type": "integer", "minimum": 0},
    }
}
REFERENCE: Parameter = {
    "in": "path",
    "name": "reference",
    "description": "The statement's reference; capital and small letters are the same.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"},
    "example": "myanmar-2021",
}


class Decorator(Protocol):
    """What gives a route back with more known about it."""

    def __call__(self, route: Route, /) -> Route:
        """Decorate a route."""


class ApiBlueprint(Blueprint):  # type: ignore[misc] # the library ships no types
    """A blueprint of the API: described as it is made, strict in what it loads, its decorators typed."""

    ARGUMENTS_PARSER = StrictParser()

    def route(self, rule: str, **options: Any) -> Decorator:
        """Serve a function at a rule and describe it."""
        return cast(Decorator, super().route(rule, **options))

    def loads(self, schema: type[Schema], location: str = "json", **options: Any) -> Decorator:
        """Hand what the body or query holds to the function as its first argument."""
        return cast(Decorator, self.arguments(schema(), location=location, **options))

    def answers(
        self, status: int, schema: type[Schema] | Schema | Parameter | None = None, **options: Any
    ) -> Decorator:
        """Describe the answer of a function that makes its own response."""
        return cast(Decorator, self.response(status, schema, **options))

    def also(self, status: int, **options: Any) -> Decorator:
        """Describe another answer."""
        return cast(Decorator, self.alt_response(status, **options))

    def told(self, parameters: Sequence[Parameter] = (), **manual: Any) -> Decorator:
        """Add to the description what cannot be derived; parameters beside those that are loaded, not in their place."""

        def decorate(route: Route) -> Route:
            described: Any = self.doc(**manual)(route)
            arguments = described._apidoc.setdefault("arguments", {})  # noqa: SLF001 - where the library gathers them
            arguments.setdefault("parameters", []).extend(parameters)
            return cast(Route, described)

        return decorate


def named(method: str, rule: str) -> str:
    """Name an operation, for programs that make clients: `get_statements_reference_signatories`."""
    return "_".join([method, *re.findall(r"\w+(?=[/.>-]|$)", rule)])


def problems(*statuses: int) -> dict[int, str]:
    """Describe refusals, each a problem."""
    return {status: HTTPStatus(status).name for status in statuses}


def in_turn(*decorators: Decorator) -> Decorator:
    """Join decorators into one; the first is the innermost."""

    def decorator(route: Route) -> Route:
        for decorate in decorators:
            route = decorate(route)
        return route

    return decorator


class RegisterApi(Api):  # type: ignore[misc] # the library ships no types
    """The description; errors are answered by `signatures.web.problems`, not by the library."""

    def _register_error_handlers(self) -> None:
        """Leave the app's pages alone."""

    def _register_responses(self) -> None:
        content = {CONTENT_TYPE: {"schema": self._problem_reference()}}
        for status in HTTPStatus:
            self.spec.components.response(status.name, {"description": status.phrase, "content": content}, lazy=True)
        self.spec.components.response("DEFAULT_ERROR", {"description": "A problem", "content": content}, lazy=True)

    def _problem_reference(self) -> Parameter:
        self.spec.components.schema("ProblemDetails", schema=ProblemDetails)
        return {"$ref": "#/components/schemas/ProblemDetails"}


def describe(app: Flask, blueprints: Sequence[Blueprint], version: str) -> RegisterApi:
    """Register blueprints and describe them."""
    api = RegisterApi(
        app,
        spec_kwargs={
            "title": "Register of signatories",
            "version": version,
            "openapi_version": "3.1.0",
            "info": {
                "description": "Who stands under which joint statement, on any date, knowing the log up to any position. "
                "Reading and sending a submission need no token; writing needs one of an editor. Unknown parameters are refused."
            },
        },
    )
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return api


def pages(api: RegisterApi) -> flask.Blueprint:
    """Serve the document, and the page that shows it to people; neither changes while the app runs."""
    blueprint = flask.Blueprint("description", __name__, url_prefix=PREFIX)

    @blueprint.get("/openapi.json")
    def document() -> Response:
        refuse_unknown(request)
        return _kept_by_tag(orjson.dumps(api.spec.to_dict(), option=orjson.OPT_INDENT_2), "application/json")

    @blueprint.get("/docs")
    def page() -> Response:
        refuse_unknown(request, ("lang",))
        told = api.spec.to_dict()
        shown = flask.render_template(
            "api.html", description=told["info"]["description"], parts=apipage.parts(told), shapes=apipage.shapes(told)
        )
        response = _kept_by_tag(shown.encode(), "text/html; charset=utf-8")
        response.vary.add("Accept-Language")
        return response

    return blueprint


def _kept_by_tag(body: bytes, type_: str) -> Response:
    tag = hashlib.sha256(body).hexdigest()[:32]
    fresh = tag in opaque_tags(request.if_none_match)
    headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
    return Response(b"" if fresh else body, 304 if fresh else 200, headers, content_type=type_)

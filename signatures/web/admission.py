"""What a request must bring to be let in: known parameters, one strict JSON body within its limit, a token, a key."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, Protocol

import orjson
from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import ETags

from signatures.errors import (
    BadQuery,
    BodyTooLarge,
    Forbidden,
    IdempotencyKeyMissing,
    InvalidInput,
    PreconditionRequired,
    RegisterError,
    StaleVersion,
    Unauthorised,
    UnknownParameter,
)

BODY_LIMIT = 64 * 1024
DOCUMENT_LIMIT = 3 * 8 * 2**20 + BODY_LIMIT  # 8 MiB of text, which JSON's escapes may make three times as long
KEY = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"|[\x21\x23-\x7e][\x20-\x7e]{0,254}')
COMPRESSED = re.compile(r"-?[-;](?:gzip|br|zstd|deflate)\Z")


class MalformedBody(RegisterError):
    """A body that is no JSON object."""

    code, title, status = "malformed-body", "The body is not the JSON it should be", 400


class UnsupportedMediaType(RegisterError):
    """A body of another kind."""

    code, title, status = "unsupported-media-type", "Not that kind of body", 415


class Holder(Protocol):
    """Whom a token was given to."""

    @property
    def id(self) -> str:
        """Tell the token's id, which is no secret."""

    @property
    def role(self) -> str:
        """Tell what the token allows."""


class TokenTable(Protocol):
    """What knows the tokens."""

    def holder(self, token: str) -> Holder | None:
        """Find whom a token was given to, if it is valid."""


class StrictParser(FlaskParser):
    """Load arguments of a request, refusing what is unknown, repeated or ambiguous."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}

    def load_json(self, req: Request, _schema: Schema) -> Any:
        """Read the body as one strict JSON document."""
        if req.mimetype != "application/json":
            raise UnsupportedMediaType(f"The body is of type {req.mimetype or 'unknown'}. Send application/json.")
        if req.content_encoding and req.content_encoding.lower() != "identity":
            raise UnsupportedMediaType(f"The body is packed ({req.content_encoding}). Send it as it is.")
        content = req.get_data(cache=False)
        if req.max_content_length is not None and len(content) >= req.max_content_length:
            raise BodyTooLarge(f"The body is over its limit of {req.max_content_length - 1} bytes.")
        body = read_json(content)
        if not isinstance(body, dict):
            raise MalformedBody("The body is JSON, but no object. Send one, in braces.")
        return body

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Read the query, in which every parameter stands once."""
        refuse_unknown(req, [field.data_key or name for name, field in schema.fields.items()])
        return req.args.to_dict()

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002 - the library's signature
        schema: Schema,  # noqa: ARG002
        *,
        error_status_code: int | None,  # noqa: ARG002
        error_headers: Mapping[str, str] | None,  # noqa: ARG002
    ) -> NoReturn:
        """Name every field that needs another look."""
        errors = [
            {"field": field, "detail": detail}
            for field, detail in _leaves("", next(iter(error.messages_dict.values())))
        ]
        told = "; ".join(f"{one['field']}: {one['detail']}" if one["field"] else one["detail"] for one in errors)
        raise (BadQuery if "query" in error.messages_dict else InvalidInput)(told, errors=errors) from error


class Condition(NamedTuple):
    """What the sender believes the present version to be."""

    tags: frozenset[str]
    any: bool = False
    none: bool = False

    def check(self, present: str | None) -> None:
        """Refuse to go on if the present version's tag is another one; None where there is no version."""
        holds = present is None if self.none else present is not None and (self.any or present in self.tags)
        if not holds:
            raise StaleVersion(
                "This was changed meanwhile, or is not there. Read the present version and send its ETag."
            )

    def check_position(self, present: int) -> None:
        """Refuse to go on if something was recorded since an answer was given, whose tag begins with its position."""
        self.check(
            next((tag for tag in self.tags if tag.partition("-")[0] == str(present)), "") if not self.none else ""
        )


def refuse_unknown(req: Request, known: Any = ()) -> None:
    """Refuse query parameters that are not known, or that are given twice."""
    for name, values in req.args.lists():
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise UnknownParameter(f"{name!r} is no parameter of this address. It knows: {listed}.", parameter=name)
        if len(values) > 1:
            raise BadQuery(f"{name} is given {len(values)} times. Give it once.", field=name)


def read_json(body: bytes) -> Any:
    """Read JSON (RFC 8259) strictly: UTF-8, no duplicate keys, no lone surrogates, no NaN, no abyss."""
    try:
        orjson.loads(body)
        return json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise MalformedBody(f"The body cannot be read as JSON: {told}.") from error


def limit_body(limit: int) -> None:
    """Refuse a body over its limit before it is read, and one without a length while it is read."""
    request.max_content_length = limit + 1  # a stream that is longer is cut off there without a word
    if (request.content_length or 0) > limit:
        raise BodyTooLarge(f"The body has {request.content_length} bytes; {limit} are the most.", limit=limit)


def bearer(tokens: TokenTable) -> Holder | None:
    """Find who holds the request's token; None if it brings none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    holder = tokens.holder(token.strip())
    if holder is None:
        raise Unauthorised("The token is not valid. Ask the operator for another one.", error="invalid_token")
    return holder


def refuse_others(holder: Holder | None) -> None:
    """Refuse who is no editor."""
    if holder is None:
        raise Unauthorised("This needs a token of an editor. Send it as Authorization: Bearer TOKEN.")
    if holder.role not in ("editor", "admin"):
        raise Forbidden(f"This needs a token of an editor; yours has the role {holder.role}.", role=holder.role)


def idempotency_key() -> str:
    """Read the Idempotency-Key, a quoted string or a bare one of 1 to 255 printable ASCII characters."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if not given:
        raise IdempotencyKeyMissing("Every POST needs a key of its own. Send a random one as Idempotency-Key.")
    if not KEY.fullmatch(given):
        raise InvalidInput(
            "Idempotency-Key has 1 to 255 printable ASCII characters, in double quotes or bare.",
            field="Idempotency-Key",
        )
    return re.sub(r"\\(.)", r"\1", given[1:-1]) if given.startswith('"') else given


def condition() -> Condition:
    """Read If-Match or If-None-Match: *, one of which must be there."""
    if request.headers.get("If-None-Match", "").strip() == "*" and "If-Match" not in request.headers:
        return Condition(frozenset(), none=True)
    if "If-Match" not in request.headers:
        raise PreconditionRequired("Send the ETag of the version that you have seen as If-Match.")
    return Condition(opaque_tags(request.if_match), any=request.if_match.star_tag)


def opaque_tags(etags: ETags) -> frozenset[str]:
    """Give the tags of a header without weakness and without what a compressing proxy adds to them."""
    return frozenset(
        COMPRESSED.sub("", tag or "") for tag in etags.as_set(include_weak=True)
    )  # None where W/"" was sent


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands in it twice")
    return found


def _leaves(path: str, messages: Any) -> list[tuple[str, str]]:
    if isinstance(messages, dict):
        return [
            leaf
            for name, inner in messages.items()
            for leaf in _leaves(path if name == "_schema" else f"{path}.{name}" if path else str(name), inner)
        ]
    return [(path, str(message)) for message in (messages if isinstance(messages, list) else [messages])]

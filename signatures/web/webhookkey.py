"""The key that verifies messages to webhooks, and what such a message is."""

from __future__ import annotations

import hashlib

import orjson
from flask import Response, request
from marshmallow import Schema, fields

from signatures.errors import NotFound
from signatures.room import Room
from signatures.web.admission import opaque_tags, refuse_unknown
from signatures.web.openapi import IF_NONE_MATCH, PREFIX, ApiBlueprint, Parameter, problems
from signatures.webhooks.news import TEST, TYPES

STRING: Parameter = {"type": "string"}
MESSAGE: Parameter = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"enum": [*TYPES.values(), TEST]},
        "timestamp": {"type": "string", "format": "date-time", "description": "When it was recorded."},
        "data": {
            "type": "object",
            "description": "Which entry of the log; empty in a test. Who wants to know more asks `url`.",
            "properties": {
                "statement": STRING,
                "position": {"type": "integer"},
                "url": {"type": "string", "format": "uri"},
            },
        },
    },
}
HEADERS = {
    "webhook-id": "The same for every attempt, by which a repeat is known.",
    "webhook-timestamp": "When it was sent, in seconds of Unix time.",
    "webhook-signature": "`v1a,` and the Ed25519 signature of id, timestamp and body, joined by full stops, in base64;"
    " while a key gives way to another, one of each, parted by a space. One that verifies is enough.",
}
WEBHOOKS: Parameter = {
    "recorded": {
        "post": {
            "operationId": "webhook_recorded",
            "summary": "Something was recorded about a published statement",
            "description": "Sent once to whoever asked (`signatures webhook add`), and again until it is answered with 2xx.",
            "parameters": [
                {"in": "header", "name": name, "required": True, "description": told, "schema": STRING}
                for name, told in HEADERS.items()
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": MESSAGE}}},
            "responses": {"2XX": {"description": "Taken."}, "410": {"description": "Nothing more is wanted."}},
        }
    }
}
"""What is sent to webhooks, as OpenAPI 3.1 tells it."""


class WebhookKeyInUse(Schema):
    """A key that signs messages."""

    key = fields.String(metadata={"description": "`whpk_` and base64, as libraries of Standard Webhooks take it."})
    until = fields.String(
        allow_none=True,
        metadata={"description": "The day (UTC) on which a former key signs no more; null of the newest."},
    )


class WebhookKey(Schema):
    """The public key of messages to webhooks, and the former one while both sign."""

    keys = fields.List(fields.Nested(WebhookKeyInUse), metadata={"description": "The newest first."})
    key = fields.String(metadata={"description": "`whpk_` and base64, as libraries of Standard Webhooks take it."})


def blueprint(room: Room) -> ApiBlueprint:
    """Make the route."""
    routes = ApiBlueprint("webhook-key", __name__, url_prefix=f"{PREFIX}/webhooks", description="Messages to webhooks")

    @routes.route("/key", methods=["GET"])
    @routes.told(
        operationId="get_webhooks_key",
        parameters=[IF_NONE_MATCH],
        security=[],
        responses={304: {"description": "What you hold is still right"}} | problems(400, 404, 503),
    )
    @routes.answers(200, WebhookKey)
    def key() -> Response:
        """Tell the public key by which receivers verify messages (Standard Webhooks, `v1a`, Ed25519)."""
        refuse_unknown(request)
        if not room.signer.path.exists():
            raise NotFound("No webhook was ever added here, so that there is no key yet.")
        keys = room.signer.publics(room.clock().date())
        body = orjson.dumps({"key": keys[0].key, "keys": [one._asdict() for one in keys]})
        tag = hashlib.sha256(body).hexdigest()[:32]
        held = tag in opaque_tags(request.if_none_match)
        headers = {"ETag": f'"{tag}"', "Cache-Control": "no-cache"}
        return Response(b"" if held else body, 304 if held else 200, headers, content_type="application/json")

    return routes

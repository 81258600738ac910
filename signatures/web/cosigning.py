"""The route by which witnesses hand in their signatures: no token, because the signature itself shows whose it is."""

from __future__ import annotations

from flask import Response, request

from signatures.errors import BodyTooLarge
from signatures.proof.witnesses import Witnesses
from signatures.room import Room
from signatures.web.admission import BODY_LIMIT, UnsupportedMediaType, limit_body, refuse_unknown
from signatures.web.openapi import PREFIX, ApiBlueprint, Parameter, problems

TYPE = "text/plain"
NOTE: Parameter = {
    "type": "string",
    "description": "The checkpoint that was signed, as `log/checkpoint` gave it, with the line of the witness below.",
}
BODY: Parameter = {"required": True, "content": {TYPE: {"schema": NOTE}}}


def blueprint(room: Room) -> ApiBlueprint:
    """Make the route."""
    routes = ApiBlueprint("cosigning", __name__, url_prefix=f"{PREFIX}/log", description="The log, for its witnesses")
    witnesses = Witnesses(room.store)

    @routes.route("/cosignatures", methods=["POST"])
    @routes.told(
        operationId="post_log_cosignatures",
        security=[],
        requestBody=BODY,
        responses=problems(400, 403, 409, 413, 415, 422, 429, 503),
    )
    @routes.answers(
        200, {"type": "string"}, content_type=TYPE, description="The checkpoint as it is shown from now on."
    )
    def cosign() -> Response:
        """Hand in the cosignature of a witness under a checkpoint of this log (c2sp.org/tlog-cosignature).

        It needs no token: only signatures of witnesses that the operator has added are taken, and the same again changes
        nothing. A network may hand in so many in an hour, then 429.
        """
        refuse_unknown(request)
        size = witnesses.take(_note(), room.checkpoints)
        return Response(
            witnesses.cosigned(room.checkpoints.at(size)),
            headers={"Cache-Control": "no-store"},
            content_type=f"{TYPE}; charset=utf-8",
        )

    return routes


def _note() -> bytes:
    if request.mimetype != TYPE:
        raise UnsupportedMediaType(f"The body is of type {request.mimetype or 'unknown'}. Send {TYPE}.")
    limit_body(BODY_LIMIT)
    content = request.get_data(cache=False)
    if len(content) > BODY_LIMIT:
        raise BodyTooLarge(f"The body is over its limit of {BODY_LIMIT} bytes.")
    return content

"""The log over the API, as static files would serve it (c2sp.org/tlog-tiles): checkpoint, tiles, entries, proofs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Response

from projections.moments import whole_number
from projections.proofs import MOST, Proofs
from projections.web import api, replies
from projections.web.logschemas import EntriesQuery, Formers, GrowthQuery, SizeQuery, Timestamps, Witnesses
from projections.web.replies import FOR_LONG
from projections.web.schemas import Query
from signatures.web.openapi import PREFIX, ApiBlueprint, Parameter

MOMENT = "max-age=5"
TEXT = "text/plain"
LINES = "application/jsonl"
BYTES = "application/octet-stream"
WORDS: Parameter = {"type": "string"}
BINARY: Parameter = {"type": "string", "format": "binary"}
REPLY = "application/timestamp-reply"
SIZE: Parameter = {"in": "path", "name": "size", "schema": {"type": "integer", "minimum": 1}}
POSITION: Parameter = {"in": "path", "name": "position", "schema": {"type": "integer", "minimum": 1}}
TILE: Parameter = {
    "in": "path",
    "name": "path",
    "description": "Level and number of the tile, `0/x001/x234/067`, and its width where that is not 256, `0/000.p/7`.",
    "schema": {"type": "string"},
    "example": "0/000.p/1",
}
Asked = Mapping[str, str]
gets = partial(api.gets, views=False)


def blueprint(proofs: Proofs) -> ApiBlueprint:
    """Make the routes; what they answer is public, whoever asks."""
    routes = ApiBlueprint("log", __name__, url_prefix=f"{PREFIX}/log", description="The log, for whoever checks it")
    _add_signed(routes, proofs)
    _add_tree(routes, proofs)
    return routes


def _add_signed(routes: ApiBlueprint, proofs: Proofs) -> None:
    @gets(routes, "/checkpoint", SizeQuery, WORDS, type_=TEXT)
    def checkpoint(query: Asked) -> Response:
        """Tell size and root of the log, signed by its key and by the witnesses that have seen it."""
        return _text(proofs.checkpoint(_size(query, "size")))

    @gets(routes, "/vkey", Query, WORDS, type_=TEXT)
    def vkey(query: Asked) -> Response:  # noqa: ARG001 - it knows no parameter
        """Tell the key that verifies checkpoints, on one line."""
        return _text(proofs.checkpoints.key().vkey().encode() + b"\n")

    @gets(routes, "/witnesses", Query, Witnesses)
    def witnesses(query: Asked) -> Response:  # noqa: ARG001
        """List who else signs checkpoints, and the largest one that each has signed."""
        return replies.told(proofs.witnessed())

    @gets(routes, "/timestamps", Query, Timestamps)
    def timestamps(query: Asked) -> Response:  # noqa: ARG001
        """List the checkpoints that an authority has stamped, the newest first, at most a hundred."""
        return replies.told({"timestamps": proofs.stamped()})

    @gets(routes, "/timestamps/<size>", Query, BINARY, path=[SIZE], type_=REPLY)
    def timestamp(query: Asked, size: str) -> Response:  # noqa: ARG001
        """Serve an authority's reply (RFC 3161), which `openssl ts -verify` reads."""
        return replies.reply(replies.rendered(proofs.timestamps.at(whole_number("size", size)).token), REPLY)

    @gets(routes, "/former", Query, Formers)
    def former(query: Asked) -> Response:  # noqa: ARG001
        """List the earlier names of this log, and which positions were lost when each ended."""
        return replies.told({"former": proofs.former()})


def _add_tree(routes: ApiBlueprint, proofs: Proofs) -> None:
    @gets(routes, "/tile/<path:path>", Query, BINARY, path=[TILE], type_=BYTES)
    def tile(query: Asked, path: str) -> Response:  # noqa: ARG001
        """Serve hashes of the tree; a tile never changes."""
        return replies.reply(replies.rendered(proofs.tile(path)), BYTES, FOR_LONG)

    @gets(routes, "/entries", EntriesQuery, WORDS, type_=LINES)
    def entries(query: Asked) -> Response:
        """Serve the leaves as JSON lines; what is withheld stands as its position and hash."""
        page = proofs.entries(_from_zero(query, "after"), _size(query, "limit", MOST) or MOST)
        links = replies.page_links({"after": page.next} if page.next else None)
        return replies.reply(replies.rendered(page.body), LINES, links=links)

    @gets(routes, "/proof/<position>", SizeQuery, WORDS, path=[POSITION], type_=TEXT)
    def proof(query: Asked, position: str) -> Response:
        """Prove that an entry is in a checkpoint, as one file (c2sp.org/tlog-proof)."""
        return _text(proofs.proof(whole_number("position", position), _size(query, "size")))

    @gets(routes, "/consistency", GrowthQuery, WORDS, type_=TEXT)
    def consistency(query: Asked) -> Response:
        """Prove that one checkpoint continues another, in the words in which a witness is asked (c2sp.org/tlog-witness)."""
        return _text(proofs.consistency(_from_zero(query, "old"), _size(query, "new")))


def _text(content: bytes) -> Response:
    return replies.reply(replies.rendered(content), f"{TEXT}; charset=utf-8", MOMENT)


def _size(query: Asked, name: str, most: int | None = None) -> int | None:
    return whole_number(name, query[name], most) if name in query else None


def _from_zero(query: Asked, name: str) -> int:
    return 0 if query.get(name, "0") == "0" else whole_number(name, query[name])

"""Sharing between origins (CORS): what anybody may read, scripts of any page may read, too; never with credentials."""

from __future__ import annotations

from flask import Flask, Response, request

OPEN = ("/api/v1/", "/feeds/", "/timegate/", "/timemap/", "/oembed")
READING = ("GET", "HEAD")
TOLD = "Content-Location, ETag, Link, Location, Memento-Datetime, Register-Position, Retry-After, Vary"
ASKED = "Accept, Accept-Datetime, Accept-Language, If-None-Match, Min-Position, Range"
DAY = "86400"


def install_sharing(app: Flask) -> None:
    """Let scripts of other pages read the public GETs of an app."""
    app.after_request(shared)


def shared(response: Response) -> Response:
    """Say that any page may read this answer: one to a GET without a token, or to the question whether it may ask so."""
    if not request.path.startswith(OPEN):
        return response
    asks_first = request.method == "OPTIONS" and request.headers.get("Access-Control-Request-Method") in READING
    if asks_first:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(READING)
        response.headers["Access-Control-Allow-Headers"] = ASKED
        response.headers["Access-Control-Max-Age"] = DAY
    if asks_first or (request.method in READING and "Authorization" not in request.headers):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = TOLD
    return response

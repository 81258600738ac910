"""Quotas: the limits bound to the routes, per network of whoever posts and per token of the API."""

from __future__ import annotations

import re
from math import ceil
from typing import Any

from flask import Flask, g, request
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.errors import QuotaExceeded
from signatures.intake.limits import network
from signatures.room import Room
from signatures.web.frame import error_page

API = ("read", "write", "log")  # the blueprints
BEHIND_SIGN_IN = re.compile(r"/editors(?!/sign-in)|/api/(?!v1/submissions|v1/log/cosignatures)")
POSTS = (
    (re.compile(r"/api/v1/submissions"), "form"),
    (re.compile(r"/statements/[^/]+/sign/?\Z"), "form"),
    (re.compile(r"/confirmations/"), "confirmation"),
    (re.compile(r"/editors/sign-in"), "sign-in"),
    (re.compile(r"/api/v1/log/cosignatures"), "cosignature"),
)


def install_limits(app: Flask, room: Room) -> None:
    """Limit what a network may post and what a token may ask; called when every blueprint is there.

    It comes behind what recognises tokens and forged forms. Flask-Limiter did the same for a fifth of what a post costs.
    """
    limits = room.limits

    @app.before_request
    def count() -> None:
        """Refuse what is beyond a limit, with the seconds to wait."""
        rule = rule_here() if request.endpoint else None
        if rule is not None:
            limits.check(rule, _who())

    app.register_error_handler(QuotaExceeded, too_much_page)


def rule_here() -> str | None:
    """Name the rule that the present request counts by: every POST of the public has one, and every token."""
    if request.blueprint in API and g.get("holder") is not None:
        return "api"
    if request.method != "POST" or BEHIND_SIGN_IN.match(request.path):
        return None
    rule = next((rule for pattern, rule in POSTS if pattern.match(request.path)), "self-service")
    on_a_page = request.blueprint not in API
    return "preview" if rule == "form" and on_a_page and request.form.get("do") == "preview" else rule


def too_much_page(error: QuotaExceeded) -> Any:
    """Say in words when there is room again."""
    seconds = int(str(error.details.get("retry_after", 60)))
    minutes = ceil(seconds / 60)
    title, headers = _("Too much at once"), {"Retry-After": str(seconds)}
    wait = ngettext("Try again in %(num)s minute.", "Try again in %(num)s minutes.", minutes)
    sentence = _("More came from your network in a short time than we can take. Nothing of this was recorded.")
    return error_page(
        error.status,
        title,
        f"{sentence} {wait}",
        headers,
        advice=_("Your browser's back button still has what you typed."),
    )


def _who() -> str:
    """Tell whose requests are counted together."""
    if request.blueprint in API and g.get("holder") is not None:
        return str(g.holder.id)
    return network(request.remote_addr)

"""What every page shares: safe headers, limits of bodies, error pages in words, and the language of the reader."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, g, render_template, request
from flask_babel import Babel
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from signatures import words
from signatures.errors import RegisterError
from signatures.settings import Settings

BODY_LIMIT = 64 * 1024
LANGUAGES = ("en",)
POLICY = (
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "Content-Security-Policy": "; ".join(POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "interest-cohort=()",
}
ADVICE = {
    404: "Look at the address again, or begin at the list of statements.",
    405: "Begin at the list of statements.",
    413: "Send less at once.",
    503: "Nothing is lost. Try again in a few seconds.",
}
log = logging.getLogger("signatures")
csrf = CSRFProtect()


def dress(app: Flask, settings: Settings) -> None:
    """Give an app its secret, limits, headers, error pages and languages."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_SECURE=bool(settings.base_url and settings.base_url.startswith("https:")),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=24 * 3600,
        BABEL_DEFAULT_LOCALE="en",
        BABEL_TRANSLATION_DIRECTORIES="translations",
    )
    csrf.init_app(app)
    Babel(app, locale_selector=language_of_reader)
    words.equip(app.jinja_env)
    app.context_processor(lambda: {"lang": language_of_reader(), "dir": "ltr", "languages": []})
    app.after_request(set_headers)
    app.register_error_handler(RegisterError, refusal_page)
    app.register_error_handler(CSRFError, form_too_old_page)
    app.register_error_handler(HTTPException, http_error_page)
    app.register_error_handler(Exception, unexpected_page)


def trust_proxies(app: Flask, settings: Settings) -> None:
    """Believe as many proxies in front as the settings say; called last, so that everything inside sees the real address."""
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def language_of_reader() -> str:
    """Choose among the languages that have a catalogue: what the address asks for, else what the browser prefers."""
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = asked if asked in LANGUAGES else request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
    return str(g.language)


def set_headers(response: Response) -> Response:
    """Set the headers of safety; an error is never kept by a cache."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    return response


def error_page(
    status: int, title: str, sentence: str, headers: dict[str, str] | None = None, **more: Any
) -> tuple[str, int, dict[str, str]]:
    """Render an error as a page that says what is the matter and what exists instead."""
    retry_after = 5 if status == 503 else None
    shown = render_template(
        "error.html", title=title, sentence=sentence, advice=ADVICE.get(status), retry_after=retry_after, **more
    )
    return shown, status, {**(headers or {}), **({"Retry-After": "5"} if retry_after else {})}


def refusal_page(error: RegisterError) -> Any:
    """Say a refusal in its own sentence."""
    return error_page(error.status, error.title, error.sentence)


def form_too_old_page(_error: CSRFError) -> Any:
    """Say that a form came without its token, or with one that is too old."""
    return error_page(400, "This form cannot be taken", "The page was open for too long, or cookies are switched off.")


def http_error_page(error: HTTPException) -> Any:
    """Say what HTTP says, keeping headers such as Allow."""
    status = error.code or 500
    if status < 400:
        return error
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    titles = {
        404: "There is nothing at this address",
        405: "This page cannot do that",
        413: "That was too much at once",
    }
    sentence = "" if status == 404 else f"{error.name}."
    return error_page(status, titles.get(status, error.name), sentence, kept)


def unexpected_page(error: Exception) -> Any:
    """Log what nobody expected, without the request's data, and say so."""
    log.error("unexpected %s at %s %s", type(error).__name__, request.method, request.path, exc_info=error)
    return error_page(
        500, "Something went wrong here", "It is our fault, and it was noted. Nothing that was acknowledged is lost."
    )

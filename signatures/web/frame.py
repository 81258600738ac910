"""What every page shares: safe headers, limits of bodies, error pages in words, and the language of the reader."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from string import printable
from typing import Any
from urllib.parse import quote, urlencode

from babel import Locale, negotiate_locale
from flask import Flask, Request, Response, current_app, g, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

from signatures.errors import BadQuery, InvalidTime, RegisterError
from signatures.settings import Settings
from signatures.web import words
from signatures.web.address import base_address
from signatures.web.catalogues import LANGUAGES, SOURCE, install_catalogues, is_told, told
from signatures.web.lightness import lighten

BODY_LIMIT = 64 * 1024
RETRY_SECONDS = 5

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
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
log = logging.getLogger("signatures")
csrf = CSRFProtect()


class AnyRequest(Request):
    """A request whose query can be read whatever bytes came in it; the library's own takes only those of UTF-8."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Escape what is not ASCII, as whoever wrote the address should have."""
        super().__init__(*args, **kwargs)
        if not (self.query_string.isascii() and self.query_string.decode().isprintable()):
            self.query_string = quote(self.query_string, safe=printable).encode()


def dress(app: Flask, settings: Settings) -> None:
    """Give an app its secret, limits, headers, error pages and languages."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT,
        MAX_FORM_PARTS=100,
        SESSION_COOKIE_NAME="__Host-session" if settings.secure else "session",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=24 * 3600,
        BABEL_DEFAULT_LOCALE=SOURCE,
    )
    app.request_class = AnyRequest
    lighten(app)
    csrf.init_app(app)
    install_catalogues(app, locale_selector=lambda: language_of_reader().replace("-", "_"))
    words.equip(app.jinja_env)
    app.context_processor(language_of_page)
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


# ── the language of the reader ───────────────────────────────────────────────────────────────────────────────────────


def language_of_reader() -> str:
    """Choose among the languages that have a catalogue: what the address asks for, else what the browser prefers."""
    if "language" not in g:
        # The order of preference counts: "ar-EG, en;q=0.5" means Arabic, though only "en" is named as we name it.
        preferred = [request.args.get("lang", ""), *request.accept_languages.values()]
        g.language = negotiate_locale(preferred, LANGUAGES, sep="-") or LANGUAGES[0]
    return str(g.language)


def is_mirrored() -> bool:
    """Tell whether the page is written from right to left."""
    return bool(Locale.parse(language_of_reader(), sep="-").text_direction == "rtl")


def language_of_page() -> dict[str, Any]:
    """Tell every template its language, its direction and where the page is in other languages."""
    others = in_languages() if request.method in ("GET", "HEAD") else []
    here = {"site_address": base_address(), "address": _address({}), "address_in_any": _address({"lang": ""})}
    return {"lang": language_of_reader(), "dir": "rtl" if is_mirrored() else "ltr", "languages": others, **here}


def in_languages() -> list[dict[str, Any]]:
    """List the page at this address in every language."""
    here = language_of_reader()
    return [_in_language(code, here) for code in LANGUAGES]


def _in_language(code: str, here: str) -> dict[str, Any]:
    return {"code": code, "name": words.language_name(code), "url": _address({"lang": code}), "here": code == here}


def _address(more: dict[str, str]) -> str:
    """Write this page's address with other parameters; one that is empty is left away."""
    kept = {name: value for name, value in request.args.items() if name not in more}
    asked = urlencode({name: value for name, value in {**kept, **more}.items() if value})
    # Quoted again: a backslash after the first slash would lead browsers to another site.
    return quote(request.path) + (f"?{asked}" if asked else "")


# ── headers and errors ───────────────────────────────────────────────────────────────────────────────────────────────


def set_headers(response: Response) -> Response:
    """Set the headers of safety; an error is never kept by a cache."""
    present = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in present:
            response.headers.add(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    return response


def error_page(
    status: int, title: str, sentence: str, headers: dict[str, str] | None = None, **more: Any
) -> tuple[str, int, dict[str, str]]:
    """Render an error as a page that says what is the matter and what exists instead."""
    retry_after = RETRY_SECONDS if status == 503 else None
    shown = render_template("error.html", title=title, sentence=sentence, retry_after=retry_after, **more)
    return shown, status, {**(headers or {}), **({"Retry-After": str(retry_after)} if retry_after else {})}


def refusal_page(error: RegisterError, links: Sequence[dict[str, str]] = ()) -> Any:
    """Say a refusal in its own sentence, what to do about it, and what can be read instead."""
    again = (
        [{"href": _this_address(), "words": _("Try again")}] if error.status == 503 and request.method == "GET" else []
    )
    links = [*again, *(links or _statement_of_a_form(error))]
    return error_page(error.status, **refusal(error), advice=_advice(error), links=links)


def refusal(error: RegisterError) -> dict[str, Any]:
    """Tell the title and the sentence of a refusal, and the sentence's language where it is not the page's."""
    title: str = error.title
    if language_of_reader() != SOURCE:
        title = _title_of(error.status)
    elif isinstance(error, BadQuery) and title == RegisterError.title:
        title = _("The address needs another look")
    said_in = None if is_told(error.said) else SOURCE  # what only operators meet stays in its own language
    return {"title": title, "sentence": told(error.said), "said_in": said_in}


def _title_of(status: int) -> str:
    match status:
        case 400:
            return str(_("The address needs another look"))
        case 404:
            return str(_("There is nothing at this address"))
        case 410:
            return str(_("What was known then was lost"))
        case 503:
            return str(_("It is not available just now"))
        case _:
            return str(_("The register could not do that"))


def _advice(error: RegisterError) -> str:
    """Say what to do, unless the error's own sentence does."""
    if isinstance(error, InvalidTime) and "2021-06-07" not in error.sentence:
        return str(_("Dates are written year-month-day, for example 2021-06-07. An empty one means today."))
    if error.status == 503 and "lost" not in error.sentence and error.code != "log-diverged":
        return str(_("Nothing that was acknowledged is lost."))
    return ""


def _statement_of_a_form(error: RegisterError) -> list[dict[str, str]]:
    """Link the statement that a refused form belongs to."""
    reference = (request.view_args or {}).get("reference")
    if request.blueprint != "form" or not reference or error.status == 404:
        return []
    return [{"href": url_for("pages.statement", reference=reference), "words": _("The statement and its list")}]


def form_too_old_page(_error: CSRFError) -> Any:
    """Say that a form came without its token, or with one that is too old."""
    return error_page(
        400, _("This form cannot be taken"), _("The page was open for too long, or cookies are switched off.")
    )


def http_error_page(error: HTTPException) -> Any:
    """Say what HTTP says, keeping headers such as Allow."""
    status = error.code or 500
    if status < 400:
        return error
    kept = {name: value for name, value in error.get_headers(request.environ) if name in ("Allow", "Retry-After")}
    title, sentence, advice = _http_words(error)
    return error_page(status, title, sentence, kept, advice=advice)


def _http_words(error: HTTPException) -> tuple[str, str, str]:
    match error.code:
        case 404:
            sentence = _("Look at the address again, or begin at the list of statements.")
            return _("There is nothing at this address"), sentence, ""
        case 405 if isinstance(error, MethodNotAllowed):
            taken = ", ".join(sorted(error.valid_methods or ()))
            sentence = _("It takes %(methods)s, not %(method)s.", methods=taken, method=request.method)
            return _("This address cannot do that"), sentence, _("Begin at the list of statements.")
        case 413:
            sentence = _("A form can hold 64 kB. Nothing was recorded.")
            return _("That was too much at once"), sentence, _("Send less at once.")
        case _:
            return error.name, f"{error.name}.", ""


def unexpected_page(error: Exception) -> Any:
    """Log what nobody expected, without the request's data, and say so."""
    # The rule, not the path: a path may hold the token of a link.
    log.error("unexpected %s at %s %s", type(error).__name__, request.method, request.url_rule, exc_info=error)
    return error_page(
        500,
        _("Something went wrong here"),
        _("It is our fault, and it was noted. Nothing that was acknowledged is lost."),
    )


def _this_address() -> str:
    return request.full_path.removesuffix("?")

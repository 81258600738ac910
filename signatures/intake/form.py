"""The signing form: empty, as a preview, and what it takes as a submission, which waits for an editor.

Nothing that a person wrote reaches a log record, an address or an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

from babel import Locale
from babel.dates import format_date
from babel.localedata import locale_identifiers
from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError

from signatures.clock import stamp
from signatures.errors import BodyTooLarge, InvalidInput, StatementClosed, UnknownParameter
from signatures.intake.formschema import FormSchema, contact, name_parts
from signatures.intake.intake import Intake
from signatures.intake.lookalikes import SCRIPTS, changed, lookalikes
from signatures.intake.signable import StatementOf, StatementTold, shown, statement_from_log
from signatures.intake.submission import Submission
from signatures.printed import printed
from signatures.register import Register

BODY_LIMIT = 64 * 1024
LETTER_FIELDS = ("name", "acronym", "transliteration", "translation", "country")


def blueprint(register: Register, intake: Intake, statement_of: StatementOf | None = None) -> Blueprint:
    """Make the blueprint `form`: GET and POST /statements/REF/sign, GET /statements/REF/sign/received."""
    form = Blueprint("form", __name__)
    told_of = statement_of or statement_from_log(register)

    @form.get("/statements/<reference>/sign")
    def sign(reference: str) -> Response:
        """Show the empty form."""
        _known_parameters()
        told = told_of(intake.signable(reference).reference)
        return _cached(_page(told, {}, {}), "private, no-cache")  # no-store would make the back button forget

    @form.post("/statements/<reference>/sign")
    def send(reference: str) -> Response:
        """Take a submission, or show the form again with what needs another look."""
        _known_parameters()
        typed = _typed()
        told = told_of(intake.signable(reference).reference)
        read, errors = FormSchema((_language(), told["default_language"])).read(_chosen(typed))
        if typed.get("do") == "preview":
            return _cached(_page(told, typed, _of_what_was_typed(errors, typed), read), "no-store")
        if not errors:
            try:
                submission = _receive(intake, told, read, typed)
            except InvalidInput as refused:
                errors, typed = _beside_its_field(refused, typed)
            else:
                _remember(submission, stamp(intake.contacts.clock()))
                return _cached(redirect(url_for("form.received", reference=told["reference"]), 303), "no-store")
        return _cached(_page(told, typed, errors, read, status=422), "no-store")

    @form.get("/statements/<reference>/sign/received")
    def received(reference: str) -> Response:
        """Show the browser that sent a submission what arrived."""
        _known_parameters()
        remembered = session.get("submission") or {}
        told = told_of(intake.public(reference).reference)
        if remembered.get("reference") != told["reference"]:
            return _cached(make_response(_nothing_remembered()), "no-store")
        submission = intake.show(remembered["id"])
        return _cached(_receipt(told, submission, remembered["at"]), "no-store")

    _say_what_is_refused(form)
    return form


def _say_what_is_refused(form: Blueprint) -> None:
    @form.errorhandler(StatementClosed)
    def closed(refused: StatementClosed) -> Response:
        """Say when signing ended, and where the list stands."""
        page = render_template(
            "error.html", title=_("Signing has ended"), sentence=_ended(refused), links=_list_links()
        )
        return _cached(make_response(page, refused.status), "no-store")

    @form.errorhandler(CSRFError)
    def forged(_error: CSRFError) -> Response:
        """Say that the form did not come from here, or lay open for too long."""
        page = render_template(
            "error.html",
            title=_("This form cannot be taken"),
            sentence=_("It did not come from our page, or cookies are switched off. Nothing was recorded."),
            advice=_("Open the form again; your browser's back button may still have what you typed."),
            links=_list_links(),
        )
        return _cached(make_response(page, 400), "no-store")


def _nothing_remembered() -> str:
    """Say to a browser that keeps no cookies where its entry is, without telling of anybody's."""
    return render_template(
        "error.html",
        title=_("Your entry waits, if you have just sent it"),
        sentence=_("If no field was marked, it has arrived and waits for the secretariat."),
        advice=_("This browser keeps no cookie of it, so the entry itself is not shown here."),
        links=_list_links(),
    )


def _receive(intake: Intake, told: StatementTold, read: Mapping[str, Any], typed: Mapping[str, str]) -> Submission:
    return intake.receive(
        told["reference"],
        name_parts(read, told["default_language"]),
        contact(read),
        text_sha256=typed.get("text_sha256") or None,
        form_id=_form_id(typed),
    )


def _page(
    told: StatementTold,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    read: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    page = render_template(
        "form.html",
        statement=shown(told),
        values=typed,
        errors=errors,
        preview=_preview(read or {}),
        name_languages=_languages(_language()),
        lookalikes=_letters(typed),
        form_id=_form_id(typed) or str(uuid4()),
    )
    return make_response(page, status)


def _receipt(told: StatementTold, submission: Submission, at: str) -> Response:
    page = render_template(
        "received.html",
        statement=shown(told),
        printed=submission.printed,
        name_language=submission.parts.name_language,
        received_at=at,
        submission=submission.id,
        edition_exists=True,
    )
    return make_response(page)


def _remember(submission: Submission, now: str) -> None:
    """Keep in the session what the receipt shows.

    The instant is the one at which this browser sent it: that of an equal one sent elsewhere would tell of that.
    """
    before = session.get("submission") or {}
    at = before["at"] if before.get("id") == submission.id else now
    session["submission"] = {"reference": submission.reference, "id": submission.id, "at": at}


def _typed() -> dict[str, str]:
    """Read what was typed; the server's own limit may lie higher."""
    typed = request.form.to_dict()
    if (request.content_length or 0) > BODY_LIMIT or sum(len(k) + len(v) for k, v in typed.items()) > BODY_LIMIT:
        raise BodyTooLarge(_("Together this is more than a form can hold. Nothing was recorded. Shorten it."))
    return typed


def _chosen(typed: Mapping[str, str]) -> dict[str, str]:
    """Apply the choice between a letter and its twin."""
    return {
        name: changed(text) if name in LETTER_FIELDS and typed.get(f"letter_{name}") == "change" else text
        for name, text in typed.items()
    }


def _letters(typed: Mapping[str, str]) -> list[dict[str, str]]:
    """Ask about one word of a field at a time; the answer changes that word."""
    words = {"Latin": _("Latin"), "Greek": _("Greek"), "Cyrillic": _("Cyrillic"), "Armenian": _("Armenian")}
    assert set(words) == set(SCRIPTS.values())  # noqa: S101 - a script without its word would show in English only
    return [
        {
            "field": name,
            **found._asdict(),
            "letter_script": words[found.letter_script],
            "word_script": words[found.word_script],
        }
        for name in LETTER_FIELDS
        for found in lookalikes(typed.get(name, ""))[:1]
    ]


def _preview(read: Mapping[str, Any]) -> str:
    if not read.get("name"):
        return ""
    return printed(
        read.get("acronym"), read["name"], read.get("transliteration"), read.get("translation"), read.get("country")
    )


def _of_what_was_typed(errors: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """A preview does not ask for what is still to come."""
    return {name: sentence for name, sentence in errors.items() if typed.get(name, "").strip()}


def _beside_its_field(refused: InvalidInput, typed: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Put a refusal of the intake beside a field; who signs another text than they saw ticks again."""
    field = str(refused.details.get("field", "name"))
    if field == "text_sha256":
        return {"authority": refused.sentence}, {**typed, "authority": ""}
    return {field: refused.sentence}, typed


def _form_id(typed: Mapping[str, str]) -> str | None:
    """Read the form's own id, by which a form sent twice is known."""
    try:
        return str(UUID(typed.get("form_id", "")))
    except ValueError:
        return None


def _known_parameters() -> None:
    for name in request.args:
        if name != "lang":
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))


def _ended(refused: StatementClosed) -> str:
    day = refused.details.get("ended_on")
    if not isinstance(day, str):
        return refused.sentence
    locale = "en_GB" if _language() == "en" else Locale.parse(_language(), sep="-")
    words = format_date(date.fromisoformat(day), "long", locale=locale)
    return str(_("Signing ended on %(day)s. The list stays readable.", day=words))


def _list_links() -> list[dict[str, str]]:
    reference = (request.view_args or {}).get("reference", "")
    return [{"href": url_for("pages.statement", reference=reference), "words": _("The statement and its list")}]


def _language() -> str:
    """Tell the language of the page."""
    return str(get_locale() or "en").replace("_", "-")


@lru_cache(maxsize=32)
def _languages(language: str) -> list[tuple[str, str]]:
    """List the languages that a name may be in, by their names in the page's language."""
    names = Locale.parse(language, sep="-").languages
    codes = {identifier.partition("_")[0] for identifier in locale_identifiers()}
    codes |= {code for code in names if isinstance(code, str) and len(code) == 2}
    return sorted(((code, str(names[code])) for code in codes if code in names), key=lambda pair: pair[1].casefold())


def _cached(response: Any, how: str) -> Response:
    response.headers["Cache-Control"] = how
    return response  # type: ignore[no-any-return]

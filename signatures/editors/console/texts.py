"""The console's pages of texts: their versions by language, and a new version beside the present one.

A new text of a statement that was signed asks whether the signatures still stand: they are kept under the version that they
signed, and their contacts may be asked by mail.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.characters import LANGUAGE, same_language
from signatures.differences import differences
from signatures.editors.asking import Asking, ask_signatories, asking
from signatures.editors.console.keeping import (
    Answer,
    Lists,
    after,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    typed,
)
from signatures.editors.signing_in import signed_in, visitor
from signatures.errors import BodyTooLarge, InvalidInput, NotFound, RegisterError, StaleVersion
from signatures.intake.acceptance import current_text
from signatures.log.eventlog import sha256
from signatures.register import TEXT_LIMIT
from signatures.room import Room
from signatures.statement import Statement

AT = "/editors/statements/<reference>/texts"
ROOM = 64 * 1024  # of a form beside the text that it carries
STAND = ("keep", "ask")


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `texts`: /editors/statements/REF/texts and each language."""
    texts = Blueprint("texts", __name__)

    @texts.url_value_preprocessor
    def large(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
        """Take a whole text of whoever is signed in; anybody else's form is as small as every other."""
        if request.method == "POST" and visitor() is not None:
            request.max_content_length = request.max_form_memory_size = TEXT_LIMIT + ROOM
            if (request.content_length or 0) > TEXT_LIMIT + ROOM:
                raise BodyTooLarge(_("A text can hold %(size)s MiB. Nothing was recorded.", size=TEXT_LIMIT // 2**20))

    @texts.get(AT)
    @signed_in()
    def listing(reference: str) -> Response:
        """List the versions in each language, and how many signed each."""
        known_parameters()
        return _listing(room, lists, lists.statement(reference, drafts=True))

    @texts.post(AT)
    @signed_in("editor", "admin")
    def other(reference: str) -> Response:
        """Go on to the text of a language."""
        told, language = lists.statement(reference, drafts=True), typed().get("language", "")
        if not LANGUAGE.match(language):
            return _listing(room, lists, told, {"language": _("Write a language tag, for example de or pt-BR.")})
        language = same_language(language, told["titles"])
        return after(url_for("texts.text", reference=told["reference"], language=language), "")

    _one_language(texts, room, lists)
    return texts


def _one_language(texts: Blueprint, room: Room, lists: Lists) -> None:
    @texts.get(f"{AT}/<language>")
    @signed_in()
    def text(reference: str, language: str) -> Response:
        """Show the present text of a language, to be written anew."""
        known_parameters("compare")
        told = lists.statement(reference, drafts=True)
        return _text(room, lists, told, language, None, {})

    @texts.post(f"{AT}/<language>")
    @signed_in("editor", "admin")
    def set_text(reference: str, language: str) -> Response:
        """Compare a new text with the present one, or set it."""
        told, values = lists.statement(reference, drafts=True), _typed_text()
        try:
            if values.get("do") == "set":
                return _set(room, lists, told, language, values)
        except StaleVersion as refused:  # what somebody else has set meanwhile is compared with, and may be replaced
            values["version"] = str(room.register.statement(told["reference"]).version)
            return _text(room, lists, told, language, values, beside(refused))
        except RegisterError as refused:
            return _text(room, lists, told, language, values, beside(refused))
        return _text(room, lists, told, language, values, {})

    @texts.post(f"{AT}/<language>/asking")
    @signed_in("editor", "admin")
    def ask(reference: str, language: str) -> Response:
        """Ask by mail whoever signed an earlier version and was not asked yet."""
        told = lists.statement(reference, drafts=True)
        _ask(room, lists, told)
        return after(url_for("texts.text", reference=told["reference"], language=language), "asked-again")


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _listing(room: Room, lists: Lists, told: Answer, errors: dict[str, str] | None = None) -> Response:
    versions = lists.versions(told["reference"], drafts=True)
    signed = lists.signed_texts(told["reference"], drafts=True).values()
    return page(
        "texts.html",
        422 if errors else 200,
        told=told,
        by_language=[(language, list(ones)) for language, ones in groupby(versions, itemgetter("language"))],
        signed=Counter((one["language"], one["version"]) for one in signed),
        signed_text=current_text(room.register.statement(told["reference"])),
        discarded=room.register.statement(told["reference"]).discarded,
        values={},
        errors=errors or {},
    )


def _text(
    room: Room, lists: Lists, told: Answer, language: str, values: Mapping[str, str] | None, errors: dict[str, Any]
) -> Response:
    if not LANGUAGE.match(language):
        raise NotFound(
            _("%(tag)s is no language tag. Write for example en, pt-BR or zh-Hant.", tag=repr(language[:60]))
        )
    statement = room.register.statement(told["reference"])
    versions = [one for one in lists.versions(told["reference"], drafts=True) if one["language"] == language]
    present = lists.version(told["reference"], language, versions[-1]["version"], drafts=True) if versions else {}
    before, typed_now = present.get("content") or "", (values or {}).get("text", "")
    return page(
        "text.html",
        422 if errors else 200,
        told=told,
        language=language,
        versions=versions,
        present=present,
        values=values or {"title": present.get("title") or "", "text": before, "version": str(statement.version)},
        changes=differences(before, typed_now) if values is not None and before and before != typed_now else [],
        unchanged=values is not None and before == typed_now,
        asking=_asking(room, lists, told, statement, language, typed_now if values is not None else None),
        discarded=statement.discarded,
        errors=errors,
    )


def _asking(
    room: Room, lists: Lists, told: Answer, statement: Statement, language: str, text: str | None
) -> Asking | None:
    """Tell whom a text concerns: those who stand by another version of the text that is signed."""
    if language != _signed_language(statement):
        return None
    present = current_text(statement)
    new = present if text is None else (sha256(text.encode()) if text else None)
    if text is not None and new == present:
        return None
    return asking(room, told["reference"], lists.signed_texts(told["reference"], drafts=True), new)


def _signed_language(statement: Statement) -> str:
    """Tell in which language the text is signed, as `Register.sign` chooses it."""
    return statement.default_language if statement.default_language in statement.texts else next(
        iter(statement.texts), statement.default_language
    )  # fmt: skip


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _typed_text() -> dict[str, str]:
    """Read what was typed; a browser sends line ends as networks do, and files here have plain ones."""
    text = request.form.get("text", "").replace("\r\n", "\n").strip("\n")
    return {**typed(), "text": f"{text}\n" if text.strip() else ""}


def _set(room: Room, lists: Lists, told: Answer, language: str, values: Mapping[str, str]) -> Response:
    reference, version = told["reference"], values.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 12):
        raise InvalidInput(_("Open the text again first."), field="form")
    if not values.get("title"):
        raise InvalidInput(_("Write the title."), field="title")
    concerned = _asking(room, lists, told, room.register.statement(reference), language, values["text"])
    if concerned and concerned.standing and values.get("stand") not in STAND:
        raise InvalidInput(_("Say whether the signatures still stand."), field="stand")
    recorded = room.register.set_text(
        editor().actor,
        reference,
        language=language,
        title=values["title"],
        text=values["text"] or None,
        version_label=values.get("version_label") or None,
        expected_version=int(version),
    )
    stand = values.get("stand") if concerned and concerned.standing else None
    noted(room, "text", f"statement:{reference}", position=recorded.position, language=language, stand=stand)
    if stand == "ask":
        _ask(room, lists, told)
    return after(
        url_for("texts.text", reference=reference, language=language), "asked-again" if stand == "ask" else "text"
    )


def _ask(room: Room, lists: Lists, told: Answer) -> None:
    signed = lists.signed_texts(told["reference"], drafts=True)
    count = ask_signatories(room, told["reference"], signed)
    noted(room, "ask-again", f"statement:{told['reference']}", count=count)

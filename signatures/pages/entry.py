"""An organisation's own entry, by the link of its receipt: what became of it, and how to correct it or take it back.

Each act is shown first, as it is and as it would be, and done by a second POST.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from signatures.errors import InvalidInput, InvalidTime, LinkDead, Refused
from signatures.intake.submission import CONFIRMED, Submission
from signatures.organisation import NameParts
from signatures.pages.entryform import (
    CODES,
    LEAVING,
    NOT_SURE,
    Typed,
    changes_of,
    differences,
    leaving_fault,
    overridden,
    typed_of,
)
from signatures.pages.formdesk import here
from signatures.pages.formpage import name_languages, territories
from signatures.pages.links import answer, dead_link_page
from signatures.pages.receipt import line_of
from signatures.pages.signable import StatementOf, shown
from signatures.room import Room
from signatures.web.catalogues import told
from signatures.web.frame import language_of_reader


def blueprint(room: Room, statement_of: StatementOf) -> Blueprint:
    """Make the blueprint `entry`: /entries/TOKEN with /correction and /withdrawal."""
    entry = Blueprint("entry", __name__)
    desk = EntryDesk(room, statement_of)

    @entry.get("/entries/<token>")
    def look(token: str) -> Response:
        """Say what became of the entry, and what can be done."""
        return desk.page("entry.html", token, done=request.args.get("done", ""))

    @entry.get("/entries/<token>/correction")
    def correction(token: str) -> Response:
        """Show the entry's parts as they are, to be changed."""
        return desk.correction(token, None)

    @entry.post("/entries/<token>/correction")
    def correct(token: str) -> Response:
        """Show what would change, then change it."""
        return desk.correction(token, request.form.to_dict())

    @entry.get("/entries/<token>/withdrawal")
    def withdrawal(token: str) -> Response:
        """Ask from which date, and why."""
        return desk.withdrawal(token, None)

    @entry.post("/entries/<token>/withdrawal")
    def withdraw(token: str) -> Response:
        """Show what would happen, then do it."""
        return desk.withdrawal(token, request.form.to_dict())

    @entry.errorhandler(LinkDead)
    def dead(_error: LinkDead) -> Response:
        """Say the same of every dead link."""
        return dead_link_page()

    return entry


class EntryDesk:
    """What the routes work with."""

    def __init__(self, room: Room, statement_of: StatementOf) -> None:
        """Work in a room."""
        self.room, self.statement_of = room, statement_of

    def page(self, template: str, token: str, status: int = 200, **context: Any) -> Response:
        """Draw a page about an entry."""
        submission = self.room.entries.of(token)
        statement = self.room.register.statement(submission.reference)
        parts = self.room.entries.parts(submission)
        told = shown(self.statement_of(submission.reference), language_of_reader())
        row = self.room.register.signature(submission.signature_id) if submission.state == "accepted" else None
        page = render_template(
            template,
            token=token,
            submission=submission,
            statement=told,
            published=bool(statement.edition),
            signature=row,
            line=line_of(parts.payload(), statement.default_language),
            name_language=parts.name_language,
            today=self.room.register.today(statement).isoformat(),
            here=here(),
            **context,
        )
        return answer(page, status)

    def correction(self, token: str, sent: dict[str, str] | None) -> Response:
        """Lead through a correction: the form, the comparison, the act."""
        submission = self.room.entries.of(token)
        if not self._correctable(submission):
            return _back(token)
        statement = self.room.register.statement(submission.reference)
        present = self.room.entries.parts(submission)
        language = statement.default_language
        typed = Typed.read(sent or typed_of(present, language, language_of_reader()), language)
        if sent is None:
            typed.errors.clear()  # a name that was withheld is missing, but nobody has left it out
        if sent is None or sent.get("do") == "edit" or typed.errors:
            return self._correction_form(token, typed, 422 if typed.errors else 200, language)
        after = typed.parts(present, language)
        acting = sent.get("do") == "act"
        if acting and after == present:
            return _done(token, "answered" if submission.state in CONFIRMED else "corrected")  # a second click
        typed.errors |= self._correction_faults(submission, changes_of(present, after), typed)
        if typed.errors:
            return self._correction_form(token, typed, 422, language)
        if not acting:
            return self._comparison(token, typed, present, after, language)
        try:
            if submission.state in CONFIRMED:
                self.room.entries.answer(token, after)
                return _done(token, "answered")
            done = self.room.entries.correct(token, changes_of(present, after), code=typed.code, on=typed.on)
        except (InvalidInput, InvalidTime) as refused:
            typed.errors[str(refused.details.get("field", "name"))] = told(refused.said)
            return self._correction_form(token, typed, 422, language)
        return _done(token, "corrected" if done else "waiting")

    def _correction_faults(self, submission: Submission, changes: dict[str, Any], typed: Typed) -> dict[str, str]:
        """Say what is wrong with a correction whose every part can be read."""
        if not changes:
            return {"name": _("Nothing is different from what stands there. Change what is wrong.")}
        if submission.state != "accepted":
            return {}
        return overridden(self.room.register.signature(submission.signature_id).acts, changes, typed.on)

    def _comparison(self, token: str, typed: Typed, present: NameParts, after: NameParts, language: str) -> Response:
        return self.page(
            "correction.html",
            token,
            values=typed.values,
            after=line_of(after.payload(), language),
            differences=differences(present, after, language, language_of_reader()),
            code=typed.code,
            on=typed.on,
        )

    def _correction_form(self, token: str, typed: Typed, status: int, language: str) -> Response:
        reader = language_of_reader()
        return self.page(
            "correction.html",
            token,
            status,
            values=typed.values,
            errors=typed.errors,
            after=None,
            codes=CODES,
            language=language,
            name_languages=name_languages(reader, typed.values.get("name_language", "")),
            countries=territories(language, reader),
            territories=territories(reader, reader),
        )

    def withdrawal(self, token: str, sent: dict[str, str] | None) -> Response:
        """Lead through a withdrawal: the form, what it means, the act."""
        submission = self.room.entries.of(token)
        if submission.state != "accepted":
            return self._take_back(token, submission, sent)
        row = self.room.register.signature(submission.signature_id)
        if not row.stands:
            same = sent is not None and sent.get("do") == "act" and sent.get("on") == row.withdrawn_on
            return _done(token, "withdrawn") if same and not row.voided else _back(token)
        today = self.room.register.today(self.room.register.statement(submission.reference)).isoformat()
        values = {"on": today, "code": "own-request", **(sent or {})}
        fault = leaving_fault(values["on"], row.signed_on, today) if sent is not None else None
        acting = sent is not None and not fault and sent.get("do") == "act"
        if acting and values.get("sure") != "yes":
            return self._shown(token, values, {"sure": NOT_SURE})
        if sent is not None and acting:
            try:
                show = "unnamed" not in sent
                self.room.entries.withdraw(token, on=values["on"], code=values["code"], show=show)
            except (InvalidInput, Refused) as refused:
                fault = told(refused.said)
            else:
                return _done(token, "withdrawn")
        if sent is not None and not fault:
            return self._shown(token, values, {})
        errors = {"on": fault} if fault else {}
        status = 422 if fault else 200
        return self.page("withdrawal.html", token, status, values=values, errors=errors, codes=LEAVING, ask=True)

    def _shown(self, token: str, values: dict[str, str], errors: dict[str, Any]) -> Response:
        """Show what would happen, with a box to tick: what follows links and sends forms by itself ticks none."""
        status = 422 if errors else 200
        return self.page("withdrawal.html", token, status, values=values, errors=errors, codes=LEAVING, ask=False)

    def _correctable(self, submission: Submission) -> bool:
        """Tell whether there is anything to correct: an entry that waits for an editor, or one that is listed."""
        if submission.state != "accepted":
            return submission.state in CONFIRMED
        return not self.room.register.signature(submission.signature_id).voided

    def _take_back(self, token: str, submission: Submission, sent: dict[str, str] | None) -> Response:
        if submission.state not in ("received", *CONFIRMED):
            same = sent is not None and submission.state == "withdrawn"
            return _done(token, "taken-back") if same else _back(token)
        if sent is None or sent.get("sure") != "yes":
            errors, status = ({}, 200) if sent is None else ({"sure": NOT_SURE}, 422)
            return self.page("withdrawal.html", token, status, values={}, errors=errors, codes=(), ask=True)
        self.room.entries.take_back(token)
        return _done(token, "taken-back")


def _back(token: str) -> Response:
    """Lead back to the entry, which says what became of it and what can be done."""
    return answer(redirect(url_for("entry.look", token=token, **here()), 303))


def _done(token: str, what: str) -> Response:
    return answer(redirect(url_for("entry.look", token=token, done=what, **here()), 303))

"""The console's pages of signatories: the list of a statement, and what can be done to one entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from signatures.editors.console.entry import Act, Signed, changes_of, one_line, signed
from signatures.editors.console.keeping import (
    Lists,
    Question,
    after,
    attempt,
    beside,
    date_of,
    editor,
    known_parameters,
    noted,
    page,
    pending,
    propose_or_do,
    reason_of,
    typed,
)
from signatures.editors.signing_in import signed_in
from signatures.errors import NotFound, Refused, RegisterError
from signatures.room import Room
from signatures.web.frame import language_of_reader

PAGE = 100
ONE = "/editors/statements/<reference>/signatories/<signature_id>"


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `signatories`: /editors/statements/REF/signatories and each of them."""
    signatories = Blueprint("signatories", __name__)

    @signatories.get("/editors/statements/<reference>/signatories")
    @signed_in()
    def listing(reference: str) -> Response:
        """List the signatories as they stand today, a page at a time."""
        known_parameters("q", "cursor")
        told = lists.statement(reference, drafts=True)
        question = request.args.get("q", "").replace("\0", "").strip()
        return page(
            "signatories.html", told=told, question=question, answer=_page_of(lists, told["reference"], question)
        )

    @signatories.get(ONE)
    @signed_in()
    def signatory(reference: str, signature_id: str) -> Response:
        """Show an entry, what happened to it, and what can be done."""
        known_parameters()
        one = signed(room.register, reference, signature_id)
        return _signatory_page(room, one, {**one.lines, "on": ""}, {})

    @signatories.post(f"{ONE}/correction")
    @signed_in("editor", "admin")
    def correct(reference: str, signature_id: str) -> Response:
        """Correct an entry, or show it again with what needs another look."""
        one, values = signed(room.register, reference, signature_id), one_line(typed())
        try:
            return _correct(room, one, values)
        except RegisterError as refused:
            return _signatory_page(room, one, values, beside(refused, "name"))

    _ends(signatories, room)
    return signatories


def _ends(signatories: Blueprint, room: Room) -> None:
    @signatories.route(f"{ONE}/withdrawal", methods=["GET", "POST"])
    @signed_in()
    def withdraw(reference: str, signature_id: str) -> Response:
        """Withdraw on behalf of the organisation."""
        one = signed(room.register, reference, signature_id)
        return attempt(_withdrawal(one), lambda values: _withdraw(room, one, values))

    @signatories.route(f"{ONE}/void", methods=["GET", "POST"])
    @signed_in()
    def void(reference: str, signature_id: str) -> Response:
        """Void a signature that never was one."""
        one = signed(room.register, reference, signature_id)
        return attempt(_voiding(one), lambda values: _void(room, one, values))

    @signatories.route(f"{ONE}/acts/<int:position>/annulment", methods=["GET", "POST"])
    @signed_in()
    def annul(reference: str, signature_id: str, position: int) -> Response:
        """Take back a slip of ours."""
        one = signed(room.register, reference, signature_id)
        act = _act_at(one, position)
        return attempt(_annulment(one, act), lambda values: _annul(room, one, act, values))


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _page_of(lists: Lists, reference: str, question: str) -> Any:
    cursor = request.args.get("cursor") or None
    return lists.signatories(
        reference, show="annotated", limit=PAGE, cursor=cursor, query=question or None, drafts=True
    )


def _signatory_page(room: Room, one: Signed, values: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    return page(
        "signatory.html",
        422 if errors else 200,
        one=one,
        today=room.register.today(one.statement).isoformat(),
        organisation=room.register.organisation(one.row.organisation),
        values=values,
        errors=errors,
        pending=pending(room, one.row.id),
        submission=room.intake.by_signature(one.row.id),
        acts=room.acts.list(f"signature:{one.row.id}", limit=20),
    )


def _url(one: Signed) -> str:
    return url_for("signatories.signatory", reference=one.statement.reference, signature_id=one.row.id)


def _question(one: Signed, title: str, what: list[str], button: str, **more: Any) -> Question:
    published = one.statement.edition > 0
    second = [_("A second editor must confirm this before it happens.")] if published else []
    return Question(
        title,
        [*what, *second],
        _("Propose it") if published else button,
        back=_url(one),
        about=one.printed or _("Name withheld"),
        about_language=one.parts["name_language"] or "",
        kicker=one.statement.reference,
        **more,
    )


def _act_at(one: Signed, position: int) -> Act:
    for act in one.acts:
        if act.position == position and act.can_be_taken_back:
            return act
    raise NotFound(_("Position %(position)s holds no act on this entry that could be taken back.", position=position))


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _correct(room: Room, one: Signed, values: Mapping[str, str]) -> Response:
    changes = changes_of(one, values, (language_of_reader(), one.statement.default_language, "en"))
    reason, on = reason_of(values), date_of(values) if values.get("on") else None
    recorded = room.register.correct(
        editor().actor, one.row.id, changes, on=on, reference=one.statement.reference, reason=reason
    )
    noted(room, "correct", f"signature:{one.row.id}", position=recorded.position, code=reason.code)
    return after(_url(one), "corrected")


def _withdrawal(one: Signed) -> Question:
    what = [
        _("From that day on the organisation does not stand under the statement. Earlier lists still show it."),
        _("Its number is not used again."),
    ]
    more = {"date_label": _("Does not stand from this day on"), "asks": ("date", "show", "reason")}
    return _question(one, _("Withdraw for the organisation"), what, _("Withdraw"), **more)


def _withdraw(room: Room, one: Signed, values: Mapping[str, str]) -> Response:
    reason, on, show = reason_of(values), date_of(values), values.get("hide") != "yes"
    _refuse_ended(one)

    def withdraw() -> object:
        return room.register.withdraw(editor().actor, one.row.id, on=on, show=show, reason=reason)

    detail = {"reference": one.statement.reference, "on": on, "show": show, "code": reason.code}
    done = propose_or_do(room, one.statement, ("withdraw", f"signature:{one.row.id}", detail), reason.note, withdraw)
    return after(_url(one), "withdrawn" if done else "proposed")


def _voiding(one: Signed) -> Question:
    what = [
        _("The signature counts as never given: it is gone from the lists of all dates, also past ones."),
        _("Its number stays a gap. The history keeps what was recorded, and why it was voided."),
        _("An organisation that leaves is withdrawn instead: it stood until then."),
    ]
    return _question(one, _("Void the signature"), what, _("Void"), asks=("reason",), grave=True)


def _void(room: Room, one: Signed, values: Mapping[str, str]) -> Response:
    reason = reason_of(values)
    if one.row.voided:
        raise Refused(_("This signature was voided already."))

    def void() -> object:
        return room.register.void(editor().actor, one.row.id, reason=reason)

    detail = {"reference": one.statement.reference, "code": reason.code}
    done = propose_or_do(room, one.statement, ("void", f"signature:{one.row.id}", detail), reason.note, void)
    return after(_url(one), "voided" if done else "proposed")


def _annulment(one: Signed, act: Act) -> Question:
    what = [
        _("The act at position %(position)s counts as never recorded, on all dates.", position=act.position),
        _("The history keeps both. A signature that stands again has its old number."),
    ]
    return _question(one, _("Take back a slip of ours"), what, _("Take it back"), asks=("reason",))


def _annul(room: Room, one: Signed, act: Act, values: Mapping[str, str]) -> Response:
    reason, reference = reason_of(values), one.statement.reference

    def annul() -> object:
        return room.register.annul(editor().actor, reference, act.position, reason)

    detail = {"position": act.position, "code": reason.code}
    done = propose_or_do(room, one.statement, ("annul", f"statement:{reference}", detail), reason.note, annul)
    return after(_url(one), "annulled" if done else "proposed")


def _refuse_ended(one: Signed) -> None:
    if not one.row.stands:
        raise Refused(_("This signature does not stand any more."))

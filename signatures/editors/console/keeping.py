"""What the console's keeping pages share: what they ask of lists, what was typed, why, and what needs a second editor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from flask import Response, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from signatures.aggregate import Reason
from signatures.editors.accounts import Account
from signatures.editors.signing_in import present
from signatures.errors import InvalidInput, RegisterError, UnknownParameter
from signatures.room import Room
from signatures.statement import Statement, parse_date
from signatures.web.catalogues import told

REASONS = {
    "own-request": lazy_gettext("The organisation asked for it"),
    "not-authorised": lazy_gettext("Nobody was authorised to sign"),
    "duplicate": lazy_gettext("It stands twice"),
    "fraud": lazy_gettext("Somebody else used the name"),
    "typo": lazy_gettext("A slip in writing"),
    "renamed": lazy_gettext("The organisation has another name"),
    "expired": lazy_gettext("A term has run out"),
    "legal": lazy_gettext("A legal reason"),
    "late": lazy_gettext("It came too late"),
    "other": lazy_gettext("Another reason"),
}
DONE = {
    "terms": lazy_gettext("The terms are changed."),
    "closed": lazy_gettext("Signing has ended."),
    "reopened": lazy_gettext("The statement can be signed again."),
    "corrected": lazy_gettext("The entry is corrected."),
    "withdrawn": lazy_gettext("The withdrawal is recorded."),
    "voided": lazy_gettext("The signature is voided."),
    "annulled": lazy_gettext("The act is taken back."),
    "retracted": lazy_gettext("The statement is taken back."),
    "renamed": lazy_gettext("The other name is recorded."),
    "merged": lazy_gettext("The two registrations are one body."),
    "unmerged": lazy_gettext("The two registrations are two bodies again."),
    "drafted": lazy_gettext("The statement is drafted. Write its text now."),
    "discarded": lazy_gettext("The draft is discarded."),
    "amended": lazy_gettext("The data of the statement are set right."),
    "text": lazy_gettext("The text is set."),
    "asked-again": lazy_gettext("The text is set, and the signatories are asked by mail."),
    "arranged": lazy_gettext("The order is kept for the next edition."),
    "forgot-order": lazy_gettext("The order is forgotten."),
    "published": lazy_gettext("The edition is published."),
    "scheduled": lazy_gettext("The edition is planned. It is published by itself at that hour."),
    "unscheduled": lazy_gettext("The plan is cancelled. Nothing is published by itself."),
    "proposed": lazy_gettext("It waits for a second editor, who finds it under Proposals. Nothing has changed yet."),
    "invited": lazy_gettext("The invitations are on their way."),
    "reminded": lazy_gettext("The reminders are on their way."),
    "kept": lazy_gettext("The correction is kept."),
    "removed": lazy_gettext("The import is thrown away."),
    "webhook-test": lazy_gettext("The test message is on its way. This page looks again by itself."),
    "webhook-again": lazy_gettext("It is sent again in a moment. This page looks again by itself."),
    "webhook-on": lazy_gettext("It is on. What was recorded meanwhile is sent now."),
    "webhook-off": lazy_gettext("It is off. What is recorded from now on is kept for it."),
    "webhook-keeper": lazy_gettext("It is kept."),
    "webhook-rotate": lazy_gettext("Messages are signed with the new key from now on."),
    "webhook-removed": lazy_gettext("The webhook is removed."),
    "cancelled": lazy_gettext("The invitation is taken back; its link opens nothing any more."),
}
"""What a page says after something was done, by the word that its address carries."""


class Answer(Protocol):
    """An answer of the reading room, a dictionary with cursors."""

    next: str | None
    found: int | None

    def __getitem__(self, name: str, /) -> Any:
        """Give what it says under a name."""


class Lists(Protocol):
    """The questions that these pages ask; wsgi.py hands over who answers them."""

    def statements(self, *, limit: str | int | None = None, cursor: str | None = None, drafts: bool = False) -> Answer:
        """List the statements, the newest first."""

    def statement(self, reference: str, *, drafts: bool = False) -> Answer:
        """Tell a statement's own data and counts."""

    def signatories(
        self,
        reference: str,
        *,
        show: str = "standing",
        limit: str | int | None = None,
        cursor: str | None = None,
        query: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell the list as it stands today."""

    def whole(
        self,
        reference: str,
        *,
        as_of: str | None = None,
        show: str = "standing",
        language: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell the whole list of a date."""

    def versions(self, reference: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List every version of a statement's texts."""

    def version(self, reference: str, language: str, number: str | int, *, drafts: bool = False) -> dict[str, Any]:
        """Tell one version of a text, with its words."""

    def signed_texts(
        self, reference: str, ids: Iterable[str] | None = None, *, drafts: bool = False
    ) -> dict[str, dict[str, Any]]:
        """Tell by signature which version of the text it was given to sign."""

    def organisations(
        self,
        *,
        query: str | None = None,
        limit: str | int | None = None,
        cursor: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """List organisations by name."""

    def organisation(self, id_: str, *, drafts: bool = False) -> Answer:
        """Tell of an organisation and of what it signed."""


class Question(NamedTuple):
    """A page that says what will happen and asks once more before it does.

    `what` are the sentences of it; `asks` names what is to be filled in: reason, note, date, show, deadline.
    """

    title: str
    what: list[str]
    button: str
    back: str
    asks: tuple[str, ...] = ()
    about: str = ""
    about_language: str = ""
    kicker: str = ""
    place: str = "statements"
    grave: bool = False
    date_label: str = ""
    zone: str = ""


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Render a page of the console; what was done before it was asked for is said on it."""
    done = DONE.get(request.args.get("done", ""))
    return make_response(render_template(f"editors/{template}", done=done, reasons=REASONS, **context), status)


def ask(
    question: Question, values: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> Response:
    """Ask once more; with errors, again, and nothing typed is lost."""
    return page("confirm.html", 422 if errors else 200, question=question, values=values or {}, errors=errors or {})


def attempt(question: Question, act: Callable[[dict[str, str]], Response]) -> Response:
    """Ask on GET; act on POST, or ask again with the sentence of what was refused."""
    if request.method != "POST":
        known_parameters()
        return ask(question)
    values = typed()
    try:
        return act(values)
    except RegisterError as refused:
        return ask(question, values, beside(refused))


def beside(refused: RegisterError, default: str = "form") -> dict[str, Any]:
    """Put a refusal beside its field; what is no client's mistake is raised again."""
    if refused.status >= 500:
        raise refused
    field = str(refused.details.get("field", default))
    offered = {"offsets": refused.details["offsets"]} if "offsets" in refused.details else {}
    return {FIELDS.get(field, field): told(refused.said), **offered}


FIELDS = {"withdrawn_on": "on", "effective_on": "on", "reason_code": "code"}
"""The fields of pages under which the register's own are asked."""


def after(endpoint_url: str, done: str) -> Response:
    """Go on to a page that says what was done."""
    answer: Response = redirect(f"{endpoint_url}{'&' if '?' in endpoint_url else '?'}done={done}", 303)  # type: ignore[assignment]
    return answer


def typed() -> dict[str, str]:
    """Read what was typed, without the white space around it."""
    return {name: value.strip() for name, value in request.form.items()}


def known_parameters(*names: str) -> None:
    """Refuse what this page does not know, as every page does."""
    for name in request.args:
        if name not in (*names, "lang", "done"):
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))


def reason_of(values: Mapping[str, str]) -> Reason:
    """Read why; the code is needed, the note becomes public."""
    if values.get("code") not in REASONS:
        raise InvalidInput(_("Choose the reason."), field="code")
    reason = Reason(values["code"], values.get("note") or None)
    reason.checked()
    return reason


def date_of(values: Mapping[str, str], name: str = "on") -> str:
    """Read a date that must be there."""
    return parse_date(name, values.get(name, "")).isoformat()


def propose_or_do(
    room: Room,
    statement: Statement,
    proposal: tuple[str, str, dict[str, Any]],
    note: str | None,
    do: Callable[[], object],
) -> bool:
    """Do it at once before publication; afterwards propose it to a second editor. Tell whether it was done."""
    if statement.edition:
        propose(room, *proposal, note)
        return False
    do()
    act, about, detail = proposal
    noted(room, act, about, **detail)
    return True


def propose(room: Room, act: str, about: str, detail: dict[str, Any], note: str | None) -> str:
    """Lay an act before a second editor; what the register would refuse is refused now."""
    return room.proposals.propose(act, about, detail, note, editor())


def pending(room: Room, about: str) -> list[str]:
    """List the acts about something that wait for a second editor."""
    return [one.act for one in room.proposals.waiting() if one.about.lower() == about.lower()]


def noted(room: Room, act: str, about: str, **detail: str | int | None) -> None:
    """Record who did what."""
    room.acts.note(editor().ref, act, about, **detail)


def editor() -> Account:
    """Tell who is signed in."""
    return present()

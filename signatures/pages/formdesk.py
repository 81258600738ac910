"""What the signing form works with: what may be signed, what was typed, and the page that shows both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from signatures.clock import stamp
from signatures.errors import InvalidInput, LinkDead, NotFound
from signatures.intake.invitations import Invitation
from signatures.intake.submission import Submission
from signatures.pages import formpage
from signatures.pages.conditions import conditions
from signatures.pages.formschema import FormSchema, contact, name_parts
from signatures.pages.formstamp import TRAP, FormStamps
from signatures.pages.signable import StatementOf, StatementTold, shown
from signatures.pages.suggesting import OrganisationsLike, Suggesting, Suggestion
from signatures.printed import printed
from signatures.room import Room
from signatures.statement import Statement
from signatures.web.catalogues import told
from signatures.web.frame import language_of_reader

ANOTHER = "another"
"""The answer that the organisation is none of the registered ones that were suggested."""


class Asked(NamedTuple):
    """What one request is about: the statement, what is told of it, and the invitation it is made with."""

    statement: Statement
    told: StatementTold
    token: str
    invitation: Invitation | None

    @property
    def language(self) -> str:
        """The language of translations and printed countries."""
        return self.told["default_language"]


class Desk:
    """What the routes work with: the room, what is told of statements, suggestions and stamps."""

    def __init__(self, room: Room, statement_of: StatementOf, organisations_like: OrganisationsLike) -> None:
        """Work in a room."""
        self.room, self.told_of = room, statement_of
        self.suggesting = Suggesting(organisations_like, room.store)
        self.stamps = FormStamps(str(room.settings.secret_key), room.clock)

    def asked(self, reference: str, token: str) -> Asked:
        """Get what may be signed; what the public may not see needs an invitation to it."""
        statement = self.room.intake.signable(reference, token or None)
        try:
            invitation = self.room.invitations.by_token(token) if token else None
        except LinkDead:
            invitation = None
        if invitation is not None and invitation.reference.lower() != statement.reference.lower():
            invitation = None
        return Asked(statement, self.told_of(statement.reference), token if invitation else "", invitation)

    def take(self, asked: Asked, typed: dict[str, str]) -> Response:
        """Take what was typed, or show it again."""
        read, errors = FormSchema((language_of_reader(), asked.language)).read(formpage.in_one_script(typed))
        if typed.get("do") == "preview":
            return self.page(asked, typed, _of_what_was_typed(errors, typed), read)
        if not errors:
            try:
                return self._taken(self._receive(asked, read, typed))
            except InvalidInput as refused:
                errors, typed = _beside_its_field(refused, typed)
        return self.page(asked, typed, errors, read, status=422)

    def too_old(self, reference: str, typed: Mapping[str, str]) -> Response:
        """Show again what was typed into a page that lay open for too long; it is as good as a new one then."""
        sentence = _("The page was open for more than a day. Nothing was recorded yet. Send it again.")
        return self.page(self.asked(reference, typed.get("invitation", "")), typed, {"send": str(sentence)}, status=400)

    def page(
        self,
        asked: Asked,
        typed: Mapping[str, str],
        errors: Mapping[str, str],
        read: Mapping[str, Any] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        """Draw the form with what was typed."""
        reader = language_of_reader()
        page = render_template(
            "form.html",
            statement=shown(asked.told, reader),
            published=bool(asked.statement.edition),
            conditions=conditions(self.room, asked.statement, reader),
            invitation=asked.token,
            values=typed,
            errors=errors,
            preview=formpage.preview_of(typed if read is None else read),
            known=self._known(asked, typed),
            name_languages=formpage.name_languages(reader, typed.get("name_language", "")),
            countries=formpage.territories(asked.language, reader),
            territories=formpage.territories(reader, reader),
            lookalikes=formpage.letters(typed),
            form_id=self._stamp(typed),
            trap=TRAP,
            here=here(),
        )
        return make_response(page, status)

    def receipt(self, reference: str, remembered: Mapping[str, str]) -> Response:
        """Draw what arrived from this browser, and nobody else's."""
        mine = remembered.get("reference", "").lower() == reference.lower()
        statement = self.room.register.statement(reference) if mine else self.room.intake.public(reference)
        if not mine:
            return make_response(_nothing_remembered(statement.reference))
        submission = self.room.intake.show(remembered["id"])
        page = render_template(
            "received.html",
            here=here(),
            statement=shown(self.told_of(statement.reference), language_of_reader()),
            published=bool(statement.edition),
            conditions=conditions(self.room, statement, language_of_reader()),
            printed=submission.printed,
            name_language=submission.parts.name_language,
            received_at=remembered["at"],
            submission=submission.id,
        )
        return make_response(page)

    # -- inside --------------------------------------------------------------------------------------------------

    def _receive(self, asked: Asked, read: Mapping[str, Any], typed: Mapping[str, str]) -> Submission:
        known = self.stamps.read(typed.get("form_id", ""))
        return self.room.intake.receive(
            asked.told["reference"],
            name_parts(read, asked.language),
            contact(read),
            text_sha256=typed.get("text_sha256") or None,
            form_id=known.id if known else None,
            language=language_of_reader(),
            chosen=self._chosen(typed),
            invitation_token=asked.token or None,
            held=self.stamps.suspicion(typed) or self._flood(asked, read),
        )

    def _flood(self, asked: Asked, read: Mapping[str, Any]) -> str | None:
        """Hold what comes in such numbers that an editor should look first."""
        flooded = self.room.limits.flooded(asked.told["reference"], contact(read).email)
        return "flood" if flooded else None

    def _chosen(self, typed: Mapping[str, str]) -> str | None:
        """Read the registered organisation that was chosen, which must be one."""
        chosen = typed.get("chosen", "")
        if chosen in ("", ANOTHER):
            return None
        try:
            return str(self.room.register.organisation(str(UUID(chosen))).id)
        except (ValueError, NotFound):
            raise InvalidInput(_("This organisation is not registered. Choose again."), field="chosen") from None

    def _taken(self, submission: Submission) -> Response:
        """Keep in the session what the receipt shows, and lead there.

        The instant is the one at which this browser sent it: that of an equal one sent elsewhere would tell of that.
        """
        before = session.get("submission") or {}
        at = before["at"] if before.get("id") == submission.id else stamp(self.room.clock())
        session["submission"] = {"reference": submission.reference, "id": submission.id, "at": at}
        address = url_for("form.received", reference=submission.reference, lang=here().get("lang"))
        return make_response(redirect(address, 303))

    def _known(self, asked: Asked, typed: Mapping[str, str]) -> list[Suggestion]:
        """Suggest organisations of the name that was typed; one that was chosen stays whatever the name is now."""
        found = self.suggesting.of(typed.get("name", ""), asked.language)
        chosen = typed.get("chosen", "")
        if chosen in ("", ANOTHER, *(one.organisation_id for one in found)):
            return found
        with suppress(ValueError, NotFound):
            parts = self.room.register.organisation(str(UUID(chosen))).parts
            line = printed(parts["acronym"], parts["name"], None, None, None)
            return [*self.suggesting.again(chosen, line, asked.language), *found]
        return found

    def _stamp(self, typed: Mapping[str, str]) -> str:
        """Keep the stamp of a form that is shown again: its age is that of the first one."""
        stamped = typed.get("form_id", "")
        return stamped if self.stamps.read(stamped) else self.stamps.issue()


def here() -> dict[str, Any]:
    """Keep the language that the reader chose by the address."""
    return {"lang": language_of_reader()} if request.args.get("lang") else {}


def list_links(reference: str) -> list[dict[str, str]]:
    """Link the statement that a form belongs to."""
    return [{"href": url_for("pages.statement", reference=reference), "words": _("The statement and its list")}]


def _nothing_remembered(reference: str) -> str:
    """Say to a browser that keeps no cookies where its entry is, without telling of anybody's."""
    return render_template(
        "error.html",
        title=_("Look into your mail, if you have just sent an entry"),
        sentence=_("If no field was marked, it has arrived and waits until you confirm it."),
        advice=_("This browser keeps no cookie of it, so the entry itself is not shown here."),
        links=list_links(reference),
    )


def _of_what_was_typed(errors: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """A preview does not ask for what is still to come."""
    return {name: sentence for name, sentence in errors.items() if typed.get(name, "").strip()}


def _beside_its_field(refused: InvalidInput, typed: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Put a refusal of the intake beside a field; who signs another text than they saw ticks again."""
    field = str(refused.details.get("field", "name"))
    if field == "text_sha256":
        changed = _("The text was changed while you were reading it. Read it again, then tick the box.")
        return {"authority": str(changed)}, {**typed, "authority": ""}
    return {field: told(refused.said)}, typed

"""Words of the console: who somebody is and what something is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import UUID

from flask import url_for
from flask_babel import gettext as _

from signatures.errors import RegisterError
from signatures.log import heads
from signatures.printed import printed
from signatures.room import Room


class Thing(NamedTuple):
    """What something is called, and where it is."""

    words: str
    href: str | None = None
    language: str | None = None


class Words:
    """Names people and things of one page; each is looked up once."""

    def __init__(self, room: Room) -> None:
        """Read who has an account."""
        self.register = room.register
        self._people = {account.ref: account.name for account in room.accounts.list()}
        self._things: dict[str, Thing] = {}

    def who(self, ref: str | None) -> str:
        """Name whoever acted."""
        kind, _colon, id_ = (ref or "").partition(":")
        match kind, id_:
            case "editor", "operator":
                return str(_("the operator"))
            case "organisation", _:
                return str(_("the organisation itself"))
            case "system", _:
                return str(_("the register"))
        return self._people.get(ref or "", ref or "")

    def thing(self, about: str) -> Thing:
        """Name what an act was done to."""
        if about not in self._things:
            self._things[about] = self._thing(about)
        return self._things[about]

    def under(self, signature_id: str) -> str:
        """Tell the reference of a signature's statement."""
        with self.register.store.reading() as transaction:
            head = heads.head(transaction, self.register.signature(signature_id).statement)
        return str(head.state["reference"]) if head else ""

    # -- inside --------------------------------------------------------------------------------------------------

    def _thing(self, about: str) -> Thing:
        kind, colon, id_ = about.partition(":")
        if not colon:
            kind, id_ = self._kind(about), about
        try:
            return self._named(kind, id_)
        except (RegisterError, KeyError):
            return Thing(id_)

    def _named(self, kind: str, id_: str) -> Thing:
        match kind:
            case "signature":
                present = self.register.present_parts(id_)
                href = f"/editors/statements/{self.under(id_)}/signatories/{id_}"
                return Thing(line_of(present), href, present.get("name_language"))
            case "organisation":
                present = self.register.organisation(id_).spellings()[-1]
                return Thing(line_of(present), f"/editors/organisations/{id_}", present.get("name_language"))
            case "statement":
                return Thing(self.register.statement(id_).reference, f"/editors/statements/{id_}")
            case "submission":
                return Thing(str(_("Submission %(id)s", id=id_[:8])), f"/editors/submissions/{id_}")
            case "invitation":
                return Thing(str(_("Invitation %(id)s", id=id_[:8])), "/editors/invitations")
            case "proposal":
                return Thing(str(_("Proposal %(id)s", id=id_[:8])), url_for("proposals.list_proposals") + f"#{id_}")
            case "webhook":
                return Thing(str(_("Webhook %(id)s", id=id_[:8])), f"/editors/webhooks/{id_}")
            case "account":
                return Thing(str(_("the account of %(name)s", name=self._people.get(f"editor:{id_}", id_))))
        return Thing(id_)

    def _kind(self, about: str) -> str:
        """Tell what a bare id or reference names."""
        try:
            UUID(about)
        except ValueError:
            return "statement"
        for kind, find in (("signature", self.register.signature), ("organisation", self.register.organisation)):
            try:
                find(about)
            except RegisterError:
                continue
            return kind
        return "submission"


def line_of(parts: Mapping[str, Any]) -> str:
    """Print an entry's or an organisation's parts in one line."""
    first = [next(iter((parts.get(field) or {}).values()), None) for field in ("translations", "country_printed")]
    return printed(parts.get("acronym"), parts["name"], parts.get("transliteration"), *first) or _("Name withheld")

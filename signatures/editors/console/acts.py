"""The page of acts: who did what when, newest first, all or those about one thing."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, lazy_gettext, ngettext
from flask_babel import gettext as _

from signatures.editors.acts import LIMIT, Act
from signatures.editors.console.changes import TITLES
from signatures.editors.console.keeping import REASONS
from signatures.editors.console.wording import Words
from signatures.editors.signing_in import signed_in
from signatures.errors import BadQuery, UnknownParameter
from signatures.room import Room
from signatures.web.words import moment_words

LARGEST = 2**62
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\Z")
ACTS = {
    "sign-in": lazy_gettext("signed in"),
    "sign-out": lazy_gettext("signed out"),
    "password": lazy_gettext("changed the password"),
    "account-add": lazy_gettext("made an account"),
    "account-disable": lazy_gettext("disabled an account"),
    "account-enable": lazy_gettext("enabled an account"),
    "account-role": lazy_gettext("gave an account another role"),
    "account-password": lazy_gettext("gave an account another password"),
    "account-link": lazy_gettext("linked an account with the identity provider"),
    "account-unlink": lazy_gettext("unlinked an account from the identity provider"),
    "accepted": lazy_gettext("accepted a submission"),
    "refused": lazy_gettext("refused a submission"),
    "asked": lazy_gettext("asked back"),
    "released": lazy_gettext("released a submission"),
    "terms": lazy_gettext("changed how signatures are taken"),
    "close": lazy_gettext("ended signing"),
    "reopen": lazy_gettext("reopened signing"),
    "draft": lazy_gettext("drafted a statement"),
    "discard": lazy_gettext("discarded a draft"),
    "amend": lazy_gettext("set a statement’s data right"),
    "text": lazy_gettext("set a text"),
    "ask-again": lazy_gettext("asked the signatories of an earlier text"),
    "arrange": lazy_gettext("arranged the order of the next edition"),
    "publish": lazy_gettext("published an edition"),
    "schedule": lazy_gettext("planned an edition"),
    "unschedule": lazy_gettext("cancelled a planned edition"),
    "schedule-published": lazy_gettext("published a planned edition"),
    "schedule-refused": lazy_gettext("could not publish a planned edition"),
    "rename": lazy_gettext("renamed an organisation"),
    "invite": lazy_gettext("invited organisations"),
    "remind": lazy_gettext("reminded organisations"),
    "cancel-invitation": lazy_gettext("cancelled an invitation"),
    "void": lazy_gettext("voided a signature"),
    "withdraw": lazy_gettext("withdrew a signature"),
    "correct": lazy_gettext("corrected an entry"),
    "retract": lazy_gettext("took a statement back"),
    "annul": lazy_gettext("annulled a slip"),
    "merge": lazy_gettext("merged two registrations"),
    "unmerge": lazy_gettext("took a merger back"),
    "webhook-add": lazy_gettext("added a webhook"),
    "webhook-remove": lazy_gettext("removed a webhook"),
    "webhook-on": lazy_gettext("switched a webhook on"),
    "webhook-off": lazy_gettext("switched a webhook off"),
    "webhook-keeper": lazy_gettext("said whom to write to about a webhook"),
    "webhook-rotate": lazy_gettext("changed the key of the webhooks"),
}

NOTES = {
    "position": lazy_gettext("position"),
    "count": "",
    "how": "",
    "code": "",
    "role": lazy_gettext("role"),
    "acceptance": lazy_gettext("acceptance"),
    "deadline": lazy_gettext("until"),
    "language": lazy_gettext("language"),
    "stand": "",
    "at": lazy_gettext("for"),
    "threshold": lazy_gettext("hoped for"),
    "threshold_share": lazy_gettext("hoped for, per cent of those invited"),
    "answer_days": lazy_gettext("days until an answer"),
}
"""What of an act's detail is told, and the word before it."""


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `acts`."""
    acts = Blueprint("acts", __name__)

    @acts.get("/editors/acts")
    @signed_in()
    def list_acts() -> str:
        """List acts, a page at a time."""
        about, before = _asked()
        found = room.acts.list(about, LIMIT + 1, before)
        words = Words(room)
        return render_template(
            "editors/acts.html",
            acts=[_shown(act, words) for act in found[:LIMIT]],
            about=words.thing(about).words if about else None,
            older=_address(about, found[LIMIT - 1].number) if len(found) > LIMIT else None,
        )

    return acts


def _asked() -> tuple[str | None, int | None]:
    for name in request.args:
        if name not in ("lang", "about", "before"):
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))
    about, before = request.args.get("about") or None, request.args.get("before") or None
    if about is not None and "\0" in about:
        raise BadQuery(_("There is nothing of that name. Begin at the list of all acts."))
    if before is None:
        return about, None
    if not (before.isascii() and before.isdigit() and len(before) < 19 and int(before) < LARGEST):
        raise BadQuery(_("before=%(text)s is no number of an act. Follow the links of the page.", text=before[:60]))
    return about, int(before)


def _address(about: str | None, before: int) -> str:
    return url_for("acts.list_acts", about=about, before=before)


def _shown(act: Act, words: Words) -> dict[str, Any]:
    return {
        "number": act.number,
        "at": act.at,
        "who": words.who(act.actor),
        "words": _words(act.act),
        "about": act.about,
        "thing": words.thing(act.about),
        "note": _note(act),
    }


def _words(act: str) -> str:
    """Say what was done; an act of a proposal says which."""
    step, _dash, proposed = act.partition("-")
    if proposed in TITLES:
        title = str(TITLES[proposed])
        match step:
            case "propose":
                return str(_("proposed: %(title)s", title=title))
            case "confirm":
                return str(_("confirmed: %(title)s", title=title))
            case "reject":
                return str(_("put away: %(title)s", title=title))
    return str(ACTS.get(act, act))


def _note(act: Act) -> str:
    """Say the rest: where it was recorded, why, for how many, and what was set."""
    said = [_noted(name, value) for name, value in act.detail.items() if name in NOTES and value not in (None, "")]
    return ", ".join(said)


def _noted(name: str, value: str | int | None) -> str:
    match name:
        case "count":
            return str(ngettext("%(num)s message", "%(num)s messages", int(value or 0)))
        case "how":
            return str(_("with a password") if value == "password" else _("through the identity provider"))
        case "code":
            return str(REASONS.get(str(value), value))
        case "stand":
            return str(_("signatures stay as they are") if value == "keep" else _("signatories are asked"))
        case "deadline" | "at" if STAMP.match(str(value)):
            return f"{NOTES[name]} {moment_words(str(value), _language())}"
    return f"{NOTES[name]} {value}"


def _language() -> str:
    return str(get_locale() or "en").replace("_", "-")

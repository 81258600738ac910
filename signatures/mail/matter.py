"""What a mail is about, looked up when it is sent: a mail waits as ids only, and what was erased meanwhile is not told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from signatures.clock import stamp
from signatures.errors import NotFound
from signatures.mail.answers import Unsent
from signatures.mail.outbox import ERASED, OVERTAKEN, Mail
from signatures.printed import printed
from signatures.statement import Statement
from signatures.web.catalogues import LANGUAGES, SOURCE

if TYPE_CHECKING:
    from signatures.intake.submission import Submission
    from signatures.room import Room

Facts = dict[str, Any]
PLACES = {
    "confirmation": "confirmations",
    "entry": "entries",
    "objection": "objections",
    "invitation": "invitations",
}
"""Where a link of each purpose leads."""

STATES = {"confirmation": "received", "asked": "asked", "refused": "refused"}
"""In which state of its submission a mail is true; the others are true for good."""


class Gone(Exception):
    """Nobody needs a mail any more: what it is about was `erased`, or `overtaken` by what happened since."""

    def __init__(self, why: str = ERASED) -> None:
        """Say which."""
        super().__init__(why)
        self.why = why


def facts_of(room: Room, mail: Mail) -> Facts:
    """Look up what the template of this kind of mail says; raises Gone where there is nothing left to say."""
    try:
        return FACTS[mail.kind](room, mail)
    except NotFound as error:
        raise Gone from error
    except KeyError as error:
        raise Unsent(f"This software does not know what {error} is.") from None


def base_url(room: Room) -> str:
    """Tell the address under which readers find the register."""
    return room.settings.base_url or "http://localhost"


# ── by what a mail is about ──────────────────────────────────────────────────────────────────────────────────────────


def _about_submission(room: Room, mail: Mail) -> Facts:
    """Tell a submission to the one who sent it."""
    submission = _submission(room, mail)
    if not submission.contact.email:
        raise Gone
    if submission.state != STATES.get(mail.kind, submission.state):
        raise Gone(OVERTAKEN)
    statement = room.register.statement(submission.reference)
    told = _statement(room, statement, mail.language) | _link(room, mail)
    told |= {"printed": submission.printed, "name_language": submission.parts.name_language}
    told |= {"text_sha256": submission.text_sha256, "version": _version(room, statement, submission.text_sha256)}
    return told | {"reason_code": submission.reason_code, "reason": submission.reason, "question": submission.question}


def _about_entry(room: Room, mail: Mail) -> Facts:
    """Tell a listed entry to the one who sent it, as the log has it now."""
    submission = _submission(room, mail)
    told = _about_submission(room, mail)
    row = room.register.signature(submission.signature_id)
    present = room.register.present_parts(row.id)
    told |= {"printed": _line(present, mail.language), "name_language": present["name_language"]}
    told |= {"position": row.position, "signed_on": row.signed_on, "withdrawn_on": row.withdrawn_on}
    return told | {"receipt_url": _address(room, f"/receipts/{row.id}", mail.language)}


def _about_changed_text(room: Room, mail: Mail) -> Facts:
    """Tell a listed entry, and that the text which it stands under was changed after it was signed."""
    submission = _submission(room, mail)
    row = room.register.signature(submission.signature_id)
    statement = room.register.statement(submission.reference)
    if not row.stands or mail.about["text"] not in {text["sha256"] for text in statement.texts.values()}:
        raise Gone(OVERTAKEN)
    changed = {"text_now": mail.about["text"], "version_now": _version(room, statement, mail.about["text"])}
    public = (
        f"{base_url(room)}/statements/{statement.reference}/texts" if statement.edition else None
    )  # a draft's is none
    return _about_entry(room, mail) | changed | {"texts_url": public}


def _about_organisation(room: Room, mail: Mail) -> Facts:
    """Tell a registered organisation that somebody signs in its name: nothing that this somebody wrote is in it."""
    submission = _submission(room, mail)
    statement = room.register.statement(submission.reference)
    parts = room.register.organisation(_named(room, submission, mail.recipient)).spellings()[-1]
    told = _statement(room, statement, mail.language) | _link(room, mail)
    return told | {"printed": _line(parts, mail.language), "name_language": parts["name_language"]}


def _about_invitation(room: Room, mail: Mail) -> Facts:
    """Tell somebody what they are invited to sign, unless they have answered meanwhile."""
    invitation = room.invitations.get(mail.about["invitation"])
    if not invitation.email:
        raise Gone
    if invitation.state != "waiting":
        raise Gone(OVERTAKEN)
    statement = room.register.statement(invitation.reference)
    deadline = room.terms.of(statement.reference).deadline
    told = _statement(room, statement, mail.language) | _link(room, mail) | {"invited": invitation.name}
    return told | {"deadline": _on_clocks(deadline, statement.time_zone) if deadline else None}


def _about_webhook(room: Room, mail: Mail) -> Facts:
    """Tell which receiver is sent nothing any more, and why; without its address, which may hold a secret."""
    hook = room.hooks.of(mail.about["webhook"])
    if hook.disabled_at is None:
        raise Gone(OVERTAKEN)
    told = {"host": hook.host, "reference": hook.statement, "why": hook.why, "off_since": hook.disabled_at}
    return told | {"page_url": _address(room, f"/editors/webhooks/{hook.id}", mail.language)}


def _about_nothing(room: Room, mail: Mail) -> Facts:  # noqa: ARG001 - as the others
    return {}


FACTS: Mapping[str, Callable[[Room, Mail], Facts]] = {
    "confirmation": _about_submission,
    "refused": _about_submission,
    "asked": _about_submission,
    "accepted": _about_entry,
    "corrected": _about_entry,
    "withdrawn": _about_entry,
    "changed": _about_changed_text,
    "standing": _about_organisation,
    "objection": _about_organisation,
    "invitation": _about_invitation,
    "reminder": _about_invitation,
    "webhook": _about_webhook,
    "test": _about_nothing,
}
"""How each kind of mail finds its facts."""


# ── by the fact ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _submission(room: Room, mail: Mail) -> Submission:
    return room.intake.show(mail.about["submission"])


def _statement(room: Room, statement: Statement, language: str) -> Facts:
    """Tell a statement's title, in the mail's language where it has one."""
    chosen = next(
        (one for one in (language, statement.default_language, *statement.texts) if one in statement.texts), None
    )
    title = _text_entry(room, statement, chosen)["title"] if chosen else statement.reference
    return {
        "title": title,
        "title_language": chosen,
        "reference": statement.reference,
        "statement_url": f"{base_url(room)}/statements/{statement.reference}",
    }


def _version(room: Room, statement: Statement, sha256: str | None) -> str | None:
    """Tell how the version of the text that was signed is called, if it is among the present ones."""
    for language, text in statement.texts.items():
        if sha256 and text["sha256"] == sha256:
            label: str | None = _text_entry(room, statement, language)["version_label"]
            return label
    return None


def _text_entry(room: Room, statement: Statement, language: str) -> dict[str, Any]:
    (entry,) = room.store.stream_entries(f"statement/{statement.id}", statement.texts[language]["version"] - 1, 1)
    return entry.data()


def _link(room: Room, mail: Mail) -> Facts:
    """Tell where the mail's link leads and until when; Gone if it has ended, Unsent if only another secret opens it."""
    id_ = mail.about.get("link")
    if not id_:
        return {"link": None}
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT purpose, expires_at FROM link WHERE id = ?", (id_,))
        if not rows:
            raise Gone(OVERTAKEN)
        purpose, expires_at = rows[0]
        token = room.links.token(id_)
        if room.links.known(transaction, purpose, token) is None:
            raise Unsent("The link was made with another SIGNATURES_SECRET_KEY. Set the one that `serve` had then.")
    if expires_at is not None and expires_at <= stamp(room.clock()):
        raise Gone(OVERTAKEN)
    return {
        "link": _address(room, f"/{PLACES[purpose]}/{token}", mail.language),
        "code": room.links.code(id_),
        "valid_until": expires_at,
    }


def _address(room: Room, path: str, language: str) -> str:
    """Tell the address of a page in the language of the mail; what is written in the source's follows the browser."""
    asked = f"?lang={language}" if language in LANGUAGES and language != SOURCE else ""
    return f"{base_url(room)}{path}{asked}"


def _named(room: Room, submission: Submission, recipient: str) -> str:
    """Tell which registered organisation a submission names: the one for which the recipient answers, if any."""
    given = [id_ for id_ in (submission.organisation_id, submission.chosen) if id_]
    for id_ in dict.fromkeys((*given, *room.intake.identities.by_name(submission))):
        if recipient.casefold() in (address.casefold() for address, _language in room.intake.known_contacts(id_)):
            return id_
    raise Gone(OVERTAKEN)  # it was renamed, or another one answers for it now


def _line(parts: Mapping[str, Any], language: str) -> str:
    """Print registered name parts, translated into the mail's language where there is a choice."""
    translation, country = (
        texts.get(language) or next(iter(texts.values()), None)
        for texts in (parts["translations"], parts["country_printed"])
    )
    return printed(parts["acronym"], parts["name"], parts["transliteration"], translation, country)


def _on_clocks(deadline: str, time_zone: str) -> Facts:
    """Tell a deadline as the clocks of the statement's zone show it."""
    local = datetime.fromisoformat(deadline).astimezone(ZoneInfo(time_zone))
    return {"day": local.date().isoformat(), "hour": f"{local:%H:%M}", "zone": time_zone}

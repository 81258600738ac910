"""Acts asked for over the API: each calls the register or the intake once and tells status, address and what they say."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from signatures.aggregate import Actor, Reason
from signatures.errors import BodyTooLarge, InvalidInput, NotFound
from signatures.intake.acceptance import current_text
from signatures.intake.contacts import Contact
from signatures.log import heads
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.pages import formschema
from signatures.register import TEXT_LIMIT, Recorded, Register
from signatures.room import Room
from signatures.statement import Statement
from signatures.web.admission import Condition
from signatures.web.catalogues import LANGUAGES, SOURCE
from signatures.web.openapi import PREFIX
from signatures.web.submissionschema import WITHIN, what_follows

PARTS = ("acronym", "name", "name_language", "transliteration", "territories", "url")
Data = dict[str, Any]
Told = dict[str, Any]


def drafted(register: Register, by: Actor, data: Data) -> Told:
    """Begin a statement."""
    recorded = register.draft(by, **data)
    return _created(f"/statements/{data['reference']}", recorded, reference=data["reference"])


def text_set(register: Register, by: Actor, reference: str, language: str, data: Data, seen: Condition) -> Told:
    """Set a text if the present one is that which was seen."""
    _refuse_large(data["text"])
    with register.store.writing():
        statement = register.statement(reference)
        known = statement.texts.get(language)
        seen.check(text_tag(language, _position(register, statement, known["version"])) if known else None)
        recorded = register.set_text(by, reference, language=language, **data)
        present = register.statement(reference).texts[language]
    told = {"language": language, "text_sha256": present["sha256"]}
    body = {**told, "position": recorded.position, "recorded_at": recorded.recorded_at}
    status = HTTPStatus.OK if known else HTTPStatus.CREATED
    return {"status": status, "tag": text_tag(language, recorded.position), "body": body}


def text_tag(language: str, position: int) -> str:
    """Name a version of a text by the position at which it was set."""
    return f"{position}-{language}"


def published(register: Register, by: Actor, reference: str, data: Data, seen: Condition) -> Told:
    """Publish an edition if nothing was recorded since its order was made."""
    statement = register.statement(reference)
    seen.check_position(_position(register, statement, statement.version))
    terms = {"as_of": data["as_of"], "version_label": data["version_label"]}
    recorded = register.publish(by, reference, orders=_orders(data["orders"]), **terms)
    edition = statement.edition + 1
    path = f"/statements/{statement.reference}/editions/{edition}"
    return _created(path, recorded, edition=edition, as_of=data["as_of"])


def signed(register: Register, by: Actor, reference: str, data: Data, signature_id: str) -> Told:
    """Sign for an organisation."""
    statement = register.statement(reference)
    receipt = register.sign(
        by,
        reference,
        _name_parts(data, statement.default_language),
        signed_on=data["signed_on"],
        signed_on_means=data.get("signed_on_means", "on"),
        method="api",
        signature_id=signature_id,
        organisation_id=data.get("organisation_id"),
        reason=_reason(data),
    )
    location = PREFIX + _event(statement.reference, receipt.position)
    return {"status": HTTPStatus.CREATED, "location": location, "body": receipt._asdict()}


def withdrawn(register: Register, by: Actor, signature_id: str, data: Data) -> Told:
    """End a signature."""
    recorded = register.withdraw(by, signature_id, on=data["withdrawn_on"], show=data["show"], reason=_reason(data))
    return _happened(register, signature_id, recorded)


def corrected(register: Register, by: Actor, signature_id: str, data: Data) -> Told:
    """Set an entry right."""
    changes = {name: value for name, value in data.items() if name not in ("effective_on", "reason_code", "note")}
    if "organisation_id" in changes:
        changes["organisation_id"] = changes["organisation_id"].lower()
    recorded = register.correct(by, signature_id, changes, on=data.get("effective_on"), reason=_reason(data))
    return _happened(register, signature_id, recorded)


def voided(register: Register, by: Actor, signature_id: str, data: Data) -> Told:
    """Void a signature."""
    return _happened(register, signature_id, register.void(by, signature_id, reason=_reason(data)))


def submitted(room: Room, data: Data) -> Told:
    """Take a submission; what is told is the same for one that is known, new, held back or already listed."""
    invitation = data.get("invitation")
    statement = room.intake.signable(data["statement"], invitation)
    if data["text_sha256"] != current_text(statement):  # the intake says so too, but not in the reader's language
        changed = _("The text was changed while you were reading it. Read it again, then tick the box.")
        raise InvalidInput(changed, field="text_sha256")
    contact = Contact(data["contact"]["name"], data["contact"].get("role"), data["contact"]["email"])
    territories = list(dict.fromkeys(data.get("territories", [])))  # each once, as the form reads them
    submission = room.intake.receive(
        statement.reference,
        formschema.name_parts({**data, "territories": territories}, statement.default_language),
        contact,
        text_sha256=data["text_sha256"],
        language=data.get("language") or _language_of_mails(statement),
        chosen=_chosen(room.register, data.get("organisation_id")),
        invitation_token=invitation,
        held="flood" if room.limits.flooded(statement.reference, contact.email) else None,
    )
    detail = what_follows(room.terms.of(statement.reference).acceptance)
    body = {"submission": submission.id, "state": "received", "confirm_within": WITHIN, "detail": detail}
    return {"status": HTTPStatus.ACCEPTED, "body": body}


def _chosen(register: Register, id_: str | None) -> str | None:
    """Read the registered organisation that it says it is, which must be one."""
    try:
        return str(register.organisation(str(UUID(id_))).id) if id_ else None
    except (ValueError, NotFound):
        raise InvalidInput(_("This organisation is not registered. Choose again."), field="organisation_id") from None


def _language_of_mails(statement: Statement) -> str:
    return statement.default_language if statement.default_language in LANGUAGES else SOURCE


def _position(register: Register, statement: Statement, version: int) -> int:
    return register.store.stream_entries(f"statement/{statement.id}", version - 1, 1)[-1].position


def _created(path: str, recorded: Recorded, **more: object) -> Told:
    body = {**more, "position": recorded.position, "recorded_at": recorded.recorded_at}
    return {"status": HTTPStatus.CREATED, "location": PREFIX + path, "body": body}


def _happened(register: Register, signature_id: str, recorded: Recorded) -> Told:
    with register.store.reading() as transaction:
        head = heads.head(transaction, register.signature(signature_id).statement)
    reference = head.state["reference"] if head else ""
    return _created(_event(reference, recorded.position), recorded, signature_id=signature_id)


def _event(reference: str, position: int) -> str:
    """Address one event of a statement, for ever."""
    return f"/statements/{reference}/events?after={position - 1}&limit=1"


def _reason(data: Data) -> Reason:
    return Reason(data.get("reason_code"), data.get("note"))


def _name_parts(data: Data, language: str) -> NameParts:
    """Make name parts whose translation and printed country are in the statement's own language."""
    return NameParts(
        **{name: data[name] for name in PARTS if data.get(name) is not None},
        translations={language: data["translation"]} if data.get("translation") is not None else {},
        country_printed={language: data["country"]} if data.get("country") is not None else {},
    )


def _orders(orders: dict[str, list[dict[str, str]]] | None) -> dict[str, list[OrderLine]] | None:
    """Read orders by language; None for an edition as received."""
    if orders is None:
        return None
    return {language: [_line(*next(iter(line.items()))) for line in lines] for language, lines in orders.items()}


def _line(kind: str, value: str) -> OrderLine:
    return OrderLine(kind, value.lower() if kind == "signature" else value)


def _refuse_large(text: str | None) -> None:
    size = len((text or "").encode())
    if size > TEXT_LIMIT:
        raise BodyTooLarge(f"The text has {size} bytes; {TEXT_LIMIT} are the most.", limit=TEXT_LIMIT)

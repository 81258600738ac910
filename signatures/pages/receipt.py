"""The receipt: what the log says of one signature, public like the list that it stands on, and the file that proves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from signatures.errors import NotFound
from signatures.pages.formdesk import here
from signatures.pages.signable import StatementOf, shown
from signatures.printed import printed
from signatures.proof import notes
from signatures.proof.receipts import SUFFIX, receipt_of
from signatures.room import Room
from signatures.sentences import said
from signatures.statement import SignatureRow, Statement
from signatures.web.frame import language_of_reader

OrganisationOf = Callable[[str], Mapping[str, Any]]
"""Tells of an organisation and the signatures by which public lists name it; NotFound where there is none."""


def blueprint(room: Room, statement_of: StatementOf, organisation_of: OrganisationOf) -> Blueprint:
    """Make the blueprint `receipt`: /receipts/SIGNATURE_ID and, to keep, /receipts/SIGNATURE_ID.tlog-proof."""
    receipts = Blueprint("receipt", __name__)

    @receipts.get("/receipts/<signature_id>")
    def receipt(signature_id: str) -> Response:
        """Show what the log says of a signature on a list that the public sees."""
        row, statement = public(room, signature_id)
        told = shown(statement_of(statement.reference), language_of_reader())
        page = render_template(
            "receipt.html", statement=told, here=here(), **facts(room, row, statement, organisation_of)
        )
        response = make_response(page)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    @receipts.get(f"/receipts/<signature_id>{SUFFIX}")
    def file(signature_id: str) -> Response:
        """Hand out the receipt as a file that anybody can check offline, for as long as files can be read."""
        row, _ = public(room, signature_id)
        return as_file(receipt_of(room.store, room.checkpoints, row.position), f"{row.id}{SUFFIX}")

    return receipts


def public(room: Room, signature_id: str) -> tuple[SignatureRow, Statement]:
    """Find a signature on a list that the public sees; one of a draft is as unknown as one that never was."""
    try:
        row, statement = room.register.signed(signature_id)
        room.intake.public(statement.reference)
    except NotFound:
        raise NotFound(said("There is no signature %(id)s.", id=repr(signature_id))) from None
    return row, statement


def as_file(content: bytes, name: str) -> Response:
    """Answer with a file to keep; whoever asks again gets the newest."""
    response = Response(content, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    response.add_etag()
    response.make_conditional(request)
    return response


def facts(room: Room, row: SignatureRow, statement: Statement, organisation_of: OrganisationOf) -> dict[str, Any]:
    """Gather what a receipt says: the entry as it was signed and as it is printed today, and where it stands."""
    entry = room.store.entry(row.position)
    if entry is None:
        raise NotFound(said("The entry at position %(position)s is not shown.", position=row.position))
    data, present = entry.data(), room.register.present_parts(row.id)
    language = statement.default_language
    return {
        "signature": row,
        "position": row.position,
        "recorded_at": entry.recorded_at,
        "signed_on": present["signed_on"],
        "checksum": entry.leaf_hash.hex(),
        "text_sha256": data["text_sha256"],
        "line": line_of(data, language),
        "line_today": line_of(present, language),
        "name_language": data["name_language"],
        "found": _found(row, organisation_of),  # not `place`: templates name the part of the masthead so
        "address": (room.settings.base_url or request.host_url).rstrip("/") + f"/receipts/{row.id}",
        "today": room.register.today(statement).isoformat(),
        "sealed": sealed(room),
        "kept": not entry.withheld,
        "file": f"{row.id}{SUFFIX}",
    }


def sealed(room: Room) -> dict[str, Any]:
    """Tell what is signed of the log and by which key; size 0 while nothing is."""
    note = room.checkpoints.newest()
    size = notes.read_checkpoint(notes.read_note(note).text).size if note else 0
    key = room.checkpoints.key()
    return {"size": size, "origin": key.name, "vkey": key.vkey()}


def line_of(parts: Mapping[str, Any], language: str) -> str:
    """Print the line of an entry in a statement's language."""
    translation, country = (
        parts[field].get(language) or next(iter(parts[field].values()), None)
        for field in ("translations", "country_printed")
    )
    return printed(parts["acronym"], parts["name"], parts["transliteration"], translation, country)


def _found(row: SignatureRow, organisation_of: OrganisationOf) -> Mapping[str, Any] | None:
    """Find the entry among those by which public lists name its organisation; None if none does today."""
    try:
        signatures = organisation_of(row.organisation)["signatures"]
    except NotFound:
        return None
    return next((one for one in signatures if one["signature_id"] == row.id), None)

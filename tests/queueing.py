"""A queue as editors meet it: submissions in every state, on a register that knows the seeds' organisations."""

from __future__ import annotations

import re
import uuid
from typing import Any

from signatures import samples
from signatures.aggregate import Actor
from signatures.intake.contacts import Contact
from signatures.intake.submission import Submission
from signatures.log.eventlog import sha256
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.htmlpage import Page

EDITOR = Actor("editor", "test")
REFERENCE = "common-2026"
TEXT = "A text that many sign.\n\nIts second paragraph."
CONTACT = Contact("Press Office", "Secretary", "office@union.example.org")
LYON = NameParts(
    "Unité Communiste Lyon",
    "UCLyon",
    "fr",
    None,
    {"en": "Communist United Lyon"},
    {"en": "France"},
    ["FR"],
    "https://union.example.org/",
)


def publish(room: Room, reference: str = REFERENCE) -> None:
    """Publish a statement that nobody has signed yet."""
    room.register.draft(
        EDITOR, reference=reference, kind="Resolution", time_zone="Europe/Berlin", default_language="en"
    )
    room.register.set_text(EDITOR, reference, language="en", title="On keeping a common list", text=TEXT)
    room.register.publish(EDITOR, reference, as_of=room.clock().date().isoformat())


def know(room: Room, *references: str) -> None:
    """Register the organisations of the seeds."""
    for reference in references or ("myanmar-2021",):
        samples.load(room.register, reference)


def send(room: Room, name: str | NameParts = "Union A", **more: Any) -> str:
    """Send a submission and return its id; no two come at one instant."""
    if isinstance(room.clock, FixedClock):
        room.clock.advance(seconds=1)
    parts = name if isinstance(name, NameParts) else NameParts(name, **more.pop("parts", {}))
    values = {"text_sha256": sha256(TEXT.encode()), "form_id": str(uuid.uuid4()), **more}
    # An address gets three messages in six hours, so each organisation has its own.
    own = CONTACT._replace(email=f"office-{sha256(parts.name.encode())[:6]}@union.example.org")
    contact, reference = values.pop("contact", own), values.pop("reference", REFERENCE)
    return room.intake.receive(reference, parts, contact, **values).id


def confirm(room: Room, id_: str) -> Submission:
    """Confirm its address as the contact does, by the link and the code of the newest mail."""
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute(
            "SELECT id FROM link WHERE about = ? AND purpose = 'confirmation' ORDER BY issued_at DESC", (id_,)
        )
    link = rows[0][0]
    return room.intake.confirm(room.links.token(link), room.links.code(link))


def waiting(room: Room, name: str | NameParts = "Union A", **more: Any) -> str:
    """Send a submission and confirm its address."""
    return confirm(room, send(room, name, **more)).id


def object_to(room: Room, id_: str) -> None:
    """Say for the organisation's known contact that this was not them."""
    with room.contacts.database.writing() as transaction:
        token = room.links.token(room.links.issue(transaction, "objection", id_))
    room.intake.object(token)


def fill(room: Room) -> dict[str, str]:
    """Make one submission of each kind to a statement that is published already."""
    know(room)
    ids = {
        "plain": waiting(room, "Syndicat des pêcheurs", parts={"acronym": "SDP", "name_language": "fr"}, language="fr"),
        "mixed": waiting(room, "Parti Haϊtien des pêcheurs", parts={"name_language": "fr"}),
        "arabic": waiting(
            room, "اتحاد عمال الموانئ", parts={"name_language": "ar", "translations": {"en": "Harbour Union"}}
        ),
        "objected": waiting(room, "Bolşevik Parti", parts={"acronym": "BP", "name_language": "tr"}),
        "unconfirmed": send(room, "Union of the unconfirmed"),
        "held": send(room, "Union of the fast", held="fast"),
        "asked": waiting(room, "Union with a question"),
        "refused": waiting(room, "Union of nobody"),
        "accepted": waiting(room, "Union that is listed"),
        "lyon": waiting(room, LYON, language="fr"),
    }
    object_to(room, ids["objected"])
    room.intake.ask(ids["asked"], EDITOR, "Which country do you print?")
    room.intake.refuse(ids["refused"], EDITOR, "not-authorised", "Nobody there knows of it.")
    room.intake.accept(ids["accepted"], EDITOR, new=True)
    return ids


def words(text: str) -> str:
    """Read a page's text on one line."""
    return re.sub(r"\s+", " ", Page(text).said)

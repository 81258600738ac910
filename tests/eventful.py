"""A register for tests in which everything that can happen has happened, and short ways to begin and sign."""

from __future__ import annotations

from typing import NamedTuple

from signatures.aggregate import Actor, Reason
from signatures.log.store import Store
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.postgresql import PostgreSQLDatabase
from signatures.register import Receipt, Recorded, Register

EDITOR = Actor("editor", "e-1")
SYSTEM = Actor("system")
SLIP = Reason("other", "a slip of ours")
OPEN, SECRET, GONE = "peace-2021", "secret-2021", "gone-2021"


class Eventful(NamedTuple):
    """What an eventful history gave its signatories."""

    alpha: Receipt
    beta: Receipt
    gamma: Receipt
    again: Receipt
    hidden: Receipt
    last: Recorded


def draft(
    register: Register, reference: str = OPEN, *, title: str = "For peace", text: str | None = "We want peace.\n"
) -> None:
    """Begin a statement with a title and a text in English."""
    register.draft(EDITOR, reference=reference, kind="statement", time_zone="Europe/Berlin", default_language="en")
    register.set_text(EDITOR, reference, language="en", title=title, text=text)


def sign(
    register: Register, name: str, reference: str = OPEN, *, on: str = "2021-06-07", **more: str | None
) -> Receipt:
    """Sign for an organisation that is known by its name alone."""
    return register.sign(EDITOR, reference, NameParts(name), signed_on=on, method="paper", **more)  # type: ignore[arg-type]


def eventful(register: Register) -> Eventful:
    """Let everything happen once: every event class, every annullable act, and two statements that stay unpublished."""
    draft(register)
    register.set_text(
        EDITOR, OPEN, language="de", title="Für den Frieden", text="Wir wollen Frieden.\n", version_label="2. Fassung"
    )
    register.amend(
        EDITOR,
        OPEN,
        {"issuer": "Union of Unions", "issued_on": "2021-06-01", "printed_number": "UU 7"},
        Reason("typo", None),
    )
    alpha = register.sign(EDITOR, OPEN, parts_alpha(), signed_on="2021-06-07", method="form", assurance="address")
    beta = sign(register, "Beta Union", on="2021-06-07")
    gamma = sign(register, "Gamma Union", on="2021-06-08")
    order = [OrderLine("section", "Africa"), OrderLine("signature", beta.signature_id), OrderLine("gap", "left early")]
    order += [OrderLine("signature", alpha.signature_id), OrderLine("signature", gamma.signature_id)]
    register.publish(EDITOR, OPEN, as_of="2021-06-08", orders={"en": order}, version_label="first")
    corrected = register.correct(
        EDITOR, alpha.signature_id, {"translation": "Alpha Federation", "territories": ["CD", "CG"]}
    )
    register.correct(EDITOR, alpha.signature_id, {"name": "Alpha Neu"}, on="2021-06-20", reason=Reason("renamed"))
    register.annul(EDITOR, OPEN, corrected.position, SLIP)
    withdrawn = register.withdraw(EDITOR, beta.signature_id, on="2021-06-10", show=False, reason=Reason("own-request"))
    register.annul(EDITOR, OPEN, withdrawn.position, SLIP)
    register.withdraw(EDITOR, beta.signature_id, on="2021-06-11")
    again = sign(register, "beta  UNION", on="2021-06-12")
    voided = register.void(EDITOR, gamma.signature_id, reason=Reason("fraud", "nobody there knew of it"))
    register.annul(SYSTEM, OPEN, voided.position, SLIP)
    register.void(EDITOR, gamma.signature_id)
    closed = register.close_signing(EDITOR, OPEN, on="2021-06-15")
    reopened = register.reopen_signing(EDITOR, OPEN, on="2021-06-20")
    register.annul(EDITOR, OPEN, reopened.position, SLIP)
    register.annul(EDITOR, OPEN, closed.position, SLIP)
    register.rename(EDITOR, again.organisation_id, {"name": "Beta United", "acronym": "BU"}, on="2021-06-25")
    merged = register.merge(EDITOR, gamma.organisation_id, again.organisation_id, Reason("duplicate"))
    register.annul_merger(EDITOR, gamma.organisation_id, merged.position, SLIP)
    register.merge(EDITOR, gamma.organisation_id, alpha.organisation_id)
    draft(register, SECRET, title="Not yet for anybody", text="Nobody has seen this.\n")
    hidden = sign(register, "Hidden Union", SECRET)
    sign(register, "Beta United", SECRET, organisation_id=again.organisation_id)
    register.correct(EDITOR, hidden.signature_id, {"organisation_id": gamma.organisation_id}, on="2021-06-30")
    draft(register, GONE, text=None)
    register.discard(EDITOR, GONE)
    register.publish(EDITOR, OPEN, as_of="2021-06-30")
    retracted = register.retract(EDITOR, OPEN, on="2021-07-01")
    register.annul(EDITOR, OPEN, retracted.position, SLIP)
    return Eventful(alpha, beta, gamma, again, hidden, register.retract(EDITOR, OPEN, on="2021-07-01"))


def parts_alpha() -> NameParts:
    """Give a name with all its parts, in more than one script."""
    return NameParts(
        "Организация Альфа",
        acronym="БРП(к)",
        name_language="ru",
        transliteration="Organizatsiya Alfa",
        translations={"en": "Alpha Organisation"},
        country_printed={"en": "Democratic Republic of the Congo"},
        territories=["CD"],
        url="https://alpha.example.org/",
    )


def forget(store: Store) -> None:
    """Close a store, and make its PostgreSQL database as good as new: dropping and making one takes a second."""
    store.database.close()
    if isinstance(store.database, PostgreSQLDatabase):
        with store.database.writing() as transaction:
            transaction.execute(f"DROP SCHEMA IF EXISTS {store.database.name} CASCADE")
        store.database.close()

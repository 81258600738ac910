"""The commands on signatures, and on the organisations that gave them."""

from __future__ import annotations

from typing import Any

import click

from signatures.commands.frame import (
    OPERATOR,
    name_options,
    own_name_options,
    reason_of,
    reason_options,
    told,
    with_room,
)
from signatures.errors import InvalidInput
from signatures.organisation import PART_FIELDS, NameParts
from signatures.room import Room


@click.command()
@click.argument("reference", metavar="REF")
@name_options
@click.option("--organisation", metavar="ID", help="An organisation that is registered already.")
@click.option("--on", required=True, metavar="DATE", help="The first date on which it counts.")
@reason_options
@with_room
def sign(
    room: Room, /, reference: str, organisation: str | None, on: str, code: str | None, reason: str | None, **names: Any
) -> None:
    """Record an organisation's signature."""
    language = room.register.statement(reference).default_language
    if not names["name"]:
        raise InvalidInput("--name is missing. Write the organisation's name in its own script.")
    receipt = room.register.sign(
        OPERATOR,
        reference,
        parts_of(names, language),
        signed_on=on,
        method="paper",
        organisation_id=organisation,
        reason=reason_of(code, reason),
    )
    click.echo(f"Signature {receipt.signature_id} of organisation {receipt.organisation_id}.")
    told(receipt)


def parts_of(names: dict[str, Any], language: str) -> NameParts:
    """Make name parts from options; translation and country are of the statement's language."""
    return NameParts(
        name=names["name"],
        acronym=names["acronym"] or None,
        name_language=names["name_language"] or None,
        transliteration=names["transliteration"] or None,
        translations={language: names["translation"]} if names["translation"] else {},
        country_printed={language: names["country"]} if names["country"] else {},
        territories=[territory.upper() for territory in names["territory"]],
        url=names["url"] or None,
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@click.option("--on", required=True, metavar="DATE", help="From this date on it does not stand.")
@click.option("--hide", is_flag=True, help="The organisation does not wish to be named as having left.")
@reason_options
@with_room
def withdraw(
    room: Room, reference: str, signature_id: str, on: str, code: str | None, reason: str | None, *, hide: bool
) -> None:
    """Record that a signature ends on a date."""
    told(
        room.register.withdraw(
            OPERATOR, signature_id, on=on, show=not hide, reference=reference, reason=reason_of(code, reason)
        )
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@name_options
@click.option("--organisation", metavar="ID", help="The organisation that really signed.")
@click.option("--signed-on", metavar="DATE", help="The right date of signing, for all dates.")
@click.option("--on", metavar="DATE", help="From this date on; default: for all dates.")
@reason_options
@with_room
def correct(
    room: Room,
    /,
    reference: str,
    signature_id: str,
    on: str | None,
    code: str | None,
    reason: str | None,
    organisation: str | None,
    signed_on: str | None,
    **names: Any,
) -> None:
    """Set an entry right; an empty value removes a part."""
    changes = {field: value or None for field, value in names.items() if value is not None and field != "territory"}
    if names["territory"]:
        changes["territories"] = [territory.upper() for territory in names["territory"] if territory]
    changes |= {"organisation_id": organisation.lower()} if organisation else {}
    changes |= {"signed_on": signed_on} if signed_on else {}
    told(
        room.register.correct(
            OPERATOR, signature_id, changes, on=on, reference=reference, reason=reason_of(code, reason)
        )
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@reason_options
@with_room
def void(room: Room, reference: str, signature_id: str, code: str | None, reason: str | None) -> None:
    """Void a signature that never was one: gone on every date."""
    told(room.register.void(OPERATOR, signature_id, reference=reference, reason=reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("position", type=click.IntRange(min=1))
@reason_options
@with_room
def annul(room: Room, reference: str, position: int, code: str | None, reason: str | None) -> None:
    """Take back a slip of ours: what a position says counts as never recorded."""
    told(room.register.annul(OPERATOR, reference, position, reason_of(code, reason)))


@click.command()
@click.argument("organisation")
@own_name_options
@click.option("--on", metavar="DATE", help="From this date on; default: always.")
@reason_options
@with_room
def rename(
    room: Room, /, organisation: str, on: str | None, code: str | None, reason: str | None, **names: Any
) -> None:
    """Give an organisation other name parts; what was printed stays as signed."""
    given = {field: value or None for field, value in names.items() if value is not None and field in PART_FIELDS}
    if names["territory"]:
        given["territories"] = [territory.upper() for territory in names["territory"] if territory]
    told(room.register.rename(OPERATOR, organisation, given, on=on, reason=reason_of(code, reason)))


@click.command()
@click.argument("organisation")
@click.argument("into")
@reason_options
@with_room
def merge(room: Room, organisation: str, into: str, code: str | None, reason: str | None) -> None:
    """Say that two registrations are one body, for all dates; lists stay as recorded."""
    told(room.register.merge(OPERATOR, organisation, into, reason_of(code, reason)))
    for reference, ids in room.register.standing_twice(organisation):
        click.echo(f"It stands by several signatures under {reference} now: {', '.join(ids)}")

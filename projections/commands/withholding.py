"""The command that carries out an order of erasure: the entry first, then every file in which its names lay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from projections.room import ReadingRoom
from signatures.commands.frame import OPERATOR, progress, reason_of, reason_options, told, with_room
from signatures.log.eventlog import Entry
from signatures.log.redaction import WITHHOLDABLE, removed
from signatures.privacy import erasing
from signatures.room import Room

LISTED = 20  # other entries that are named one by one
ELSEWHERE = (
    "Copies made before today still hold it, and so may caches before this server, for up to a week, and whoever read"
    ' the list: deploy/README.md tells what to do, under "An order of erasure".'
)


@click.command()
@click.argument("position", type=click.IntRange(min=1))
@reason_options
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_room
def withhold(room: Room, position: int, code: str | None, reason: str | None, *, yes: bool) -> None:
    """Erase by order the names and the note of an entry for ever; its place, dates and leaf hash stay.

    Doing it again changes nothing, and goes on with files that could not be rewritten the first time.
    """
    entry, by = room.register.withholdable(position)
    if by is None:
        _warn(room, entry, values=not yes)
        if not yes:
            click.confirm("Erase it for ever?", abort=True)
        told(room.register.withhold(OPERATOR, position, reason_of(code, reason)))
    else:
        click.echo(f"Position {position} was withheld at position {by.position}, {by.recorded_at}.")
    _erase_submission(room, entry)
    ReadingRoom(room).lists.replay.purge()
    erasing.scrub_register(room)
    click.echo(f"Position {position} is withheld: its leaf hash is left, so root and proofs stay. {ELSEWHERE}")


def _warn(room: Room, entry: Entry, *, values: bool) -> None:
    """Say what will be erased, and where else it stands; the values only to somebody who is asked."""
    click.echo(f"Position {entry.position}: {entry.type}, recorded {entry.recorded_at}. What will be erased:")
    for field, value in removed(entry.data()).items():
        click.echo(f"  {field}" + (f": {_plain(value)}" if values else ""))
    with progress("Looking for it elsewhere", room.store.max_notification_id()) as advance:
        found = list(erasing.mentions(room.store, entry, advance))
    _list("It stands in other entries, too, which stay as they are:", [one for one in found if one.says])
    _list("The same organisation is named in these, perhaps otherwise:", [one for one in found if not one.says])
    for digest in erasing.texts_saying(room.store, entry):
        click.echo(f"It stands in the stored text {digest}, which cannot be withheld.")
    for kind, count in erasing.copies(room.contacts.database, entry).items():
        click.echo(f"It stands in {count} {kind} of the contacts database.")


def _list(heading: str, found: Sequence[erasing.Mention]) -> None:
    if found:
        click.echo(heading)
    for one in found[:LISTED]:
        means = "" if one.type in WITHHOLDABLE else ", which cannot be withheld"
        click.echo(f"  position {one.position}: {one.type} of {one.stream}{means}")
    if len(found) > LISTED:
        click.echo(f"  and {len(found) - LISTED} more")


def _plain(value: Any) -> str:
    """Write a value on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{text} ({language})" for language, text in value.items())
    return ", ".join(value) if isinstance(value, list) else str(value)


def _erase_submission(room: Room, entry: Entry) -> None:
    """Erase what came through the form with it; the contact stays until it is to be forgotten."""
    if entry.type == "Signed" and erasing.erase_submission(room, entry):
        click.echo("The name parts of the submission that it came from are erased, too.")


COMMANDS: tuple[click.Command, ...] = (withhold,)

"""The command of the schedule, and what `publish --at` plans: editions at an hour to come."""

from __future__ import annotations

import click

from signatures.commands.frame import OPERATOR, with_room
from signatures.editors.schedule import Planned
from signatures.errors import NotFound, Refused
from signatures.intake.acceptance import ref
from signatures.intake.closing import deadline_at, hour_of, zone_of
from signatures.room import Room

BY = ref(OPERATOR)


@click.command()
@click.argument("reference", metavar="[REF]", required=False)
@click.option("--cancel", metavar="ID", help="Cancel what is planned under this id.")
@with_room
def schedule(room: Room, reference: str | None, cancel: str | None) -> None:
    """List the editions that `publish --at` has planned, of one statement or of all, or cancel one."""
    name = room.register.statement(reference).reference if reference else None
    if cancel is not None:
        if name not in (None, room.schedule.get(cancel).reference):
            raise NotFound(f"Nothing of {name} is planned under {cancel!r}.")
        planned = room.schedule.cancel(cancel, BY)
        room.acts.note(BY, "unschedule", f"statement:{planned.reference}", at=planned.at)
        click.echo("Cancelled.")
        return
    waiting = room.schedule.waiting(name)
    for one in waiting:
        _tell(room, one)
    if not waiting:
        click.echo("No edition is planned. `signatures publish REF --at 'YYYY-MM-DD HH:MM'` plans one.")


def plan(room: Room, reference: str, at: str, which: str | None, version_label: str | None) -> None:
    """Plan the next edition for an hour on the clocks of the statement's zone."""
    statement = room.register.statement(reference)
    if statement.discarded or statement.retractions:
        raise Refused(f"{statement.reference} was taken back or discarded; no edition of it is published any more.")
    fold = None if which is None else int(which == "second")
    planned = room.schedule.plan(statement.reference, deadline_at(at, statement.time_zone, fold), BY, version_label)
    room.acts.note(BY, "schedule", f"statement:{statement.reference}", at=planned.at)
    _tell(room, planned)


def _tell(room: Room, planned: Planned) -> None:
    zone = room.register.statement(planned.reference).time_zone
    label = f"  {planned.version_label}" if planned.version_label else ""
    click.echo(
        f"{planned.id}  {planned.reference}  {' '.join(hour_of(planned.at, zone))} {zone_of(planned.at, zone)}{label}"
    )

"""The commands on a statement's terms and on who is invited to sign it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from signatures.clock import stamp
from signatures.commands.frame import OPERATOR, content, with_room
from signatures.errors import InvalidInput
from signatures.importing import decode
from signatures.intake.acceptance import ref
from signatures.intake.closing import deadline_at
from signatures.intake.terms import ACCEPTANCES, Terms
from signatures.room import Room

BY = ref(OPERATOR)
LIST_LIMIT = 2**20  # bytes of a file of those to be invited


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--acceptance", type=click.Choice(ACCEPTANCES), help="Who accepts a signature.")
@click.option("--deadline", metavar='"YYYY-MM-DD HH:MM"', help="When signing ends, on the statement's clocks.")
@click.option("--which", type=click.Choice(["first", "second"]), help="Of an hour that the clocks show twice.")
@click.option("--threshold", metavar="N", help="How many signatories are hoped for.")
@click.option("--threshold-share", metavar="PERCENT", help="How many of those invited are hoped for.")
@click.option("--answer-days", metavar="N", help="Within how many days the secretariat answers.")
@with_room
def terms(room: Room, /, reference: str, **options: Any) -> None:
    """Show or change the terms on which a statement takes signatures; an empty value removes one."""
    statement = room.register.statement(reference)
    changes = _changes(room, statement.time_zone, options)
    if changes:
        room.terms.change(statement.reference, BY, **changes)
        room.acts.note(BY, "terms", f"statement:{statement.reference}", **changes)
    _tell(room.terms.of(statement.reference), statement.time_zone)


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", help="The organisation that is invited.")
@click.option("--email", help="Where its mail goes.")
@click.option("--language", help="Of the mail; default: the statement's own.")
@click.option("--organisation", metavar="ID", help="The registered organisation that it is.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@with_room
def invite(room: Room, /, reference: str, file: Path | None, *, dry_run: bool, **one: str | None) -> None:
    """Invite one organisation, or those of a FILE: lines `name; e-mail; language`, or CSV."""
    statement = room.register.statement(reference)
    language = one["language"] or statement.default_language
    if file is not None:
        _invite_file(room, statement.reference, decode(content(file, LIST_LIMIT)), language, dry_run=dry_run)
        return
    if not one["name"] or not one["email"]:
        raise InvalidInput("Name a file, or give --name and --email.")
    if not dry_run:
        room.invitations.invite(statement.reference, one["name"], one["email"], language, one["organisation"], by=BY)
        room.acts.note(BY, "invite", f"statement:{statement.reference}", count=1)
    click.echo("1 would be invited." if dry_run else "1 invited.")


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--dry-run", is_flag=True, help="Only tell who would be reminded.")
@with_room
def remind(room: Room, reference: str, *, dry_run: bool) -> None:
    """Remind who was invited and has not answered, at most three times and with three days between."""
    found = room.invitations.remind(reference, dry_run=dry_run)
    if found.sent and not dry_run:
        room.acts.note(BY, "remind", f"statement:{found.sent[0].reference}", count=len(found.sent))
    for one in found.sent:
        click.echo(f"{one.id}  reminder {one.reminders + 1}  {one.language}  {one.name}")
    done = "would be reminded" if dry_run else "reminded"
    click.echo(f"{len(found.sent)} {done}, {len(found.too_soon)} later, {len(found.enough)} often enough.")


def _invite_file(room: Room, reference: str, text: str, language: str, *, dry_run: bool) -> None:
    weighed = room.invitations.weigh(reference, text, language)
    left = [one for one in weighed if not one.taken]
    for one in left:
        click.echo(f"line {one.line}: {one.problem}", err=True)
    taken = len(weighed) - len(left)
    if not dry_run and taken:
        taken = len(room.invitations.invite_all(reference, text, language, by=BY))
        room.acts.note(BY, "invite", f"statement:{reference}", count=taken)
    click.echo(f"{taken} {'would be ' if dry_run else ''}invited, {len(left)} left out.")
    if any(not one.double for one in left):
        click.get_current_context().exit(1)


def _changes(room: Room, time_zone: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read the options that were given."""
    changes: dict[str, Any] = {}
    if options["acceptance"]:
        changes["acceptance"] = options["acceptance"]
    if options["deadline"] is not None:
        changes["deadline"] = _deadline(room, time_zone, options["deadline"], options["which"])
    for name in ("threshold", "threshold_share", "answer_days"):
        if options[name] is not None:
            changes[name] = _number(name, options[name])
    if changes.get("threshold") is not None:
        changes.setdefault("threshold_share", None)
    elif changes.get("threshold_share") is not None:
        changes.setdefault("threshold", None)
    return changes


def _deadline(room: Room, time_zone: str, text: str, which: str | None) -> str | None:
    if not text:
        return None
    fold = {"first": 0, "second": 1}.get(which or "")
    try:
        deadline = deadline_at(text, time_zone, fold)
    except InvalidInput as refused:
        if refused.details.get("hour") == "twice":
            raise InvalidInput(f"{refused.sentence} Add --which first or --which second.") from refused
        raise
    if deadline <= stamp(room.clock()):
        raise InvalidInput("This hour has passed. `signatures close` ends signing.", field="deadline")
    return deadline


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise InvalidInput(f"--{name.replace('_', '-')}: {text!r} is no whole number.", field=name)
    return int(text)


def _tell(found: Terms, time_zone: str) -> None:
    local = datetime.fromisoformat(found.deadline).astimezone(ZoneInfo(time_zone)) if found.deadline else None
    click.echo(f"acceptance   {found.acceptance}")
    click.echo(f"deadline     {f'{local:%Y-%m-%d %H:%M %z} {time_zone}' if local else 'none'}")
    share = f"{found.threshold_share} % of those invited" if found.threshold_share else None
    click.echo(f"threshold    {found.threshold or share or 'none'}")
    click.echo(f"answer days  {found.answer_days or 'not said'}")

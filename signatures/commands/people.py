"""The commands for tokens and submissions."""

from __future__ import annotations

import json

import click

from signatures.aggregate import REASON_CODES
from signatures.commands.frame import (
    OPERATOR,
    room_of,
    told,
    with_room,
)
from signatures.due import do_what_is_due
from signatures.intake.submission import STATES, WAITING
from signatures.intake.tokens import ROLES
from signatures.room import Room


@click.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option("--revoke", is_flag=True, help="End every token of this name instead.")
@with_room
def token(room: Room, name: str, role: str, *, revoke: bool) -> None:
    """Make a bearer token for the API and print it, once."""
    if revoke:
        click.echo(f"{room.tokens.revoke(name)} ended.")
        return
    click.echo(room.tokens.issue(name, role))


@click.group(invoke_without_command=True)
@click.option("--all", "all_", is_flag=True, help="Also those that are decided.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def submissions(context: click.Context, format_: str, *, all_: bool) -> None:
    """List what came through the form and waits; show, accept, refuse, ask and release decide."""
    if context.invoked_subcommand is not None:
        return
    room = room_of(context)
    found = room.intake.list(STATES if all_ else WAITING)
    if format_ == "json":
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(f"{one.id}  {one.state:9}  {one.received_at[:10]}  {one.reference}  {one.printed}")
    if not found:
        click.echo("Nothing waits." if not all_ else "There is no submission yet.")


@submissions.command()
@click.argument("submission_id")
@with_room
def show(room: Room, submission_id: str) -> None:
    """Show a submission with its contact."""
    click.echo(json.dumps(room.intake.show(submission_id).as_json(), ensure_ascii=False, indent=2))


@submissions.command()
@click.argument("submission_id")
@click.option("--organisation", metavar="ID", help="The registered organisation that it is.")
@click.option("--new", is_flag=True, help="It is none of those that bear the same name.")
@click.option("--note", help="Shown publicly with the signature, in at most 300 characters.")
@with_room
def accept(room: Room, submission_id: str, organisation: str | None, note: str | None, *, new: bool) -> None:
    """Accept a submission whose address is confirmed: it becomes a signature of the day of its receipt."""
    receipt = room.intake.accept(submission_id, OPERATOR, organisation_id=organisation, new=new, note=note)
    click.echo(f"Signature {receipt.signature_id} of organisation {receipt.organisation_id}.")
    told(receipt)


@submissions.command()
@click.argument("submission_id")
@click.argument("question")
@with_room
def ask(room: Room, submission_id: str, question: str) -> None:
    """Ask the contact back; the question goes out by mail."""
    room.intake.ask(submission_id, OPERATOR, question)
    click.echo("Asked.")


@submissions.command()
@click.argument("submission_id")
@with_room
def release(room: Room, submission_id: str) -> None:
    """Let go what was held back: its contact is asked to confirm the address."""
    room.intake.release(submission_id, OPERATOR)
    click.echo("Released.")


@submissions.command()
@click.argument("submission_id")
@click.option("--code", type=click.Choice(REASON_CODES), default="other", show_default=True)
@click.option("--reason", metavar="NOTE", help="Told to the contact, if the address is confirmed.")
@with_room
def refuse(room: Room, submission_id: str, code: str, reason: str | None) -> None:
    """Refuse a submission."""
    room.intake.refuse(submission_id, OPERATOR, code, reason)
    click.echo("Refused.")


@click.command()
@with_room
def tick(room: Room) -> None:
    """Do what is due: send mails, settle what was cut off, end signing at deadlines, publish planned editions, sign the log, expire and erase."""
    done = do_what_is_due(room, announced=room.announcer.deliver)
    if done.faults:
        raise done.faults[0]
    click.echo(", ".join(f"{count} {what}" for what, count in done.counts.items()) + ".")

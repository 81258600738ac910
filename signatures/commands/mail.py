"""The commands for the outbox: what was sent and what was not, a test, and another try."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from signatures.commands.frame import room_of, with_room
from signatures.errors import Refused
from signatures.mail import outbox
from signatures.mail.outbox import Mail
from signatures.mail.transport import parse_smtp_url
from signatures.room import Room


@click.group(invoke_without_command=True)
@click.option("--state", "states", type=click.Choice(outbox.STATES), multiple=True, help="Only these; all otherwise.")
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="The newest so many.")
@click.option("--addresses", is_flag=True, help="Write addresses whole; otherwise one letter of each.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def mail(context: click.Context, states: Sequence[str], limit: int, format_: str, *, addresses: bool) -> None:
    """List the mails in the outbox, the newest last; `test ADDRESS` sends one, `retry` makes given-up ones due again."""
    if context.invoked_subcommand is not None:
        return
    room = room_of(context)
    with room.contacts.database.reading() as transaction:
        found = outbox.listing(transaction, states or outbox.STATES, limit)
    told = [_told(one, addresses=addresses) for one in found]
    if format_ == "json":
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for one in told:
        click.echo(_line(one))
    if not told:
        click.echo("There is no such mail." if states else "The outbox is empty.")


@mail.command()
@click.argument("address")
@click.option("--language", default="en", show_default=True, help="The language of the mail (BCP 47).")
@with_room
def test(room: Room, address: str, language: str) -> None:
    """Send a mail that tells nothing, now, and say what became of it."""
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        id_ = outbox.post(transaction, "test", address, language, room.clock())
    taken = room.courier.deliver_one(id_)
    with room.contacts.database.reading() as transaction:
        found = outbox.get(transaction, id_)
    if found is None or not (taken or found.state == "sent"):
        raise Refused(_why_not(found))
    click.echo(f"Mail {found.number} {_where(room)}.")


@mail.command()
@click.argument("numbers", type=int, nargs=-1, metavar="[NUMBER]...")
@with_room
def retry(room: Room, numbers: Sequence[int]) -> None:
    """Make mails that were given up due again: those of these numbers, or all."""
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        count = outbox.retry(transaction, room.clock(), numbers)
    click.echo(f"{count} due again. `signatures tick` sends them; so does the server.")


def _told(one: Mail, *, addresses: bool) -> dict[str, Any]:
    """Tell what an operator needs; nothing of what the mail is about."""
    fields = (
        "number",
        "state",
        "kind",
        "language",
        "created_at",
        "due_at",
        "attempts",
        "sent_at",
        "given_up_at",
        "fault",
    )
    return {field: getattr(one, field) for field in fields} | {"to": one.recipient if addresses else one.masked}


def _line(told: dict[str, Any]) -> str:
    when = {"waiting": f"due {_minute(told['due_at'])}", "sent": _minute(told["sent_at"])}.get(
        told["state"], _minute(told["given_up_at"])
    )
    words = f"{told['number']:6}  {told['state']:8}  {told['kind']:12}  {when:20}  {told['attempts']}x  {told['to']}"
    return f"{words}  {told['fault']}" if told["fault"] else words.rstrip()


def _minute(at: str | None) -> str:
    return f"{at[:10]} {at[11:16]}" if at else ""


def _where(room: Room) -> str:
    url = room.settings.smtp_url
    return f"was taken by {parse_smtp_url(url)!r}" if url else f"is written in {room.state_dir / 'outbox'}"


def _why_not(found: Mail | None) -> str:
    if found is None:
        return "The mail is not in the outbox any more. Send another one."
    when = f"It is tried again at {_minute(found.due_at)} UTC." if found.due_at else "It is not tried again."
    return f"Not sent. {found.fault or 'Another process is sending it.'} {when}"

"""The commands for webhooks: who is told what is recorded, and what was delivered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import click

from signatures.commands.frame import with_room
from signatures.errors import NotFound, Refused
from signatures.room import Room
from signatures.webhooks import deliveries
from signatures.webhooks.deliveries import Delivery
from signatures.webhooks.hooks import Hook
from signatures.webhooks.keepers import read_keeper
from signatures.webhooks.sending import FAULTS
from signatures.webhooks.signing import OVERLAP_DAYS

OPERATOR = "editor:operator"


LANGUAGE = click.option("--language", default="en", show_default=True, help="The language of that mail (BCP 47).")


@click.group()
def webhook() -> None:
    """Tell addresses what is recorded, by signed messages (Standard Webhooks): add, list, remove, on, test, deliveries, again, keeper, key, rotate."""


@webhook.command()
@click.argument("url")
@click.option("--statement", metavar="REF", help="Tell only of this statement.")
@click.option("--email", metavar="ADDRESS", help="Whom to write to when it is switched off, because it takes nothing.")
@LANGUAGE
@with_room
def add(room: Room, url: str, statement: str | None, email: str | None, language: str) -> None:
    """Tell an address from now on what is recorded about published statements; its id and the public key are printed."""
    made = room.announcer.add(url, OPERATOR, statement, read_keeper(email, language))
    _note(room, "webhook-add", made)
    click.echo(f"{made.id}\nMessages are signed with the key {room.signer.public()}")


@webhook.command("list")
@with_room
def list_(room: Room) -> None:
    """List all webhooks with their ids and what is the matter with them."""
    found = room.hooks.list()
    for hook in found:
        about = f"  of {hook.statement}" if hook.statement else ""
        since = hook.disabled_at or hook.failing_since
        when = f" since {since[:10]} {since[11:16]} UTC" if since else ""
        click.echo(f"{hook.id}  {hook.state}{when}  {hook.url}{about}{f'  ({hook.why})' if hook.why else ''}")
    if not found:
        click.echo("There is no webhook yet. `signatures webhook add URL` makes one.")


@webhook.command()
@click.argument("webhook_id")
@with_room
def remove(room: Room, webhook_id: str) -> None:
    """Tell an address nothing any more, and forget what was sent to it."""
    _note(room, "webhook-remove", room.hooks.remove(webhook_id))
    click.echo("Removed.")


@webhook.command()
@click.argument("webhook_id")
@with_room
def on(room: Room, webhook_id: str) -> None:
    """Switch one on again that was switched off: what was recorded meanwhile is sent now."""
    room.hooks.switch_on(webhook_id)
    _note(room, "webhook-on", room.hooks.of(webhook_id))
    click.echo("It is on. `signatures tick` sends what waits; so does the server.")


@webhook.command()
@click.argument("webhook_id")
@with_room
def test(room: Room, webhook_id: str) -> None:
    """Send a message that tells nothing, now, and say what became of it."""
    told = room.announcer.deliver_one(room.announcer.test(webhook_id))
    if told.state != "delivered":
        raise Refused(f"Not delivered. {_said(told) or 'Another process is sending it.'}")
    click.echo(f"Delivered: the receiver answered {told.status}.")


@webhook.command("deliveries")
@click.argument("webhook_id", required=False)
@click.option(
    "--state", "states", type=click.Choice(deliveries.STATES), multiple=True, help="Only these; all otherwise."
)
@click.option("--limit", type=click.IntRange(min=1), default=200, show_default=True, help="The newest so many.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@with_room
def deliveries_(room: Room, webhook_id: str | None, states: Sequence[str], limit: int, format_: str) -> None:
    """List what was sent to a webhook, or to all, the newest last."""
    hook = room.hooks.of(webhook_id).id if webhook_id else None
    with room.contacts.database.reading() as transaction:
        found = deliveries.listing(transaction, hook, states, limit)[::-1]
    if format_ == "json":
        click.echo(json.dumps([_told(one) for one in found], indent=2))
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo("Nothing was sent yet.")


@webhook.command()
@click.argument("ids", nargs=-1, required=True, metavar="DELIVERY_ID|WEBHOOK_ID...")
@with_room
def again(room: Room, ids: Sequence[str]) -> None:
    """Make deliveries due once more: those of these ids, or all that were given up of a webhook."""
    count = sum(_again(room, id_) for id_ in ids)
    click.echo(f"{count} due again. `signatures tick` sends them; so does the server.")


@webhook.command()
@with_room
def key(room: Room) -> None:
    """Print the public key that receivers verify messages with, and make it if there is none yet; then a former one that still signs."""
    room.signer.prepare()
    for one in room.signer.publics(room.clock().date()):
        click.echo(f"{one.key}  until {one.until}" if one.until else one.key)


@webhook.command()
@click.argument("webhook_id")
@click.argument("email", required=False)
@LANGUAGE
@with_room
def keeper(room: Room, webhook_id: str, email: str | None, language: str) -> None:
    """Write to this address when it is switched off, because it takes nothing; without one, to nobody."""
    room.hooks.keep(webhook_id, read_keeper(email, language))
    _note(room, "webhook-keeper", room.hooks.of(webhook_id))
    click.echo(f"{email} is written to when it is switched off." if email else "Nobody is written to.")


@webhook.command()
@click.option("--days", type=click.IntRange(min=1, max=366), default=OVERLAP_DAYS, show_default=True,
              help="How long the present key signs beside the new one.")  # fmt: skip
@click.option("--at-once", is_flag=True, help="Throw the present key away: somebody else may have it.")
@with_room
def rotate(room: Room, days: int, *, at_once: bool) -> None:
    """Sign with a new key from now on, and with the present one beside it for a time in which receivers learn the new one."""
    today = room.clock().date()
    until = today if at_once else today + timedelta(days=days)
    new = room.signer.rotate(today, until)
    room.acts.note(OPERATOR, "webhook-rotate", "webhooks")
    click.echo(f"Messages are signed with the key {new}")
    if not at_once:
        click.echo(
            f"Until {until} (UTC) they are signed with the one before it, too. Give receivers the new one until then."
        )


def _again(room: Room, id_: str) -> int:
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        if id_.startswith("msg_"):
            deliveries.again(transaction, id_, room.clock())
            return 1
        if not any(hook.id == id_ for hook in room.hooks.list()):
            raise NotFound("There is no such webhook or delivery.")
        return deliveries.again_all(transaction, id_, room.clock())


def _note(room: Room, act: str, hook: Hook) -> None:
    room.acts.note(OPERATOR, act, f"webhook:{hook.id}")


def _told(one: Delivery) -> dict[str, Any]:
    fields = one._asdict()
    return {"id": fields.pop("id"), "state": one.state, **fields}


def _said(one: Delivery) -> str:
    return FAULTS[one.fault] if one.fault else f"The receiver answered {one.status}." if one.status else ""


def _line(one: Delivery) -> str:
    at = one.delivered_at or one.given_up_at or one.due_at or ""
    due = "due " if one.state == "waiting" else ""
    about = f"{one.statement} {one.position}" if one.statement else ""
    words = f"{one.id}  {one.state:9}  {due}{at[:10]} {at[11:16]}  {one.attempts}x  {one.type}  {about}  {_said(one)}"
    return words.rstrip()

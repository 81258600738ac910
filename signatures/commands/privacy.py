"""The commands about people: what is held about an address, forgetting it, and what is due to go by itself."""

from __future__ import annotations

import json

import click

from signatures.commands.frame import with_room
from signatures.privacy.forgetting import forget as forget_address
from signatures.privacy.held import held_about
from signatures.privacy.retention import PERIODS, Retention
from signatures.room import Room

ELSEWHERE = (
    "Copies made before today still hold it: run the same command on each that is restored. "
    "A mail server, and a PostgreSQL server's archive of changes, keep their own time."
)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would go.")
@with_room
def retention(room: Room, *, dry_run: bool) -> None:
    """Erase what has been kept long enough, and tell how much of each kind; the server does so once a day."""
    days = room.settings.retention_days
    for kind, count in Retention(room).due(dry_run=dry_run).items():
        period = PERIODS.get(kind)
        why = f"{period.days} days after {period.after}" if period else f"{days} days after their statement ended"
        click.echo(f"{count:8}  {kind.replace('_', ' '):12}  {why}")
    click.echo("Nothing was erased." if dry_run else "Erased.")


@click.command()
@click.argument("address")
@with_room
def held(room: Room, address: str) -> None:
    """Print everything that is held about an e-mail address, as JSON for the person who asks for it."""
    click.echo(json.dumps(held_about(room, address).as_json(), ensure_ascii=False, indent=2))


@click.command()
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_room
def forget(room: Room, address: str, *, yes: bool) -> None:
    """Erase everything that is held about an e-mail address; lists, numbers and the log stay as they are."""
    found = held_about(room, address)
    click.echo(_told(found.counts()))
    if not yes and not found.empty:
        click.confirm("Erase it for ever?", abort=True)
    forget_address(room, address)
    if found.rows["account"]:
        click.echo("An editor's account has this login; it stays until `signatures user` disables it.")
    click.echo(f"Erased. {ELSEWHERE}" if not found.empty else "Nothing is held about this address.")


def _told(counts: dict[str, int]) -> str:
    held = [f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items() if count]
    return f"Held: {', '.join(held) or 'nothing'}."

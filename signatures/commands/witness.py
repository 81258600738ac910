"""The commands about who else vouches for the log's checkpoints: witnesses and an authority that stamps."""

from __future__ import annotations

import click

from signatures.commands.frame import with_room
from signatures.errors import Misconfigured
from signatures.proof.timestamps import Timestamps
from signatures.proof.witnesses import Witnesses
from signatures.room import Room


@click.group()
def witness() -> None:
    """Keep the witnesses whose signatures under checkpoints are taken and shown: add, remove, list."""


@witness.command()
@click.argument("vkey")
@with_room
def add(room: Room, vkey: str) -> None:
    """Take signatures by a key (VKEY, the line that the witness publishes) from now on; doing it twice is fine."""
    click.echo(f"{Witnesses(room.store).add(vkey).name} is a witness.")


@witness.command()
@click.argument("vkey")
@with_room
def remove(room: Room, vkey: str) -> None:
    """Take no more signatures by a key, and show none of those that it gave."""
    click.echo(f"{Witnesses(room.store).remove(vkey).name} is no witness any more.")


@witness.command("list")
@with_room
def list_(room: Room) -> None:
    """Print each witness's key and the largest checkpoint that it has signed."""
    for one in Witnesses(room.store).all():
        seen = f"has signed size {one.size} at {one.cosigned_at}" if one.size is not None else "has signed nothing yet"
        click.echo(f"{one.key.vkey()}  {seen}")


@click.command()
@with_room
def timestamp(room: Room) -> None:
    """Have the newest checkpoint stamped by the authority of SIGNATURES_TSA_URL (RFC 3161), unless it is."""
    if room.settings.tsa_url is None:
        raise Misconfigured(["SIGNATURES_TSA_URL is not set. Name the address of an authority that stamps."])
    made = Timestamps(room.store).make(room.checkpoints, room.settings.tsa_url)
    click.echo(f"The checkpoint of size {made.size} was stamped by {made.authority} at {made.stamped_at}.")

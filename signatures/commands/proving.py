"""The command that proves: the receipt of an entry, for whoever asks the secretariat for one."""

from __future__ import annotations

from pathlib import Path

import click

from signatures.commands.frame import with_room
from signatures.errors import Refused
from signatures.log.withheld import withheld_streams
from signatures.proof.receipts import NotSealedYet, receipt_of
from signatures.room import Room


@click.command()
@click.argument("what", metavar="POSITION|SIGNATURE_ID")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="Write a new file instead of printing.")
@with_room
def prove(room: Room, what: str, out: Path | None) -> None:
    """Write the receipt of an entry: leaf, proof and signed checkpoint in one file that anybody can check offline."""
    number = what.isascii() and what.isdigit() and len(what) < 19
    position = int(what) if number else room.register.signature(what).position
    content = _receipt(room, position)
    if _is_secret(room, position):
        click.echo(f"Entry {position} is not public yet. Whoever reads its receipt knows what it says.", err=True)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        with out.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise Refused(f"{out} exists. Name another file, or move this one away.") from error
    click.echo(f"The receipt of entry {position} is in {out}.")


def _is_secret(room: Room, position: int) -> bool:
    entry, newest = room.store.entry(position), room.store.newest()
    return entry is not None and newest is not None and entry.stream in withheld_streams(room.store, newest.position)


def _receipt(room: Room, position: int) -> bytes:
    """Make it; the operator need not wait until the log is signed."""
    try:
        return receipt_of(room.store, room.checkpoints, position)
    except NotSealedYet:
        room.checkpoints.make_due()
        return receipt_of(room.store, room.checkpoints, position)

"""The command that lets a register go on whose restored copy lost entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from signatures.commands.frame import content, progress, with_room
from signatures.errors import Misconfigured
from signatures.intake.lost import await_again
from signatures.proof.notes import NOTE_LIMIT
from signatures.proof.recovery import Plan, Recovery
from signatures.room import Room

KEY_LOST = "If it is lost, too, `signatures recover --new-key` signs with a new one."


@click.command()
@click.option(
    "--checkpoint",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A later checkpoint, or a receipt, that somebody else has kept.",
)
@click.option("--new-key", is_flag=True, help="Sign with a new key, because the log's own is lost.")
@click.option("--yes", is_flag=True, help="Do it; without, only tell what would be done.")
@with_room
def recover(room: Room, checkpoint: Path | None, *, new_key: bool, yes: bool) -> None:
    """Let a register go on whose restored copy lost entries: it says for ever which ones, under a new origin.

    Look for a newer copy first. Every position up to the newest checkpoint that is known is given up.
    """
    recovery = Recovery(room.checkpoints)
    plan = recovery.plan(content(checkpoint, NOTE_LIMIT) if checkpoint else None)
    tell(plan)
    if not yes:
        raise click.UsageError("Nothing was written. If no newer copy is left, run the same command with --yes.")
    if new_key and not (plan.begun and room.checkpoints.key_file.exists()):
        room.checkpoints.renew_key()
    waiting = await_again(room.contacts, room.register)
    with progress("Recovering", plan.last - plan.first + 1) as advance, hinting_at_a_new_key():
        row = recovery.run(plan, advance)
    if waiting:
        click.echo(
            f"Accepted before, lost, and to be accepted again by an editor: {len(waiting)}. {', '.join(waiting)}"
        )
    click.echo(f"Positions {row.first} to {row.last} are lost, and say so. Tell everybody who verifies the new key:")
    click.echo(room.checkpoints.key().vkey())


@contextmanager
def hinting_at_a_new_key() -> Iterator[None]:
    """Say what to do where the key is lost, too."""
    try:
        yield
    except Misconfigured as refused:
        raise Misconfigured([*refused.findings, KEY_LOST]) from refused


def tell(plan: Plan) -> None:
    """Say what is lost and under which name the log goes on."""
    lost = plan.last - plan.first + 1
    click.echo(
        f"The copy that was put back ends at position {plan.first - 1}; {plan.checkpoint.origin} was signed at {plan.last}."
    )
    click.echo(
        f"{lost} {'entry is' if lost == 1 else 'entries are'} lost, {plan.first} to {plan.last}. The log goes on as {plan.origin}."
    )

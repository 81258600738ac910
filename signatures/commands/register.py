"""The commands on the register as a whole: is it fit, its key, copies, samples."""

from __future__ import annotations

from pathlib import Path

import click

from signatures import samples
from signatures.bundles.copies import backup as copy_databases
from signatures.commands.frame import with_room
from signatures.doctor import diagnose
from signatures.editors import passwords
from signatures.errors import Misconfigured, NotFound
from signatures.room import Room


@click.command()
@click.pass_context
def doctor(context: click.Context) -> None:
    """Name every misconfiguration; exit 0 exactly when `serve` would start."""
    environ, clock = context.meta["environ"], context.meta["clock"]
    findings = diagnose(environ, clock)
    if findings:
        raise Misconfigured(findings)
    click.echo("Nothing is wrong: the service would start.")


@click.command()
@click.option("--replace", is_flag=True, help="Make a new key and sign with it from now on; the old file is kept.")
@with_room
def keygen(room: Room, *, replace: bool) -> None:
    """Print the key that verifies checkpoints, on one line for auditors; `init` has made it."""
    if replace:
        room.checkpoints.replace_key()
    click.echo(room.checkpoints.key().vkey())


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@with_room
def backup(room: Room, folder: Path) -> None:
    """Copy the register and the contacts consistently while they are in use (SQLite); keep the copy secret."""
    for line in copy_databases(room, folder):
        click.echo(line)


@click.command()
@with_room
def sample(room: Room) -> None:
    """Load the two sample statements if they are not there, and print what it takes to try the console and the API."""
    for reference in samples.SAMPLES:
        samples.load(room.register, reference)
    room.tokens.revoke("sample")
    click.echo(f"Sample statements: {', '.join(samples.SAMPLES)}.")
    for login in ("editor", "colleague"):  # two, because what is destructive needs a second one
        click.echo(f"Sign in at /editors/ as {login} with the password {_fresh_password(room, login)}")
    click.echo(f"Editor's token for the API: {room.tokens.issue('sample', 'editor')}")


def _fresh_password(room: Room, login: str) -> str:
    """Make an editor's account, or give it another password: an older one was printed and may lie about."""
    password = passwords.generated()
    try:
        room.accounts.set_password(room.accounts.named(login).id, password)
    except NotFound:
        room.accounts.create(login, login.capitalize(), "editor", password)
    return password

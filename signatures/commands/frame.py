"""What all commands share: the room they work in, their common options, and how they tell what they did."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from signatures.aggregate import REASON_CODES, Actor, Reason
from signatures.doctor import database_faults, schema_faults
from signatures.errors import BodyTooLarge
from signatures.register import TEXT_LIMIT
from signatures.room import Room

OPERATOR = Actor("editor", "operator")
Command = Callable[..., Any]


def room_of(context: click.Context) -> Room:
    """Open the writing room when a command first needs it, so that help needs no settings; closed at the end."""
    if "room" not in context.meta:
        room = Room(context.meta["environ"], context.meta["clock"], need_secret=False)
        context.meta["room"] = room
        context.find_root().call_on_close(room.close)
    opened: Room = context.meta["room"]
    return opened


def store_faults(context: click.Context) -> list[str]:
    """Name what is wrong with the stores of a command that could not use them."""
    room: Room | None = context.meta.get("room")
    return (database_faults(room) or schema_faults(room)) if room else []


def with_room(command: Command) -> Command:
    """Hand the writing room to a command as its first argument."""

    @wraps(command)
    @click.pass_context
    def run(context: click.Context, /, *args: Any, **options: Any) -> Any:
        return command(room_of(context), *args, **options)

    return run


def content(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """Read a file that somebody names, and no more of it than can be taken."""
    with path.open("rb") as file:
        found = file.read(limit + 1)
    if len(found) > limit:
        raise BodyTooLarge(f"{path} has more than {limit} bytes, the most that can be read.")
    return found


def reason_options(command: Command) -> Command:
    """Add --reason NOTE and --code CODE."""
    command = click.option("--reason", metavar="NOTE", help="Why, in at most 300 characters. It is shown publicly.")(
        command
    )
    return click.option("--code", type=click.Choice(REASON_CODES), help="The kind of reason.")(command)


def name_options(command: Command) -> Command:
    """Add the options of an organisation's name parts as a statement prints them."""
    command = click.option("--country", help="The country printed after the name.")(command)
    command = click.option("--translation", help="The name in the statement's language.")(command)
    return own_name_options(command)


def own_name_options(command: Command) -> Command:
    """Add the options of an organisation's name parts that are of no statement's language."""
    for option in reversed(
        (
            click.option("--acronym", help="Short name, as printed before the name."),
            click.option("--name", help="The name in its own language and script."),
            click.option("--name-language", help="The name's language (BCP 47)."),
            click.option("--transliteration", help="The name in Latin letters."),
            click.option("--territory", multiple=True, help="ISO 3166-1 code; may be given several times."),
            click.option("--url", help="The organisation's web address."),
        )
    ):
        command = option(command)
    return command


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty() or not total:
        yield lambda _done: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update


def told(recorded: Any) -> None:
    """Say at which position something was recorded."""
    click.echo(f"Recorded at position {recorded.position}, {recorded.recorded_at}.")


def reason_of(code: str | None, reason: str | None) -> Reason:
    """Make the reason of an act from its options."""
    return Reason(code, reason)

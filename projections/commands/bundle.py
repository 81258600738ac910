"""The commands about bundles: written, restored, verified."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from projections import audit
from projections.listfiles import ListFiles
from projections.lists import Lists
from projections.room import ReadingRoom
from signatures.bundles import bundle
from signatures.bundles.bundle import Listed
from signatures.bundles.bundlefile import LISTS, Bundle
from signatures.bundles.restoring import restore as restore_bundle
from signatures.commands.frame import progress, room_of, with_room
from signatures.errors import Refused
from signatures.room import Room


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--position", type=click.IntRange(min=1), help="Only up to this position of the log.")
@click.option("--public", is_flag=True, help="Leave out the file of withheld entries, for handing the bundle on.")
@with_room
def export(room: Room, folder: Path, position: int | None, *, public: bool) -> None:
    """Write the whole log with its proofs, texts and lists into a folder: the auditor's bundle, and the way to another database."""
    newest = room.store.newest()
    said: list[str] = []
    lists = partial(write_lists, ReadingRoom(room).lists, said, today=position is None)
    with progress("Exporting", position or (newest.position if newest else None)) as advance:
        summary = bundle.export(
            room.checkpoints, folder, position=position, public=public, lists=lists, progress=advance
        )
    told = f"{summary.entries} entries, {summary.texts} texts and {summary.lists} lists in {folder}."
    click.echo("\n".join([told, *said]))
    if summary.withheld and not public:
        click.echo(
            f"{summary.withheld} of them are withheld: withheld.jsonl is for you alone; hand on the rest, or use --public."
        )


def write_lists(lists: Lists, said: list[str], folder: Path, position: int, *, today: bool) -> Listed:
    """Write the lists of a bundle that ends at a position, with a progress bar of their own; add what is to be said of them."""
    files = ListFiles(lists, position, today=today)
    with progress("Lists", files.length()) as advance:
        written = files.write(folder, advance)
    said += files.stopped()
    return written


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_context
def restore(context: click.Context, folder: Path) -> None:
    """Make a new register from a bundle; the database must be empty. Contacts and tokens are not in a bundle."""
    room, found = room_of(context), Bundle(folder)
    if room.contacts.in_use() and room.store.identity() != found.register:
        raise Refused(
            "The contacts beside this database hold submissions or tokens of another register. Restore elsewhere."
        )
    with progress("Restoring", 2 * found.position) as advance:
        summary = restore_bundle(room.store, folder, verifying=advance, progress=advance)
    room.adopt()
    context.meta["initialise"](room)
    click.echo(f"{summary.entries} entries and {summary.texts} texts restored.")
    if found.has_tree and (folder / LISTS).is_dir():
        compare_lists(room, folder, found)


def compare_lists(room: Room, folder: Path, found: Bundle) -> None:
    """Compare the lists of a bundle with those that the restored log gives; what stands in the log is what counts."""
    files = ListFiles(ReadingRoom(room).lists, found.position)
    with progress("Comparing lists", files.length()) as advance:
        differences = list(files.differences(folder / LISTS, advance, found.left_out))
    if differences:
        click.echo(
            "\n".join(
                [*differences, "The register is restored as its log says; these lists of the bundle say otherwise."]
            )
        )
        raise SystemExit(1)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("folder", metavar="DIR")
@click.argument("question", metavar="[OPTIONS]", nargs=-1, type=click.UNPROCESSED)
def verify(folder: str, question: tuple[str, ...]) -> None:
    """Verify a bundle as an auditor does, and ask it: the same as `python -m projections.audit DIR …`, which needs no register."""
    raise SystemExit(audit.main([folder, *question]))


COMMANDS: tuple[click.Command, ...] = (export, restore, verify)

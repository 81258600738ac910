"""The commands that read: lists, histories, comparisons, and the care of the views."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import takewhile
from typing import Any

import click

from projections.commands import bundle, withholding
from projections.rendering.json import json_bytes
from projections.room import ReadingRoom
from projections.web.forms import FORMS
from signatures.commands.frame import progress, room_of, with_room
from signatures.errors import StorageUnavailable, ViewBehind
from signatures.log import derive
from signatures.room import Room

FOLLOW_SECONDS = 1.0


def reading(context: click.Context) -> ReadingRoom:
    """Make the reading room of a command, over a log that is there: reading makes views, but never in a wrong place."""
    room = room_of(context)
    room.store.identity()
    return ReadingRoom(room)


@click.command("list")
@click.argument("reference", metavar="REF")
@click.option("--as-of", metavar="DATE", help="The date; default: today.")
@click.option("--known-at", metavar="INSTANT", help="As far as it was known at an instant (RFC 3339).")
@click.option("--position", metavar="N", help="As far as it was known at a position of the log.")
@click.option("--edition", metavar="N", help="An edition's list as it was published.")
@click.option("--show", type=click.Choice(["standing", "annotated"]), default="standing", show_default=True)
@click.option("--language", help="Language of translations and order; default: the statement's.")
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "html", "jsonld", "pdf", "docx"]),
    default="text",
    show_default=True,
)
@click.pass_context
def list_(context: click.Context, /, reference: str, format_: str, **question: Any) -> None:
    """Print who stands under a statement on a date."""
    lists = reading(context).lists
    answer = lists.whole(reference, drafts=True, **question)
    out = FORMS["txt" if format_ == "text" else format_].write(lists, answer, question["language"])
    click.echo(out, nl=format_ not in {"pdf", "docx"} and not out.endswith(b"\n"))


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--known-at", metavar="INSTANT", help="As far as it was known at an instant (RFC 3339).")
@click.option("--position", metavar="N", help="As far as it was known at a position of the log.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def history(context: click.Context, /, reference: str, format_: str, **known: str | None) -> None:
    """Print every event of a statement with its position, the oldest first."""
    lists = reading(context).lists
    rows = pages_of(partial(lists.history if format_ == "text" else lists.events, reference, drafts=True))
    if any(known.values()):
        last = lists.statement(reference, drafts=True, **known)["position"]
        rows = takewhile(lambda row: row["position"] <= last, rows)
    for number, row in enumerate(rows):
        click.echo(record_line(row) if format_ == "text" else ("," if number else "[") + json_bytes(row).decode())
    if format_ == "json":
        click.echo("]")


def pages_of(ask: Callable[..., list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Go through everything recorded, page by page."""
    after = 0
    while page := ask(after=after):
        yield from page
        after = page[-1]["position"]


def record_line(row: dict[str, Any]) -> str:
    """Write an event as one line: position, instant, what, from when, by whom, why."""
    why = ": ".join(filter(None, (row["reason_code"], row["note"])))
    cells = (
        f"{row['position']:>6}",
        row["recorded_at"][:19] + "Z",
        f"{row['type']:<10}",
        row["holds_from"] or " " * 10,
        row["what"] or ("(name withheld)" if row["name_withheld"] else ""),
    )
    late = "  (entered late)" if row["late"] else ""
    return "  ".join(cells) + late + (f"  ({why})" if why else "") + f"  [{row['actor']}]"


@click.command()
@click.argument("reference", metavar="REF")
@click.option(
    "--from", "from_", required=True, metavar="D[@N]", help="A date, or as known at a position or an instant."
)
@click.option("--to", required=True, metavar="D[@N]", help="The other end.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def diff(context: click.Context, reference: str, from_: str, to: str, format_: str) -> None:
    """Print what changed between two lists: added, withdrawn, corrected, voided."""
    found = reading(context).lists.whole_diff(reference, from_, to, drafts=True)
    if format_ == "json":
        click.echo(json_bytes(found).decode())
        return
    for mark, kind in (("+", "added"), ("-", "withdrawn"), ("-", "voided")):
        for entry in found[kind]:
            click.echo(f"{mark} {kind:<9}  {entry['printed'] or '(not named)'}")
    for entry in found["corrected"]:
        before, after = (entry[name] or "(not named)" for name in ("printed_from", "printed_to"))
        click.echo(f"~ corrected  {before}\n          to  {after}")
    start, end = found["from"], found["to"]
    click.echo(
        f"{start['standing']} on {start['as_of']} (position {start['position']}), {end['standing']} on {end['as_of']} (position {end['position']})."
    )


@click.command()
@click.argument("query", required=False)
@click.pass_context
def organisations(context: click.Context, query: str | None) -> None:
    """List organisations with their ids: all, or those whose name holds QUERY in any spelling."""
    lists, cursor = reading(context).lists, None
    while True:
        page = lists.organisations(query=query, cursor=cursor, drafts=True)
        for one in page["organisations"]:
            click.echo(f"{one['organisation_id']}  {one['printed'] or '(name withheld)'}")
        cursor = page.next
        if not cursor:
            return


@click.command()
@click.option(
    "--check", is_flag=True, help="Change nothing; compare with a fresh rebuild and print the first difference."
)
@click.pass_context
def rebuild(context: click.Context, *, check: bool) -> None:
    """Forget the views and make them anew from the log, beside the old ones."""
    replay = reading(context).lists.replay
    total = length(room_of(context))
    with progress("Comparing" if check else "Rebuilding", total) as advance:
        difference = replay.check(steps(advance)) if check else None
        if not check:
            replay.rebuild(steps(advance))
    if difference:
        click.echo(difference)
        raise SystemExit(1)
    click.echo(f"The views agree with the log, {total} entries." if check else f"The views are new, {total} entries.")


def length(room: Room) -> int:
    """Tell how many entries the log has."""
    newest = room.store.newest()
    return newest.position if newest else 0


def steps(advance: Callable[[int], None]) -> Callable[[int, int], None]:
    """Turn positions reached into steps of a progress bar."""
    done = 0

    def told(position: int, _of: int) -> None:
        nonlocal done
        advance(position - done)
        done = position

    return told


@click.command()
@with_room
def check(room: Room) -> None:
    """Compare heads, signature rows, the organisation index and the views with what the log says, and it with its checkpoint."""
    total = length(room)
    with progress("Checking", 2 * total) as advance:
        findings = derive.check(room.store, advance)
        difference = ReadingRoom(room).lists.replay.check(steps(advance))
    findings += [f"Views: {difference}"] if difference else []
    findings += room.checkpoints.faults()
    for finding in findings:
        click.echo(finding)
    if findings:
        raise SystemExit(1)
    click.echo(f"Everything agrees with the log, {total} entries.")


@click.command()
@click.pass_context
def follow(context: click.Context) -> None:
    """Keep the views up to date in a loop, for installations in which no reader should wait; ends with Ctrl-C."""
    lists = reading(context).lists
    lists.replay.catch_up()
    said = ""
    with suppress(KeyboardInterrupt):
        click.echo("Following the log. Ctrl-C ends it.", err=True)
        while True:
            try:
                lists.replay.catch_up()
                said = ""
            except (StorageUnavailable, ViewBehind) as error:  # the database restarts: it will be back
                if error.sentence != said:
                    click.echo(error.sentence, err=True)
                said = error.sentence
            time.sleep(FOLLOW_SECONDS)


COMMANDS: tuple[click.Command, ...] = (
    list_,
    history,
    diff,
    organisations,
    rebuild,
    check,
    follow,
    *bundle.COMMANDS,
    *withholding.COMMANDS,
)

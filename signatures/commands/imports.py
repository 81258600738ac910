"""The commands that bring in what was printed or kept elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from signatures.commands.frame import (
    content,
    progress,
    room_of,
    with_room,
)
from signatures.errors import InvalidInput, Misconfigured, StorageUnavailable
from signatures.importing import Report
from signatures.importing.sources import read
from signatures.imports.history import HistoryImporter
from signatures.imports.historyfile import read_history
from signatures.imports.suggesting import suggest
from signatures.imports.text import TextImporter, persons, plan_text_import
from signatures.room import Room

FILE_LIMIT = 64 * 2**20  # bytes of a history: far above any that was kept by hand


@click.command("import-text")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--reference", required=True, metavar="REF", help="The statement's reference here.")
@click.option("--issuer")
@click.option("--kind")
@click.option("--issued-on", metavar="DATE")
@click.option("--language", help="The document's language (BCP 47); default: as the text shows.")
@click.option("--as-of", metavar="DATE", help="The list's date; default: as printed.")
@click.option("--time-zone", default="UTC", show_default=True)
@click.option(
    "--subsequent-on",
    metavar="DATE",
    help="The date from which later signatories count; default: the day after the list's.",
)
@click.option("--dry-run", is_flag=True, help="Report, write nothing.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--include-persons", is_flag=True, help="Take responsibility for entries that look like persons.")
@click.option("--yes", is_flag=True, help="Write what the report says.")
@click.pass_context
def import_text(
    context: click.Context,
    /,
    file: Path,
    reference: str,
    time_zone: str,
    format_: str,
    *,
    dry_run: bool,
    include_persons: bool,
    yes: bool,
    **given: str | None,
) -> None:
    """Read a printed statement with its list, report it line by line, and with --yes record it.

    FILE is plain text, Markdown, HTML, CSV, Excel (.xlsx), Word (.docx) or PDF.
    """
    raw = content(file)
    report = with_suggestions(context, read(raw, file.name, language=given["language"]), given["language"])
    tell_report(report, given["as_of"] or report.as_of, format_)
    try:
        plan = plan_text_import(report, reference=reference, time_zone=time_zone, given=given)
        if not include_persons:
            refuse_persons(report)
    except InvalidInput as refused:
        if not (dry_run and report.entries):
            raise
        click.echo(refused.sentence, err=True)
        return
    if dry_run:
        return
    if not yes and not (sys.stdin.isatty() and click.confirm("Record this?")):
        raise click.UsageError("Nothing was written. Look at the report, then run the same command with --yes.")
    with progress("Importing", len(report.entries)) as advance:
        statement = TextImporter(room_of(context).register, report, plan, raw).run(advance)
    click.echo(
        f"{statement.reference} is recorded: {statement.signings} signatures, edition {statement.edition}.",
        err=format_ == "json",
    )


def with_suggestions(context: click.Context, report: Report, language: str | None) -> Report:
    """Add the registered organisations that the entries may be, where there is a register to ask."""
    try:
        return suggest(room_of(context).register, report, language or report.language or "und")
    except (Misconfigured, StorageUnavailable):
        return report  # a list can be looked at before there is a register


def refuse_persons(report: Report) -> None:
    """Leave it to an editor to answer for entries that look like persons."""
    if lines := ", ".join(map(str, persons(report))):
        raise InvalidInput(
            f"Entries that look like persons: line {lines}. This is a register of organisations: leave them out "
            "of the file, or take responsibility with --include-persons. Nothing was written."
        )


def tell_report(report: Report, as_of: str | None, format_: str) -> None:
    """Print what was read, line by line."""
    if format_ == "json":
        click.echo(json.dumps({**report.as_json(), "as_of": as_of}, ensure_ascii=False, indent=2))
        return
    for line in report.lines():
        click.echo(line)
    click.echo(f"As of {as_of or 'no date'}: {summary_of(report.entries)}.")


def summary_of(entries: Any) -> str:
    """Count what a report holds."""
    numbered = sum(not entry.subsequent for entry in entries)
    unsure = sum(entry.confidence != "sure" for entry in entries)
    return f"{numbered} in the list, {len(entries) - numbered} subsequent, {unsure} to look at"


@click.command("import-history")
@click.argument("reference", metavar="REF")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--time-zone", default="UTC", show_default=True, help="Of a statement that is not there yet.")
@click.option("--issuer", help="Of a statement that is not there yet.")
@click.option("--dry-run", is_flag=True, help="Check the file, write nothing.")
@with_room
def import_history(
    room: Room, reference: str, file: Path, time_zone: str, issuer: str | None, *, dry_run: bool
) -> None:
    """Record a dated history (CSV) of one statement; the same file again changes nothing."""
    raw = content(file, FILE_LIMIT)
    importer = HistoryImporter(room.register, reference, raw)
    zone = importer.time_zone(time_zone)
    rows = read_history(raw, zone)
    if dry_run:
        outcome = importer.rehearse(rows, zone)
    else:
        importer.begin(time_zone=zone, issuer=issuer)
        with progress("Importing", len(rows)) as advance:
            outcome = importer.run(rows, advance)
    counts = ", ".join(f"{count} {event}" for event, count in sorted(outcome.taken.items())) or "nothing new"
    click.echo(f"{'Would be recorded' if dry_run else 'Recorded'}: {counts}; {outcome.known} were there already.")
    for lookalike in outcome.lookalikes:
        click.echo(f"Several keys under one name, kept apart: {lookalike}")
    for line, sentence in outcome.refused:
        click.echo(f"Line {line} refused: {sentence}", err=True)
    if outcome.refused:
        raise SystemExit(1)

"""The commands that write. The command line is the operator: it sees drafts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

import click

from signatures import bundle, samples
from signatures.aggregate import REASON_CODES, Actor, Reason
from signatures.doctor import database_faults, diagnose
from signatures.errors import BodyTooLarge, InvalidInput, Misconfigured, Refused
from signatures.historyfile import read_history
from signatures.historyimport import HistoryImporter
from signatures.importing import Report, decode, read_printed
from signatures.imports import TextImporter, persons, plan_text_import
from signatures.order import read_order
from signatures.organisation import PART_FIELDS, NameParts
from signatures.register import TEXT_LIMIT
from signatures.room import Room
from signatures.tokens import ROLES

OPERATOR = Actor("editor", "operator")
FILE_LIMIT = 64 * 2**20  # bytes of a history: far above any that was kept by hand
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
    return database_faults(room) if room else []


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


# -- the register itself -------------------------------------------------------------------------------------------


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
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--position", type=click.IntRange(min=1), help="Only up to this position of the log.")
@click.option("--public", is_flag=True, help="Leave out the file of withheld entries, for handing the bundle on.")
@with_room
def export(room: Room, folder: Path, position: int | None, *, public: bool) -> None:
    """Write the whole log with its texts into a folder: the auditor's bundle, and the way to another database."""
    newest = room.store.newest()
    with progress("Exporting", position or (newest.position if newest else None)) as advance:
        summary = bundle.export(room.store, folder, position=position, public=public, progress=advance)
    click.echo(f"{summary.entries} entries and {summary.texts} texts in {folder}.")
    if summary.withheld and not public:
        click.echo(
            f"{summary.withheld} of them are withheld: withheld.jsonl is for you alone; hand on the rest, or use --public."
        )


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_context
def restore(context: click.Context, folder: Path) -> None:
    """Make a new register from a bundle; the database must be empty. Contacts and tokens are not in a bundle."""
    room = room_of(context)
    if room.contacts.in_use() and room.store.identity() != bundle.register_in(folder):
        raise Refused(
            "The contacts beside this database hold submissions or tokens of another register. Restore elsewhere."
        )
    with progress("Restoring", bundle.entries_in(folder)) as advance:
        summary = bundle.restore(room.store, folder, progress=advance)
    room.adopt()
    context.meta["initialise"](room)
    click.echo(f"{summary.entries} entries and {summary.texts} texts restored.")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@with_room
def backup(room: Room, folder: Path) -> None:
    """Copy the register and the contacts consistently while they are in use (SQLite); keep the copy secret."""
    for line in bundle.backup(room, folder):
        click.echo(line)


# -- a statement's life --------------------------------------------------------------------------------------------


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--kind", default="statement", show_default=True, help="Statement, resolution, open letter …")
@click.option("--issuer", help="Who issues it.")
@click.option("--issued-on", metavar="DATE", help="The date printed on it.")
@click.option("--printed-number", help="The issuer's own number, as printed.")
@click.option("--time-zone", default="UTC", show_default=True, help="IANA name; it decides what a date is.")
@click.option("--language", default="en", show_default=True, help="The statement's own language (BCP 47).")
@click.option("--title", help="Its title, set at once.")
@with_room
def draft(room: Room, /, reference: str, title: str | None, language: str, **fields: Any) -> None:
    """Begin a statement under a reference of your own."""
    with room.store.writing():
        recorded = room.register.draft(OPERATOR, reference=reference, default_language=language, **fields)
        if title:
            recorded = room.register.set_text(OPERATOR, reference, language=language, title=title, text=None)
    told(recorded)


@click.command("set-text")
@click.argument("reference", metavar="REF")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--title", required=True, help="The title in this language.")
@click.option("--language", help="Default: the statement's own language.")
@click.option("--version-label", help="The issuer's name of this version.")
@click.option("--media-type", default="text/plain", show_default=True)
@with_room
def set_text(room: Room, /, reference: str, file: Path, title: str, language: str | None, **labels: Any) -> None:
    """Set the title and text of a statement in one language from a file (UTF-8)."""
    language = language or room.register.statement(reference).default_language
    told(
        room.register.set_text(
            OPERATOR, reference, language=language, title=title, text=decode(content(file)), **labels
        )
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--issuer")
@click.option("--kind")
@click.option("--issued-on", metavar="DATE")
@click.option("--printed-number")
@click.option("--time-zone")
@click.option("--language", help="The statement's own language.")
@reason_options
@with_room
def amend(
    room: Room, /, reference: str, code: str | None, reason: str | None, language: str | None, **fields: Any
) -> None:
    """Set a statement's own data right; an empty value removes one."""
    changes = {
        name: value or None for name, value in {**fields, "default_language": language}.items() if value is not None
    }
    told(room.register.amend(OPERATOR, reference, changes, reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--as-of", required=True, metavar="DATE", help="The date of the list.")
@click.option(
    "--order",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A signature id a line, `# heading`, `- reason` for a gap.",
)
@click.option("--language", help="The order's language; default: the statement's own.")
@click.option("--version-label", help="The issuer's name of this edition.")
@with_room
def publish(
    room: Room, reference: str, as_of: str, order: Path | None, language: str | None, version_label: str | None
) -> None:
    """Publish the next edition of the numbered list; without an order it is numbered as received."""
    orders = None
    if order is not None:
        orders = {language or room.register.statement(reference).default_language: read_order(decode(content(order)))}
    told(room.register.publish(OPERATOR, reference, as_of=as_of, orders=orders, version_label=version_label))


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--on", required=True, metavar="DATE", help="From this date on signatures are refused.")
@reason_options
@with_room
def close(room: Room, reference: str, on: str, code: str | None, reason: str | None) -> None:
    """End signing on a date."""
    told(room.register.close_signing(OPERATOR, reference, on=on, reason=reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--on", metavar="DATE", help="From this date on; default: today.")
@reason_options
@with_room
def reopen(room: Room, reference: str, on: str | None, code: str | None, reason: str | None) -> None:
    """Let organisations sign again."""
    told(room.register.reopen_signing(OPERATOR, reference, on=on, reason=reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--on", required=True, metavar="DATE", help="The date from which it is taken back.")
@reason_options
@with_room
def retract(room: Room, reference: str, on: str, code: str | None, reason: str | None) -> None:
    """Take a published statement back; its list stays readable, marked."""
    told(room.register.retract(OPERATOR, reference, on=on, reason=reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@reason_options
@with_room
def discard(room: Room, reference: str, code: str | None, reason: str | None) -> None:
    """Put away a draft that was never published."""
    told(room.register.discard(OPERATOR, reference, reason_of(code, reason)))


# -- signatures ----------------------------------------------------------------------------------------------------


@click.command()
@click.argument("reference", metavar="REF")
@name_options
@click.option("--organisation", metavar="ID", help="An organisation that is registered already.")
@click.option("--on", required=True, metavar="DATE", help="The first date on which it counts.")
@reason_options
@with_room
def sign(
    room: Room, /, reference: str, organisation: str | None, on: str, code: str | None, reason: str | None, **names: Any
) -> None:
    """Record an organisation's signature."""
    language = room.register.statement(reference).default_language
    if not names["name"]:
        raise InvalidInput("--name is missing. Write the organisation's name in its own script.")
    receipt = room.register.sign(
        OPERATOR,
        reference,
        parts_of(names, language),
        signed_on=on,
        method="paper",
        organisation_id=organisation,
        reason=reason_of(code, reason),
    )
    click.echo(f"Signature {receipt.signature_id} of organisation {receipt.organisation_id}.")
    told(receipt)


def parts_of(names: dict[str, Any], language: str) -> NameParts:
    """Make name parts from options; translation and country are of the statement's language."""
    return NameParts(
        name=names["name"],
        acronym=names["acronym"] or None,
        name_language=names["name_language"] or None,
        transliteration=names["transliteration"] or None,
        translations={language: names["translation"]} if names["translation"] else {},
        country_printed={language: names["country"]} if names["country"] else {},
        territories=[territory.upper() for territory in names["territory"]],
        url=names["url"] or None,
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@click.option("--on", required=True, metavar="DATE", help="From this date on it does not stand.")
@click.option("--hide", is_flag=True, help="The organisation does not wish to be named as having left.")
@reason_options
@with_room
def withdraw(
    room: Room, reference: str, signature_id: str, on: str, code: str | None, reason: str | None, *, hide: bool
) -> None:
    """Record that a signature ends on a date."""
    told(
        room.register.withdraw(
            OPERATOR, signature_id, on=on, show=not hide, reference=reference, reason=reason_of(code, reason)
        )
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@name_options
@click.option("--organisation", metavar="ID", help="The organisation that really signed.")
@click.option("--signed-on", metavar="DATE", help="The right date of signing, for all dates.")
@click.option("--on", metavar="DATE", help="From this date on; default: for all dates.")
@reason_options
@with_room
def correct(
    room: Room,
    /,
    reference: str,
    signature_id: str,
    on: str | None,
    code: str | None,
    reason: str | None,
    organisation: str | None,
    signed_on: str | None,
    **names: Any,
) -> None:
    """Set an entry right; an empty value removes a part."""
    changes = {field: value or None for field, value in names.items() if value is not None and field != "territory"}
    if names["territory"]:
        changes["territories"] = [territory.upper() for territory in names["territory"] if territory]
    changes |= {"organisation_id": organisation.lower()} if organisation else {}
    changes |= {"signed_on": signed_on} if signed_on else {}
    told(
        room.register.correct(
            OPERATOR, signature_id, changes, on=on, reference=reference, reason=reason_of(code, reason)
        )
    )


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("signature_id")
@reason_options
@with_room
def void(room: Room, reference: str, signature_id: str, code: str | None, reason: str | None) -> None:
    """Void a signature that never was one: gone on every date."""
    told(room.register.void(OPERATOR, signature_id, reference=reference, reason=reason_of(code, reason)))


@click.command()
@click.argument("reference", metavar="REF")
@click.argument("position", type=click.IntRange(min=1))
@reason_options
@with_room
def annul(room: Room, reference: str, position: int, code: str | None, reason: str | None) -> None:
    """Take back a slip of ours: what a position says counts as never recorded."""
    told(room.register.annul(OPERATOR, reference, position, reason_of(code, reason)))


@click.command()
@click.argument("organisation")
@own_name_options
@click.option("--on", metavar="DATE", help="From this date on; default: always.")
@reason_options
@with_room
def rename(
    room: Room, /, organisation: str, on: str | None, code: str | None, reason: str | None, **names: Any
) -> None:
    """Give an organisation other name parts; what was printed stays as signed."""
    given = {field: value or None for field, value in names.items() if value is not None and field in PART_FIELDS}
    if names["territory"]:
        given["territories"] = [territory.upper() for territory in names["territory"] if territory]
    told(room.register.rename(OPERATOR, organisation, given, on=on, reason=reason_of(code, reason)))


@click.command()
@click.argument("organisation")
@click.argument("into")
@reason_options
@with_room
def merge(room: Room, organisation: str, into: str, code: str | None, reason: str | None) -> None:
    """Say that two registrations are one body, for all dates; lists stay as recorded."""
    told(room.register.merge(OPERATOR, organisation, into, reason_of(code, reason)))
    for reference, ids in room.register.standing_twice(organisation):
        click.echo(f"It stands by several signatures under {reference} now: {', '.join(ids)}")


# -- imports -------------------------------------------------------------------------------------------------------


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
    """Read a printed statement with its list, report it line by line, and with --yes record it."""
    raw = content(file)
    report = read_printed(decode(raw), language=given["language"])
    tell_report(report, given["as_of"] or report.as_of, format_)
    try:
        plan = plan_text_import(report, reference=reference, time_zone=time_zone, given=given)
    except InvalidInput as incomplete:
        if not (dry_run and report.entries):
            raise
        click.echo(incomplete.sentence, err=True)
        return
    looking = ", ".join(str(line) for line in persons(report)) if not include_persons else ""
    if looking:
        click.echo(
            f"Entries that look like persons: line {looking}. This is a register of organisations: "
            "leave them out of the file, or take responsibility with --include-persons. Nothing was written.",
            err=True,
        )
    if dry_run:
        return
    if looking:
        raise SystemExit(1)
    if not yes and not (sys.stdin.isatty() and click.confirm("Record this?")):
        raise click.UsageError("Nothing was written. Look at the report, then run the same command with --yes.")
    with progress("Importing", len(report.entries)) as advance:
        statement = TextImporter(room_of(context).register, report, plan, raw).run(advance)
    click.echo(
        f"{statement.reference} is recorded: {statement.signings} signatures, edition {statement.edition}.",
        err=format_ == "json",
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


@click.command()
@with_room
def sample(room: Room) -> None:
    """Load the two sample statements if they are not there, and print a token for trying the API."""
    for reference in samples.SAMPLES:
        samples.load(room.register, reference)
    room.tokens.revoke("sample")
    click.echo(f"Sample statements: {', '.join(samples.SAMPLES)}.")
    click.echo(f"Editor's token for the API: {room.tokens.issue('sample', 'editor')}")


# -- people --------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option("--revoke", is_flag=True, help="End every token of this name instead.")
@with_room
def token(room: Room, name: str, role: str, *, revoke: bool) -> None:
    """Make a bearer token for the API and print it, once."""
    if revoke:
        click.echo(f"{room.tokens.revoke(name)} ended.")
        return
    click.echo(room.tokens.issue(name, role))


@click.group(invoke_without_command=True)
@click.option("--all", "all_", is_flag=True, help="Also those that are decided.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def submissions(context: click.Context, format_: str, *, all_: bool) -> None:
    """List what came through the form and waits; `accept ID`, `refuse ID`, `show ID` decide."""
    if context.invoked_subcommand is not None:
        return
    room = room_of(context)
    found = room.intake.list(waiting=not all_)
    if format_ == "json":
        click.echo(json.dumps([one.as_json() for one in found], ensure_ascii=False, indent=2))
        return
    for one in found:
        click.echo(f"{one.id}  {one.state:9}  {one.received_at[:10]}  {one.reference}  {one.printed}")
    if not found:
        click.echo("Nothing waits." if not all_ else "There is no submission yet.")


@submissions.command()
@click.argument("submission_id")
@with_room
def show(room: Room, submission_id: str) -> None:
    """Show a submission with its contact."""
    click.echo(json.dumps(room.intake.show(submission_id).as_json(), ensure_ascii=False, indent=2))


@submissions.command()
@click.argument("submission_id")
@click.option("--organisation", metavar="ID", help="The registered organisation that it is.")
@with_room
def accept(room: Room, submission_id: str, organisation: str | None) -> None:
    """Accept a submission: it becomes a signature of the day of its receipt."""
    receipt = room.intake.accept(submission_id, OPERATOR, organisation_id=organisation)
    click.echo(f"Signature {receipt.signature_id} of organisation {receipt.organisation_id}.")
    told(receipt)


@submissions.command()
@click.argument("submission_id")
@click.option("--code", type=click.Choice(REASON_CODES), default="other", show_default=True)
@click.option("--reason", metavar="NOTE", help="For your own records.")
@with_room
def refuse(room: Room, submission_id: str, code: str, reason: str | None) -> None:
    """Refuse a submission."""
    room.intake.refuse(submission_id, OPERATOR, code, reason)
    click.echo("Refused.")


@click.command()
@with_room
def tick(room: Room) -> None:
    """Do what is due: settle acceptances that were cut off."""
    click.echo(f"{room.intake.settle()} settled.")


COMMANDS: tuple[click.Command, ...] = (
    doctor, export, restore, backup, draft, set_text, amend, publish, close, reopen, retract, discard,
    sign, withdraw, correct, void, annul, rename, merge, import_text, import_history, sample, token, submissions, tick,
)  # fmt: skip

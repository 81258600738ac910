"""The commands of a statement's life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from signatures.commands.frame import (
    OPERATOR,
    content,
    reason_of,
    reason_options,
    told,
    with_room,
)
from signatures.commands.ordering import RULE, proposed_orders, refuse_strays, rule_of, rule_options
from signatures.commands.schedule import plan
from signatures.editors.publishing import publish as publish_as_arranged
from signatures.errors import Refused
from signatures.importing import decode
from signatures.intake.acceptance import ref
from signatures.order import read_order
from signatures.register import Recorded
from signatures.room import Room
from signatures.statement import parse_date


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


def date_or_hour(context: click.Context, parameter: click.Parameter, at: str | None) -> str | None:
    """Miss a date where no hour is given either, before anything is opened."""
    if at is None and context.params.get("as_of") is None:
        raise click.MissingParameter(
            "An hour to come is given with --at.", ctx=context, param=parameter, param_hint="'--as-of'"
        )
    return at


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--as-of", metavar="DATE", help="The date of the list.")
@click.option(
    "--at",
    metavar='"YYYY-MM-DD HH:MM"',
    callback=date_or_hour,
    help="Plan it for an hour to come on the statement's clocks, as arranged then.",
)
@click.option("--which", type=click.Choice(["first", "second"]), help="Of an hour that the clocks show twice.")
@click.option(
    "--order",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A signature id a line, `# heading`, `- reason` for a gap.",
)
@click.option("--language", help="The order's language; default: the statement's own.")
@click.option("--propose", metavar="LANGUAGE", help="Order it as `order --propose` does, and publish that.")
@click.option("--arranged", is_flag=True, help="In the order that editors have arranged in the console.")
@click.option("--each", is_flag=True, help="With --propose: order every text's language by its own names, too.")
@rule_options
@click.option("--version-label", help="The issuer's name of this edition.")
@with_room
def publish(
    room: Room,
    /,
    *,
    reference: str,
    as_of: str | None,
    at: str | None,
    which: str | None,
    order: Path | None,
    language: str | None,
    propose: str | None,
    arranged: bool,
    each: bool,
    version_label: str | None,
    **rule: Any,
) -> None:
    """Publish the next edition of the numbered list, now or --at an hour; without an order it is numbered as received."""
    if propose is None:
        refuse_strays("--propose", *RULE)
        refuse_strays("--order or --propose", *(() if order else ("language",)))
    if at is None:
        refuse_strays("--at", "which")
    if at is not None and not (as_of or order or propose or language):
        plan(room, reference, at, which, version_label)
    elif as_of is None or at is not None:
        raise click.UsageError(
            "Give --as-of, perhaps with an order, or --at: it takes the order as it is arranged then."
        )
    elif sum((order is not None, propose is not None, arranged)) > 1:
        raise click.UsageError("Give one of --order, --propose and --arranged.")
    elif arranged:
        told(_publish_arranged(room, reference, as_of, version_label))
    else:
        orders = None
        if order is not None:
            own = language or room.register.statement(reference).default_language
            orders = {own: read_order(decode(content(order)))}
        elif propose is not None:
            orders = proposed_orders(room, reference, rule_of(propose, rule), as_of, language, each=each)
        told(room.register.publish(OPERATOR, reference, as_of=as_of, orders=orders, version_label=version_label))


def _publish_arranged(room: Room, reference: str, as_of: str, version_label: str | None) -> Recorded:
    as_of = parse_date("as_of", as_of).isoformat()
    if not room.arrangements.all(reference):
        raise Refused(f"Nobody has arranged an order of {reference}. Without --arranged it is numbered as received.")
    return publish_as_arranged(room, OPERATOR, reference, as_of=as_of, version_label=version_label)


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
    """Let organisations sign again; a deadline that has passed goes."""
    recorded = room.register.reopen_signing(OPERATOR, reference, on=on, reason=reason_of(code, reason))
    if room.terms.of(reference).over(room.clock()):
        room.terms.change(reference, ref(OPERATOR), deadline=None)
    told(recorded)


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

"""The command that proposes an order, and the options by which `publish` does it at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from signatures.arranging.collation import own_alphabet
from signatures.arranging.countries import labels_of, named_in
from signatures.arranging.standing import Standing, line_of, standing
from signatures.characters import check_language
from signatures.commands.frame import with_room
from signatures.order import OrderLine, order_file
from signatures.ordering import LATE, WAYS, Proposal, Rule, propose
from signatures.room import Room

ICU = "pip install 'signatures[icu]'"
RULE = ("by", "headings", "late", "labels", "each")  # parameters that say how an order is proposed
FEW = 5  # entries that are named in a message
Command = TypeVar("Command", bound=Callable[..., Any])


def rule_options(command: Command) -> Command:
    """Add the options that say how an order is proposed."""
    for option in reversed(
        (
            click.option("--by", type=click.Choice(WAYS), default="region", show_default=True, help="What it goes by."),
            click.option("--headings/--no-headings", help="Name the regions or countries above their signatories."),
            click.option("--late", type=click.Choice(LATE), default=LATE[0], show_default=True,
                         help="Where those go who came since the last edition."),
            click.option("--label", "labels", metavar="CODE=NAME", multiple=True,
                         help="A name under which a country is sorted; may be given several times."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def refuse_strays(needed: str, *names: str) -> None:
    """Refuse options that would be passed over: each was typed although the one that it belongs to was not."""
    context = click.get_current_context()
    for option in context.command.params:
        given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
        if option.name in names and given:
            raise click.UsageError(f"{option.opts[0]} belongs to {needed}.")


def rule_of(language: str, options: dict[str, Any]) -> Rule:
    """Make the rule of the options."""
    if named_in(check_language("--propose", language)) is None:
        click.echo(f"No names of countries are known in {language}; the English ones are taken.", err=True)
    labels = labels_of("\n".join(options.pop("labels")))
    return Rule(language=language, labels=labels, **options).checked()


def proposed(room: Room, reference: str, rule: Rule, as_of: str | None = None) -> tuple[Standing, Proposal]:
    """Propose an order of who stands on a day, and say on stderr what an editor should look at."""
    there = standing(room.register, reference, as_of)
    if rule.by not in ("received", "last") and not own_alphabet():
        click.echo(f"Sorted by the default of Unicode. For the alphabet of each language: {ICU}", err=True)
    proposal = propose(there.signatories, rule, last=there.last_in(rule.language))
    _look_at(there, proposal.nowhere, rule, "have no country and stand last")
    for id_, territory in proposal.printed.items():
        click.echo(f"Placed by the country that it prints, {territory}: {named(there, id_, rule.language)}.", err=True)
    _look_at(there, proposal.several, rule, "have several territories; the first decides")
    return there, proposal


def proposed_orders(
    room: Room, reference: str, rule: Rule, as_of: str, language: str | None, *, each: bool
) -> dict[str, list[OrderLine]]:
    """Propose the order of a language (the statement's own unless given); `each` of the other texts' by its own names."""
    there, proposal = proposed(room, reference, rule, as_of)
    orders = {language or there.statement.default_language: proposal.lines}
    for other in there.statement.texts if each else ():
        if other not in orders:
            own = rule._replace(language=other, labels={})
            orders[other] = propose(there.signatories, own, last=there.last_in(other)).lines
    return orders


def _look_at(there: Standing, ids: list[str], rule: Rule, what: str) -> None:
    if ids:
        some = "; ".join(named(there, id_, rule.language) for id_ in ids[:FEW])
        more = f"; and {len(ids) - FEW} more" if len(ids) > FEW else ""
        click.echo(f"{len(ids)} {what}: {some}{more}.", err=True)


def named(there: Standing, id_: str, language: str) -> str:
    """Print the entry of a signature; its id where its name was withheld."""
    parts = next(one.parts for one in there.signatories if one.id == id_)
    return line_of(parts, (language, there.statement.default_language)) or id_


@click.command()
@click.argument("reference", metavar="REF")
@click.option("--propose", "language", required=True, metavar="LANGUAGE", help="Sort as this language does.")
@click.option("--as-of", metavar="DATE", help="Who stands on this date; default: today.")
@rule_options
@with_room
def order(room: Room, /, reference: str, language: str, as_of: str | None, **options: Any) -> None:
    """Propose an order of the next edition, as `publish --order` reads it."""
    _, proposal = proposed(room, reference, rule_of(language, options), as_of)
    click.echo(order_file(proposal.lines), nl=False)

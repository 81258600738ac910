"""The ordering engine: it proposes an order of signatories by a rule; the editor decides, the edition records. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from signatures.arranging.collation import alphabet
from signatures.arranging.countries import Labels, country_name, printed_country, territory_names, writes_latin
from signatures.arranging.moving import completed, pinned, signatures_in
from signatures.arranging.regions import BLOCKS, block_of, block_of_sub_region, sub_region_of
from signatures.errors import InvalidInput
from signatures.order import OrderLine
from signatures.organisation import NameParts

WAYS = ("region", "subregion", "country", "name", "received", "last")
BY_COUNTRY = ("region", "subregion", "country")
LATE = ("appended", "sorted")
WORLD = "001"  # CLDR's name of it heads those who name no country
Key = Callable[["Signatory"], tuple[Any, ...]]


class Signatory(NamedTuple):
    """Who stands: the signature and its name parts. Sequences of them are in the order in which they were received."""

    id: str
    parts: NameParts

    def within(self, territory: str) -> Signatory:
        """Give the signatory as one of a territory."""
        return self._replace(parts=self.parts._replace(territories=[territory]))


class Rule(NamedTuple):
    """How to order.

    `by` is one of WAYS; `last` keeps the last edition's order. `headings` names regions or countries. `late` says where
    those go who came since the last edition: after all others (with headings: of their section), or among them.
    `inside` sorts those of one country by `name` or as `received`. `labels` are names under which countries are sorted
    in the place of CLDR's.
    """

    by: str = "region"
    language: str = "en"
    headings: bool = False
    late: str = "appended"
    inside: str = "name"
    labels: Labels = {}

    def checked(self) -> Rule:
        """Return the rule, or refuse what is none."""
        for field, allowed in (("by", WAYS), ("late", LATE), ("inside", ("name", "received"))):
            if getattr(self, field) not in allowed:
                raise InvalidInput(f"{field}: write one of {', '.join(allowed)}.", field=field)
        return self


class Proposal(NamedTuple):
    """A proposed order, and whom an editor should look at: who has no country, or several (the first decides).

    `printed` tells the country of those who have none of their own but print one beside their name.
    """

    lines: list[OrderLine]
    nowhere: list[str]
    several: list[str]
    printed: dict[str, str]


def propose(
    signatories: Sequence[Signatory],
    rule: Rule,
    *,
    last: Sequence[OrderLine] | None = None,
    pins: Mapping[str, int] | None = None,
) -> Proposal:
    """Propose an order of signatories: by the rule, then with the pinned ones under their numbers.

    `last` is the last edition's order; whoever is not in it is late.
    """
    rule.checked()
    pins = pins or {}
    by_country = rule.by in BY_COUNTRY
    hints = _hints(signatories, rule) if by_country else {}
    signatories = [one.within(hints[one.id]) if one.id in hints else one for one in signatories]
    if rule.by == "last":
        lines = completed(last or [], [one.id for one in signatories])
    else:
        free = [one for one in signatories if one.id not in pins]
        lines = _sorted(free, rule, set(signatures_in(last)) if last else None)
    return Proposal(
        pinned(lines, {one.id: pins[one.id] for one in signatories if one.id in pins}),
        [one.id for one in signatories if by_country and not one.parts.territories],
        [one.id for one in signatories if by_country and len(one.parts.territories) > 1],
        hints,
    )


def _hints(signatories: Iterable[Signatory], rule: Rule) -> dict[str, str]:
    printed = {one.id: printed_country(one.parts, rule.language, rule.labels) for one in signatories}
    return {id_: territory for id_, territory in printed.items() if territory}


def _sorted(signatories: Sequence[Signatory], rule: Rule, early: set[str] | None) -> list[OrderLine]:
    received = {one.id: index for index, one in enumerate(signatories)}
    section, inside = _section(rule), _inside(rule, received)

    def place(one: Signatory) -> tuple[Any, ...]:
        late = early is not None and rule.late == "appended" and one.id not in early
        mine = (received[one.id],) if late else inside(one)
        return (section(one)[0], late, mine) if rule.headings else (late, () if late else section(one)[0], mine)

    lines: list[OrderLine] = []
    heading = ""
    for one in sorted(signatories, key=place):
        if rule.headings and section(one)[1] != heading:
            heading = section(one)[1]
            lines.append(OrderLine("section", heading))
        lines.append(OrderLine("signature", one.id))
    return lines


def _section(rule: Rule) -> Callable[[Signatory], tuple[Any, str]]:
    """Make what tells a signatory's section: what it is sorted by, and its heading."""
    names, key = territory_names(rule.language), alphabet(rule.language)
    last = (len(BLOCKS), key(""))

    def heading(code: str) -> str:
        name = names.get(code, code)
        return name[:1].upper() + name[1:]

    def by_region(one: Signatory) -> tuple[Any, str]:
        block = next(map(block_of, one.parts.territories), None)
        return (BLOCKS.index(block), heading(block)) if block else (len(BLOCKS), heading(WORLD))

    def by_subregion(one: Signatory) -> tuple[Any, str]:
        region = next(map(sub_region_of, one.parts.territories), None)
        if region is None:
            return last, heading(WORLD)
        return (BLOCKS.index(block_of_sub_region(region)), key(heading(region))), heading(region)

    def by_country(one: Signatory) -> tuple[Any, str]:
        country = next(iter(one.parts.territories), None)
        if country is None:
            return (1, key("")), heading(WORLD)
        name = country_name(country, rule.language, rule.labels)
        return (0, key(name)), name

    return {"region": by_region, "subregion": by_subregion, "country": by_country}.get(rule.by, lambda _: ((), ""))


def _inside(rule: Rule, received: Mapping[str, int]) -> Key:
    """Make the key by which signatories of one section are sorted; equal ones stay as received."""
    key = alphabet(rule.language)
    latin = writes_latin(rule.language)

    def name(one: Signatory) -> tuple[Any, ...]:
        parts = one.parts
        return key((latin and parts.transliteration) or parts.name), key(parts.acronym or ""), received[one.id]

    def country(one: Signatory) -> tuple[Any, ...]:
        territory = next(iter(one.parts.territories), None)
        among = name(one) if rule.inside == "name" else (received[one.id],)
        return (
            territory is None,
            key(country_name(territory, rule.language, rule.labels)) if territory else key(""),
            *among,
        )

    def as_received(one: Signatory) -> tuple[Any, ...]:
        return (received[one.id],)

    return {"name": name, "received": as_received}.get(rule.by, country)


def inversions(ids: Iterable[str], signatories: Iterable[Signatory], rule: Rule) -> list[tuple[str, str]]:
    """List the neighbours of an order that the rule's sections and countries would have the other way round."""
    there = {one.id: one for one in signatories}
    section, place = _section(rule), _inside(rule._replace(inside="received"), dict.fromkeys(there, 0))
    ranks = [(id_, (section(there[id_])[0], place(there[id_]))) for id_ in ids]
    return [(one, other) for (one, rank), (other, next_rank) in pairwise(ranks) if rank > next_rank]

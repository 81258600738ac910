"""An order as the console's page works on it: what is kept, and each line with its entry and its place in the last edition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import get_locale
from flask_babel import gettext as _

from signatures.arranging.countries import country_name, labels_of, printed_country
from signatures.arranging.moving import completed, numbered
from signatures.arranging.standing import Standing, line_of, standing
from signatures.characters import check_language, same_language
from signatures.editors.arrangements import Arrangement
from signatures.editors.console.keeping import Answer, Lists
from signatures.editors.console.rearranging import beside
from signatures.log.eventlog import sha256
from signatures.order import OrderLine, order_document
from signatures.ordering import BY_COUNTRY, Rule
from signatures.organisation import NameParts
from signatures.room import Room

LONGEST = 9  # digits of a count


class Shown(NamedTuple):
    """A line as the page shows it: the number beside it, whose entry it is, and what differs from the last edition."""

    place: int
    line: OrderLine
    number: int
    name: str = ""
    name_language: str | None = None
    countries: str = ""
    pinned: bool = False
    was: int | None = None
    moved: bool = False


class Work(NamedTuple):
    """An order being arranged: of a statement, in a language, kept or not yet."""

    told: Answer
    there: Standing
    language: str
    kept: Arrangement | None
    lines: list[OrderLine]

    @property
    def reference(self) -> str:
        """Tell the statement's reference."""
        return str(self.told["reference"])

    @property
    def version(self) -> int:
        """Tell the version that is looked at; 0 of an order that nobody has kept."""
        return self.kept.version if self.kept else 0

    @property
    def languages(self) -> list[str]:
        """List the languages of its texts, the statement's own first."""
        return list(dict.fromkeys((str(self.told["default_language"]), *self.told["titles"])))

    @property
    def seen(self) -> str:
        """Name what is looked at, so that a form about something else is recognised."""
        return self._named(len(self.lines))

    def _named(self, count: int) -> str:
        return f"{self.version}-{count}-{sha256(order_document(self.lines[:count]))}"

    def was_seen(self, seen: str) -> bool:
        """Tell whether a form is about this order; who signed since stands after all that it is about."""
        count = seen.partition("-")[2].partition("-")[0]
        return count.isascii() and count.isdigit() and len(count) < LONGEST and self._named(int(count)) == seen

    @property
    def last(self) -> list[OrderLine] | None:
        """Tell the last edition's order."""
        return self.there.last_in(self.language)


def work_on(room: Room, lists: Lists, reference: str, language: str | None) -> Work:
    """Take up the order of a statement in a language, its own unless given."""
    told = lists.statement(reference, drafts=True)
    there = standing(room.register, told["reference"])
    work = Work(told, there, there.statement.default_language, None, [])
    chosen = same_language(check_language("language", language), work.languages) if language else work.language
    return in_language(room, work, chosen)


def in_language(room: Room, work: Work, language: str) -> Work:
    """Take up the order that is kept in a language, or begin with the last edition's."""
    kept = room.arrangements.of(work.reference, language)
    lines = kept.lines if kept else work.there.last_in(language) or []
    return work._replace(language=language, kept=kept, lines=completed(lines, work.there.ids))


def shown(work: Work, elsewhere: set[str], start: int, window: int) -> list[Shown]:
    """Tell the lines of one page, each with its entry and its place in the last edition."""
    there = {one.id: one.parts for one in work.there.signatories}
    last = work.last or []
    was: dict[str, int | None] = {}
    for line, number in zip(last, numbered(last), strict=True):
        if line.kind == "signature":
            was.setdefault(line.value, number)  # of one printed twice the first
    pins = work.kept.pins if work.kept else frozenset()
    numbers, rule = beside(work.lines), _rule(work)
    return [
        _line(work, place, numbers[place], there, rule)._replace(
            pinned=line.value in pins, was=was.get(line.value), moved=line.value in elsewhere
        )
        for place, line in enumerate(work.lines[start : start + window], start)
    ]


def _rule(work: Work) -> Rule:
    """Tell the rule by which the order was proposed."""
    told = work.kept.rule if work.kept else {}
    return Rule(told.get("by", ""), told.get("sort", work.language), labels=labels_of(told.get("labels", "")))


def _line(work: Work, place: int, number: int, there: Mapping[str, NameParts], rule: Rule) -> Shown:
    line = work.lines[place]
    if line.kind != "signature":
        return Shown(place, line, number)
    parts = there[line.value]
    name = line_of(parts, (work.language, work.there.statement.default_language))
    return Shown(place, line, number, name, parts.name_language, _countries(parts, rule))


def _countries(parts: NameParts, rule: Rule) -> str:
    """Name an entry's countries in the interface's language, and say where the order hangs on them."""
    language = str(get_locale() or "en").replace("_", "-")
    names = ", ".join(country_name(territory, language) for territory in parts.territories)
    if rule.by not in BY_COUNTRY or len(parts.territories) == 1:
        return names
    if names:
        return str(_("%(countries)s: the first decides", countries=names))
    if hint := printed_country(parts, rule.language, rule.labels):
        return f"{_('Country as printed')}: {country_name(hint, language)}"
    return str(_("no country known"))

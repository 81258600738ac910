"""Which submissions a page of the queue lists: by tab, statement, level and words, in an order, a hundred at a time."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from signatures.characters import is_reference
from signatures.errors import BadQuery, UnknownParameter
from signatures.intake.alike import skeleton
from signatures.intake.submission import STATES, Submission
from signatures.room import Room

PAGE = 100
TABS: dict[str, tuple[str, ...]] = {
    "waiting": ("confirmed", "accepting"),
    "unconfirmed": ("received",),
    "asked": ("asked",),
    "held": ("received",),
    "accepted": ("accepted",),
    "refused": ("refused",),
    "all": STATES,
}
LEVELS = ("claimed", "address", "domain")
SORTS = ("newest", "oldest", "name")
LONGEST = 200  # characters of a search


class Choice(NamedTuple):
    """What an editor chose to see; `after` is the submission behind which the page begins."""

    state: str = "waiting"
    statement: str = ""
    level: str = ""
    q: str = ""
    sort: str = "newest"
    after: str = ""

    def query(self, **changes: str) -> dict[str, str]:
        """Return what an address must say, leaving away what goes without saying."""
        chosen = self._replace(**changes)._asdict()
        return {name: value for name, value in chosen.items() if value != self._field_defaults[name]}

    @property
    def narrowed(self) -> bool:
        """Whether fewer are shown than the tab holds."""
        return bool(self.statement or self.level or self.q)


class Listed(NamedTuple):
    """A page of the list: its rows, how many there are on all pages, and where the page before and the next begin."""

    rows: Sequence[Submission]
    total: int
    started: bool
    more: str
    order: Sequence[Submission]

    def beside(self, id_: str) -> tuple[Submission | None, Submission | None]:
        """Return the neighbours of a submission: the previous and the next."""
        place = next((number for number, one in enumerate(self.order) if one.id == id_), None)
        if place is None:
            return None, self.order[0] if self.order else None
        return self.order[place - 1] if place else None, next(iter(self.order[place + 1 : place + 2]), None)


def read_choice(asked: Mapping[str, str], *also: str) -> Choice:
    """Read what an address asks for; `also` names parameters that are read elsewhere."""
    for name in asked:
        if name not in (*Choice._fields, *also, "lang"):
            raise UnknownParameter(_("This page knows no parameter %(name)s.", name=repr(name[:60])))
    choice = Choice(**{name: asked[name].strip() for name in Choice._fields if asked.get(name, "").strip()})
    for name, known in (("state", tuple(TABS)), ("level", ("", *LEVELS)), ("sort", SORTS)):
        if getattr(choice, name) not in known:
            choices = ", ".join(filter(None, known))
            raise BadQuery(_("%(name)s is one of %(choices)s.", name=name, choices=choices))
    if choice.statement and not is_reference(choice.statement):
        raise BadQuery(_("No statement has that reference."))
    return choice._replace(q=choice.q[:LONGEST])


def listed(room: Room, choice: Choice) -> Listed:
    """List the submissions of a choice, in its order."""
    found = room.intake.list(TABS[choice.state], choice.statement or None)
    order = _sorted([one for one in found if _fits(one, choice)], choice.sort)
    start = _start(room, order, choice) if choice.after else 0
    rows = order[start : start + PAGE]
    return Listed(rows, len(order), start > 0, rows[-1].id if start + PAGE < len(order) else "", order)


def from_address(room: Room, email: str) -> Listed:
    """List every submission whose contact has exactly this address."""
    wanted = email.strip().casefold()
    found = _sorted([one for one in room.intake.list(STATES) if one.contact.email.casefold() == wanted], "newest")
    return Listed(found[:PAGE], len(found), started=False, more="", order=found)


def counted(room: Room, statement: str) -> dict[str, int]:
    """Count the submissions of each tab."""
    counts = room.intake.counts(statement or None)
    return {
        tab: counts.get("held", 0) if tab == "held" else sum(counts.get(state, 0) for state in states)
        for tab, states in TABS.items()
        if tab != "all"
    } | {"all": sum(counts.values())}


def tab_of(submission: Submission) -> str:
    """Name the tab under which a submission stands."""
    if submission.state == "received":
        return "held" if submission.held else "unconfirmed"
    return next((tab for tab, states in TABS.items() if submission.state in states), "all")


def references(room: Room) -> list[str]:
    """List the statements that anybody has tried to sign."""
    with room.contacts.database.reading() as transaction:
        return [
            reference for (reference,) in transaction.execute("SELECT DISTINCT reference FROM submission ORDER BY 1")
        ]


def _fits(submission: Submission, choice: Choice) -> bool:
    held = submission.state == "received" and submission.held is not None
    return (
        (choice.state == "all" or held == (choice.state == "held"))
        and (not choice.level or submission.assurance == choice.level)
        and (not choice.q or _bare(choice.q) in _bare(submission.printed))
    )


def _bare(text: str) -> str:
    """Fold case, accents and letters that look alike away."""
    apart = unicodedata.normalize("NFD", skeleton(text))
    return "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")


def _sorted(found: list[Submission], sort: str) -> list[Submission]:
    return sorted(found, key=lambda one: _place(one, sort), reverse=sort == "newest")


def _start(room: Room, order: Sequence[Submission], choice: Choice) -> int:
    """Find where the page begins: behind a submission that may have left the list meanwhile."""
    mark = _place(room.intake.show(choice.after), choice.sort)
    places = (_place(one, choice.sort) for one in order)
    behind = (place < mark if choice.sort == "newest" else place > mark for place in places)
    return next((number for number, found in enumerate(behind) if found), len(order))


def _place(submission: Submission, sort: str) -> tuple[str, str]:
    """Tell where a submission stands in an order; no two stand in one place."""
    return _bare(submission.printed) if sort == "name" else submission.received_at, submission.id

"""Memento (RFC 7089) over the recorded axis: the states that a list went through, one for each entry about its statement.

A state is the list pinned at a position. `known_at` decides which one a date and time means, never `as_of`: what is
promised never to change is what the register knew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import NamedTuple

from projections import moments
from projections.answers import Kept
from projections.finding import Finder
from projections.lists import Lists
from projections.views.generation import Generation
from projections.views.view import StatementRow
from signatures.clock import stamp
from signatures.errors import InvalidTime, NotFound, StorageUnavailable

PAGE = 1_000  # states that one TimeMap lists
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATETIME = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{{2}}) ({'|'.join(MONTHS)}) ([0-9]{{4}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT\Z"
)


class State(NamedTuple):
    """What was known of a statement at a position, and since when."""

    position: int
    recorded_at: str

    @property
    def datetime(self) -> str:
        """Tell the instant as HTTP writes it, in whole seconds."""
        return format_datetime(datetime.fromisoformat(self.recorded_at), usegmt=True)


class Chosen(NamedTuple):
    """One state of a list among its neighbours."""

    reference: str
    state: State
    first: State
    last: State
    before: State | None
    after: State | None

    def relations(self) -> dict[State, str]:
        """Tell what each of these states is to the chosen one, all that one state is in one relation."""
        told: dict[State, list[str]] = {self.state: []}
        for name, state in (("first", self.first), ("last", self.last), ("prev", self.before), ("next", self.after)):
            if state is not None:
                told.setdefault(state, []).append(name)
        return {state: " ".join([*names, "memento"]) for state, names in told.items()}


class Span(NamedTuple):
    """The part of a history that one page tells: its number, and its first and last state."""

    number: int
    first: State
    last: State


class Page(NamedTuple):
    """One page of all states of a list; `states` tell what each is among all."""

    reference: str
    span: Span
    neighbours: list[Span]
    states: dict[State, str]


class Mementos:
    """The states of published lists."""

    def __init__(self, lists: Lists) -> None:
        """Look where the lists are looked up; drafts have no states for anybody."""
        self._lists = lists
        self._finder = Finder(lists.log, lists.replay, lists.clock, Kept())

    def reference(self, reference: str) -> str:
        """Find a published statement, whatever the case of its reference, and tell how it is written."""
        with self._lists.replay.reading() as (view, _):
            return self._finder.find(view, reference, drafts=False).reference

    def at(self, reference: str, position: int) -> Chosen:
        """Tell the state at a position; between two entries of a statement nothing but the day moves on."""
        with self._lists.replay.reading() as (view, _):
            row = self._finder.find(view, reference, drafts=False)
            known = self._known(view, row, position)
            entry = self._lists.log.entry(position)
            at = State(position, entry.recorded_at if entry else row.last_recorded_at)
            return self._among(row, known, at)

    def chosen(self, reference: str, accepted: str | None) -> Chosen:
        """Choose the last state known at an Accept-Datetime: the newest without one, the first if it is earlier."""
        with self._lists.replay.reading() as (view, newest):
            row = self._finder.find(view, reference, drafts=False)
            position = newest if accepted is None else self._position_at(row, read_datetime(accepted), newest)
            return self._among(row, self._known(view, row, position))

    def page(self, reference: str, number: str | int = 1) -> Page:
        """List the states in order, one page of them, with what leads to the pages beside it."""
        asked = moments.whole_number("page", number)
        with self._lists.replay.reading() as (view, _):
            row = self._finder.find(view, reference, drafts=False)
            states = self._states(row, (asked - 1) * PAGE, PAGE)
            if not states:
                raise NotFound(f"The TimeMap of {row.reference} has no page {asked}. Its first page names the others.")
            beside = [one for one in (asked - 1, asked + 1) if 0 < one <= _pages(row)]
            return Page(
                row.reference,
                Span(asked, states[0], states[-1]),
                [self._span(row, one) for one in beside],
                _among_all(row, states, (asked - 1) * PAGE),
            )

    def _position_at(self, row: StatementRow, moment: datetime, newest: int) -> int:
        """Find what was known at the end of a second: the seconds of HTTP have no parts, those of the log do."""
        (first,) = self._states(row, 0, 1)
        if moment < datetime.fromisoformat(first.recorded_at).replace(microsecond=0):
            return first.position
        return min(newest, self._lists.log.position_at(stamp(moment.replace(microsecond=999_999))))

    @staticmethod
    def _known(view: Generation, row: StatementRow, position: int) -> int:
        """Tell how many entries of a statement were known at a position."""
        last = view.last(row.key, position)
        if last is None:
            raise NotFound(f"At position {position} there was no {row.reference} yet. It begins at {row.key}.")
        return last[2]

    def _among(self, row: StatementRow, known: int, at: State | None = None) -> Chosen:
        """Tell a state, by default that of the last entry known, with the first, the last and its neighbours."""
        (first,) = self._states(row, 0, 1)
        begin = max(0, known - 2)
        near = self._states(row, begin, known + 1 - begin)
        here, after = near[known - 1 - begin], near[known - begin :]
        exact = at is None or at.position == here.position
        before = near[: known - 1 - begin] if exact else [here]
        last = State(row.last_position, row.last_recorded_at)
        return Chosen(
            row.reference, here if at is None or exact else at, first, last,
            before[-1] if before else None, after[0] if after else None,
        )  # fmt: skip

    def _states(self, row: StatementRow, after: int, limit: int) -> list[State]:
        """Read states by the versions of the statement's stream, which have no gaps, as far as the view knows them."""
        most = min(limit, row.last_version - after)
        entries = self._lists.log.stream_entries(row.stream, after, most) if most > 0 else []
        if len(entries) < most:
            raise StorageUnavailable("The log could not be read as far as the list. Try again in a moment.")
        return [State(entry.position, entry.recorded_at) for entry in entries]

    def _span(self, row: StatementRow, number: int) -> Span:
        begin, end = (number - 1) * PAGE, min(number * PAGE, row.last_version)
        ((first,), (last,)) = (self._states(row, begin, 1), self._states(row, end - 1, 1))
        return Span(number, first, last)


def read_datetime(text: str) -> datetime:
    """Read a date and time as RFC 7089 wants it written; the name of the day is not looked up."""
    found = DATETIME.match(text)
    try:
        if found is None:
            raise ValueError(text)
        day, month, year, *time = found.groups()
        hour, minute, second = map(int, time)
        return datetime(int(year), MONTHS.index(month) + 1, int(day), hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise InvalidTime(
            f"Accept-Datetime: {text!r} is not a moment. Write it as HTTP does, for example Mon, 07 Jun 2021 12:00:00 GMT.",
            field="Accept-Datetime",
        ) from None


def _pages(row: StatementRow) -> int:
    return -(-row.last_version // PAGE)


def _among_all(row: StatementRow, states: Iterable[State], after: int) -> dict[State, str]:
    """Tell of each state whether it is the first or the last of all."""
    ends = {1: "first ", row.last_version: "last "}
    if row.last_version == 1:
        ends = {1: "first last "}
    return {state: f"{ends.get(version, '')}memento" for version, state in enumerate(states, after + 1)}

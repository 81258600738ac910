"""How one signature stands as acts about it follow each other, and whether each of them was allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from projections.auditing.days import ahead, today
from projections.auditing.found import Report
from projections.auditing.index import Index
from projections.auditing.leaves import body_key
from projections.auditing.rules import breaks
from projections.auditing.statements import Life
from projections.signatory_list import FOR_ALL_DATES, Leaf

AHEAD = 366  # days that a withdrawal may lie ahead
ACTS = """
SELECT signature, position, place, 0 FROM act WHERE stream = ?1
UNION ALL
SELECT a.signature, n.position, n.place, n.target FROM annulment n JOIN act a ON a.position = n.target AND a.stream = n.stream
WHERE n.stream = ?1
ORDER BY 1, 2
"""


@dataclass(slots=True)
class Course:
    """A signature's dates and organisation, as the acts about it that hold leave them."""

    began: str
    owner: bytes
    acts: dict[int, Leaf] = field(default_factory=dict)
    signed_on: str = ""
    organisation: bytes = b""
    withdrawn_on: str | None = None
    voided: bool = False
    owned_from: str = ""

    def __post_init__(self) -> None:
        """Begin as signed."""
        self.signed_on, self.organisation = self.began, self.owner

    @property
    def stands(self) -> bool:
        """Tell whether nothing has ended it."""
        return not self.voided and self.withdrawn_on is None

    def take(self, act: Leaf) -> None:
        """Let an act happen; one about the organisation counts where no other is of a later date."""
        self.acts[act["position"]] = act
        data = act["data"]
        if act["type"] == "Withdrawn":
            self.withdrawn_on = data["withdrawn_on"]
        elif act["type"] == "Voided":
            self.voided = True
        else:
            changes, since = data["changes"], data["effective_on"] or ""
            self.signed_on = changes.get("signed_on", self.signed_on)
            if "organisation_id" in changes and since >= self.owned_from:
                self.organisation = body_key(changes["organisation_id"])
                self.owned_from = since

    def after(self, act: Leaf) -> Course:
        """Tell how it stands once an act has happened."""
        return self._of([*self.acts.values(), act])

    def without(self, position: int) -> Course:
        """Tell how it stands if the act at a position never happened."""
        return self._of([act for at, act in self.acts.items() if at != position])

    def _of(self, acts: list[Leaf]) -> Course:
        other = Course(self.began, self.owner)
        for act in acts:
            other.take(act)
        return other

    def overlaps(self, other: Course) -> bool:
        """Tell whether there is a day on which both stand."""
        if self.voided or other.voided:
            return False
        before = self.withdrawn_on is not None and self.withdrawn_on <= other.signed_on
        return not before and not (other.withdrawn_on is not None and other.withdrawn_on <= self.signed_on)


class Courses:
    """The signatures of one statement about which anything was said."""

    def __init__(self, index: Index, life: Life, report: Report) -> None:
        """Judge them on what the statement's life was."""
        self.index, self.life, self.report = index, life, report

    def judge(self) -> None:
        """Go through them one after the other."""
        for id_, rows in groupby(self.index.ask(ACTS, (self.life.stream,)), key=lambda row: row[0]):
            self._one(course_of(self.index, self.life.stream, id_), rows)

    def _one(self, course: Course, rows: Iterator[tuple[Any, ...]]) -> None:
        for _id, position, place, target in rows:
            leaf = self.index.leaf(place)
            if not target:
                what = self._wrong(course, leaf)
                if what:
                    breaks(self.report, leaf["type"].lower(), position, what)
                course.take(leaf)
                continue
            course = course.without(target)
            if course.withdrawn_on is not None and course.withdrawn_on < course.signed_on:
                what = f"The signature would end on {course.withdrawn_on}, before it begins on {course.signed_on}."
                breaks(self.report, "annulled", position, what)

    def _wrong(self, course: Course, leaf: Leaf) -> str | None:
        """Tell what is wrong with an act, if anything is."""
        data, day = leaf["data"], today(self.life.zone(leaf["position"]), leaf["recorded_at"])
        match leaf["type"]:
            case "Withdrawn":
                return _withdrawn(course, data["withdrawn_on"], day)
            case "Voided":
                return "It voids what was voided." if course.voided else None
        changes = data["changes"]
        if changes.get("signed_on", "") > day:
            what = f"It says on {day} that it was signed on {changes['signed_on']}."
            breaks(self.report, "signed-on", leaf["position"], what)
        return _corrected(course, changes, data["effective_on"])


def course_of(index: Index, stream: bytes, id_: str) -> Course:
    """Begin the course of a signature."""
    row = index.one("SELECT signed_on, organisation FROM signature WHERE id = ? AND stream = ?", (id_, stream))
    return Course(*(row or ("", b"")))


def _withdrawn(course: Course, on: str, day: str) -> str | None:
    if not course.stands:
        return f"It withdraws what was {'voided' if course.voided else f'withdrawn on {course.withdrawn_on}'}."
    if on < course.signed_on:
        return f"It withdraws as of {on} what was signed on {course.signed_on}."
    return f"It withdraws on {day} as of {on}." if on > ahead(day, AHEAD) else None


def _corrected(course: Course, changes: dict[str, Any], effective_on: str | None) -> str | None:
    if course.voided:
        return "It corrects what was voided."
    if not changes:
        return "It corrects nothing."
    if effective_on is not None and not changes.keys().isdisjoint(FOR_ALL_DATES):
        return f"It corrects the date of signing from {effective_on} on."
    end = course.withdrawn_on
    return (
        f"It says that what ended on {end} was signed on {changes['signed_on']}."
        if end is not None and changes.get("signed_on", "") > end
        else None
    )

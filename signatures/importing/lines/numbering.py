"""Numbers before entries: read in every printed shape, believed only where they form a sequence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from signatures.importing import reasons
from signatures.importing.lexicon.words import fold, vocabulary
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_SPACE = r"[\s\u00a0\u202f\u2007\ufeff]"
_SHAPES = (
    ("pipe", re.compile(rf"{_SPACE}*\|{_SPACE}*(\d{{1,5}})[.)]?{_SPACE}*\|(.*)", re.DOTALL)),
    ("bracket", re.compile(rf"{_SPACE}*[\[(](\d{{1,5}})[\])][.:]?{_SPACE}*(.*)", re.DOTALL)),
    (
        "numero",
        re.compile(rf"{_SPACE}*(?:№|[Nn][º°o]\.?){_SPACE}{{0,3}}(\d{{1,5}})[.):]?(?=\D|\Z){_SPACE}*(.*)", re.DOTALL),
    ),
    ("paren", re.compile(rf"{_SPACE}*(\d{{1,5}})[.°º]?\){_SPACE}*(.*)", re.DOTALL)),
    ("slash", re.compile(rf"{_SPACE}*(\d{{1,5}})/{_SPACE}+(?!\d+{_SPACE}*\Z)(.*)", re.DOTALL)),
    ("dot", re.compile(rf"{_SPACE}*(?:\*\*|__)(\d{{1,5}})[.)]?(?:\*\*|__)[.)]?{_SPACE}*(.*)", re.DOTALL)),
    (
        "dot",
        re.compile(
            rf"{_SPACE}*\*{{0,2}}(\d{{1,5}})(?:\\?\.(?:[-\u2013](?={_SPACE}))?|{_SPACE}\.(?={_SPACE}))(?=[^\d]|\Z){_SPACE}*(.*)",
            re.DOTALL,
        ),
    ),
    ("dot", re.compile(rf"{_SPACE}*(\d{{1,5}})\.-?{_SPACE}*(.*)", re.DOTALL)),
    ("dash", re.compile(rf"{_SPACE}*(\d{{1,5}}){_SPACE}?[-\u2013\u2014:](?={_SPACE}){_SPACE}*(.*)", re.DOTALL)),
    ("tab", re.compile(rf" *(\d{{1,5}}) *\t{_SPACE}*(.*)", re.DOTALL)),
    ("space", re.compile(rf"{_SPACE}*(\d{{1,5}}){_SPACE}+(.*)", re.DOTALL)),
    ("alone", re.compile(rf"{_SPACE}*(\d{{1,5}}){_SPACE}*()\Z", re.DOTALL)),
)
_OF_PAGES = re.compile(r"\s*/\s*\d{1,4}\s*\Z")
_GAP = 12  # places that may be missing at once before a number is rather part of a name
_AHEAD = 4
_APART = 5  # lines at most from one number that stands alone to the next
_NOTE_WORDS = 6


@dataclass(frozen=True)
class Numbered:
    """A line that begins with a number: where, which, in what shape, and what follows it."""

    index: int
    number: int
    shape: str
    rest: str
    weak: bool = False  # such a beginning is as often part of a name
    remark: Reason | None = None  # what is odd about the number

    @property
    def reason(self) -> Reason:
        """Say why the number is believed."""
        return self.remark or reasons.SEQUENCE.of(number=self.number)


def read(line: Line, index: int) -> Numbered | None:
    """Read the number that a line begins with, if it does."""
    if line.implied is not None:
        return Numbered(index, line.implied, "implied", line.text.strip())
    head = line.text.lstrip()[:3]
    if line.joins or not any(c.isdecimal() or c in "[(|№Nn*_" for c in head):
        return None
    for shape, pattern in _SHAPES:
        match = pattern.match(line.text)
        if match and match.group(1).isdecimal():
            rest = match.group(2)
            if _OF_PAGES.match(rest):
                return None
            weak = (
                shape == "dot" and rest[:1].isdecimal() and line.text[match.end(1) + 1 : match.end(1) + 2].isdecimal()
            )
            return Numbered(index, int(match.group(1)), shape, rest, weak=weak)
    return None


def is_note(rest: str) -> bool:
    """Tell whether what follows a number is a note rather than a name."""
    return fold(rest[:40]).split(" ", 1)[0].rstrip(".,:") in vocabulary("note_beginnings") or "http" in rest[:200]


def prove(
    lines: Sequence[Line],
    part: range,
    restarts: Callable[[int], bool],
    heads: Callable[[Numbered], bool],
    due: int | None = None,
) -> dict[int, Numbered]:
    """Choose, among the lines of one part of the list, those whose numbers form its sequence.

    `restarts(index)` tells whether a heading stands right above that line, so that numbers may start again;
    `heads(found)` whether the number stands before the heading of a section; `due` is the number that would go on
    from the part before.
    """
    shown = [read(lines[index], index) for index in part if not lines[index].blank]
    before: Numbered | None = None
    read_lines: list[Numbered] = []
    for found, after in zip_longest(shown, shown[1:]):
        if found and (_in_place(before, found, after) or not heads(found)):
            read_lines.append(found)
            before = found
    shape = _main_shape(read_lines, due)
    if shape is None:
        return {}
    candidates = [replace(c, weak=True) if c.shape != shape else c for c in read_lines]
    accepted = _Sequence(candidates, shape, restarts, due).accepted
    return {c.index: c for c in accepted} if _believable(lines, part.start, accepted) else {}


def _in_place(before: Numbered | None, found: Numbered, after: Numbered | None) -> bool:
    """Tell whether a number stands between its neighbours: then it counts entries, whatever its words are."""
    begins = found.number == 1 and before is None
    goes_on = before is not None and before.number + 1 == found.number
    return (begins or goes_on) and (after.number == found.number + 1 if after else goes_on)


def _main_shape(candidates: Sequence[Numbered], due: int | None) -> str | None:
    """Name the shape in which most numbers follow one another."""
    last: dict[str, int] = {}
    steps: Counter[str] = Counter()
    for candidate in candidates:
        if candidate.weak:
            continue
        steps[candidate.shape] += 1 if candidate.number in (1, due) else 0
        steps[candidate.shape] += 2 if last.get(candidate.shape) == candidate.number - 1 else 0
        last[candidate.shape] = candidate.number
    best = max(steps, key=lambda shape: steps[shape], default=None)
    return best if best is not None and steps[best] > 0 else None


class _Sequence:
    """A walk through the candidates that keeps what the list expects next."""

    def __init__(
        self, candidates: Sequence[Numbered], shape: str, restarts: Callable[[int], bool], due: int | None
    ) -> None:
        self.candidates, self.shape, self.restarts, self.due = candidates, shape, restarts, due
        self.strong = [position for position, c in enumerate(candidates) if not c.weak]
        self.places: dict[int, list[int]] = {}
        for position in self.strong:
            self.places.setdefault(candidates[position].number, []).append(position)
        self.accepted: list[Numbered] = []
        self.expected: int | None = None
        for position, candidate in enumerate(candidates):
            judged = self._judge(position, candidate)
            if judged is not None:
                self.accepted.append(judged)

    def _next_of(self, number: int, position: int) -> int:
        places = self.places.get(number, [])
        at = bisect_right(places, position)
        return places[at] if at < len(places) else len(self.candidates)

    def _ahead(self, position: int) -> list[int]:
        at = bisect_right(self.strong, position)
        return [self.candidates[p].number for p in self.strong[at : at + _AHEAD]]

    def _judge(self, position: int, candidate: Numbered) -> Numbered | None:
        number, expected = candidate.number, self.expected
        if expected is None:
            return self._begin(position, candidate)
        if number == expected:
            if candidate.weak and not self._weak_holds(position, number):
                return None
            self.expected = number + 1
            return candidate
        if candidate.weak:
            return None
        if number == 1 and self.restarts(candidate.index):
            self.expected = 2
            return replace(candidate, remark=reasons.RESTART)
        if number == 1 and self._ahead(position)[:2] == [2, 3] and self._names(position):
            self.expected = 2
            return replace(candidate, remark=reasons.RESTART)
        return self._irregular(position, candidate, expected)

    def _names(self, position: int) -> bool:
        """Tell a second list from notes, which are sentences or sources."""
        following = self.candidates[position : position + _AHEAD]
        rests = [c.rest.strip() for number, c in enumerate(following, 1) if c.number == number]
        notes = sum(1 for rest in rests if is_note(rest) or (rest.endswith(".") and len(rest.split()) > _NOTE_WORDS))
        return notes == 0

    def _begin(self, position: int, candidate: Numbered) -> Numbered | None:
        number = candidate.number
        if candidate.weak and not (number == 1 and candidate.shape == self.shape and self._ahead(position)[:1] == [2]):
            return None
        if number in (1, self.due) or number + 1 in self._ahead(position)[:1]:
            self.expected = number + 1
            return (
                candidate
                if number in (1, self.due)
                else replace(candidate, remark=reasons.FIRST_NUMBER.of(number=number))
            )
        return None

    def _weak_holds(self, position: int, number: int) -> bool:
        """A number in another shape counts only where the sequence goes on behind it and has no better place for it."""
        following = self.candidates[position + 1 : position + 2]
        if self.candidates[position].shape == self.shape and all(
            (c.shape, c.number) == (self.shape, number + 1) for c in following
        ):
            return True
        again, onward = self._next_of(number, position), self._next_of(number + 1, position)
        return onward < len(self.candidates) and onward < again and self._ahead(position)[:1] == [number + 1]

    def _irregular(self, position: int, candidate: Numbered, expected: int) -> Numbered | None:
        number, ahead = candidate.number, self._ahead(position)
        if (
            expected < number <= expected + _GAP
            and expected not in ahead
            and (not ahead or number + 1 in ahead or 1 in ahead[:1])
        ):
            self.expected = number + 1
            missing = str(expected) if number == expected + 1 else f"{expected}–{number - 1}"
            return replace(candidate, remark=reasons.SKIPS.of(missing=missing))
        if ahead[:1] == [expected] and number == expected - 1:
            return replace(candidate, remark=reasons.TWICE.of(number=number))
        if ahead[:1] == [expected + 1] and number != 1:
            self.expected = expected + 1
            return replace(candidate, remark=reasons.INSTEAD.of(number=number, due=expected))
        return None


def _begins(remark: Reason) -> bool:
    return remark.says(reasons.RESTART) or remark.says(reasons.FIRST_NUMBER)


def _believable(lines: Sequence[Line], first: int, accepted: Sequence[Numbered]) -> bool:
    """A numbered list begins with a number, or most of its lines have one; else the numbers belong to names or notes."""
    if not accepted:
        return False
    start, end = accepted[0].index, accepted[-1].index
    before = sum(1 for line in lines[first:start] if not line.blank)
    within = sum(1 for line in lines[start : end + 1] if not line.blank)
    regular = sum(1 for c in accepted if c.remark is None or _begins(c.remark))
    if accepted[0].shape == "alone" and (accepted[0].number != 1 or within > len(accepted) * _APART):
        return False  # the numbers of pages stand alone too
    if len(accepted) == 1:
        return before <= 1 and not accepted[0].weak and accepted[0].shape != "space"
    return regular * 10 >= len(accepted) * 6 and before <= max(5, within) and len(accepted) * 8 >= within

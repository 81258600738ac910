"""Whether what happened to a statement itself was allowed, and whether it could be signed when it was."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Any

from projections.auditing.book import ABOUT_THE_STATEMENT
from projections.auditing.days import known, today
from projections.auditing.found import Report
from projections.auditing.index import Index
from projections.auditing.rules import breaks
from projections.signatory_list import ANNULLABLE, Leaf

ALWAYS_AMENDABLE = {"issuer", "kind", "printed_number"}
ENDED = {"Published": "publishes", "Reopened": "reopens", "Retracted": "takes back"}


class Life:
    """A statement's own entries, judged one after the other; afterwards it tells what held at any position."""

    def __init__(self, index: Index, stream: bytes, report: Report) -> None:
        """Go through them in the order of the log."""
        self.index, self.stream, self.report = index, stream, report
        self.zones: list[tuple[int, str]] = []
        self.language = ""
        self.texts: dict[str, str | None] = {}
        self.edition_as_of = ""
        self.editions = 0
        self.closings: dict[int, tuple[str, int, bool]] = {}  # by position: from when, position, whether it opens
        self.turns: list[
            tuple[int, int, tuple[str, int, bool] | None]
        ] = []  # at a position, of a position, what it was
        self.retractions: dict[int, int | None] = {}  # by position: the one at which it was annulled
        self.discarded: int | None = None
        self.annulled: set[int] = set()
        rows = index.ask(
            f"SELECT place FROM entry WHERE stream = ? AND {ABOUT_THE_STATEMENT} ORDER BY position", (stream,)
        )
        for (place,) in rows:
            self._entry(index.leaf(place))

    def zone(self, position: int) -> str:
        """Tell the time zone that held before a position."""
        return self.zones[max(0, bisect_right(self.zones, (position,)) - 1)][1]

    def _breaks(self, rule: str, leaf: Leaf, what: str) -> None:
        breaks(self.report, rule, leaf["position"], what)

    # ── its own entries ──────────────────────────────────────────────────────────────────────────────────────────────

    def _entry(self, leaf: Leaf) -> None:
        type_ = leaf["type"]
        if self.discarded and type_ != "Withheld":
            self._breaks(
                "discarded", leaf, f"It is a {type_} of a draft that was discarded at position {self.discarded}."
            )
        back = next((position for position, until in self.retractions.items() if until is None), None)
        if type_ in ENDED and back:
            self._breaks("retracted", leaf, f"It {ENDED[type_]} what was taken back at position {back}.")
        judge: Callable[[Leaf, dict[str, Any]], None] | None = getattr(self, f"_{type_.lower()}", None)
        if judge is not None:
            judge(leaf, leaf["data"])

    def _drafted(self, leaf: Leaf, data: dict[str, Any]) -> None:
        self._zone(leaf, data["time_zone"])
        self.language = data["default_language"]

    def _zone(self, leaf: Leaf, zone: str) -> None:
        self.zones.append((leaf["position"], zone))
        told = (
            f"whether dates were to come where clocks go by {zone!r}, which this machine does not know: the latest day that"
            " it was anywhere was taken"
        )
        if not known(zone) and told not in self.report.unchecked:
            self.report.unchecked.append(told)

    def _textset(self, _leaf: Leaf, data: dict[str, Any]) -> None:
        self.texts[data["language"]] = data["text_sha256"]

    def _amended(self, leaf: Leaf, data: dict[str, Any]) -> None:
        changes = data["changes"]
        late = sorted(changes.keys() - ALWAYS_AMENDABLE) if self.editions else []
        if late or not changes:
            self._breaks("amended", leaf, f"It amends {', '.join(late) or 'nothing'}.")
        if "time_zone" in changes:
            self._zone(leaf, changes["time_zone"])
        self.language = changes.get("default_language", self.language)

    def _published(self, leaf: Leaf, data: dict[str, Any]) -> None:
        as_of, day = data["as_of"], today(self.zone(leaf["position"]), leaf["recorded_at"])
        if as_of > day:
            self._breaks("edition-date", leaf, f"It publishes an edition of {as_of} on {day}.")
        if as_of < self.edition_as_of:
            self._breaks("edition-date", leaf, f"It publishes an edition of {as_of} after one of {self.edition_as_of}.")
        if data["texts"] != {language: text for language, text in self.texts.items() if text}:
            self._breaks("edition-texts", leaf, "It publishes other texts than the newest.")
        if data["orders"] is not None and self.language not in data["orders"]:
            self._breaks("order", leaf, f"It has no order in {self.language}, the statement's language.")
        self.editions, self.edition_as_of = self.editions + 1, as_of

    def _closed(self, leaf: Leaf, data: dict[str, Any]) -> None:
        self._turn(leaf, data["effective_on"], opens=False)

    def _reopened(self, leaf: Leaf, data: dict[str, Any]) -> None:
        self._turn(leaf, data["effective_on"], opens=True)

    def _turn(self, leaf: Leaf, day: str, *, opens: bool) -> None:
        if _open_on(self.closings, day) == opens:
            state = "open" if opens else "closed"
            self._breaks("closing", leaf, f"It is {leaf['type']} on {day}, when signing was {state} already.")
        act = (day, leaf["position"], opens)
        self.closings[leaf["position"]] = act
        self.turns.append((leaf["position"], leaf["position"], act))

    def _discarded(self, leaf: Leaf, _data: dict[str, Any]) -> None:
        if self.editions:
            self._breaks("discarded", leaf, "It discards what was published.")
        self.discarded = self.discarded or leaf["position"]

    def _annulled(self, leaf: Leaf, data: dict[str, Any]) -> None:
        target = data["position"]
        check_annulled(self.index, self.stream, leaf, ANNULLABLE, self.annulled, self.report)
        self.annulled.add(target)
        if self.closings.pop(target, None):
            self.turns.append((leaf["position"], target, None))
        if target in self.retractions and self.retractions[target] is None:
            self.retractions[target] = leaf["position"]

    def _withheld(self, leaf: Leaf, data: dict[str, Any]) -> None:
        check_reason(leaf, data, self.report)

    def _retracted(self, leaf: Leaf, _data: dict[str, Any]) -> None:
        if not self.editions:
            self._breaks("retracted", leaf, "It takes back what was never published.")
        self.retractions[leaf["position"]] = None

    # ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────

    def judge_signatures(self) -> None:
        """See that each signature could be given when it was."""
        self._after_the_end()
        self._numbers()
        self._dates()
        if self.turns:
            self._closings()

    def _after_the_end(self) -> None:
        for begin, end in self.retractions.items():
            row = self.index.one(
                "SELECT position FROM signature WHERE stream = ? AND position > ? AND position < ? ORDER BY position",
                (self.stream, begin, end or 2**62),
            )
            if row:
                what = f"It signs what was taken back at position {begin}."
                breaks(self.report, "retracted", row[0], what)
        for table in ("signature", "act") if self.discarded else ():
            row = self.index.one(
                f"SELECT min(position) FROM {table} WHERE stream = ? AND position > ?", (self.stream, self.discarded)
            )
            if row and row[0]:
                what = f"It is about a draft that was discarded at position {self.discarded}."
                breaks(self.report, "discarded", row[0], what)

    def _numbers(self) -> None:
        row = self.index.one(
            "SELECT position, ordinal, n FROM (SELECT position, ordinal, row_number() OVER (ORDER BY position) AS n"
            " FROM signature WHERE stream = ?) WHERE ordinal <> n ORDER BY position",
            (self.stream,),
        )
        if row:
            what = f"It is signature {row[1]} of its statement, where {row[2]} comes next."
            breaks(self.report, "ordinal", row[0], what)

    def _dates(self) -> None:
        rows = self.index.ask(
            "SELECT position, signed_on, stamp FROM signature WHERE stream = ? AND stamp IS NOT NULL ORDER BY position",
            (self.stream,),
        )
        for position, signed_on, stamp in rows:
            if signed_on > (day := today(self.zone(position), stamp)):
                breaks(self.report, "signed-on", position, f"It signs as of {signed_on} on {day}.")
                return

    def _closings(self) -> None:
        """Follow closings and signatures together, as they were recorded."""
        held: dict[int, tuple[str, int, bool]] = {}
        turns = iter([*self.turns, (2**62, 0, None)])
        at, of, act = next(turns)
        rows = self.index.ask(
            "SELECT position, signed_on FROM signature WHERE stream = ? AND position > ? ORDER BY position",
            (self.stream, at),
        )
        for position, signed_on in rows:
            while at < position:
                held.pop(of, None)
                if act:
                    held[of] = act
                at, of, act = next(turns)
            if not _open_on(held, signed_on):
                breaks(self.report, "closed", position, f"It signs as of {signed_on}, when signing had ended.")
                return


def _open_on(closings: dict[int, tuple[str, int, bool]], day: str) -> bool:
    """Tell whether a signature of that day can be taken: the last turn up to it says so."""
    return max((act for act in closings.values() if act[0] <= day), default=("", 0, True))[2]


def check_annulled(
    index: Index, stream: bytes, leaf: Leaf, kinds: frozenset[str], annulled: set[int], report: Report
) -> None:
    """See that what is annulled may be."""
    data, position = leaf["data"], leaf["position"]
    row = index.one("SELECT stream, version, type FROM entry WHERE position = ?", (data["position"],))
    sound = (
        row is not None
        and data["position"] < position
        and row[:2] == (stream, data["annulled_version"])
        and row[2] in kinds
        and data["position"] not in annulled
    )
    if not sound:
        again = ", which was annulled already" if data["position"] in annulled else ""
        breaks(report, "annulled", position, f"It annuls position {data['position']}{again}.")


def check_reason(leaf: Leaf, data: dict[str, Any], report: Report) -> None:
    """See that an order of erasure says why."""
    if data["reason_code"] is None:
        breaks(report, "withheld", leaf["position"], "It erases without a reason.")

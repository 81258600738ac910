"""The rules that every history has to keep; each tells where it was broken, in a sentence.

The log's positions put all acts in one order. So whether the history is linearisable need not be searched for: that order has
to agree with the clients' clocks, and every answer with the state at its position.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tests.checker.case import ACTS, Act, Case, is_pinned, subject
from tests.checker.history import BUSY, OK, REFUSED, UNKNOWN, Call
from tests.checker.model import Leaf, State


class Violation(NamedTuple):
    """A rule and how it was broken."""

    rule: str
    sentence: str


def violations(case: Case) -> list[Violation]:
    """Name everything that is wrong."""
    return [Violation(rule.__name__, sentence) for rule in RULES for sentence in rule(case)]


# ── the log by itself ────────────────────────────────────────────────────────────────────────────────────────────────


def positions(case: Case) -> Iterator[str]:
    """Positions go 1, 2, 3 …, and what was recorded later does not bear an earlier time."""
    stamp = ""
    for place, leaf in enumerate(case.log, 1):
        if leaf["position"] != place:
            yield f"entry {place} has position {leaf['position']}"
            return
        if leaf["recorded_at"] < stamp:
            yield f"entry {place} was recorded at {leaf['recorded_at']}, after one of {stamp}"
        stamp = leaf["recorded_at"]


def listed_once(case: Case) -> Iterator[str]:
    """At no position does an organisation stand twice."""
    state = State()
    for leaf in case.log:
        state.apply(leaf)
        if leaf["type"] == "Signed" and len(state.named[leaf["data"]["name"]]) > 1:
            yield f"{leaf['data']['name']} stands twice from position {leaf['position']} on"


# ── acts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def acknowledged(case: Case) -> Iterator[str]:
    """What was acknowledged is in the log where the answer says, and nothing else was acknowledged with that position."""
    taken: dict[int, str] = {}
    for act in case.acts:
        call = act.call
        leaf = case.at.get(call.position)
        if leaf is None or leaf["type"] != ACTS[call.kind] or not _same(call, leaf):
            yield f"{call.kind} of {call.subject} was acknowledged at position {call.position}; the log has {_brief(leaf)}"
        elif call.position in taken:
            yield f"position {call.position} was given to {taken[call.position]} and to {call.key}"
        taken[call.position] = call.key


def _same(call: Call, leaf: Leaf) -> bool:
    ids = call.kind == "publish" or call.told["signature_id"] == leaf["data"]["signature_id"]
    return ids and call.subject == subject(leaf) and call.told["recorded_at"] == leaf["recorded_at"]


def _brief(leaf: Leaf | None) -> str:
    return f"{leaf['type']} of {subject(leaf)}" if leaf else "nothing"


def one_receipt(case: Case) -> Iterator[str]:
    """Whoever asks again with the same key gets the same bytes, however often, and is not refused."""
    told: dict[str, bytes] = {}
    for call in case.history.of(*ACTS):
        known = told.setdefault(call.key, call.body) if call.outcome == OK else told.get(call.key)
        if call.outcome in (OK, REFUSED) and known not in (None, call.body):
            yield f"{call.key} was told {known!r} and {call.body!r}"


def asked_for(case: Case) -> Iterator[str]:
    """Nothing is in the log that nobody asked for, or that all who asked for it were refused."""
    wanted = {(ACTS[call.kind], call.subject) for call in case.history.of(*ACTS) if call.outcome in (OK, UNKNOWN)}
    for leaf in case.ours:
        if (leaf["type"], subject(leaf)) not in wanted:
            yield f"position {leaf['position']} has a {_brief(leaf)} that was refused, or never asked for"


def known_outcome(case: Case) -> Iterator[str]:
    """Each key ends with a receipt or a refusal: whoever asks again long enough knows."""
    last: dict[str, str] = {}
    for call in case.history.of(*ACTS):
        if last.get(call.key) not in (OK, REFUSED):
            last[call.key] = call.outcome
    for key, outcome in last.items():
        if outcome in (UNKNOWN, BUSY):
            yield f"{key} never came to an end: {outcome}"


def refusals(case: Case) -> Iterator[str]:
    """A refusal has its reason in the log, at a moment that lies between question and answer."""
    entries: dict[tuple[str, str], list[int]] = {}
    for leaf in case.log:
        entries.setdefault((leaf["type"], subject(leaf)), []).append(leaf["position"])
    known = {act.call.position: act for act in case.acts}
    for call in case.history.of(*ACTS):
        if call.outcome == REFUSED and not _has_reason(case, call, entries, known):
            yield f"{call.kind} of {call.subject} was refused as {call.code}: nothing in the log says why"


def _has_reason(case: Case, call: Call, entries: dict[tuple[str, str], list[int]], known: dict[int, Act]) -> bool:
    """Look for an entry that was there while the refusal was decided, and not taken back yet."""

    def asked(position: int) -> bool:
        return position not in known or known[position].began <= call.ended

    def over(position: int) -> bool:
        return position in known and known[position].ended < call.began

    if call.kind == "withdraw":
        return any(asked(position) for position in entries.get(("Withdrawn", call.subject), []))
    if call.kind == "publish":  # the list changed while its order was made
        return call.code == "stale-version" and any(
            asked(one) and not over(one) for one in case.at if one > case.before
        )
    if call.code != "already-signed":
        return False
    for position in entries.get(("Signed", call.subject), []):
        left = entries.get(("Withdrawn", case.at[position]["data"].get("signature_id")), [])
        if asked(position) and not any(over(one) for one in left):
            return True
    return False


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def real_time(case: Case) -> Iterator[str]:
    """Whoever begins after another one was acknowledged stands behind it in the log."""
    yield from _behind(((act.call.key, act.call.position, act.began) for act in case.acts), _moments(case), after=True)


def fresh(case: Case) -> Iterator[str]:
    """A list that is asked for shows everything that anybody was acknowledged, or was shown, before."""
    shown = [(call.ended, seen.position) for call, seen in case.reads]
    asked = ((f"client {call.client}", seen.position, call.began) for call, seen in case.reads if not is_pinned(call))
    yield from _behind(asked, sorted(_moments(case) + shown), after=False)


def _moments(case: Case) -> list[tuple[float, int]]:
    return sorted((act.ended, act.call.position) for act in case.acts)


def _behind(found: Iterable[tuple[str, int, float]], known: list[tuple[float, int]], *, after: bool) -> Iterator[str]:
    """Name those whose position is not behind all that were known when they began."""
    times, highest = [moment for moment, _ in known], [0]
    for _, position in known:
        highest.append(max(highest[-1], position))
    for who, position, began in found:
        least = highest[bisect_left(times, began)] + after
        if position < least:
            yield f"{who} came to position {position} when {least} was the least that could be"


def not_foreseen(case: Case) -> Iterator[str]:
    """A list does not show what had not been asked for when it was told."""
    began = sorted((act.call.position, act.began) for act in case.acts)
    places = [position for position, _ in began]
    for call, seen in case.reads:
        late = [position for position, moment in began[: bisect_right(places, seen.position)] if moment > call.ended]
        if late:
            yield f"client {call.client} saw position {seen.position}, but {late[0]} was asked for afterwards"


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def whole(case: Case) -> Iterator[str]:
    """A list has exactly those whom the log has at its position, each numbered one under the number of the edition."""
    waiting = sorted(((seen, call) for call, seen in case.reads), key=lambda one: one[0].position, reverse=True)
    state = State()
    for leaf in [*case.log, None]:
        while waiting and (leaf is None or waiting[-1][0].position < leaf["position"]):
            seen, call = waiting.pop()
            if leaf is None and seen.position > state.position:
                yield f"client {call.client} saw position {seen.position} of {state.position}"
            elif difference := seen.difference(state):
                yield f"client {call.client} at position {seen.position}: {difference}"
        if leaf is not None:
            state.apply(leaf)


def numbers(case: Case) -> Iterator[str]:
    """Within an edition a number is one signature's for ever, and numbers run from 1 to the last place, none twice."""
    owners: dict[tuple[int, int], str] = {}
    places: dict[tuple[int, str], int] = {}
    for call, seen in case.reads:
        if seen.edition is None:
            continue
        if sorted([number for number, _ in seen.numbered] + list(seen.gaps)) != [*range(1, seen.places + 1)]:
            yield f"client {call.client} at {seen.position}: numbers do not run from 1 to {seen.places}"
        for number, id_ in seen.numbered:
            if owners.setdefault((seen.edition, number), id_) != id_:
                yield f"number {number} of edition {seen.edition} was {owners[seen.edition, number]}'s and is {id_}'s"
            if places.setdefault((seen.edition, id_), number) != number:
                yield f"{id_} moved from {places[seen.edition, id_]} to {number}"


def pinned(case: Case) -> Iterator[str]:
    """The same question at the same position has the same bytes as answer for ever."""
    told: dict[str, bytes] = {}
    for call in case.history.of("read"):
        if call.outcome == OK and is_pinned(call) and told.setdefault(call.subject, call.body) != call.body:
            yield f"{call.subject} has changed"


RULES: tuple[Callable[[Case], Iterator[str]], ...] = (
    positions, listed_once, acknowledged, one_receipt, asked_for, known_outcome, refusals, real_time, fresh, not_foreseen,
    whole, numbers, pinned,
)  # fmt: skip

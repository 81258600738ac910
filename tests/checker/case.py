"""A history beside the log that it ended in, sorted once for all rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.checker.history import OK, Call, History
from tests.checker.model import Leaf
from tests.checker.seen import Seen

ACTS = {"sign": "Signed", "withdraw": "Withdrawn", "publish": "Published"}


class Act(NamedTuple):
    """All calls under one key: asked for since, known to be done at."""

    call: Call
    began: float
    ended: float


class Case:
    """A history with the log that it ended in; entries of before the clients came belong to nobody."""

    def __init__(self, history: History, log: list[Leaf], before: int = 0) -> None:
        """Sort calls and entries once for all rules."""
        self.history, self.log, self.before = history, log, before
        self.at = {leaf["position"]: leaf for leaf in log}
        self.acts = list(_acts(history))
        self.ours = [leaf for leaf in log if leaf["position"] > before and leaf["type"] in ACTS.values()]
        self.reads = [(call, call.told) for call in history.of("read") if isinstance(call.told, Seen)]


def _acts(history: History) -> Iterator[Act]:
    """Join the calls of each key of which one succeeded."""
    keys: dict[str, list[Call]] = {}
    for call in history.of(*ACTS):
        keys.setdefault(call.key, []).append(call)
    for calls in keys.values():
        done = [call for call in calls if call.outcome == OK]
        if done:
            first = min(done, key=lambda call: call.ended)
            yield Act(first, min(call.began for call in calls), first.ended)


def subject(leaf: Leaf) -> str:
    """Tell what a client called the subject of an entry."""
    data = leaf["data"]
    return str({"Signed": data.get("name"), "Withdrawn": data.get("signature_id")}.get(leaf["type"], "edition"))


def is_pinned(call: Call) -> bool:
    """Tell whether a question names its position."""
    return "position=" in call.subject

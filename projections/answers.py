"""Answers, and the ones kept: what is pinned to a position never changes, so it need not be made twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

WEIGHT = 20_000  # entries kept in one process: some twenty megabytes

T = TypeVar("T")


class Answer(dict[str, Any]):
    """An answer as JSON has it; `next` and `previous` are cursors, `found` how many names match a query.

    `days` are those on which a whole list changes, where they are known: between two of them it tells the same.
    `generation` is the state of the view that it was made from: once a name is erased, it is never told from another.
    """

    next: str | None = None
    previous: str | None = None
    found: int | None = None
    generation: Hashable = None
    days: tuple[str, ...] | None = None

    @property
    def is_whole(self) -> bool:
        """Tell whether there are no other pages."""
        return self.next is None and self.previous is None

    def with_final(self, *, final: bool) -> Answer:
        """Copy the answer and say whether it is final, in the same place."""
        copy = Answer({**self, "final": final})
        copy.next, copy.previous, copy.found = self.next, self.previous, self.found
        copy.generation = self.generation
        return copy


class Kept:
    """The answers used last, up to a weight; safe under threads."""

    def __init__(self, weight: int = WEIGHT) -> None:
        """Keep up to a weight."""
        self._room = weight
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def look(self, key: Hashable) -> Any:
        """Take what is kept under a key, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    def get(self, key: Hashable, make: Callable[[], T], weigh: Callable[[T], int] = lambda _: 1) -> T:
        """Take what is kept under a key, or make and keep it."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key][1]
                return kept
        made = make()
        weight = weigh(made)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (weight, made)
                self._room -= weight
            while self._room < 0 and len(self._kept) > 1:
                _, (freed, _) = self._kept.popitem(last=False)
                self._room += freed
        return made

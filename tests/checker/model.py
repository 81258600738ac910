"""The list as the log's own order says it is: a small fold of signatures, withdrawals and editions, entry by entry."""

from __future__ import annotations

from typing import Any, NamedTuple

Leaf = dict[str, Any]


class Edition(NamedTuple):
    """Numbers given once and for ever: the first id has number 1."""

    number: int
    ids: tuple[str, ...]


class State:
    """What is known at a position, where all that happens is of one date."""

    def __init__(self) -> None:
        """Know nothing."""
        self.position = 0
        self.signed: dict[str, Leaf] = {}
        self.left: set[str] = set()
        self.named: dict[str, set[str]] = {}
        self.edition: Edition | None = None

    def apply(self, leaf: Leaf) -> None:
        """Take one entry of the log in."""
        self.position, data = leaf["position"], leaf["data"]
        if leaf["type"] == "Signed":
            self.signed[data["signature_id"]] = data
            self.named.setdefault(data["name"], set()).add(data["signature_id"])
        elif leaf["type"] == "Withdrawn":
            self.left.add(data["signature_id"])
            name = self.signed.get(data["signature_id"], {}).get("name", "")
            self.named.get(name, set()).discard(data["signature_id"])
        elif leaf["type"] == "Published":
            if data["orders"] is not None:
                raise ValueError("The checker's clients publish as received.")
            self.edition = Edition(data["edition"], tuple(id_ for id_ in self.signed if id_ not in self.left))

    def standing(self) -> set[str]:
        """Tell who stands today."""
        return self.signed.keys() - self.left

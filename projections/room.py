"""The reading room: the questions of pages, API and commands over a log and its views."""

from __future__ import annotations

from functools import cached_property

from projections.lists import Lists
from projections.proofs import Proofs
from signatures.room import Room


class ReadingRoom:
    """What reads, made on top of the writing room's log."""

    def __init__(self, room: Room) -> None:
        """Use the stores that the writing room opened."""
        self.room = room

    @cached_property
    def lists(self) -> Lists:
        """Every question about a list."""
        return Lists(self.room.store, self.room.databases["views"], self.room.clock)

    @cached_property
    def proofs(self) -> Proofs:
        """Every question about the log as a tree."""
        return Proofs(self.room.store, self.room.checkpoints, self.lists.replay)

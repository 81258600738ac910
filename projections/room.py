"""The reading room: the questions of pages, API and commands over a log and its views."""

from __future__ import annotations

from functools import cached_property

from projections.lists import Lists
from projections.nearby import Primary, nearby
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
    def primary(self) -> Primary:
        """The newest entry of the log, without waiting again and again for a primary that does not answer."""
        return Primary(self.room.store)

    @cached_property
    def near(self) -> Lists:
        """The questions of whoever only reads: asked of a standby, if the settings name one."""
        standby = self.room.standby
        return nearby(self.primary, self.lists, standby, self.room.clock) if standby else self.lists

    @cached_property
    def proofs(self) -> Proofs:
        """Every question about the log as a tree."""
        return Proofs(self.room.store, self.room.checkpoints, self.lists.replay)

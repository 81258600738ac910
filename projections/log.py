"""The log as the read side sees it: what `replay`, `lists` and their tests ask of a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from signatures.log.eventlog import Entry


class Newest(Protocol):
    """The last entry of the log."""

    @property
    def position(self) -> int:
        """Tell its position."""

    @property
    def recorded_at(self) -> str:
        """Tell its stamp."""

    @property
    def leaf_hash(self) -> bytes:
        """Tell its leaf hash."""


class Log(Protocol):
    """A log with positions 1, 2, 3 … without gaps."""

    def identity(self) -> str:
        """Tell the register's id."""

    def newest(self) -> Newest | None:
        """Tell the last entry, or None while there is none."""

    def entries(self, after: int, limit: int) -> list[Entry]:
        """List entries by position."""

    def entry(self, position: int) -> Entry | None:
        """Find one entry."""

    def entries_at(self, positions: Sequence[int]) -> list[Entry]:
        """Find the entries at some positions."""

    def stream_entries(self, stream: str, after_version: int = 0, limit: int | None = None) -> list[Entry]:
        """List the entries of one stream by version."""

    def position_at(self, recorded_at: str) -> int:
        """Tell the last position recorded at or before an instant; 0 if none."""

    def root(self, size: int) -> bytes:
        """Tell the root of the tree over the first positions."""

    def text(self, sha256: str) -> bytes | None:
        """Find a stored text or order document."""

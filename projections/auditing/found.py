"""What an audit found: what was checked, what was not, and every difference with its place."""

from __future__ import annotations

from bisect import insort
from typing import NamedTuple

from signatures.errors import RegisterError

FINDINGS = 20  # more would say nothing new
NOWHERE = 2**63  # where a difference has no position, it comes after those that have one


class CannotRead(RegisterError):
    """What cannot be audited at all."""

    code, title, exit_status = "cannot-read", "This cannot be read", 3


class OlderBundle(CannotRead):
    """A bundle of the form before there was a tree; `said` is its manifest."""


class Difference(NamedTuple):
    """One thing that is not as it must be; the position is the first of the log at which it is so."""

    sentence: str
    position: int | None = None

    def told(self) -> str:
        """Write it with its position in front."""
        return self.sentence if self.position is None else f"Position {self.position}: {self.sentence}"


class Stop(Exception):
    """Reading cannot go on after a difference that was reported."""


class Report:
    """What is known so far of a bundle."""

    def __init__(self) -> None:
        """Begin without a word."""
        self.checked: list[str] = []
        self.unchecked: list[str] = []
        self.unsigned = False  # whether a signature could not be checked
        self._differences: list[Difference] = []

    def differs(self, sentence: str, position: int | None = None) -> None:
        """Add a difference; of too many those are kept that lie first in the log."""
        insort(self._differences, Difference(sentence, position), key=_place)
        del self._differences[FINDINGS:]

    @property
    def differences(self) -> list[Difference]:
        """List the differences, the one that lies first in the log first."""
        return list(self._differences)

    @property
    def sound(self) -> bool:
        """Tell whether no difference was found."""
        return not self._differences


def _place(one: Difference) -> int:
    return NOWHERE if one.position is None else one.position

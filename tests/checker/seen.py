"""What a client saw in one answer about a list."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

from tests.checker.model import State


class Seen(NamedTuple):
    """A list as it was told."""

    position: int
    edition: int | None
    places: int
    numbered: tuple[tuple[int, str], ...]
    gaps: tuple[int, ...]
    subsequent: tuple[str, ...]

    @classmethod
    def of(cls, answer: dict[str, Any]) -> Self:
        """Read an answer of the API."""
        edition = answer["edition"]
        return cls(
            answer["position"],
            edition["number"] if edition else None,
            answer["counts"]["places"],
            tuple((entry["number"], entry["signature_id"]) for entry in answer["numbered"]),
            tuple(gap["number"] for gap in answer["gaps"]),
            tuple(entry["signature_id"] for entry in answer["subsequent"]),
        )

    def difference(self, state: State) -> str | None:
        """Say how it differs from the state of the log."""
        order = state.edition.ids if state.edition else ()
        standing = set(state.standing())
        expected = tuple((number, id_) for number, id_ in enumerate(order, 1) if id_ in standing)
        shown = {id_ for _, id_ in self.numbered} | set(self.subsequent)
        if len(self.numbered) + len(self.subsequent) != len(shown):
            return "somebody is listed twice"
        if shown != standing:
            return f"missing {sorted(standing - shown)}, too many {sorted(shown - standing)}"
        if self.edition != (state.edition.number if state.edition else None) or self.numbered != expected:
            return f"numbers {self.numbered} of edition {self.edition}, not {expected}"
        return None

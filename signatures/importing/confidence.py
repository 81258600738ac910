"""Confidence of a proposal: sure, likely or doubtful."""

from __future__ import annotations

SURE, LIKELY, DOUBTFUL = "sure", "likely", "doubtful"
_ORDER = (SURE, LIKELY, DOUBTFUL)


def lower(one: str, other: str) -> str:
    """Give the lower of two confidences."""
    return max(one, other, key=_ORDER.index)

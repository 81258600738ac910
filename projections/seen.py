"""What a reader has seen already, below which no answer to the same request may fall, and how much its answers know."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class _Seen:
    floor: int
    known: int | None = None


_seen: ContextVar[_Seen | None] = ContextVar("seen", default=None)


def begin(floor: int) -> None:
    """Begin a request of a reader who has seen a position."""
    _seen.set(_Seen(floor))


def end() -> None:
    """End it: what this thread does next is somebody else's."""
    _seen.set(None)


def floor() -> int:
    """Tell the position that every answer must know; outside a request any will do."""
    request = _seen.get()
    return request.floor if request else 0


def note(position: int) -> None:
    """Note how much an answer knows; the next answer to the same request knows no less."""
    request = _seen.get()
    if request is not None:
        request.floor = max(request.floor, position)
        request.known = position if request.known is None else min(request.known, position)


def known() -> int | None:
    """Tell the position that all answers to the request knew; None where none asked the views."""
    request = _seen.get()
    return request.known if request else None

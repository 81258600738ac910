"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FixedClock:
    """A `signatures.clock.Clock` for tests: the clock itself and its `now` both tell the instant it was set to."""

    def __init__(self, now: datetime) -> None:
        """Stand at an aware instant."""
        self.set(now)

    def __call__(self) -> datetime:
        """Tell the instant."""
        return self.now()

    def now(self) -> datetime:
        """Tell the instant, in UTC."""
        return self._now

    def set(self, now: datetime) -> None:
        """Go to an aware instant, forward or back."""
        if now.tzinfo is None:
            raise ValueError(f"{now} has no time zone. Give an aware instant.")
        self._now = now.astimezone(UTC)

    def advance(self, by: timedelta | None = None, **units: float) -> datetime:
        """Go on by a span, or by `seconds=`, `hours=`, `days=` …; a negative span goes back."""
        self._now += by if by is not None else timedelta(**units)
        return self._now

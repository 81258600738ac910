"""Lists read from a standby near by: where it knows as much as the primary, and alone where no primary answers.

It is for a cluster: a failover takes seconds, in which lists go on being read. Whoever says what was seen already
(`projections/seen.py`) never gets less, but waits, and is then told to ask again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, cast

from projections.lists import Lists
from projections.log import Newest
from projections.views import view
from projections.views.replay import Replay
from projections.views.tracking import SERVING
from signatures.clock import Clock
from signatures.database import Database
from signatures.errors import RegisterError, StorageUnavailable
from signatures.log.store import Store
from signatures.sentences import said

AWAY_SECONDS = 1.0  # for so long a primary that did not answer is not asked again
REACHED = (
    f"SELECT position, leaf_hash FROM tracking WHERE schema_version = {view.SCHEMA_VERSION} AND complete = {SERVING}"
)


class Primary:
    """The newest entry of the primary's log; where it cannot be told, nobody waits for that twice in a second."""

    def __init__(self, store: Store) -> None:
        """Ask a store."""
        self.store = store
        self._away_until = 0.0

    def newest(self) -> Newest | None:
        """Tell the last entry, or raise StorageUnavailable."""
        if time.monotonic() < self._away_until:
            raise StorageUnavailable(said("The primary database does not answer. Try again in a moment."))
        try:
            return self.store.newest()
        except StorageUnavailable:
            self._away_until = time.monotonic() + AWAY_SECONDS
            raise


class Nearby:
    """The questions of `Lists`, each asked of the standby or of the primary."""

    def __init__(self, primary: Primary, lists: Lists, standby: Mapping[str, Database], clock: Clock) -> None:
        """Read the primary's lists, and those of a standby's databases."""
        self.primary, self.lists = primary, lists
        self.views = standby["views"]
        store = Store(standby["register"], clock)
        self.abreast = Lists(store, self.views, clock, Replay(store, self.views, standby=True))
        # Only this one is ever behind: it calls nothing final that something unknown to it may still change.
        self.alone = Lists(store, self.views, clock, Replay(store, self.views, standby=True, behind=True))

    def __getattr__(self, name: str) -> Any:
        """Ask whoever is to be asked at this moment."""
        return getattr(self.chosen(), name)

    def chosen(self) -> Lists:
        """Choose: the standby if it knows all that the primary does, or if there is no primary."""
        try:
            newest = self.primary.newest()
        except StorageUnavailable:
            return self.alone
        return self.abreast if newest is not None and self._knows(newest) else self.lists

    def _knows(self, newest: Newest) -> bool:
        try:
            rows = self.views.glance(f"{REACHED} ORDER BY generation DESC LIMIT 1")
        except RegisterError:
            return False
        return [(position, bytes(hash_)) for position, hash_ in rows] == [(newest.position, bytes(newest.leaf_hash))]


def alone(near: Lists) -> Lists | None:
    """Tell what is read while no primary answers; None where no standby is."""
    return near.alone if isinstance(near, Nearby) else None


def nearby(primary: Primary, lists: Lists, standby: Mapping[str, Database], clock: Clock) -> Lists:
    """Make what answers as `Lists` does."""
    return cast("Lists", Nearby(primary, lists, standby, clock))

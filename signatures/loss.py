"""A loss: positions whose entries no copy holds any more, each filled by a leaf that says so and is never used again."""

from __future__ import annotations

from signatures.aggregate import Recordable


class Loss:
    """The stream of one loss, `loss/ID`: as many `Lost` as positions were lost. Nothing is decided there."""

    TOPIC = "Loss"

    class Lost(Recordable):
        """What stood here was signed under a former origin and is gone; origin, size and root are those of its last checkpoint."""

        TOPIC = "Loss.Lost"
        origin: str
        size: int
        root: str

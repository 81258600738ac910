"""A busy register: three statements in three time zones, signed, corrected and published over days on which clocks are put."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from projections.lists import Lists
from signatures.aggregate import Actor, Reason
from signatures.errors import RegisterError, StorageUnavailable
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.register import Register
from tests.clock import FixedClock

EDITOR = Actor("editor", "busy")
ZONES = {"north-2021": "Europe/Berlin", "south-2021": "Pacific/Auckland", "west-2021": "America/New_York"}
# Around the days on which the clocks of those zones are put forward or back.
DAYS = [
    *(f"2021-03-{day:02}" for day in (13, 14, 15, 27, 28, 29)),
    *(f"2021-04-{day:02}" for day in (3, 4, 5)),
    *(f"2021-09-{day:02}" for day in (25, 26, 27)),
    *("2021-10-30", "2021-10-31", "2021-11-01", "2021-11-06", "2021-11-07", "2021-11-08"),
]
NAMES = tuple(
    f"{name} {number}".removesuffix(" 0")
    for name in ("Alpha Union", "Beta Bund", "Союз", "Délta", "اتحاد", "Ζήτα", "ثيتا")
    for number in range(4)
)
CHANGES: list[dict[str, Any]] = [
    {"name": "Corrected"},
    {"translation": "In English"},
    {"country": "Kenya"},
    {"signed_on": DAYS[4]},
    {"acronym": None},
    {"territories": ["KE"], "url": "https://example.org/"},
]


class Busy:
    """Random commands on a register; what is refused is passed over."""

    def __init__(self, register: Register, lists: Lists, clock: FixedClock, seed: int) -> None:
        """Draft the statements with their texts."""
        self.register, self.lists, self.clock = register, lists, clock
        self.chance = random.Random(seed)
        for reference, zone in ZONES.items():
            register.draft(EDITOR, reference=reference, kind="statement", time_zone=zone, default_language="en")
            register.set_text(EDITOR, reference, language="en", title=f"Title of {reference}", text="Text.\n")

    def go_on(self, steps: int) -> None:
        """Do so many things, some hours apart; now and then the clock is put back."""
        acts: tuple[Callable[[], None], ...] = (
            *[self.sign] * 8, *[self.withdraw] * 3, *[self.correct] * 4,
            self.void, self.annul, self.annul, self.publish, self.publish, self.close,
        )  # fmt: skip
        for _ in range(steps):
            self.clock.advance(timedelta(hours=self.chance.choice([-1, 1, 5, 20, 40])))
            try:
                self.chance.choice(acts)()
            except StorageUnavailable:
                raise
            except RegisterError:
                pass

    def publish_all(self) -> None:
        """Publish what was never published, so that everybody may see everything."""
        for reference in ZONES:
            if not self.lists.editions(reference, drafts=True):
                self.register.publish(EDITOR, reference, as_of=DAYS[0])

    def sign(self) -> None:
        """Sign, perhaps where it stands already."""
        name, reference = self.chance.choice(NAMES), self.chance.choice(list(ZONES))
        parts = NameParts(name, acronym=name[:1], translations={"de": f"{name} auf Deutsch"})
        on = self.chance.choice([*DAYS, None])
        self.register.sign(EDITOR, reference, parts, signed_on=on or DAYS[0], method="api")

    def withdraw(self) -> None:
        """Withdraw, perhaps without being named."""
        self.register.withdraw(
            EDITOR,
            self.some(),
            on=self.chance.choice(DAYS),
            show=self.chance.random() < 0.5,
            reason=Reason("own-request"),
        )

    def correct(self) -> None:
        """Correct, for all dates or from one on."""
        self.register.correct(EDITOR, self.some(), self.chance.choice(CHANGES), on=self.chance.choice([None, *DAYS]))

    def void(self) -> None:
        """Void, perhaps again."""
        self.register.void(EDITOR, self.some(), reason=Reason("fraud", "not theirs"))

    def annul(self) -> None:
        """Take one of the last entries back, whatever it is."""
        newest = self.register.store.max_notification_id() or 1
        self.register.annul(EDITOR, self.chance.choice(list(ZONES)), max(1, newest - self.chance.randrange(12)))

    def publish(self) -> None:
        """Publish as received, or in an order with a heading and a gap."""
        reference, as_of, orders = self.chance.choice(list(ZONES)), self.chance.choice(DAYS), None
        if self.chance.random() < 0.6:
            answer = self.lists.whole(reference, as_of=as_of, drafts=True)
            ids = [entry["signature_id"] for entry in answer["numbered"] + answer["subsequent"]]
            self.chance.shuffle(ids)
            lines = [OrderLine("signature", id_) for id_ in dict.fromkeys(ids)]
            orders = {"en": [OrderLine("section", "All"), *lines, OrderLine("gap", "left free")], "de": lines[1:]}
        self.register.publish(EDITOR, reference, as_of=as_of, orders=orders)

    def close(self) -> None:
        """Close, and mostly open again."""
        reference, on = self.chance.choice(list(ZONES)), self.chance.choice(DAYS[-3:])
        self.register.close_signing(EDITOR, reference, on=on)
        if self.chance.random() < 0.8:
            self.register.reopen_signing(EDITOR, reference, on=on)

    def some(self) -> str:
        """Choose one of all signatures ever given."""
        with self.register.store.reading() as transaction:
            rows = transaction.execute("SELECT id FROM signature ORDER BY position")
        return str(self.chance.choice(rows)[0]) if rows else "00000000-0000-4000-8000-000000000000"

"""What the view counts without looking at each signatory is what the rule shows one by one, at every position and date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from projections.lists import Lists
from projections.views import projector
from signatures.aggregate import Reason
from signatures.database import open_database
from signatures.log.store import Store
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.register import Register
from tests.clock import FixedClock
from tests.scenes import EDITOR, NOW, begin, sign

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
COUNTED = "counted-2026"
THERE: list[list[str]] = [["DE"], ["FR"], [], ["DE", "FR"], ["MM"]]
DATES = ["2026-01-01", "2026-01-03", "2026-01-05", "2026-01-08", "2026-01-20", "2026-02-01", "2026-03-01"]


@pytest.fixture(params=ENGINES)
def lists(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lists]:
    """Fill a register with signatures of several countries to which everything happens that can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projector, "BLOCK", 7)  # so that positions lie before, at and behind what is kept
        if request.param == "sqlite":
            yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('counted')}/var")
            return
        with request.getfixturevalue("postgresql_server").fresh_database("counted") as url:
            yield from _filled(url)


def _filled(url: str) -> Iterator[Lists]:
    store = Store(open_database(url, "register"), FixedClock(NOW))
    store.create()
    register = Register(store)
    begin(register, COUNTED)
    ids = [_signed(register, number) for number in range(10)]
    lines = [OrderLine("signature", id_) for id_ in (*ids[:7], ids[0], ids[3])]
    register.correct(EDITOR, ids[3], {"territories": ["KE"]}, on="2026-01-06")
    register.publish(EDITOR, COUNTED, as_of="2026-01-07", orders={"en": lines}, doubles=True)
    register.correct(EDITOR, ids[0], {"territories": ["FR", "KE"]})
    register.correct(EDITOR, ids[1], {"name": "Another name", "territories": []}, on="2026-02-01")
    register.correct(EDITOR, ids[2], {"signed_on": "2026-01-19"})
    register.withdraw(EDITOR, ids[4], on="2026-01-15")
    taken_back = register.withdraw(EDITOR, ids[5], on="2026-01-07", show=False)
    register.void(EDITOR, ids[6])
    slip = register.correct(EDITOR, ids[7], {"territories": ["ZA"]})
    late = [_signed(register, number) for number in range(10, 14)]
    register.annul(EDITOR, COUNTED, taken_back.position)
    register.annul(EDITOR, COUNTED, slip.position)
    register.correct(EDITOR, late[0], {"territories": ["BR"]}, on="2026-01-15")
    register.publish(EDITOR, COUNTED, as_of="2026-02-01")
    withheld = register.correct(EDITOR, late[1], {"territories": ["NP"]})
    register.withhold(EDITOR, withheld.position, Reason("legal", "by order of a court"))
    lists = Lists(store, open_database(url, "views"), FixedClock(NOW))
    lists.create()
    yield lists
    lists.replay.views.close()
    store.database.close()


def _signed(register: Register, number: int) -> str:
    parts = NameParts(f"Body {number}", territories=THERE[number % len(THERE)])
    return sign(register, COUNTED, parts, f"2026-01-{number % 10 + 1:02}").signature_id


def positions(lists: Lists) -> range:
    """Tell the positions at which there is a list, back to the draft; on a server every fourth."""
    newest = lists.replay.catch_up()
    every = range(newest, lists.events(COUNTED)[0]["position"] - 1, -1)
    return every if lists.replay.views.engine == "sqlite" else every[::4]


def test_territories_are_counted_as_the_list_shows_them(lists: Lists) -> None:
    """Corrected, withdrawn, struck, taken back, withheld, printed twice: each entry that stands counts once for its own."""
    for position in positions(lists):
        for as_of in DATES:
            question: dict[str, Any] = {"as_of": as_of, "position": position}
            answer = lists.whole(COUNTED, **question, drafts=True)
            entries = [*answer["numbered"], *answer["subsequent"]]
            expected = Counter(tuple(entry["territories"]) for entry in entries)
            actual = lists.territories(COUNTED, **question)["counted"]
            assert dict(expected) == actual, question
            assert answer["counts"]["standing"] == sum(actual.values())


def test_days_as_known_earlier_are_those_of_the_lists(lists: Lists) -> None:
    """On every day of a timeline, at every position, as many stand as the rule counts; corrections stand on their days."""
    for position in positions(lists):
        corrected: Counter[str] = Counter()
        history = [one for one in lists.history(COUNTED, drafts=True) if one["position"] <= position]
        for one in history:
            if one["type"] == "Corrected" and (one["annulled_at"] or position + 1) > position:
                corrected[one["holds_from"] or one["recorded_at"][:10]] += 1
        days = lists.timeline(COUNTED, position=position, drafts=True)
        assert {day["on"]: day["corrected"] for day in days if day["corrected"]} == dict(corrected)
        for day in days:
            answer = lists.whole(COUNTED, as_of=day["on"], position=position, drafts=True)
            ids = {entry["signature_id"] for part in ("numbered", "subsequent") for entry in answer[part]}
            assert len(ids) == day["standing"], (position, day)


def test_a_rebuild_counts_the_same(lists: Lists) -> None:
    """What was counted entry by entry is what a rebuild counts, milestones and all."""
    lists.replay.catch_up()
    assert lists.replay.check() is None

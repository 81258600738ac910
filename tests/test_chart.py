"""A list through time: days, axes, labels and drawings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.looks import chart, drawing
from tests.days import days_of

DAYS = days_of(
    [("2021-06-07", None), ("2021-06-07", "2021-09-01"), ("2021-06-15", None), ("2021-06-20", "2021-06-20")],
    ["2021-07-14"],
)
dates = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat)


@pytest.mark.parametrize(
    ("on", "expected"),
    [("2021-06-06", 0), ("2021-06-07", 2), ("2021-06-30", 3), ("2021-08-31", 3), ("2021-09-01", 2), ("2030-01-01", 2)],
)
def test_standing_on(on: str, expected: int) -> None:
    """The number of a date is that of the last day on or before it."""
    assert expected == chart.standing_on(DAYS, on)


@given(st.lists(dates, min_size=1, max_size=12), dates, st.booleans())
def test_axis_runs_one_way(some: list[str], today: str, mirrored: bool) -> None:
    """Every date stands within the drawing, later ones after earlier ones, and a mirrored axis is the mirror image."""
    scale = chart.axis(some, today=today, mirrored=mirrored)
    plain = chart.axis(some, today=today)
    places = [scale.at(on) for on in sorted([*some, today])]
    assert all(0.0 <= place <= 100.0 for place in places)
    assert sorted(places, reverse=mirrored) == places
    assert all(
        scale.at(on) == pytest.approx(100.0 - plain.at(on) if mirrored else plain.at(on), abs=0.011) for on in some
    )


@given(dates, st.integers(0, 40_000), st.integers(0, 40_000), st.sampled_from([4, 10]))
def test_ticks_have_room(first: str, span: int, quiet: int, room: int) -> None:
    """Labels are as many as have room, at their dates in order, none of them in the cut tail."""
    begin = date.fromisoformat(first)
    last = begin + timedelta(days=span)
    scale = chart.axis([first, last.isoformat()], today=(last + timedelta(days=quiet)).isoformat())
    places = [tick["x"] for tick in chart.ticks(scale, room=room, locale="en_GB")]
    assert len(places) <= room + 1
    assert sorted(places) == places
    assert all(place < 100.0 - scale.tail for place in places)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("2021-06-15", ["7 Jun 2021", "9 Jun", "11 Jun", "13 Jun", "15 Jun"]),
        ("2021-10-20", ["Jul 2021", "Aug", "Sept", "Oct"]),
        ("2029-06-07", ["2022", "2023", "2024", "2025", "2026", "2027", "2028", "2029"]),
    ],
)
def test_ticks_tell_days_months_or_years(last: str, expected: list[str]) -> None:
    """A span of days names days, one of months names months, and each year is named once."""
    scale = chart.axis(["2021-06-07", last], today="2040-01-01")
    assert expected == [tick["words"] for tick in chart.ticks(scale, room=10, locale="en_GB")]


@given(dates, st.integers(0, 4_000), st.sampled_from([4, 10]), st.booleans())
def test_labels_do_not_run_into_one_another(first: str, span: int, room: int, mirrored: bool) -> None:
    """Neither where the first names its year, nor where a year begins; also from right to left."""
    last = (date.fromisoformat(first) + timedelta(days=span)).isoformat()
    scale = chart.axis([first, last], today=last, mirrored=mirrored)
    end = -100.0
    for tick in chart.ticks(scale, room=room, locale="en_GB"):
        across = 100.0 - tick["x"] if mirrored else tick["x"]
        width = len(tick["words"]) * 10.0 / room
        begin = across - (0.0 if tick["anchor"] == "start" else width / 2)
        assert begin > end
        end = begin + width


def test_a_list_of_one_day_has_room_behind_its_step() -> None:
    """Where all signed on one day, the step stands near the beginning, and the week after it is shown."""
    scale = chart.axis(["2021-06-07"] * 3, today="2026-11-22")
    assert (8, True) == (scale.last - scale.first, scale.at("2021-06-07") < 15.0)
    ends = [tick["words"] for tick in chart.ticks(scale, room=10, locale="en_GB")]
    assert ("7 Jun 2021", "13 Jun") == (ends[0], ends[-1])


def test_band_marks_where_the_reader_is() -> None:
    """The mark stands on the step line, at the reader's date; the quiet years to today are cut to a tail."""
    band = drawing.band(DAYS, [], as_of="2021-06-20", today="2026-11-22", locale="en_GB", mirrored=False)
    assert band is not None
    assert band["tail"]["to"] == 100.0 == band["today"]
    assert band["here"]["y"] == band["top"]  # three stood, the most of all days
    assert 0.0 < band["here"]["x"] < band["withdrew"][0] < band["tail"]["from"]


def test_a_late_correction_does_not_stretch_the_axis() -> None:
    """A correction recorded years later stands in the cut tail; the axis still ends soon after the last change."""
    late = [*DAYS, {"on": "2026-11-20", "signed": 0, "withdrew": 0, "corrected": 1, "standing": 2}]
    how: dict[str, Any] = {"today": "2026-11-22", "locale": "en_GB", "mirrored": False}
    before, after = drawing.history(DAYS, [], **how), drawing.history(late, [], **how)
    assert before is not None
    assert after is not None
    assert (before["line"], before["to"]) == (after["line"], after["to"])
    assert after["corrected"][-1] > after["tail"]["from"]


def test_band_today() -> None:
    """A list of today has its mark at the end."""
    band = drawing.band(DAYS, [], as_of="2021-09-10", today="2021-09-10", locale="en_GB", mirrored=True)
    assert band is not None
    assert (0.0, 0.0) == (band["here"]["x"], band["today"])
    assert band["tail"] is None


def test_nothing_to_draw() -> None:
    """Without a day there is no drawing."""
    assert drawing.band([], [], as_of="2021-06-20", today="2026-11-22", locale="en_GB", mirrored=False) is None
    assert drawing.history([], [], today="2026-11-22", locale="en_GB", mirrored=False) is None
    assert drawing.spark([]) is None


@given(st.lists(st.tuples(dates, st.none() | dates), min_size=1, max_size=30), dates, st.booleans())
def test_history_draws_any_list(spans: list[tuple[str, str | None]], today: str, mirrored: bool) -> None:
    """Any history can be drawn: the bars hold every signature that stood, nothing lies outside."""
    days = days_of(spans)
    picture = drawing.history(days, [], today=today, locale="en_GB", mirrored=mirrored)
    assert (picture is None) == (not days)
    if picture is not None:
        assert all(0.0 <= bar["height"] <= 40.0 for bar in picture["bars"])
        assert any(bar["height"] == 40.0 for bar in picture["bars"])
        assert all(picture["base"] >= level["y"] >= picture["top"] for level in picture["levels"])


def test_notes_only_where_all_have_room() -> None:
    """Withdrawals are told by name beside their marks, unless two names would meet, or a name and another mark."""
    days = days_of([("2021-06-07", "2021-07-10"), ("2021-06-07", "2021-07-12"), ("2021-06-07", "2021-09-01")])
    told = [
        {"kind": "withdrew", "name": name, "on": on}
        for name, on in (("A", "2021-07-10"), ("B", "2021-07-12"), ("C", "2021-09-01"))
    ]

    def notes(*happened: dict[str, str], mirrored: bool = False) -> list[tuple[str, str]]:
        picture = drawing.history(days, [], today="2021-09-10", locale="en_GB", mirrored=mirrored, happened=happened)
        assert picture is not None
        return [(note["name"], note["anchor"]) for note in picture["notes"]]

    for mirrored in (False, True):
        assert [("A", "end"), ("B", "start"), ("C", "end")] == notes(*told, mirrored=mirrored)
    crowded = [{**one, "name": one["name"] * 30} for one in told]
    assert [] == notes(*crowded)
    assert [] == notes({**told[0], "on": "2021-07-11"})

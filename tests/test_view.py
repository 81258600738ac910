"""Pages, counts and searches of the view: the same list as the rule tells whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from projections.lists import Lists
from projections.signatory_list import signatory_list
from projections.views import projector
from signatures.database import open_database
from signatures.errors import BadQuery
from tests.clock import FixedClock
from tests.logmaker import MemoryLog, StatementMaker

NOW = datetime(2021, 7, 1, tzinfo=UTC)


@pytest.fixture
def maker() -> StatementMaker:
    """Make a list of 40 places with gaps and sections, 20 subsequent signatories, some late, some gone."""
    made = StatementMaker(MemoryLog())
    made.title()
    ids = [made.sign(f"Organisation {number}", f"2021-05-{number % 9 + 1:02d}") for number in range(36)]
    lines = [("signature", id_) for id_ in ids[::-1]]
    for at, line in (
        (30, ("section", "Third")),
        (20, ("gap", "left blank")),
        (20, ("section", "Second")),
        (0, ("section", "First")),
    ):
        lines.insert(at, line)
    made.publish("2021-05-10", {"en": [*lines, ("gap", "at the end"), ("section", "End")]})
    later = [made.sign(f"Körper {number}", f"2021-05-{number % 20 + 3:02d}") for number in range(20)]
    for number, id_ in enumerate([*ids[::5], *later[::6]]):
        made.withdraw(id_, "2021-05-25", show=number % 2 == 0)
    made.void(ids[1])
    made.correct(ids[2], {"name": "Ändert"})
    made.correct(later[1], {"signed_on": "2021-05-30"})
    return made


@pytest.fixture
def lists(maker: StatementMaker, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lists]:
    """Ask that list through a view."""
    monkeypatch.setattr(projector, "BLOCK", 10)
    database = open_database(database_url, "views")
    yield Lists(maker.log, database, FixedClock(NOW))
    database.close()


def through(lists: Lists, direction: str, **question: Any) -> list[Any]:
    """Go through all pages from one end."""
    answer = lists.signatories("sample-2021", **question)
    if direction == "previous":
        while answer.next:
            answer = lists.signatories("sample-2021", cursor=answer.next, **question)
    pages = [answer]
    while cursor := getattr(pages[-1], direction):
        pages.append(lists.signatories("sample-2021", cursor=cursor, **question))
    return pages if direction == "next" else pages[::-1]


@pytest.mark.parametrize("show", ["standing", "annotated"])
@pytest.mark.parametrize("limit", [1, 7, 36, 100])
def test_pages_make_the_whole_list(lists: Lists, maker: StatementMaker, show: str, limit: int) -> None:
    """Forward or backward, the pages' entries, gaps and headings are those of the whole list, none twice."""
    whole = signatory_list(maker.history(), maker.log.texts, as_of="2021-06-30", show=show)
    for direction in ("next", "previous"):
        pages = through(lists, direction, as_of="2021-06-30", show=show, limit=limit)
        for part in ("numbered", "subsequent", "gaps", "sections"):
            assert whole.get(part) == ([one for page in pages for one in page[part]] if part in whole else None)
        assert all(len(page["numbered"]) + len(page["subsequent"]) <= limit for page in pages)
        assert {str(whole["counts"])} == {str(page["counts"]) for page in pages}


def test_pages_without_an_edition(maker: StatementMaker, lists: Lists) -> None:
    """Provisional numbers run through the pages, forward and backward."""
    whole = signatory_list(maker.history(), maker.log.texts, as_of="2021-05-06")
    for direction in ("next", "previous"):
        pages = through(lists, direction, as_of="2021-05-06", limit=4)
        assert whole["numbered"] == [one for page in pages for one in page["numbered"]]
    assert whole["edition"] is None


def test_pages_stay_at_their_position(maker: StatementMaker, lists: Lists) -> None:
    """A signature that comes while somebody reads does not shift the pages."""
    first = lists.signatories("sample-2021", as_of="2021-06-30", limit=10)
    before = signatory_list(maker.history(), maker.log.texts, as_of="2021-06-30")
    maker.sign("comes in between", "2021-05-01")
    pages = [first]
    while cursor := pages[-1].next:
        pages.append(lists.signatories("sample-2021", limit=10, cursor=cursor))
    assert before["subsequent"] == [one for page in pages for one in page["subsequent"]]
    assert {first["position"]} == {page["position"] for page in pages}


def test_one_part_alone(maker: StatementMaker, lists: Lists) -> None:
    """The other part is empty, the counts are those of the whole list."""
    whole = lists.signatories("sample-2021", as_of="2021-06-30")
    numbered, subsequent = (
        lists.signatories("sample-2021", as_of="2021-06-30", part=part) for part in ("numbered", "subsequent")
    )
    assert (whole["numbered"], []) == (numbered["numbered"], numbered["subsequent"])
    assert ([], whole["subsequent"], []) == (subsequent["numbered"], subsequent["subsequent"], subsequent["gaps"])
    assert whole["counts"] == numbered["counts"] == subsequent["counts"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "korper 1",
            {
                "Körper 1",
                "Körper 10",
                "Körper 11",
                "Körper 13",
                "Körper 14",
                "Körper 15",
                "Körper 16",
                "Körper 17",
                "Körper 19",
            },
        ),
        ("KÖRPER 19", {"Körper 19"}),
        ("andert", {"Ändert"}),
        ("Organisation 2", {f"Organisation {number}" for number in (12, 21, 22, 23, 24, 26, 27, 28, 29, 32)}),
        ("Organisation 1 1", {f"Organisation {number}" for number in (11, 12, 13, 14, 16, 17, 18, 19, 21, 31)}),
        ("100%", set()),
        ("Organisation_3", set()),
        ("Organisation 35", set()),
    ],
)
def test_names_are_found_without_accents_and_case(lists: Lists, query: str, expected: set[str]) -> None:
    """Hits keep their numbers; what was corrected is found as it is shown, who left or was voided is not found."""
    answer = lists.signatories("sample-2021", as_of="2021-06-30", query=query)
    whole = lists.signatories("sample-2021", as_of="2021-06-30")
    found = answer["numbered"] + answer["subsequent"]
    assert expected == {entry["name"] for entry in found}
    assert all(entry in whole["numbered"] + whole["subsequent"] for entry in found)
    assert (len(expected), []) == (answer.found, answer["gaps"])


def test_names_not_to_be_named_are_not_found(lists: Lists) -> None:
    """The annotated form must not tell by a search who left without wishing to be named."""
    answer = lists.signatories("sample-2021", as_of="2021-06-30", query="Organisation", show="annotated")
    assert all(entry["printed"] is not None for entry in answer["numbered"])


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bnVsbA", "WzFd", "%00", "é"])
def test_a_cursor_of_nobody_is_refused(lists: Lists, cursor: str) -> None:
    """It says what to do instead."""
    with pytest.raises(BadQuery, match="first page"):
        lists.signatories("sample-2021", cursor=cursor)

"""Finding names in a list: the same names whichever way they are looked up, whatever happened to them, on both databases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from projections import paging
from projections.lists import Lists
from projections.views import generation, view
from projections.views.names import folded
from signatures.aggregate import Reason
from signatures.database import open_database
from signatures.log.store import Store
from signatures.organisation import NameParts
from signatures.register import Register
from signatures.sqlite import SQLiteDatabase
from tests.benchmarks.filling import append, sized
from tests.clock import FixedClock
from tests.scenes import EDITOR, NOW, begin, scripts, sign

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
NAMES = "found-2026"
QUERIES = [
    "union", "UNION of", "orga", "бел", "alfa организация", "ummal", "农民", "haitien", "haϊtien", "fischer", "straße", "strasse",
    "isci", "lodz", "orstavik", "l'avenir", "l’avenir", "کتاب", "كتاب", "new name", "old kept", "new kept", "first gone", "100%", "_", "!",
    "\\", '"', "later kenya", "nobody", "silent", "false", "leaving", "smorrebrod", "haabet", "и",
]  # fmt: skip
PRINTED = [
    NameParts("Fischer’ Straße Verein", translations={"en": "Fishers of L’Avenir"}),
    NameParts("İşçi Birliği ılgaz", "ŁÓDŹ"),
    NameParts("Ørstavik Smørrebrød", "100%_!", translations={"de": 'a\\b "c"'}),
    NameParts("انجمن کتاب"),
    NameParts("Old Name", "Kept"),
    NameParts("Gone First", country_printed={"en": "Later"}),
]


@pytest.fixture(scope="module", params=ENGINES)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Register, Lists]]:
    """Fill a register with names of every kind, half of them before an edition, some corrected, one withheld by order."""
    if request.param == "sqlite":
        yield from _filled(f"sqlite:///{tmp_path_factory.mktemp('found')}/var")
        return
    with request.getfixturevalue("postgresql_server").fresh_database("found") as url:
        yield from _filled(url)


def _filled(url: str) -> Iterator[tuple[Register, Lists]]:
    clock = FixedClock(NOW)
    store = Store(open_database(url, "register"), clock)
    store.create()
    register = Register(store)
    scripts(register)
    begin(register, NAMES)
    signed = [sign(register, NAMES, parts, f"2026-01-0{n + 1}") for n, parts in enumerate(PRINTED)]
    register.publish(EDITOR, NAMES, as_of="2026-01-04")
    register.correct(EDITOR, signed[4].signature_id, {"name": "New Name"}, on="2026-02-01")
    register.correct(EDITOR, signed[5].signature_id, {"name": "Other"})
    hidden = sign(register, NAMES, NameParts("Withheld Name"), "2026-01-09")
    lists = Lists(store, open_database(url, "views"), clock)
    lists.create()
    lists.signatories(NAMES, query="withheld")
    register.withhold(EDITOR, hidden.position, Reason("legal", "by order of a court"))
    yield register, lists
    lists.replay.views.close()
    store.database.close()


@pytest.fixture
def lists(filled: tuple[Register, Lists]) -> Lists:
    """Ask the lists of the filled register."""
    return filled[1]


def lines(answer: Mapping[str, Any]) -> list[str]:
    """List what an answer names."""
    return [entry["printed"] for entry in [*answer["numbered"], *answer["subsequent"]]]


@pytest.mark.parametrize(("reference", "earlier"), [(NAMES, 55), ("scripts-2026", 25)])
def test_both_ways_of_looking_find_the_same(
    lists: Lists, reference: str, earlier: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few names are looked up one by one, many on the way through the list: at every date, show and page the same."""

    def all_found() -> list[list[str]]:
        lists._kept = type(lists._kept)()
        times: list[dict[str, Any]] = [{}, {"as_of": "2026-01-05"}, {"as_of": "2026-01-15", "position": earlier}]
        shows = ({"show": "annotated"}, {"show": "standing", "limit": 1})
        return [
            lines(lists.signatories(reference, query=query, **time, **show))
            for query in QUERIES for time in times for show in shows
        ]  # fmt: skip

    one_by_one = all_found()
    monkeypatch.setattr(generation, "FEW", -1)
    assert one_by_one == all_found()
    monkeypatch.setattr(paging, "NEAR", 1)
    assert one_by_one == all_found()


@pytest.mark.parametrize("few", [0, 2_000])
def test_who_is_found_keeps_the_number(lists: Lists, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    """Before there is an edition, too, where the list is numbered as received; on every page, forward and back."""
    monkeypatch.setattr(generation, "FEW", few)
    monkeypatch.setattr(paging, "NEAR", 1)
    lists._kept = type(lists._kept)()
    moments = [(NAMES, "2026-01-03", None), ("scripts-2026", "2026-01-08", None), ("scripts-2026", "2026-01-08", 25)]
    for reference, as_of, position in moments:
        asked: dict[str, Any] = {"as_of": as_of, "position": position}
        whole = {entry["printed"]: entry["number"] for entry in lists.signatories(reference, **asked)["numbered"]}
        for query in ("e", "o", "union", "haitien", "leaving"):
            pages, answer = [], lists.signatories(reference, **asked, query=query, limit=1)
            while answer.next:
                pages += answer["numbered"]
                answer = lists.signatories(reference, **asked, query=query, limit=1, cursor=answer.next)
            pages += answer["numbered"]
            assert [whole[entry["printed"]] for entry in pages] == [entry["number"] for entry in pages]
            if answer.previous:
                before = lists.signatories(reference, **asked, query=query, limit=1, cursor=answer.previous)
                assert pages[-2:-1] == before["numbered"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("strasse fischer", ["Fischer’ Straße Verein"]),
        ("L'AVENIR", ["Fischer’ Straße Verein"]),
        ("isci ilgaz", ["ŁÓDŹ İşçi Birliği ılgaz"]),
        ("lodz", ["ŁÓDŹ İşçi Birliği ılgaz"]),
        ("orstavik smorrebrod", ["100%_! Ørstavik Smørrebrød"]),
        ("100%_!", ["100%_! Ørstavik Smørrebrød"]),
        ('a\\b "c"', ["100%_! Ørstavik Smørrebrød"]),
        ("كتاب", ["انجمن کتاب"]),
        ("kept new", ["Kept New Name"]),
        ("kept old", []),
        ("other later", ["Other, Later"]),
        ("gone", []),
        ("withheld", []),
    ],
)
def test_any_spelling_finds_a_name_as_it_is_shown(lists: Lists, query: str, expected: list[str]) -> None:
    """Accents, case and look-alike letters are ignored; a corrected name is found by what it says on the date asked about."""
    assert expected == [line.partition(" (")[0] for line in lines(lists.signatories(NAMES, query=query))]


def test_a_name_is_found_as_it_was_before_it_changed(lists: Lists) -> None:
    """On a date before a correction holds, the old name finds its entry, and the new one does not."""
    found = [lines(lists.signatories(NAMES, as_of="2026-01-20", query=query)) for query in ("old kept", "new kept")]
    assert [["Kept Old Name"], []] == found


def test_a_rebuild_makes_the_same_names(lists: Lists) -> None:
    """What was kept event by event, erasures too, is what a rebuild makes; a name that differs is told."""
    assert lists.replay.check() is None
    with lists.replay.reading() as (serving, _):
        number = serving.number
    with lists.replay.views.writing() as transaction:
        transaction.execute(f"UPDATE name_g{number} SET folded = 'x' WHERE folded LIKE 'kept%'")
    assert "name" in (lists.replay.check() or "")
    lists.replay.rebuild()
    assert lists.replay.check() is None


def test_no_name_that_an_order_withholds_stays_among_those_that_are_found(lists: Lists) -> None:
    """Neither in the names of lists nor in those of organisations."""
    with lists.replay.reading() as (serving, _):
        names = serving.rows("SELECT folded FROM name{g}") + serving.rows("SELECT folded FROM fact{g}")
    assert not [name for (name,) in names if "withheld" in name]


@pytest.mark.parametrize("text", ["Ærø", "Þingvellir", "Đà Nẵng", "soft\u00adhyphen", "zero\u200cwidth", "ـتطويلـ"])
def test_folding_again_changes_nothing(text: str) -> None:
    """What is folded is folded: names and questions meet at one spelling."""
    assert folded(text) == folded(folded(text)) == folded(text.upper())


# ── what finding costs ───────────────────────────────────────────────────────────────────────────────────────────────


def steps(lists: Lists, **question: Any) -> int:
    """Count, in hundreds, the instructions of SQLite's virtual machine that an answer takes, none being kept."""
    lists.signatories("bench", limit=1)
    lists._kept = type(lists._kept)()
    (connection,) = cast(SQLiteDatabase, lists.replay.views)._idle
    counted = [0]

    def count() -> int:
        counted[0] += 1
        return 0

    connection.set_progress_handler(count, 100)
    lists.signatories("bench", **question)
    connection.set_progress_handler(None, 0)
    return counted[0]


def test_what_the_first_page_and_finding_cost(sqlite_url: str) -> None:
    """Of a list thirty times as long the first page costs the same; a name is found by a dozen steps for each name there is."""
    clock = FixedClock(NOW)
    register = sized(sqlite_url, "bench", 200, clock)
    lists = Lists(register.store, open_database(sqlite_url, "views"), clock)
    lists.create()
    few = steps(lists, limit=100)
    append(register, "bench", 200, 6_000, late=True)
    assert steps(lists, limit=100) <= 2 * few
    for question in ("organisation", "number 5999", "corrected 109", "nobody"):
        assert steps(lists, query=question, limit=100) * 100 <= 14 * 6_000, question
    assert "name" in view.CLUSTERED
    lists.replay.views.close()
    register.store.database.close()

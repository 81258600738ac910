"""How near two organisations' names are: a hint for editors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.aggregate import Actor
from signatures.database import Transaction
from signatures.intake.alike import Candidate, candidates, score, skeleton
from signatures.log import heads
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.queueing import LYON, know, publish
from tests.submitting import opened

EDITOR = Actor("editor", "test")
UC = NameParts("Unité Communiste", "UC", "fr", None, {"en": "Communist United "}, {"en": "France"})
CPSA = NameParts("Communist Party of South Africa (Marxist-Leninist)", "CPSA (ML)", "en")
CPA = NameParts("Communist Party of Australia (Marxist-Leninist)", "CPA/ML", "en")
SPB = NameParts("Socialist Party of Bangladesh", "SPB", "en")
CPB = NameParts("Communist Party of Bangladesh", "CPB", "en")


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Make a register with one published statement."""
    with opened(environ, clock) as made:
        publish(made)
        yield made


def sign(room: Room, parts: NameParts, reference: str = "common-2026") -> str:
    """Sign for an organisation, which is registered by that; return its id."""
    day = room.clock().date().isoformat()
    return room.register.sign(EDITOR, reference, parts, signed_on=day, method="paper").organisation_id


def near(found: list[Candidate]) -> list[tuple[str | None, int, bool]]:
    """Tell short name, score and sameness of each."""
    return [(one.parts.acronym, one.score, one.same) for one in found]


# ── the facts of the seeds ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [(UC, LYON, 88), (CPSA, CPA, 86), (SPB, CPB, 82)],
    ids=["UC and UC Lyon", "CPSA (ML) and CPA/ML", "SPB and CPB"],
)
def test_the_scores_of_the_seeds(one: NameParts, other: NameParts, expected: int) -> None:
    """Two that may be one score 88; two that are different score 86: similarity cannot decide."""
    assert expected == score(one.payload(), other.payload())
    assert expected == score(other.payload(), one.payload())


def test_the_seeds_are_found_in_a_register(room: Room) -> None:
    """Of all organisations that a real list registers, the one that may be meant is suggested, and is not taken for it."""
    know(room, "myanmar-2021")
    assert [("UC", 88, False)] == near(candidates(room.register, LYON))
    assert ("CPA/ML", 86, False) in near(candidates(room.register, CPSA))
    assert [("SPB", 100, True), ("CPB", 82, False)] == near(candidates(room.register, SPB))


def test_what_folds_alike_is_the_same(room: Room) -> None:
    """Case, spaces, dashes and quotes do not matter: 100, and the register would take it for that organisation."""
    sign(room, NameParts("Red–Wedge  “Union”", "RWU"))
    found = candidates(room.register, NameParts("RED-WEDGE 'UNION'", "rwu"))
    assert [("RWU", 100, True)] == near(found)
    assert sign(room, NameParts("RED-WEDGE 'UNION'", "rwu"), second(room)) == found[0].organisation_id


def second(room: Room) -> str:
    """Publish another statement, for signing again."""
    publish(room, "other-2026")
    return "other-2026"


def test_a_letter_of_another_script_hides_nobody(room: Room) -> None:
    """Haϊtien with a Greek letter is as near as can be to Haïtien, and yet not taken for it."""
    sign(room, NameParts("Nouveau Parti Communiste Haϊtien", "NPCH"))
    assert [("NPCH", 100, False)] == near(
        candidates(room.register, NameParts("Nouveau Parti Communiste Haïtien", "NPCH"))
    )
    assert skeleton("НАТО") == skeleton("HATO")
    assert skeleton("Haϊtien") == skeleton("Haïtien")


def test_a_part_that_one_side_lacks_does_not_count(room: Room) -> None:
    """Who leaves short name, translation and country away is still found; the register would not take it for that one."""
    sign(room, LYON)
    assert [("UCLyon", 100, False)] == near(candidates(room.register, NameParts("Unité Communiste Lyon")))


def test_a_name_is_found_by_its_transliteration_and_its_translation(room: Room) -> None:
    """A name typed in Latin letters meets the one in Cyrillic ones; the other way round too."""
    sign(room, NameParts("Красный Клин", "КК", "ru", "Krasnyj Klin", {"en": "Red Wedge of Workers"}))
    assert [("КК", 100, False)] == near(candidates(room.register, NameParts("Krasnyj Klin")))
    assert [("КК", 100, False)] == near(candidates(room.register, NameParts("Red Wedge of Workers")))
    sign(room, NameParts("Harbour Workers of Lagos"))
    asked = NameParts("عمال ميناء لاغوس", translations={"en": "Harbour Workers of Lagos"})
    assert [(None, 100, False)] == near(candidates(room.register, asked))


def test_an_unlike_name_is_nobody(room: Room) -> None:
    """Below the threshold nothing is suggested, in an empty register nothing at all."""
    assert [] == candidates(room.register, UC)
    sign(room, NameParts("Syndicat des pêcheurs du Togo", "SPT"))
    assert [] == candidates(room.register, UC)


# ── renames, mergers, counts ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_former_name_is_found_and_told(room: Room) -> None:
    """The candidate shows today's name and says which older one was the nearest."""
    id_ = sign(room, NameParts("League of Rivers", "LR"))
    assert [] == candidates(room.register, NameParts("Alliance of Coasts", "AC"))
    room.register.rename(EDITOR, id_, {"name": "Alliance of Coasts", "acronym": "AC"}, on="2021-06-10")
    (found,) = candidates(room.register, NameParts("League of Rivers", "LR"))
    assert ("Alliance of Coasts", 100, True, "LR League of Rivers") == (
        found.parts.name,
        found.score,
        found.same,
        found.formerly,
    )
    (now,) = candidates(room.register, NameParts("Alliance of Coasts", "AC"))
    assert None is now.formerly


def test_merged_registrations_are_one_candidate(room: Room) -> None:
    """A merged name leads to the registration that stands for both; annulled, they are two again."""
    kept, gone = sign(room, NameParts("Union of Weavers", "UW")), sign(room, NameParts("Union of the Weavers", "UW"))
    assert {kept, gone} == {
        one.organisation_id for one in candidates(room.register, NameParts("Union of Weavers", "UW"))
    }
    recorded = room.register.merge(EDITOR, gone, kept)
    (found,) = candidates(room.register, NameParts("Union of the Weavers", "UW"))
    assert (kept, 100, True, 1) == (found.organisation_id, found.score, found.same, found.statements)
    room.register.annul_merger(EDITOR, gone, recorded.position)
    assert {kept, gone} == {
        one.organisation_id for one in candidates(room.register, NameParts("Union of Weavers", "UW"))
    }


def test_it_tells_since_when_and_how_often(room: Room, clock: FixedClock) -> None:
    """The day of its registration, and the statements that it signed; a voided signature is none."""
    first = clock.now()
    sign(room, UC)
    clock.advance(days=3)
    other = room.register.sign(EDITOR, second(room), UC, signed_on=clock.now().date().isoformat(), method="paper")
    (found,) = candidates(room.register, UC)
    assert (2, first.date().isoformat()) == (found.statements, found.registered_at[:10])
    room.register.void(EDITOR, other.signature_id)
    (found,) = candidates(room.register, UC)
    assert 1 == found.statements


def test_only_so_many_the_nearest_first(room: Room) -> None:
    """The limit keeps the nearest; equal ones keep one order."""
    for letter in "ABCDEFG":
        sign(room, NameParts(f"Union of Miners {letter}"))
    found = candidates(room.register, NameParts("Union of Miners C"), limit=3)
    assert ["Union of Miners C", 100] == [found[0].parts.name, found[0].score]
    assert [3, found] == [len(found), candidates(room.register, NameParts("Union of Miners C"), limit=3)]


def test_every_question_knows_the_newest(room: Room) -> None:
    """Whoever was registered, renamed or merged since the last question is taken into account."""
    asked = NameParts("Union of Bakers", "UB")
    assert [] == candidates(room.register, asked)
    id_ = sign(room, asked)
    assert [("UB", 100, True)] == near(candidates(room.register, asked))
    room.register.rename(EDITOR, id_, {"name": "Something else altogether", "acronym": None}, on="2021-06-10")
    assert ["UB Union of Bakers"] == [one.formerly for one in candidates(room.register, asked)]


@pytest.mark.slow
def test_twenty_thousand_organisations(
    sqlite_url: str, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among very many the nearest is found, and all names are read once for all questions."""
    environ = {
        "SIGNATURES_DATABASE": sqlite_url,
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(tmp_path / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }
    readings: list[int] = []
    read_all = heads.organisations

    def counted(transaction: Transaction) -> list[heads.Head]:
        found = read_all(transaction)
        readings.append(len(found))
        return found

    monkeypatch.setattr(heads, "organisations", counted)
    with opened(environ, clock) as room:
        publish(room)
        for start in range(0, 20_000, 500):
            with room.store.writing():
                for number in range(start, start + 500):
                    sign(room, NameParts(f"Organisation {number * 7919 % 99_991} of {number}", f"O{number}"))
        for number in (7, 19_999):
            asked = NameParts(f"Organisations {number * 7919 % 99_991} of {number}", f"O{number}")
            assert f"O{number}" == candidates(room.register, asked, limit=1)[0].parts.acronym
            sign(room, NameParts(f"Newcomer {number}"))
    assert [20_000] == readings

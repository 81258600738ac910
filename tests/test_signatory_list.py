"""The rule, case by case as the contract tells them."""

from __future__ import annotations

from typing import Any

import pytest

from projections.signatory_list import UnknownThen, signatory_list
from tests.logmaker import MemoryLog, StatementMaker


@pytest.fixture
def maker() -> StatementMaker:
    """Draft a statement with a title."""
    drafted = StatementMaker(MemoryLog())
    drafted.title()
    return drafted


def ask(maker: StatementMaker, as_of: str = "2021-06-30", **question: Any) -> dict[str, Any]:
    """Ask the rule."""
    return signatory_list(maker.history(), maker.log.texts, as_of=as_of, **question)


def names(entries: list[dict[str, Any]]) -> list[Any]:
    """Tell the names of entries."""
    return [entry["name"] for entry in entries]


def numbers(answer: dict[str, Any]) -> list[tuple[int, str]]:
    """Tell number and name of the numbered entries."""
    return [(entry["number"], entry["name"]) for entry in answer["numbered"]]


def published(maker: StatementMaker, *given: str) -> list[str]:
    """Sign with some names on 2021-05-01, publish in that order as of 2021-05-10; return the signatures."""
    ids = [maker.sign(name, "2021-05-01") for name in given]
    maker.publish("2021-05-10", {"en": [("signature", id_) for id_ in ids]})
    return ids


# ── two clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [("2021-05-09", []), ("2021-05-10", ["A"]), ("2021-05-19", ["A"]), ("2021-05-20", [])],
)
def test_a_signature_stands_from_its_date_until_its_withdrawal(
    maker: StatementMaker, as_of: str, expected: list[str]
) -> None:
    """The day of signing counts, the day of withdrawal does not any more."""
    maker.withdraw(maker.sign("A", "2021-05-10"), "2021-05-20")
    assert expected == names(ask(maker, as_of)["numbered"])


def test_nothing_after_a_position_is_seen(maker: StatementMaker) -> None:
    """A withdrawal is unseen at the position before it, on whatever date one asks."""
    position = maker.withdraw(maker.sign("A", "2021-05-10"), "2021-05-20")
    assert ["A"] == names(ask(maker, position=position - 1)["numbered"])
    assert [] == names(ask(maker, position=position)["numbered"])


def test_the_answer_names_the_statements_own_last_position(maker: StatementMaker) -> None:
    """Entries of others do not change the answer, so equal lists are equal bytes."""
    maker.sign("A", "2021-05-10")
    before = ask(maker)
    StatementMaker(maker.log, "other")
    assert before == ask(maker, position=len(maker.log.log))


def test_before_the_draft_there_is_nothing() -> None:
    """A position before the statement was drafted is refused."""
    log = MemoryLog()
    StatementMaker(log, "first")
    second = StatementMaker(log, "second")
    with pytest.raises(UnknownThen):
        ask(second, position=1)


# ── editions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_an_edition_in_force_one_provisional_list_in_log_order(maker: StatementMaker) -> None:
    """All that stand are numbered as they were received, and the edition is null."""
    maker.sign("B", "2021-05-03")
    maker.withdraw(maker.sign("gone", "2021-05-01"), "2021-05-02")
    maker.sign("A", "2021-05-02")
    answer = ask(maker)
    assert (None, [(1, "B"), (2, "A")], []) == (answer["edition"], numbers(answer), answer["subsequent"])


def test_the_edition_in_force_is_the_last_published_of_that_date_or_before(maker: StatementMaker) -> None:
    """The day before a new edition still has the old one; an equal date replaces."""
    first, second = published(maker, "A", "B")
    maker.publish("2021-05-20", {"en": [("signature", second), ("signature", first)]})
    maker.publish("2021-05-20", {"en": [("signature", second), ("gap", "left free"), ("signature", first)]})
    assert [(1, "A"), (2, "B")] == numbers(ask(maker, "2021-05-19"))
    assert [(1, "B"), (3, "A")] == numbers(ask(maker, "2021-05-20"))
    assert {"number": 3, "as_of": "2021-05-20", "further_signatories_possible": True} == ask(maker)["edition"]


def test_an_edition_is_told_at_its_own_date_and_position(maker: StatementMaker) -> None:
    """What came later does not show in it."""
    (first,) = published(maker, "A")
    maker.void(first)
    maker.publish("2021-05-20")
    answer = signatory_list(maker.history(), maker.log.texts, edition=1)
    assert ("2021-05-10", [(1, "A")]) == (answer["as_of"], numbers(answer))
    with pytest.raises(UnknownThen):
        signatory_list(maker.history(), maker.log.texts, edition=3)


def test_as_received_is_frozen_at_its_position(maker: StatementMaker) -> None:
    """An order of null numbers what stands on its date then, in log order; later entries and corrections move nothing."""
    maker.sign("later", "2021-05-11")
    first = maker.sign("A", "2021-05-02")
    maker.sign("B", "2021-05-01")
    maker.publish("2021-05-10")
    maker.sign("late", "2021-05-01")
    maker.correct(first, {"signed_on": "2021-05-09"})
    answer = ask(maker)
    assert [(1, "A"), (2, "B")] == numbers(answer)
    assert [("late", True), ("later", False)] == [(one["name"], one["late"]) for one in answer["subsequent"]]


def test_sections_gaps_and_doubles_of_an_order(maker: StatementMaker) -> None:
    """Signature and gap lines are numbered; a signature printed twice has two numbers and counts twice."""
    first, second = (maker.sign(name, "2021-05-01") for name in ("A", "B"))
    lines = [("section", "One"), ("signature", first), ("gap", "left blank"), ("section", "Two"), ("signature", second)]
    maker.publish("2021-05-10", {"en": [*lines, ("signature", first), ("section", "End")]})
    answer = ask(maker)
    assert [(1, "A"), (3, "B"), (4, "A")] == numbers(answer)
    assert [(1, "One"), (3, "Two"), (5, "End")] == [(one["before"], one["heading"]) for one in answer["sections"]]
    assert [{"number": 2, "status": "gap", "reason": "left blank", "withdrawn_on": None}] == answer["gaps"]
    assert {"standing": 3, "numbered": 3, "subsequent": 0, "withdrawn": 0, "places": 4} == answer["counts"]


def test_each_language_has_its_own_order(maker: StatementMaker) -> None:
    """A language without an order has that of the default language."""
    first, second = (maker.sign(name, "2021-05-01") for name in ("A", "B"))
    orders = {"en": [("signature", first), ("signature", second)], "de": [("signature", second), ("signature", first)]}
    maker.publish("2021-05-10", orders)
    assert [(1, "B"), (2, "A")] == numbers(ask(maker, language="de"))
    assert [(1, "A"), (2, "B")] == numbers(ask(maker, language="fr")) == numbers(ask(maker))


def test_one_that_an_order_leaves_out_is_subsequent_in_that_language(maker: StatementMaker) -> None:
    """Nobody who stands is missing from a list."""
    first, second = (maker.sign(name, "2021-05-01") for name in ("A", "B"))
    maker.publish("2021-05-10", {"en": [("signature", first), ("signature", second)], "de": [("signature", second)]})
    assert ["A"] == names(ask(maker, language="de")["subsequent"])


# ── numbers never move ───────────────────────────────────────────────────────────────────────────────────────────────


def test_one_that_left_keeps_its_number_as_a_gap(maker: StatementMaker) -> None:
    """The standing form leaves it out and says why; the annotated form shows it with its date."""
    ids = published(maker, "A", "B", "C")
    maker.withdraw(ids[1], "2021-05-15", note="asked to be removed")
    answer, annotated = ask(maker), ask(maker, show="annotated")
    assert [(1, "A"), (3, "C")] == numbers(answer)
    gap = {"number": 2, "status": "withdrawn", "reason": "asked to be removed", "withdrawn_on": "2021-05-15"}
    assert [gap] == answer["gaps"]
    assert (2, "B", "withdrawn", "2021-05-15") == tuple(
        annotated["numbered"][1][name] for name in ("number", "name", "status", "withdrawn_on")
    )
    assert "gaps" not in annotated
    assert {"standing": 2, "numbered": 2, "subsequent": 0, "withdrawn": 1, "places": 3} == answer["counts"]


@pytest.mark.parametrize("event", ["voided", "withdrawn"])
def test_who_is_not_to_be_named_is_not_named(maker: StatementMaker, event: str) -> None:
    """A voided entry and one that does not wish to be named as having left are gaps without a name."""
    (first,) = published(maker, "A")
    if event == "voided":
        maker.void(first, reason_code="fraud")
    else:
        maker.withdraw(first, "2021-05-15", show=False, note="by its own wish")
    (entry,) = ask(maker, show="annotated")["numbered"]
    assert (event, None, None, None, None) == tuple(
        entry[name] for name in ("status", "name", "printed", "organisation_id", "url")
    )
    assert ("fraud" if event == "voided" else None) == entry["reason"] == ask(maker)["gaps"][0]["reason"]


def test_a_backdated_entry_never_renumbers(maker: StatementMaker) -> None:
    """It is subsequent, before those of later dates, and flagged late."""
    published(maker, "A")
    maker.sign("after", "2021-05-11")
    maker.sign("same day", "2021-05-10")
    maker.sign("before", "2021-04-01")
    answer = ask(maker)
    assert [("before", True), ("same day", True), ("after", False)] == [
        (one["name"], one["late"]) for one in answer["subsequent"]
    ]
    assert [(1, "A")] == numbers(answer)


def test_a_date_corrected_to_later_empties_the_place_until_then(maker: StatementMaker) -> None:
    """The place is explained as not-yet and holds the name in the annotated form."""
    (first,) = published(maker, "A")
    maker.correct(first, {"signed_on": "2021-05-20"})
    assert [("not-yet", 1)] == [(gap["status"], gap["number"]) for gap in ask(maker, "2021-05-19")["gaps"]]
    assert ["A"] == names(ask(maker, "2021-05-19", show="annotated")["numbered"])
    assert [(1, "A")] == numbers(ask(maker, "2021-05-20"))


# ── what happens to a signature ──────────────────────────────────────────────────────────────────────────────────────


def test_signed_and_withdrawn_on_one_date_never_stood(maker: StatementMaker) -> None:
    """It is in no list and in no count."""
    maker.withdraw(maker.sign("A", "2021-05-10"), "2021-05-10")
    answer = ask(maker, "2021-05-10")
    assert ([], 0) == (answer["numbered"], answer["counts"]["withdrawn"])


def test_signing_again_is_a_new_signature(maker: StatementMaker) -> None:
    """The old number stays empty, the new signature is subsequent."""
    (first,) = published(maker, "A")
    maker.withdraw(first, "2021-05-15")
    maker.sign("A", "2021-05-20")
    answer = ask(maker)
    assert ([], ["A"], 1) == (answer["numbered"], names(answer["subsequent"]), answer["counts"]["withdrawn"])


def test_the_correction_of_the_greatest_date_wins_each_field(maker: StatementMaker) -> None:
    """No date counts as earliest, the later position wins a tie, and each field is decided by itself."""
    (first,) = published(maker, "A")
    maker.correct(first, {"name": "from June", "acronym": "J"}, "2021-06-01")
    maker.correct(first, {"name": "always", "url": "https://example.org/"})
    maker.correct(first, {"name": "from May"}, "2021-05-15")
    maker.correct(first, {"name": "from May, again"}, "2021-05-15")
    told = [
        [ask(maker, day)["numbered"][0][name] for name in ("name", "acronym", "url", "corrected")]
        for day in ("2021-05-14", "2021-05-15", "2021-06-01")
    ]
    assert [
        ["always", None, "https://example.org/", True],
        ["from May, again", None, "https://example.org/", True],
        ["from June", "J", "https://example.org/", True],
    ] == told


def test_a_correction_of_the_date_holds_for_all_dates(maker: StatementMaker) -> None:
    """Unseen at earlier positions, it moves the signature from the day it was wrongly dated to the right one."""
    first = maker.sign("A", "2021-05-10")
    position = maker.correct(first, {"signed_on": "2021-05-05", "signed_on_means": "by"})
    assert ["A"] == names(ask(maker, "2021-05-05")["numbered"])
    assert [] == names(ask(maker, "2021-05-05", position=position - 1)["numbered"])


def test_what_corrections_undo_is_not_corrected(maker: StatementMaker) -> None:
    """The flag tells whether what is shown differs from what was signed."""
    (first,) = published(maker, "A")
    maker.correct(first, {"name": "B"})
    assert ask(maker)["numbered"][0]["corrected"] is True
    maker.correct(first, {"name": "A"})
    assert ask(maker)["numbered"][0]["corrected"] is False


def test_voided_is_gone_on_every_date_at_later_positions(maker: StatementMaker) -> None:
    """It is still there at earlier ones, and never counts as withdrawn."""
    (first,) = published(maker, "A")
    maker.withdraw(first, "2021-05-15")
    position = maker.void(first)
    assert [] == ask(maker, "2021-05-11")["numbered"]
    assert 0 == ask(maker)["counts"]["withdrawn"]
    assert [(1, "A")] == numbers(ask(maker, "2021-05-11", position=position - 1))


@pytest.mark.parametrize("event", ["withdraw", "void", "correct"])
def test_what_is_annulled_was_never_recorded(maker: StatementMaker, event: str) -> None:
    """The signature has its old number again, on all dates, at positions from the Annulled on."""
    first, _ = published(maker, "A", "B")
    before = ask(maker)
    match event:
        case "withdraw":
            position = maker.withdraw(first, "2021-05-15")
        case "void":
            position = maker.void(first)
        case _:
            position = maker.correct(first, {"name": "Other"})
    assert [(1, "A"), (2, "B")] != numbers(ask(maker))
    annulled = maker.annul(position)
    after = ask(maker)
    assert (annulled, [(1, "A"), (2, "B")]) == (after["position"], numbers(after))
    assert before["counts"] == after["counts"]
    assert [(1, "A"), (2, "B")] != numbers(ask(maker, position=annulled - 1))


# ── the statement ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_state_of_the_statement_on_a_date(maker: StatementMaker) -> None:
    """Draft until an edition is known; then by the last closing or opening on or before that date; retracted for good."""
    draft = maker.sign("A", "2021-05-01") and len(maker.log.log)
    maker.publish("2021-05-02")
    maker.on("Closed", "2021-05-10")
    maker.on("Reopened", "2021-05-20")
    closing = maker.on("Closed", "2021-05-25")
    maker.on("Retracted", "2021-06-01")
    days = ("2021-05-09", "2021-05-10", "2021-05-20", "2021-05-25", "2021-06-01")
    assert "draft" == ask(maker, position=draft)["statement_status"]
    assert ["open", "closed", "open", "closed", "retracted"] == [ask(maker, on)["statement_status"] for on in days]
    assert [True, False, True, False, False] == [
        (ask(maker, on)["edition"] or {})["further_signatories_possible"] for on in days
    ]
    maker.annul(closing)
    assert "open" == ask(maker, "2021-05-25")["statement_status"]


def test_data_amended_before_publication(maker: StatementMaker) -> None:
    """Time zone and default language are those known at the position."""
    position = maker.sign("A", "2021-05-01", translations={"en": "One", "de": "Eins"}) and len(maker.log.log)
    maker.add("Amended", changes={"time_zone": "Asia/Tokyo", "default_language": "de"}, reason_code=None, note=None)
    assert ("Asia/Tokyo", "Eins") == (ask(maker)["time_zone"], ask(maker)["numbered"][0]["translation"])
    assert ("Europe/Berlin", "One") == (
        ask(maker, position=position)["time_zone"],
        ask(maker, position=position)["numbered"][0]["translation"],
    )


@pytest.mark.parametrize(
    ("texts", "language", "expected"),
    [
        ({"en": "E", "de": "D"}, "de", "D"),
        ({"en": "E", "fr": "F"}, "de", "E"),
        ({"fr": "F", "es": "S"}, "de", "S"),
        ({}, "de", None),
    ],
)
def test_translation_and_country_fall_back(
    maker: StatementMaker, texts: dict[str, str], language: str, expected: str | None
) -> None:
    """The asked language, the statement's own, the first by its code, or nothing."""
    maker.sign("A", "2021-05-01", translations=texts, country_printed=texts)
    (entry,) = ask(maker, language=language)["numbered"]
    printed = f"A ({expected}), {expected}" if expected else "A"
    assert (expected, expected, printed) == (entry["translation"], entry["country"], entry["printed"])


def test_an_entry_has_its_keys_in_order(maker: StatementMaker) -> None:
    """Equal lists are equal bytes, so the order of keys is part of the form."""
    published(maker, "A")
    maker.sign("B", "2021-05-11")
    answer = ask(maker)
    keys = [
        "signature_id", "organisation_id", "acronym", "name", "name_language", "transliteration", "translation", "country",
        "territories", "url", "signed_on", "signed_on_means", "printed", "status", "late", "corrected", "position",
        "recorded_at",
    ]  # fmt: skip
    assert [["number", *keys], keys] == [list(answer["numbered"][0]), list(answer["subsequent"][0])]
    assert [
        "statement", "as_of", "time_zone", "position", "recorded_through", "final", "statement_status", "edition", "counts",
        "sections", "numbered", "subsequent", "gaps", "checkpoint",
    ] == list(answer)  # fmt: skip

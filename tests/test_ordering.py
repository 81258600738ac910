"""The ordering engine: what it proposes, that it loses and invents nobody, and what the seed documents teach."""

from __future__ import annotations

import builtins
import json
from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.arranging import collation
from signatures.arranging.countries import labels_of
from signatures.arranging.moving import completed, moved, numbered, pinned, placed, rising, signatures_in
from signatures.arranging.regions import BLOCKS, block_of, sub_region_of
from signatures.arranging.standing import line_of, standing
from signatures.clock import system_clock
from signatures.errors import InvalidInput
from signatures.order import OrderLine, order_document, order_file, read_order, stored_order
from signatures.ordering import LATE, WAYS, Rule, Signatory, inversions, propose
from signatures.organisation import NameParts
from signatures.room import Room
from tests.commands import SHARED, Commands

LANGUAGES = ("en", "de", "fr", "es", "pt", "tr", "ru", "ar")
TWO_LABELS = {"CD": "Demokratische Republik Kongo", "DO": "Republik Dominikana"}
FIXTURE = SHARED / "seeds" / "seed_fixture.json"


def one(id_: str, name: str, *territories: str, **parts: Any) -> Signatory:
    """Make a signatory."""
    return Signatory(id_, NameParts(name, territories=list(territories), **parts))


def said(lines: list[OrderLine]) -> str:
    """Write an order in one line; headings with a mark."""
    return " ".join(f"#{line.value}" if line.kind == "section" else line.value for line in lines)


FIVE = [
    one("za", "Beta", "ZA"),
    one("at", "Zeta", "AT"),
    one("none", "Alpha"),
    one("cm", "Gamma", "CM"),
    one("de", "Epsilon", "DE", "ZA"),
]


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (Rule("received"), "za at none cm de"),
        (Rule("name"), "none za de cm at"),
        (Rule("country"), "at cm de za none"),
        (Rule("country", "de"), "de cm at za none"),
        (Rule("region"), "cm za at de none"),
        (Rule("region", "de", headings=True), "#Afrika cm za #Europa de at #Welt none"),
        (Rule("region", "ar", headings=True), "#أفريقيا cm za #أوروبا de at #العالم none"),
        (Rule("subregion", headings=True), "#Middle Africa cm #Southern Africa za #Western Europe at de #World none"),
        (Rule("country", headings=True), "#Austria at #Cameroon cm #Germany de #South Africa za #World none"),
        (Rule("country", labels={"ZA": "Azania"}), "at za cm de none"),
    ],
)
def test_an_order_by_each_rule(rule: Rule, wanted: str) -> None:
    """Countries and regions go by their names in the language; the first of several decides; who has none comes last."""
    proposal = propose(FIVE, rule)
    assert wanted == said(proposal.lines)
    if rule.by in ("country", "region", "subregion"):
        assert (["none"], ["de"]) == (proposal.nowhere, proposal.several)


def test_late_arrivals() -> None:
    """Appended, they follow all others as received, with headings at the end of their section; sorted, they are among them."""
    last = [OrderLine("signature", id_) for id_ in ("za", "de", "none")]
    assert "za de none at cm" == said(propose(FIVE, Rule(), last=last).lines)
    assert "cm za at de none" == said(propose(FIVE, Rule(late="sorted"), last=last).lines)
    headed = propose(FIVE, Rule(headings=True), last=last)
    assert "#Africa za cm #Europe de at #World none" == said(headed.lines)
    kept = propose(FIVE, Rule("last"), last=[OrderLine("section", "First"), *last, OrderLine("signature", "gone")])
    assert "#First za de none at cm" == said(kept.lines)


def test_pins_hold_their_numbers() -> None:
    """A pinned issuer stands first, before the first heading; another one at its number; one that left is no matter."""
    proposal = propose(FIVE, Rule("region", headings=True), pins={"none": 1, "at": 3, "gone": 2})
    assert "none #Africa cm at za #Europe de" == said(proposal.lines)


@pytest.mark.parametrize(
    ("by", "wanted"), [({"by": "size"}, "by"), ({"late": "never"}, "late"), ({"inside": "x"}, "inside")]
)
def test_what_is_no_rule_is_refused(by: dict[str, str], wanted: str) -> None:
    """The field is named."""
    with pytest.raises(InvalidInput) as refused:
        propose(FIVE, Rule(**by))  # type: ignore[arg-type]
    assert wanted == refused.value.details["field"]


def test_names_of_countries_are_read_line_by_line() -> None:
    """A code, an equals sign and a name; what is none is quoted."""
    assert {"CD": "DR Kongo", "TR": "Kurdistan = Türkei"} == labels_of(" cd = DR Kongo\n\nTR=Kurdistan = Türkei\n")
    with pytest.raises(InvalidInput, match="'Congo'"):
        labels_of("CD = x\nCongo")


def test_a_name_of_a_country_may_become_a_heading() -> None:
    """What could not be printed in a line is refused before it stands in an order."""
    with pytest.raises(InvalidInput, match=r"U\+202E"):
        labels_of("CD = \u202eevil")


def test_who_names_no_country_stands_under_the_one_that_is_printed() -> None:
    """A hint for the proposal: told apart, read in any language, also by the label; a territory of its own goes before."""
    there = [
        one("world", "Alpha", country_printed={"en": "Everywhere"}),
        one("ke", "Beta", country_printed={"de": "Kenia"}),
        one("cd", "Gamma", country_printed={"und": "Demokratische Republik Kongo"}),
        one("at", "Delta", "AT", country_printed={"en": "Kenya"}),
    ]
    proposal = propose(there, Rule("region", "fr", headings=True, labels=TWO_LABELS))
    assert "#Afrique cd ke #Europe at #Monde world" == said(proposal.lines)
    assert ({"ke": "KE", "cd": "CD"}, ["world"], []) == (proposal.printed, proposal.nowhere, proposal.several)
    assert {} == propose(there, Rule("name")).printed


def test_names_in_another_script_go_by_their_transliteration_in_a_language_of_latin_letters() -> None:
    """Rossijskaya stands under R in English; in Russian, Р comes after М whatever the Latin letters say."""
    three = [one("r", "Российская партия", transliteration="Rossijskaya partiya"), one("s", "Sun"), one("m", "Мир")]
    assert "r s m" == said(propose(three, Rule("name")).lines)
    russian = said(propose(three, Rule("name", "ru")).lines)
    assert russian.index("m") < russian.index("r")


@pytest.mark.parametrize(
    ("language", "wanted"), [("de", "Ärger Zorn Øre"), ("da", "Zorn Ärger Øre"), ("en", "Ärger Zorn Øre")]
)
def test_each_language_has_its_alphabet(language: str, wanted: str) -> None:
    """Danish sorts Ä and Ø after Z, German Ä beside A; where ICU is not installed, all sort as Unicode does."""
    words = ["Zorn", "Øre", "Ärger"]
    key = collation.alphabet(language)
    if language == "da":
        assert wanted.split() == sorted(words, key=key)
    else:
        assert sorted(words, key=key).index("Ärger") < sorted(words, key=key).index("Zorn")


def test_without_icu_the_default_of_unicode_sorts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks before the first letter and accents do not matter, and nothing needs the extra."""
    ordinary = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "icu":
            raise ImportError(name)
        return ordinary(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    collation.alphabet.cache_clear()
    try:
        assert not collation.own_alphabet()
        words = ["Zypern", "Österreich", "“Krasnyj Klin”", "Ägypten", "Afrika", "Oman", "Ecuador", "Étude"]
        wanted = ["Afrika", "Ägypten", "Ecuador", "Étude", "“Krasnyj Klin”", "Oman", "Österreich", "Zypern"]
        assert wanted == sorted(words, key=collation.alphabet("de"))
    finally:
        collation.alphabet.cache_clear()


# ── the seed documents ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(not FIXTURE.exists(), reason="the seed documents lie beside the project where it is developed")
@pytest.mark.parametrize(
    ("document", "as_cldr", "labelled"),
    [
        ("A", [("ORC", "UPC"), ("BRP", "PRBYH"), ("PPP", "PCML")], [("BRP", "PRBYH")]),
        ("B", [("ORC", "UPC"), ("BP", "KOL"), ("BDP", "PCML")], [("BP", "KOL")]),
    ],
)
def test_the_seeds_follow_the_german_region_order(
    document: str, as_cldr: list[tuple[str, str]], labelled: list[tuple[str, str]]
) -> None:
    """What stands in the first 32 lines is the proposal but for three neighbours; with two labels, but for one."""
    told = json.loads(FIXTURE.read_text(encoding="utf-8"))
    ids = told["statements"][document]["numbered"][:32]
    there = [
        one(id_, parts["name"], parts["iso"], acronym=parts["acronym"])
        for id_, parts in told["organisations"].items()
        if id_ in ids
    ]
    assert as_cldr == inversions(ids, there, Rule("region", "de"))
    assert labelled == inversions(ids, there, Rule("region", "de", labels=TWO_LABELS))

    printed = [OrderLine("signature", id_) for id_ in ids]
    received = sorted(there, key=lambda signatory: ids.index(signatory.id))
    proposal = propose(received, Rule("region", "de", inside="received", labels=TWO_LABELS))
    assert {labelled[0][0]} == moved(printed, proposal.lines)


# ── properties ───────────────────────────────────────────────────────────────────────────────────────────────────────

TERRITORIES = st.lists(st.sampled_from(["DE", "FR", "TR", "CY", "US", "HT", "IN", "AQ", "XK", "ZZ"]), max_size=2)
SIGNATORIES = st.lists(
    st.builds(lambda name, territories: (name, territories), st.text("abÄöИ “1(", min_size=1, max_size=4), TERRITORIES),
    max_size=12,
).map(lambda rows: [one(str(number), name, *places) for number, (name, places) in enumerate(rows)])
RULES = st.builds(
    Rule,
    st.sampled_from(WAYS),
    st.sampled_from([*LANGUAGES, "und", "zh-Hant"]),
    st.booleans(),
    st.sampled_from(LATE),
    st.sampled_from(["name", "received"]),
    st.just({}),
)
LINES = st.lists(
    st.sampled_from(
        [OrderLine("section", "S"), OrderLine("gap", "g"), *(OrderLine("signature", c) for c in "abcdefgh")]
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(SIGNATORIES, RULES, st.data())
def test_a_proposal_holds_everybody_once(signatories: list[Signatory], rule: Rule, data: st.DataObject) -> None:
    """By any rule, after any last edition, with any pins: who stands is there once, nobody else, and pins are kept."""
    ids = [signatory.id for signatory in signatories]
    last = data.draw(
        st.none()
        | st.lists(st.sampled_from([*ids, "left"])).map(lambda some: [OrderLine("signature", id_) for id_ in some])
    )
    pins = {id_: number for number, id_ in enumerate(data.draw(st.permutations(ids))[:3], 1)}
    proposal = propose(signatories, rule, last=last, pins=pins)
    found = [line.value for line in proposal.lines if line.kind == "signature"]
    assert sorted(ids) == sorted(found)
    assert pins == {id_: found.index(id_) + 1 for id_ in pins}
    assert proposal == propose(signatories, rule, last=last, pins=pins)
    assert all(line.value for line in proposal.lines)


@settings(max_examples=60, deadline=None)
@given(LINES, st.data())
def test_lines_stand_under_the_numbers_that_were_typed(lines: list[OrderLine], data: st.DataObject) -> None:
    """Nothing is lost; each moved line has its number; the others keep their order."""
    numbers = numbered(lines)
    places = [index for index, number in enumerate(numbers) if number]
    chosen = data.draw(st.lists(st.sampled_from(places), unique=True)) if places else []
    typed = data.draw(
        st.lists(st.integers(1, max(len(places), 1)), unique=True, min_size=len(chosen), max_size=len(chosen))
    )
    marked = [OrderLine(line.kind, f"{line.value}{index}") for index, line in enumerate(lines)]
    wanted = dict(zip(chosen, typed, strict=True))
    after = placed(marked, wanted)
    assert sorted(marked) == sorted(after)
    assert wanted == {index: numbered(after)[after.index(marked[index])] for index in wanted}
    stayed = [line for index, line in enumerate(marked) if index not in wanted]
    assert stayed == [line for line in after if line in stayed]
    assert marked == placed(marked, {})


@settings(max_examples=60, deadline=None)
@given(LINES, st.lists(st.sampled_from("abcdefghij"), unique=True))
def test_an_order_is_completed_by_who_came_and_freed_of_who_left(lines: list[OrderLine], standing: list[str]) -> None:
    """Everybody who stands is there once; headings and gaps stay; done twice it is the same."""
    after = completed(lines, standing)
    assert sorted(standing) == sorted(line.value for line in after if line.kind == "signature")
    assert [one for one in lines if one.kind != "signature"] == [one for one in after if one.kind != "signature"]
    assert after == completed(after, standing)
    assert after == pinned(after, {})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=10), st.permutations("abcdefg"))
def test_the_fewest_that_moved_are_named(ranks: list[int], order: list[str]) -> None:
    """What is left rises, and nothing longer does; without the moved ones two orders are the same."""
    kept = [ranks[index] for index in rising(ranks)]
    assert kept == sorted(kept)
    best: list[int] = []
    for index, rank in enumerate(ranks):
        best.append(1 + max((best[at] for at in range(index) if ranks[at] <= rank), default=0))
    assert max(best, default=0) == len(kept)

    before, after = ([OrderLine("signature", id_) for id_ in ids] for ids in ("abcdefg", order))
    gone = moved(after, before)
    assert [id_ for id_ in "abcdefg" if id_ not in gone] == [id_ for id_ in signatures_in(after) if id_ not in gone]


@given(LINES)
def test_an_order_is_read_as_it_was_written(lines: list[OrderLine]) -> None:
    """As it is stored, and as a file for `--order`."""
    assert lines == stored_order(order_document(lines).decode())
    assert lines == read_order(order_file(lines))


def test_every_territory_lies_in_a_region_that_has_a_name() -> None:
    """All of ISO 3166-1 but Antarctica; M49's Western Asia but for two; names in all languages of the interface."""
    codes = [code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()]
    placeless = {code for code in codes if block_of(code) is None}
    assert {"AQ", "EU", "EZ", "UN", "XA", "XB", "ZZ"} <= placeless
    assert 249 - 1 <= len(set(codes) - placeless)
    assert [("145", "150"), ("145", "142"), ("155", "150")] == [
        (sub_region_of(one), block_of(one)) for one in ("TR", "GE", "FR")
    ]
    for language in LANGUAGES:
        assert all(Locale(language).territories.get(code) for code in (*BLOCKS, "001"))


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_proposed_printed_and_published(environ: dict[str, str], tmp_path: Path) -> None:
    """`order` prints what `publish --order` takes; `publish --propose` publishes the same; late ones are appended."""
    run = Commands(environ)
    run("init")
    run("draft", "a", "--title", "A")
    for name, code in (("Beta", "ZA"), ("Alpha", "DE"), ("Gamma", "CM")):
        run("sign", "a", "--name", name, "--territory", code, "--on", "2026-01-01", "--reason", "letter")
    printed = run.said("order", "a", "--propose", "de", "--headings")
    assert ["# Afrika", "# Europa"] == [line for line in printed.splitlines() if line.startswith("#")]
    run("publish", "a", "--as-of", "2026-01-01", "--propose", "de", "--headings")
    listed = run.listed("a", "--as-of", "2026-01-01")
    assert ["Gamma", "Beta", "Alpha"] == [entry["name"] for entry in listed["numbered"]]
    assert [entry["signature_id"] for entry in listed["numbered"]] == [
        line for line in printed.splitlines() if not line.startswith("#")
    ]
    run("sign", "a", "--name", "Aardvark", "--territory", "AO", "--on", "2026-01-02", "--reason", "letter")
    (tmp_path / "de").write_text("Text", encoding="utf-8")
    run("set-text", "a", tmp_path / "de", "--title", "A", "--language", "de")
    rule = ("--propose", "en", "--by", "country", "--label", "CM=Zameroon")
    run("publish", "a", "--as-of", "2026-01-02", *rule, "--each")
    listed = run.listed("a", "--as-of", "2026-01-02")
    assert ["Alpha", "Beta", "Gamma", "Aardvark"] == [entry["name"] for entry in listed["numbered"]]
    german = run.listed("a", "--as-of", "2026-01-02", "--language", "de")
    assert ["Alpha", "Gamma", "Beta", "Aardvark"] == [entry["name"] for entry in german["numbered"]]
    run("publish", "a", "--as-of", "2026-01-02", *rule, "--order", tmp_path / "de", status=2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_printed_list_is_imported_ordered_and_published(environ: dict[str, str], tmp_path: Path) -> None:
    """It names no territories, only countries in print: these place the entries, the command names them, nothing is stored."""
    run = Commands(environ)
    run("init")
    (tmp_path / "list.txt").write_text(PRINTED, encoding="utf-8")
    run("import-text", tmp_path / "list.txt", "--reference", "a", "--yes")
    done = run("publish", "a", "--as-of", "2026-06-07", "--propose", "de", "--headings")
    placed = [line for line in done.stderr.splitlines() if line.startswith("Placed by")]
    assert 4 == len(placed)
    assert "Placed by the country that it prints, TG: EFG Epsilon Group, Togo." in placed
    assert "1 have no country and stand last: FGH Zeta Union." in done.stderr
    listed = run.listed("a", "--as-of", "2026-06-07")
    assert ["BCD", "EFG", "ABC", "DEF", "FGH"] == [entry["printed"][:3] for entry in listed["numbered"]]
    assert ["Afrika", "Europa", "Welt"] == [one["heading"] for one in listed["sections"]]
    assert {()} == {tuple(entry["territories"]) for entry in listed["numbered"]}


PRINTED = """On a Common Question

Resolution, 07 June 2026

We keep one list.

Signatories (as of 07. June 2026, further signatories possible):
1. ABC Alpha Bund, Germany
2. BCD Beta Collective, Kenya
3. DEF Delta Front, Türkiye
4. EFG Epsilon Group, Togo
5. FGH Zeta Union
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_arranged_is_published(environ: dict[str, str]) -> None:
    """`--arranged` takes the console's order, late arrivals last; where nobody has arranged any, or by the way, it is refused."""
    run = Commands(environ)
    run("init")
    run("draft", "a", "--title", "A")
    for name in ("Beta", "Alpha"):
        run("sign", "a", "--name", name, "--on", "2026-01-01", "--reason", "letter")
    assert "Nobody has arranged" in run.refused("publish", "a", "--as-of", "2026-01-01", "--arranged")
    room = Room(environ, system_clock)
    try:
        lines = propose(standing(room.register, "a").signatories, Rule("name")).lines
        room.arrangements.keep("a", "en", lines, by="editor:test", version=0)
    finally:
        room.close()
    run("sign", "a", "--name", "Aardvark", "--on", "2026-01-01", "--reason", "letter")
    for stray in (["--headings"], ["--by", "name"], ["--language", "de"], ["--which", "first"], ["--each"]):
        assert "belongs to" in run.refused("publish", "a", "--as-of", "2026-01-01", *stray, status=2)
    run("publish", "a", "--as-of", "2026-01-01", "--arranged", "--propose", "en", status=2)
    assert "is no language tag" in run.refused("publish", "a", "--as-of", "2026-01-01", "--propose", "no language")
    run("publish", "a", "--as-of", "2026-01-01", "--arranged")
    listed = run.listed("a", "--as-of", "2026-01-01")
    assert ["Alpha", "Beta", "Aardvark"] == [entry["name"] for entry in listed["numbered"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_edition_as_received_is_remembered_as_it_was_numbered(environ: dict[str, str]) -> None:
    """Who had left or was voided by then had no number in it, whatever was taken back or changed since."""
    run = Commands(environ)
    run("init")
    run("draft", "a", "--title", "A")
    for name in ("One", "Two", "Three", "Four", "Five"):
        run("sign", "a", "--name", name, "--on", "2026-01-01", "--reason", "letter")
    run("publish", "a", "--as-of", "2026-01-01")
    ids = [entry["signature_id"] for entry in run.listed("a", "--as-of", "2026-01-01")["numbered"]]
    run("withdraw", "a", ids[0], "--on", "2026-01-03")
    left = run.position("a")
    run("void", "a", ids[1], "--reason", "never authorised")
    run("correct", "a", ids[4], "--signed-on", "2026-01-09")
    run("publish", "a", "--as-of", "2026-01-05")
    run("annul", "a", left)
    run("withdraw", "a", ids[2], "--on", "2026-01-04")
    room = Room(environ, system_clock)
    try:
        last = standing(room.register, "a").last_in("en") or []
    finally:
        room.close()
    assert ids[2:4] == [line.value for line in last]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_names_and_numbers_are_those_of_the_list(environ: dict[str, str]) -> None:
    """Corrected, corrected from a day on, corrected and taken back, withdrawn, voided: the engine orders what the list tells."""
    run = Commands(environ)
    run("init")
    run("draft", "a", "--title", "A")
    for name in ("One", "Two", "Three", "Four", "Five"):
        run("sign", "a", "--name", name, "--acronym", name[0], "--on", "2026-01-01", "--reason", "letter")
    run("publish", "a", "--as-of", "2026-01-01")
    ids = [entry["signature_id"] for entry in run.listed("a", "--as-of", "2026-01-01")["numbered"]]
    run("correct", "a", ids[0], "--name", "Later", "--on", "2026-01-05")
    run("correct", "a", ids[0], "--name", "Always", "--country", "Nowhere")
    run("correct", "a", ids[1], "--name", "Never", "--reason", "slip")
    run("annul", "a", run.position("a"))
    run("withdraw", "a", ids[2], "--on", "2026-01-04")
    run("void", "a", ids[3], "--reason", "never authorised")
    room = Room(environ, system_clock)
    try:
        for day in ("2026-01-01", "2026-01-04", "2026-01-05"):
            told = run.listed("a", "--as-of", day)
            there = standing(room.register, "a", day)
            wanted = {entry["signature_id"]: entry["printed"] for entry in told["numbered"]}
            assert wanted == {one.id: line_of(one.parts, ("en", "en")) for one in there.signatories}
            assert ids == [line.value for line in there.last_in("de") or []]
    finally:
        room.close()

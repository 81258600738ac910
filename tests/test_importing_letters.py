"""Whole letters through the importer: sixteen nasty ones by hand, and made-up ones of every layout in every language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from projections.rendering.phrases import PHRASES
from projections.rendering.text import text_list
from signatures.importing import Report, read_printed
from tests.benchmarks.importing import Tally, measure, summed
from tests.printed_lists import HARD, ORDINARY

LETTERS = Path(__file__).parent / "golden" / "letters"
NAMES = sorted(path.stem for path in LETTERS.glob("*.txt"))
EACH = 2  # letters of each layout in each language; the benchmark reads more of them
Told = tuple[int | None, str, str | None, bool]


def letter(name: str) -> tuple[str, dict[str, Any], Report]:
    text = (LETTERS / f"{name}.txt").read_text("utf-8")
    return text, json.loads((LETTERS / f"{name}.json").read_text("utf-8")), read_printed(text)


def told(report: Report) -> list[Told]:
    return [(entry.number, entry.raw, entry.section, entry.subsequent) for entry in report.entries]


@pytest.mark.parametrize("name", NAMES)
def test_a_nasty_letter(name: str) -> None:
    """Every entry of a letter comes out as a reader finds it, in order, with its dates and language; nothing is invented."""
    text, expected, report = letter(name)
    wanted = [(s["number"], s["raw"], s["section"], s["subsequent"]) for s in expected["signatories"]]
    assert wanted == told(report)
    assert [expected[key] for key in ("as_of", "issued_on", "language")] == [
        report.as_of,
        report.issued_on,
        report.language,
    ]
    lines = {number for entry in report.entries for number in range(entry.lines[0], entry.lines[1] + 1)}
    lines |= {line.line for line in report.skipped}
    assert {number for number, line in enumerate(text.split("\n"), 1) if line.strip()} <= lines


@pytest.mark.parametrize("name", NAMES)
def test_a_letter_imported_and_printed_again(name: str) -> None:
    """A list that was read and printed as this register prints it is read again as the same list."""
    _, _, report = letter(name)
    numbered = [entry for entry in report.entries if not entry.subsequent]
    if not numbered:
        assert "en-no-list" == name
        return
    raws = [entry.raw.replace("\t", ", ") for entry in numbered]
    sections = [
        {"before": n, "heading": entry.section}
        for n, entry in enumerate(numbered, 1)
        if entry.section and (n == 1 or numbered[n - 2].section != entry.section)
    ]
    answer = {
        "statement": "REF",
        "edition": {"as_of": "2021-06-07", "further_signatories_possible": True},
        "numbered": [{"number": n, "printed": raw, "status": "standing"} for n, raw in enumerate(raws, 1)],
        "subsequent": [{"printed": e.raw, "status": "standing"} for e in report.entries if e.subsequent],
        "sections": sections,
    }
    printed = text_list(answer, {"title": "A Title", "issuer": None, "kind": None, "issued_on": None}, "A body.")
    again = read_printed(printed)
    assert list(enumerate(raws, 1)) == [(e.number, e.raw) for e in again.entries if not e.subsequent]
    assert [e.section for e in numbered] == [e.section for e in again.entries if not e.subsequent]
    assert [e.raw for e in report.entries if e.subsequent] == [e.raw for e in again.entries if e.subsequent]


def shares(tally: Tally) -> tuple[float, float, float]:
    return tally.equal / tally.wanted, tally.invented / tally.wanted, tally.doubtful / tally.wanted


def test_made_up_letters_of_ordinary_layouts() -> None:
    """At least 99.5 % of the entries come out equal, at most 0.2 % are invented unmarked, at most 2 % doubtful."""
    equal, invented, doubtful = shares(summed(measure(ORDINARY, EACH).values()))
    assert (True, True, True) == (equal >= 0.995, invented <= 0.002, doubtful <= 0.02)


def test_made_up_letters_of_hard_layouts() -> None:
    """At least 97 % equal and at most 1 % invented, also where cells are wrapped or columns stand side by side."""
    equal, invented, _ = shares(summed(measure(HARD, EACH).values()))
    assert (True, True) == (equal >= 0.97, invented <= 0.01)


# ── what the register prints itself ──────────────────────────────────────────────────────────────────────────────────
def test_places_without_a_name_are_no_entries() -> None:
    """A withheld name, a withdrawn entry in its brackets and a number left free are left out, and the numbers go on."""
    report = read_printed(
        "A Title\n\nSignatories (as of 07 June 2021):\n\n1. Alpha Union\n\n2. [name withheld]\n\n"
        "3. [Beta Front, Kenya] (withdrawn on 08 June 2021)\n\n4. (left free)\n\n5. Gamma (Women's Section)\n\n"
        "Subsequent signatories:\n\nDelta\n[Epsilon] (withdrawn)\n"
    )
    assert [(1, "Alpha Union"), (5, "Gamma (Women's Section)"), (None, "Delta")] == [
        (entry.number, entry.raw) for entry in report.entries
    ]
    assert [7, 9, 11, 18] == [line.line for line in report.skipped if line.kind == "left-out"]


@pytest.mark.parametrize("language", PHRASES)
def test_what_the_register_prints_is_read_in_each_language(language: str) -> None:
    """Heading, day, remark, later heading and checkpoint are known; places without a name are no entries."""
    words = PHRASES[language]
    checkpoint = words.checkpoint.format(size=12, root="A" * 43 + "=")
    gone = [words.withheld, f"[Beta] ({words.why('withdrawn', '2021-06-08')})", f"[Gamma] ({words.voided})"]
    gone += [f"[Zeta] ({words.withdrawn})", f"[Eta] ({words.not_yet})", f"({words.left_free})"]
    entries = ["Alpha Union", *gone, "Delta Front, Peru"]
    listed = "\n\n".join(f"{n}. {entry}" for n, entry in enumerate(entries, 1))
    report = read_printed(
        f"A Title\n\nA body.\n\n{checkpoint}\n\n{words.heading_of('2021-06-07', possible=True)}:\n\n{listed}\n\n"
        f"{words.subsequent}:\n\nEpsilon\n{words.withheld}\n"
    )
    assert [(1, "Alpha Union"), (8, "Delta Front, Peru"), (None, "Epsilon")] == [
        (entry.number, entry.raw) for entry in report.entries
    ]
    assert ("2021-06-07", True, "A body.") == (report.as_of, report.further_signatories_possible, report.body)
    assert f"{words.subsequent}:" == report.subsequent_heading


# ── several things on one line ───────────────────────────────────────────────────────────────────────────────────────
def raws(text: str) -> list[str]:
    return [entry.raw for entry in read_printed(f"A Title\n\nText.\n\n{text}").entries]


@pytest.mark.parametrize(
    ("listed", "confidence"),
    [
        ("Signed by: Alpha Union; Beta (one, two); Gamma, Inc.\n", "sure"),
        ("Signatories: Alpha Union, Beta (one, two), Gamma Inc.\n", "likely"),
        ("Endorsed by: 1. Alpha Union 2. Beta (one, two) 3. Gamma, Inc.\n", "sure"),
        ("Unterzeichner: Alpha Union\nBeta (one, two)\nGamma, Inc.\n", "sure"),
        ("Firman esta carta: Alpha Union • Beta (one, two) • Gamma, Inc.\n", "sure"),
    ],
)
def test_entries_on_the_line_of_the_heading(listed: str, confidence: str) -> None:
    """What stands behind the heading's colon is parted at numbers, semicolons, bullets or commas outside brackets."""
    report = read_printed(f"A Title\n\nText.\n\n{listed}")
    last = "Gamma, Inc." if "Gamma, Inc." in listed else "Gamma Inc."
    assert ["Alpha Union", "Beta (one, two)", last] == [entry.raw for entry in report.entries]
    assert {confidence} == {entry.confidence for entry in report.entries}
    assert listed.partition(":")[0] + ":" == report.list_heading


def test_two_columns_of_entries_and_a_name_beside_its_country() -> None:
    """Names side by side are read down one column and then the next; a name and its place stay one entry."""
    left = ["Alpha Union of Women", "Beta Network for Peace", "Centre for Health", "Delta Workers Party"]
    right = ["Forum of Farmers", "Front for Freedom", "Group of Friends", "House of Peoples"]
    columns = "".join(f"{a:<30}{b}\n" for a, b in zip(left, right, strict=True))
    assert [*left, *right] == raws(f"Signatories:\n{columns}")
    places = "".join(f"{a:<30}{b}\n" for a, b in zip(left, ["Kenya", "Peru", "Chile", "India"], strict=True))
    assert [f"{a}\t{b}" for a, b in zip(left, ["Kenya", "Peru", "Chile", "India"], strict=True)] == raws(
        f"Signatories:\n{places}"
    )


@pytest.mark.parametrize("shape", ["{n}- {x}", "{n} – {x}", "{n}.- {x}", "**{n}.** {x}", "{n} . {x}", "{n}: {x}"])
def test_further_shapes_of_numbers(shape: str) -> None:
    """Numbers with a dash, in bold, or apart from their dot are numbers too."""
    assert ["Alpha", "3 CM", "Beta"] == raws(
        "Signatories:\n" + "".join(shape.format(n=n, x=x) + "\n" for n, x in enumerate(["Alpha", "3 CM", "Beta"], 1))
    )


def test_notes_after_a_list_without_numbers() -> None:
    """Marks from 1 before lines that cite something are notes, with a heading or without, and no numbered list."""
    listed = "Signatories:\nAlpha\nBeta\nGamma\nDelta\n\n"
    for notes in ("1. See the report.\n2. https://example.org\n", "Notes\n[1] The first.\n", "¹ Ibid., p. 4.\n"):
        report = read_printed(f"A Title\n\nText.\n\n{listed}{notes}")
        assert ["Alpha", "Beta", "Gamma", "Delta"] == [entry.raw for entry in report.entries]
        assert {"note"} == {line.kind for line in report.skipped if line.line > 10}


def test_names_after_the_closing_words() -> None:
    """Without any heading, several names of organisations below "Sincerely," are a likely list; a signature is none."""
    names = ["Alpha Union", "Beta Network", "Gamma Foundation", "Delta Movement", "Epsilon"]
    report = read_printed("A Title\n\nText.\n\nSincerely,\n\n" + "\n".join(names) + "\n")
    assert [(name, "likely") for name in names] == [(entry.raw, entry.confidence) for entry in report.entries]
    assert () == read_printed("A Title\n\nText.\n\nSincerely,\n\nThe Secretary\nAlpha Union\nRue Une 1\n").entries

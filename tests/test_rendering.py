"""A list as text, CSV and JSON: printed as such statements are, safe in a spreadsheet, equal bytes for equal lists."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from projections.rendering.columntitles import TITLES
from projections.rendering.csv import COLUMNS, cell, csv_list, csv_metadata
from projections.rendering.json import json_bytes
from projections.rendering.phrases import PHRASES
from projections.rendering.text import in_words, issuer_line, text_list
from signatures.importing.reading import read_printed
from signatures.printed import printed

SEEDS = Path(__file__).parent.parent.parent / "shared" / "seeds"
STATEMENT = {"title": "Peace now", "issuer": "Assembly", "kind": "Resolution", "issued_on": "2021-06-07"}


def entry(number: int | None, name: str, **fields: Any) -> dict[str, Any]:
    """Make an entry of a list."""
    parts = {"acronym": None, "transliteration": None, "translation": None, "country": None}
    parts |= {part: value for part, value in fields.items() if part in parts}
    made: dict[str, Any] = {} if number is None else {"number": number}
    return {
        **made,
        "signature_id": f"s-{name}",
        "organisation_id": f"o-{name}",
        "acronym": parts["acronym"],
        "name": name,
        "name_language": None,
        "transliteration": parts["transliteration"],
        "translation": parts["translation"],
        "country": parts["country"],
        "territories": [],
        "url": None,
        "signed_on": "2021-06-07",
        "signed_on_means": "on",
        "printed": printed(parts["acronym"], name, parts["transliteration"], parts["translation"], parts["country"]),
        "status": "standing",
        "late": False,
        "corrected": False,
        "position": 3,
        "recorded_at": "2021-06-07T12:00:00.000000Z",
        **{field: value for field, value in fields.items() if field not in parts},
    }


def answer(*numbered: dict[str, Any], subsequent: tuple[dict[str, Any], ...] = (), **fields: Any) -> dict[str, Any]:
    """Make an answer."""
    return {
        "statement": "sample-2021",
        "as_of": "2021-07-01",
        "statement_status": "open",
        "edition": {"number": 1, "as_of": "2021-06-07", "further_signatories_possible": True},
        "sections": [],
        "numbered": list(numbered),
        "subsequent": list(subsequent),
        "gaps": [],
        **fields,
    }


# ── text ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_is_printed_whole() -> None:
    """Title, issuer line, text, the numbered list under its edition's date, then the subsequent ones."""
    told = answer(
        entry(1, "Bäcker", acronym="BK", translation="Bakers", country="Germany"),
        entry(3, "Millers"),
        subsequent=(entry(None, "Weavers", acronym="W"), entry(None, "Reapers")),
    )
    expected = (
        "Peace now\n\nAssembly Resolution, 07 June 2021\n\nWe ask for peace.\n\nNow.\n\n"
        "Signatories (as of 07 June 2021, further signatories possible):\n\n"
        "1. BK Bäcker (Bakers), Germany\n\n3. Millers\n\nSubsequent signatories:\n\nW Weavers\nReapers\n"
    )
    assert expected == text_list(told, STATEMENT, "We ask for peace.\r\n\r\nNow.\n")


def test_a_statement_without_text_or_data_is_printed_without_holes() -> None:
    """What is absent leaves no empty line, and an empty list is a heading alone."""
    bare = {"title": None, "issuer": None, "kind": None, "issued_on": None}
    assert "sample-2021\n\nSignatories (as of 01 July 2021):\n" == text_list(
        answer(edition=None, statement_status="closed"), bare, None
    )


@pytest.mark.parametrize(
    ("status", "remark"), [("draft", True), ("open", True), ("closed", False), ("retracted", False)]
)
def test_the_heading_tells_whether_more_may_come(status: str, remark: bool) -> None:
    """Without an edition by the statement's state, with one by what the edition says."""
    said = ", further signatories possible):"
    assert remark == (said in text_list(answer(edition=None, statement_status=status), STATEMENT, None))
    edition = {"number": 1, "as_of": "2021-06-07", "further_signatories_possible": remark}
    assert remark == (said in text_list(answer(edition=edition), STATEMENT, None))


def test_sections_stand_before_their_number() -> None:
    """A heading of the order is a line of its own; one whose first number is not shown comes before the next."""
    sections = [
        {"before": 1, "heading": "Africa"},
        {"before": 2, "heading": "Asia"},
        {"before": 2, "heading": "Further"},
    ]
    text = text_list(answer(entry(1, "A"), entry(3, "C"), sections=sections), STATEMENT, None)
    assert "\n\nAfrica\n\n1. A\n\nAsia\n\nFurther\n\n3. C\n" in text


def test_who_left_stands_in_brackets() -> None:
    """The annotated form keeps the number and tells what happened, without a name where none is to be told."""
    left = entry(1, "Bakers", status="withdrawn", withdrawn_on="2021-07-03", reason=None)
    hidden = {**left, "number": 2, "name": None, "printed": None}
    void = {**hidden, "number": 3, "status": "voided", "withdrawn_on": None}
    gap = {**void, "number": 4, "status": "gap", "reason": "kept for the host"}
    later = {**left, "number": 5, "status": "not-yet", "withdrawn_on": None}
    lines = text_list(answer(left, hidden, void, gap, later), STATEMENT, None).split("\n")
    assert [
        "1. [Bakers] (withdrawn on 03 July 2021)",
        "2. (withdrawn on 03 July 2021)",
        "3. (voided)",
        "4. (kept for the host)",
        "5. [Bakers] (not yet)",
    ] == [line for line in lines if re.match(r"\d\.", line)]


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "Assembly Resolution, 07 June 2021"),
        ({"issuer": None}, "Resolution, 07 June 2021"),
        ({"issued_on": None}, "Assembly Resolution"),
        ({"issuer": None, "kind": None}, "07 June 2021"),
        ({"issuer": None, "kind": None, "issued_on": None}, ""),
    ],
)
def test_the_issuer_line_holds_what_is_known(fields: dict[str, Any], line: str) -> None:
    """Absent parts leave neither space nor comma."""
    assert line == issuer_line(STATEMENT | fields)


def test_a_date_in_words_does_not_hang_on_the_machine() -> None:
    """English months and two digits of the day, whatever the locale."""
    assert ("07 June 2021", "31 December 0987") == (in_words("2021-06-07"), in_words("0987-12-31"))


def folded(text: str) -> str:
    """Fold runs of white space, as a reader of a printed list does."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text).replace("\u00a0", " ")).strip()


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two printed statements are not part of this repository")
def test_a_printed_statement_is_printed_again() -> None:
    """From the first numbered entry to the last subsequent one the text is that of the document, white space aside."""
    fixture = json.loads((SEEDS / "seed_fixture.json").read_text())
    source = next(SEEDS.glob("000_*.txt")).read_text()
    _, _, listed = source.partition("further signatories possible):")
    head, _, tail = listed.partition("Subsequent signatories:")
    by_line = {folded(line_of(one)): one for one in fixture["organisations"].values()}
    numbered = [one for one in re.split(r"(?:^|\n)\s*\d+\.\s", head) if one.strip()]
    told = answer(
        *(entry(n, **names_of(by_line[folded(one)])) for n, one in enumerate(numbered, 1)),
        subsequent=tuple(entry(None, **names_of(by_line[folded(one)])) for one in tail.strip().split("\n")),
    )
    text = text_list(told, STATEMENT, None)
    assert folded(listed) == folded(text.partition("further signatories possible):")[2])


def names_of(one: dict[str, Any]) -> dict[str, Any]:
    """Name an entry's parts as the fixture does."""
    country = one["country_printed"]
    return {part: one[part] for part in ("acronym", "name", "transliteration", "translation")} | {"country": country}


def line_of(one: dict[str, Any]) -> str:
    """Print one organisation of the fixture."""
    return printed(*(names_of(one)[part] for part in ("acronym", "name", "transliteration", "translation", "country")))


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(text: str) -> list[dict[str, str]]:
    """Read CSV as a program does."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_an_entry() -> None:
    """Numbered ones first, subsequent ones with an empty number, columns named as in the JSON."""
    rows = rows_of(csv_list(answer(entry(1, "Bakers"), entry(2, "Millers"), subsequent=(entry(None, "Weavers"),))))
    assert [("1", "Bakers"), ("2", "Millers"), ("", "Weavers")] == [(row["number"], row["name"]) for row in rows]
    assert [] == [name for name in entry(1, "Bakers") if name not in rows[0]]


def test_csv_lines_end_as_rfc_4180_says() -> None:
    """CRLF, and quotes around what holds a comma, a quote or a line break."""
    text = csv_list(answer(entry(1, 'The "Bakers", united')))
    assert ["number", '1,s-The "'] == [
        text.split("\r\n")[0].split(",")[0],
        text.split("\r\n")[1].replace('"s-', "s-").replace('""', '"')[:9],
    ]
    assert 'The "Bakers", united' == rows_of(text)[0]["name"]
    assert text.endswith("\r\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(start: str) -> None:
    """What a spreadsheet would run begins with an apostrophe; everything behind it is as it was."""
    row = rows_of(csv_list(answer(entry(1, f"{start}1+1 Society", acronym=start, country=f"{start}x"))))[0]
    assert (f"'{start}1+1 Society", f"'{start}", f"'{start}x") == (row["name"], row["acronym"], row["country"])


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, ""), (True, "true"), (False, "false"), (7, "7"), (["DE", "FR"], "DE FR"), ([], ""), ("a=b", "a=b")],
)
def test_values_are_written_as_data(value: object, written: str) -> None:
    """Truth in words of XML Schema, lists separated by spaces, nothing for nothing."""
    assert written == cell(value)


def test_the_metadata_name_the_columns_in_order() -> None:
    """CSV on the Web: each column by its name, dates and truth by their kinds."""
    told = csv_metadata("signatories.csv", "Peace now", "en")
    assert list(COLUMNS) == [column["name"] for column in told["tableSchema"]["columns"]]
    assert ["http://www.w3.org/ns/csvw", {"@language": "en"}] == told["@context"]
    kinds = {column["name"]: column["datatype"] for column in told["tableSchema"]["columns"]}
    told = csv_metadata("signatories.csv", "Peace now", "en", "ru")
    assert ("Номер", "number") == (
        told["tableSchema"]["columns"][0]["titles"]["ru"],
        told["tableSchema"]["columns"][0]["titles"]["und"],
    )
    assert set(TITLES) == set(PHRASES)
    assert {len(COLUMNS)} == {len(one) for one in TITLES.values()}
    assert list(COLUMNS) == [column["titles"] for column in csv_metadata("a", "b", "und")["tableSchema"]["columns"]]
    assert ("date", "boolean", "integer") == (kinds["signed_on"], kinds["late"], kinds["number"])


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_json_keeps_keys_in_order_and_letters_as_they_are() -> None:
    """UTF-8 without escapes; the order of the answer is the order of the bytes."""
    assert '{"b":"БРП(к)","a":"Haϊtien"}'.encode() == json_bytes({"b": "БРП(к)", "a": "Haϊtien"})


# ── the checkpoint ───────────────────────────────────────────────────────────────────────────────────────────────────

ROOT = "q2lMZcC1dBYJm8yL8k0hVxwTq0kE8m2bP7e4r1uJt3M="
CHECKPOINT = f"Checkpoint of the log: size 57, root {ROOT}"
NAMES = ("Union of Harbour Workers", "Σωματείο Ναυτεργατών", "Checkpoint Zero", "اتحاد عمال الموانئ", "11.11.11")


@pytest.mark.parametrize("later", [(), ("Later Union",), ("Later Union", CHECKPOINT)])
@pytest.mark.parametrize("body", ["We ask for peace.\n\nNow.", f"As was said:\n\n{CHECKPOINT}\n\nWe ask for peace."])
def test_the_text_names_its_checkpoint_and_an_importer_leaves_it_out(later: tuple[str, ...], body: str) -> None:
    """A line before the list names the state of the log; read again, all is the same as without it, whatever is called like it."""
    numbered = [entry(n, name) for n, name in enumerate(NAMES, 1)]
    told = answer(*numbered, subsequent=tuple(entry(None, name) for name in later))
    bare = text_list(told, STATEMENT, body)
    sealed = text_list({**told, "checkpoint": {"size": 57, "root": ROOT}}, STATEMENT, body)
    before, heading, after = bare.rpartition("Signatories (as of")
    assert f"{before}{CHECKPOINT}\n\n{heading}{after}" == sealed
    report, without = read_printed(sealed), read_printed(bare)
    assert [*NAMES, *later] == [one.raw for one in report.entries] == [one.raw for one in without.entries]
    (known,) = [line for line in report.skipped if line.kind == "checkpoint"]
    assert (CHECKPOINT, before.count("\n") + 1) == (known.text, known.line)
    assert (without.title, without.body) == (report.title, report.body)


def test_only_the_line_before_the_list_is_a_checkpoint() -> None:
    """A line like it elsewhere, or one that is cut short, is what any other line is."""
    text = text_list(answer(entry(1, "A Union"), entry(2, "B Union")), STATEMENT, None)
    for other in (text.replace("Signatories (", f"{CHECKPOINT[:-1]}\n\nSignatories ("), f"{text}\n{CHECKPOINT}\n"):
        assert other != text
        assert not [one for one in read_printed(other).skipped if one.kind == "checkpoint"]

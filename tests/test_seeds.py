"""The two seed documents and the dated histories, from the file to the list of any date, on both databases.

The original documents and the histories with their truth lie beside the project where it is developed. Where they are not,
the samples stand in for the documents: the same two lists under short texts of our own.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from tests.commands import SAMPLES, SHARED, Commands, names

SEEDS = SHARED / "seeds"
ORIGINALS = (SEEDS / "000_e801de0c85d1bd36.txt", SEEDS / "003_c164601abd0d42da.txt")
DOCUMENTS = ORIGINALS if SEEDS.exists() else (SAMPLES / "myanmar-2021.txt", SAMPLES / "belarus-2020.txt")
HISTORIES = ("opensourcepledge", "treaty-whaling-1946")
ZONE = ("--time-zone", "Europe/Berlin")


@pytest.fixture
def run(environ: dict[str, str]) -> Commands:
    """Run commands on an empty register on each engine."""
    commands = Commands(environ)
    commands("init")
    return commands


@pytest.fixture
def both(run: Commands) -> Commands:
    """Run commands on a register that holds both documents."""
    a, b = DOCUMENTS
    run("import-text", a, "--reference", "a", *ZONE, "--subsequent-on", "2021-06-15", "--yes")
    run("import-text", b, "--reference", "b", *ZONE, "--yes")
    return run


def folded(text: str) -> str:
    """Fold what printing may change: forms of letters and white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def printed_list(text: str) -> str:
    """Take the list out of a printed statement: wrapped lines joined, one space after each number."""
    joined = re.sub(r"-[ ]*\n(?=[a-zà-ÿ])", "", text.partition("further signatories possible):")[2])
    joined = re.sub(r"-[ ]*\n", "-", joined)
    return folded(re.sub(r"(?m)^[ ]*(\d{1,2})\.\s*", r"\1. ", joined))


def test_the_first_document_on_any_date(both: Commands) -> None:
    """34 numbered ones; two more from their date on, without numbers; no number moves."""
    first, later = (both.listed("a", "--as-of", day) for day in ("2021-06-07", "2021-06-15"))
    assert [34, 0] == [len(first[part]) for part in ("numbered", "subsequent")]
    assert [34, 2] == [len(later[part]) for part in ("numbered", "subsequent")]
    assert first["numbered"] == later["numbered"]
    assert [*range(1, 35)] == [entry["number"] for entry in first["numbered"]]
    assert first["subsequent"] == both.listed("a", "--as-of", "2021-06-14")["subsequent"]
    assert ["CPK", "MIKSZ"] == [entry["acronym"] for entry in later["subsequent"]]
    assert {"by", "after"} == {entry["signed_on_means"] for entry in later["numbered"] + later["subsequent"]}


def test_the_second_document(both: Commands) -> None:
    """32 numbered ones, and nobody before its date."""
    assert [32, 0] == [len(both.listed("b", "--as-of", "2020-09-21")[part]) for part in ("numbered", "subsequent")]
    assert [] == names(both.listed("b", "--as-of", "2020-09-20"))


def test_both_print_again_as_they_were_printed(both: Commands) -> None:
    """Equal after folding white space and joining what was wrapped."""
    for reference, document in zip("ab", DOCUMENTS, strict=True):
        printed = both.said("list", reference, "--as-of", "2021-07-01")
        assert printed_list(document.read_text(encoding="utf-8")) == printed_list(printed)


def test_names_are_kept_letter_by_letter(both: Commands) -> None:
    """Every script, the Greek letter in a Latin name, brackets within brackets, a slip of the issuer's."""
    entries = {entry["acronym"]: entry for reference in "ab" for entry in both.listed(reference)["numbered"]}
    assert "Българска Работническа Партия (комунисти)" == entries["БРП(к)"]["name"]
    assert "Rossijskaya maoistskaya partiya" == entries["RMP"]["transliteration"]
    assert "Nouveau Parti Communiste Ha\u03catien (Marxiste-Léniniste)" == entries["NPCH (ML)"]["name"]
    assert "Türkiye Komünist Partisi – Marksist-Leninist" == entries["TKP-ML"]["name"]
    assert "Communist Party (Marxist-Leninist)" == entries["PC (ML)"]["translation"]
    assert "Parti Comuniste du Togo" == entries["PCT"]["name"]
    assert ("Union of Cypriots", "Cyprus") == (entries["UoC"]["name"], entries["UoC"]["country"])


def test_twenty_four_organisations_sign_both_and_are_one_each(both: Commands) -> None:
    """Whatever their numbers and the spaces between their words; three have one number in both."""
    a, b = ({e["organisation_id"]: e["number"] for e in both.listed(reference)["numbered"]} for reference in "ab")
    assert (34, 32, 24) == (len(a), len(b), len(set(a) & set(b)))
    assert 3 == sum(a[organisation] == b[organisation] for organisation in set(a) & set(b))
    assert 44 == len(both.said("organisations").splitlines())


@pytest.mark.skipif(not SEEDS.exists(), reason=f"{SEEDS} is not here")
def test_every_entry_prints_as_the_fixture_says(both: Commands) -> None:
    """All 68 printed lines come from the one template."""
    organisations = json.loads((SEEDS / "seed_fixture.json").read_text(encoding="utf-8"))["organisations"].values()
    expected = {template(one) for one in organisations}
    entries = [e for reference in "ab" for part in ("numbered", "subsequent") for e in both.listed(reference)[part]]
    assert 68 == len(entries)
    assert set() == {folded(entry["printed"]) for entry in entries} - expected


def template(one: dict[str, str | None]) -> str:
    """Print an organisation of the fixture: `{acronym} {name}[ ({transliteration})][ ({translation})][, {country}]`."""
    line = " ".join(filter(None, (one["acronym"], one["name"])))
    line += "".join(f" ({one[part]})" for part in ("transliteration", "translation") if one[part])
    return folded(line + (f", {one['country_printed']}" if one["country_printed"] else ""))


# ── dated histories ──────────────────────────────────────────────────────────────────────────────────────────────────


def table(folder: Path, target: Path) -> Path:
    """Write a history of the shared data as the CSV that `import-history` takes."""
    with (folder / "events.csv").open(newline="", encoding="utf-8") as source, target.open("w", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["on", "event", "key", "name", "url"])
        rows.writerows([e["at"], e["event"], e["sid"], e["name"], e["url"]] for e in csv.DictReader(source))
    return target


@pytest.mark.parametrize("name", HISTORIES)
def test_a_dated_history_gives_the_list_of_every_day(name: str, run: Commands, tmp_path: Path) -> None:
    """As a multiset it is the list that was kept, on each day for which one is known."""
    folder = SHARED / "data" / name
    if not folder.exists():
        pytest.skip(f"{folder} is not here")
    run("import-history", name, table(folder, tmp_path / "history.csv"))
    with (folder / "truth-index.csv").open(newline="", encoding="utf-8") as index:
        days = {row["as_of"][:10]: row["file"] for row in csv.DictReader(index)}
    assert days
    for day, file in days.items():
        truth = (folder / file).read_text(encoding="utf-8").split("\n")[:-1]
        assert Counter(truth) == Counter(names(run.listed(name, "--as-of", day))), day


def test_a_key_that_stands_is_refused_with_its_line(run: Commands, tmp_path: Path) -> None:
    """One line more in the file, and it alone is not taken."""
    folder = SHARED / "data" / HISTORIES[0]
    if not folder.exists():
        pytest.skip(f"{folder} is not here")
    history = table(folder, tmp_path / "history.csv")
    rows = history.read_text(encoding="utf-8").splitlines()
    history.write_text("\n".join([*rows[:6], rows[5], *rows[6:]]) + "\n", encoding="utf-8")
    done = run("import-history", "record", history, status=1)
    assert ["Line 7 refused"] == [line.partition(":")[0] for line in done.stderr.splitlines()]
    taken = re.findall(r"(\d+) (?:signed|withdrawn|corrected)", done.stdout)
    assert len(rows) - 1 == sum(map(int, taken))

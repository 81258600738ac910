"""Every command as an operator meets it: what it does, the sentence with which it refuses, and its exit status."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import pytest
from click.testing import CliRunner

import wsgi
from signatures.clock import system_clock
from signatures.room import Room
from tests.api import small_environ
from tests.commands import SAMPLES, Commands, names
from tests.submitting import REFERENCE, confirmation_of, publish_statement, receive

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-c", "from wsgi import main; main()"]
AS_NOBODY = [  # what permissions say holds for everybody but root
    sys.executable,
    "-c",
    "import os, wsgi; os.geteuid() or (os.setgroups([]), os.setgid(65534), os.setuid(65534)); wsgi.main()",
]
MYANMAR = SAMPLES / "myanmar-2021.txt"
BARE: dict[str, str | None] = {name: None for name in os.environ if name.startswith("SIGNATURES_")}


@pytest.fixture
def small(tmp_path: Path) -> dict[str, str]:
    """Name a register on SQLite, for what does not depend on the engine."""
    return small_environ(tmp_path)


@pytest.fixture
def run(small: dict[str, str]) -> Commands:
    """Run commands on an empty register."""
    commands = Commands(small)
    commands("init")
    return commands


@pytest.fixture
def letter(run: Commands) -> Commands:
    """Run commands on a register that has one published statement, `letter`, with two organisations."""
    run("draft", "letter", "--title", "A letter", "--time-zone", "Europe/Berlin")
    for acronym, name in (("AU", "Alpha Union"), ("BU", "Beta Union")):
        run("sign", "letter", "--acronym", acronym, "--name", name, "--on", "2021-06-01")
    run("publish", "letter", "--as-of", "2021-06-07")
    return run


@pytest.fixture
def room(letter: Commands, small: dict[str, str]) -> Iterator[Room]:
    """Open that register beside the commands."""
    opened = Room(small, system_clock)
    yield opened
    opened.close()


def process(
    environ: dict[str, str], *words: object, program: list[str] = PROGRAM, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as a shell does."""
    options = {"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 60, "cwd": ROOT, **options}
    done: subprocess.CompletedProcess[str] = subprocess.run(
        [*program, *map(str, words)], env=given(environ), check=False, **options
    )
    return done


def given(environ: dict[str, str]) -> dict[str, str]:
    """Leave this machine's own settings away."""
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGNATURES_")} | environ


def commands_of(group: click.Group) -> Iterator[list[str]]:
    for name, command in group.commands.items():
        yield [name]
        if isinstance(command, click.Group):
            yield from ([name, *words] for words in commands_of(command))


# ── help, settings, stores ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [[], *commands_of(wsgi.main)], ids=" ".join)
def test_help_needs_no_setting(words: list[str]) -> None:
    """Who has set nothing up yet may read what there is."""
    shown = CliRunner(env=BARE).invoke(wsgi.main, [*words, "--help"])
    assert (0, "") == (shown.exit_code, shown.stderr)
    assert shown.output.startswith(f"Usage: main {' '.join(words)}".rstrip())


@pytest.mark.parametrize(
    "words", ["list", "list --nonsense x", "nonsense", "sign x --name y", "publish x", "annul x y"]
)
def test_wrong_usage_is_told_before_any_setting(words: str) -> None:
    """The mistake that is nearest comes first, with status 2."""
    shown = CliRunner(env=BARE).invoke(wsgi.main, words.split())
    assert 2 == shown.exit_code
    assert "SIGNATURES_DATABASE" not in shown.stderr
    assert "Error: " in shown.stderr


READING = (
    "list x",
    "history x",
    "diff x --from 2021-01-01 --to 2021-01-02",
    "organisations",
    "rebuild",
    "check",
    "follow",
)
WRITING = ("draft x", "sign x --name y --on 2021-01-01", "token x", "submissions", "tick", "export out", "backup out")


@pytest.mark.parametrize("words", ["init", "serve", "doctor", *READING, *WRITING])
def test_a_missing_setting_is_named(words: str) -> None:
    """Status 3, and the setting that is to be set."""
    shown = CliRunner(env=BARE).invoke(wsgi.main, words.split())
    assert 3 == shown.exit_code
    assert "SIGNATURES_DATABASE is not set" in shown.stderr


@pytest.mark.parametrize("words", [*READING, *WRITING])
def test_a_missing_store_is_named_and_never_made(words: str, tmp_path: Path) -> None:
    """A slip in the path makes no second register."""
    run = Commands(small_environ(tmp_path))
    told = run.refused(*words.split(), status=3)
    assert f"{tmp_path}/var/register.db does not exist. Run `signatures init` once" in told
    assert [] == list(tmp_path.iterdir())


def test_init_twice_is_one_register(small: dict[str, str]) -> None:
    """The second time finds what the first made."""
    run = Commands(small)
    assert run.said("init") == run.said("init")


@pytest.mark.parametrize(
    "database", ["sqlite:///var", "sqlite:///:memory:", "mysql://x", "postgresql://nobody@127.0.0.1:1/none"]
)
def test_an_unusable_database_is_named(database: str, small: dict[str, str]) -> None:
    """With status 3 and a sentence, whatever the command."""
    run = Commands({**small, "SIGNATURES_DATABASE": database})
    for words in (["init"], ["list", "x"]):
        assert "Traceback" not in run.refused(*words, status=3)


@pytest.mark.parametrize("broken", ["file", "directory"])
def test_a_place_that_cannot_hold_a_store_is_named(broken: str, small: dict[str, str], tmp_path: Path) -> None:
    """A file where the folder should be, a folder where the file should be."""
    var = tmp_path / "var"
    if broken == "file":
        var.write_text("")
    else:
        (var / "register.db").mkdir(parents=True)
    assert "Traceback" not in Commands(small).refused("init", status=3)


# ── a statement's life, on both engines ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def either(environ: dict[str, str]) -> Commands:
    """Run commands on an empty register on each engine."""
    commands = Commands(environ)
    commands("init")
    return commands


def test_a_statements_life_by_commands(either: Commands, tmp_path: Path) -> None:
    """Everything that can happen to it, and every list that follows, from drafted to retracted."""
    run, order = either, tmp_path / "order"
    (tmp_path / "text").write_text("\ufeffWe ask for peace.\n", encoding="utf-8")
    run("draft", "appeal", "--kind", "Appeal", "--issuer", "Beispiel", "--issued-on", "2021-06-01")
    run("set-text", "appeal", tmp_path / "text", "--title", "Peace now")
    for name, day in (("Gamma", "2021-06-03"), ("Alpha", "2021-06-01"), ("Beta", "2021-06-02")):
        assert "Recorded at position" in run.said("sign", "appeal", "--name", name, "--on", day, "--territory", "de")
    received = run.listed("appeal")
    assert (None, ["Gamma", "Alpha", "Beta"]) == (received["edition"], names(received))
    ids = {entry["name"]: entry["signature_id"] for entry in received["numbered"]}

    order.write_text(f"# North\n{ids['Alpha']}\n\n- kept free\n# South\n{ids['Beta'].upper()}\n{ids['Gamma']}\n")
    run("publish", "appeal", "--as-of", "2021-06-07", "--order", order, "--version-label", "first")
    printed = re.sub(
        r"Checkpoint of the log: size \d+, root \S+\n\n", "", run.said("list", "appeal", "--as-of", "2021-06-07")
    )
    assert printed.endswith(
        "Peace now\n\nBeispiel Appeal, 01 June 2021\n\nWe ask for peace.\n\n"
        "Signatories (as of 07 June 2021, further signatories possible):\n\nNorth\n1. Alpha\nSouth\n3. Beta\n4. Gamma\n"
    ) or printed == (
        "Peace now\n\nBeispiel Appeal, 01 June 2021\n\nWe ask for peace.\n\n"
        "Signatories (as of 07 June 2021, further signatories possible):\n\nNorth\n\n1. Alpha\n\nSouth\n\n3. Beta\n\n4. Gamma\n"
    )

    run("withdraw", "appeal", ids["Beta"], "--on", "2021-06-10", "--code", "own-request", "--reason", "asked to leave")
    run("correct", "appeal", ids["Alpha"], "--name", "Alpha e. V.", "--country", "Germany", "--on", "2021-06-11")
    run("correct", "appeal", ids["Gamma"], "--territory", "", "--code", "typo")
    run("sign", "appeal", "--acronym", "D", "--name", "Delta", "--on", "2021-06-12")
    later = run.listed("appeal", "--as-of", "2021-06-12")
    assert ["Alpha e. V.", "Gamma", "Delta"] == names(later)
    assert [(2, "gap"), (3, "withdrawn")] == [(gap["number"], gap["status"]) for gap in later["gaps"]]
    assert [] == next(entry for entry in later["numbered"] if entry["name"] == "Gamma")["territories"]

    known = later["position"]
    run("void", "appeal", ids["Gamma"], "--code", "fraud")
    voided = run.position("appeal")
    assert ["Alpha e. V.", "Delta"] == names(run.listed("appeal", "--as-of", "2021-06-12"))
    assert names(later) == names(run.listed("appeal", "--as-of", "2021-06-12", "--position", known))
    run("annul", "appeal", voided, "--reason", "our slip")
    assert names(later) == names(run.listed("appeal", "--as-of", "2021-06-12"))

    run("amend", "appeal", "--issuer", "Beispiel e. V.", "--printed-number", "B-7")
    run("close", "appeal", "--on", "2021-07-01")
    assert "has ended" in run.refused("sign", "appeal", "--name", "Late", "--on", "2021-07-01")
    run("reopen", "appeal", "--on", "2021-08-01")
    run("retract", "appeal", "--on", "2021-09-01", "--reason", "taken back")
    assert "retracted" == run.listed("appeal")["statement_status"]

    told = run.said("history", "appeal")
    happened = "Drafted TextSet Signed Published Withdrawn Corrected Voided Annulled Amended Closed Reopened Retracted"
    assert [] == [word for word in happened.split() if word not in told]
    assert run.said("check").startswith("Everything agrees with the log")
    before = run.said("list", "appeal", "--as-of", "2021-06-12", "--format", "json")
    run("rebuild")
    assert "The views agree with the log" in run.said("rebuild", "--check")
    assert before == run.said("list", "appeal", "--as-of", "2021-06-12", "--format", "json")


def test_a_draft_can_be_discarded(run: Commands) -> None:
    """Once; a published statement cannot."""
    run("draft", "slip")
    run("discard", "slip", "--reason", "a slip")
    run.refused("sign", "slip", "--name", "Alpha", "--on", "2021-06-01")


def test_a_statement_that_is_published_is_not_discarded(letter: Commands) -> None:
    """It can only be taken back."""
    letter.refused("discard", "letter")


def test_nothing_is_amended_without_a_change(letter: Commands) -> None:
    """The sentence lists what can be."""
    assert "printed_number" in letter.refused("amend", "letter")


# ── lists, histories, comparisons ────────────────────────────────────────────────────────────────────────────────────


def test_a_list_in_every_form(letter: Commands) -> None:
    """Text as it is printed, JSON, CSV and HTML, each ending its last line."""
    assert "\n1. AU Alpha Union\n" in letter.said("list", "letter")
    assert "A letter\n" == letter.said("list", "letter")[:9]
    assert ["1", "2"] == [line[0] for line in letter.said("list", "letter", "--format", "csv").splitlines()[1:]]
    assert "<html" in letter.said("list", "letter", "--format", "html")
    assert letter.said("list", "letter", "--format", "json").endswith("}\n")
    assert 2 == letter("list", "letter", "--format", "gif", status=2).exit_code


def test_a_list_shows_what_does_not_stand_if_asked(letter: Commands) -> None:
    """In brackets, with its date."""
    second = letter.listed("letter")["numbered"][1]["signature_id"]
    letter("withdraw", "letter", second, "--on", "2021-06-10", "--hide")
    assert "2. " not in letter.said("list", "letter")
    assert "withdrawn on 10 June 2021" in letter.said("list", "letter", "--show", "annotated")


def test_a_list_of_an_edition_and_of_a_moment(letter: Commands) -> None:
    """What was published, and what was known then."""
    first = letter.listed("letter")
    letter("sign", "letter", "--name", "Gamma Union", "--on", "2021-06-08")
    assert 2 == len(names(letter.listed("letter", "--edition", 1)))
    assert 2 == len(names(letter.listed("letter", "--known-at", first["recorded_through"])))
    assert 2 == len(names(letter.listed("letter", "--position", first["position"])))
    assert 3 == len(names(letter.listed("letter")))


MALFORMED = {
    "--as-of 2021-13-40": "2021-13-40",
    "--as-of 2021-06-07T12:00:00": "2021-06-07T12:00:00",
    "--as-of today": "today",
    "--known-at 2021-06-07T12:00:00": "offset",
    "--known-at 2999-01-01T00:00:00Z": "future",
    "--position 0": "no position 0",
    "--position many": "many",
    "--position 99999999999999999999": "whole number",
    "--position 1 --known-at 2021-06-07T12:00:00Z": "one of them",
    "--edition 1 --as-of 2021-06-07": "edition",
    "--edition one": "one",
    "--language x_y": "x_y",
}


@pytest.mark.parametrize(("words", "told"), MALFORMED.items())
def test_a_question_that_makes_no_sense_is_refused(words: str, told: str, letter: Commands) -> None:
    """Status 2, and what was wrong about it."""
    assert told in letter.refused("list", "letter", *words.split(), status=2)


@pytest.mark.parametrize(
    "words",
    [
        "sign letter --name X --on 2021-6-7",
        "sign letter --name X --on 2999-01-01",
        "publish letter --as-of 2021-02-30",
        "publish letter --as-of 2999-01-01",
        "close letter --on tomorrow",
        "reopen letter --on 7.6.2021",
        "retract letter --on 2021-W23-1",
        "draft other --issued-on 2021-02-30",
        "withdraw letter {id} --on 2021-02-30",
        "correct letter {id} --name X --on 20210607",
        "diff letter --from 2021-02-30 --to 2021-06-07",
        "diff letter --from 2021-06-07@999 --to 2021-06-07",
    ],
)
def test_a_date_that_is_none_has_status_2(words: str, letter: Commands) -> None:
    """The sentence shows it, and nothing is recorded."""
    before = letter.listed("letter")
    told = letter.refused(*words.format(id=before["numbered"][0]["signature_id"]).split(), status=2)
    assert any(word in told for word in words.split()) or "999" in told
    assert before == letter.listed("letter") | {"final": before["final"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("list nowhere", "'nowhere'"),
        ("list a/b", "'a/b'"),
        ("history nowhere", "'nowhere'"),
        ("diff nowhere --from 2021-06-07 --to 2021-06-08", "'nowhere'"),
        ("sign nowhere --name X --on 2021-06-07", "'nowhere'"),
        ("sign letter --on 2021-06-07", "--name is missing"),
        ("sign letter --acronym AU --name Alpha|Union --on 2021-06-07", "already"),
        ("sign letter --name X --on 2021-06-07 --territory Germany", "GERMANY"),
        ("sign letter --name X --on 2021-06-07 --url nowhere", "'nowhere'"),
        ("sign letter --name X --on 2021-06-07 --organisation nobody", "'nobody'"),
        ("withdraw letter nobody --on 2021-06-07", "'nobody'"),
        ("withdraw other {id} --on 2021-06-07", "under other"),
        ("correct letter {id}", "to change"),
        ("void letter 00000000-0000-0000-0000-000000000000", "no signature"),
        ("annul letter 1", "annul"),
        ("annul letter 99999999999999999999", "holds nothing"),
        ("draft LETTER", "is taken"),
        ("draft a|b", "cannot be a reference"),
        ("draft other --time-zone Mars", "'Mars'"),
        ("draft other --language x_y", "'x_y'"),
        ("publish letter --as-of 2021-06-01", "2021-06-07"),
        ("list letter --edition 7", "no edition 7"),
        ("submissions show 1", "'1'"),
        ("submissions accept 1", "'1'"),
        ("submissions refuse 1", "'1'"),
        ("merge nobody nobody", "'nobody'"),
        ("rename nobody --name X", "'nobody'"),
        ("token \udcff", "cannot be printed"),
        ("list \udcff", "no statement"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(words: str, told: str, letter: Commands) -> None:
    """Status 1, and nothing is recorded."""
    before = letter.listed("letter")
    given = [word.replace("|", " ") for word in words.format(id=before["numbered"][0]["signature_id"]).split()]
    assert told in letter.refused(*given)
    assert before == letter.listed("letter") | {"final": before["final"]}


def test_withdrawing_twice_is_refused(letter: Commands) -> None:
    """What does not stand cannot leave."""
    first = letter.listed("letter")["numbered"][0]["signature_id"]
    letter("withdraw", "letter", first, "--on", "2021-06-10")
    assert "2021-06-10" in letter.refused("withdraw", "letter", first, "--on", "2021-06-11")


@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("nobody\n{0}\n{1}\n", "nobody"),
        ("{0}\n", "leaves out"),
        ("{0}\n{1}\n{0}\n", "2 times"),
        ("{0}\n{1}\n00000000-0000-0000-0000-000000000000\n", "does not stand"),
        ("# \n{0}\n{1}\n", "line 1"),
        ("", "leaves out"),
    ],
)
def test_an_order_that_is_not_the_list_is_refused(order: str, told: str, letter: Commands, tmp_path: Path) -> None:
    """Unknown, missing or repeated ids, and headings without words."""
    ids = [entry["signature_id"] for entry in letter.listed("letter")["numbered"]]
    (tmp_path / "order").write_text(order.format(*ids))
    assert told in letter.refused("publish", "letter", "--as-of", "2021-06-08", "--order", tmp_path / "order")
    assert 1 == letter.listed("letter")["edition"]["number"]


def test_a_history_names_every_event_with_its_position(letter: Commands) -> None:
    """As text a line an event, as JSON the leaves, both in the order of the log."""
    leaves = json.loads(letter.said("history", "letter", "--format", "json"))
    assert ["Drafted", "TextSet", "Signed", "Signed", "Published"] == [leaf["type"] for leaf in leaves]
    lines = letter.said("history", "letter").splitlines()
    assert [leaf["position"] for leaf in leaves] == [int(line.split()[0]) for line in lines]
    assert "AU Alpha Union" in lines[2]


def test_a_comparison_names_who_came_and_who_left(letter: Commands) -> None:
    """As text a line a change, as JSON what the API tells."""
    first, second = (entry["signature_id"] for entry in letter.listed("letter")["numbered"])
    position = letter.position("letter")
    letter("sign", "letter", "--name", "Gamma Union", "--on", "2021-06-08")
    letter("withdraw", "letter", first, "--on", "2021-06-09")
    letter("correct", "letter", second, "--name", "Better Union")
    words = ("diff", "letter", "--from", f"2021-06-07@{position}", "--to", "2021-06-09")
    told = letter.said(*words)
    assert ["+ added", "- withdrawn", "~ corrected"] == [
        " ".join(line.split()[:2]) for line in told.splitlines() if line[0] in "+-~"
    ]
    assert f"2 on 2021-06-07 (position {position})" in told
    found = json.loads(letter.said(*words, "--format", "json"))
    assert (["Gamma Union"], []) == ([entry["name"] for entry in found["added"]], found["voided"])


def test_organisations_are_found_renamed_and_merged(letter: Commands) -> None:
    """By any part of their names; a list stays as it was recorded."""
    one, other = (entry["organisation_id"] for entry in letter.listed("letter")["numbered"])
    assert f"{one}  AU Alpha Union\n" == letter.said("organisations", "alpha")
    before = letter.said("list", "letter")
    letter("rename", one, "--name", "Alpha Federation", "--on", "2021-07-01")
    letter("merge", other, one, "--reason", "one body")
    assert before == letter.said("list", "letter")
    letter.refused("merge", other, one)
    assert 2 == letter("rename", one, "--translation", "Lost", status=2).exit_code


# ── imports ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_dry_run_needs_no_register(tmp_path: Path) -> None:
    """It reads, reports every line and ends; as JSON it is the report."""
    dry = CliRunner(env=BARE).invoke(wsgi.main, ["import-text", str(MYANMAR), "--reference", "m", "--dry-run"])
    assert 0 == dry.exit_code
    assert "As of 2021-06-07: 34 in the list, 2 subsequent" in dry.stdout
    words = ["import-text", str(MYANMAR), "--reference", "m", "--dry-run", "--format", "json", "--as-of", "2021-06-08"]
    report = json.loads(CliRunner(env=BARE).invoke(wsgi.main, words).stdout)
    assert [*range(1, 35), None, None] == [entry["number"] for entry in report["entries"]]
    assert "2021-06-08" == report["as_of"]
    covered = {line for entry in report["entries"] for line in range(entry["lines"][0], entry["lines"][1] + 1)}
    covered |= {skipped["line"] for skipped in report["skipped"]}
    assert {number for number, line in enumerate(MYANMAR.read_text().splitlines(), 1) if line.strip()} == covered


def test_a_dry_run_reports_a_list_without_a_date(run: Commands, tmp_path: Path) -> None:
    """What is missing is said beside the report; recording needs it."""
    text = tmp_path / "letter.txt"
    text.write_text("A letter\n\nWe agree.\n\nSigned by:\n1. Alpha Union\n2. Beta Union\n3. Gamma Union\n")
    dry = run("import-text", text, "--reference", "x", "--dry-run", "--format", "json")
    assert (None, 3) == (json.loads(dry.stdout)["as_of"], len(json.loads(dry.stdout)["entries"]))
    assert "--as-of" in dry.stderr
    assert "--as-of" in run.refused("import-text", text, "--reference", "x", "--yes")
    run("import-text", text, "--reference", "x", "--as-of", "2021-06-07", "--yes")


def test_a_printed_list_is_recorded_when_a_person_says_so(run: Commands) -> None:
    """Without --yes nothing is written; with it once, and the reference is taken then."""
    words = ("import-text", MYANMAR, "--reference", "m", "--time-zone", "Europe/Berlin")
    assert "--yes" in run.refused(*words, status=2)
    run.refused("list", "m")
    assert "m is recorded: 36 signatures, edition 1." in run.said(*words, "--yes")
    assert "The reference m is taken" in run.refused(*words, "--yes")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "No list of signatories"),
        (b"A letter without a list.\n", "No list of signatories"),
        ("Signatories (as of 7 June 2021):\n1. Köln\n2. Bonn\n".encode("latin-1"), "offset 37"),
        (bytes(range(256)) * 9, "not UTF-8"),
        (b"a" * (8 * 2**20 + 1), "more than 8388608 bytes"),
    ],
    ids=["empty", "no list", "Latin-1", "binary", "too large"],
)
def test_a_text_that_cannot_be_imported(content: bytes, told: str, run: Commands, tmp_path: Path) -> None:
    """Status 1 with a sentence, in a dry run too."""
    (tmp_path / "text").write_bytes(content)
    for more in ("--yes", "--dry-run"):
        assert told in run.refused("import-text", tmp_path / "text", "--reference", "x", more)
    run.refused("list", "x")


@pytest.mark.parametrize(
    "command", ["import-text {} --reference x", "import-history x {}", "set-text letter {} --title T"]
)
def test_a_file_that_is_none_has_status_2(command: str, letter: Commands, tmp_path: Path) -> None:
    """Missing, or a folder."""
    for path in (tmp_path / "missing", tmp_path):
        assert str(path) in letter.refused(*command.format(path).split(), status=2)


@pytest.mark.parametrize("content", [b"K\xf6ln", b"x\0y", "x\u202ey".encode(), b"a" * (8 * 2**20 + 1)])
def test_a_text_that_cannot_be_set(content: bytes, letter: Commands, tmp_path: Path) -> None:
    """Not UTF-8, NUL, a hidden direction, too large."""
    (tmp_path / "text").write_bytes(content)
    letter.refused("set-text", "letter", tmp_path / "text", "--title", "T")


def test_persons_need_somebody_who_answers_for_them(run: Commands, tmp_path: Path) -> None:
    """The report names them; --include-persons takes responsibility."""
    text = tmp_path / "letter.txt"
    text.write_text(
        "A letter\n\nWe agree.\n\nSignatories (as of 7 June 2021):\n\n"
        "Organisations:\n1. Alpha Union\nIndividuals:\n2. Ada Example\n3. Bo Example\n"
    )
    words = ("import-text", text, "--reference", "x")
    assert "line 10, 11" in run(*words, "--dry-run").stderr
    assert "line 10, 11" in run.refused(*words, "--yes")
    run.refused("list", "x")
    run(*words, "--yes", "--include-persons")
    assert 3 == len(names(run.listed("x")))


def test_a_history_tells_what_became_of_its_rows(run: Commands, tmp_path: Path) -> None:
    """Refused ones with their line and status 1; a dry run the same, and writes nothing."""
    table = tmp_path / "rows.csv"
    table.write_text(
        "on,event,key,name\n2020-01-01,signed,a,Alpha\n2020-01-02,signed,a,Alpha\n2020-01-02,withdrawn,b,Beta\n"
        "2020-01-03,signed,c,alpha\n"
    )
    words = ("import-history", "rows", table, "--time-zone", "Europe/Berlin")
    for more, said in ((["--dry-run"], "Would be recorded: 2 signed"), ([], "Recorded: 2 signed")):
        done = run(*words, *more, status=1)
        assert said in done.stdout
        assert "kept apart: alpha: a, c" in done.stdout
        assert ["Line 3", "Line 4"] == [line[:6] for line in done.stderr.splitlines()]
        if more:
            run.refused("list", "rows")
    assert ["Alpha", "alpha"] == names(run.listed("rows"))
    assert "Europe/Berlin" == run.listed("rows")["time_zone"]
    assert "nothing new; 2 were there already" in run(*words, status=1).stdout


def test_a_history_of_wrong_columns_writes_nothing(run: Commands, tmp_path: Path) -> None:
    """Not even the statement."""
    (tmp_path / "rows.csv").write_text("when,what\n1,2\n")
    assert "missing: on, event, key, name" in run.refused("import-history", "rows", tmp_path / "rows.csv")
    assert "'Mars'" in run.refused("import-history", "rows", MYANMAR, "--time-zone", "Mars")
    run.refused("list", "rows")


def test_the_samples_are_loaded_once(run: Commands) -> None:
    """The second time changes nothing but the token."""
    first, second = run.said("sample"), run.said("sample")
    assert [36, 32] == [len(names(run.listed(reference))) for reference in ("myanmar-2021", "belarus-2020")]
    assert first.splitlines()[0] == second.splitlines()[0]
    assert first != second


# ── people, copies ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_is_printed_alone(letter: Commands, room: Room) -> None:
    """So that a script can take it; ending it is a command too."""
    token = letter.said("token", "robot", "--role", "editor")
    holder = room.tokens.holder(token.removesuffix("\n"))
    assert holder is not None
    assert ("robot", "editor") == (holder.name, holder.role)
    assert "1 ended.\n" == letter.said("token", "robot", "--revoke")
    assert None is room.tokens.holder(token.strip())
    assert 2 == letter("token", "robot", "--role", "king", status=2).exit_code


def test_submissions_wait_until_an_editor_decides(letter: Commands, room: Room) -> None:
    """Listed and shown; accepted ones are signatures, refused ones are not."""
    publish_statement(room)
    assert "Nothing waits.\n" == letter.said("submissions")
    one, other = receive(room, "Union A"), receive(room, "Union B")
    letter.refused("submissions", "accept", one)
    room.intake.confirm(*confirmation_of(room, one))
    assert "Asked.\n" == letter.said("submissions", "ask", one, "Which of the two Unions A?")
    letter.refused("submissions", "release", other)
    assert [one, other] == [line.split()[0] for line in letter.said("submissions").splitlines()]
    assert [one, other] == [entry["id"] for entry in json.loads(letter.said("submissions", "--format", "json"))]
    assert "office@example.org" in letter.said("submissions", "show", one)
    assert "Recorded at position" in letter.said("submissions", "accept", one)
    assert "Refused.\n" == letter.said("submissions", "refuse", other, "--code", "duplicate", "--reason", "came twice")
    assert ["Union A"] == names(letter.listed(REFERENCE))
    assert "Nothing waits.\n" == letter.said("submissions")
    assert 2 == len(letter.said("submissions", "--all").splitlines())
    assert "1 sent," in letter.said("tick")  # the receipt; what asked for something that is done meanwhile is dropped
    nothing = "0 settled, 0 confirmed, 0 closed, 0 published, 0 imported, 0 checkpointed, 0 expired, 0 erased, 0 sent"
    assert f"{nothing}, 0 announced.\n" == letter.said("tick")
    letter.refused("submissions", "accept", other)
    assert "office@example.org" not in letter.said("history", REFERENCE, "--format", "json")


def test_a_backup_is_a_register_again(letter: Commands, tmp_path: Path, small: dict[str, str]) -> None:
    """The copy, put in the place of the register, gives the same lists; a folder in use is refused."""
    before = letter.said("list", "letter", "--position", letter.position("letter"), "--format", "json")
    assert "is a copy of" in letter.said("backup", tmp_path / "copy")
    letter.refused("backup", tmp_path / "copy")
    moved = Commands({**small, "SIGNATURES_DATABASE": f"sqlite:///{quote(str(tmp_path))}/copy"})
    moved("init")
    assert before == moved.said("list", "letter", "--position", letter.position("letter"), "--format", "json")


def test_a_bundle_is_refused_where_it_cannot_go(letter: Commands, tmp_path: Path) -> None:
    """A folder in use, a register that is not empty, a folder that is no bundle, a position beyond the log."""
    assert "7 entries, 0 texts and 2 lists in" in letter.said("export", tmp_path / "bundle")
    assert "not empty" in letter.refused("export", tmp_path / "bundle")
    assert "holds a register" in letter.refused("restore", tmp_path / "bundle")
    assert "is no bundle" in letter.refused("restore", tmp_path / "state")
    assert "no position 99" in letter.refused("export", tmp_path / "other", "--position", 99, status=2)
    assert 2 == letter("restore", tmp_path / "missing", status=2).exit_code


# ── a process among others ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["", "latin-1"])
def test_names_are_printed_in_utf_8_whatever_the_locale(encoding: str, run: Commands, small: dict[str, str]) -> None:
    """A bare C locale, as cron and containers have it, or one of Latin letters loses no letter."""
    run("sample")
    bare = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": encoding}
    for command in ("list", "history"):
        told = process(small | bare, command, "myanmar-2021")
        assert (0, "") == (told.returncode, told.stderr)
        assert [] == [word for word in ("БРП(к)", "Haϊtien", "Türkiye") if word not in told.stdout]


def test_a_reader_that_has_had_enough_ends_a_command_quietly(run: Commands, small: dict[str, str]) -> None:
    """As in `signatures history REF | head -1`: no traceback, no complaint at the end."""
    run("sample")
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        told = process(
            small,
            "history",
            "myanmar-2021",
            "--format",
            "json",
            capture_output=False,
            stdout=closed,
            stderr=subprocess.PIPE,
        )
    assert "" == told.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_told(letter: Commands, small: dict[str, str]) -> None:
    """A full disk under a redirected list is status 3 and a sentence, not half a list taken for a whole."""
    with Path("/dev/full").open("wb") as full:
        told = process(small, "list", "letter", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (3, True) == (told.returncode, told.stderr.startswith("No space left on device"))
    assert "Traceback" not in told.stderr


@pytest.mark.faults
def test_a_full_disk_loses_nothing(run: Commands, small: dict[str, str], tmp_path: Path) -> None:
    """Writing is refused with status 3 where no file may grow; afterwards everything is there and goes on."""
    run("import-text", MYANMAR, "--reference", "m", "--yes")
    (tmp_path / "big.txt").write_text("We agree. " * 200_000)
    before = run.said("list", "m", "--position", run.position("m"), "--format", "json")
    limited = [
        "sh",
        "-c",
        'ulimit -f 1000; exec "$@"',
        "sh",
        *PROGRAM,
        "set-text",
        "m",
        str(tmp_path / "big.txt"),
        "--title",
        "T",
    ]
    told = subprocess.run(limited, env=given(small), capture_output=True, text=True, check=False, cwd=ROOT, timeout=60)
    assert (3, False) == (told.returncode, "Traceback" in told.stderr)
    assert told.stderr.strip()
    assert before == run.said("list", "m", "--position", run.position("m"), "--format", "json")
    run("set-text", "m", tmp_path / "big.txt", "--title", "T", "--language", "fr")
    assert "Everything agrees" in run.said("check")


def test_a_folder_that_is_not_ours_is_told() -> None:
    """Status 3 and a sentence, for who may not make a register there and for who may not write into it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = small_environ(folder)
        folder.chmod(0o555)
        told = [process(environ, "init", program=AS_NOBODY)]
        folder.chmod(0o755)
        Commands(environ)("init")
        (folder / "var").chmod(0o500)
        told.append(process(environ, "draft", "x", program=AS_NOBODY))
        (folder / "var").chmod(0o700)
    assert [(3, True, False)] * 2 == [
        (one.returncode, str(folder) in one.stderr, "Traceback" in one.stderr) for one in told
    ]


def test_a_copy_that_is_not_ours_is_told() -> None:
    """A database that somebody else put back is read and cannot be written: `doctor` says so before anybody wants to sign."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = small_environ(folder)
        Commands(environ)("init")
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, 65534, 65534)
        (folder / "var" / "register.db").chmod(0o444)
        looked = process(environ, "doctor", program=AS_NOBODY)
        wrote = process(environ, "draft", "x", "--title", "X", program=AS_NOBODY)
    cure = "Give it to the user who serves."
    assert (3, True) == (looked.returncode, f"register.db cannot be written. {cure}" in looked.stderr)
    assert (3, True) == (wrote.returncode, f"register.db cannot be written. {cure}" in wrote.stderr)


def test_a_progress_bar_is_for_a_terminal(letter: Commands, small: dict[str, str]) -> None:
    """Elsewhere there is nothing between the lines that a program reads."""
    assert "" == letter("rebuild").stderr
    ours, theirs = pty.openpty()
    try:
        told = process(small, "rebuild", capture_output=False, stdout=subprocess.PIPE, stderr=theirs)
        assert 0 == told.returncode
        assert b"Rebuilding" in os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_following_ends_when_it_is_told_to(ending: signal.Signals, letter: Commands, small: dict[str, str]) -> None:
    """Ctrl-C is the way to end it, so it is no failure; the views follow meanwhile."""
    heard = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # tests in the background inherit that it is ignored
    try:
        following = subprocess.Popen(
            [*PROGRAM, "follow"], env=given(small), stderr=subprocess.PIPE, text=True, cwd=ROOT
        )
    finally:
        signal.signal(signal.SIGINT, heard)
    with following:
        assert following.stderr is not None
        assert "Following the log" in following.stderr.readline()
        following.send_signal(ending)
        rest = following.stderr.read()
        assert following.wait(20) in (0, -signal.SIGTERM)
    assert "Traceback" not in rest

"""One history, one list: on either database, before and after a rebuild, while events are added, and after a cut."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

import signatures.imports.history
import signatures.imports.text
import wsgi
from signatures.register import Register
from tests.api import small_environ
from tests.commands import SAMPLES, Commands, names
from tests.test_cli import PROGRAM, ROOT, given

MYANMAR = SAMPLES / "myanmar-2021.txt"
DAYS = ("2020-01-02", "2020-09-21", "2021-06-07", "2021-06-15", "2021-07-03", "2021-07-10", "2021-08-01")
STATEMENTS = ("myanmar-2021", "belarus-2020", "record")
HISTORY = (
    "on,event,key,name,country\n2020-01-01,signed,a,Alpha,\n2020-01-02,signed,b,Beta,Kenya\n2020-09-01,withdrawn,a,Alpha,\n"
    "2021-06-01,corrected,b,Beta e. V.,\n2021-07-01,signed,a,Alpha,\n2021-07-02,signed,c,Gamma,\n2021-07-05,voided,c,Gamma,\n"
)


def eventful(run: Commands, folder: Path) -> None:
    """Make a register in which everything has happened that a list can show."""
    run("init")
    run("sample")
    (folder / "history.csv").write_text(HISTORY, encoding="utf-8")
    run("import-history", "record", folder / "history.csv")
    run("draft", "draft", "--title", "Nobody sees it yet")
    happen(run, "2021-07-02")


def happen(run: Commands, day: str) -> None:
    """Let something of every kind happen to the first statement."""
    ids = {entry["number"]: entry["signature_id"] for entry in run.listed("myanmar-2021")["numbered"]}
    few = sorted(ids)[3:8]
    position = {}
    for number, words in zip(
        few,
        (
            ("withdraw", "--on", day, "--reason", "left"),
            ("correct", "--name", f"Misprint of {day}"),
            ("correct", "--name", f"Renamed on {day}", "--on", day),
            ("void", "--code", "fraud"),
            ("void", "--code", "duplicate"),
        ),
        strict=True,
    ):
        run(words[0], "myanmar-2021", ids[number], *words[1:])
        position[number] = run.position("myanmar-2021")
    run("annul", "myanmar-2021", position[few[-1]], "--reason", "our slip")
    run("sign", "myanmar-2021", "--name", f"Late Union {day}", "--on", "2021-06-01", "--reason", "on paper")
    run("sign", "myanmar-2021", "--name", f"New Union {day}", "--on", day)
    organisation = run.listed("myanmar-2021")["numbered"][0]["organisation_id"]
    run("rename", organisation, "--name", f"Its name since {day}", "--on", day)


def lists(run: Commands, *more: object, statements: tuple[str, ...] = STATEMENTS) -> dict[tuple[str, str], str]:
    """Tell every statement's list on every day, as bytes are written."""
    return {
        (reference, day): run.said("list", reference, "--as-of", day, *more, "--format", "json")
        for reference in statements
        for day in DAYS
    }


def contents(folder: Path) -> dict[str, bytes]:
    """Read a bundle, but for what each installation signs with a key of its own."""
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if name not in ("checkpoint", "vkey", "SHA256SUMS")}


@pytest.mark.postgresql
def test_one_log_is_one_list_on_both_databases(tmp_path: Path, postgresql_url: str) -> None:
    """Exported from SQLite and restored into PostgreSQL, every list is the same bytes, and after a rebuild of either."""
    one = Commands(small_environ(tmp_path))
    eventful(one, tmp_path)
    one("publish", "myanmar-2021", "--as-of", "2021-07-10")
    one("export", tmp_path / "bundle")
    (tmp_path / "other").mkdir()
    other = Commands({**small_environ(tmp_path / "other"), "SIGNATURES_DATABASE": postgresql_url})
    other("restore", tmp_path / "bundle")
    expected = lists(one)
    assert expected == lists(other)
    for run in (one, other):
        for words in (["list", "draft"], ["list", "myanmar-2021", "--edition", "1"], ["history", "myanmar-2021"]):
            assert one.said(*words, "--format", "json") == run.said(*words, "--format", "json")
        run("rebuild")
        assert expected == lists(run)
        assert "Everything agrees" in run.said("check")
    other("export", tmp_path / "again")
    assert contents(tmp_path / "bundle") == contents(tmp_path / "again")


def test_a_pinned_answer_never_changes(environ: dict[str, str], tmp_path: Path) -> None:
    """Whatever is recorded later, and after a rebuild: the same position gives the same bytes."""
    run = Commands(environ)
    eventful(run, tmp_path)
    newest = run.position("myanmar-2021")
    pins = (50, newest - 5, newest)

    def answers() -> list[dict[tuple[str, str], str]]:
        return [lists(run, "--position", pin, statements=STATEMENTS[:1]) for pin in pins]

    known = run.listed("myanmar-2021")["recorded_through"]
    before = answers()
    at_known = [names(run.listed("myanmar-2021", "--as-of", day, "--known-at", known)) for day in DAYS]
    run("publish", "myanmar-2021", "--as-of", "2021-07-10")
    happen(run, "2021-07-20")
    assert newest < run.position("myanmar-2021")
    assert before == answers()
    run("rebuild")
    assert before == answers()
    assert at_known == [names(run.listed("myanmar-2021", "--as-of", day, "--known-at", known)) for day in DAYS]


# ── cut off half way ─────────────────────────────────────────────────────────────────────────────────────────────────


def untimed(answer: Any) -> Any:
    """Leave out when things were recorded, and the root that is made of it."""
    if isinstance(answer, dict):
        return {
            key: untimed(value)
            for key, value in answer.items()
            if key not in ("recorded_at", "recorded_through", "root")
        }
    return [untimed(one) for one in answer] if isinstance(answer, list) else answer


def imported(environ: dict[str, str], words: list[object]) -> list[Any]:
    """Tell what an import that nothing interrupts gives, on every day."""
    run = Commands(environ)
    run("init")
    run(*words)
    return [untimed(run.listed("m", "--as-of", day)) for day in DAYS]


@pytest.mark.parametrize("after", [0, 17, 33, 34, 35])
def test_a_printed_list_that_was_cut_off_goes_on(
    environ: dict[str, str], tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again gives the same lists as one that was never interrupted, entry by entry."""
    words: list[object] = ["import-text", MYANMAR, "--reference", "m", "--subsequent-on", "2021-06-15", "--yes"]
    monkeypatch.setattr(signatures.imports.text, "BATCH", 4)
    run = Commands(environ)
    run("init")
    with monkeypatch.context() as patch:
        cut_off(patch, after)
        run(*words, status=1)
    run(*words)
    (tmp_path / "other").mkdir()
    assert imported(small_environ(tmp_path / "other"), words) == [
        untimed(run.listed("m", "--as-of", day)) for day in DAYS
    ]
    assert "Everything agrees" in run.said("check")


@pytest.mark.parametrize("after", [0, 2, 3])
def test_a_history_that_was_cut_off_goes_on(
    environ: dict[str, str], tmp_path: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above, for a dated history."""
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    words: list[object] = ["import-history", "m", tmp_path / "history.csv"]
    monkeypatch.setattr(signatures.imports.history, "BATCH", 1)
    run = Commands(environ)
    run("init")
    with monkeypatch.context() as patch:
        cut_off(patch, after)
        run(*words, status=1)
    run(*words)
    (tmp_path / "other").mkdir()
    assert imported(small_environ(tmp_path / "other"), words) == [
        untimed(run.listed("m", "--as-of", day)) for day in DAYS
    ]


def cut_off(patch: pytest.MonkeyPatch, after: int) -> None:
    """Interrupt the process, as Ctrl-C does, when it has signed some times."""
    sign, signed = Register.sign, iter(range(1000))

    def interrupted(*args: Any, **options: Any) -> Any:
        if next(signed) == after:
            raise KeyboardInterrupt
        return sign(*args, **options)

    patch.setattr(Register, "sign", interrupted)


@pytest.mark.faults
def test_an_import_that_was_killed_goes_on(tmp_path: Path) -> None:
    """Kill -9 in the middle loses at most a batch, and the same command completes it."""
    rows = "".join(f"2021-06-{1 + n % 28:02},signed,k{n},Union {n}\n" for n in range(400))
    (tmp_path / "history.csv").write_text(f"on,event,key,name\n{rows}")
    environ = small_environ(tmp_path)
    run = Commands(environ)
    run("init")
    words = ["import-history", "m", str(tmp_path / "history.csv")]
    with subprocess.Popen([*PROGRAM, *words], env=given(environ), cwd=ROOT, stdout=subprocess.DEVNULL) as importing:
        while run.runner.invoke(wsgi.main, ["history", "m"]).stdout.count("Signed") == 0 and importing.poll() is None:
            time.sleep(0.01)
        os.kill(importing.pid, signal.SIGKILL)
    assert -signal.SIGKILL == importing.returncode
    before = run.listed("m")["counts"]["standing"]
    assert 0 < before < 400
    assert f"{before} were there already" in run.said(*words)
    assert sorted(f"Union {n}" for n in range(400)) == sorted(names(run.listed("m")))
    assert "Everything agrees" in run.said("check")


def test_the_same_history_twice_changes_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    """Not a position, not a byte."""
    (tmp_path / "history.csv").write_text(HISTORY, encoding="utf-8")
    run = Commands(environ)
    run("init")
    run("import-history", "record", tmp_path / "history.csv")
    before, position = lists(run, statements=("record",)), run.position("record")
    assert "nothing new; 7 were there already" in run.said("import-history", "record", tmp_path / "history.csv")
    assert (before, position) == (lists(run, statements=("record",)), run.position("record"))
    assert json.loads(run.said("history", "record", "--format", "json"))[-1]["position"] == position

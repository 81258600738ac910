"""The README keeps its promises: every command, setting and address stands in it, and its session is what happens."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import wsgi
from projections import audit
from signatures.settings import DOCUMENTED

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
UNTOLD = {"/static/<path:filename>"}  # what pages load
VARIABLE = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}|\d{4}-\d{2}-\d{2}T[\d:.]+Z|API: [\w-]{43}|root [\w+/]{43}=|password \S+"
)


def test_every_command_stands_in_the_readme() -> None:
    """A command that nobody can find is not there."""
    assert [] == [name for name in wsgi.main.commands if f"| `{name}" not in README]


def test_every_command_has_help_that_teaches() -> None:
    """Each says in a sentence what it does, and needs no setting for that."""
    for name in wsgi.main.commands:
        shown = CliRunner(env={}).invoke(wsgi.main, [name, "--help"])
        assert (0, "") == (shown.exit_code, shown.stderr), name
        assert re.search(r"\n\n  [A-Z][^.;]{15,}[.;]", shown.output), name


def test_every_setting_stands_in_the_readme_and_in_the_code() -> None:
    """The table is the one of the code."""
    assert [] == [name for name, meaning in DOCUMENTED if f"| `{name}` | {meaning} |" not in README]
    read = set(
        re.findall(r"SIGNATURES_[A-Z_]+[A-Z]", "".join(path.read_text() for path in ROOT.glob("signatures/**/*.py")))
    )
    assert read - {name for name, _ in DOCUMENTED} == set()


def test_every_address_stands_in_the_readme(app: Flask) -> None:
    """Each rule of the app is told, with REF, N, LANG, ID and CODE for what varies."""
    names = {
        "reference": "REF",
        "number": "N",
        "language": "LANG",
        "organisation_id": "ID",
        "signature_id": "ID",
        "code": "CODE",
        "token": "TOKEN",
        "id_": "ID",
        "proposal_id": "ID",
        "invitation_id": "ID",
        "hook_id": "ID",
        "import_id": "ID",
        "at": "N",
        "line": "N",
        "position": "N",
        "path": "<path>",
        "size": "N",
        "kind": "KIND",
        "after": "N",
    }
    missing = []
    for rule in app.url_map.iter_rules():
        told = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: names.get(match[1], match[0]), rule.rule)
        tail = told.removeprefix("/api/v1/").removeprefix("statements/REF/") if "/api/v1/" in told else told
        form = tail.removeprefix("signatories") if tail.startswith("signatories.") else tail
        last = tail.rpartition("/")[2]
        if rule.rule not in UNTOLD and not any(f"{text}`" in README for text in (told, tail, form, last)):
            missing.append(told)
    assert [] == missing


def test_the_session_is_what_happens(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commands of the README's session print what stands there, but for ids, times and tokens."""
    environ = {"SIGNATURES_DATABASE": sqlite_url}
    (session,) = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    runner = CliRunner(env=environ)
    monkeypatch.chdir(tmp_path)
    for block in session.replace("\\\n", "").strip().split("\n\n$ "):
        line, _, expected = block.removeprefix("$ ").partition("\n")
        if line.startswith("curl"):
            continue
        shown = ""
        for command in line.partition(" | ")[0].split(" && "):
            words = shlex.split(command)
            if words[0] == "python":
                assert 0 == audit.main(words[3:])
                shown += capsys.readouterr().out
            else:
                shown += runner.invoke(wsgi.main, words[1:], catch_exceptions=False).output
        if tail := re.search(r" \| tail -(\d)", line):
            shown = "\n".join(shown.strip().split("\n")[-int(tail[1]) :])
        assert VARIABLE.sub("…", expected.strip()) == VARIABLE.sub("…", shown.strip())

"""The auditor: on bare Python it verifies a bundle, answers as the service does, and says what that proves."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import wsgi
from projections import audit as command
from projections.auditing import brought, seals
from projections.auditing.audit import Audited, Trust, audited
from projections.auditing.leaves import read_leaf, stream_of
from projections.auditing.moment import Asked
from projections.auditing.questions import Question
from projections.auditing.shapes import SHAPES, check_data
from projections.auditing.verdict import printable
from projections.lists import Lists
from projections.rendering.json import json_bytes
from projections.rendering.text import text_list
from projections.room import ReadingRoom
from projections.web.forms import FORMS, described
from signatures.aggregate import Reason
from signatures.log.eventlog import canonical, leaf_hash
from signatures.log.mapping import TOPICS, payload_keys, topic_parts
from signatures.proof import ed25519, notes
from signatures.proof.notes import COSIGNS, Key
from signatures.proof.receipts import receipt_of
from signatures.room import Room
from signatures.statement import statement_id
from tests.api import small_environ
from tests.bundles import (
    WITNESS,
    WITNESS_KEY,
    answered,
    audit,
    copied,
    cosign,
    export,
    first,
    lines,
    remarked,
    resigned,
    retiled,
    rewritten,
    summed,
)
from tests.clock import FixedClock
from tests.commands import Commands
from tests.conftest import NOW
from tests.copies import FileCopies
from tests.eventful import EDITOR, OPEN, SECRET, Eventful, eventful
from tests.losing import KEPT, LAST
from tests.losing import OPEN as LOSING
from tests.losing import Site as Losing

ROOT = Path(__file__).parents[1]
BARE = ("-S", "-E", "-s")
DAYS = ("2021-05-01", "2021-06-07", "2021-06-08", "2021-06-11", "2021-06-20", "2021-06-30", "2021-07-01", "2030-01-01")


class Site(NamedTuple):
    """A register in which everything happened, and what was exported of it."""

    environ: dict[str, str]
    room: Room
    lists: Lists
    happened: Eventful
    public: Path
    operator: Path
    folder: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Let everything happen, an order of erasure too."""
    folder = tmp_path_factory.mktemp("audited")
    environ = small_environ(folder)
    wsgi.initialise(environ)
    clock = FixedClock(NOW - timedelta(hours=2))
    with closing(Room(environ, clock)) as room:
        happened = eventful(room.register)
        clock.set(NOW - timedelta(hours=1))
        room.register.withhold(EDITOR, happened.beta.position, Reason("legal", "an order of a court"))
        cosign(room)
        clock.set(NOW)
        room.register.correct(EDITOR, happened.again.signature_id, {"acronym": "BU"})
        room.checkpoints.make()
        yield Site(
            environ,
            room,
            ReadingRoom(room).lists,
            happened,
            export(room, folder / "public"),
            export(room, folder / "operator", public=False),
            folder,
        )


@pytest.fixture(scope="module")
def asked(site: Site) -> Iterator[Audited]:
    """Audit the operator's bundle once, and ask it."""
    with audited(site.operator, Trust()) as one:
        assert one.report.sound, one.report.differences
        yield one


@pytest.fixture
def bundle(site: Site, tmp_path: Path) -> Path:
    """Copy the public bundle."""
    return copied(site.public, tmp_path / "bundle")


def run(*words: object, python: tuple[object, ...] = (sys.executable, *BARE), **environ: str) -> tuple[int, str, str]:
    """Run the auditor in a process of its own."""
    told = subprocess.run(
        [*map(str, python), "-m", "projections.audit", *map(str, words)],
        cwd=ROOT, capture_output=True, timeout=120, check=False, env={**os.environ, **environ},
    )  # fmt: skip
    return told.returncode, told.stdout.decode(), told.stderr.decode()


# ── on bare Python ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_bare_python_verifies(version: str, site: Site) -> None:
    """Any Python from 3.11 on, without any package, with openssl: everything that was checked holds."""
    found: list[Path | str | None] = [*sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))]
    found = found or [shutil.which(f"python{version}")]
    if found[-1] is None:
        pytest.skip(f"no Python {version} on this machine")
    status, told, wrong = run(site.public, python=(found[-1], *BARE))
    assert (0, "") == (status, wrong)
    assert told.endswith("VERDICT: everything that was checked holds. No difference was found.\n")
    assert f"checkpoint: size {len(lines(site.public / 'entries.jsonl'))}, signed by" in told


def test_without_openssl_the_rest_is_verified(site: Site, bundle: Path) -> None:
    """The verdict says so in capitals, the status is 3; a difference is still a difference."""
    status, told, _ = run(site.public, PATH="")
    assert 3 == status
    assert "checkpoint: The signature was NOT checked: that takes openssl 3 on the PATH" in told
    assert "lists were computed again from the entries" in told
    assert told.splitlines()[-1].startswith("VERDICT: no difference was found, but signatures were NOT checked.")
    assert "signed exactly this log" not in told
    (bundle / "entries.jsonl").write_bytes(b"".join(lines(bundle / "entries.jsonl")[1:]))
    assert 1 == run(bundle, PATH="")[0]


def test_the_verdict_says_what_was_checked_and_what_not(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    """In four parts; what an auditor brings along moves a sentence from one to another."""
    assert 0 == command.main([str(site.public)])
    alone = capsys.readouterr().out
    parts = ["Checked:", "Not checked:", "What this proves:", "What this does not prove:"]
    assert parts == [line for line in alone.splitlines() if line in parts]
    vkey = (site.public / "vkey").read_text().strip()
    assert f"give it with --vkey: {vkey}" in alone
    assert "only the hashes are here" in alone
    assert "erased by order" in alone
    assert re.search(r"every act was allowed: \d\d rules over \d\d events", alone)
    trusted = [str(site.public), "--vkey", vkey, "--since", str(site.public / "cosigned"), "--witness", witness()]
    assert 0 == command.main(trusted)
    told = capsys.readouterr().out
    assert "with --vkey" not in told
    assert "nothing up to there was changed" in told
    assert f"cosigned by {WITNESS}" in told


def test_a_list_that_the_export_left_out(site: Site, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Is not missing, and not passed over in silence; what is said otherwise than an export says it is a difference."""
    (bundle / "lists" / "peace-2021" / "newest.json").unlink()
    count = json.loads((bundle / "register.json").read_bytes())["lists"]
    said = {"statement": "peace-2021", "after": 41, "reason": "it cannot be told"}
    for left_out, status, told in (
        (
            [said],
            0,
            "peace-2021, and what it published after position 41: the export left them out and says: it cannot",
        ),
        ([], 1, "left_out is not as an export writes it"),
        ([{**said, "after": "41"}], 1, "left_out is not as an export writes it"),
        ([{**said, "after": 7}], 1, "edition-1.json is too much"),
        ([{**said, "statement": "nobody"}], 1, "newest.json is missing."),
    ):
        remarked(bundle, lists=count - 1, left_out=left_out)
        summed(bundle)
        assert status == command.main([str(bundle)]), left_out
        assert told in capsys.readouterr().out


def witness() -> str:
    """Write the witness's key."""
    return Key(WITNESS, ed25519.public_of(WITNESS_KEY), COSIGNS).vkey()


# ── the same answers ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("show", ["standing", "annotated"])
@pytest.mark.parametrize("format_", ["json", "csv", "text"])
def test_it_writes_what_the_service_writes(format_: str, show: str, site: Site, asked: Audited) -> None:
    """Byte for byte, for any statement, draft or not, date, position and language."""
    draw = random.Random(format_ + show)
    for _ in range(60):
        reference, as_of = draw.choice([OPEN, SECRET]), draw.choice(DAYS)
        position = draw.randint(2 if reference == OPEN else 35, asked.grown.size)
        language = draw.choice([None, "de", "fr"])
        question: dict[str, Any] = {"as_of": as_of, "position": str(position), "show": show, "language": language}
        answer = site.lists.whole(reference, drafts=True, **question)
        right = FORMS["txt" if format_ == "text" else format_].write(site.lists, answer, language)
        told = answered(
            asked,
            Question(reference, Asked(as_of, None, str(position)), show, language, format=format_),
        )
        assert right == (told.removesuffix(b"\n") if format_ == "json" else told), question


def test_moments_are_resolved_as_the_service_does(site: Site, asked: Audited) -> None:
    """An instant, an instant as the date, an edition, a position without a date."""
    moments: tuple[dict[str, Any], ...] = (
        {"known_at": "2021-07-01T10:30:00Z"},
        {"known_at": "2021-07-01T13:30:00+02:00", "as_of": "2021-06-09"},
        {"as_of": "2021-06-10T23:30:00Z"},
        {"edition": "1"},
        {"edition": "2"},
        {"position": "20"},
    )
    for moment in moments:
        answer = site.lists.whole(OPEN, **moment)
        told = answered(asked, Question(OPEN, Asked(**moment), format="json"))
        assert json.loads(json_bytes({**answer, "final": True})) == json.loads(told), moment


@pytest.mark.parametrize(
    ("start", "end"), [("2021-06-07", "2021-06-30"), ("2021-06-08@12", "2021-06-08"), ("2021-07-01", "2021-06-01@9")]
)
def test_changes_are_those_of_the_service(start: str, end: str, site: Site, asked: Audited) -> None:
    """As JSON like the API, as text like the command."""
    told = answered(asked, Question(OPEN, from_=start, to=end, format="json"))
    assert json.loads(json_bytes(site.lists.diff(OPEN, start, end))) == json.loads(told)
    said = Commands(site.environ).said("diff", OPEN, "--from", start, "--to", end)
    assert said.splitlines() == answered(asked, Question(OPEN, from_=start, to=end)).decode().splitlines()


def test_the_history_is_that_of_the_service(site: Site, asked: Audited) -> None:
    """Every entry of the statement, one a line; as JSON, the leaves."""
    run = Commands(site.environ)
    for format_ in ("text", "json"):
        said = run.said("history", OPEN, "--format", format_)
        told = answered(asked, Question(OPEN, history=True, format=format_)).decode()
        assert said.splitlines() == told.splitlines()


# ── a list that was kept ─────────────────────────────────────────────────────────────────────────────────────────────


def kept(site: Site, folder: Path, form: str, **question: Any) -> Path:
    """Keep a list as the service gives it."""
    path = folder / f"list.{form}"
    answer = site.lists.signatories(OPEN, **question)
    path.write_bytes(FORMS[form].write(site.lists, answer, question.get("language")))
    return path


def test_a_text_that_was_kept_before_there_were_words_in_its_language_is_the_same_list(
    site: Site, tmp_path: Path
) -> None:
    """English words around it are taken as those of its language are; another word is still a difference."""
    question: dict[str, Any] = {"as_of": "2021-06-13", "position": "28", "show": "annotated", "language": "de"}
    path = kept(site, tmp_path, "txt", **question)
    words = [str(site.public), "--statement", OPEN, "--as-of", "2021-06-13", "--position", "28", "--show", "annotated"]
    words += ["--language", "de", "--against", str(path)]
    assert ("Unterzeichner (Stand: " in path.read_text(), 0) == (True, command.main(words))
    answer = site.lists.signatories(OPEN, **question)
    before = text_list(
        answer, {**described(site.lists, answer, "de"), "language": "en"}, site.lists.body(OPEN, answer, "de")
    )
    for text, status in ((before, 0), (before.replace("beta  UNION", "Beta Onion"), 1)):
        path.write_text(text)
        assert ("Signatories (as of " in text, status) == (True, command.main(words))


@pytest.mark.parametrize("form", ["json", "csv", "txt"])
@pytest.mark.parametrize("show", ["standing", "annotated"])
def test_a_kept_list_is_compared(form: str, show: str, site: Site, tmp_path: Path) -> None:
    """The same list passes; any word of an entry that is changed is named with its position and what the log says."""
    path = kept(site, tmp_path, form, as_of="2021-06-13", position="28", show=show)
    words = [str(site.public), "--statement", OPEN, "--as-of", "2021-06-13", "--position", "28", "--show", show]
    assert 0 == command.main([*words, "--against", str(path)])
    content = path.read_text()
    assert "beta  UNION" in content
    path.write_text(content.replace("beta  UNION", "Beta Onion"))
    assert 1 == command.main([*words, "--against", str(path)])
    with audited(site.public, Trust()) as one:
        answered(one, Question(OPEN, Asked("2021-06-13", None, "28"), show, against=path))
        (difference,) = one.report.differences
    assert site.happened.again.position == difference.position
    assert "Onion" in difference.sentence
    assert f"Signed on 2021-06-12 at position {site.happened.again.position}" in difference.sentence


def test_a_kept_json_list_says_what_it_is_of(site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Date, position and form are read from it where none is given; whether it was final then is no word about it."""
    path = kept(site, tmp_path, "json", known_at="2021-07-01T11:30:00Z", show="annotated")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"final": False}, indent=1))
    assert 0 == command.main([str(site.public), "--statement", OPEN, "--against", str(path)])
    assert f"the question was read from {path.name}: as_of 2021-07-01, position" in capsys.readouterr().out


Change = Callable[[dict[str, Any]], object]
JSON_CHANGES: dict[str, tuple[Change, str, str]] = {
    "left out": (lambda one: one["numbered"].pop(0), "Number 1 is missing", "alpha"),
    "put in": (lambda one: one["subsequent"].insert(0, {**one["numbered"][0]}), "which the log does not give there", "alpha"),
    "exchanged": (lambda one: one["numbered"].reverse(), "Number", ""),
    "a count": (lambda one: one["counts"].update(standing=9), "counts.standing is 9, the log gives", ""),
    "a date": (lambda one: one.update(as_of="2021-06-08"), "as_of is '2021-06-08', the log gives '2021-06-09'", ""),
    "a word more": (lambda one: one["numbered"][0].update(extra=1), "has extra beside what the log gives", "alpha"),
    "a flag": (lambda one: one["numbered"][0].update(late=0), "late is 0, the log gives False", "alpha"),
    "a root": (lambda one: one["checkpoint"].update(root="A" * 44), "checkpoint.root is", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", JSON_CHANGES)
def test_the_first_difference_of_a_kept_list_is_named(name: str, site: Site, tmp_path: Path) -> None:
    """What is wrong, where, and what the log says of it."""
    change, words, whose = JSON_CHANGES[name]
    path = kept(site, tmp_path, "json", as_of="2021-06-09", position="16")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document, ensure_ascii=False))
    with audited(site.public, Trust()) as one:
        answered(one, Question(OPEN, Asked("2021-06-09", None, "16"), against=path))
        (difference,) = one.report.differences
    assert words in difference.sentence
    assert difference.position is not None
    if whose:
        assert site.happened.alpha.position <= difference.position <= 16


@pytest.mark.parametrize("content", ["", "[]", "{", '{"statement":1}', "\0", '{"numbered":[1]}', '{"numbered":[{}'])
@pytest.mark.parametrize("form", ["json", "csv", "txt"])
def test_what_is_no_list_is_no_accident(content: str, form: str, site: Site, tmp_path: Path) -> None:
    """A difference, never a traceback."""
    path = tmp_path / f"list.{form}"
    path.write_text(content)
    words = [str(site.public), "--statement", OPEN, "--as-of", "2021-06-09", "--against", str(path)]
    assert 1 == command.main(words)


# ── what is not there ────────────────────────────────────────────────────────────────────────────────────────────────

REFUSED: list[tuple[int, tuple[str, ...], str]] = [
    (2, ("--statement", "nobody-2020"), "There is no statement 'nobody-2020' in this bundle. There is: peace-2021"),
    (2, ("--statement", OPEN, "--as-of", "07.06.2021"), "is not a date"),
    (2, ("--statement", OPEN, "--position", "9999"), "There is no position 9999"),
    (2, ("--statement", OPEN, "--position", "0"), "There is no position 0"),
    (2, ("--statement", OPEN, "--edition", "7"), "no edition 7"),
    (2, ("--statement", OPEN, "--edition", "1", "--as-of", "2021-06-08"), "Leave the others away"),
    (2, ("--statement", OPEN, "--position", "9", "--known-at", "2021-06-30T00:00:00Z"), "Give one of them"),
    (2, ("--statement", OPEN, "--known-at", "2021-06-30"), "is not a moment"),
    (2, ("--statement", OPEN, "--known-at", "2020-06-30T00:00:00Z"), "there was nothing yet"),
    (2, ("--statement", OPEN, "--to", "2021-06-30"), "--to needs --from"),
    (3, ("--statement", OPEN, "--against", "/nowhere/list.json"), "cannot be read"),
    (3, ("--statement", OPEN, "--against", "/nowhere/list.pdf"), ".json, .csv or .txt"),
    (3, ("--since", "/nowhere/checkpoint"), "cannot be read"),
    (3, ("--vkey", "/nowhere/vkey"), "cannot be read as a key"),
    (2, ("--vkey", "a+b+c"), "This is no verification key"),
]


@pytest.mark.parametrize(("status", "words", "told"), REFUSED, ids=[" ".join(words) for _, words, _ in REFUSED])
def test_what_cannot_be_asked_is_refused(
    status: int, words: tuple[str, ...], told: str, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a sentence that says what to do."""
    assert status == command.main([str(site.public), *words])
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("DIR", "--as-of", "2021-06-07"), ("DIR", "--nothing")])
def test_usage(words: tuple[str, ...], site: Site) -> None:
    """Two, as every command."""
    with pytest.raises(SystemExit, match="2"):
        command.main([str(site.public) if word == "DIR" else word for word in words])


def test_what_is_no_bundle_cannot_be_audited(site: Site, bundle: Path, tmp_path: Path) -> None:
    """No folder, and an empty one."""
    assert 3 == command.main([str(tmp_path / "nowhere")])
    (tmp_path / "empty").mkdir()
    assert 3 == command.main([str(tmp_path / "empty")])


def test_a_bundle_of_older_software(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a tree, what it says of itself is checked, and nothing is proved; a line that is changed is named."""
    hashes = [
        json.loads(line).get("leaf_hash") or leaf_hash(line[:-1]).hex() for line in lines(bundle / "entries.jsonl")
    ]
    (bundle / "leaf-hashes.txt").write_text("".join(f"{hash_}\n" for hash_ in hashes))
    for name in ("tile", "lists"):
        shutil.rmtree(bundle / name)
    remarked(bundle, format="signatures-bundle/1")
    assert 3 == command.main([str(bundle)])
    assert "has no tree, no signature and no lists" in capsys.readouterr().out
    (bundle / "leaf-hashes.txt").write_text("".join(f"{hash_}\n" for hash_ in [*hashes[:6], "0" * 64, *hashes[7:]]))
    assert 1 == command.main([str(bundle)])
    assert "Position 7: its hash is not the one in leaf-hashes.txt" in capsys.readouterr().out
    (bundle / "leaf-hashes.txt").unlink()
    assert 1 == command.main([str(bundle)])


def test_links_and_pipes_are_not_followed(bundle: Path) -> None:
    """What is no plain file is as good as missing, and is not waited for."""
    entries = (bundle / "entries.jsonl").read_bytes()
    (bundle / "entries.jsonl").unlink()
    os.mkfifo(bundle / "entries.jsonl")
    assert "entries.jsonl is missing." == getattr(first(bundle), "sentence", None)
    (bundle / "entries.jsonl").unlink()
    (bundle / "elsewhere").write_bytes(entries)
    (bundle / "entries.jsonl").symlink_to(bundle / "elsewhere")
    assert "entries.jsonl is missing." == getattr(first(bundle), "sentence", None)


# ── whoever holds the key may write anything ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "leaf",
    [
        b"", b"{}", b"[]", b"null", b"\xff", b'{"v":1}', b"[" * 100_000, b'{"leaf_hash":"00","position":1}',
        b'{"data":{},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"statement/x","type":"Signed","type_version":1,"v":1,"version":1}',
        b'{"data":{"a":1.5},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Lost","type_version":1,"v":1,"version":1}',
        b'{"data":{"a":9007199254740992},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Lost","type_version":1,"v":1,"version":1}',
        b'{"data":{"a":NaN},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Lost","type_version":1,"v":1,"version":1}',
        b'{"data":{},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Lost","type_version":1,"v":true,"version":1}',
        b'{"data":{}, "position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Lost","type_version":1,"v":1,"version":1}',
        b'{"data":{},"position":1,"recorded_at":"2021-06-30T12:00:00.000000Z","stream":"loss/00000000-0000-0000-0000-000000000000","type":"Won","type_version":1,"v":1,"version":1}',
    ],
)  # fmt: skip
def test_a_leaf_that_is_none(leaf: bytes) -> None:
    """Whatever its bytes, reading it ends in one of the errors that are expected."""
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError, RecursionError)):
        read_leaf(leaf)


DATA: list[tuple[str, dict[str, Any]]] = [
    ("Signed", {"signature_id": 7}),
    ("Signed", {"signed_on": "soon"}),
    ("Signed", {"translations": 1}),
    ("Signed", {"name": None}),
    ("Drafted", {"reference": None}),
    ("Drafted", {"reference": "../../etc"}),
    ("Published", {"as_of": 1}),
    ("Published", {"orders": {"en": "../../../etc/passwd"}}),
    ("Published", {"texts": []}),
    ("Corrected", {"changes": None}),
    ("Corrected", {"signature_id": "nobody"}),
    ("Annulled", {"position": "x"}),
    ("Withdrawn", {"withdrawn_on": None}),
    ("Closed", {"effective_on": {}}),
    ("TextSet", {"text_sha256": "a/b"}),
    ("Withheld", {"kept": {}}),
    ("Withheld", {"position": 1}),
    ("Withheld", {"recorded_at": 1}),
]


@pytest.mark.parametrize(("type_", "changes"), DATA)
def test_signed_nonsense_is_a_difference(
    type_: str, changes: dict[str, Any], site: Site, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An operator who signs entries that no register writes does not crash the auditor, and does not pass."""
    entries = lines(bundle / "entries.jsonl")
    place = next(at for at, line in enumerate(entries) if f'"type":"{type_}"'.encode() in line)
    entries[place] = rewritten(entries[place], **changes)
    sealed(site, bundle, entries)
    assert 1 == command.main([str(bundle), "--statement", OPEN, "--history"])
    assert "VERDICT: DIFFERENT." in capsys.readouterr().out


def sealed(site: Site, bundle: Path, entries: list[bytes]) -> None:
    """Write a log and sign it, as its operator can."""
    (bundle / "entries.jsonl").write_bytes(b"".join(entries))
    private = ed25519.read_private_pem(site.room.checkpoints.key_file.read_bytes(), "key")
    resigned(bundle, private, retiled(bundle))
    summed(bundle)


def test_nothing_that_is_printed_commands_a_terminal(site: Site, bundle: Path) -> None:
    """Neither a name nor a note can paint over the verdict, or look like a line of it."""
    assert "\\u001b[2J\\u009b1A\\u000aVERDICT: a\\u202eb" == printable("\x1b[2J\x9b1A\nVERDICT: a\u202eb")
    assert "می‌خواهیم 日本 é" == printable("می‌خواهیم 日本 é")
    entries = lines(bundle / "entries.jsonl")
    place = next(at for at, line in enumerate(entries) if b'"type":"TextSet"' in line)
    entries[place] = rewritten(entries[place], title="\x1b[2J\nVERDICT: everything holds.")
    sealed(site, bundle, entries)
    status, told, wrong = run(bundle, "--statement", OPEN, "--as-of", "2021-06-30")
    assert "\x1b" not in told + wrong
    assert [] == [line for line in told.splitlines() if line == "VERDICT: everything holds."]
    assert 1 == status  # its lists name another root, so nothing of it is printed


# ── withheld, lost, promised ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_operators_bundle_tells_drafts(site: Site, asked: Audited, tmp_path: Path) -> None:
    """Whoever has the withheld leaves can ask about drafts; an edit of theirs is found where it is."""
    assert b"Hidden Union" in answered(asked, Question(SECRET, Asked("2021-06-30")))
    folder = copied(site.operator, tmp_path / "bundle")
    withheld = lines(folder / "withheld.jsonl")
    positions = [json.loads(line)["position"] for line in withheld]
    for place, position in enumerate(positions):
        for changed in (withheld[place][:-2] + b" }\n", b"", withheld[place] * 2):
            (folder / "withheld.jsonl").write_bytes(b"".join([*withheld[:place], changed, *withheld[place + 1 :]]))
            difference = first(folder)
            assert difference is not None
            later = [*positions[place + 1 :], None][0]
            assert difference.position in ((position,) if changed != withheld[place] * 2 else (later, position))


def test_an_erased_name_is_in_no_answer(site: Site, asked: Audited) -> None:
    """What an order erased is told without its name, at every position, and its number stays."""
    told = answered(asked, Question(OPEN, Asked("2021-06-09", None, "16"), format="json"))
    entry = json.loads(told)["numbered"][0]
    assert (1, site.happened.beta.signature_id, "", None) == (
        entry["number"],
        entry["signature_id"],
        entry["name"] or "",
        entry["printed"] or None,
    )
    shown = json.loads(lines(site.public / "entries.jsonl")[site.happened.beta.position - 1])
    assert {"leaf_hash", "position"} == shown.keys()


def test_a_receipt_is_compared_with_the_log(
    site: Site, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry that was promised stands at its position; in a log that was written anew it does not."""
    position = site.happened.again.position
    path = tmp_path / "receipt.tlog-proof"
    path.write_bytes(receipt_of(site.room.store, site.room.checkpoints, position))
    assert 0 == command.main([str(site.public), "--receipt", str(path)])
    assert f"stands in the log at position {position}" in capsys.readouterr().out
    assert 0 == command.main(["--receipt", str(path), "--vkey", str(site.public / "vkey")])
    assert 3 == command.main(["--receipt", str(path)])
    entries = lines(bundle / "entries.jsonl")
    entries[position - 1] = rewritten(entries[position - 1], name="Somebody else")
    sealed(site, bundle, entries)
    for name in ("lists",):
        shutil.rmtree(bundle / name)
    assert 1 == command.main([str(bundle), "--receipt", str(path)])
    path.write_bytes(path.read_bytes()[:-20])
    assert 1 == command.main([str(site.public), "--receipt", str(path)])


def test_a_log_that_lost_entries(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It verifies and says so; what was promised of the lost part is missed, what was before it is not; nothing is told inside."""
    (tmp_path / "copies").mkdir()
    environ = small_environ(tmp_path)
    lost = Losing(environ, FileCopies(environ["SIGNATURES_DATABASE"], tmp_path / "copies"))
    (tmp_path / "at-seven").write_bytes(lost.at_seven)
    with lost.room() as room:
        (tmp_path / "newest").write_bytes(room.checkpoints.newest() or b"")
    lost.lose()
    lost.recover()
    with lost.room() as room:
        folder = export(room, tmp_path / "bundle")
    assert 0 == command.main([str(folder), "--since", str(tmp_path / "at-seven")])
    told = capsys.readouterr().out
    assert f"positions {KEPT + 1} to {LAST} were lost, and the log says so" in told
    assert "nothing up to there was changed" in told
    assert 1 == command.main([str(folder), "--since", str(tmp_path / "newest")])
    assert "The register tells of a loss" in capsys.readouterr().out
    asked = [str(folder), "--statement", LOSING, "--as-of", "2026-11-22", "--position"]
    assert 2 == command.main([*asked, str(KEPT + 2)])
    assert f"Position {KEPT + 2} is lost" in capsys.readouterr().err
    assert 0 == command.main([*asked, str(KEPT)])
    note = (folder / "former" / "1").read_bytes()
    (folder / "former" / "1").unlink()
    assert KEPT + 1 == getattr(first(folder), "position", None)
    (folder / "former" / "1").write_bytes(note.replace(b"\n13\n", b"\n12\n"))
    assert first(folder) is not None


def test_a_checkpoint_of_another_log(site: Site, tmp_path: Path) -> None:
    """Is no earlier state of this one."""
    other = Trust(since=seals.Sealed("mine", *_other(site)))
    difference = first(site.public, other)
    assert difference is not None
    assert "mine is of another log, elsewhere.example/log" in difference.sentence


def _other(site: Site) -> tuple[notes.Note, notes.Checkpoint]:
    checkpoint = notes.Checkpoint("elsewhere.example/log", 3, b"r" * 32)
    return notes.Note(checkpoint.text(), (notes.sign(checkpoint.text(), checkpoint.origin, b"k" * 32),)), checkpoint


def test_the_report_of_a_sound_bundle_has_no_differences(site: Site) -> None:
    """Public or not."""
    assert ([], []) == (audit(site.public).differences, audit(site.operator).differences)
    assert brought.held(site.public / "checkpoint").checkpoint.size == len(lines(site.public / "entries.jsonl"))


# ── what it knows of events ──────────────────────────────────────────────────────────────────────────────────────────


def test_it_knows_every_event(site: Site) -> None:
    """Each event of the register, with exactly its fields; a new one is to be made known here, too."""
    known = {(kind, type_): set(shape) for kind, types in SHAPES.items() for type_, shape in types.items()}
    register = {topic_parts(topic)[:2]: set(payload_keys(event)) for topic, event in dict[str, Any](TOPICS).items()}
    assert register == known
    assert f"statement/{statement_id('Peace-2021')}" == stream_of("Peace-2021")
    for entry in site.room.store.entries(0, 1_000):
        check_data(entry.stream.partition("/")[0], entry.type, entry.data())


@pytest.mark.parametrize("seed", range(12))
def test_random_nonsense_that_is_signed(seed: int, site: Site, bundle: Path) -> None:
    """Whatever an operator puts in place of any value and signs, the auditor ends with a verdict."""
    draw, entries = random.Random(seed), lines(bundle / "entries.jsonl")
    place = draw.choice([at for at, line in enumerate(entries) if b'"data":' in line])
    entries[place] = canonical(odd(draw, json.loads(entries[place]))) + b"\n"
    sealed(site, bundle, entries)
    for words in ((), ("--as-of", "2021-06-30"), ("--history",), ("--from", "2021-06-01", "--to", "2021-07-01")):
        assert command.main([str(bundle), *(("--statement", OPEN, *words) if words else ())]) in (0, 1)


ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    "",
    [],
    {},
    "x",
    "2021-13-77",
    {"en": None},
    [None],
    2**53 - 1,
    "\0",
    "../..",
    "\u202e",
)


def odd(draw: random.Random, value: Any) -> Any:
    """Put something odd in the place of a value anywhere within."""
    if isinstance(value, dict) and value and draw.random() < 0.8:
        name = draw.choice(sorted(value))
        return {**value, name: odd(draw, value[name])}
    return draw.choice(ODD)

"""The witness's own program: on bare Python it follows a log over the network, and refuses one that was rewritten."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from projections import witness
from signatures.errors import Refused
from signatures.proof import ed25519, notes
from signatures.proof.notes import COSIGNS, Key
from signatures.proof.witnesses import Witnesses
from tests.answering import answering
from tests.api import Api, small_api
from tests.eventful import draft, sign
from tests.test_tlog_client import served

ROOT = Path(__file__).parent.parent
NAME = "union.example/w1"
PRIVATE = bytes(range(32))
KEY = Key(NAME, ed25519.public_of(PRIVATE), COSIGNS)


def filled(folder: Path, *names: str) -> Api:
    """Open a register with some signatures, whose witness this is."""
    folder.mkdir()
    opened = small_api(folder)
    draft(opened.room.register)
    Witnesses(opened.room.store).add(KEY.vkey())
    grow(opened, *names)
    return opened


def grow(api: Api, *names: str) -> None:
    for name in names:
        sign(api.room.register, name)
    api.room.checkpoints.make()


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """Open such a register; signatures of witnesses are of today, so its clock is."""
    opened = filled(tmp_path / "one", "Alpha", "Beta", "Gamma")
    yield opened
    opened.close()


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Keep the witness's key."""
    path = tmp_path / "witness.pem"
    path.write_bytes(ed25519.private_pem(PRIVATE))
    return path


class Program:
    """The program with its own files, and what it said."""

    def __init__(self, folder: Path, key_file: Path, vkey: str) -> None:
        self.state, self.key_file, self.vkey = folder / "seen", key_file, vkey

    def __call__(self, url: str, *more: str, path: str | None = None) -> tuple[int, str, str]:
        """Run it on a Python without any package."""
        words = ["-m", "projections.witness", url, "--vkey", self.vkey, "--name", NAME, *self.files(), *more]
        environ = {} if path is None else {"PATH": path}
        done = subprocess.run(
            [sys.executable, "-S", "-s", *words],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def files(self) -> list[str]:
        """Name its files."""
        return ["--key", str(self.key_file), "--state", str(self.state)]


@pytest.fixture
def program(tmp_path: Path, key_file: Path, api: Api) -> Program:
    """Give it its files and the log's key."""
    return Program(tmp_path, key_file, api.room.checkpoints.key().vkey())


def cosigned(api: Api) -> bool:
    note = notes.read_note(api.get("/log/checkpoint").data)
    keys = [api.room.checkpoints.key(), KEY]
    return [one.key for one in notes.verify(note, keys)] == keys


def test_it_follows_a_log(api: Api, program: Program) -> None:
    """First sight, growth, and nothing new: each time it signs, and what it signed is shown."""
    with served(api.app) as url:
        assert (0, KEY.vkey() + "\n", "") == program(url, "--show")
        for names in ((), ("Delta",), ("Epsilon", "Zeta"), ()):
            size = api.position()
            grow(api, *names)
            status, said, errors = program(url)
            assert (0, "") == (status, errors)
            assert said.startswith(f"Signed: {api.room.checkpoints.origin()} at size {api.position()}, which continues")
            assert said.endswith((f" size {size}.\n", " size 0.\n"))
            assert cosigned(api)


@pytest.mark.parametrize("names", [("Alpha", "Beta", "Delta", "Epsilon"), ("Alpha",)], ids=["rewritten", "shorter"])
def test_it_refuses_a_log_that_was_rewritten(
    api: Api, program: Program, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """Under the same key, with other entries or fewer: nothing is signed, and both signed notes are kept as proof."""
    with served(api.app) as url:
        assert 0 == program(url)[0]
    seen = program.state.read_bytes()
    forged = filled(tmp_path / "two", *names)
    with forged.room.store.database.writing() as transaction:
        origin = api.room.checkpoints.origin()
        transaction.execute("UPDATE identity SET value = ? WHERE name = 'origin'", (origin,))
    forged.room.checkpoints.key_file.write_bytes(api.room.checkpoints.key_file.read_bytes())
    forged.room.checkpoints.make(other_key=True)
    with served(forged.app) as url:
        status, said, errors = program(url)
    assert (1, "") == (status, said)
    assert "Nothing was signed." in errors
    assert not cosigned_at_all(forged)
    assert seen == program.state.read_bytes()
    (kept,) = tmp_path.glob("seen.contradicted-*")
    assert str(kept) in errors
    for content in (seen, kept.read_bytes()):  # both under the log's own signature
        notes.verify(notes.read_note(content), [api.room.checkpoints.key()])
    forged.close()


def cosigned_at_all(api: Api) -> bool:
    return len(notes.read_note(api.get("/log/checkpoint").data).signatures) > 1


def test_an_accusation_that_cannot_be_kept_is_shown(api: Api, program: Program, tmp_path: Path) -> None:
    """Where no file can be made the log's own note is printed, and the status still says that the log was rewritten."""
    program.state = tmp_path / ("s" * 238)  # room for what was seen, none for a longer name beside it
    with served(api.app) as url:
        assert 0 == program(url)[0]
    forged = filled(tmp_path / "two", "Alpha")
    with forged.room.store.database.writing() as transaction:
        origin = api.room.checkpoints.origin()
        transaction.execute("UPDATE identity SET value = ? WHERE name = 'origin'", (origin,))
    forged.room.checkpoints.key_file.write_bytes(api.room.checkpoints.key_file.read_bytes())
    forged.room.checkpoints.make(other_key=True)
    with served(forged.app) as url:
        status, said, errors = program(url)
    forged.close()
    assert 1 == status
    assert notes.verify(notes.read_note(said.removesuffix("\n").encode()), [api.room.checkpoints.key()])
    assert "Nothing was signed." in errors
    assert "the note that was just shown, which could not be kept as" in errors
    assert "Traceback" not in errors


def test_it_trusts_no_other_key(api: Api, program: Program) -> None:
    """A log that is signed by somebody else is not looked at further."""
    program.vkey = Key(api.room.checkpoints.origin(), bytes(32)).vkey()
    with served(api.app) as url:
        status, _, errors = program(url)
    assert (1, False) == (status, program.state.exists())
    assert "No key that you trust has signed this." in errors


def test_a_new_key_of_the_log_is_no_new_log(api: Api, program: Program) -> None:
    """The witness is told the new key, and goes on from what it saw under the old one."""
    with served(api.app) as url:
        assert 0 == program(url)[0]
        size = api.position()
        api.room.checkpoints.replace_key()
        grow(api, "Delta")
        assert 1 == program(url)[0]
        program.vkey = api.room.checkpoints.key().vkey()
        assert (0, f"continues size {size}.\n") == said((0, "", program(url)[1]), f"continues size {size}.\n")
    assert cosigned(api)


def test_what_is_missing_is_said(api: Api, program: Program, tmp_path: Path) -> None:
    """No server, no openssl, no key file, no address: each with a sentence and its status."""
    assert (3, "cannot be reached") == said(program("http://127.0.0.1:9"), "cannot be reached")
    with served(api.app) as url:
        assert (3, "openssl 3") == said(program(url, path=str(tmp_path)), "openssl 3")
        Witnesses(api.room.store).remove(KEY.vkey())
        assert (1, "answers 403: No key that you trust") == said(program(url), "answers 403: No key that you trust")
        program.key_file.unlink()
        assert (3, "cannot be read") == said(program(url), "cannot be read")
    assert (2, "URL begins with") == said(program("register.example.org"), "URL begins with")


def said(done: tuple[int, str, str], words: str) -> tuple[int, str]:
    """Tell the status, and the words if they were said."""
    status, _, errors = done
    return status, words if words in errors else errors


@pytest.mark.parametrize(
    ("answer", "status", "words"),
    [
        (b"\x00\n\n", 3, "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 3, "cannot be reached"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 3, "cannot be reached"),
        (b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n", 3, "answers 500"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff", 1, "no signed note"),
        (b'HTTP/1.1 400 X\r\n\r\n{"detail": "\\u001b[2Jwell"}', 1, "answers 400: \N{REPLACEMENT CHARACTER}[2Jwell"),
    ],
    ids=["no-http", "no-chunk", "long-header", "no-refusal", "no-text", "escapes"],
)
def test_an_answer_that_is_none_is_said(
    program: Program, capsys: pytest.CaptureFixture[str], answer: bytes, status: int, words: str
) -> None:
    """Whatever stands at the address: a sentence, and nothing that steers the terminal."""
    with answering(answer) as url:
        done = witness.main([url, "--vkey", program.vkey, "--name", NAME, *program.files()])
    told = capsys.readouterr().err
    assert (status, True) == (done, words in told), told
    assert "\x1b" not in told


@pytest.mark.parametrize("url", ["http://[", "http://a b/", "http://x\x00"])
def test_an_address_that_is_none_is_said(program: Program, capsys: pytest.CaptureFixture[str], url: str) -> None:
    """As one that nobody answers at."""
    assert 3 == witness.main([url, "--vkey", program.vkey, "--name", NAME, *program.files()])
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "our union", "union+w1", "union\n"])
def test_a_name_that_no_note_can_hold_is_refused(
    program: Program, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Before a key of that name is shown, which no operator could add."""
    with pytest.raises(SystemExit) as refused:
        witness.main(["http://127.0.0.1:9", "--vkey", program.vkey, "--name", name, *program.files(), "--show"])
    assert (2, "") == (refused.value.code, capsys.readouterr().out)


def test_what_was_seen_outlasts_a_power_cut(api: Api, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is on the disk before it takes its place, and that before anybody gets the signature."""
    done: list[str] = []

    def note(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any) -> Any:
            done.append(name)
            return act(*given)

        return noted

    monkeypatch.setattr(os, "fsync", note("on the disk", os.fsync))
    monkeypatch.setattr(Path, "replace", note("in its place", Path.replace))
    monkeypatch.setattr(witness.Log, "ask", note("asked", witness.Log.ask))
    with served(api.app) as url:
        assert 0 == witness.main([url, "--vkey", program.vkey, "--name", NAME, *program.files()])
    assert ["asked", "asked", "on the disk", "in its place", "asked"] == done


def test_openssl_signs_as_the_package_does() -> None:
    """The same key, the same bytes."""
    assert ed25519.public_of(PRIVATE) == ed25519.public_by_openssl(PRIVATE)
    assert ed25519.sign(PRIVATE, b"a text") == ed25519.sign_by_openssl(PRIVATE, b"a text")


def test_a_state_of_another_log_is_refused(api: Api, program: Program, tmp_path: Path) -> None:
    """What was seen is believed only if the witness itself signed it, and of this log."""
    other = filled(tmp_path / "two", "Alpha")
    program.state.write_bytes(other.get("/log/checkpoint").data)
    with served(api.app) as url:
        assert (1, "No key that you trust") == said(program(url), "No key that you trust")
        program.state.write_bytes(other_note(api))
        assert (1, "is about other.example/log") == said(program(url), "is about other.example/log")
        program.state.write_bytes(b"")
        words = f"{program.state} holds no checkpoint that was seen"
        assert (3, words) == said(program(url), words)
    other.close()
    with pytest.raises(Refused):
        Witnesses(api.room.store).take(other_note(api), api.room.checkpoints)


def other_note(api: Api) -> bytes:
    """Sign a checkpoint of another log as the witness."""
    text = notes.Checkpoint("other.example/log", 1, bytes(32)).text()
    time = int(api.clock().timestamp())
    return notes.Note(text, (notes.cosign(text, NAME, PRIVATE, time),)).encode()

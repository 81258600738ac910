"""Registers that earlier versions wrote: loaded, brought up to date, replayed and proved by this one. No stored byte changes.

`tests/keeping_stores.py` tells what is kept of each version.
"""

from __future__ import annotations

import json
import lzma
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner

import wsgi
from projections import audit
from projections.lists import Lists
from projections.room import ReadingRoom
from signatures.database import Row
from signatures.doctor import diagnose
from signatures.log import derive
from signatures.log.eventlog import leaf_hash
from signatures.log.upgrade import SCHEMA_VERSION
from signatures.proof import notes
from signatures.proof.merkle import verify_consistency
from signatures.proof.tree import Tree
from signatures.room import IDENTITY_FILE, Room
from tests.clock import FixedClock
from tests.eventful import EDITOR
from tests.keeping_stores import STORES, environ_of, told

VERSIONS = sorted(STORES.iterdir())
NOW_THEN = FixedClock(datetime(2027, 1, 1, tzinfo=UTC))
STORED = ("stored_events", "log", "text")


def unpacked(kept: Path, folder: Path) -> Path:
    """Unpack the bundle."""
    with tarfile.open(fileobj=BytesIO(lzma.decompress((kept / "bundle.tar.xz").read_bytes()))) as tar:
        tar.extractall(folder, filter="data")
    return folder


def key_of(kept: Path) -> notes.Key:
    return notes.read_vkey((kept / "vkey").read_text())


def rows(room: Room) -> set[Row]:
    """Read what must not change."""
    with room.store.reading() as transaction:
        return {(table, *map(_plain, row)) for table in STORED for row in transaction.execute(f"SELECT * FROM {table}")}


def same_answers(lists: Lists, kept: Path) -> None:
    """Ask again what was asked then."""
    answers = json.loads((kept / "answers.json").read_text())
    assert len(answers) >= 40
    for one in answers:
        assert json.dumps(one["answer"]) == json.dumps(told(lists, one["reference"], one["question"]))
    assert {"lost": "position-lost"} in [one["answer"] for one in answers]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def kept(request: pytest.FixtureRequest) -> Path:
    """Go through the versions that were kept."""
    path: Path = request.param
    return path


@pytest.fixture
def environ(kept: Path, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Put the kept register where it was found, with its checkpoint, but without the key that signed: that is nobody's."""
    environ = environ_of(database_url, tmp_path / "state")
    if database_url.startswith("postgresql:"):
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(lzma.decompress((kept / "register.sql.xz").read_bytes()))
    else:
        (tmp_path / "var").mkdir()
        (tmp_path / "var" / "register.db").write_bytes(lzma.decompress((kept / "register.db.xz").read_bytes()))
    (tmp_path / "state").mkdir()
    shutil.copy(kept / "checkpoint", tmp_path / "state" / "checkpoint")
    return environ


@pytest.fixture
def room(environ: dict[str, str]) -> Iterator[Room]:
    """Bring the kept register up to date, with a key of its own."""
    with closing(Room(environ, NOW_THEN)) as opened:
        before = rows(opened)
        (opened.state_dir / IDENTITY_FILE).write_text(opened.store.identity() + "\n")
    wsgi.initialise(environ)
    with closing(Room(environ, NOW_THEN)) as opened:
        opened.checkpoints.replace_key()
        yield opened
        assert before <= rows(opened)


def test_this_version_is_kept() -> None:
    """Whoever raises the schema's version keeps a register of it, and those before it stay."""
    assert SCHEMA_VERSION == VERSIONS[-1].name.removeprefix("v")


def test_it_starts(room: Room, environ: dict[str, str]) -> None:
    """Nothing is wrong with it, and everything derived agrees with its log."""
    assert ([], []) == (diagnose(environ, NOW_THEN), derive.check(room.store))


def test_it_answers_as_it_did(room: Room, kept: Path) -> None:
    """The same questions have the same answers, byte for byte, from views that were made anew."""
    ReadingRoom(room).lists.create()
    same_answers(ReadingRoom(room).lists, kept)


def test_it_is_proved(room: Room, kept: Path) -> None:
    """Its checkpoint is one of this log, every leaf is what was hashed, and what is signed now continues it."""
    note = notes.read_note((kept / "checkpoint").read_bytes())
    assert [key_of(kept)] == [signed.key for signed in notes.verify(note, [key_of(kept)])]
    then = notes.read_checkpoint(note.text)
    entries = room.store.entries(0, 9_999)
    assert (then.size, then.root) == (len(entries), room.store.root(then.size))
    assert 1 == sum(entry.withheld for entry in entries)
    whole = [entry for entry in entries if not entry.withheld]
    assert [entry.leaf_hash for entry in whole] == [leaf_hash(entry.leaf()) for entry in whole]
    room.register.draft(EDITOR, reference="later", kind="statement", time_zone="UTC", default_language="en")
    now = notes.read_checkpoint(notes.read_note(room.checkpoints.make()).text)
    proof = Tree(room.store).consistency(then.size, now.size)
    assert verify_consistency(then.size, then.root, now.size, now.root, proof)


def test_its_bundle_is_verified(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By today's auditor, with the key that was published then."""
    folder = unpacked(kept, tmp_path / "bundle")
    assert (0, "") == (audit.main([str(folder), "--vkey", str(kept / "vkey")]), capsys.readouterr().err)


def test_its_receipt_is_verified(kept: Path) -> None:
    """Years later, with nothing but the key."""
    proof = notes.read_proof((kept / "receipt.tlog-proof").read_bytes())
    checkpoint, signed = proof.verify(leaf_hash(proof.extra), [key_of(kept)], key_of(kept).name)
    assert ([key_of(kept)], "Signed") == ([one.key for one in signed], json.loads(proof.extra)["type"])
    assert checkpoint.size >= json.loads(proof.extra)["position"]


def test_its_bundle_is_restored(database_url: str, kept: Path, tmp_path: Path) -> None:
    """Into a new register of today's tables, which gives the same answers."""
    folder = unpacked(kept, tmp_path / "bundle")
    environ = environ_of(database_url, tmp_path / "state")
    assert 0 == CliRunner(env=environ).invoke(wsgi.main, ["restore", str(folder)]).exit_code
    with closing(Room(environ, NOW_THEN)) as room:
        assert [] == derive.check(room.store)
        same_answers(ReadingRoom(room).lists, kept)

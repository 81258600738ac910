"""Checkpoints: signed under compare-and-swap, remembered outside the database, and a reason not to start."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import wsgi
from projections.room import ReadingRoom
from signatures.doctor import diagnose
from signatures.errors import Misconfigured, PositionOutOfRange, Refused, StorageUnavailable
from signatures.log.derive import check
from signatures.log.eventlog import leaf_hash
from signatures.proof import ed25519, merkle, notes
from signatures.proof import outside as outside_file
from signatures.proof.checkpoints import origin_of
from signatures.proof.keyfile import make_key, read_key
from signatures.proof.notes import Checkpoint
from signatures.proof.outside import LogDiverged
from signatures.proof.tree import Tree
from signatures.register import Register
from signatures.room import Room
from tests.api import small_environ
from tests.clock import FixedClock
from tests.commands import Commands
from tests.conftest import NOW
from tests.eventful import EDITOR, OPEN, draft, eventful

ROOT = Path(__file__).parent.parent
REGISTER = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def room(environ: dict[str, str]) -> Iterator[Room]:
    """Open the writing room of a new register."""
    wsgi.initialise({**environ, "SIGNATURES_BASE_URL": "https://register.example.org"})
    with closing(Room(environ, FixedClock(NOW))) as opened:
        yield opened


@pytest.fixture
def acted(room: Room) -> Room:
    """Let everything happen in it, with nothing signed meanwhile."""
    eventful(Register(room.store))
    return room


def read(room: Room, note: bytes | None) -> Checkpoint:
    """Verify a note by the room's key and read it."""
    assert note is not None
    found = notes.read_note(note)
    notes.verify(found, [room.checkpoints.key()])
    return notes.read_checkpoint(found.text)


def outside(room: Room) -> bytes:
    return (room.state_dir / "checkpoint").read_bytes()


# ── key and origin ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_init_makes_a_key_that_its_owner_alone_can_read(room: Room, environ: dict[str, str]) -> None:
    """Once: a second `init` keeps it; openssl can read it too."""
    path = room.state_dir / "log-key.pem"
    made = path.read_bytes()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    wsgi.initialise(environ)
    assert made == path.read_bytes()
    subprocess.run(["openssl", "pkey", "-in", path, "-noout"], check=True)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """Nor left half written, nor beside itself."""
    path = tmp_path / "keys" / "log-key.pem"
    private = make_key(path)
    with pytest.raises(Refused, match="A key is never overwritten"):
        make_key(path)
    assert ([path], private) == (list(path.parent.iterdir()), read_key(path))


def test_several_inits_at_once_make_one_key(environ: dict[str, str]) -> None:
    """And one origin, and one first checkpoint."""
    with ThreadPoolExecutor(4) as pool:
        assert 1 == len(set(pool.map(lambda _: wsgi.initialise(environ), range(4))))
    assert [] == diagnose(environ, FixedClock(NOW_SERVED))


def test_the_key_may_lie_elsewhere(environ: dict[str, str], tmp_path: Path) -> None:
    """SIGNATURES_LOG_KEY_FILE names it; what is there already is used as it is."""
    path = tmp_path / "keys" / "log.pem"
    path.parent.mkdir()
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", path], check=True, capture_output=True)
    path.chmod(0o600)
    environ = {**environ, "SIGNATURES_LOG_KEY_FILE": str(path)}
    made = path.read_bytes()
    wsgi.initialise(environ)
    with closing(Room(environ, FixedClock(NOW))) as room:
        assert (made, ed25519.public_of(read_key(path))) == (path.read_bytes(), room.checkpoints.key().public)
        assert not (room.state_dir / "log-key.pem").exists()
        assert f"{room.checkpoints.key().vkey()}\n" == Commands(environ).said("keygen")


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("https://register.example.org", "register.example.org/api/v1/log"),
        ("https://user:word@example.org:8443/joint/", "example.org:8443/joint/api/v1/log"),
        ("http://127.0.0.1:8000", f"register-{REGISTER}"),
        ("http://localhost", f"register-{REGISTER}"),
        (None, f"register-{REGISTER}"),
    ],
)
def test_a_logs_origin(base_url: str | None, origin: str) -> None:
    """Where it is served, or the register's id where that is nowhere for others."""
    assert origin == origin_of(base_url, REGISTER)


def test_the_origin_stays_when_the_address_changes(room: Room, environ: dict[str, str]) -> None:
    """It names the log for ever."""
    wsgi.initialise({**environ, "SIGNATURES_BASE_URL": "https://elsewhere.example.org"})
    assert "register.example.org/api/v1/log" == room.checkpoints.origin()
    assert room.checkpoints.origin() == read(room, room.checkpoints.newest()).origin


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_register_signs_that_it_is_empty(room: Room) -> None:
    """So its first entry already follows a checkpoint."""
    assert (0, merkle.EMPTY) == read(room, room.checkpoints.newest())[1:3]
    assert room.checkpoints.newest() == outside(room)


def test_a_checkpoint_signs_all_entries(acted: Room) -> None:
    """Its root is the one over the leaves; the newest also lies outside the database."""
    note = acted.checkpoints.make()
    leaves = [leaf_hash(entry.leaf()) for entry in acted.store.entries(0, 1000)]
    assert (len(leaves), merkle.root_of(leaves)) == read(acted, note)[1:3]
    assert note == acted.checkpoints.newest() == outside(acted)
    assert [] == check(acted.store)


def test_nothing_new_is_not_signed_again(acted: Room) -> None:
    """The same note is given; the tick looks before it works."""
    assert [1, 0] == [acted.checkpoints.make_due(), acted.checkpoints.make_due()]
    assert acted.checkpoints.newest() == acted.checkpoints.make()
    one_more(acted, "more")
    assert 1 == acted.checkpoints.make_due()


def one_more(room: Room, reference: str) -> None:
    """Append one entry."""
    room.register.draft(EDITOR, reference=reference, kind="statement", time_zone="UTC", default_language="en")


def test_every_checkpoint_continues_the_one_before(acted: Room) -> None:
    """Each pair is proved by the tree."""
    made = [read(acted, acted.checkpoints.make())]
    for name in "abcde":
        one_more(acted, name)
        made.append(read(acted, acted.checkpoints.make()))
    for old, new in pairwise(made):
        proof = Tree(acted.store).consistency(old.size, new.size)
        assert old.size < new.size
        assert merkle.verify_consistency(old.size, old.root, new.size, new.root, proof)


def test_makers_at_once_sign_one_history(acted: Room, environ: dict[str, str]) -> None:
    """Four rooms write and sign side by side: one checkpoint a size, and the file outside is the newest."""

    def work(number: int) -> list[bytes]:
        beside = Room(environ, FixedClock(NOW))
        made = []
        for turn in range(5):
            one_more(beside, f"room-{number}-{turn}")
            made.append(beside.checkpoints.make())
        beside.close()
        return made

    with ThreadPoolExecutor(4) as pool:
        made = {note for part in pool.map(work, range(4)) for note in part}
    signed = [read(acted, note) for note in made]
    assert len({one.size for one in signed}) == len(signed)
    for one in signed:
        assert Tree(acted.store).root(one.size) == one.root
    acted.checkpoints.make()
    assert acted.checkpoints.newest() == outside(acted)
    assert [] == acted.checkpoints.faults()


def test_what_was_stored_and_not_signed_is_signed_next(acted: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off between the two, nobody has seen it; the same text is signed later."""

    def cut_off(*given: object) -> None:
        raise KeyboardInterrupt

    before = outside(acted)
    with monkeypatch.context() as patch:
        patch.setattr(notes, "sign", cut_off)
        with pytest.raises(KeyboardInterrupt):
            acted.checkpoints.make()
    assert before == outside(acted) == acted.checkpoints.newest()
    assert [] == acted.checkpoints.faults()
    assert read(acted, acted.checkpoints.make()).size == len(acted.store.entries(0, 1000))


def test_a_signed_one_whose_file_cannot_be_written_is_given_to_nobody(
    acted: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file comes first."""

    def full(*given: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    before = acted.checkpoints.newest()
    with monkeypatch.context() as patch:
        patch.setattr(outside_file, "new_file", full)
        with pytest.raises(StorageUnavailable, match="No space left"):
            acted.checkpoints.make()
    assert before == acted.checkpoints.newest()
    assert acted.checkpoints.make() == outside(acted)


def test_an_edition_is_published_where_the_state_folder_cannot_be_written(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is recorded before anything is signed, so nobody is told that it failed."""

    def read_only(*given: object, **more: object) -> int:
        raise OSError(30, "Read-only file system")

    draft(room.register)
    before = room.checkpoints.newest()
    monkeypatch.setattr("signatures.proof.outside.os.open", read_only)
    room.register.publish(EDITOR, OPEN, as_of="2021-06-01")
    assert (1, before) == (room.register.statement(OPEN).edition, room.checkpoints.newest())
    with pytest.raises(StorageUnavailable, match="Read-only"):
        room.checkpoints.make()


def test_an_earlier_size_can_be_signed(acted: Room) -> None:
    """For an edition or a receipt: as far as a checkpoint reaches, and no further."""
    with pytest.raises(StorageUnavailable, match="No checkpoint covers position 7"):
        acted.checkpoints.at(7)
    acted.checkpoints.make()
    assert (7, Tree(acted.store).root(7)) == read(acted, acted.checkpoints.at(7))[1:3]
    with pytest.raises(PositionOutOfRange):
        acted.checkpoints.at(-1)


def test_earlier_sizes_are_signed_while_the_newest_waits_for_its_signature(
    acted: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was signed before answers meanwhile, also where the file outside cannot be written for long."""

    def full(*given: object, **more: object) -> None:
        raise OSError(28, "No space left on device")

    acted.checkpoints.make()
    size = Tree(acted.store).size()
    draft(acted.register, "later-2021")
    monkeypatch.setattr(outside_file, "new_file", full)
    with pytest.raises(StorageUnavailable, match="No space left"):
        acted.checkpoints.make()
    assert (7, Tree(acted.store).root(7)) == read(acted, acted.checkpoints.at(7))[1:3]
    with pytest.raises(StorageUnavailable, match=f"No checkpoint covers position {size + 1}"):
        acted.checkpoints.at(size + 1)


# ── refusing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small(tmp_path: Path) -> dict[str, str]:
    """Name a register on SQLite with some entries and a checkpoint; `copy` is its database as it was one entry ago."""
    environ = small_environ(tmp_path)
    wsgi.initialise(environ)
    room = Room(environ, FixedClock(NOW))
    eventful(room.register)
    room.close()
    shutil.copytree(tmp_path / "var", tmp_path / "copy")
    room = Room(environ, FixedClock(NOW))
    one_more(room, "late")
    room.checkpoints.make()
    room.close()
    return environ


def test_a_log_behind_its_checkpoint_does_not_start(small: dict[str, str], tmp_path: Path) -> None:
    """An old copy was put back: doctor says so with the cure, nothing is served, nothing is signed."""
    shutil.rmtree(tmp_path / "var")
    shutil.copytree(tmp_path / "copy", tmp_path / "var")
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert re.search(r"ends at position 42, behind .*/checkpoint, which was signed at 43\. .*deploy/README", finding)
    with pytest.raises(Misconfigured):
        wsgi.create_app(small, FixedClock(NOW_SERVED))
    with closing(Room(small, FixedClock(NOW))) as room:
        with pytest.raises(LogDiverged, match="behind"):
            room.checkpoints.make()
        with pytest.raises(LogDiverged, match="behind"):
            one_more(room, "something-else")
        room.store.guard = None  # what was written into the database itself
        one_more(room, "something-else")  # as many entries as were signed, but not the same
        (finding,) = diagnose(small, FixedClock(NOW_SERVED))
        assert "The first 43 entries of the log are not those of which" in finding
        with pytest.raises(LogDiverged, match="are not those"):
            room.checkpoints.make()


NOW_SERVED = NOW.replace(year=2027)  # a clock from before the software was built is refused as well


def checked(environ: dict[str, str]) -> list[str]:
    with closing(Room(environ, FixedClock(NOW))) as room:
        return check(room.store)


def database(tmp_path: Path, *statements: str) -> None:
    """Change the database behind the register's back."""
    connection = sqlite3.connect(tmp_path / "var" / "register.db")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_log_that_was_cut_or_rewritten_does_not_start(small: dict[str, str], tmp_path: Path) -> None:
    """Also where the file outside is gone: the database's own checkpoint tells it, and `check` names it."""
    (tmp_path / "state" / "checkpoint").unlink()
    database(tmp_path, "DELETE FROM log WHERE position = 43", "DELETE FROM stored_events WHERE notification_id = 43")
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert "ends at position 42, behind the newest stored checkpoint" in finding
    assert "A checkpoint of size 43 was signed, the log's last position is 42." in check(
        Room(small, FixedClock(NOW)).store
    )


def test_a_rewritten_entry_is_found_although_the_tree_was_rewritten_too(small: dict[str, str], tmp_path: Path) -> None:
    """The last leaf stands in no node above it; the checkpoint stands over it."""
    database(tmp_path, "UPDATE log SET leaf_hash = (SELECT leaf_hash FROM log WHERE position = 1) WHERE position = 43")
    assert any("The first 43 entries" in finding for finding in diagnose(small, FixedClock(NOW_SERVED)))
    found = checked(small)
    assert "Position 43: a checkpoint of this size was signed with another root." in found


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is not a checkpoint of this log"),
        (b"\xff" * 100, "is not a checkpoint of this log"),
        (
            notes.Note(
                Checkpoint("x", 1, merkle.EMPTY).text(),
                (notes.sign(Checkpoint("x", 1, merkle.EMPTY).text(), "x", bytes(32)),),
            ).encode(),
            "No key that you trust",
        ),
    ],
)
def test_a_file_that_is_no_checkpoint(content: bytes, told: str, small: dict[str, str], tmp_path: Path) -> None:
    """Or one of another log, is not passed over."""
    (tmp_path / "state" / "checkpoint").write_bytes(content)
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert told in finding
    assert "checkpoint" in Commands(small).refused("serve", "--bind", "127.0.0.1:0", status=3)


def test_a_file_that_is_gone_is_put_back_by_init(small: dict[str, str], tmp_path: Path) -> None:
    """Serving creates nothing."""
    path = tmp_path / "state" / "checkpoint"
    content = path.read_bytes()
    path.unlink()
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert f"{path} does not exist. Run `signatures init` once" in finding
    wsgi.initialise(small)
    assert ([], content) == (diagnose(small, FixedClock(NOW_SERVED)), path.read_bytes())


def test_a_key_that_is_gone_is_not_made_anew_unasked(small: dict[str, str], tmp_path: Path) -> None:
    """Whoever verifies would not know it."""
    (tmp_path / "state" / "log-key.pem").unlink()
    wsgi.initialise(small)
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert "log-key.pem does not exist. Put the log's key there" in finding
    assert "does not exist" in Commands(small).refused("keygen", status=3)


def test_another_key_is_refused_until_that_is_wanted(small: dict[str, str], tmp_path: Path) -> None:
    """`keygen --replace` signs what there is with a new key, and keeps the old file."""
    path = tmp_path / "state" / "log-key.pem"
    old, commands = path.read_bytes(), Commands(small)
    vkey = commands.said("keygen").strip()
    path.write_bytes(ed25519.private_pem(bytes(32)))
    (finding,) = [one for one in diagnose(small, FixedClock(NOW_SERVED)) if vkey in one]
    assert "holds another key than the last checkpoint was signed with" in finding
    path.write_bytes(old)
    assert [] == diagnose(small, FixedClock(NOW_SERVED))
    replaced = commands.said("keygen", "--replace").strip()
    assert replaced != vkey
    assert [] == diagnose(small, FixedClock(NOW_SERVED))
    assert [old] == [kept.read_bytes() for kept in path.parent.glob("log-key.*.pem")]
    note = notes.read_note((tmp_path / "state" / "checkpoint").read_bytes())
    assert notes.verify(note, [notes.read_vkey(replaced)])
    assert 43 == notes.read_checkpoint(note.text).size


@pytest.mark.parametrize(
    ("mode", "content", "told"),
    [(0o640, None, "others may read"), (0o604, None, "others may read"), (0o600, b"no key", "holds no Ed25519 key")],
)
def test_a_key_that_is_unfit(
    mode: int, content: bytes | None, told: str, small: dict[str, str], tmp_path: Path
) -> None:
    """Readable by others, or none at all."""
    path = tmp_path / "state" / "log-key.pem"
    if content is not None:
        path.write_bytes(content)
    path.chmod(mode)
    (finding,) = diagnose(small, FixedClock(NOW_SERVED))
    assert told in finding


# ── restoring ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_restored_register_goes_on_where_it_was(small: dict[str, str], tmp_path: Path) -> None:
    """On another database, with the same state folder: same origin, same key, same root."""
    commands = Commands(small)
    commands("export", tmp_path / "bundle")
    vkey, content = commands.said("keygen"), (tmp_path / "state" / "checkpoint").read_bytes()
    moved = Commands({**small, "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/moved"})
    moved("restore", tmp_path / "bundle")
    assert (vkey, content) == (moved.said("keygen"), (tmp_path / "state" / "checkpoint").read_bytes())
    assert [] == diagnose({**small, "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/moved"}, FixedClock(NOW_SERVED))


def test_a_register_restored_in_an_empty_ones_place(small: dict[str, str], tmp_path: Path) -> None:
    """Takes its key, and an origin and checkpoints of its own."""
    Commands(small)("export", tmp_path / "bundle")
    other = {
        **small,
        "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/other",
        "SIGNATURES_STATE_DIR": f"{tmp_path}/other-state",
    }
    wsgi.initialise(other)
    Commands(other)("restore", tmp_path / "bundle")
    assert [] == diagnose(other, FixedClock(NOW_SERVED))
    with closing(Room(other, FixedClock(NOW))) as room, closing(Room(small, FixedClock(NOW))) as source:
        with room.store.reading() as transaction:
            assert [(43,)] == transaction.execute("SELECT size FROM checkpoint")
        assert source.checkpoints.origin() == room.checkpoints.origin()


def test_the_signature_is_openssls(acted: Room, tmp_path: Path) -> None:
    """The note's text, signature and key as openssl takes them."""
    note = notes.read_note(acted.checkpoints.make())
    (tmp_path / "text").write_text(note.text, encoding="utf-8")
    (tmp_path / "signature").write_bytes(note.signatures[0].content)
    (tmp_path / "key.pem").write_bytes(ed25519.public_pem(acted.checkpoints.key().public))
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)


# ── killed ───────────────────────────────────────────────────────────────────────────────────────────────────────────

WRITER = """
import os, sys
from signatures.clock import system_clock
from signatures.room import Room
from tests.eventful import EDITOR
room = Room(os.environ, system_clock)
for number in range(10_000):
    room.register.draft(EDITOR, reference=f"{sys.argv[1]}-{number}", kind="statement", time_zone="UTC", default_language="en")
    print(room.checkpoints.make().hex(), flush=True)
"""


@pytest.mark.faults
def test_killed_at_any_moment_it_signs_one_history(environ: dict[str, str]) -> None:
    """After each kill the register is fit to start, and all that was ever shown is of the log as it is."""
    wsgi.initialise(environ)
    shown: list[bytes] = []
    draw = random.Random(6962)
    for turn in range(8):
        command = [sys.executable, "-c", WRITER, f"turn-{turn}"]
        process = subprocess.Popen(
            command, env={**os.environ, **environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        with process.stdout as lines:
            shown.append(bytes.fromhex(lines.readline()))
            time.sleep(draw.random() / 5)
            process.kill()
            shown += [bytes.fromhex(line) for line in lines if line.endswith("\n")]
        process.wait()
        assert [] == diagnose(environ, FixedClock(NOW_SERVED))
    with closing(Room(environ, FixedClock(NOW))) as room:
        signed = [read(room, note) for note in shown]
        assert 8 <= len(signed) == len({one.size for one in signed})
        assert [one.root for one in signed] == [Tree(room.store).root(one.size) for one in signed]
        newest = read(room, outside(room))
        assert max(one.size for one in signed) <= newest.size
        assert Tree(room.store).root(newest.size) == newest.root


# ── editions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edition_is_signed_when_it_is_published(room: Room) -> None:
    """Its checkpoint is there as soon as the edition is, and is told with it and with its list."""
    eventful(room.register)
    lists = ReadingRoom(room).lists
    published = [entry for entry in room.store.entries(0, 999) if entry.type == "Published"]
    with room.store.reading() as transaction:
        sizes = [size for (size,) in transaction.execute("SELECT size FROM checkpoint ORDER BY number")]
    assert [0, *(entry.position for entry in published)] == sizes
    for number, entry in enumerate(published, 1):
        root = Tree(room.store).root(entry.position)
        expected = {"size": entry.position, "root": b64encode(root).decode()}
        signed = read(room, room.checkpoints.at(entry.position))
        assert (entry.position, root) == (signed.size, signed.root)
        assert expected == lists.edition(OPEN, number)["checkpoint"] == lists.editions(OPEN)[number - 1]["checkpoint"]
        assert expected == lists.signatories(OPEN, edition=number)["checkpoint"]


def test_an_edition_that_came_with_a_key_is_signed_too(room: Room) -> None:
    """As the API publishes: within the transaction that keeps the key, so that it is signed when that is committed, or never."""
    draft(room.register)

    def publish() -> dict[str, Any]:
        return room.register.publish(EDITOR, OPEN, as_of="2021-06-07")._asdict()

    def fail() -> dict[str, Any]:
        publish()
        raise Refused("Not this time.")

    before = room.checkpoints.newest()
    with pytest.raises(Refused):
        room.register.once("somebody", "first", {}, fail)
    assert before == room.checkpoints.newest()
    told = room.register.once("somebody", "second", {}, publish)
    assert told["position"] == read(room, room.checkpoints.newest()).size
    assert told == room.register.once("somebody", "second", {}, publish)


def test_an_edition_that_cannot_be_signed_is_published_all_the_same(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    """It is recorded; the warning says what is wrong, and the next tick signs it."""
    key = room.checkpoints.key_file.read_bytes()
    room.checkpoints.key_file.unlink()
    eventful(room.register)
    assert "No checkpoint was signed for an edition" in caplog.text
    room.checkpoints.key_file.write_bytes(key)
    room.checkpoints.key_file.chmod(0o600)
    assert 1 == room.checkpoints.make_due()
    assert room.store.max_notification_id() == read(room, room.checkpoints.newest()).size

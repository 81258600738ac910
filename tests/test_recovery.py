"""A copy that lost entries is put back: `recover` says for ever which ones, and the register goes on.

Real copies of databases are put back, on both engines where an engine could differ.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import wsgi
from signatures.doctor import diagnose
from signatures.log.derive import check
from signatures.proof import former, merkle, notes
from signatures.proof import recovery as steps
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.former import Former
from signatures.proof.keyfile import read_key
from signatures.proof.outside import MORE, LogDiverged, Outside
from signatures.proof.recovery import Recovery
from signatures.proof.tree import Tree
from signatures.room import Room
from tests.api import Api, small_environ
from tests.clock import FixedClock
from tests.commands import Commands
from tests.copies import copies_of
from tests.eventful import EDITOR
from tests.losing import KEPT, LAST, LIST, NOW, NOWHERE, OPEN, Site, witnessed
from tests.submitting import confirmed, publish_statement

ROOT = Path(wsgi.__file__).parent
FIRST = KEPT + 1


def types(room: Room) -> list[str]:
    """List the types of the log's entries."""
    return [entry.type for entry in room.store.entries(0, 1_000)]


# ── recovering ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_yes_it_only_tells(lost: Site) -> None:
    """Status 2, like an import that nobody has confirmed; nothing is different afterwards."""
    before = sorted(path.name for path in lost.state.iterdir())
    done = lost.run("recover", status=2)
    assert f"ends at position {KEPT}; register.example.org/api/v1/log was signed at {LAST}." in done.stdout
    assert f"6 entries are lost, {FIRST} to {LAST}." in done.stdout
    assert "goes on as register.example.org/api/v1/log/2" in done.stdout
    assert "--yes" in done.stderr
    with lost.room() as room:
        assert (KEPT, []) == (room.store.max_notification_id(), room.checkpoints.former())
    assert before == sorted(path.name for path in lost.state.iterdir())


def test_it_goes_on_under_a_new_origin(lost: Site) -> None:
    """Each lost position says so, signed by a key that is told; then everything works and agrees."""
    old = lost.run.said("keygen").strip()
    said = lost.run.said("recover", "--yes")
    new = lost.run.said("keygen").strip()
    assert said.endswith(f"{new}\n")
    assert new.startswith("register.example.org/api/v1/log/2+")
    assert old != new
    assert [] == diagnose(lost.environ, lost.clock)
    with lost.room() as room:
        assert ["Lost"] * (LAST - KEPT) == types(room)[KEPT:]
        signed = notes.read_note(Outside(lost.state).path.read_bytes())
        assert notes.verify(signed, [notes.read_vkey(new)])
        assert ("register.example.org/api/v1/log/2", LAST) == notes.read_checkpoint(signed.text)[:2]
        lost.sign(room, "Omega")
        assert LAST + 2 == room.store.max_notification_id()
        assert [] == check(room.store)
    assert "Everything agrees" in lost.run.said("check")
    assert "Nothing is lost" in lost.run.refused("recover", "--yes")


def test_the_leaves_of_lost_positions(recovered: Site) -> None:
    """One stream, one stamp, the old checkpoint in each, and a salt of its own."""
    with recovered.room() as room:
        entries = room.store.entries(KEPT, 100)
        (row,) = room.checkpoints.former()
    assert [(entry.position, entry.version) for entry in entries] == [
        (position, position - KEPT) for position in range(FIRST, LAST + 1)
    ]
    assert {f"loss/{entry.stream.partition('/')[2]}" for entry in entries} == {entries[0].stream}
    assert {row.recorded_at} == {entry.recorded_at for entry in entries}
    data = [entry.data() for entry in entries]
    assert len(data) == len({one.pop("salt") for one in data})
    checkpoint = recovered.receipts[LAST].proof.note.text.split("\n")
    actor = {"kind": "system", "ref": ""}
    assert [{"actor": actor, "origin": checkpoint[0], "size": LAST, "root": checkpoint[2]}] * len(data) == data


def test_the_old_checkpoint_is_signed_together(recovered: Site) -> None:
    """The note of then, byte for byte, under one more signature; also beside the newest outside the database."""
    old = recovered.receipts[LAST]
    with recovered.room() as room:
        (row,) = room.checkpoints.former()
        assert row.note.startswith(old.proof.note.encode())
        assert 2 == len(notes.verify(notes.read_note(row.note), [old.key, room.checkpoints.key()]))
    assert (1, old.key.name, LAST, FIRST, LAST) == (row.number, row.origin, row.size, row.first, row.last)
    assert row.note == (recovered.state / "checkpoint-1").read_bytes()


def test_old_receipts_verify_for_ever(recovered: Site) -> None:
    """By the old checkpoint, also those of entries that are lost; what is left is proved by the new tree as well."""
    assert all(receipt.holds() for receipt in recovered.receipts.values())
    with recovered.room() as room:
        for position in (4, KEPT):
            now = witnessed(room, position)
            assert recovered.receipts[position].leaf == now.leaf
            assert now.holds()
        lost = room.store.entry(9)
        assert lost is not None
        assert recovered.receipts[9].leaf != lost.leaf()


def test_what_was_signed_of_the_entries_left_is_continued(recovered: Site) -> None:
    """From a checkpoint before the loss a proof leads to today's; from one after it none can."""
    early = notes.read_checkpoint(notes.read_note(recovered.at_seven).text)
    late = notes.read_checkpoint(recovered.receipts[LAST].proof.note.text)
    with recovered.room() as room:
        recovered.sign(room, "Omega")
        tree = Tree(room.store)
        size = tree.size()
        root = tree.root(size)
        assert merkle.verify_consistency(KEPT, early.root, size, root, tree.consistency(KEPT, size))
        assert not merkle.verify_consistency(LAST, late.root, size, root, tree.consistency(LAST, size))


def test_what_was_lost_can_be_recorded_again(tmp_path: Path) -> None:
    """The same request under the same Idempotency-Key, whose answer was lost with it; and the edition, under its number."""
    environ = small_environ(tmp_path)
    with copies_of(environ["SIGNATURES_DATABASE"], tmp_path / "copies") as copies:
        api = Api(environ)
        reference = api.published("Alpha")
        api.room.checkpoints.make()
        api.close()
        copies.take("early")

        def record(api: Api) -> tuple[int, int]:
            body = {"name": "Beta", "signed_on": "2021-06-08"}
            signed = api.post(f"/statements/{reference}/signatures", body, key='"one"')
            assert 201 == signed.status_code, signed.text
            edition = api.publish(reference, "2021-06-08").get_json()["edition"]
            return int(signed.get_json()["position"]), int(edition["number"] if isinstance(edition, dict) else edition)

        before = record(api)
        api.room.checkpoints.make()
        last = api.position()
        api.close()
        copies.put_back("early")
        Commands(environ)("recover", "--yes")
        again = Api(environ)
        assert (last + 2, before[1]) == record(again)
        assert 410 == again.get(f"/statements/{reference}/signatories", position=before[0]).status_code
        again.close()


# ── cut off ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Cut(BaseException):
    """The process ends here."""


def cut(*_given: object, **_more: object) -> object:
    """End the process."""
    raise Cut


def begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recovery, "_fill", cut)


def fills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "BATCH", 2)
    real, calls = Recovery._fill, iter(range(9))
    monkeypatch.setattr(Recovery, "_fill", lambda self, row: real(self, row) if next(calls) < 2 else cut())


def signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Outside, "write", cut)


def has_written(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Outside.write

    def written(self: Outside, *given: object, **more: object) -> None:
        real(self, *given, **more)  # type: ignore[arg-type]
        cut()

    monkeypatch.setattr(Outside, "write", written)


def ends(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Checkpoints.make_recovered

    def made(self: Checkpoints) -> bytes:
        real(self)
        raise Cut

    monkeypatch.setattr(Checkpoints, "make_recovered", made)


@pytest.mark.parametrize("step", [begins, fills, signs, has_written, ends])
def test_cut_off_it_goes_on(step: object, lost: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """At any moment: nothing is served or recorded in between, and the same command ends what was begun."""
    with monkeypatch.context() as patch:
        step(patch)  # type: ignore[operator]
        with pytest.raises(Cut):
            lost.recover()
    assert "`signatures recover --yes` again" in "".join(diagnose(lost.environ, lost.clock))
    with lost.room() as room:
        if step is not ends and step is not has_written:
            with pytest.raises(LogDiverged):
                lost.sign(room, "Omega")
        with pytest.raises(LogDiverged):
            room.checkpoints.make()
    lost.clock.advance(hours=1)
    told = lost.run("recover", status=2).stdout
    assert f"{FIRST} to {LAST}" in told
    lost.run("recover", "--yes")
    assert [] == diagnose(lost.environ, lost.clock)
    with lost.room() as room:
        (row,) = room.checkpoints.former()
        entries = room.store.entries(KEPT, 100)
        assert 1 == len({entry.stream for entry in entries})
        assert ["Lost"] * (LAST - KEPT) == [entry.type for entry in entries]
        assert {row.recorded_at} == {entry.recorded_at for entry in entries}
        assert "register.example.org/api/v1/log/2" == room.checkpoints.origin()
        assert [] == check(room.store)


def signed_far_ahead(site: Site, size: int) -> None:
    """Let the register have signed a size that no test has the time to record."""
    with site.room() as room:
        private = read_key(room.checkpoints.key_file)
        text = notes.Checkpoint(room.checkpoints.origin(), size, merkle.EMPTY).text()
        note = notes.Note(text, (notes.sign(text, room.checkpoints.origin(), private),)).encode()
        room.checkpoints.outside.write(size, note)


@pytest.mark.faults
def test_killed_at_any_moment_it_goes_on(lost: Site) -> None:
    """A process that is killed in the middle, again and again, and at last is not: the leaves stand there once each."""
    size, chance = 20_000, random.Random(410)
    signed_far_ahead(lost, size)
    run = "import wsgi; print('begun', flush=True); wsgi.main(['recover', '--yes'])"
    killed = 0
    for _ in range(60):
        process = subprocess.Popen(
            [sys.executable, "-c", run], cwd=ROOT, env={**os.environ, **lost.environ}, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            ended = process.wait(chance.uniform(0.2, 1.0) if killed < 5 else 120)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            killed += 1
            if not diagnose(lost.environ, lost.clock):
                break  # it had done everything
            continue
        finally:
            process.stdout.close()
        assert 0 == ended
        break
    assert killed > 0
    assert [] == diagnose(lost.environ, lost.clock)
    with lost.room() as room:
        (row,) = room.checkpoints.former()
        assert (FIRST, size, size) == (row.first, row.last, room.store.max_notification_id())
        assert [] == check(room.store)


def test_many_lost_entries_are_written_in_batches(short: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, no transaction gets long; the tree is the same."""
    monkeypatch.setattr(steps, "BATCH", 1)
    steps_told: list[int] = []
    with short.room() as room:
        recovery = Recovery(room.checkpoints)
        recovery.run(recovery.plan(), steps_told.append)
        assert ([1] * 6, []) == (steps_told, check(room.store))


# ── harder losses ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lost_twice(recovered: Site) -> None:
    """A second loss has a third origin; both ranges are gone, and the first former origin is still told."""
    with recovered.room() as room:
        recovered.sign(room, "Epsilon")  # 14, 15
        room.checkpoints.make()
    recovered.copies.take("second")
    with recovered.room() as room:
        recovered.sign(room, "Zeta")  # 16, 17
        room.checkpoints.make()
    recovered.copies.put_back("second")
    row = recovered.recover()
    assert (2, "register.example.org/api/v1/log/2", 16, 17) == (row.number, row.origin, row.first, row.last)
    with recovered.room() as room:
        assert "register.example.org/api/v1/log/3" == room.checkpoints.origin()
        assert [FIRST, 16] == [one.first for one in room.checkpoints.former()]
        assert [] == check(room.store)
    with recovered.app() as app:
        client = app.test_client()
        answers = [client.get(f"{LIST}?position={position}").status_code for position in (KEPT, 9, 14, 15, 16, 17)]
    assert [200, 410, 200, 200, 410, 410] == answers


def test_a_copy_from_before_a_recovery(recovered: Site) -> None:
    """It knows nothing of the second origin; that is not used again, and its positions are not either."""
    with recovered.room() as room:
        recovered.sign(room, "Epsilon")  # 14, 15
        room.checkpoints.make()
    recovered.lose()
    (finding,) = diagnose(recovered.environ, recovered.clock)
    assert "`signatures recover`" in finding
    with recovered.room() as room, pytest.raises(LogDiverged):
        recovered.sign(room, "Omega")
    recovered.run("recover", "--yes")
    with recovered.room() as room:
        assert "register.example.org/api/v1/log/3" == room.checkpoints.origin()
        (row,) = room.checkpoints.former()
        assert ("register.example.org/api/v1/log/2", FIRST, 15) == (row.origin, row.first, row.last)
        assert row.note == (recovered.state / "checkpoint-2").read_bytes()
    assert (recovered.state / "checkpoint-1").exists()
    assert [] == diagnose(recovered.environ, recovered.clock)


def test_the_state_folder_was_put_back_too(whole: Site, tmp_path: Path) -> None:
    """Then only others know that anything is lost: a checkpoint or a receipt of theirs tells it."""
    receipt = tmp_path / "kept.tlog-proof"
    receipt.write_bytes(whole.receipts[9].proof.encode())
    (tmp_path / "kept").write_bytes(whole.receipts[9].proof.note.encode())
    whole.lose()
    (whole.state / "checkpoint").write_bytes(whole.at_seven)
    assert [] == diagnose(whole.environ, whole.clock)
    assert "If somebody holds a later one" in whole.run.refused("recover")
    told = [whole.run("recover", "--checkpoint", path, status=2).stdout for path in (receipt, tmp_path / "kept")]
    assert told[0] == told[1]
    whole.run("recover", "--checkpoint", receipt, "--yes")
    assert [] == diagnose(whole.environ, whole.clock)
    assert (410, 200) == (whole.get(f"{LIST}?position={LAST}").status_code, whole.get(LIST).status_code)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"nothing of this kind", "no signed note"),
        ("other", "is one of the log elsewhere.example.org, not of register.example.org/api/v1/log"),
        ("forged", "No key that you trust"),
    ],
)
def test_a_given_checkpoint_that_is_not_ours(content: bytes | str, told: str, short: Site, tmp_path: Path) -> None:
    """Whatever somebody hands in is verified like everything else, and nothing is written."""
    name = "elsewhere.example.org" if content == "other" else "register.example.org/api/v1/log"
    text = notes.Checkpoint(name, 99, merkle.EMPTY).text()
    forged = notes.Note(text, (notes.sign(text, name, bytes(32)),)).encode()
    (tmp_path / "given").write_bytes(content if isinstance(content, bytes) else forged)
    assert told in short.run("recover", "--checkpoint", tmp_path / "given", "--yes", status=1).stderr
    with short.room() as room:
        assert KEPT == room.store.max_notification_id()


def test_nothing_is_lost(whole: Site) -> None:
    """A register that holds all that was signed is left as it is; so is one that was put back whole."""
    assert "Nothing is lost: the log reaches position 13" in whole.run.refused("recover", "--yes")
    whole.lose()
    whole.copies.put_back("whole")
    assert [] == diagnose(whole.environ, whole.clock)
    assert "Nothing is lost" in whole.run.refused("recover", "--yes")


def test_a_log_that_went_another_way(lost: Site) -> None:
    """Entries stand where others were signed: no leaf can say so, so the copy from before goes back, and from there it goes on."""
    with lost.room() as room:
        room.store.guard = None  # the state folder was put back, too, when this was recorded
        for name in ("One", "Two", "Three", "Four"):
            lost.sign(room, name)
    (finding,) = diagnose(lost.environ, lost.clock)
    assert "Put a copy back from before it was changed" in finding
    assert "Four" in lost.run.said("history", OPEN)
    assert finding in lost.run.refused("recover", "--yes", status=3)
    lost.lose()
    lost.run("recover", "--yes")
    assert [] == diagnose(lost.environ, lost.clock)


def test_the_newest_copy_turns_up_after_all(recovered: Site) -> None:
    """Its own last checkpoint, kept beside, takes the place of the new one: the old name goes on."""
    recovered.copies.put_back("whole")
    assert diagnose(recovered.environ, recovered.clock)
    shutil.copy(recovered.state / "checkpoint-1", recovered.state / "checkpoint")
    assert [] == diagnose(recovered.environ, recovered.clock)
    with recovered.room() as room:
        recovered.sign(room, "Omega")
        room.checkpoints.make()
        assert ("register.example.org/api/v1/log", []) == (room.checkpoints.origin(), room.checkpoints.former())
        assert (LAST + 2, []) == (room.store.max_notification_id(), check(room.store))


def test_a_copy_of_an_older_release(lost: Site) -> None:
    """Its tables are older, too: that is said first, `init` changes nothing else, and then it recovers."""
    with lost.room() as room, room.store.database.writing() as transaction:
        for table in ("former", "witness", "cosignature", "timestamp"):
            transaction.execute(f"DROP TABLE {table}")
        transaction.execute("UPDATE identity SET value = '2' WHERE name = 'schema'")
    assert "Run `signatures init` once" in lost.run.refused("recover", "--yes", status=3)
    lost.run("init")
    assert f"ends at position {KEPT}, behind" in "".join(diagnose(lost.environ, lost.clock))
    lost.run("recover", "--yes")
    assert [] == diagnose(lost.environ, lost.clock)


def test_a_new_key_is_made_once(lost: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off and run again with the same words, the key that signed the old checkpoint together is the one that goes on."""
    with monkeypatch.context() as patch:
        fills(patch)
        with pytest.raises(Cut):
            lost.run("recover", "--yes", "--new-key")
    lost.run("recover", "--yes", "--new-key")
    assert 1 == len(list(lost.state.glob("log-key.*.pem")))
    with lost.room() as room:
        (row,) = room.checkpoints.former()
        assert notes.verify(notes.read_note(row.note), [room.checkpoints.key()])


def test_the_key_is_lost_too(lost: Site) -> None:
    """`recover` never makes one unasked; with --new-key the new origin has a new key, and the old one is told apart."""
    path = lost.state / "log-key.pem"
    path.unlink()
    assert "`signatures recover --new-key`" in lost.run.refused("recover", "--yes", status=3)
    with lost.room() as room:
        assert (KEPT, []) == (room.store.max_notification_id(), room.checkpoints.former())
    vkey = lost.run.said("recover", "--yes", "--new-key").strip().rpartition("\n")[2]
    assert lost.receipts[4].key.public != notes.read_vkey(vkey).public
    assert [] == diagnose(lost.environ, lost.clock)
    with lost.room() as room:
        (row,) = room.checkpoints.former()
    assert 2 == len(notes.verify(notes.read_note(row.note), [lost.receipts[4].key, notes.read_vkey(vkey)]))


def test_a_lost_key_alone(whole: Site) -> None:
    """`keygen --replace` signs with a new one under the same origin; behind a checkpoint it makes none."""
    path = whole.state / "log-key.pem"
    kept = path.read_bytes()
    path.unlink()
    assert "log-key.pem does not exist" in "".join(diagnose(whole.environ, whole.clock))
    vkey = whole.run.said("keygen", "--replace").strip()
    assert [] == diagnose(whole.environ, whole.clock)
    assert "register.example.org/api/v1/log" == notes.read_vkey(vkey).name
    assert kept != path.read_bytes()
    made = path.read_bytes()
    whole.lose()
    assert NOWHERE in whole.run.refused("keygen", "--replace", status=3)
    assert made == path.read_bytes()


@pytest.mark.parametrize("tables", [("checkpoint",), ()])
def test_everything_was_lost_but_the_identity(tables: tuple[str, ...], short: Site) -> None:
    """A copy without any entry: every position is a lost one, and every earlier moment is.

    What the database itself remembers of checkpoints over these entries is nothing that `check` would find wrong.
    """
    with short.room() as room, room.store.database.writing() as transaction:
        for table in ("log", "stored_events", "head", "signature", "organisation_name", "text", *tables):
            transaction.execute(f"DELETE FROM {table}")
    short.recover()
    assert [] == diagnose(short.environ, short.clock)
    with short.room() as room:
        assert (["Lost"] * LAST, []) == (types(room), check(room.store))
        short.clock.advance(minutes=1)
        room.register.draft(EDITOR, reference="new-2026", kind="statement", time_zone="UTC", default_language="en")
    told = short.run.refused("list", "new-2026", "--known-at", "2026-01-01T00:00:00Z")
    assert f"positions 1 to {LAST} are never used again. Ask for a position after {LAST}." in told


def test_a_bundle_that_is_older_than_the_checkpoint(whole: Site, tmp_path: Path) -> None:
    """The copy was a bundle: restored beside the state folder it is behind, and recovers like any other."""
    whole.run("export", tmp_path / "bundle", "--position", KEPT)
    moved = Site.__new__(Site)
    moved.__dict__ = {
        **whole.__dict__,
        "environ": {**whole.environ, "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/moved"},
    }
    moved.run = type(whole.run)(moved.environ)
    assert f"ends at position {KEPT}, behind" in moved.run.refused("restore", tmp_path / "bundle", status=3)
    moved.run("recover", "--yes")
    wsgi.initialise(moved.environ, moved.clock)
    assert [] == diagnose(moved.environ, moved.clock)
    assert [200, 410] == [moved.get(f"{LIST}?position={position}").status_code for position in (KEPT, FIRST)]


def test_what_was_accepted_and_lost_waits_for_an_editor(tmp_path: Path) -> None:
    """Only the register is older: who was accepted since is known to the contacts, and becomes the same signature again."""
    clock = FixedClock(NOW)
    environ = small_environ(tmp_path)
    wsgi.initialise(environ, clock)
    site = Site.__new__(Site)
    site.environ, site.clock, site.run = environ, clock, Commands(environ)
    with site.room() as room:
        publish_statement(room)
        early = confirmed(room, "Early Union")
        room.intake.accept(early, EDITOR)
        room.checkpoints.make()
    with closing(sqlite3.connect(tmp_path / "var" / "register.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    clock.advance(hours=1)
    with site.room() as room:
        late = confirmed(room, "Late Union")
        before = room.intake.accept(late, EDITOR)
        room.checkpoints.make()
    for path in (tmp_path / "var").glob("register.db*"):
        path.unlink()
    shutil.copy(tmp_path / "copy.db", tmp_path / "var" / "register.db")
    with closing(sqlite3.connect(tmp_path / "var" / "register.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    said = site.run.said("recover", "--yes")
    assert f"to be accepted again by an editor: 1. {late}\n" in said
    assert [] == diagnose(environ, clock)
    with site.app() as app:
        room = app.extensions["room"]
        assert ["accepted", "confirmed"] == [room.intake.show(id_).state for id_ in (early, late)]
        assert 404 == app.test_client().get(f"/receipts/{before.signature_id}").status_code
        again = room.intake.accept(late, EDITOR)
        assert before[:2] == again[:2]
        assert before.position < again.position
        assert 200 == app.test_client().get(f"/receipts/{before.signature_id}").status_code


@pytest.mark.parametrize(
    "change", ["UPDATE former SET last = last - 1", "DELETE FROM former", "UPDATE former SET origin = 'x'"]
)
def test_check_compares_what_is_told_of_losses(change: str, short: Site) -> None:
    """The table of former origins is derived, like everything beside the log; and a recovery that was cut off is named."""
    short.recover()
    with short.room() as room:
        with room.store.database.writing() as transaction:
            transaction.execute(change)
        assert any(f"Positions {FIRST} to" in finding for finding in check(room.store))
        with room.store.database.writing() as transaction:
            transaction.execute("INSERT INTO identity VALUES ('recovering', '1')")
        if change != "DELETE FROM former":
            assert former.CUT_OFF in check(room.store)


# ── what is written down ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_former_origins_is_made_of_log_and_notes(recovered: Site) -> None:
    """What a bundle holds is enough: the leaves tell which positions, the notes who signed."""
    with recovered.room() as room:
        rows = room.checkpoints.former()
        with room.store.database.writing("stored_events") as transaction:
            transaction.execute("DELETE FROM former")
            former.refill(transaction, [row.note for row in rows])
        assert rows == room.checkpoints.former()


@pytest.mark.parametrize(
    ("origin", "parts"),
    [
        ("register.example.org/api/v1/log", ("register.example.org/api/v1/log", 1)),
        ("register.example.org/api/v1/log/2", ("register.example.org/api/v1/log", 2)),
        ("register.example.org/api/v1/log/12", ("register.example.org/api/v1/log", 12)),
        ("register-1", ("register-1", 1)),
        ("register-1/3", ("register-1", 3)),
        ("host/1", ("host/1", 1)),
    ],
)
def test_origins_are_numbered(origin: str, parts: tuple[str, int]) -> None:
    """The first has no number; each next one counts on."""
    assert parts == former.parted(origin)
    assert f"{parts[0]}/{parts[1] + 1}" == former.successor(origin)


def test_a_lost_range_speaks_for_its_own_checkpoints_alone() -> None:
    """Those of that origin that stand over lost positions; all others have to agree with the tree."""
    row = Former(1, "a", 9, b"root", b"", 5, 9, "")
    asked = [("a", 4, b"x"), ("a", 5, b"x"), ("a", 9, b"root"), ("a", 9, b"x"), ("a", 10, b"x"), ("b", 6, b"x")]
    assert [False, True, True, False, False, False] == [former.speaks_of_lost([row], *one) for one in asked]


# ── the run-book ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_run_book_is_where_the_sentences_say() -> None:
    """Its heading is the one that is named, and its commands are commands with these options."""
    book = (ROOT / "deploy" / "README.md").read_text()
    assert f"## {MORE.partition('“')[2].partition('”')[0]}\n" in book
    part = book.partition("## After a loss\n")[2].partition("\n## ")[0]
    named = {tuple(line.split()) for line in re.findall(r"signatures ([a-z][-a-z ]*[a-z])", part)}
    assert {("recover", "--yes"), ("recover", "--new-key", "--yes"), ("keygen", "--replace"), ("init",)} <= named
    for name, *options in named:
        command = wsgi.main.commands[name]
        known = {one for parameter in command.params for one in parameter.opts}
        assert {option for option in options if option.startswith("--")} <= known

"""Honest bundles of registers with a past: lost twice, signed with another key since, made from a bundle. None of it is a difference."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

import wsgi
from projections import audit as command
from signatures.proof.receipts import receipt_of
from signatures.room import Room
from tests.api import small_environ
from tests.bundles import export, first
from tests.commands import Commands
from tests.copies import FileCopies
from tests.eventful import draft
from tests.losing import KEPT, LAST
from tests.losing import Site as Losing


@pytest.fixture
def twice(tmp_path: Path) -> Losing:
    """Lose entries, recover, sign more, lose that too, recover again and go on."""
    (tmp_path / "copies").mkdir()
    environ = {**small_environ(tmp_path), "SIGNATURES_BASE_URL": "https://register.example.org"}
    site = Losing(environ, FileCopies(environ["SIGNATURES_DATABASE"], tmp_path / "copies"))
    site.lose()
    site.recover()
    _go_on(site, "Epsilon")
    site.copies.take("second")
    _go_on(site, "Zeta")
    site.copies.put_back("second")
    site.recover()
    _go_on(site, "Eta")
    return site


def _go_on(site: Losing, name: str) -> None:
    with site.room() as room:
        site.sign(room, name)
        site.publish(room)
        room.checkpoints.make()


def test_a_log_that_lost_entries_twice(twice: Losing, tmp_path: Path) -> None:
    """Each former checkpoint is signed by its own origin and the one after it, not by today's; also in earlier bundles."""
    with twice.room() as room:
        for end in (None, LAST, LAST + 1, KEPT):
            folder = export(room, tmp_path / f"to-{end}", position=end)
            assert first(folder) is None
            assert 0 == command.main([str(folder)])
    assert ["1", "2"] == sorted(path.name for path in (tmp_path / "to-None" / "former").iterdir())


def test_a_former_checkpoint_that_one_origin_signed_alone(twice: Losing, tmp_path: Path) -> None:
    """Old and new sign together, or nobody knows which log goes on."""
    with twice.room() as room:
        folder = export(room, tmp_path / "bundle")
    path = folder / "former" / "1"
    *text, old, new = path.read_bytes().splitlines(keepends=True)
    for left in (old, new):
        path.write_bytes(b"".join([*text, left]))
        assert "former/1 bears no signature of " in getattr(first(folder), "sentence", "")


def test_a_log_that_signs_with_another_key(twice: Losing, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What the old key signed is not checked with the new one; with both given, in any order, all of it is."""
    with twice.room() as room:
        export(room, tmp_path / "before")
        (tmp_path / "receipt").write_bytes(receipt_of(room.store, room.checkpoints, KEPT - 1))
    twice.run("keygen", "--replace")
    _go_on(twice, "Theta")
    with twice.room() as room:
        folder = export(room, tmp_path / "after")
    since = ["--since", str(tmp_path / "before" / "checkpoint"), "--receipt", str(tmp_path / "receipt")]
    assert 0 == command.main([str(folder), *since])
    told = capsys.readouterr().out
    assert "by a key that is not in the bundle: give it with --vkey, too" in told
    assert "receipt: its signature, by a key that is not here: give it with --vkey, too" in told
    assert f"the entry of this receipt stands in the log at position {KEPT - 1}" in told
    keys = [str(tmp_path / "before" / "vkey"), str(folder / "vkey")]
    for given in (keys, keys[::-1]):
        assert 0 == command.main([str(folder), *since, "--vkey", *given])
        told = capsys.readouterr().out
        assert "is not in the bundle" not in told
        assert "is not here" not in told
    assert 1 == command.main([str(folder), "--vkey", keys[0]])


def test_a_register_that_was_made_from_a_bundle(twice: Losing, tmp_path: Path) -> None:
    """Its own origin signed none of the losses that its log tells of."""
    with twice.room() as room:
        folder = export(room, tmp_path / "bundle", public=False)
    (tmp_path / "other").mkdir()
    environ = {**small_environ(tmp_path / "other"), "SIGNATURES_BASE_URL": "https://other.example.org"}
    wsgi.initialise(environ, twice.clock)
    Commands(environ)("restore", folder)
    with closing(Room(environ, twice.clock)) as room:
        draft(room.register, "later-2026")
        assert first(export(room, tmp_path / "exported")) is None

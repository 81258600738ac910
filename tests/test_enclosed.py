"""What is signed and goes with a bundle: checkpoint, key, cosignatures, former origins; and the auditor finds it right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.aggregate import Reason
from signatures.bundles.enclosed import enclosed
from signatures.proof import notes
from signatures.proof.tiles import tiles
from signatures.proof.witnesses import Witnesses
from tests.api import Api, small_api, small_environ
from tests.commands import Commands
from tests.copies import FileCopies
from tests.eventful import EDITOR, OPEN, draft, eventful
from tests.losing import Site
from tests.test_witnesses import WitnessOutside, grow


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """Open the API of a register with one signature."""
    opened = small_api(tmp_path)
    draft(opened.room.register)
    grow(opened, "Alpha")
    yield opened
    opened.close()


def watching(api: Api, name: str, seed: int) -> WitnessOutside:
    """Let a witness watch that register."""
    witness = WitnessOutside(name, api, seed)
    Witnesses(api.room.store).add(witness.key.vkey())
    return witness


def test_without_witnesses(api: Api) -> None:
    """Checkpoint and key, of whatever size is asked for; what was not signed yet is signed now."""
    checkpoints = api.room.checkpoints
    api.room.register.amend(EDITOR, OPEN, {"issuer": "Somebody"})
    newest = api.position()
    for size in (newest, 2):
        files = enclosed(checkpoints, size)
        assert {"checkpoint": checkpoints.at(size), "vkey": checkpoints.key().vkey().encode() + b"\n"} == files
    assert newest == notes.read_checkpoint(notes.read_note(checkpoints.newest() or b"").text).size


def test_the_newest_cosignature_up_to_its_size(api: Api) -> None:
    """It stands under the checkpoint where it is of that very size, and in any case in a file of its own, with the keys."""
    one, other = watching(api, "one.example", 1), watching(api, "other.example", 2)
    one.look()
    first = api.position()
    second = grow(api, "Beta")
    one.look()
    other.look()
    third = grow(api, "Gamma")
    keys = f"{one.key.vkey()}\n{other.key.vkey()}\n".encode()
    for size, cosigned, names in (
        (first - 1, None, []),
        (first, first, [one.key.name]),
        (second - 1, first, []),
        (second, second, [one.key.name, other.key.name]),
        (third, second, []),
    ):
        files = enclosed(api.room.checkpoints, size)
        assert keys == files["witnesses"]
        assert [one.log.name, *names] == [line.name for line in notes.read_note(files["checkpoint"]).signatures]
        assert (cosigned is not None) == ("cosigned" in files)
        if cosigned:
            note = notes.read_note(files["cosigned"])
            assert cosigned == notes.read_checkpoint(note.text).size
            assert len(note.signatures) == len(notes.verify(note, [one.log, one.key, other.key]))


def test_a_witness_that_was_removed_is_not_shown(api: Api) -> None:
    """Neither its signature nor its key."""
    witness = watching(api, "one.example", 1)
    witness.look()
    Witnesses(api.room.store).remove(witness.key.vkey())
    assert {"checkpoint", "vkey"} == set(enclosed(api.room.checkpoints, api.position()))


def test_the_auditor_finds_what_witnesses_signed(api: Api, tmp_path: Path) -> None:
    """With the witness's key from elsewhere it needs no other; a witness that never signed is missed."""
    run = Commands(small_environ(tmp_path))
    witness, idle = watching(api, "one.example", 1), watching(api, "idle.example", 2)
    witness.look()
    grow(api, "Beta")
    run("export", tmp_path / "bundle")
    assert "one.example" in run.said("verify", tmp_path / "bundle", "--witness", witness.key.vkey())
    run("verify", tmp_path / "bundle", "--witness", idle.key.vkey(), status=1)


def test_former_origins_go_with_it(tmp_path: Path) -> None:
    """From the first position that was lost on: a bundle that ends before it holds none. The auditor finds them right."""
    (tmp_path / "copies").mkdir()
    environ = small_environ(tmp_path)
    site = Site(environ, FileCopies(environ["SIGNATURES_DATABASE"], tmp_path / "copies"))
    site.copies.put_back("early")
    site.run("recover", "--yes")
    with site.room() as room:
        (row,) = room.checkpoints.former()
        assert {"checkpoint", "vkey"} == set(enclosed(room.checkpoints, row.first - 1))
        assert row.note == enclosed(room.checkpoints, row.last)["former/1"]
    for name, words in (
        ("whole", ()),
        ("part", ("--position", row.first - 1)),
        ("to-the-last", ("--position", row.last)),
    ):
        site.run("export", tmp_path / name, *words)
        site.run("verify", tmp_path / name)
    told = site.run.refused("export", tmp_path / "inside", "--position", row.first)
    assert f"Export up to {row.first - 1}, or up to {row.last} or further." in told


def test_a_bundle_is_what_is_served(tmp_path: Path) -> None:
    """Line by line and tile by tile: entries that are withheld here are withheld there, and the tree is the same."""
    api = small_api(tmp_path)
    happened = eventful(api.room.register)
    api.room.register.withhold(EDITOR, happened.alpha.position, Reason("legal", "by order"))
    api.room.checkpoints.make()
    Commands(small_environ(tmp_path))("export", tmp_path / "bundle")
    folder = tmp_path / "bundle"
    assert (folder / "entries.jsonl").read_bytes() == api.get("/log/entries").data
    assert (folder / "checkpoint").read_bytes() == api.get("/log/checkpoint").data
    assert (folder / "vkey").read_text() == api.get("/log/vkey").text
    for tile in tiles(api.position()):
        assert (folder / "tile" / tile.path()).read_bytes() == api.get(f"/log/tile/{tile.path()}").data
    for edition in (1, 2):
        served = api.get(f"/statements/{OPEN}/signatories", edition=edition).data
        assert (folder / "lists" / OPEN / f"edition-{edition}.json").read_bytes().replace(b"\n", b"") == served
    api.close()

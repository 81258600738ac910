"""The log over HTTP after entries were lost: its earlier name, the lost positions, and what still follows from what."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signatures.log.eventlog import leaf_hash
from signatures.proof import merkle, notes
from signatures.proof.notes import Key
from tests.copies import copies_of
from tests.losing import KEPT, LAST, Site


@pytest.fixture
def site(environ: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """Lose the end of a register, and let it go on."""
    with copies_of(environ["SIGNATURES_DATABASE"], tmp_path / "copies") as copies:
        made = Site({**environ, "SIGNATURES_BASE_URL": "https://register.example.org"}, copies)
        made.lose()
        made.recover()
        yield made


def keys(site: Site) -> tuple[Key, Key]:
    """Give the key under the earlier name, and under the present one."""
    present = notes.read_vkey(site.get("/api/v1/log/vkey").text)
    return present._replace(name=present.name.removesuffix("/2")), present


def test_the_earlier_name_is_told_with_its_last_checkpoint(site: Site) -> None:
    """Signed by both names, with the positions that were lost."""
    (told,) = site.get("/api/v1/log/former").get_json()["former"]
    earlier, present = keys(site)
    note = notes.read_note(told["note"].encode())
    last = notes.read_checkpoint(note.text)
    assert [earlier, present] == [one.key for one in notes.verify(note, [earlier, present])]
    assert (1, earlier.name, LAST) == (told["number"], told["origin"], told["size"])
    assert (KEPT + 1, LAST) == (told["first"], told["last"])
    assert (last.size, base64.b64encode(last.root).decode()) == (told["size"], told["root"])


def test_lost_positions_are_entries_that_are_proved_like_any(site: Site) -> None:
    """Nobody's secret: each says in words that it is lost, and a proof leads from it to the present checkpoint."""
    _, present = keys(site)
    lines = site.get(f"/api/v1/log/entries?after={KEPT}&limit={LAST - KEPT}").data.splitlines()
    assert ["Lost"] * (LAST - KEPT) == [json.loads(line)["type"] for line in lines]
    for position, line in enumerate(lines, KEPT + 1):
        proof = notes.read_proof(site.get(f"/api/v1/log/proof/{position}").data)
        proof.verify(leaf_hash(line), [present], present.name)


def test_the_present_log_continues_what_was_signed_of_the_entries_left(site: Site) -> None:
    """From a checkpoint of the earlier name, up to the last entry that was not lost; not from a later one."""
    earlier, present = keys(site)
    old = notes.read_note(site.at_seven)
    notes.verify(old, [earlier])
    root = notes.read_checkpoint(old.text).root
    head, _, content = site.get(f"/api/v1/log/consistency?old={KEPT}").data.partition(b"\n\n")
    note = notes.read_note(content)
    notes.verify(note, [present])
    grown = notes.read_checkpoint(note.text)
    proof = [base64.b64decode(line) for line in head.splitlines()[1:]]
    assert present.name == grown.origin
    assert merkle.verify_consistency(KEPT, root, grown.size, grown.root, proof)
    assert not merkle.verify_consistency(KEPT, bytes(32), grown.size, grown.root, proof)

"""Go's checksum database client, which knows nothing of us, accepts our notes and proofs and refuses changed ones."""

from __future__ import annotations

import base64
import json
import random
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import wsgi
from signatures.errors import InvalidInput
from signatures.log.eventlog import leaf_hash
from signatures.proof import ed25519, merkle, notes
from signatures.proof.notes import Checkpoint, Key, Note, NotSigned
from signatures.proof.tree import Tree
from signatures.room import Room
from tests.api import small_environ
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import eventful
from tests.golang import built

SOURCE = Path(__file__).parent / "sumdb" / "main.go"
ORIGIN = "register.example.org/api/v1/log"
PRIVATE = bytes(range(32))
KEY = Key(ORIGIN, ed25519.public_of(PRIVATE))
LEAVES = [b'{"position":%d}' % number for number in range(1, 301)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
Ask = Callable[[Sequence[dict[str, Any]]], list[str]]


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Build the client once; a test hands it questions and gets `accepted: …` or `refused: …`."""
    client = built(tmp_path_factory.mktemp("go"), SOURCE)

    def ask(questions: Sequence[dict[str, Any]]) -> list[str]:
        told = subprocess.run([client], input=json.dumps(questions).encode(), capture_output=True, check=True)
        return list(json.loads(told.stdout))

    return ask


def encoded(hash_: bytes) -> str:
    return base64.b64encode(hash_).decode()


def node(level: int, index: int) -> bytes:
    return merkle.root_of(HASHES[index << level : (index + 1) << level])


def record(index: int, size: int) -> dict[str, Any]:
    """Ask whether a leaf is in the tree of a size."""
    return {
        "Kind": "record",
        "Proof": list(map(encoded, merkle.inclusion_proof(node, index, size))),
        "New": size,
        "NewRoot": encoded(merkle.root(node, size)),
        "Old": index,
        "Leaf": encoded(LEAVES[index]),
    }


def tree(old: int, new: int) -> dict[str, Any]:
    """Ask whether one tree is where another began."""
    return {
        "Kind": "tree",
        "Proof": list(map(encoded, merkle.consistency_proof(node, old, new))),
        "New": new,
        "NewRoot": encoded(merkle.root(node, new)),
        "Old": old,
        "Before": encoded(merkle.root(node, old)),
    }


def sizes() -> list[tuple[int, int]]:
    """Pick pairs of trees: all small ones, and large ones at random."""
    draw = random.Random(9162)
    large = [sorted(draw.sample(range(1, len(LEAVES) + 1), 2)) for _ in range(200)]
    return [(old, new) for new in range(1, 18) for old in range(1, new + 1)] + [(old, new) for old, new in large]


def test_go_accepts_inclusion(go: Ask) -> None:
    """Of every leaf in small trees and of many in larger ones."""
    questions = [record(old - 1, new) for old, new in sizes()]
    assert {"accepted: "} == set(go(questions))


def test_go_accepts_consistency(go: Ask) -> None:
    """Between all small trees and many larger ones."""
    assert {"accepted: "} == set(go([tree(old, new) for old, new in sizes()]))


def test_go_refuses_a_changed_leaf(go: Ask) -> None:
    """Also a leaf at another place, another root, a proof cut short."""
    good = record(100, 300)
    changed: list[dict[str, Any]] = [
        {"Leaf": encoded(LEAVES[100] + b" ")},
        {"Old": 101},
        {"NewRoot": encoded(HASHES[0])},
        {"Proof": good["Proof"][:-1]},
    ]
    assert {"refused: invalid transparency proof"} == set(go([{**good, **change} for change in changed]))
    rewritten = [{**tree(100, 300), "Before": encoded(HASHES[0])}, {**tree(100, 300), "NewRoot": encoded(HASHES[0])}]
    assert {"refused: invalid transparency proof"} == set(go(rewritten))


def test_go_opens_a_checkpoint(go: Ask) -> None:
    """With our key on one line, and whatever other signatures stand beside ours."""
    text = Checkpoint(ORIGIN, 300, merkle.root(node, 300)).text()
    signed = notes.sign(text, ORIGIN, PRIVATE)
    witnessed = notes.cosign(text, "witness.example/w1", bytes(32), 1_679_315_147)
    questions = [
        {"Kind": "note", "Vkey": KEY.vkey(), "Note": Note(text, signatures).encode().decode()}
        for signatures in ((signed,), (witnessed, signed))
    ]
    assert [f"accepted: {text}"] * 2 == go(questions)


def test_what_we_take_go_takes(go: Ask) -> None:
    """Notes spoilt at random: nothing that Go refuses is accepted here, and what is accepted has one text."""
    draw = random.Random(962)
    text = "a text\n\nof two parts\n"
    good = Note(text, (notes.sign(text, "other.example", bytes(32)), notes.sign(text, ORIGIN, PRIVATE))).encode()
    spoilt = [good]
    for _ in range(2_000):
        place, much = draw.randrange(len(good)), draw.randrange(3)
        spoilt.append(
            good[:place] + bytes(draw.choices(b"\n\n \xe2\x80\x94a=+/\t", k=draw.randrange(3))) + good[place + much :]
        )
    readable = [content for content in spoilt if is_text(content)]
    answers = go([{"Kind": "note", "Vkey": KEY.vkey(), "Note": content.decode()} for content in readable])
    taken = 0
    for content, answer in zip(readable, answers, strict=True):
        try:
            note = notes.read_note(content)
            notes.verify(note, [KEY])
        except (InvalidInput, NotSigned):
            continue
        taken += 1
        assert f"accepted: {note.text}" == answer
    assert 1 < taken < len(readable)


def is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


# ── a register as it is ──────────────────────────────────────────────────────────────────────────────────────────────


def test_go_accepts_a_registers_checkpoint_entries_and_growth(go: Ask, tmp_path: Path) -> None:
    """Signed, proved and read from the stored tree; a leaf with another letter is refused."""
    environ = small_environ(tmp_path)
    wsgi.initialise(environ)
    with closing(Room(environ, FixedClock(NOW))) as room:
        eventful(room.register)
        kept, note = Tree(room.store), room.checkpoints.make()
        signed = notes.read_checkpoint(notes.read_note(note).text)
        opened = {"Kind": "note", "Vkey": room.checkpoints.key().vkey(), "Note": note.decode()}
        assert [f"accepted: {signed.text()}"] == go([opened])
        shared = {"New": signed.size, "NewRoot": encoded(signed.root)}
        records = [
            {
                "Kind": "record",
                "Proof": list(map(encoded, kept.inclusion(entry.position, signed.size))),
                "Old": entry.position - 1,
                "Leaf": encoded(entry.leaf()),
                **shared,
            }
            for entry in room.store.entries(0, 1000)
        ]
        trees = [
            {
                "Kind": "tree",
                "Proof": list(map(encoded, kept.consistency(old, signed.size))),
                "Old": old,
                "Before": encoded(kept.root(old)),
                **shared,
            }
            for old in range(1, signed.size + 1)
        ]
    assert signed.size == len(records)
    assert {"accepted: "} == set(go([*records, *trees]))
    tampered = base64.b64decode(str(records[5]["Leaf"])).replace(b'"position":6', b'"position":7')
    assert ["refused: invalid transparency proof"] == go([{**records[5], "Leaf": encoded(tampered)}])

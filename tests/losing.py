"""A register whose last entries get lost: a copy is taken, more is recorded and signed, and the copy is put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from flask import Flask
from werkzeug.test import TestResponse

import wsgi
from signatures.log.eventlog import leaf_hash
from signatures.organisation import NameParts
from signatures.proof.former import Former
from signatures.proof.notes import Key, Proof, read_note
from signatures.proof.recovery import Recovery
from signatures.proof.tree import Tree
from signatures.register import Receipt
from signatures.room import Room
from tests.api import small_environ
from tests.clock import FixedClock
from tests.commands import Commands
from tests.copies import Copies, copies_of
from tests.eventful import EDITOR, draft

NOW = datetime(2026, 11, 22, tzinfo=UTC)  # the day from which clocks are believed
OPEN = "peace-2026"
LIST = f"/api/v1/statements/{OPEN}/signatories"
KEPT, LAST = 7, 13  # positions: the last one of the copy, and the last one that was signed
NOWHERE = "Nothing is served, recorded or signed like this."


class Witnessed(NamedTuple):
    """What somebody outside has kept: a leaf with its proof, and the key that they trust."""

    leaf: bytes
    proof: Proof
    key: Key

    def holds(self) -> bool:
        """Tell whether the receipt verifies by what it says and that key alone."""
        checkpoint, signed = self.proof.verify(leaf_hash(self.leaf), [self.key], self.key.name)
        return bool(signed) and checkpoint.size == LAST


class Site:
    """An installation, its clock, its commands and its copies."""

    def __init__(self, environ: dict[str, str], copies: Copies) -> None:
        self.environ, self.copies = environ, copies
        self.clock = FixedClock(NOW)
        self.run = Commands(environ)
        self.state = Path(environ["SIGNATURES_STATE_DIR"])
        wsgi.initialise(environ, self.clock)
        with self.room() as room:
            draft(room.register, OPEN)  # 1, 2
            self.alpha = self.sign(room, "Alpha")  # 3, 4
            self.sign(room, "Beta")  # 5, 6
            self.publish(room)  # 7
            room.checkpoints.make()
        copies.take("early")
        with self.room() as room:
            self.gamma = self.sign(room, "Gamma")  # 8, 9
            self.publish(room)  # 10
            self.clock.advance(minutes=1)
            room.register.withdraw(EDITOR, self.alpha.signature_id, on="2026-11-22")  # 11
            self.sign(room, "Delta")  # 12, 13
            room.checkpoints.make()
            self.receipts = {position: witnessed(room, position) for position in (4, KEPT, 9, LAST)}
            self.at_seven = room.checkpoints.at(KEPT)
        copies.take("whole")
        self.clock.advance(minutes=5)

    @contextmanager
    def room(self, **settings: str) -> Iterator[Room]:
        """Open the writing room; views and stores are closed afterwards, so that copies can be put back."""
        with closing(Room({**self.environ, **settings}, self.clock)) as room:
            yield room

    @contextmanager
    def app(self) -> Iterator[Flask]:
        """Serve it."""
        app = wsgi.create_app(self.environ, self.clock)
        try:
            yield app
        finally:
            app.extensions["room"].close()

    def get(self, path: str) -> TestResponse:
        """Ask a newly started service."""
        with self.app() as app:
            return app.test_client().get(path)

    def sign(self, room: Room, name: str) -> Receipt:
        """Sign a minute later."""
        self.clock.advance(minutes=1)
        return room.register.sign(EDITOR, OPEN, NameParts(name), signed_on="2026-11-22", method="paper")

    def publish(self, room: Room) -> None:
        """Publish the next edition a minute later."""
        self.clock.advance(minutes=1)
        room.register.publish(EDITOR, OPEN, as_of="2026-11-22")

    def lose(self) -> None:
        """Put the early copy back."""
        self.copies.put_back("early")

    def recover(self) -> Former:
        """Do what `recover --yes` does, at the tests' own time."""
        with self.room() as room:
            recovery = Recovery(room.checkpoints)
            return recovery.run(recovery.plan())


def witnessed(room: Room, position: int) -> Witnessed:
    """Make the receipt of a position as it can be had now."""
    entry, note = room.store.entry(position), room.checkpoints.newest()
    assert entry is not None
    assert note is not None
    hashes = Tree(room.store).inclusion(position, LAST)
    return Witnessed(entry.leaf(), Proof(position - 1, tuple(hashes), read_note(note)), room.checkpoints.key())


@contextmanager
def site_in(environ: dict[str, str], folder: Path) -> Iterator[Site]:
    """Set up a register at a public address, with copies of it in a folder."""
    (folder / "copies").mkdir(exist_ok=True)
    with copies_of(environ["SIGNATURES_DATABASE"], folder / "copies") as copies:
        yield Site({**environ, "SIGNATURES_BASE_URL": "https://register.example.org"}, copies)


@pytest.fixture
def whole(environ: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """Set up a register of which an early copy and a whole one lie there."""
    with site_in(environ, tmp_path) as site:
        yield site


@pytest.fixture
def lost(whole: Site) -> Site:
    """Put the early copy back."""
    whole.lose()
    return whole


@pytest.fixture
def recovered(lost: Site) -> Site:
    """Let it go on."""
    lost.recover()
    return lost


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Site]:
    """Set up a register on SQLite alone, for what no engine does otherwise, and lose its end."""
    with site_in(small_environ(tmp_path), tmp_path) as site:
        site.lose()
        yield site

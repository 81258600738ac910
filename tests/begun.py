"""Fixtures of what many tests begin with: a room with one published statement, the console, a visitor's browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, quick_passwords
from tests.keeping import Desk
from tests.submitting import opened, publish_statement


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Open an installation with one published statement."""
    with opened(environ, clock) as made:
        publish_statement(made)
        yield made


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Open an installation with its console."""
    quick_passwords(monkeypatch)
    made = Desk(environ, clock)
    yield made
    made.room.close()


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Open a browser that was never here."""
    return Browser(app)

"""Storms of starts: many processes make one register at one moment, and many serve it, on both databases."""

from __future__ import annotations

import os
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest

from signatures.clock import system_clock
from signatures.doctor import diagnose
from signatures.log.derive import check
from signatures.room import Room
from tests.faults.clients import signed_entries
from tests.faults.starting import placed, storms

pytestmark = pytest.mark.faults
PROCESSES = int(os.environ.get("FAULT_STARTING", "8"))  # `make faults`: 64, ten times
ROUNDS = int(os.environ.get("FAULT_STORMS", "1"))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_storms(number: int, database_url: str, tmp_path: Path) -> None:
    """All make one register, whether there was none or it is in use; each can serve it, signs once and is listed."""
    made, _, first, again, second = storms(PROCESSES, database_url, tmp_path)
    environ = placed(database_url, str(tmp_path))
    assert [] == diagnose(environ, system_clock)
    with closing(Room(environ, system_clock)) as room:
        assert {room.store.identity()} == {*made, *again}
        signed = signed_entries(room.store)
        assert [] == check(room.store)
    told = list(chain(first, second))
    assert [] == [one for one in told if one["signature_id"] not in one["listed"]]
    assert 2 * PROCESSES == len(signed)
    assert [one["signature_id"] for one in told] == [signed[one["position"]][1] for one in told]

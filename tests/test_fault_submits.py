"""Many offices submit for the same organisation at once, from several processes: it is listed once, whoever confirms or accepts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

import pytest

import wsgi
from signatures.log.derive import check
from tests.checker.here import leaves, opened
from tests.submitting import REFERENCE, publish_statement
from tests.test_cli import ROOT, given

pytestmark = pytest.mark.faults
PROCESSES = int(os.environ.get("SUBMITS_PROCESSES", "2"))  # `make faults`: 4
OFFICES = int(os.environ.get("SUBMITS_OFFICES", "3"))  # of each process; `make faults`: 16
ORGANISATIONS = int(os.environ.get("SUBMITS_ORGANISATIONS", "2"))  # `make faults`: 100
ACCEPTANCES = ("confirmed", "editor")[: 2 if ORGANISATIONS > 2 else 1]


@pytest.mark.parametrize("acceptance", ACCEPTANCES)
def test_many_offices_of_one_organisation(acceptance: str, environ: dict[str, str]) -> None:
    """Listed by an editor or by the terms alone: once each, with one mail that says so, and nobody meets an error."""
    wsgi.initialise(environ)
    with opened(environ) as room:
        publish_statement(room)
        room.terms.change(REFERENCE, "editor:test", acceptance=acceptance)
    names = [f"Union {number}" for number in range(ORGANISATIONS)]
    program = [sys.executable, "-m", "tests.checker.submitters"]
    running = [
        subprocess.Popen([*program, str(number), str(OFFICES), *names], env=given(environ), cwd=ROOT, stdout=subprocess.PIPE)
        for number in range(PROCESSES)
    ]  # fmt: skip
    told = [process.communicate()[0] for process in running]
    assert [0] * PROCESSES == [process.returncode for process in running]
    assert [[]] * PROCESSES == [json.loads(one) for one in told]
    with opened(environ) as room:
        assert [] == check(room.store)
        listed = Counter(leaf["data"]["name"] for leaf in leaves(room.store) if leaf["type"] == "Signed")
        with room.contacts.database.reading() as transaction:
            ((submissions,),) = transaction.execute("SELECT count(*) FROM submission")
            accepted = transaction.execute("SELECT count(*) FROM submission WHERE state = 'accepted'")
    print(f"\n{submissions} submissions for {ORGANISATIONS} organisations")
    assert dict.fromkeys(names, 1) == listed
    assert [(ORGANISATIONS,)] == accepted

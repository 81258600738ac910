"""Two hosts do what is due at the same moment: two processes with state folders of their own over one PostgreSQL."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path

import pytest

from signatures.clock import stamp
from signatures.intake.contacts import Contact
from signatures.room import Room
from tests.clock import FixedClock
from tests.eventful import sign
from tests.receiver import receiving
from tests.submitting import REFERENCE, receive

pytestmark = pytest.mark.postgresql
MAILS, ROUNDS, SECONDS = 12, 2, 60
HOST = """
import json, sys
from datetime import datetime
from signatures.due import do_what_is_due
from signatures.room import Room
from tests.clock import FixedClock

environ, clock = json.loads(sys.argv[1]), FixedClock(datetime.now().astimezone())
room = Room(environ, clock)
room.store.newest()
print("ready", flush=True)
for line in sys.stdin:
    clock.set(datetime.fromisoformat(line.strip()))
    done = do_what_is_due(room, told=room.announcer.deliver)
    print(json.dumps([done.counts, [repr(fault) for fault in done.faults]]), flush=True)
room.close()
"""


class Host:
    """A process that does what is due whenever it is told the time."""

    def __init__(self, environ: dict[str, str], state: Path) -> None:
        """Start it with a state folder of its own."""
        self.state = state
        command = [sys.executable, "-c", HOST, json.dumps({**environ, "SIGNATURES_STATE_DIR": str(state)})]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.ear, self.mouth = self.process.stdin, self.process.stdout
        assert "ready" == self.mouth.readline().strip()

    def tick(self, now: datetime) -> None:
        """Let it begin."""
        self.ear.write(f"{now.isoformat()}\n")
        self.ear.flush()

    def told(self) -> dict[str, int]:
        """Tell how many of each it did; nothing may have failed."""
        counts, faults = json.loads(self.mouth.readline())
        assert [] == faults
        return dict(counts)

    def recipients(self) -> list[str]:
        """Tell to whom it sent mails."""
        return [str(message_from_bytes(file.read_bytes())["To"]) for file in (self.state / "outbox").glob("*.eml")]

    def close(self) -> None:
        """End it."""
        self.ear.close()
        self.process.wait(SECONDS)
        self.mouth.close()


@pytest.fixture
def environ(shared_url: str, tmp_path: Path) -> dict[str, str]:
    """Set what both hosts have in common."""
    return {
        "SIGNATURES_DATABASE": shared_url,
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(tmp_path / "one"),
        "SIGNATURES_BASE_URL": "http://localhost",
        "SIGNATURES_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }


def test_what_two_hosts_find_due_at_once_is_done_once(
    room: Room, environ: dict[str, str], clock: FixedClock, tmp_path: Path
) -> None:
    """Each mail goes out once, each webhook is told everything once, each planned edition is published once."""
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving())
        room.announcer.add(receiver.url, "editor:operator")
        shutil.copytree(room.state_dir, tmp_path / "two")  # with the same keys, as the cluster's hosts have them
        hosts = [Host(environ, tmp_path / name) for name in ("one", "two")]
        for host in hosts:
            stack.callback(host.close)
        expected: list[str] = []
        totals = Counter[str]()
        for round_ in range(ROUNDS):
            at = clock() + timedelta(hours=1)
            room.schedule.plan(REFERENCE, stamp(at), "editor:test")
            for number in range(MAILS):
                expected.append(f"office@{round_}-{number}.example.org")
                receive(room, f"Union {round_}-{number}", contact=Contact("Office", None, expected[-1]))
                sign(room.register, f"Body {round_}-{number}", reference=REFERENCE)
            clock.set(at.astimezone(UTC))
            for host in hosts:
                host.tick(clock())
            for host in hosts:
                totals.update(host.told())
        found = sorted(recipient for host in hosts for recipient in host.recipients())
        positions = [json.loads(got.body)["data"]["position"] for got in receiver.got]
    assert sorted(expected) == found
    assert len(expected) == totals["sent"]
    assert len(positions) == len(set(positions)) == totals["told"]
    news = [entry for entry in room.store.entries(0, 1_000) if entry.type in ("Signed", "Published")]
    assert {entry.position for entry in news[1:]} <= set(positions)  # the first edition came before the webhook
    assert (1 + ROUNDS, ROUNDS) == (room.register.statement(REFERENCE).edition, totals["published"])
